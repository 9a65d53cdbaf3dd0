"""What a sketch is made of, and the names of its colours."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ...colours import FAINT, INK, MINUS, MUTED, PALE, PAPER, PLUS, PURPLE

__all__ = [
    "DARK",
    "LIGHT",
    "SIZE",
    "TIP",
    "Disc",
    "Line",
    "Sketch",
    "Words",
    "bounds",
    "tip",
    "words_width",
]

SIZE = 30.0
"""Across a circle."""
PAD = 14.0
LEGEND, LEGEND_LINE = 11.0, 15.0
LIGHT = {
    "paper": PAPER, "pale": PALE, "ink": INK, "muted": MUTED, "faint": FAINT,
    "plus": PLUS, "minus": MINUS, "odd": PURPLE, "dark": INK,
}  # fmt: skip
DARK = {
    "paper": "#0F172A", "pale": "#1E293B", "ink": "#E2E8F0", "muted": "#94A3B8",
    "faint": "#475569", "plus": "#56B4E9", "minus": "#F5924E", "odd": "#E39AD0", "dark": "#0F172A",
}  # fmt: skip
# How strong a fill is when letters on it must turn, for the better contrast: from light to dark
# where the paper is dark, and from dark to light where it is light.
TURN, LIGHT_TURN = 0.64, {"plus": 0.84, "minus": 0.97, "odd": 0.84}


@dataclass(slots=True)
class Disc:
    """A circle with a word or two in it."""

    id: str
    x: float
    y: float
    label: str
    hover: str
    tone: str = "pale"
    """The fill, a key of ``LIGHT``."""
    strength: float = 1.0
    """How much of the fill there is, from 0 to 1."""
    size: float = 9.0
    """Of the letters."""

    @property
    def ink(self) -> str:
        """The letters' colour, to be read on the fill in light and dark."""
        if self.tone not in LIGHT_TURN or self.strength < TURN:
            return "ink"
        return "dark" if self.strength < LIGHT_TURN[self.tone] else "paper"


@dataclass(slots=True)
class Words:
    """Lines of text around a place, or from it, or up to it."""

    id: str
    x: float
    y: float
    text: str
    size: float = 10.0
    anchor: str = "middle"
    hover: str = ""
    halo: bool = False
    """Whether lines behind it keep off."""


@dataclass(slots=True)
class Line:
    """From the middle of one circle to that of another."""

    source: str
    target: str
    tone: str
    strength: float
    width: float
    dashed: bool
    hover: str
    end: str = ""
    """What it has where it arrives: nothing, an ``arrow`` or a ``ring``."""


TIP = 7.0
"""How long the end of a line is."""


def tip(line: Line, discs: dict[str, Disc]) -> list[tuple[float, float]]:
    """The end of a line: where it meets its target's circle, the middle, and both corners."""
    a, b = discs[line.source], discs[line.target]
    long = math.hypot(b.x - a.x, b.y - a.y) or 1.0
    right, down = (b.x - a.x) / long, (b.y - a.y) / long
    places = ((0.0, 0.0), (0.5, 0.0), (1.0, 0.5), (1.0, -0.5))
    return [
        (
            b.x - right * (SIZE / 2 + back * TIP) - down * side * TIP,
            b.y - down * (SIZE / 2 + back * TIP) + right * side * TIP,
        )
        for back, side in places
    ]


@dataclass(slots=True)
class Sketch:
    """The whole picture."""

    name: str
    discs: dict[str, Disc] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    legend: list[str] = field(default_factory=list)

    def add(self, disc: Disc) -> None:
        """Put a circle in."""
        self.discs[disc.id] = disc


def words_width(text: str, size: float) -> float:
    """About how wide the longest line is in a sans-serif font."""
    return max(map(len, text.split("\n"))) * size * 0.52


def bounds(sketch: Sketch) -> tuple[float, float, float, float]:
    """Left, top, width and height with the legend below."""
    boxes = [(d.x - SIZE / 2, d.y - SIZE / 2, SIZE, SIZE) for d in sketch.discs.values()]
    for w in sketch.words:
        wide, lines = words_width(w.text, w.size), w.text.count("\n") + 1
        left = w.x - {"start": 0.0, "middle": wide / 2, "end": wide}[w.anchor]
        boxes.append((left, w.y - w.size * 0.7 * lines, wide, w.size * 1.4 * lines))
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    wide = max((words_width(line, LEGEND) for line in sketch.legend), default=0.0)
    more = max(wide - (right - left), 0.0) / 2
    high = bottom - top + LEGEND_LINE * len(sketch.legend)
    return left - more - PAD, top - PAD, right - left + 2 * (more + PAD), high + 2 * PAD
