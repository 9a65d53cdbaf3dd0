"""Layer by step: log10 of gradient norms as a heat map."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..colours import INK, MUTED, PAPER, RED
from .axes import dress, edges, nothing, shorter
from .series import Series

__all__ = ["draw_heat", "norms", "scale"]

DECADES = 16.0  # that one colour scale covers at most; what is fainter has the faintest colour
FEWEST = 4.0  # and at least: what differs little should look alike
LABELS = 24  # rows that have room for their names
ZERO = "#CBD5E1"


def norms(series: Series, of: str) -> dict[str, np.ndarray]:
    """By layer the norm of the gradient of its parameters or of its output."""
    if of == "parameters":
        return {name: series.gradients(name) for name in series.weighted()}
    if of != "outputs":
        raise ValueError(f"a heat map is of 'parameters' or 'outputs', not of {of!r}")
    found = {name: series.output(name, "grad") for name in series.seen}
    there = {name for r in series.records for name, look in r.layers.items() if "grad" in look}
    return {name: y for name, y in found.items() if name in there}


def scale(tables: list[dict[str, np.ndarray]]) -> tuple[float, float]:
    """The ends of one colour scale for several heat maps, as powers of ten."""
    ys = np.concatenate([np.zeros(0), *(y for table in tables for y in table.values())])
    ys = ys[np.isfinite(ys) & (ys > 0)]
    if not ys.size:
        return -1.0, 0.0
    low, high = np.floor(np.log10(ys.min())), np.ceil(np.log10(ys.max()))
    return float(min(max(low, high - DECADES), high - FEWEST)), float(high)


def draw_heat(
    axes: Any, series: Series, of: str, title: str, ends: tuple[float, float] | None = None
) -> Any:
    """Draw a heat map, the first layer on top; returns what a colour bar is for, if anything."""
    table = norms(series, of)
    dress(axes, title)
    axes.grid(False)
    if not table:
        nothing(axes, "no gradients were recorded")
        return None
    low, high = ends or scale([table])
    ys = np.array(list(table.values()))
    with np.errstate(all="ignore"):
        shown = np.ma.masked_invalid(np.log10(ys))
    where = edges(series.steps), np.arange(len(table) + 1) - 0.5
    image = axes.pcolormesh(*where, shown, cmap="viridis", vmin=low, vmax=high, rasterized=True)
    _mark(axes, series, where, ys)
    every = -(-len(table) // LABELS)
    axes.set_yticks(
        range(0, len(table), every), [shorter(series.title(name)) for name in table][::every]
    )
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(len(table) - 0.5, -0.5)
    return image


def _mark(axes: Any, series: Series, where: Any, ys: np.ndarray) -> None:
    """Gradients of exactly zero in grey, what is not finite in red with a cross."""
    for cells, colour in ((ys == 0, ZERO), (np.isinf(ys) | _broken(series, ys), RED)):
        if cells.any():
            from matplotlib.colors import ListedColormap

            one = np.ma.masked_where(~cells, np.ones(ys.shape))
            axes.pcolormesh(*where, one, cmap=ListedColormap([colour]), rasterized=True)
    rows, columns = np.nonzero(np.isinf(ys) | _broken(series, ys))
    axes.scatter(series.steps[columns], rows, marker="x", color=PAPER, s=12, linewidths=0.9)
    notes = ["grey: exactly 0"] * bool((ys == 0).any())
    notes += ["red ×: not finite"] * bool(len(rows))
    if notes:
        axes.annotate(
            ", ".join(notes), (1, 1), xycoords="axes fraction", xytext=(0, 4),
            textcoords="offset points", ha="right", fontsize=8, color=MUTED,
        )  # fmt: skip


def _broken(series: Series, ys: np.ndarray) -> np.ndarray:
    """Where a gradient is NaN, and not merely missing: other layers of that step have theirs."""
    there = np.isfinite(ys).any(axis=0) | np.isinf(ys).any(axis=0)
    nans = np.array(
        [
            any(x.get("grad", 0.0) != x.get("grad", 0.0) for x in record.parameters.values())
            for record in series.records
        ]
    )
    return np.isnan(ys) & (there | nans)
