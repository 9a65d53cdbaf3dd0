"""Dead code: steps that nothing alive reads from. Effects, checks and outputs are alive."""

from __future__ import annotations

from ..program import Array, Program, Step
from .memory import alive, read, roots

__all__ = ["run"]


def run(program: Program) -> Program:
    """The program without its dead steps."""
    root = roots(program)
    needed = {root.get(x, x) for x in program.outputs} | set(program.outputs)
    steps: list[Step] = []
    for step in reversed(program.steps):
        made: set[Array] = {x for x in step.results if x is not None}
        # A write counts if the array or any part of it is read later, or lives outside.
        writes = {root.get(x, x) for x in step.writes}
        wanted = made & needed or any(x in needed or x.kind != "made" for x in writes)
        if alive(step) or wanted:
            steps.append(step)
            for x in read(step):
                needed.add(x)
                needed.add(root.get(x, x))
    return Program(steps[::-1], program.inputs, program.outputs)
