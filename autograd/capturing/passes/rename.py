"""A step that reads other arrays in place of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..lowering import replaced
from ..program import Array, Step
from .memory import read

__all__ = ["renamed"]


def renamed(step: Step, names: Mapping[Array, Array]) -> Step:
    """``step`` with the operands that ``names`` has another name for."""
    if not names or not any(x in names for x in (*read(step), *step.writes)):
        return step

    def name(x: Any) -> Any:
        return names.get(x, x) if isinstance(x, Array) else x

    return replace(
        step,
        operands=tuple(replaced(x, name) for x in step.operands),
        keywords={k: replaced(x, name) for k, x in step.keywords.items()},
        writes=tuple(map(name, step.writes)),
    )
