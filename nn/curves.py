"""A training run's figures as curves."""

from __future__ import annotations

import html
import io
from typing import TYPE_CHECKING, Any

from .colours import BLUE, INK, ORANGE
from .plotting import dress, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .history import History

__all__ = ["as_html", "as_svg", "plot"]

WIDTH, HEIGHT = 4.6, 3.0  # inches, of one plot


def plot(history: History) -> Figure:
    """One plot for each figure; a held-out one (``val_``) goes with its own."""
    if not len(history):
        raise ValueError("there is nothing to plot before the first epoch has ended")
    names = [n for n in history.names if not n.startswith("val_") and n != "seconds"]
    if "lr" in names:
        names.remove("lr")
        if len(set(history["lr"])) > 1:  # a constant is not worth a plot
            names.append("lr")
    figure = new_figure("History.plot", WIDTH * len(names), HEIGHT)
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names):
        _curve(axes, history, name)
    return figure


def _curve(axes: Any, history: History, name: str) -> None:
    epochs = range(1, len(history) + 1)
    marker = "o" if len(history) == 1 else None
    held = f"val_{name}"
    both = held in history
    axes.plot(epochs, history[name], color=BLUE, marker=marker, label="training")
    if both:
        axes.plot(epochs, history[held], color=ORANGE, marker=marker, ls="--", label="held out")
    best = history.best_epoch
    if best and history.monitor in (name, held) and len(history) > 1:
        from matplotlib.patheffects import withStroke

        y = history[history.monitor][best - 1]
        axes.plot([best], [y], "o", color=ORANGE if both else BLUE, ms=6)
        axes.annotate(
            f"best: {y:.4g}", (best, y), xytext=(0, 9), textcoords="offset points",
            ha="right" if best > len(history) / 2 else "left", color=INK, fontsize=9,
            path_effects=[withStroke(linewidth=3, foreground="white")],  # legible over the curve
        )  # fmt: skip
    dress(axes, {"lr": "learning rate"}.get(name, name), 11)
    if both:
        axes.legend(frameon=False, fontsize=9, labelcolor=INK)


def as_svg(history: History) -> str:
    """The plot as SVG that stands on its own."""
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "blamegraph"}):
        plot(history).savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def as_html(history: History) -> str:
    """The plot, and below it whether the steps were captured, for notebooks."""
    note = html.escape(f"steps captured: {history.captured}")
    return as_svg(history) + (f"<p>{note}</p>" if history.captured else "")
