"""The steps between two effects, as flat lists of calls."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any

import numpy as np

from ... import op as _op
from ...op import walking
from ..lowering import Repair, leaves, replaced, rule_steps
from ..program import Array, Program, Step
from .emit import Instruction

__all__ = ["Otherwise", "Segment", "Slow"]


class Otherwise(Exception):
    """An ``if`` that an op asked when it was recorded goes the other way."""

    def __init__(self, origin: Step) -> None:
        self.origin = origin


@dataclass(slots=True)
class Segment:
    """Calls, in blocks that share an error state; or one effect."""

    blocks: list[tuple[bool, dict[str, str], list[Instruction]]] = field(default_factory=list)
    repair: Step | None = None
    effect: Step | None = None
    lowered_rules: bool = False

    def add(self, step: Any, code: list[Instruction]) -> None:
        """Enter a step's calls."""
        origin = getattr(step, "origin", None)
        if origin is not None and origin.kind == "rule" and step.kind != "rule":
            self.lowered_rules = True
        mode = (getattr(step, "rule", False), dict(getattr(step, "errors", ())))
        if code and (not self.blocks or self.blocks[-1][:2] != mode):
            self.blocks.append((*mode, []))
        if code:
            self.blocks[-1][2].extend(code)

    def run(self) -> bool:
        """Make the calls; ``False`` where a walk has met 0 x inf, which rules treat apart."""
        well = True
        for rule, errors, code in self.blocks:
            if not rule and not errors:
                for f, args, keywords in code:
                    f(*args, **keywords)
                continue
            with ExitStack() as stack:
                if rule:
                    stack.enter_context(walking())
                if errors:
                    stack.enter_context(np.errstate(**errors))  # type: ignore[arg-type]
                for f, args, keywords in code:
                    f(*args, **keywords)
                if rule and self.lowered_rules and get_ident() in _op._careful:
                    well = False
        return well


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
