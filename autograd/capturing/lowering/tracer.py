"""Notes the NumPy calls that an op makes on stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..program import Array, Step
from .call import Assume, Call, replaced

__all__ = ["Refused", "Tracer", "is_view"]


class Refused(Exception):
    """An op asked for something that a recording cannot answer for all later calls."""


def is_view(x: np.ndarray, of: np.ndarray) -> bool:
    """Whether ``x`` is another array on the memory of ``of``."""
    return x.base is not None and np.may_share_memory(x, of)


class Tracer:
    """The calls made by one recorded step.

    Parameters
    ----------
    origin : Step
        The step that is run on stand-ins.
    rule : bool
        Whether it is part of a backward walk.
    stand_in : type
        Made with ``(tracer, array)``.
    """

    def __init__(self, origin: Step, rule: bool, stand_in: Any) -> None:
        self.calls: list[Call] = []
        self._origin = origin
        self._rule = rule
        self._stand_in = stand_in
        self._outer: dict[str, Any] = dict(np.geterr())
        # What this step has made; of that, what is its own memory, and may be written to.
        self.made: set[Array] = set()
        self._own: set[Array] = set()

    def enter(self, x: Any) -> Any:
        """A stand-in for an array of the program."""
        return self._stand_in(self, x) if isinstance(x, Array) else x

    def _operand(self, x: Any) -> Any:
        if type(x) is self._stand_in:
            return x.array
        # An array made from shapes alone: the op may go on to write to it.
        return Array(x.copy("K"), "constant") if type(x) is np.ndarray else x

    def _real(self, x: Any, met: list) -> Any:
        """What ``x`` stands for; the stand-ins met in it are added to a list."""
        if type(x) is self._stand_in:
            met.append(x)
            return x.array.sample
        if type(x) in (tuple, list, dict):
            return replaced(x, lambda y: self._real(y, met))
        return x

    def call(
        self,
        function: Callable[..., Any],
        args: tuple,
        keywords: dict[str, Any],
        writes: Any = None,
    ) -> Any:
        """Run ``function`` on what the stand-ins stand for, and note it."""
        if writes is not None and (
            type(writes) is not self._stand_in or writes.array not in self._own
        ):
            raise Refused(f"{function!r} writes to an array from elsewhere")
        given: list = []
        result = function(
            *[self._real(x, given) for x in args],
            **{k: self._real(x, given) for k, x in keywords.items()},
        )
        if not given and writes is None:
            return result  # made from shapes alone (``like=``): a constant
        step = Call(
            "numpy",
            _name(function),
            function,
            tuple(replaced(x, self._operand) for x in args),
            {k: replaced(x, self._operand) for k, x in keywords.items()},
            line=self._origin.line,
            rule=self._rule,
            errors=self._errors(),
            origin=self._origin,
        )
        self.calls.append(step)
        if writes is not None:
            step.writes = (writes.array,)
            return writes if result is not None else None
        several = isinstance(result, (tuple, list))
        made = [self._result(x, step, given) for x in (result if several else (result,))]
        step.several = several
        step.results = tuple(x.array for x in made)
        if not several:
            if any(x.array is made[0].array for x in given):
                self.calls.pop()  # it gave back its operand as it was
            return made[0]
        return made if type(result) is list else tuple(made)

    def _result(self, x: Any, step: Call, given: list) -> Any:
        if not isinstance(x, (np.ndarray, np.generic)) or x.dtype.hasobject:
            raise Refused(f"{step.name} gives {type(x).__name__}")
        x = np.asarray(x)
        array = Array(x)
        self.made.add(array)
        for other in given:
            sample = other.array.sample
            if x is sample:
                return other
            if is_view(x, sample):
                if step.operands[0] is not other.array:
                    raise Refused(f"{step.name} gives a view of its second operand")
                step.kind = "view"
                if other.array in self._own:
                    self._own.add(array)
                return self._stand_in(self, array)
        self._own.add(array)
        return self._stand_in(self, array)

    def _errors(self) -> tuple[tuple[str, str], ...]:
        now: Any = np.geterr()
        if now == self._outer:
            return ()
        return tuple((k, v) for k, v in now.items() if v != self._outer[k])

    def just_written(self, x: Array) -> bool:
        """Whether the last call wrote to ``x``, a view that an index gave."""
        views = {r for c in self.calls if c.name == "getitem" for r in c.results}
        return bool(self.calls) and x in self.calls[-1].writes and x in views

    def assume(self, x: Any) -> bool:
        """Which way an ``if`` goes; the plan looks whether it still does."""
        if x.array.sample.size != 1:
            raise Refused("the truth of an array with several elements")
        expected = bool(x.array.sample)
        check = Call("check", "assume", Assume(expected, self._origin), (x.array,))
        check.rule, check.origin, check.line = self._rule, self._origin, self._origin.line
        self.calls.append(check)
        return expected


def _name(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", type(function).__name__)
    return f"{owner.__name__}.{name}" if isinstance(owner, np.ufunc) else name
