"""The figures of one activation, gradient or step, and their sums over the looks of an epoch."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor

__all__ = ["Tally", "activation_figures", "add_activation", "add_parameter", "means", "of_weights"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SAMPLE = 1024  # numbers of an activation that its quantiles are taken from
LARGE = 16384  # numbers that are summed in their own precision
FLAT = 0.05  # of the steepest slope: a sigmoid or tanh less steep than that is saturated

Tally: TypeAlias = dict[str, Any]


def add_activation(tally: Tally, array: np.ndarray, axis: int | None, kind: str) -> None:
    """Add a layer's output, with its units along ``axis``, to its tally."""
    flat = array.reshape(-1)
    with np.errstate(all="ignore"):
        mean, std, _ = _moments(flat)
        nonzero = int(np.count_nonzero(flat))
        figures = {"mean": mean, "std": std, "zeros": 1 - nonzero / flat.size}
        if kind in ("Sigmoid", "Tanh"):
            slope = 4 * flat * (1 - flat) if kind == "Sigmoid" else 1 - flat * flat
            figures["saturated"] = int(np.count_nonzero(slope < FLAT)) / flat.size
        ordered = np.sort(flat[:: -(-flat.size // SAMPLE)])
        for q in QUANTILES:
            figures[f"q{round(100 * q)}"] = _quantile(ordered, q)
    tally["n"] += 1
    for name, figure in figures.items():
        tally[name] = tally.get(name, 0.0) + figure
    if axis is not None:
        units = array.shape[axis]
        alive: Any = np.ones(units, dtype=bool)
        if nonzero < flat.size:
            alive = array.any(axis=tuple(i for i in range(array.ndim) if i != axis))
        before = tally.get("alive")
        fits = before is not None and len(before) == units
        tally["alive"] = (alive | np.asarray(before, dtype=bool) if fits else alive).tolist()


def _moments(flat: np.ndarray) -> tuple[float, float, float]:
    """Mean, standard deviation and norm, in two passes where NumPy takes six."""
    wide = _wide(flat)
    mean, squares = float(wide.mean()), float(wide @ wide)
    return mean, float(np.sqrt(np.maximum(squares / wide.size - mean * mean, 0.0))), squares**0.5


def _wide(flat: np.ndarray) -> np.ndarray:
    """In double precision, unless the copy would take longer than all the rest."""
    return flat.astype(float) if flat.itemsize < 4 or flat.size <= LARGE else flat


def _quantile(ordered: np.ndarray, q: float) -> float:
    """Between the two nearest numbers, as numpy.quantile has it."""
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low]) + (place - low) * (float(ordered[high]) - float(ordered[low]))


def activation_figures(tally: Tally) -> dict[str, float | None]:
    """A layer's tally as means, with how many units it has and how many of them are dead."""
    figures = means({k: v for k, v in tally.items() if k != "alive"})
    alive = tally.get("alive")
    if alive is not None:
        figures["units"] = len(alive)
        figures["dead"] = len(alive) - sum(alive)
    return figures


def add_parameter(tally: Tally, parameter: Tensor, before: np.ndarray) -> None:
    """Add a gradient, and the step from ``before``, to a parameter's tally."""
    grad = parameter.grad
    figures = {}
    with np.errstate(all="ignore"):
        if grad is not None:
            flat = np.asarray(grad).reshape(-1)
            mean, std, norm = _moments(flat)
            zeros = 1 - int(np.count_nonzero(flat)) / flat.size
            figures = {"norm": norm, "mean": mean, "std": std, "zeros": zeros}
        size = _norm(before)
        if size > 0:
            moved = parameter.detach().numpy()
            moved -= before
            figures["ratio"] = _norm(moved) / size
    tally["n"] += 1
    for name, figure in figures.items():
        total, times = tally.get(name, (0.0, 0))
        tally[name] = [total + figure, times + 1]


def _norm(array: np.ndarray) -> float:
    flat = _wide(array.reshape(-1))
    return float(flat @ flat) ** 0.5


def means(tally: Tally) -> dict[str, float | None]:
    """Sums over looks as means; what is not finite is None, which JSON can say."""
    n = max(tally["n"], 1)
    found: dict[str, float | None] = {}
    for name, total in tally.items():
        if name == "n":
            continue
        mean = total[0] / total[1] if isinstance(total, (list, tuple)) else total / n
        found[name] = mean if np.isfinite(mean) else None
    return found


def of_weights(series: dict[str, Any]) -> dict[str, Any]:
    """Weights without biases, which have gradients of another size; all where none are weights."""
    return {k: v for k, v in series.items() if "weight" in k.rpartition(".")[2]} or series
