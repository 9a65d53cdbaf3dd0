"""A plan's calls with their arrays, for one set of what the outside may keep."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..lowering import Assume, Repair, replaced
from ..passes.fuse import Fused
from ..program import Array, Program, Step
from .blocks import emit_fused
from .buffers import Buffers
from .effects import Effect, handed
from .emit import emit
from .segment import Otherwise, Segment

__all__ = ["Bound"]


class Bound:
    """A program's calls on real arrays.

    Parameters
    ----------
    program : Program
    recorded : Program
        What it was made from.
    buffers : Buffers
    k : int
        Which set.

    Attributes
    ----------
    program : Program
    arrays : dict
        The real array for each of the program's.
    entries : list of Segment or Effect
        What is run, in order. Segments without calls are left out.
    """

    __slots__ = ("_buffers", "_outputs", "_set", "arrays", "entries", "program")

    def __init__(self, program: Program, recorded: Program, buffers: Buffers, k: int) -> None:
        buffers.start_set(k)
        self.program = program
        self._buffers = buffers
        self._set = k
        self.arrays: dict[Array, np.ndarray] = {}
        effects = (step for step in recorded.steps if step.kind == "effect")
        segment = Segment()
        entries: list[Segment | Effect] = [segment]
        for step in program.steps:
            if step.kind == "effect":
                for x in (*step.operands, *step.results):
                    replaced(x, self._real)
                segment = Segment()
                entries += [Effect(step, next(effects), buffers, self.arrays), segment]
            else:
                self._enter(step, segment)
        self.entries = [x for x in entries if isinstance(x, Effect) or x.steps or x.repair]
        self._outputs = [(x, self._real(x), buffers.layout.copies(x)) for x in program.outputs]

    def _real(self, x: Any) -> Any:
        if not isinstance(x, Array):
            return x
        found = self.arrays.get(x)
        if found is None:
            found = self.arrays[x] = self._buffers.base(x, self._set)
        return found

    def _enter(self, step: Step, segment: Segment) -> None:
        """A step's calls, or the view that it is."""
        real, function = self._real, step.function
        if step.kind == "view":
            made = function(*replaced(step.operands, real), **replaced(step.keywords, real))
            made = made if step.several else (made,)
            self.arrays.update(zip(step.results, made, strict=True))  # type: ignore[arg-type]
        elif isinstance(function, Repair):
            replaced(step.operands, real)
            segment.repair = step
        elif isinstance(function, Assume):
            segment.add(step, [(_look, (function, real(step.operands[0])), {})])
        elif isinstance(function, Fused):
            segment.add(step, emit_fused(step, real))
        else:
            args = tuple(replaced(x, real) for x in step.operands)
            keywords = {
                n: x if n == "kept" else replaced(x, real) for n, x in step.keywords.items()
            }
            given = step.arrays
            outs = [
                None if x is None or x in given or x.kind != "made" else real(x)
                for x in step.results
            ]
            segment.add(step, emit(step, args, keywords, outs))

    def outputs(self) -> list[np.ndarray]:
        """The results, for the caller to keep."""
        return [
            real.copy("K") if copies else handed(x, self._buffers, self.arrays)
            for x, real, copies in self._outputs
        ]


def _look(assume: Assume, x: np.ndarray) -> None:
    if bool(x) is not assume.expected:
        raise Otherwise(assume.origin)
