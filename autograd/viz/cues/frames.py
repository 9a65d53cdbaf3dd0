"""Which vertices stand in which frame: groups within groups, by the members that are shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model import HIDDEN, Model
from ..text import clean

__all__ = ["Frame", "frames"]


@dataclass(slots=True)
class Frame:
    """A group with members in the picture."""

    path: str
    title: str
    """The path, and what it is: ``encoder.0: Linear``."""
    parent: str
    depth: int
    own: list[int] = field(default_factory=list)
    """Ids of vertices in it and in no inner one."""
    inner: list[str] = field(default_factory=list)
    """Paths of the frames right inside."""


def frames(model: Model) -> dict[str, Frame]:
    """The frames to draw by path, outer ones first.

    A constant is in the frame of what uses it.
    """
    user = {e.source: e.target for e in reversed(model.edges) if e.target != HIDDEN}
    where = {v.id: v.group for v in model.vertices}
    result: dict[str, Frame] = {}
    for v in model.vertices:
        path = v.group
        if not path and v.kind == "constant":
            path = where.get(user.get(v.id, HIDDEN), "")
        if path:
            _frame(model, path, result).own.append(v.id)
    return dict(sorted(result.items(), key=lambda item: item[1].depth))


def _frame(model: Model, path: str, known: dict[str, Frame]) -> Frame:
    """The frame of a path; made, with those around it, if it is new."""
    chain = []
    while path and path not in known and path not in chain:
        chain.append(path)
        path = _parent(model, path)
    for inner in reversed(chain):
        group, parent = model.groups.get(inner), _parent(model, inner)
        what = clean(inner, 60) + (f": {clean(group.title, 40)}" if group and group.title else "")
        if group and group.calls > 1:
            what += f"  ×{group.calls:,}"
        depth = known[parent].depth + 1 if parent in known else 0
        known[inner] = Frame(inner, what, parent, depth)
        if parent in known:
            known[parent].inner.append(inner)
    return known[chain[0] if chain else path]


def _parent(model: Model, path: str) -> str:
    group = model.groups.get(path)
    return group.parent if group else path.rpartition(".")[0]
