"""Where two backward passes part: the first op, from the root, that sent back something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..figures import array_kind
from ..model import HIDDEN, Model
from .change import Tolerance, arrow
from .merged import Place, Use

__all__ = ["OTHER_NUMBERS", "Parting", "name_of", "parting"]

OTHER_NUMBERS = "it was computed from other numbers"


@dataclass(frozen=True, slots=True)
class Parting:
    """The op, and the operand that got another contribution from it."""

    at: int
    towards: int | None
    text: str
    why: str


def name_of(model: Model, k: int) -> str:
    """``tanh (v7)``, ``× (h)``, or a leaf's name."""
    v = model.vertices[k]
    if v.kind == "constant" and not v.name:
        data = v.data if np.ndim(v.data) == 0 else array_kind(np.asarray(v.data))
        return f"the constant {data}"
    return v.title if v.symbol is None else f"{v.symbol} ({v.title})"


def parting(
    model: Model, places: Sequence[Place], uses: Sequence[Use], near: Tolerance, digits: int
) -> Parting | None:
    """The op where they part, or ``None`` if all gradients are the same.

    What arrived at it is the same in both graphs, or it is in one of them alone; what it sent on is
    not. So nothing above it has a part in the difference.
    """
    into: dict[int, list[int]] = {}
    for k, edge in enumerate(model.edges):
        into.setdefault(edge.target, []).append(k)
    for t in range(len(places) - 1, -1, -1):
        place = places[t]
        if place.grad and place.one.root:
            x, y = _grads(place)
            return Parting(t, None, arrow(x, y, digits), "the root's own gradient differs")
        if place.grad:
            continue
        for k in into.get(t, ()):
            edge = model.edges[k]
            if edge.source == HIDDEN or edge.look == "same":
                continue
            source = places[edge.source]
            if not source.grad:
                continue
            before, after = uses[k].before, uses[k].after
            x = None if before is None else before.contribution
            y = None if after is None else after.contribution
            if before is None or after is None:
                x, y = _grads(source)
            elif near.same(x, y):
                continue
            return Parting(t, edge.source, arrow(x, y, digits), _why(place, into[t], model, places))
    return None


def _grads(place: Place) -> tuple[object, object]:
    assert place.before is not None and place.after is not None
    return place.before.grad, place.after.grad


def _why(place: Place, into: Sequence[int], model: Model, places: Sequence[Place]) -> str:
    if not place.both:
        return f"this op is in the {'second' if place.before is None else 'first'} graph alone"
    before, after = place.before, place.after
    assert before is not None and after is not None
    if before.op != after.op:
        return f"another op: {before.symbol} → {after.symbol}"
    if before.params != after.params:
        return f"other parameters: {before.params or 'none'} → {after.params or 'none'}"
    sources = [model.edges[k].source for k in into]
    known = [s for s in sources if s != HIDDEN]
    if any(not places[s].both for s in known):
        return "one of its operands is in one graph alone"
    if place.value or any(places[s].value for s in known):
        return OTHER_NUMBERS
    return "the same op on the same numbers: its rule for the gradient differs"
