"""The classifier, its data and how its training steps are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...workload import Task
from ..data import layers, moons, summary

__all__ = ["CHECKED", "RATES", "operands", "problem", "task"]

RATES = {"sgd": 0.01, "adam": 1e-4}
CHECKED = 3  # steps whose losses, and the parameters after them, are compared


def problem(sizes: list[int], batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (float32) and integer labels."""
    if sizes[0] == 2:
        points, labels = moons(batch)
        return points.astype(np.float32), labels
    rng = np.random.default_rng(2)
    x = rng.normal(size=(batch, sizes[0])).astype(np.float32)
    return x, rng.integers(sizes[-1], size=batch)


def operands(sizes: list[int], batch: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each layer its inputs, its weight of shape (out, in) and the gradient of its outputs."""
    x, _ = problem(sizes, batch)
    rng = np.random.default_rng(4)
    states = [x, *(rng.normal(size=(batch, n)).astype(np.float32) for n in sizes[1:])]
    return [(states[i], w, states[i + 1]) for i, (w, _) in enumerate(layers(sizes))]


def task(
    step: Callable[[], float],
    parameters: Callable[[], list],
    forward: Any = None,
    note: Callable[[], str] | None = None,
    profile: Callable[[], str] | None = None,
) -> Task:
    """The task whose step gives the loss and changes the parameters."""

    def result() -> dict[str, Any]:
        losses = [float(step()) for _ in range(CHECKED)]
        # Of millions of rectifiers some flip in round-off, which shows in a wide layer's biases.
        kept = [p for p in parameters() if np.ndim(p) > 1 or len(p) < 1000]
        return {"losses": losses, "parameters": [summary(p) for p in kept]}

    return Task(step, result, forward, note, profile)
