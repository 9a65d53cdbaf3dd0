"""A model laid out: boxes, lines, frames and words with their places, for whoever paints them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cues.captions import caption
from ..cues.cards import cards
from ..cues.strokes import Stroke, strokes
from ..layout import Layout, layered
from ..model import HIDDEN, Model
from .boxes import Box, Word, box_of
from .frames import Place, frame_places
from .lines import label_width
from .nearest import nearest

__all__ = ["CAPTION", "PAD", "Scene", "scene"]

PAD = 14.0
CAPTION, LINE = 10.0, 16.0


@dataclass(slots=True)
class Scene:
    """All that is in a picture; the layout's places are from (dx, dy)."""

    width: float
    height: float
    dx: float
    dy: float
    direction: str
    layout: Layout
    boxes: list[tuple[Box, float, float]]
    """With the places of their centres."""
    lines: list[Stroke]
    """In the order of the layout's routes."""
    stubs: list[tuple[float, float]]
    """Where the hints begin at edges to what is not shown."""
    frames: list[Place]
    """Outer ones first."""
    caption: list[tuple[list[Word], float]]
    """Lines of words, centred, and their base lines."""


def scene(
    model: Model,
    *,
    most: int,
    rankdir: str = "LR",
    digits: int = 4,
    legend: bool = True,
    edges: str | None = None,
    heatmaps: bool = True,
) -> Scene:
    """Lay out the ``most`` vertices that are nearest to the root.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> made = scene(build(Value(2.0).exp()), most=10)
    >>> len(made.boxes), len(made.lines)
    (2, 1)
    """
    cut = len(model.vertices) > most
    model = nearest(model, most)
    made = cards(model, digits, heatmaps)
    boxes = [box_of(card) for card in made.values()]
    at = {id: i for i, id in enumerate(made)}
    drawn = strokes(model, digits, edges)
    lines = [s for s in drawn if s.target != HIDDEN]
    layout = layered(
        np.array([b.width for b in boxes]),
        np.array([b.height for b in boxes]),
        np.array([at[s.source] for s in lines], dtype=np.int64),
        np.array([at[s.target] for s in lines], dtype=np.int64),
        np.array([label_width(s) for s in lines]),
        np.array([12.0 if s.label else 0.0 for s in lines]),
        rankdir,
    )
    said = caption(model, drawn, legend, heatmaps)
    if cut:
        said.insert(0, [(f"a picture has room for {most:,} nodes and constants", "note")])
    text = [[_word(*piece) for piece in line] for line in said]
    framed = frame_places(model, at, layout, boxes)
    left = min((p.left for p in framed), default=0.0)
    top = min((p.top for p in framed), default=0.0)
    right = max((p.left + p.width for p in framed), default=0.0)
    bottom = max((p.top + p.height for p in framed), default=0.0)
    left, top = min(left, 0.0), min(top, 0.0)
    inner_wide = max(right, layout.width) - left
    inner_high = max(bottom, layout.height) - top
    text_wide = max((sum(w.width for w in line) + 3 * len(line) for line in text), default=0.0)
    width = max(inner_wide, text_wide) + 2 * PAD
    height = inner_high + 2 * PAD + (LINE * len(text) + 6 if text else 0)
    xs, ys = layout.x.tolist(), layout.y.tolist()
    return Scene(
        width=width,
        height=height,
        dx=(width - inner_wide) / 2 - left,
        dy=PAD - top,
        direction=rankdir,
        layout=layout,
        boxes=list(zip(boxes, xs, ys, strict=True)),
        lines=lines,
        stubs=[
            _stub(boxes[at[s.source]], xs[at[s.source]], ys[at[s.source]], rankdir)
            for s in drawn
            if s.target == HIDDEN
        ],
        frames=framed,
        caption=[(words, inner_high + 2 * PAD + LINE * i + 8) for i, words in enumerate(text)],
    )


def _word(text: str, color: str) -> Word:
    return Word(text, CAPTION, "muted" if color == "note" else color, color == "note")


def _stub(box: Box, x: float, y: float, rankdir: str) -> tuple[float, float]:
    """Out of a corner of a box, where edges do not leave it."""
    w, h = box.width / 2, box.height / 2
    side = 1 if rankdir in ("LR", "TB") else -1
    if rankdir in ("LR", "RL"):
        return x + side * (w + 4), y + h - 6
    return x + w - 6, y + side * (h + 4)
