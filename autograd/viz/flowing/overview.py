"""A whole run in one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..colours import INK, MUTED
from ..plotting import new_figure
from .axes import plain, shorter
from .heat import draw_heat, norms, scale
from .lines import draw_loss, draw_ratios, draw_shares
from .series import Series
from .single import TITLES, add_bar, recorded
from .tides import draw_tide

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .recorder import FlowRecorder

__all__ = ["overview"]


def overview(recorder: FlowRecorder) -> Figure:
    """See :meth:`FlowRecorder.plot`."""
    series = recorded(recorder)
    both = {of: norms(series, of) for of in TITLES}
    tall = 1.2 + 0.22 * min(max(*(len(table) for table in both.values()), 6), 24)
    ends = _two_ends(series)
    heights = [tall, 3.0, *([2.8] if ends else [])]
    figure = new_figure("FlowRecorder.plot", 13, sum(heights) + 0.6)
    # Rows of their own: what is wide in one would squeeze the others.
    rows: Any = figure.subfigures(len(heights), 1, height_ratios=heights)
    shared = scale(list(both.values()))
    shown = [of for of in TITLES if both[of]] or ["parameters"]
    maps = rows[0].subplots(1, len(shown), squeeze=False)[0]
    images = [
        draw_heat(axes, series, of, TITLES[of], shared)
        for axes, of in zip(maps, shown, strict=True)
    ]
    add_bar(rows[0], images[0], list(maps))
    ratios, shares, loss = rows[1].subplots(1, 3)
    draw_ratios(ratios, series)
    draw_shares(shares, series)
    draw_loss(loss, series)
    if ends:
        tides = rows[2].subplots(1, len(ends))
        for axes, (layer, what, title) in zip(tides, ends, strict=True):
            draw_tide(axes, series, layer, what, title)
    _head(figure, recorder)
    return figure


def _two_ends(series: Series) -> list[tuple[str, str, str]]:
    """What histograms to show: of the first layer and of the last one before the output."""
    names = [n for n in series.seen if series.counts(n, "outputs") is not None]
    if not names:
        return []
    bends = [n for n in names if n not in series.inside] or names
    pairs = []
    for name in (bends[0], bends[-1]):
        title = shorter(series.title(name))
        pairs.append((name, "outputs", f"outputs of {title}"))
        pairs.append((name, "grads", f"gradients of {title}"))
    return pairs[:2] if bends[0] == bends[-1] else pairs


def _head(figure: Any, recorder: FlowRecorder) -> None:
    flags = recorder.flags()
    kinds = ", ".join(f"{flag.kind} ({recorder.series().title(flag.layer)})" for flag in flags)
    text = f"Gradient flow over {recorder.steps:,} steps: {kinds or 'healthy'}"
    figure.suptitle(plain(text), x=0.01, ha="left", color=INK, fontsize=12)
    note = "flow.report() says what to try" if flags else ""
    figure.supxlabel(note, x=0.01, ha="left", color=MUTED, fontsize=9)
