"""Steps against weights, the loss, and dead or saturated units, as lines over the steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..colours import BLUE, GREEN, MUTED, ORANGE
from .axes import DASHES, SERIES, dress, edges, legend, lone, nothing, shorter, spread
from .series import Series

__all__ = ["draw_loss", "draw_ratios", "draw_shares", "ratio_ends"]

BAND = (1e-4, 1e-2)
"""Around 1e-3, the healthy ratio of the norms of update and weights: Karpathy, *CS231n: Neural
Networks Part 3*, "Ratio of weights:updates"."""


def ratio_ends(all_series: list[Series]) -> tuple[float, float]:
    """The ends of one scale for the ratios of several runs; the band is always within."""
    ys = np.concatenate([np.zeros(0), *(y for s in all_series for y in s.ratios().values())])
    ys = np.append(ys[np.isfinite(ys) & (ys > 1e-12)], BAND)
    return float(ys.min()) / 2, float(ys.max()) * 2


def draw_ratios(axes: Any, series: Series, ends: tuple[float, float] | None = None) -> None:
    """Norm of a step over the norm of the weights, with the healthy band."""
    dress(axes, "step ÷ weights (norms; green is healthy)")
    low, high = ends or ratio_ends([series])
    axes.set_yscale("log")
    axes.tick_params(which="both", length=0)
    axes.set_ylim(low, high)
    axes.set_xlim(*edges(series.steps)[[0, -1]])
    axes.axhspan(*BAND, color=GREEN, alpha=0.12, lw=0)
    axes.axhline(1e-3, color=GREEN, lw=0.8, ls=":")
    ratios = series.ratios()
    if not ratios:
        axes.annotate("no steps were recorded", (0.5, 0.9), xycoords="axes fraction", color=MUTED,
                      ha="center", fontsize=9)  # fmt: skip
        return
    for name in ratios:
        if name not in spread(list(ratios)):
            axes.plot(series.steps, _positive(ratios[name]), color=MUTED, lw=0.5, alpha=0.5)
    _lines(axes, series, {n: _positive(ratios[n]) for n in spread(list(ratios))})


def _positive(ys: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where(ys > 0, ys, np.nan)


def _lines(axes: Any, series: Series, lines: dict[str, np.ndarray]) -> None:
    for k, (name, ys) in enumerate(lines.items()):
        lone(axes, series.steps, ys, SERIES[k % 6])
        axes.plot(
            series.steps, ys, color=SERIES[k % 6], ls=DASHES[k % 6], lw=1.4,
            label=shorter(name) + (": 0" if np.isnan(ys).all() else ""),
        )  # fmt: skip
    legend(axes)


def draw_loss(axes: Any, series: Series, ends: tuple[float, float] | None = None) -> None:
    """The loss at the recorded steps."""
    dress(axes, "loss")
    axes.set_xlim(*edges(series.steps)[[0, -1]])
    finite = np.isfinite(series.loss)
    if not finite.any():
        nothing(axes, "give it to flow.step(loss)" if np.isnan(series.loss).all() else "not finite")
        return
    ys = np.where(finite, series.loss, np.nan)
    lone(axes, series.steps, ys, BLUE)
    axes.plot(series.steps, ys, color=BLUE, lw=1.4)
    positive = series.loss[finite & (series.loss > 0)]
    if len(positive) == finite.sum() and positive.max() > 100 * positive.min():
        axes.set_yscale("log")
    if ends is not None:
        axes.set_ylim(*ends)


def draw_shares(axes: Any, series: Series) -> None:
    """The share of units that gave zeros alone, and of outputs where the slope is flat."""
    dress(axes, "dead units and saturated outputs")
    lines: dict[str, np.ndarray] = {}
    for name in series.seen:
        with np.errstate(all="ignore"):
            dead = series.output(name, "dead") / series.output(name, "units")
        flat = series.output(name, "saturated")
        if np.nanmax(dead, initial=0) > 0:
            lines[f"{series.title(name)}: dead"] = dead
        if np.nanmax(flat, initial=0) > 0:
            lines[f"{series.title(name)}: saturated"] = flat
    # The worst first: few lines can be told apart.
    worst = sorted(lines, key=lambda name: -float(np.nanmax(lines[name])))[:6]
    axes.set_xlim(*edges(series.steps)[[0, -1]])
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(_percent)
    axes.axhline(0.5, color=ORANGE, lw=0.8, ls=":")
    if not lines:
        what = "none" if series.seen else "outputs were not recorded"
        axes.annotate(what, (0.5, 0.25), xycoords="axes fraction", color=MUTED, ha="center",
                      fontsize=9)  # fmt: skip
        return
    _lines(axes, series, {name: lines[name] for name in lines if name in worst})


def _percent(y: float, _: Any) -> str:
    return f"{y:.0%}"
