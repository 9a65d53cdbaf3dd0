"""The backward pass as steps: what arrives at each vertex, and what it hands on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..cues.sums import by_source, gradient_sum
from ..figures import describe_gradient, in_short, number, size_of
from ..model import Edge, Model, Vertex
from ..text import clean

__all__ = ["Flow", "Step", "steps"]

NAME = 16
"""Characters of a label in a line."""
TERMS = 3
"""Operands whose share of the work is written out."""


@dataclass(slots=True)
class Flow:
    """What travels down one edge."""

    edge: int
    """The edge's place in the model."""
    text: str


@dataclass(slots=True)
class Step:
    """One vertex has its turn."""

    vertex: int
    arrives: str
    hands_on: str
    flows: list[Flow] = field(default_factory=list)


def steps(model: Model, digits: int) -> list[Step]:
    """The steps of the backward pass, in the order in which it was run.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> for step in steps(build(y), 3):
    ...     print(step.arrives, "|", step.hands_on)
    dL/d(×) = 1, where the walk begins | hands on: x gets 1 × 3 = 3, x gets 1 × 3 = 3
    dL/dx = 3 + 3 = 6 | a leaf: this is its gradient
    """
    uses = by_source(model)
    roots = [v for v in model.vertices if v.root]
    of = _named(roots[0]) if len(roots) == 1 and roots[0].name else "L"
    into: dict[int, list[int]] = {}
    for i, e in enumerate(model.edges):
        into.setdefault(e.target, []).append(i)
    # A model that was put together by hand may have no turns; operands come before results.
    order = sorted(
        (v for v in model.vertices if v.kind != "constant" and _reached(v, uses.get(v.id, []))),
        key=lambda v: v.turn if v.turn is not None else len(model.vertices) - v.id,
    )
    found = []
    for v in order:
        edges = [
            i
            for i in into.get(v.id, [])
            if model.edges[i].contribution is not None and model.edges[i].source >= 0
        ]
        flows = [Flow(i, _size(model.edges[i].contribution, digits)) for i in edges]
        terms = [_term(model, model.edges[i], v, digits) for i in edges]
        arrives = _arrives(v, of, uses.get(v.id, []), digits)
        found.append(Step(v.id, arrives, _said(v, terms), flows))
    return found


def _reached(v: Vertex, uses: list[Edge]) -> bool:
    """Whether a gradient came; of several outputs together only parts do."""
    return v.grad is not None or any(e.contribution is not None for e in uses)


def _named(v: Vertex) -> str:
    """The label, or else what the box says: numbers made up for the occasion say nothing."""
    if v.name or not v.symbol:
        return clean(v.title, NAME)
    return f"({clean(v.symbol, NAME)})"


def _size(x: object, digits: int) -> str:
    if isinstance(x, dict):
        return "in parts"
    if isinstance(x, np.ndarray) and x.size > 1:
        return f"|c| {number(size_of(x), digits)}"
    return in_short(x if not isinstance(x, np.ndarray) or not x.size else x.reshape(-1)[0], digits)


def _arrives(v: Vertex, of: str, uses: list[Edge], digits: int) -> str:
    name = _named(v)
    if v.grad is None:
        return f"{name}: what came to its outputs"
    shown = gradient_sum(v, uses, digits)[0]
    if shown:
        return f"d{of}/d{name} = {shown}"
    if isinstance(v.grad, np.ndarray) and v.grad.size > 1:
        text = f"|d{of}/d{name}| = {number(size_of(v.grad), digits)}"
        shares = [e.share for e in uses if e.share is not None]
        if 1 < len(shares) <= TERMS:
            text += " from shares of " + " and ".join(f"{s:+.2f}" for s in shares)
        elif len(shares) > TERMS:
            text += f" from {len(shares)} uses"
        return text
    rows = describe_gradient(v.grad, digits)
    text = f"d{of}/d{name} = {rows[0][1] if rows else 'nothing, it is empty'}"
    return text + ", where the walk begins" if v.root and not uses else text


def _term(model: Model, e: Edge, target: Vertex, digits: int) -> str:
    name = _named(model.vertices[e.source])
    if isinstance(e.contribution, dict):
        return f"{name} gets its part"
    if isinstance(e.contribution, np.ndarray) and e.contribution.size > 1:
        # Of a value that is used once all of it comes this way.
        whole = e.share is None or abs(e.share - 1.0) < 0.005
        share = "" if whole else f" (share {e.share:+.2f})"
        return f"{name} gets {_size(e.contribution, digits)}{share}"
    factors = ""
    if _is_number(e.local) and _is_number(target.grad):
        upstream, local = (number(x, digits) for x in (target.grad, e.local))
        factors = f"{upstream} × {f'({local})' if local.startswith('-') else local} = "
    return f"{name} gets {factors}{_size(e.contribution, digits)}"


def _is_number(x: object) -> bool:
    return isinstance(x, (bool, int, float, np.generic))


def _said(v: Vertex, terms: list[str]) -> str:
    if v.freed:
        return "freed: what it handed on is no longer known"
    if v.kind == "leaf":
        return "a leaf: this is its gradient"
    if not terms:
        return "nothing below it needs a gradient"
    more = f", and {len(terms) - TERMS} more" if len(terms) > TERMS else ""
    return f"hands on: {', '.join(terms[:TERMS])}{more}"
