"""Whose memory an array is, and who writes to it."""

from __future__ import annotations

from ..lowering import leaves
from ..program import Array, Program, Step

__all__ = ["alive", "read", "roots", "written"]


def roots(program: Program) -> dict[Array, Array]:
    """For each view the array that it is a part of."""
    found: dict[Array, Array] = {}
    for step in program.steps:
        if step.kind == "view":
            base = step.operands[0]
            for x in step.results:
                if x is not None:
                    found[x] = found.get(base, base)
    return found


def written(program: Program) -> set[Array]:
    """The arrays (no views) that some step writes to after they are made."""
    root = roots(program)
    return {root.get(x, x) for step in program.steps for x in step.writes}


def alive(step: Step) -> bool:
    """Whether a step has to run though nobody reads its results."""
    # An op's forward that leaves something for its rule is read in a way that is not seen here.
    return step.kind in ("effect", "check") or bool(step.keywords.get("kept"))


def read(step: Step) -> list[Array]:
    """The arrays that a step reads."""
    found = leaves(step.operands)
    return found + leaves(step.keywords) if step.keywords else found
