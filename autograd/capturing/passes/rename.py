"""A step that reads other arrays in place of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..lowering import named
from ..program import Array, Step
from .memory import read

__all__ = ["renamed"]


def renamed(step: Step, names: Mapping[Array, Array]) -> Step:
    """``step`` with the operands that ``names`` has another name for."""
    if not names or not any(x in names for x in (*read(step), *step.writes)):
        return step
    return replace(
        step,
        operands=named(step.operands, names),
        keywords=named(step.keywords, names),
        writes=named(step.writes, names),
    )
