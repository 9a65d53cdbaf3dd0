"""What the plots share: an empty figure, bars of shares, and rows of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..colours import BLUE, INK, LINE, MUTED, ORANGE
from ..plotting import new_figure
from .table import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["as_pictures", "draw_shares", "show_picture", "title"]

NAME = 40


def title(figure: Any, text: str, note: str = "") -> None:
    """A title in the corner, and below the figure what else must be said."""
    figure.suptitle(plain(text), x=0.01, ha="left", color=INK, fontsize=11)
    if note:
        figure.supxlabel(plain(note), x=0.01, ha="left", color=MUTED, fontsize=9)


def plain(text: str) -> str:
    """Text that is no formula to matplotlib, which reads what is between two dollars as one."""
    return text.replace("$", r"\$")


def draw_shares(
    who: str, labels: Sequence[str], shares: Sequence[float], heading: str, note: str = ""
) -> Figure:
    """Horizontal bars, the first on top; hatched and orange where negative."""
    figure = new_figure(who, 7.5, 1.1 + 0.3 * max(len(labels), 2))
    axes = figure.subplots()
    lengths = [s if s == s else 0.0 for s in shares]
    places = range(len(labels))
    bars = axes.barh(places, lengths, color=[BLUE if s >= 0 else ORANGE for s in lengths])
    for patch, share, length in zip(bars, shares, lengths, strict=True):
        if length < 0:
            patch.set(hatch="///", edgecolor="white")
        axes.annotate(
            percent(share) if share == share else "?",
            (length, patch.get_y() + patch.get_height() / 2),
            xytext=(4 if length >= 0 else -4, 0),
            textcoords="offset points",
            ha="left" if length >= 0 else "right",
            va="center",
            color=INK,
            fontsize=9,
        )
    axes.set_yticks(places, [plain(_cut(x)) for x in labels])
    axes.invert_yaxis()
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter(_tick)
    axes.grid(axis="x", color=LINE)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(colors=MUTED, length=0, labelsize=9)
    title(figure, heading, note)
    return figure


def _tick(x: float, _: Any) -> str:
    return percent(x)


def _cut(text: str) -> str:
    return text if len(text) <= NAME else "…" + text[1 - NAME :]


def as_pictures(x: Any, shape: tuple[int, ...] | None) -> np.ndarray:
    """Examples as pictures ``(n, height, width)`` or ``(n, height, width, 3)``.

    Channels that come first go last, one channel goes away; a flat example without a ``shape``
    that is not square becomes a strip.
    """
    x = np.asarray(x)
    if shape is not None:
        try:
            x = x.reshape((len(x), *shape))
        except ValueError:
            raise ValueError(
                f"image_shape={shape} does not fit examples of shape {x.shape[1:]}"
            ) from None
    elif x.ndim < 3:
        size = int(np.prod(x.shape[1:]))
        side = round(size**0.5)
        x = x.reshape((len(x), side, side) if side * side == size else (len(x), 1, size))
    if x.ndim == 4 and x.shape[1] in (1, 3) and x.shape[3] not in (1, 3):
        x = x.transpose(0, 2, 3, 1)
    if x.ndim == 4 and x.shape[3] == 1:
        x = x[..., 0]
    if x.ndim == 3 or (x.ndim == 4 and x.shape[3] == 3):
        return x
    raise ValueError(
        f"examples of shape {x.shape[1:]} are no pictures: give image_shape=(height, width), or "
        "(channels, height, width)"
    )


def show_picture(axes: Any, picture: np.ndarray, caption: str = "") -> None:
    """One picture in its place, dark where there is much."""
    if picture.ndim == 3:
        low, high = picture.min(), picture.max()
        picture = (picture - low) / (high - low or 1)
    axes.imshow(picture, cmap="Greys", interpolation="nearest")
    bare(axes, caption)


def bare(axes: Any, caption: str = "") -> None:
    """No ticks, a thin frame, and a caption above."""
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_color(LINE)
    axes.set_title(plain(caption), fontsize=8, color=INK, pad=3)
