"""A whole job: the handwritten digits from starting weights to 97 % of those held out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..workload import CAPTURED, OURS, Goal, Task, Workload, contender
from .captured import capture
from .data import layers
from .training.eager import begin_with, torch_model
from .training.ours import model_of

__all__ = ["DIGITS"]

SIZES, BATCH, RATE, EPOCHS, TARGET = [64, 64, 10], 32, 1e-3, 100, 0.97
Split = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _data() -> Split:
    # Peers have no package of ours: the file itself.
    path = Path(__file__).resolve().parents[2] / "nn" / "data" / "digits.npz"
    with np.load(path) as archive:
        images, labels = archive["images"], archive["labels"]
    x = (images.reshape(len(images), -1) / 16).astype(np.float32)
    y = labels.astype(np.int64)
    order = np.random.default_rng(11).permutation(len(x))
    held, kept = order[:360], order[360:]
    return x[kept], y[kept], x[held], y[held]


def _task(job: Callable[[], tuple[float, int]]) -> Task:
    """From what gives the share of right answers in the end, and how many epochs it took."""
    epochs = 0

    def result() -> dict[str, Any]:
        nonlocal epochs
        right, epochs = job()
        return {"reached": float(right >= TARGET)}

    return Task(job, result, note=lambda: f"{epochs} epochs")


def _until_good(epoch: Callable[[], Any], right: Callable[[], float]) -> tuple[float, int]:
    found, done = 0.0, 0
    while found < TARGET and done < EPOCHS:
        epoch()
        found, done = right(), done + 1
    return found, done


def _loop(start: Callable[[], tuple[Callable, Callable]], n: int, y_held: np.ndarray) -> Task:
    """From ``start()``, a training step of some rows and what gives the held-out classes."""

    def job() -> tuple[float, int]:
        train, classes = start()
        rng = np.random.default_rng(12)

        def epoch() -> None:
            order = rng.permutation(n)
            for at in range(0, n, BATCH):
                train(order[at : at + BATCH])

        return _until_good(epoch, lambda: float(np.mean(classes() == y_held)))

    return _task(job)


def _ours(wrap: Callable[[Callable], Callable]) -> Task:
    import autograd as ag
    import nn

    x, y, x_held, y_held = _data()

    def start() -> tuple[Callable, Callable]:
        model = model_of(layers(SIZES))
        adam = nn.optim.Adam(model.parameters(), lr=RATE)

        def step(x: Any, y: Any) -> Any:
            adam.zero_grad()
            loss = nn.losses.cross_entropy(model(x), y)
            loss.backward(retain_graph=False)
            adam.step()
            return loss

        wrapped = wrap(step)

        def classes() -> np.ndarray:
            with ag.no_grad():
                return model(x_held).numpy().argmax(axis=1)

        return lambda rows: wrapped(x[rows], y[rows]), classes

    return _loop(start, len(x), y_held)


def ours() -> Task:
    return _ours(lambda step: step)


def captured() -> Task:
    """Recorded anew in each job."""
    return _ours(capture)


def fitted() -> Task:
    """With ``nn.fit``, stopped by a callback."""
    import nn

    x, y, x_held, y_held = _data()

    def job() -> tuple[float, int]:
        model = model_of(layers(SIZES))
        right = 0.0

        class Stop(nn.Callback):
            def on_epoch_end(self, progress: Any) -> None:
                nonlocal right
                right = nn.accuracy(nn.predict(model, x_held), y_held)
                if right >= TARGET:
                    progress.stop = "it is good enough"

        history = nn.fit(
            model,
            x,
            y,
            lr=RATE,
            epochs=EPOCHS,
            batch_size=BATCH,
            seed=12,
            callbacks=[Stop()],
            progress=False,
        )
        return right, len(history)

    return _task(job)


def estimated() -> Task:
    """With ``nn.sklearn``'s ``MLPClassifier``, an epoch at a time as the one it is modelled on."""
    from nn.sklearn import MLPClassifier

    x, y, x_held, y_held = _data()
    pairs = layers(SIZES)

    def job() -> tuple[float, int]:
        model = MLPClassifier(
            SIZES[1:-1], learning_rate_init=RATE, batch_size=BATCH, alpha=0.0, random_state=12
        )
        model.partial_fit(x[:BATCH], y[:BATCH], classes=np.arange(SIZES[-1]))
        model.coefs_, model.intercepts_ = [w.T for w, _ in pairs], [b for _, b in pairs]

        def right() -> float:
            return float(np.mean(model.predict(x_held) == y_held))

        return _until_good(lambda: model.partial_fit(x, y), right)

    return _task(job)


def torch() -> Task:
    import torch

    x, y, x_held, y_held = _data()
    x, y, x_held = (torch.from_numpy(a) for a in (x, y, x_held))
    cross_entropy = torch.nn.CrossEntropyLoss()

    def start() -> tuple[Callable, Callable]:
        model = torch_model(layers(SIZES))
        adam = torch.optim.Adam(model.parameters(), lr=RATE)

        def train(rows: np.ndarray) -> None:
            rows = torch.from_numpy(rows)
            adam.zero_grad()
            cross_entropy(model(x[rows]), y[rows]).backward()
            adam.step()

        def classes() -> np.ndarray:
            with torch.no_grad():
                return model(x_held).argmax(dim=1).numpy()

        return train, classes

    return _loop(start, len(x), y_held)


def scikit_learn() -> Task:
    """``MLPClassifier``, an epoch at a time, from the same weights in an order of its own."""
    from sklearn.neural_network import MLPClassifier

    x, y, x_held, y_held = _data()
    warnings.simplefilter("ignore")

    def job() -> tuple[float, int]:
        model = MLPClassifier(
            SIZES[1:-1], learning_rate_init=RATE, batch_size=BATCH, alpha=0.0, random_state=12
        )
        begin_with(model, layers(SIZES), x[:BATCH], y[:BATCH])

        def right() -> float:
            return float(np.mean(model.predict(x_held) == y_held))

        return _until_good(lambda: model.partial_fit(x, y), right)

    return _task(job)


BUILD = {
    OURS: ours,
    f"{OURS} nn.fit": fitted,
    CAPTURED: captured,
    f"{OURS} nn.sklearn": estimated,
    "torch": torch,
    "scikit-learn": scikit_learn,
}

DIGITS = Workload(
    "digits",
    f"Whole job: digits, {'-'.join(map(str, SIZES))}, Adam, batch {BATCH}, "
    f"to {TARGET:.0%} of 360 held out",
    tuple(contender(name, build) for name, build in BUILD.items()),
    unit="job",
    goals=(
        Goal(0.5, "scikit-learn", CAPTURED),
        Goal(0.5, "scikit-learn", f"{OURS} nn.fit"),
        Goal(1.0, "torch"),
    ),
)
