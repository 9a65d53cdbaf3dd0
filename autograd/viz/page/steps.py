"""Backward as a list of steps: what each node sent to its operands, in the order in which it did.

A step is a node of the reverse walk. What travels along its edges arrives at the operands one by
one, and their gradients grow from what they began with (the seed of the result, or what came from
nodes that are not shown) to what ``.grad`` is now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..figures import size_of
from ..model import HIDDEN, Edge, Model, Vertex
from .numbers import zero

__all__ = ["Arrival", "Backward", "Step", "backward_steps"]

NEGLIGIBLE = 1e-9
"""Two sums of the same terms in another order differ by less, relative to the terms."""


@dataclass(slots=True)
class Arrival:
    """A contribution that reaches an operand."""

    edge: int
    """Its place in ``model.edges``."""
    source: Vertex
    contribution: Any
    """``None`` for the uses that an edge between groups stands for: it has their size alone."""
    before: Any
    """The operand's gradient until then, ``None`` for none."""
    after: Any


@dataclass(slots=True)
class Step:
    """The turn of one node."""

    vertex: Vertex
    arrivals: list[Arrival]
    hidden: int
    """How many of its operands are not shown."""


@dataclass(slots=True)
class Backward:
    """The reverse walk over the shown part of a graph."""

    steps: list[Step] = field(default_factory=list)
    begin: dict[int, Any] = field(default_factory=dict)
    """The gradients that are there before the first step, by vertex."""


def backward_steps(model: Model) -> Backward:
    """The steps of the reverse walk that ``backward`` took through what ``model`` shows.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> step = backward_steps(build(y)).steps[0]
    >>> [(a.before, a.contribution, a.after) for a in step.arrivals]
    [(None, 3.0, 3.0), (3.0, 3.0, 6.0)]
    """
    backward = Backward()
    vertices = {v.id: v for v in model.vertices}
    into: dict[int, list[int]] = {}
    arriving: dict[int, list[Any]] = {}
    unsure: set[int] = set()  # whose gradients can only be told when they are whole
    for i, e in enumerate(model.edges):
        if e.target != HIDDEN:
            into.setdefault(e.target, []).append(i)
    order = _order(model, into)
    for v in order:
        for i in into[v.id]:
            e = model.edges[i]
            if _arrives(e, vertices):
                arriving.setdefault(e.source, []).append(e.contribution)
                # What a group's nodes, or an op's outputs, get are several gradients.
                source = vertices[e.source]
                several = source.kind == "group" or isinstance(source.data, tuple)
                if several or not _is_exact(e.contribution):
                    unsure.add(e.source)
    left = {id: len(terms) for id, terms in arriving.items()}
    held: dict[int, Any] = {}
    for v in model.vertices:
        start = None if v.id in unsure else _begin(v, arriving.get(v.id, []))
        if start is not None:
            backward.begin[v.id] = held[v.id] = start
    for v in order:
        arrivals, hidden = [], 0
        for i in into[v.id]:
            e = model.edges[i]
            hidden += e.source == HIDDEN and e.contribution is not None
            if not _arrives(e, vertices):
                continue
            source, before = vertices[e.source], held.get(e.source)
            left[e.source] -= 1
            after = None if e.source in unsure else _sum(before, e.contribution)
            if not left[e.source] and source.grad is not None:
                after = source.grad  # the same terms, perhaps added in another order
            held[e.source] = after
            arrivals.append(Arrival(i, source, e.contribution, before, after))
        if arrivals or hidden:
            backward.steps.append(Step(v, arrivals, hidden))
    if all(zero(s.vertex.grad) and s.vertex.kind != "group" for s in backward.steps):
        return Backward([], {v.id: v.grad for v in model.vertices if v.grad is not None})
    return backward


def _order(model: Model, into: dict[int, list[int]]) -> list[Vertex]:
    """Vertices with operands, in the order of the reverse walk."""
    ops = [v for v in reversed(model.vertices) if v.id in into and v.kind != "constant"]
    # A model put together by hand may have no turns: operands come before results in it.
    return sorted(ops, key=lambda v: -1 if v.turn is None else v.turn)


def _arrives(e: Edge, vertices: dict[int, Vertex]) -> bool:
    if e.source == HIDDEN or vertices[e.source].kind == "constant":
        return False
    if e.contribution is None:
        return bool(e.size)
    return not isinstance(e.contribution, dict)


def _begin(v: Vertex, terms: list[Any]) -> Any:
    """What is in a vertex's gradient beside ``terms``, or ``None``."""
    if v.grad is None or isinstance(v.grad, dict) or not terms:
        return None if isinstance(v.grad, dict) else v.grad
    if not _is_exact(v.grad):
        return None
    with np.errstate(all="ignore"):
        rest = v.grad
        for c in terms:
            rest = rest - c
        scale = max(size_of(v.grad), sum(map(size_of, terms)))
        # Not so for nan and inf either, of which nobody can tell what they are made of.
        return rest if NEGLIGIBLE * scale < size_of(rest) < np.inf else None


def _is_exact(x: Any) -> bool:
    """Whether it can be reckoned with: of large arrays a file may have the statistics alone."""
    return isinstance(x, (bool, int, float, np.generic, np.ndarray))


def _sum(a: Any, b: Any) -> Any:
    if a is None:
        return b
    with np.errstate(all="ignore"):
        return a + b
