"""The calls of equal steps: traced for the first, and written down for the others."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from ..program import Array, Step
from .agree import Agreement, Otherwise, about, run_calls
from .call import Assume, Call, leaves, named
from .sharing import Shared
from .trace import traced

__all__ = ["Traces"]


class Traces:
    """Gives the calls of a program's steps.

    What an op does on stand-ins follows from its parameters and from the shapes, dtypes and strides
    that it is given: numbers are out of its reach, but for an ``if``, which has to go the same way.
    """

    def __init__(self) -> None:
        self._agrees = Agreement()
        self._known: dict[Hashable, tuple[Step, list[Call]]] = {}

    def __call__(self, step: Step, rule: bool, shared: Shared | None) -> list[Call] | None:
        """The calls a step makes, or ``None`` if it stays as it is."""
        if shared is not None:
            return traced(step, rule, shared, self._agrees)
        seen: dict[Array, int] = {}
        key = (
            step.kind,
            about(step.function, seen),
            about([step.operands, step.keywords], seen),
            *[None if x is None else (x.kind, _lies(x), seen.get(x)) for x in step.results],
        )
        first = self._known.get(key)
        if first is not None:
            again = _again(*first, step)
            if again is not None:
                return again
        calls = traced(step, rule, None, self._agrees)
        if calls is not None:
            self._known[key] = step, calls
        return calls


def _lies(x: Array) -> Hashable:
    return x.sample.shape, x.sample.strides, x.sample.dtype.str


def _again(first: Step, calls: list[Call], step: Step) -> list[Call] | None:
    """The calls of the first of some equal steps, for another one's arrays.

    ``None`` where an ``if`` goes the other way.
    """
    names: dict[Any, Any] = dict(
        zip(
            leaves((first.operands, first.keywords)),
            leaves((step.operands, step.keywords)),
            strict=True,
        )
    )
    if any(type(call.function) is Assume for call in calls):
        with np.errstate(all="ignore"):
            try:
                run_calls(calls, {x: y.sample for x, y in names.items()})
            except Otherwise:
                return None
    names.update(zip(first.results, step.results, strict=True))
    made = []
    for call in calls:
        for x in call.results:
            if x is not None and x not in names:
                names[x] = Array(x.sample)
        function = call.function
        if type(function) is Assume:
            function = Assume(function.expected, step)
        operands, keywords = named(call.operands, names), named(call.keywords, names)
        results, writes = named(call.results, names), named(call.writes, names)
        made.append(
            Call(
                call.kind, call.name, function, operands, keywords, results, call.several, writes,
                step.line, call.note, call.rule, call.errors, step,
            )
        )  # fmt: skip
    return made
