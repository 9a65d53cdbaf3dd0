"""What makes a program faster: each pass takes a program and gives one that does the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..program import Program
from . import common, dead, folding, fuse, identities, select

__all__ = ["PASSES", "optimise"]

PASSES: dict[str, Callable[[Program], Program]] = {
    "dead": dead.run,
    "identities": identities.run,
    "folding": folding.run,
    "common": common.run,
    "select": select.run,
    "fuse": fuse.run,
}
"""The passes by name, in the order in which they run."""


def optimise(program: Program, passes: Iterable[str]) -> list[tuple[str, Program]]:
    """The program after each of the passes named, in order, and the dead code swept at the end."""
    chosen = set(passes)
    if unknown := chosen - {*PASSES, "in place"}:
        raise ValueError(
            f"no pass named {', '.join(sorted(unknown))}: there are {', '.join(PASSES)}, in place"
        )
    stages = []
    for name, run in PASSES.items():
        if name in chosen:
            program = run(program)
            stages.append((name, program))
    if "dead" in chosen and len(stages) > 1:
        program = dead.run(program)
        stages.append(("dead again", program))
    return stages
