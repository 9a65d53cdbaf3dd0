"""One look at an output, its gradient, or a parameter: what a record keeps of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .measures import GRADIENTS, OUTPUTS, histogram, measure_output, norm, ordered
from .sources import Source

__all__ = ["add_gradient", "look_at_output", "look_at_parameter", "number"]

SMALL = 16  # parameters of up to this many numbers are kept whole


def look_at_output(
    array: np.ndarray, axis: int | None, kind: str, *, histograms: bool
) -> dict[str, Any]:
    """What is kept of a layer's output."""
    figures, alive = measure_output(array, axis, kind)
    look: dict[str, Any] = {**figures}
    if alive is not None:
        look["units"], look["dead"] = len(alive), len(alive) - int(np.count_nonzero(alive))
        look["alive"] = np.packbits(alive).tobytes()
    if histograms:
        look["outputs"] = histogram(ordered(array), OUTPUTS)
    return look


def add_gradient(look: dict[str, Any], array: np.ndarray, *, histograms: bool) -> None:
    """Add the gradient with respect to an output to what is kept of it."""
    look["grad"] = norm(array)
    if histograms:
        look["grads"] = histogram(ordered(array), GRADIENTS)


def look_at_parameter(source: Source, before: np.ndarray) -> dict[str, Any]:
    """Norms of the gradient, the weights and the step; small arrays whole."""
    look: dict[str, Any] = {"value": norm(before)}
    grad = source.grad()
    if grad is not None:
        look["grad"] = norm(grad)
    if look["value"] != 0:
        look["ratio"] = norm(source.value() - before) / look["value"]
    if before.size <= SMALL or source.labels:
        look["values"] = before.astype(float)
        if grad is not None:
            look["grads"] = grad.astype(float)
    return look


def number(loss: Any) -> float | None:
    """A loss as a plain number, whatever it came as."""
    if loss is None:
        return None
    if hasattr(loss, "item"):
        loss = loss.item()
    return float(loss)
