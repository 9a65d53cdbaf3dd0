"""One model of two graphs: each vertex and edge says whether it is the same in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..model import HIDDEN, Edge, Model, Vertex
from .change import Tolerance, arrow
from .graph import Graph
from .merging import Pair

__all__ = ["Place", "Use", "merged"]


@dataclass(slots=True)
class Place:
    """A vertex as it was in each of the graphs."""

    before: Vertex | None
    after: Vertex | None
    value: bool
    """Whether the value changed."""
    grad: bool
    """Whether the gradient did."""
    op: bool
    """Whether the op or its parameters did."""

    @property
    def one(self) -> Vertex:
        """The vertex, the later one if there are two."""
        vertex = self.after if self.after is not None else self.before
        assert vertex is not None
        return vertex

    @property
    def both(self) -> bool:
        """Whether it is in both graphs."""
        return self.before is not None and self.after is not None

    @property
    def look(self) -> str:
        """As :attr:`Vertex.look`."""
        if not self.both:
            return "added" if self.before is None else "removed"
        return "changed" if self.value or self.grad or self.op else "same"


@dataclass(slots=True)
class Use:
    """An edge as it was in each of the graphs."""

    before: Edge | None
    after: Edge | None


def merged(
    a: Graph, b: Graph, pairs: Sequence[Pair], near: Tolerance, digits: int
) -> tuple[Model, list[Place], list[Use]]:
    """The merged model, with what each of its vertices and edges was."""
    places = [_place(a, b, pair, near) for pair in pairs]
    model = Model()
    for k, place in enumerate(places):
        vertex = _twin(place.one)
        vertex.id, vertex.look, vertex.marked = k, place.look, False
        vertex.about = _rows(place, digits) if place.look == "changed" else vertex.about
        model.vertices.append(vertex)
    uses = _uses(a, b, pairs)
    for (source, target, _), use in uses.items():
        gone = use.after is None and source != HIDDEN and places[source].both
        model.edges.append(_edge(use, source, target, near, gone))
    model.total = sum(v.kind != "constant" for v in model.vertices)
    model.hidden = max(a.model.hidden, b.model.hidden)
    model.total += model.hidden
    model.groups = {**a.model.groups, **b.model.groups}
    model.notes = list(dict.fromkeys([*a.model.notes, *b.model.notes]))
    return model, places, list(uses.values())


def _twin(x: Any) -> Any:
    """A shallow copy; ``copy.copy`` takes four times as long for an object with slots."""
    made = object.__new__(type(x))
    for name in type(x).__slots__:
        setattr(made, name, getattr(x, name))
    return made


def _place(a: Graph, b: Graph, pair: Pair, near: Tolerance) -> Place:
    u, v = pair
    before = a.vertices[u] if u >= 0 else None
    after = b.vertices[v] if v >= 0 else None
    if before is None or after is None:
        return Place(before, after, False, False, False)
    told = (before.op, before.params, before.kind) != (after.op, after.params, after.kind)
    return Place(
        before,
        after,
        not near.same(before.data, after.data) or before.freed != after.freed,
        not near.same(before.grad, after.grad),
        told,
    )


def _rows(place: Place, digits: int) -> list[tuple[str, str]]:
    before, after = place.before, place.after
    assert before is not None and after is not None
    rows = []
    if place.op:
        rows.append(("op", f"{_told(before)} → {_told(after)}"))
    for what, x, y, changed in (
        ("value", before.data, after.data, place.value),
        ("grad", before.grad, after.grad, place.grad),
    ):
        if changed:
            rows.append((what, arrow(x, y, digits)))
        elif y is not None:
            rows.append((what, "the same"))
    return rows


def _told(v: Vertex) -> str:
    return f"{v.symbol or v.kind} {v.params}".strip()


# Edges ----------------------------------------------------------------------------------------


def _uses(a: Graph, b: Graph, pairs: Sequence[Pair]) -> dict[tuple[int, int, int], Use]:
    """Edges by source, target and position in the merged graph, by their targets' order."""
    uses: dict[tuple[int, int, int], Use] = {}
    for side, graph in enumerate((a, b)):
        place = {pair[side]: k for k, pair in enumerate(pairs) if pair[side] >= 0}
        place[HIDDEN] = HIDDEN
        for edge in graph.model.edges:
            key = (place[edge.source], place[edge.target], edge.position)
            use = uses.setdefault(key, Use(None, None))
            if side:
                use.after = edge
            else:
                use.before = edge
    last = len(pairs)
    return dict(sorted(uses.items(), key=lambda x: (x[0][1] % (last + 1), x[0][2], x[0][0])))


def _edge(use: Use, source: int, target: int, near: Tolerance, gone: bool) -> Edge:
    before, after = use.before, use.after
    one = after if after is not None else before
    assert one is not None
    edge = _twin(one)
    edge.source, edge.target = source, target
    if before is None or after is None:
        edge.look = "added" if before is None else "removed"
        if gone:
            # Else the contributions to its source would not add up to the gradient shown.
            edge.contribution = edge.share = None
    else:
        same = near.same(before.local, after.local)
        same = same and near.same(before.contribution, after.contribution)
        edge.look = "same" if same and before.problem == after.problem else "changed"
    return edge
