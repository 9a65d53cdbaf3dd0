"""A training run's figures as curves."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .history import History

__all__ = ["as_svg", "plot"]

# Okabe and Ito's blue and vermilion, which stay apart in every common kind of colour vision.
BLUE, ORANGE, INK, MUTED, LINE = "#0072B2", "#D55E00", "#1E293B", "#64748B", "#E2E8F0"
WIDTH, HEIGHT = 4.6, 3.0  # inches, of one plot


def plot(history: History) -> Figure:
    """One plot for each figure; a held-out one (``val_``) goes with its own."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("History.plot needs matplotlib: pip install 'blamegraph[viz]'") from None
    if not len(history):
        raise ValueError("there is nothing to plot before the first epoch has ended")
    names = [n for n in history.names if not n.startswith("val_") and n != "seconds"]
    if "lr" in names:
        names.remove("lr")
        if len(set(history["lr"])) > 1:  # a constant is not worth a plot
            names.append("lr")
    figure = Figure(figsize=(WIDTH * len(names), HEIGHT), layout="constrained")
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
        y = history[history.monitor][best - 1]
        axes.plot([best], [y], "o", color=ORANGE if both else BLUE, ms=6)
        axes.annotate(
            f"best: {y:.4g}", (best, y), xytext=(0, 9), textcoords="offset points",
            ha="right" if best > len(history) / 2 else "left", color=INK, fontsize=9,
        )  # fmt: skip
    axes.set_title({"lr": "learning rate"}.get(name, name), loc="left", color=INK, fontsize=11)
    axes.set_xlabel("epoch", color=MUTED)
    axes.grid(axis="y", color=LINE)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(colors=MUTED, length=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
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
