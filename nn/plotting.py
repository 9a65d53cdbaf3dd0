"""What the plots of training runs have in common."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from .colours import INK, LINE, MUTED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["dress", "new_figure"]


def new_figure(who: str, width: float, height: float) -> Figure:
    """An empty figure of so many inches that no window belongs to; notebooks show it.

    Raises
    ------
    ImportError
        Without matplotlib; it names ``who`` needs it.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(f"{who} needs matplotlib: pip install 'blamegraph[viz]'") from None
    figure = Figure(figsize=(width, height), layout="constrained")
    # Notebooks know figures of pyplot's alone; a partial, so that figures can still be pickled.
    setattr(figure, "_repr_png_", partial(_png, figure))  # noqa: B010 - not in its stubs
    return figure


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def dress(axes: Any, title: str, size: float = 10) -> None:
    """A title in the corner, epochs below, and nothing that is not needed."""
    axes.set_title(title, loc="left", color=INK, fontsize=size)
    axes.set_xlabel("epoch", color=MUTED)
    axes.grid(axis="y", color=LINE)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(colors=MUTED, length=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
