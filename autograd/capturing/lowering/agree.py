"""Whether an op does with stand-ins what it does with arrays, for other numbers too.

An op that asks for the type of its operands may add up in another order for stand-ins, and a few
rows often sum to the same bits in any order. So both are run on drawn numbers as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from ...op import walking
from ..bits import same_bits
from ..program import Array, Step
from ..tape import Rule
from .call import Assume, Call, leaves, replaced
from .standin import StandIn
from .tracer import Tracer

__all__ = ["Agreement", "about", "run_step"]

# Each number is a chance to see a difference, so few of them are drawn several times.
_ENOUGH, _MOST = 16, 8


def run_step(step: Step, by: Callable[[Any], Any]) -> tuple:
    """The results of a step, with ``by(operand)`` in the place of each operand."""
    keywords = {k: x if k == "kept" else replaced(x, by) for k, x in step.keywords.items()}
    result = step.function(*(replaced(x, by) for x in step.operands), **keywords)
    return tuple(result) if step.several else (result,)


class Agreement:
    """Looks at the steps of one program; at equal ones once."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)
        self._known: dict[Hashable, bool] = {}

    def __call__(self, step: Step, rule: bool, calls: list[Call]) -> bool:
        """Whether the calls that stand-ins showed give the same bits."""
        read = leaves((step.operands, step.keywords))
        key = step.kind, about(step.function, {}), about([step.operands, step.keywords], {})
        if key not in self._known:
            with walking() if rule else np.errstate(), np.errstate(all="ignore"):
                self._known[key] = all(
                    self._once(step, rule, read, -0.5 if k % 2 == 0 else 0.5, calls)
                    for k in range(_trials(step, read))
                )
        return self._known[key]

    def _once(
        self, step: Step, rule: bool, read: list[Array], low: float, calls: list[Call]
    ) -> bool:
        others = {x: Array(self._other(x.sample, low)) for x in read}
        try:
            reference = run_step(step, lambda x: others[x].sample if type(x) is Array else x)
        except Exception:
            return True  # those numbers are none that it takes
        known: dict[Any, Any] = {x: other.sample for x, other in others.items()}
        try:
            run_calls(calls, known)
            found = tuple([None if x is None else known[x] for x in step.results])
        except Otherwise:
            tracer = Tracer(step, rule, StandIn)
            met = run_step(step, lambda x: tracer.enter(others[x]) if type(x) is Array else x)
            found = tuple([x.array.sample if type(x) is StandIn else x for x in met])
        return all(
            a is b or (isinstance(b, np.ndarray) and same_bits(np.asarray(a), b))
            for a, b in zip(reference, found, strict=True)
        )

    def _other(self, x: np.ndarray, low: float) -> np.ndarray:
        if x.dtype.kind != "f":
            return x
        drawn = self._rng.random(x.shape, np.float32 if x.dtype.itemsize < 8 else np.float64)
        drawn *= 1.5 - low
        drawn += low
        other = np.empty_like(x, subok=False)
        return np.multiply(x, drawn, out=other, casting="unsafe")


class Otherwise(Exception):
    """An ``if`` goes the other way for these numbers."""


def run_calls(calls: list[Call], known: dict[Any, Any]) -> None:
    """Make a step's calls on other numbers: ``known`` has its operands', and gets the rest."""

    def real(x: Any) -> Any:
        return known.get(x, x.sample) if type(x) is Array else x

    for call in calls:
        if type(call.function) is Assume:
            if not call.function(real(call.operands[0])):
                raise Otherwise
        else:
            known.update(zip(call.results, map(np.asarray, run_step(call, real))))


def _trials(step: Step, read: list[Array]) -> int:
    made = [x.sample.size for x in step.results if x is not None and x.sample.size]
    # Spread over many places, a number is still one; a rule's first operand is the cotangent.
    given = [x.sample.size for x in (read[:1] if step.kind == "rule" else read)]
    return min(_MOST, -(-_ENOUGH // max(1, min([*made, max(given, default=1)]))))


def about(x: Any, seen: dict[Array, int]) -> Hashable:
    """What decides which way an operand or a function goes; equal for two that go the same."""
    if type(x) is Array:
        if x.sample.dtype.kind != "f":
            return id(x), seen.setdefault(x, len(seen))
        # Which operands are one array, too.
        sample = x.sample
        return (
            sample.shape,
            sample.strides,
            sample.dtype.str,
            sample.flags.writeable,
            seen.setdefault(x, len(seen)),
        )
    if type(x) in (tuple, list):
        return type(x), *(about(y, seen) for y in x)
    if type(x) is dict:
        return dict, *x, *(about(y, seen) for y in x.values())
    if type(x) is Rule:
        return Rule, id(x.op), about([x.params, x.wanted, x.several], seen)
    if type(x) is float:
        return x.hex()  # -0.0 is not 0.0
    # Anything else is itself only; the program keeps it alive.
    return (type(x), x) if type(x) in (int, bool, str, type(None), np.dtype) else id(x)
