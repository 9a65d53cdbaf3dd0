"""An empty figure for plots."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["new_figure", "png"]


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
    setattr(figure, "_repr_png_", partial(png, figure))  # noqa: B010 - not in its stubs
    return figure


def png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
