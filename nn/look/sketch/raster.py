"""A sketch as PNG or PDF by matplotlib."""

from __future__ import annotations

import io
import warnings
from typing import Any

from .parts import LEGEND, LEGEND_LINE, LIGHT, PAD, SIZE, TIP, Sketch, bounds, tip

__all__ = ["FORMATS", "draw_raster"]

FORMATS = ("png", "pdf", "jpg", "ps", "webp")
DOTS = 144
WIDE_FONT = 0.86
"""By how much letters of DejaVu Sans, which matplotlib brings, must be smaller to have room."""
ALIGN = {"start": "left", "middle": "center", "end": "right"}


def draw_raster(sketch: Sketch, format: str) -> bytes | None:
    """The picture as a file; None without matplotlib.

    Examples
    --------
    >>> from nn.look.sketch import Disc
    >>> sketch = Sketch("one")
    >>> sketch.add(Disc("n", 0.0, 0.0, "relu", "layer 1, neuron 0"))
    >>> draw_raster(sketch, "png")[1:4]
    b'PNG'
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
        from matplotlib.patches import Circle, Polygon
        from matplotlib.patheffects import withStroke
    except ImportError:
        return None
    left, top, width, height = bounds(sketch)
    with rc_context(rc={"lines.scale_dashes": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=(width / 72, height / 72), facecolor=LIGHT["paper"])
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(left, left + width), ylim=(top + height, top))
        axes.axis("off")

        def write(text: str, x: float, y: float, size: float, tone: str, **more: Any) -> None:
            axes.text(
                x, y, text, fontsize=size * WIDE_FONT, color=LIGHT[tone], zorder=4, va="center",
                parse_math=False, linespacing=1.1, **more,
            )  # fmt: skip

        for line in sketch.lines:
            a, b = sketch.discs[line.source], sketch.discs[line.target]
            axes.plot(
                [a.x, b.x], [a.y, b.y], color=LIGHT[line.tone], alpha=line.strength, zorder=1,
                linewidth=line.width, linestyle=(0, (5, 3)) if line.dashed else "solid",
            )  # fmt: skip
            if line.end:
                point, middle, *corners = tip(line, sketch.discs)
                tone = LIGHT[line.tone]
                axes.add_patch(
                    Circle(middle, TIP / 2, fc=LIGHT["paper"], ec=tone, zorder=2)
                    if line.end == "ring"
                    else Polygon([point, *corners], color=tone, lw=0, zorder=2)
                )
        for disc in sketch.discs.values():
            at, radius = (disc.x, disc.y), SIZE / 2
            axes.add_patch(Circle(at, radius, color=LIGHT["paper"], zorder=2))
            axes.add_patch(
                Circle(at, radius, color=LIGHT[disc.tone], alpha=disc.strength, lw=0, zorder=2)
            )
            axes.add_patch(Circle(at, radius, fill=False, edgecolor=LIGHT["muted"], zorder=3))
            write(disc.label, disc.x, disc.y, disc.size, disc.ink, ha="center")
        for words in sketch.words:
            halo = [withStroke(linewidth=3, foreground=LIGHT["paper"])] if words.halo else None
            write(
                words.text, words.x, words.y, words.size, "muted", ha=ALIGN[words.anchor],
                path_effects=halo,
            )  # fmt: skip
        first = top + height - PAD - LEGEND_LINE * (len(sketch.legend) - 0.5)
        for k, text in enumerate(sketch.legend):
            write(text, left + width / 2, first + LEGEND_LINE * k, LEGEND, "muted", ha="center")
        file = io.BytesIO()
        figure.savefig(file, format=format, dpi=DOTS, metadata=_undated(format))
    return file.getvalue()


def _undated(format: str) -> dict[str, None] | None:
    if format == "pdf":
        return dict.fromkeys(("CreationDate", "Creator", "Producer"))
    return {"Software": None} if format == "png" else None
