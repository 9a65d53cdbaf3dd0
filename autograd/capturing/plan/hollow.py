"""Programs without their numbers: once a plan is made, shapes, dtypes and strides are enough."""

from __future__ import annotations

from collections.abc import Iterable

from ..bits import hollow
from ..lowering import Repair, leaves
from ..passes.fuse import Fused
from ..program import Array, Program, Step

__all__ = ["forget"]


def forget(*programs: Program) -> None:
    """Give back the memory of all arrays but constants, in a program and those made from it.

    Examples
    --------
    >>> import numpy as np
    >>> x, c = Array(np.ones(5000), "input"), Array(np.ones(5000), "constant")
    >>> forget(Program([Step("numpy", "add", np.add, (x, c))]))
    >>> x.shape, x.sample.any(), c.sample.all()
    ((5000,), np.False_, np.True_)
    """
    seen: set[Array] = set()
    for k, program in enumerate(programs):
        seen.update(program.inputs, program.outputs)
        if k == 0:
            seen.update(_arrays(program.steps))
        else:  # made from the first, with no arrays more than what its steps make
            seen.update(x for step in program.steps for x in step.results if x is not None)
    for x in seen:
        if x.kind != "constant":
            x.sample = hollow(x.sample)


def _arrays(steps: Iterable[Step]) -> Iterable[Array]:
    pending = list(steps)
    while pending:
        step = pending.pop()
        yield from leaves((step.operands, step.keywords, step.results, step.writes))
        if isinstance(step.function, (Fused, Repair)):
            pending += step.function.steps
