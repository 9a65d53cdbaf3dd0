"""A sketch as the drawing that users hold: DOT, and painted here where there is no Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...colours import FONT, blend
from ..escaping import plain_text
from .parts import LEGEND, LIGHT, SIZE, Sketch, Words, words_width

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["picture_of"]

INCH = 72.0
END = {"": {}, "arrow": {"arrowhead": "normal"}, "ring": {"arrowhead": "odot"}}


def picture_of(sketch: Sketch) -> Drawing:
    """The drawing of a sketch: Graphviz finds everything in its place."""
    from autograd.viz import Drawing

    picture = Drawing(sketch.name, format="svg")
    picture.attr(
        "graph", layout="neato", splines="line", outputorder="edgesfirst", fontname=FONT,
        fontsize=f"{LEGEND:g}", fontcolor=LIGHT["muted"], bgcolor=LIGHT["paper"], pad="0.2",
        labelloc="b", label="\n".join(sketch.legend),
    )  # fmt: skip
    picture.attr(
        "node", shape="circle", style="filled", fixedsize="true", width=f"{SIZE / INCH:.3f}",
        fontname=FONT, fontsize="9", color=LIGHT["muted"], fillcolor=LIGHT["paper"],
        fontcolor=LIGHT["ink"],
    )  # fmt: skip
    picture.attr("edge", arrowhead="none")
    for line in sketch.lines:
        picture.edge(
            line.source, line.target, color=blend(LIGHT[line.tone], line.strength),
            style="dashed" if line.dashed else "solid", penwidth=f"{line.width:.2f}",
            tooltip=plain_text(line.hover), **END[line.end],
        )  # fmt: skip
    for disc in sketch.discs.values():
        picture.node(
            disc.id, plain_text(disc.label), pos=_place(disc.x, disc.y),
            tooltip=plain_text(disc.hover), fontsize=f"{disc.size:g}",
            fillcolor=blend(LIGHT[disc.tone], disc.strength), fontcolor=LIGHT[disc.ink],
        )  # fmt: skip
    for words in sketch.words:
        _write(picture, words)
    picture.painted_by(_Painter(sketch))
    return picture


def _place(x: float, y: float) -> str:
    return f"{x / INCH:.3f},{-y / INCH:.3f}!"


def _write(picture: Drawing, words: Words) -> None:
    wide = words_width(words.text, words.size)
    x = words.x + {"start": wide / 2, "middle": 0.0, "end": -wide / 2}[words.anchor]
    picture.node(
        words.id, plain_text(words.text), shape="plaintext", style="filled" * words.halo,
        fixedsize="false", width="0", height="0", margin="0.02,0", pos=_place(x, words.y),
        fontcolor=LIGHT["muted"], fontsize=f"{words.size:g}",
        tooltip=plain_text(words.hover or words.text),
    )  # fmt: skip


class _Painter:
    """Paints a sketch in the formats that need no Graphviz."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch

    def __call__(self, format: str) -> bytes | None:
        """The file, or None for a format that cannot be written here."""
        if format == "svg":
            from .svg import draw_svg

            return draw_svg(self.sketch).encode()
        from .raster import FORMATS, draw_raster

        return draw_raster(self.sketch, format) if format in FORMATS else None
