"""The box of a vertex: how large it is for what it says, and the box as SVG."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

from ..cues.cards import Card, Section
from ..cues.cards import Row as Said
from ..cues.heat import MAP
from .maps import map_svg
from .metrics import text_width
from .palette import paint

__all__ = ["FOLD", "SIDE", "Block", "Box", "Row", "Word", "box_of", "escape", "words_svg"]

SIDE, TOP = 9.0, 6.0
ROW, TITLE, RULE = 16.0, 19.0, 7.0
APART = 12.0
"""Between what a row is about and its number."""
BESIDE = 9.0
"""Between a heat map and the rows beside it."""
FOLD = 4.0
"""How far the sheet behind a group's box stands out."""


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
    """Words in the middle, or words at the left and at the right; neither is a line across."""

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
class Block:
    """Rows below each other, beside a heat map if the section has one."""

    rows: list[Row]
    section: Section | None = None

    @property
    def indent(self) -> float:
        return MAP + BESIDE if self.section is not None and self.section.map is not None else 0.0

    @property
    def width(self) -> float:
        return max((r.width for r in self.rows), default=0.0) + self.indent

    @property
    def text_height(self) -> float:
        return sum(r.height for r in self.rows)

    @property
    def height(self) -> float:
        return max(self.text_height, self.map_height + 6.0)

    @property
    def map_height(self) -> float:
        picture = self.section.map if self.section is not None else None
        return float(len(picture.cells) * picture.cell_height) if picture is not None else -6.0


@dataclass(slots=True)
class Box:
    """A card to be drawn around its centre."""

    card: Card
    blocks: list[Block]

    @property
    def oval(self) -> bool:
        """Whether it is one, as constants are."""
        return self.card.look == "constant"

    @property
    def stacked(self) -> bool:
        """Whether another sheet looks out behind it, as with groups."""
        return self.card.look == "group"

    @property
    def fill(self) -> str:
        look = self.card.look
        return {"constant": "constant", "hidden": "paper"}.get(look, f"{look}-fill")

    @property
    def width(self) -> float:
        inner = max((b.width for b in self.blocks), default=0.0)
        return max(28.0, inner + 2 * SIDE) + (FOLD if self.stacked else 0)

    @property
    def height(self) -> float:
        inner = sum(b.height for b in self.blocks)
        if self.oval:
            return inner + 4
        return max(24.0, inner + 2 * TOP) + (FOLD if self.stacked else 0)

    def face(self, x: float, y: float) -> tuple[float, float, float, float]:
        """Left, top, width and height of the box proper, if all of it is around (x, y).

        The sheet behind it stands out at the right and above.
        """
        fold = FOLD if self.stacked else 0.0
        w, h = self.width, self.height
        return x - w / 2, y - h / 2 + fold, w - fold, h - fold

    def svg(self, x: float, y: float) -> str:
        """The box around (x, y)."""
        card = self.card
        left, top, w, h = self.face(x, y)
        dash = ' stroke-dasharray="5 3"' if card.dashed else ""
        tooltip = "\n".join(card.hover)
        parts = [f'<g class="node" data-id="{card.id}"><title>{escape(tooltip)}</title>']
        line = f'{paint(self.fill, card.border)} stroke-width="{card.weight:g}"{dash}'
        if self.stacked:
            parts.append(
                f'<path d="M{left + FOLD + 7:.1f},{top - FOLD:.1f}h{w - 14:.1f}q7,0 7,7'
                f'v{h - 14:.1f}q0,7 -7,7h{14 - w:.1f}q-7,0 -7,-7v{14 - h:.1f}q0,-7 7,-7z" {line}/>'
            )
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{w:.1f}" height="{h:.1f}" '
            f'rx="{h / 2 if self.oval else 7:.1f}" {line}/>'
        )
        for block, at in self.placed(y):
            parts.append(self._block(block, left, at, w))
        return "".join(parts) + "</g>\n"

    def placed(self, y: float) -> list[tuple[Block, float]]:
        """The blocks, and where each begins if the box is around ``y``."""
        _, top, _, high = self.face(0.0, y)
        at = top + (high - sum(b.height for b in self.blocks)) / 2
        result = []
        for block in self.blocks:
            result.append((block, at))
            at += block.height
        return result

    def _block(self, block: Block, left: float, top: float, width: float) -> str:
        parts = []
        if block.section is not None and block.section.map is not None:
            middle = (left + SIDE + MAP / 2, top + block.height / 2)
            parts.append(map_svg(block.section.map, *middle))
        at = top + (block.height - block.text_height) / 2
        start, end = left + SIDE + block.indent, left + width - SIDE
        for row in block.rows:
            parts.append(self._row(row, start, end, at))
            at += row.height
        return "".join(parts)

    def _row(self, row: Row, start: float, end: float, top: float) -> str:
        base = top + row.height * 0.72
        if row.left is not None and row.right is not None:
            return words_svg([row.left], start, base, "start") + words_svg(
                [row.right], end, base, "end"
            )
        if row.middle:
            return words_svg(row.middle, (start + end) / 2, base, "middle")
        y = top + row.height / 2
        return (
            f'<path d="M{start:.1f} {y:.1f}h{end - start:.1f}" '
            f'{paint(stroke=self.card.border)} stroke-width="0.6"/>'
        )


def words_svg(words: list[Word], x: float, y: float, anchor: str) -> str:
    """Words next to each other, from, around or up to a place."""
    inside = " ".join(word.svg() for word in words)
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{inside}</text>'


def escape(text: str) -> str:
    """Text as it stands in SVG."""
    return html.escape(text, quote=True)


def box_of(card: Card) -> Box:
    """The box of a card."""
    if card.look == "constant":
        return Box(card, [Block([Row(17.0, [Word(card.op, 11, "muted")])])])
    if card.look == "hidden":
        rows = [Row(ROW, [Word(row.text, 12, "muted")]) for row in card.sections[0].rows]
        return Box(card, [Block(rows)])
    ink, quiet = f"{card.look}-ink", f"{card.look}-quiet"
    head = [Row(ROW, [Word(text, 12, color, True)]) for text, color in card.badges]
    blocks = [Block(head + _title(card, ink, quiet))]
    for section in card.sections:
        if section.apart:
            blocks.append(Block([Row(RULE)]))
        blocks.append(Block([_row(row, ink, quiet) for row in section.rows], section))
    return Box(card, blocks)


def _title(card: Card, ink: str, quiet: str) -> list[Row]:
    if card.look == "group":
        rows = [Row(TITLE, [Word(card.name, 13, ink, True)])]
        return rows + [Row(ROW, [Word(card.op, 11, quiet)])] * bool(card.op)
    words = [Word(card.name, 13, ink, True)] if card.name else []
    if card.name and card.op:
        words.append(Word("=", 13, quiet))
    if card.op:
        words.append(Word(card.op, 13 if card.name else 14, ink))
    return [Row(TITLE, words)] if words else []


def _row(row: Said, ink: str, quiet: str) -> Row:
    if not row.what:
        return Row(ROW, [Word(row.text, 10, quiet)])
    return Row(ROW, left=Word(row.what, 10, quiet), right=Word(row.text, 12, row.color or ink))
