"""A graph as PNG or PDF by matplotlib, where there is no Graphviz: the own layout, painted."""

from __future__ import annotations

import io
import warnings
from typing import Any

from .colours import NAMED
from .cues.heat import LEVELS, MAP, HeatMap
from .model import Model
from .svg.boxes import SIDE, Block, Box, Word
from .svg.frames import LABEL, Place
from .svg.lines import LABEL_SIZE, arrow, label_place, pieces
from .svg.maps import shades
from .svg.metrics import text_width
from .svg.scene import Scene, scene

__all__ = ["FORMATS", "draw_raster"]

FORMATS = ("png", "pdf", "jpg", "ps", "webp")
"""What matplotlib writes."""
MOST_VERTICES = 600
"""More take matplotlib many seconds."""
DOTS = 144.0
"""Dots per inch, if that makes no picture of more than so many dots along a side:"""
MOST_DOTS = 8_000.0
UNIT = 1 / 72
"""Inches per unit of the layout."""
DASHES = {"dashed": (0, (6, 3.5)), "dotted": (0, (1.5, 3.5))}
FONTS = ("Helvetica", "Arial", "Liberation Sans", "Nimbus Sans", "DejaVu Sans")
WIDE_FONT = 0.86
"""By how much letters of DejaVu Sans, which matplotlib brings, must be smaller to be as wide."""


