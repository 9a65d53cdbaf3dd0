"""Effects in a plan: calls of Python functions, in their place among the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..lowering import replaced
from ..program import Array, Step
from .buffers import Buffers
from .emit import assign

__all__ = ["Effect", "handed"]


class Effect:
    """An effect with its arrays.

    Parameters
    ----------
    step : Step
        As it is in the plan.
    recorded : Step
        As it was recorded.
    buffers : Buffers
    bound : dict
        The real arrays.
    """

    __slots__ = ("_bound", "_buffers", "_fixed", "_outs", "recorded", "step")

    def __init__(
        self, step: Step, recorded: Step, buffers: Buffers, bound: dict[Array, np.ndarray]
    ) -> None:
        self.step = step
        self.recorded = recorded
        self._buffers = buffers
        self._bound = bound
        own = buffers.layout.outside.keys() - buffers.copied
        plain = all(x in own if type(x) is Array else not _nests(x) for x in step.operands)
        # The common case, told once: arrays that nobody else holds.
        self._fixed = (
            tuple(bound[x] if type(x) is Array else x for x in step.operands) if plain else None
        )
        given = step.arrays
        self._outs = [None if x is None or x in given else bound[x] for x in step.results]

    def run(self) -> None:
        """Call the function."""
        step = self.step
        operands = self._fixed
        if operands is None:
            operands = tuple(
                replaced(x, lambda y: handed(y, self._buffers, self._bound)) for x in step.operands
            )
        result = step.function(*operands, **step.keywords)
        if result is not None:
            assign(step, self._outs, lambda: result, (), {})

    def run_slowly(self, slow: Any) -> None:
        """Call the function in a call that looks up each array."""
        step, recorded = self.step, self.recorded
        slow.enter(recorded.operands, step.operands, self._bound.__getitem__)
        operands = [
            replaced(x, lambda y: _copied_input(y, slow.value(y))) for x in recorded.operands
        ]
        result = step.function(*operands, **step.keywords)
        if result is not None and recorded.results:
            slow.enter_result(recorded.results[0], result)


def handed(x: Any, buffers: Buffers, bound: dict[Array, np.ndarray]) -> Any:
    """An array for the outside to keep."""
    if not isinstance(x, Array):
        return x
    real = bound[x]
    root = buffers.layout.root.get(x, x)
    if root.kind == "held":
        return x.holder._data if root is x else real
    if root.kind != "made":
        return real.copy("K") if root.kind == "input" else real
    if root in buffers.copied:
        return real.copy("K")
    return real if root is x else real[...]


def _copied_input(x: Any, real: Any) -> Any:
    return real.copy("K") if isinstance(x, Array) and x.kind == "input" else real


def _nests(x: Any) -> bool:
    return type(x) in (tuple, list, dict)
