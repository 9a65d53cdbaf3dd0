"""The rest of a call as it was recorded, where lowered steps cannot go on."""

from __future__ import annotations

from contextlib import ExitStack
from threading import get_ident
from typing import Any

import numpy as np

from ... import op as _op
from ...op import walking
from ..lowering import Repair, leaves, replaced, rule_steps
from ..program import Array, Program, Step

__all__ = ["Slow"]


class Slow:
    """The rest of one call, with the steps as they were recorded and arrays of its own."""

    def __init__(self, program: Program, inputs: dict[Array, np.ndarray]) -> None:
        self._known: dict[Array, Any] = dict(inputs)
        self._rules = rule_steps(program)
        self._careful = False

    def enter(self, names: Any, now: Any, bound: Any) -> None:
        """Take over what lowered steps have made: ``names`` as recorded, ``now`` as bound."""
        for x, y in zip(leaves(names), leaves(now), strict=True):
            if x not in self._known and x.kind == "made":
                self._known[x] = bound(y)

    def enter_result(self, x: Array, real: np.ndarray) -> None:
        """What an effect gave."""
        self._known[x] = real

    def value(self, x: Any) -> Any:
        """The real array for an array of the recorded program, or ``x`` itself."""
        if not isinstance(x, Array):
            return x
        if x in self._known:
            return self._known[x]
        return x.holder._data if x.kind == "held" else x.sample

    def run(self, repair: Repair) -> None:
        """The recorded steps between two effects."""
        ident = get_ident()
        with np.errstate(all="ignore"):  # what was to be said of it has been said
            for step in repair.again:
                if any(x not in self._known for x in step.results if x is not None):
                    self.step(step)
        with ExitStack() as stack:
            walk = False
            for step in repair.steps:
                if step in self._rules and not walk:
                    stack.enter_context(walking())
                    walk = True
                    if self._careful:
                        _op._careful.add(ident)
                self.step(step)
            if walk:
                self._careful = ident in _op._careful

    def step(self, step: Step) -> None:
        """Run one recorded step."""
        operands = [replaced(x, self.value) for x in step.operands]
        keywords = {
            k: x if k == "kept" else replaced(x, self.value) for k, x in step.keywords.items()
        }
        result = step.function(*operands, **keywords)
        for x, made in zip(step.results, result if step.several else (result,), strict=False):
            if x is not None:
                self._known[x] = np.asarray(made)