def draw_raster(model: Model, format: str, **options: Any) -> bytes:
    """Paint a model.

    Parameters
    ----------
    model : Model
        The graph.
    format : str
        One of ``FORMATS``.
    **options
        As for :func:`autograd.viz.svg.draw_svg`.

    Returns
    -------
    bytes
        The file, the same for the same graph.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> draw_raster(build(Value(2.0).exp()), "png")[1:4]
    b'PNG'
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    made = scene(model, most=MOST_VERTICES, **options)
    size = (made.width * UNIT, made.height * UNIT)
    # Whatever styles the user has set, the drawing has its own; no dates in the file.
    with (
        rc_context({"pdf.fonttype": 42, "path.simplify": False, "lines.scale_dashes": False}),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=size, facecolor=NAMED["paper"])
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, made.width), ylim=(made.height, 0))
        axes.axis("off")
        _Painter(axes, made).paint()
        file = io.BytesIO()
        dots = min(DOTS, MOST_DOTS / max(size))
        figure.savefig(file, format=format, dpi=dots, metadata=_undated(format))
    return file.getvalue()


def _undated(format: str) -> dict[str, None] | None:
    if format == "pdf":
        return dict.fromkeys(("CreationDate", "Creator", "Producer"))
    return {"Software": None} if format == "png" else None


class _Painter:
    """Puts the parts of a scene on axes, one above the other."""

    def __init__(self, axes: Any, made: Scene) -> None:
        from matplotlib import font_manager

        self.axes, self.made, self.level = axes, made, 0.0
        known = {font.name for font in font_manager.fontManager.ttflist}
        self.font = next((name for name in FONTS if name in known), "DejaVu Sans")
        self.scale = WIDE_FONT if self.font == "DejaVu Sans" else 1.0

    def paint(self) -> None:
        made = self.made
        flat = made.direction in ("LR", "RL")
        for place in made.frames:
            self._frame(place)
        layout = made.layout
        for stroke, points, x, y in zip(
            made.lines, layout.routes, layout.label_x, layout.label_y, strict=True
        ):
            shorter, tip = arrow(points, stroke.width, made.direction)
            self._curve(pieces(shorter, flat), stroke.color, stroke.width, stroke.style)
            self._polygon([(float(a), float(b)) for a, b in tip], stroke.color)
            if stroke.label and x == x:  # NaN if it has no place
                at = label_place(stroke, float(x), float(y), flat)
                word = Word(stroke.label, LABEL_SIZE, stroke.ink)
                self._words([word], *at, "center" if flat else "left")
        for x, y in made.stubs:
            dx, dy = (14, 0) if flat else (0, 14)
            self._curve([[(x, y)], [(x + dx, y + dy)]], "muted", 1.8, "dotted")
        for box, x, y in made.boxes:
            self._box(box, x, y)
        for words, y in made.caption:
            self._words(words, made.width / 2 - made.dx, y - made.dy, "center")

    def _add(self, path: Any, **look: Any) -> None:
        from matplotlib.patches import PathPatch

        self.level += 1
        self.axes.add_artist(PathPatch(path, zorder=self.level, **look))

    def _polygon(self, corners: list[tuple[float, float]], color: str) -> None:
        from matplotlib.path import Path

        shifted = [(x + self.made.dx, y + self.made.dy) for x, y in corners]
        path = Path([*shifted, shifted[0]], closed=True)
        self._add(path, facecolor=NAMED[color], edgecolor="none")

    def _squares(
        self, corners: list[tuple[float, float]], w: float, h: float, color: str, alpha: float
    ) -> None:
        """All cells of a shade in one path."""
        from matplotlib.path import Path

        points: list[tuple[float, float]] = []
        for x, y in corners:
            a, b = x + self.made.dx, y + self.made.dy
            points += [(a, b), (a + w, b), (a + w, b + h), (a, b + h), (a, b)]
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(corners)
        self._add(Path(points, codes), facecolor=NAMED[color], edgecolor="none", alpha=alpha)

    def _curve(self, parts: list[Any], color: str, width: float, style: str) -> None:
        from matplotlib.path import Path

        points: list[tuple[float, float]] = []
        codes: list[Any] = []
        for part in parts:
            points += [(x + self.made.dx, y + self.made.dy) for x, y in part]
            curve = len(part) == 3
            codes += [Path.CURVE4] * 3 if curve else [Path.LINETO if codes else Path.MOVETO]
        self._add(
            Path(points, codes),
            facecolor="none",
            edgecolor=NAMED[color],
            linewidth=width,
            linestyle=DASHES.get(style, "solid"),
            capstyle="butt",
        )

    def _rounded(self, area: tuple[float, float, float, float], corner: float, **look: Any) -> None:
        from matplotlib.patches import FancyBboxPatch

        left, top, w, h = area
        self.level += 1
        self.axes.add_artist(
            FancyBboxPatch(
                (left + self.made.dx, top + self.made.dy),
                w,
                h,
                boxstyle=f"round,pad=0,rounding_size={corner}",
                zorder=self.level,
                **look,
            )
        )

    def _frame(self, place: Place) -> None:
        area = place.left, place.top, place.width, place.height
        self._rounded(area, 9, facecolor=NAMED["frame"], edgecolor="none", alpha=0.12)
        self._rounded(area, 9, facecolor="none", edgecolor=NAMED["frame"], linewidth=0.8)
        word = Word(place.title, LABEL, "muted")
        self._words([word], place.left + 8, place.top + 12, "left")

    def _box(self, box: Box, x: float, y: float) -> None:
        left, top, w, h = area = box.face(x, y)
        look = {
            "facecolor": NAMED[box.fill],
            "edgecolor": NAMED[box.card.border],
            "linewidth": box.card.weight,
            "linestyle": (0, (5, 3)) if box.card.dashed else "solid",
        }
        if box.stacked:
            self._rounded((left + 4, top - 4, w, h), 7, **look)
        self._rounded(area, h / 2 if box.oval else 7, **look)
        for block, at in box.placed(y):
            self._block(block, box, left, at, w)

    def _block(self, block: Block, box: Box, left: float, top: float, width: float) -> None:
        picture = block.section.map if block.section is not None else None
        if picture is not None:
            self._map(picture, left + SIDE + MAP / 2, top + block.height / 2)
        start, end = left + SIDE + block.indent, left + width - SIDE
        at = top + (block.height - block.text_height) / 2
        for row in block.rows:
            base = at + row.height * 0.72
            if row.left is not None and row.right is not None:
                self._words([row.left], start, base, "left")
                self._words([row.right], end, base, "right")
            elif row.middle:
                self._words(row.middle, (start + end) / 2, base, "center")
            else:
                y = at + row.height / 2
                self._curve([[(start, y)], [(end, y)]], box.card.border, 0.6, "solid")
            at += row.height

    def _map(self, picture: HeatMap, x: float, y: float) -> None:
        w, h = picture.cell_width, picture.cell_height
        wide, high = w * len(picture.cells[0]), h * len(picture.cells)
        left, top = x - wide / 2, y - high / 2
        area = (left, top, wide, high)
        self._rounded(area, 0, facecolor=NAMED["paper"], edgecolor="none")
        for shade, cells in shades(picture).items():
            color = "purple" if shade is None else "blue" if shade > 0 else "orange"
            part = 1.0 if shade is None else abs(shade) / LEVELS
            corners = [(left + w * j, top + h * i) for i, j in cells]
            self._squares(corners, w, h, color, part)
            if shade is None:  # a cross, for who does not tell purple
                for p, q in corners:
                    self._curve([[(p, q)], [(p + w, q + h)]], "paper", 1.0, "solid")
                    self._curve([[(p, q + h)], [(p + w, q)]], "paper", 1.0, "solid")
        self._rounded(area, 0, facecolor="none", edgecolor=NAMED["frame"], linewidth=0.6)

    def _words(self, words: list[Word], x: float, y: float, anchor: str) -> None:
        """Words next to each other, each as wide as the layout takes it to be."""
        gap = text_width(" ", words[-1].size)
        total = sum(w.width for w in words) + gap * (len(words) - 1)
        at = x - {"left": 0.0, "center": total / 2, "right": total}[anchor]
        for word in words:
            # A single word is held where it was meant to be, whatever its real width.
            single = len(words) == 1
            self.level += 1
            self.axes.text(
                (x if single else at) + self.made.dx,
                y + self.made.dy,
                word.text,
                fontsize=word.size * self.scale,
                color=NAMED[word.color],
                weight="bold" if word.bold else "normal",
                ha=anchor if single else "left",
                va="baseline",
                family=self.font,
                parse_math=False,
                zorder=self.level,
            )
            at += word.width + gap
