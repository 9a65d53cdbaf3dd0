"""Rectangles behind the members of groups, where they enclose nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cues.frames import frames
from ..layout import Layout
from ..model import Model
from .boxes import Box
from .metrics import text_width

__all__ = ["LABEL", "Place", "frame_places"]

ROOM, HEAD = 8.0, 16.0
"""Around the members, and above them for the label."""
LABEL = 10.0
NEAR = 5.0
"""How close a frame may come to what is not in it."""


@dataclass(slots=True)
class Place:
    """Where a frame is."""

    left: float
    top: float
    width: float
    height: float
    title: str
    depth: int


def frame_places(model: Model, at: dict[int, int], layout: Layout, boxes: list[Box]) -> list[Place]:
    """The frames that can be drawn, outer ones first.

    Left out are those that would enclose, or cut through, another vertex or frame: the layout
    knows of no groups.
    """
    framed = frames(model)
    if not framed:
        return []
    w = np.array([b.width for b in boxes]) / 2
    h = np.array([b.height for b in boxes]) / 2
    corners = np.stack([layout.x - w, layout.y - h, layout.x + w, layout.y + h], axis=1)
    members: dict[str, list[int]] = {}
    areas: dict[str, np.ndarray] = {}
    # From the inside out: a frame goes around those in it.
    for path, frame in reversed(framed.items()):
        inside = [at[id] for id in frame.own]
        inner = [corners[inside]] if inside else []
        for child in frame.inner:
            inside += members[child]
            inner.append(areas[child][None] if child in areas else corners[members[child]])
        members[path] = inside
        around = np.concatenate(inner)
        area = np.concatenate([around[:, :2].min(axis=0), around[:, 2:].max(axis=0)])
        area += (-ROOM, -HEAD, ROOM, ROOM)
        short = text_width(frame.title, LABEL) + 2 * ROOM - (area[2] - area[0])
        if short > 0:
            area[2] += short
        others = np.ones(len(boxes), dtype=bool)
        others[inside] = False
        if not _meets(area, corners[others]):
            areas[path] = area
    places = []
    kept: dict[str, np.ndarray] = {}
    for path, frame in framed.items():
        if path not in areas:
            continue
        apart = [a for other, a in kept.items() if not _around(framed, other, path)]
        if apart and _meets(areas[path], np.stack(apart)):
            continue
        kept[path] = areas[path]
        x0, y0, x1, y1 = areas[path].tolist()
        places.append(Place(x0, y0, x1 - x0, y1 - y0, frame.title, frame.depth))
    return places


def _around(framed: dict, outer: str, inner: str) -> bool:
    """Whether a frame is one of those around another."""
    depth = framed[outer].depth
    while inner in framed and framed[inner].depth > depth:
        inner = framed[inner].parent
    return inner == outer


def _meets(area: np.ndarray, others: np.ndarray) -> bool:
    x0, y0, x1, y1 = area
    return bool(
        (
            (others[:, 0] < x1 + NEAR)
            & (others[:, 2] > x0 - NEAR)
            & (others[:, 1] < y1 + NEAR)
            & (others[:, 3] > y0 - NEAR)
        ).any()
    )
