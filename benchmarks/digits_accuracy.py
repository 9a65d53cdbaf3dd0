"""Held-out accuracy on the handwritten digits over several seeds: a multilayer perceptron, a CNN.

``python -m benchmarks.digits_accuracy [--seeds N] [--models mlp cnn]``. A seed decides the split
(20 % of each class held out), the starting weights, the dropout and the order of the examples.
Every training image comes five times: as it is, and moved by half a pixel in four directions. The
time is that of the training alone, on one thread where ``OMP_NUM_THREADS=1`` is set.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

import nn

__all__ = ["MODELS", "main", "run"]


def mlp(rng: np.random.Generator) -> nn.Module:
    """64-128-64-10 with dropout."""
    return nn.Sequential(nn.Flatten(), nn.MLP(64, (128, 64), 10, dropout=0.2, rng=rng))


def cnn(rng: np.random.Generator) -> nn.Module:
    """Two convolutions with pooling, and a dense layer."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1, rng=rng),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1, rng=rng),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.3, rng=rng),
        nn.Linear(64 * 2 * 2, 10, rng=rng),
    )


MODELS: dict[str, tuple[Callable[[np.random.Generator], nn.Module], int]] = {
    "mlp": (mlp, 30),
    "cnn": (cnn, 15),
}
"""What makes each model, and for how many epochs it is trained."""


def run(name: str, seed: int) -> tuple[float, float]:
    """The share of right answers on the examples held out, and the seconds that training took."""
    make, epochs = MODELS[name]
    digits = nn.data.load_digits()
    pictures = (digits.x / 16).astype(np.float32)
    x, x_test, y, y_test = nn.data.train_test_split(pictures, digits.y, test_size=0.2, rng=seed)
    x, y = _with_shifts(x, y)
    model = make(np.random.default_rng(seed))
    started = time.perf_counter()
    nn.fit(
        model,
        x[:, None],
        y,
        optimizer="adamw",
        lr=3e-3,
        scheduler="cosine",
        epochs=epochs,
        batch_size=64,
        seed=seed,
        progress=False,
    )
    seconds = time.perf_counter() - started
    return nn.accuracy(nn.predict(model, x_test[:, None]), y_test), seconds


def _with_shifts(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each image, and each between two of its neighbours' places: five times the examples."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    moved = [
        ((padded + np.roll(padded, step, axis)) / 2)[:, 1:-1, 1:-1]
        for axis in (1, 2)
        for step in (1, -1)
    ]
    return np.concatenate([x, *moved]), np.tile(y, 5)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="how many (10)")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error("--seeds is 1 or more")
    print(
        "| model | parameters | seeds | mean | lowest | seconds a run |\n|---|---|---|---|---|---|"
    )
    for name in options.models:
        found = [run(name, seed) for seed in range(options.seeds)]
        accuracies, seconds = zip(*found)
        size = sum(p.size for p in MODELS[name][0](np.random.default_rng(0)).parameters())
        print(
            f"| {name} | {size:,} | {options.seeds} | {100 * np.mean(accuracies):.2f} % | "
            f"{100 * min(accuracies):.2f} % | {np.median(seconds):.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
