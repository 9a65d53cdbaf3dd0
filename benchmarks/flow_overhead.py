"""What recording gradient flow costs a training run: ``python -m benchmarks.flow_overhead``.

Two networks are trained with and without a recorder at its default interval, by hand and through
``nn.fit``; the turns alternate, and the share is the median over pairs of neighbours. Run it with
``OMP_NUM_THREADS=1``.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn
from autograd.viz import FlowRecorder

__all__ = ["CASES", "Case", "main", "overhead"]


@dataclass(frozen=True)
class Case:
    """A network and the size of its batches."""

    name: str
    sizes: tuple[int, ...]
    batch: int
    steps: int


CASES = (
    Case("2-16-16-2, batch 100", (2, 16, 16, 2), 100, 400),
    Case("784-128-64-10, batch 64", (784, 128, 64, 10), 64, 200),
)


def _setup(case: Case) -> tuple[nn.Module, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    first, *hidden, last = case.sizes
    x = rng.normal(size=(case.batch * 10, first)).astype(np.float32)
    y = rng.integers(0, last, len(x))
    return nn.MLP(first, hidden, last, rng=0), x, y


def by_hand(case: Case, every: int | None, **options: Any) -> float:
    """Processor seconds of a plain training loop, with a recorder unless ``every`` is None."""
    model, x, y = _setup(case)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.01)
    began = time.process_time()
    flow = None if every is None else FlowRecorder(model, every, **options)
    for step in range(case.steps):
        start = step % 10 * case.batch
        rows = slice(start, start + case.batch)
        loss = nn.losses.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward(retain_graph=False)
        optimizer.step()
        if flow is not None:
            flow.step(loss)
    return time.process_time() - began


def by_fit(case: Case, every: int | None, **options: Any) -> float:
    """Processor seconds of the same through ``nn.fit``."""
    model, x, y = _setup(case)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.01)
    began = time.process_time()
    flow = [] if every is None else [FlowRecorder(model, every, **options)]
    nn.fit(
        model, x, y, optimizer=optimizer, epochs=case.steps // 10, batch_size=case.batch,
        shuffle=False, callbacks=flow, progress=False,
    )  # fmt: skip
    return time.process_time() - began


def overhead(
    train: Callable[..., float], case: Case, every: int, rounds: int, **options: Any
) -> tuple[float, float, float]:
    """Median seconds of a run without a recorder, and the median and worst share that it adds."""
    plain, shares = [], []
    for k in range(rounds):
        turns = (None, every) if k % 2 else (every, None)
        seconds = {turn: train(case, turn, **(options if turn else {})) for turn in turns}
        plain.append(seconds[None])
        shares.append(seconds[every] / seconds[None] - 1)
    return statistics.median(plain), statistics.median(shares), max(shares)


def main(arguments: list[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--every", type=int, default=FlowRecorder().every)
    # More records than a run has: thinning out would make recording cheaper the longer it runs.
    parser.add_argument("--keep", type=int, default=10_000)
    options = parser.parse_args(arguments)
    print(f"every {options.every} steps, {options.rounds} rounds")
    print(f"{'network':26}{'loop':10}{'us a step':>10}{'added':>9}{'worst':>9}")
    for case in CASES:
        for name, train in (("by hand", by_hand), ("nn.fit", by_fit)):
            train(case, options.every)
            seconds, share, worst = overhead(
                train, case, options.every, options.rounds, keep=options.keep
            )
            step = seconds / case.steps * 1e6
            print(f"{case.name:26}{name:10}{step:10.1f}{share:9.1%}{worst:9.1%}")


if __name__ == "__main__":
    main()
