"""What the box of a vertex says, how large it is for that, and the box as SVG."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

import numpy as np

from ..dot import NAME, sign_of_value
from ..figures import SMALL, array_kind, describe_gradient, describe_value, in_short, sign_of
from ..model import Vertex
from ..text import clean
from .metrics import text_width
from .palette import paint

__all__ = [
    "COLORS",
    "Box",
    "Word",
    "constant_box",
    "escape",
    "hidden_box",
    "vertex_box",
    "words_svg",
]

SIDE, TOP = 9.0, 6.0
ROW, TITLE, RULE = 16.0, 19.0, 7.0
APART = 12.0
"""Between what a row is about and its number."""
# The colours of signs, by name.
COLORS = {
    "+": "blue",
    "-": "orange",
    "mixed": "muted",
    "nan": "purple",
    "zero": "faint",
    "none": "faint",
}


@dataclass(slots=True)
class Word:
    """A piece of text in one style."""

    text: str
    size: float
    color: str
    bold: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, self.size, self.bold)

    def svg(self) -> str:
        weight = ' font-weight="bold"' if self.bold else ""
        look = f'font-size="{self.size:g}" {paint(self.color)}{weight}'
        return f"<tspan {look}>{escape(self.text)}</tspan>"


@dataclass(slots=True)
class Row:
    """Words in the middle, or words at the left and at the right."""

    height: float
    middle: list[Word] = field(default_factory=list)
    left: Word | None = None
    right: Word | None = None

    @property
    def width(self) -> float:
        if self.left is not None and self.right is not None:
            return self.left.width + APART + self.right.width
        return sum(w.width for w in self.middle) + 4.0 * max(len(self.middle) - 1, 0)


@dataclass(slots=True)
class Box:
    """A vertex to be drawn around its centre."""

    rows: list[Row]
    tooltip: str
    fill: str
    border: str
    border_width: float = 1.0
    dashed: bool = False
    round: bool = False
    """Whether it is an oval, as constants are."""
    id: str = ""

    @property
    def width(self) -> float:
        return max(28.0, max((r.width for r in self.rows), default=0.0) + 2 * SIDE)

    @property
    def height(self) -> float:
        inner = sum(r.height for r in self.rows)
        return inner + 4 if self.round else max(24.0, inner + 2 * TOP)

    def svg(self, x: float, y: float) -> str:
        """The box around (x, y)."""
        w, h = self.width, self.height
        left, top = x - w / 2, y - h / 2
        dash = ' stroke-dasharray="5 3"' if self.dashed else ""
        parts = [
            f'<g class="node" data-id="{self.id}"><title>{escape(self.tooltip)}</title>'
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{w:.1f}" height="{h:.1f}" '
            f'rx="{h / 2 if self.round else 7:.1f}" {paint(self.fill, self.border)} '
            f'stroke-width="{self.border_width:g}"{dash}/>'
        ]
        at = y - sum(r.height for r in self.rows) / 2
        for row in self.rows:
            parts.append(self._row(row, x, at, left))
            at += row.height
        return "".join(parts) + "</g>\n"

    def _row(self, row: Row, x: float, top: float, left: float) -> str:
        base = top + row.height * 0.72
        if row.left is not None and row.right is not None:
            return words_svg([row.left], left + SIDE, base, "start") + words_svg(
                [row.right], left + self.width - SIDE, base, "end"
            )
        if row.middle:
            return words_svg(row.middle, x, base, "middle")
        y = top + row.height / 2
        return (
            f'<path d="M{left + SIDE:.1f} {y:.1f}h{self.width - 2 * SIDE:.1f}" '
            f'{paint(stroke=self.border)} stroke-width="0.6"/>'
        )


def words_svg(words: list[Word], x: float, y: float, anchor: str) -> str:
    """Words next to each other, from, around or up to a place."""
    inside = " ".join(word.svg() for word in words)
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{inside}</text>'


def escape(text: str) -> str:
    """Text as it stands in SVG."""
    return html.escape(text, quote=True)


def vertex_box(v: Vertex, digits: int) -> Box:
    """Title, value and gradient."""
    look = "root" if v.root else "freed" if v.freed else "leaf" if v.kind == "leaf" else "op"
    ink, quiet = f"{look}-ink", f"{look}-quiet"
    rows = []
    if v.marked:
        rows.append(Row(ROW, [Word("▶ to blame", 12, "red", True)]))
    title = _title(v, ink, quiet)
    if title:
        rows.append(Row(TITLE, title))
    values = describe_value(v.data, digits)
    rows += [_row(what, text, ink, quiet) for what, text in values]
    sign = sign_of(v.grad)
    gradient = describe_gradient(v.grad, digits)
    if gradient and len(values) > 2:
        rows.append(Row(RULE))
    color = COLORS[sign] if sign in ("+", "-", "nan") and not v.root else ink
    rows += [_row(what, text, color, quiet) for what, text in gradient]
    if v.freed and v.symbol != "freed":
        rows.append(_row("", "freed", ink, quiet))
    troubled = sign == "nan" or sign_of_value(v.data) == "nan"
    return Box(
        rows,
        _tooltip(v),
        f"{look}-fill",
        "red" if v.marked else "purple" if troubled else f"{look}-border",
        4 if v.marked else 3 if troubled else 1.6 if v.kind == "leaf" or v.root else 1,
        v.freed,
        id=f"v{v.id}",
    )


def _title(v: Vertex, ink: str, quiet: str) -> list[Word]:
    name = clean(v.name, NAME) if v.name else ""
    op = "" if v.symbol is None else clean(f"{v.symbol} {v.params}".strip(), NAME)
    words = [Word(name, 13, ink, True)] if name else []
    if name and op:
        words.append(Word("=", 13, quiet))
    if op:
        words.append(Word(op, 13 if name else 14, ink))
    return words


def _row(what: str, text: str, ink: str, quiet: str) -> Row:
    if not what:
        return Row(ROW, [Word(text, 10, quiet)])
    return Row(ROW, left=Word(what, 10, quiet), right=Word(text, 12, ink))


def _tooltip(v: Vertex) -> str:
    lines = [f"{clean(v.title, 200)}: {v.kind if v.op is None else clean(v.op, 60)}"]
    if isinstance(v.data, np.ndarray):
        lines.append(array_kind(v.data))
    return "\n".join(lines)


def constant_box(v: Vertex, digits: int) -> Box:
    """A small oval with the number."""
    large = isinstance(v.data, np.ndarray) and v.data.size > SMALL
    text = clean(array_kind(v.data) if large else in_short(v.data, digits), NAME)
    row = Row(17.0, [Word(text, 11, "muted")])
    return Box([row], "constant", "constant", "constant", round=True, id=f"v{v.id}")


def hidden_box(hidden: int) -> Box:
    """What stands for the nodes that are not shown."""
    rows = [
        Row(ROW, [Word(f"{hidden:,} more {'node' if hidden == 1 else 'nodes'}", 12, "muted")]),
        Row(ROW, [Word("not shown", 12, "muted")]),
    ]
    return Box(rows, "raise max_nodes to see them", "paper", "muted", dashed=True, id="hidden")
