"""The classifier, its data and how its training steps are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...workload import Task
from ..data import moons, summary

__all__ = ["CHECKED", "RATES", "problem", "task"]

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


def task(step: Callable[[], float], parameters: Callable[[], list], forward: Any = None) -> Task:
    """The task whose step gives the loss and changes the parameters."""

    def result() -> dict[str, Any]:
        losses = [float(step()) for _ in range(CHECKED)]
        # Of millions of rectifiers some flip in round-off, which shows in a wide layer's biases.
        kept = [p for p in parameters() if np.ndim(p) > 1 or len(p) < 1000]
        return {"losses": losses, "parameters": [summary(p) for p in kept]}

    return Task(step, result, forward)
