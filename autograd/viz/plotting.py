"""An empty figure for plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["new_figure"]


def new_figure(who: str, width: float, height: float) -> Figure:
    """An empty figure of so many inches that no window belongs to.

    Raises
    ------
    ImportError
        Without matplotlib; it names ``who`` needs it.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(f"{who} needs matplotlib: pip install 'blamegraph[viz]'") from None
    return Figure(figsize=(width, height), layout="constrained")
