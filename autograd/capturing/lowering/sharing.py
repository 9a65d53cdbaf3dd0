"""Lists in which an op's forward leaves something for its rule."""

from __future__ import annotations

from ..program import Program, Step

__all__ = ["Shared", "kept_lists", "kept_of"]


def kept_of(step: Step) -> int:
    """Which list a step shares with another one; that of ``None`` where it does not."""
    params = step.keywords if step.kind == "op" else getattr(step.function, "params", {})
    return id(params.get("kept"))


class Shared:
    """A list that a forward leaves something in for its rule, and the steps that share it."""

    def __init__(self, kept: list) -> None:
        self.kept = kept
        self.real = list(kept)
        self.traced: list = []
        self.steps: set[Step] = set()


def kept_lists(program: Program) -> dict[int, Shared]:
    """All such lists of a program."""
    found: dict[int, Shared] = {}
    for step in program.steps:
        kept = step.keywords.get("kept")
        if step.kind == "op" and type(kept) is list:
            found.setdefault(id(kept), Shared(kept))
    for step in program.steps:
        if kept_of(step) in found:
            found[kept_of(step)].steps.add(step)
    return found
