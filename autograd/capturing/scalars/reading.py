"""A graph of values read into flat lists of numbers: who is computed from whom.

Constants fold away here: what depends on nothing that can change keeps its recorded number.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import CaptureError
from ...graph import topological
from ...op import Elementwise
from ...value import Bound, TracedValue, Value

__all__ = ["CONSTANT", "HELD", "INPUT", "MADE", "Reading", "alike", "difference", "read"]

HELD, INPUT, CONSTANT, MADE = range(4)
_OURS = (Value, TracedValue)
_PLAIN = (float, int, bool, str, type(None))


@dataclass(slots=True)
class Reading:
    """A graph by numbers; every node comes after its operands."""

    kinds: list[int] = field(default_factory=list)
    """For each number what it is: ``HELD`` by a leaf from outside, an ``INPUT``, a ``CONSTANT`` or
    ``MADE`` by an op."""
    ops: list[Any] = field(default_factory=list)
    operands: list[tuple[int, ...]] = field(default_factory=list)
    uses: list[int] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    """What each held when it was recorded."""
    roots: list[int] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    held: list[Value] = field(default_factory=list)
    held_ids: list[int] = field(default_factory=list)
    one: int = 0
    """The constant 1, whose product with a number is that number."""

    def enter(self, kind: int, number: float, op: Any = None, operands: tuple = ()) -> int:
        """The number of a new entry."""
        self.kinds.append(kind)
        self.numbers.append(number)
        self.ops.append(op)
        self.operands.append(operands)
        self.uses.append(0)
        return len(self.kinds) - 1


def read(
    roots: Sequence[Value],
    inputs: Sequence[Value],
    constants: Collection[Value] = (),
    made: Collection[Value] | None = None,
) -> Reading:
    """Read the graph behind ``roots``.

    Parameters
    ----------
    roots : sequence of Value
        Results; they may be leaves.
    inputs : sequence of Value
        Values whose numbers are given at every run; what is behind them does not matter.
    constants : collection of Value
        Leaves whose numbers cannot change. All others are held: read anew at every run.
    made : collection of Value, optional
        What to compute again; nodes that are not in it are held like leaves. All unless given.
    """
    reading = Reading()
    fixed: dict[Any, int] = {}

    def constant(x: float) -> int:
        key = (x, math.copysign(1.0, x))  # 0.0 equals -0.0, but 1 / 0.0 is not 1 / -0.0
        if key not in fixed:
            fixed[key] = reading.enter(CONSTANT, x)
        return fixed[key]

    reading.one = constant(1.0)
    known: dict[Any, int] = {}
    for v in inputs:
        known[v] = reading.enter(INPUT, v._data)
        reading.inputs.append(known[v])

    def place(v: Any) -> int:
        at = known.get(v)
        if at is None:
            if v in constants:
                at = constant(v._data)
            else:
                at = reading.enter(HELD, v._data)
                reading.held.append(v)
                reading.held_ids.append(at)
            known[v] = at
        return at

    for v in reversed(_ahead(roots, known, made)):
        if v.op is None or (made is not None and v not in made):
            place(v)
        if v in known:
            continue
        op = v._by if type(v) in _OURS else v.op
        if type(v) not in _OURS or not isinstance(op, (Elementwise, Bound)):
            raise CaptureError(
                f"op {op.name!r} takes values to arrays or back, which a plan of single numbers "
                "cannot replay; compute with values alone, or with tensors alone"
            )
        a = place(v.a) if v.da is not None else constant(float(v.a))
        if op.arity == 1:
            operands: tuple[int, ...] = (a,)
        else:
            operands = (a, place(v.b) if v.db is not None else constant(float(v.b)))
        if all(reading.kinds[i] == CONSTANT for i in operands):
            known[v] = constant(v._data)
            continue
        for i in operands:
            reading.uses[i] += 1
        known[v] = reading.enter(MADE, v._data, op, operands)
    reading.roots = [place(v) for v in roots]
    for i in reading.roots:
        reading.uses[i] += 2  # so that none is dissolved in a longer sum
    return reading


def _ahead(
    roots: Sequence[Value], inputs: Collection[Value], made: Collection[Value] | None
) -> list[Any]:
    """What the roots are computed from, as far back as it matters, each before its operands."""
    reached = set(roots)
    order = []
    for v in topological(roots):
        if v in reached:
            order.append(v)
            if v not in inputs and (made is None or v in made):
                reached.update(p for p in v.parents if p is not None)
    return order


def difference(a: Reading, b: Reading) -> str | None:
    """What is not the same in two recordings of one function, or ``None``.

    Held leaves may be other ones with the same numbers: made by the function itself, each time.
    """
    if a.kinds != b.kinds or a.operands != b.operands or a.roots != b.roots:
        return "other operations, or in another order"
    for i, kind in enumerate(a.kinds):
        if kind == MADE and alike(a.ops[i]) != alike(b.ops[i]):
            return f"{a.ops[i].name} became {b.ops[i].name}, or has other parameters"
        if kind == CONSTANT and repr(a.numbers[i]) != repr(b.numbers[i]):
            return f"the constant {a.numbers[i]!r} became {b.numbers[i]!r}"
    for i, x, y in zip(a.held_ids, a.held, b.held):
        if x is not y and repr(a.numbers[i]) != repr(b.numbers[i]):
            return f"a leaf of {a.numbers[i]!r} became another one, of {b.numbers[i]!r}"
    return None


def alike(op: Any) -> Any:
    """What ops have in common that are the same function."""
    if type(op) is not Bound:
        return op
    settings = (*op.args, *op.params.values())
    if any(type(x) not in _PLAIN for x in settings):
        return op
    return op.op, op.where, tuple(op.params), tuple(map(repr, settings))
