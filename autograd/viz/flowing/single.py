"""One plot at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..plotting import new_figure
from .axes import shorter
from .heat import draw_heat, norms
from .lines import draw_ratios
from .series import Series
from .tides import draw_tide

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .recorder import FlowRecorder

__all__ = ["TITLES", "add_bar", "heatmap", "histograms", "ratios", "recorded"]

TITLES = {
    "parameters": "gradient norm of the parameters",
    "outputs": "gradient norm of the outputs",
}


def recorded(recorder: FlowRecorder) -> Series:
    """A recorder's series, which has at least one record."""
    if not recorder.records:
        raise ValueError(
            "there is nothing to plot before the first record: call flow.step() after each step "
            "of the optimizer, or give it to nn.fit(callbacks=[flow])"
        )
    return recorder.series()


def add_bar(figure: Any, image: Any, axes: Any) -> None:
    """A colour bar in powers of ten."""
    if image is None:
        return
    low = image.get_clim()[0]
    clipped = bool((image.get_array() < low).any())
    bar = figure.colorbar(image, ax=axes, extend="min" if clipped else "neither", aspect=30)
    bar.ax.yaxis.get_major_locator().set_params(integer=True)
    bar.ax.yaxis.set_major_formatter(_power)
    bar.ax.tick_params(labelsize=8, length=0)
    bar.outline.set_visible(False)


def heatmap(recorder: FlowRecorder, of: str) -> Figure:
    """See :meth:`FlowRecorder.heatmap`."""
    series = recorded(recorder)
    rows = len(norms(series, of))
    figure = new_figure("FlowRecorder.heatmap", 7.5, 1.4 + 0.25 * min(max(rows, 4), 24))
    axes = figure.subplots()
    add_bar(figure, draw_heat(axes, series, of, TITLES[of]), axes)
    return figure


def ratios(recorder: FlowRecorder) -> Figure:
    """See :meth:`FlowRecorder.ratios`."""
    series = recorded(recorder)
    figure = new_figure("FlowRecorder.ratios", 7.5, 3.8)
    draw_ratios(figure.subplots(), series)
    return figure


def histograms(recorder: FlowRecorder, layer: str) -> Figure:
    """See :meth:`FlowRecorder.histograms`."""
    series = recorded(recorder)
    if layer not in series.seen:
        known = ", ".join(map(repr, series.seen)) or "none: the model's layers take no hooks"
        raise ValueError(f"no layer {layer!r} was recorded; there are {known}")
    figure = new_figure("FlowRecorder.histograms", 10, 3.6)
    left, right = figure.subplots(1, 2)
    name = shorter(series.title(layer))
    draw_tide(left, series, layer, "outputs", f"outputs of {name}")
    draw_tide(right, series, layer, "grads", f"gradients of the outputs of {name}")
    return figure


def _power(y: float, _: Any) -> str:
    return f"{10.0**y:g}".replace("e-0", "e-")
