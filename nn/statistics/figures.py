"""The figures of one activation, gradient or step, and their sums over the looks of an epoch."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from autograd.viz.flowing import (
    Source,
    measure_output,
    moments,
    norm,
    of_weights,
    ordered,
    quantile,
)

__all__ = ["Tally", "activation_figures", "add_activation", "add_parameter", "means", "of_weights"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

Tally: TypeAlias = dict[str, Any]


def add_activation(tally: Tally, array: np.ndarray, axis: int | None, kind: str) -> None:
    """Add a layer's output, with its units along ``axis``, to its tally."""
    with np.errstate(all="ignore"):
        figures, alive = measure_output(array, axis, kind)
        sample = ordered(array)
        for q in QUANTILES:
            figures[f"q{round(100 * q)}"] = quantile(sample, q)
    tally["n"] += 1
    for name, figure in figures.items():
        tally[name] = tally.get(name, 0.0) + figure
    if alive is not None:
        before = tally.get("alive")
        fits = before is not None and len(before) == len(alive)
        tally["alive"] = (alive | np.asarray(before, dtype=bool) if fits else alive).tolist()


def activation_figures(tally: Tally) -> dict[str, float | None]:
    """A layer's tally as means, with how many units it has and how many of them are dead."""
    figures = means({k: v for k, v in tally.items() if k != "alive"})
    alive = tally.get("alive")
    if alive is not None:
        figures["units"] = len(alive)
        figures["dead"] = len(alive) - sum(alive)
    return figures


def add_parameter(tally: Tally, source: Source, before: np.ndarray) -> None:
    """Add a gradient, and the step from ``before``, to a parameter's tally."""
    grad = source.grad()
    figures = {}
    with np.errstate(all="ignore"):
        if grad is not None:
            flat = grad.reshape(-1)
            mean, std, size = moments(flat)
            zeros = 1 - int(np.count_nonzero(flat)) / flat.size
            figures = {"norm": size, "mean": mean, "std": std, "zeros": zeros}
        weights = norm(before)
        if weights > 0:
            figures["ratio"] = norm(source.value() - before) / weights
    tally["n"] += 1
    for name, figure in figures.items():
        total, times = tally.get(name, (0.0, 0))
        tally[name] = [total + figure, times + 1]


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
