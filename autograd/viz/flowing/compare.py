"""Runs side by side, on one colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..colours import INK, MUTED
from ..plotting import new_figure
from .axes import plain
from .heat import draw_heat, norms, scale
from .lines import draw_loss, draw_ratios, ratio_ends
from .recorder import FlowRecorder
from .single import TITLES, add_bar, recorded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["flow"]


def flow(
    recorders: FlowRecorder | Sequence[FlowRecorder],
    labels: Sequence[str] | None = None,
    *,
    of: str = "parameters",
) -> Figure:
    """Draw how gradients flow over training: one run in full, or several side by side.

    Parameters
    ----------
    recorders : FlowRecorder or list of them
        Of several each has a column: the heat map of gradient norms, steps against weights, and
        the loss, each on one scale for all.
    labels : list of str, optional
        What the runs are called.
    of : {"parameters", "outputs"}
        Whose gradients the heat maps of several runs show.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it; ``figure.savefig("flow.png")`` writes it.

    Raises
    ------
    ImportError
        Without matplotlib (``pip install 'blamegraph[viz]'``).
    """
    if isinstance(recorders, FlowRecorder):
        if labels is None:
            return recorders.plot()
        recorders = [recorders]
    runs = list(recorders)
    if not runs or not all(isinstance(run, FlowRecorder) for run in runs):
        raise TypeError(f"flow draws a FlowRecorder or a list of them, got {recorders!r:.80}")
    if isinstance(labels, str):
        labels = [labels]
    names = [f"run {k + 1}" for k in range(len(runs))] if labels is None else list(labels)
    if len(names) != len(runs):
        raise ValueError(f"{len(runs)} runs need a label each, got {len(names)}")
    all_series = [recorded(run) for run in runs]
    tables = [norms(series, of) for series in all_series]
    shared, steps = scale(tables), ratio_ends(all_series)
    rows = min(max(6, *(len(table) for table in tables)), 24)
    heights = [1.0 + 0.25 * rows, 2.6, 1.8]
    figure = new_figure("flow", 2.0 + 4.8 * len(runs), sum(heights) + 0.6)
    grid = figure.subplots(3, len(runs), squeeze=False, height_ratios=heights)
    losses = _loss_ends([series.loss for series in all_series])
    image = None
    for k, (run, series, name) in enumerate(zip(runs, all_series, names, strict=True)):
        image = draw_heat(grid[0, k], series, of, name, shared) or image
        _column(grid[0, k], name, ", ".join(flag.kind for flag in run.flags()) or "healthy")
        draw_ratios(grid[1, k], series, steps)
        draw_loss(grid[2, k], series, losses)
    grid[0, 0].set_ylabel("from the input down to the loss", color=MUTED, fontsize=9)
    add_bar(figure, image, list(grid[0]))
    figure.suptitle(f"{TITLES[of]}, log10", x=0.01, ha="left", color=MUTED, fontsize=10)
    return figure


def _column(axes: Any, name: str, verdict: str) -> None:
    axes.set_title(plain(f"{name}\n{verdict}"), loc="left", color=INK, fontsize=11)


def _loss_ends(losses: list[np.ndarray]) -> tuple[float, float] | None:
    ys = np.concatenate(losses)
    ys = ys[np.isfinite(ys)]
    if not ys.size:
        return None
    low, high = float(ys.min()), float(ys.max())
    margin = 0.05 * (high - low) or 0.5
    return (low / 1.2, high * 1.2) if low > 0 else (low - margin, high + margin)
