"""Histograms over time: how a layer's outputs and their gradients are spread, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..colours import INK
from .axes import dress, edges, nothing
from .measures import GRADIENTS, OUTPUTS
from .series import Series

__all__ = ["draw_tide"]

TICKS = {
    "outputs": (-100.0, -10.0, -1.0, -0.1, 0.0, 0.1, 1.0, 10.0, 100.0),
    "grads": (-1e3, -1.0, -1e-3, -1e-6, -1e-9, 0.0, 1e-9, 1e-6, 1e-3, 1.0, 1e3),
}


def draw_tide(axes: Any, series: Series, layer: str, what: str, title: str) -> None:
    """Shares of numbers by size, a column for each record; dark where there are many."""
    dress(axes, title)
    axes.grid(False)
    counts = series.counts(layer, what)
    if counts is None or not counts.sum():
        nothing(axes, "no histograms were recorded")
        return
    grid = OUTPUTS if what == "outputs" else GRADIENTS
    middle = (len(grid) - 1) / 2  # bin k lies between edges k - 1 and k
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    used = np.flatnonzero(counts.sum(axis=0))
    # Both signs are seen, zero in the middle, as much of either as there is.
    reach = max(3.0, abs(used[0] - middle - 0.5) + 1, abs(used[-1] - middle - 0.5) + 1)
    rows = np.arange(len(grid) + 2) - middle - 1
    shown = np.ma.masked_equal(np.sqrt(shares.T), 0)  # the root shows what is rare
    axes.pcolormesh(edges(series.steps), rows, shown, cmap="Blues", vmin=0, vmax=1, rasterized=True)
    places = {x: _place(x, grid) - middle for x in TICKS[what]}
    ticks = {x: y for x, y in places.items() if abs(y) <= reach}
    axes.set_yticks(list(ticks.values()), [f"{x:g}" for x in ticks])
    axes.set_ylim(-reach, reach)
    axes.tick_params(axis="y", labelcolor=INK)


def _place(x: float, grid: np.ndarray) -> float:
    """Where a number stands among the edges, between two of them in proportion."""
    return float(np.interp(x, grid, np.arange(len(grid))))
