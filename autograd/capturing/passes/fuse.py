"""Chains of elementwise calls, run block by block so that what they hand on stays in cache.

Only for large arrays: for small ones the calls cost more than the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lowering import Call
from ..program import Array, Program, Step
from .memory import read, roots, written

__all__ = ["LARGE", "Fused", "run"]

LARGE = 1 << 18
"""Bytes from which an array is worth splitting."""


class Fused:
    """A group of elementwise calls, as a function of the arrays that it reads.

    Called, it runs them one after another; a plan runs them block by block.
    """

    __name__ = "fused"

    def __init__(self, steps: list[Call], operands: Sequence[Array], results: Sequence[Array]):
        self.steps = steps
        self.operands = operands
        self.results = results

    def __call__(self, *arrays: np.ndarray) -> tuple:
        known: dict[Any, Any] = dict(zip(self.operands, arrays, strict=True))
        for step in self.steps:
            real = [known.get(x, x) if isinstance(x, Array) else x for x in step.operands]
            known[step.results[0]] = step.function(*real)
        return tuple(known[x] for x in self.results)


def run(program: Program, large: int = LARGE) -> Program:
    """The program with chains over arrays of ``large`` bytes and more fused."""
    root = roots(program)
    changing = written(program)
    readers: dict[Array, int] = {}
    for step in program.steps:
        for x in set(read(step)):
            readers[x] = readers.get(x, 0) + 1
    for x in program.outputs:
        readers[x] = readers.get(x, 0) + 1
    steps: list[Step] = []
    group: list[Call] = []
    made: set[Array] = set()

    def close() -> None:
        steps.extend(_joined(group, readers))
        group.clear()
        made.clear()

    for step in program.steps:
        if _fits(step, large, root, changing):
            if group and not _alike(step, group[0]):
                close()
            group.append(step)  # type: ignore[arg-type]
            made.update(step.results)  # type: ignore[arg-type]
            continue
        # Steps that have nothing to do with the group go before it.
        if step.kind in ("effect", "check") or step.writes or any(x in made for x in read(step)):
            close()
        steps.append(step)
    close()
    return Program(steps, program.inputs, program.outputs)


def _fits(step: Step, large: int, root: dict[Array, Array], changing: set[Array]) -> bool:
    if not (isinstance(step, Call) and isinstance(step.function, np.ufunc)):
        return False
    if step.writes or step.keywords or step.function.nout != 1 or step.function.signature:
        return False
    result = step.results[0]
    assert result is not None
    if result.sample.nbytes < large or not result.sample.flags.c_contiguous or result in changing:
        return False
    shape = result.shape
    for x in step.operands:
        if isinstance(x, Array):
            row = x.shape == shape[-1:] and len(shape) > 1
            if not (x.shape in (shape, ()) or row) or not x.sample.flags.c_contiguous:
                return False
            if root.get(x, x) in changing:
                return False
    return True


def _alike(a: Any, b: Call) -> bool:
    return (a.results[0].shape, a.rule, a.errors) == (b.results[0].shape, b.rule, b.errors)  # type: ignore[union-attr]


def _joined(group: list[Call], readers: dict[Array, int]) -> list[Step]:
    if len(group) < 2:
        return list(group)
    inside: dict[Array, int] = {}
    made = [step.results[0] for step in group]
    outer: dict[Array, None] = {}
    for step in group:
        for x in set(read(step)):
            if x in made:
                inside[x] = inside.get(x, 0) + 1
            else:
                outer[x] = None
    results = [x for x in made if x is not None and readers.get(x, 0) > inside.get(x, 0)]
    steps = list(group)
    function = Fused(steps, list(outer), results)
    names = " ".join(step.name for step in steps)
    fused = Call("numpy", "fused", function, tuple(outer), {}, tuple(results), True)
    fused.note = f"{len(steps)} calls, block by block: {names}"
    fused.line, fused.rule, fused.errors = steps[0].line, steps[0].rule, steps[0].errors
    fused.origin = steps[0].origin
    return [fused]
