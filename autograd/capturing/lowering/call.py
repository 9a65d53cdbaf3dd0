"""A step of a lowered program: one NumPy call, and how it was reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..program import Array, Step

__all__ = ["Assume", "Call", "Repair", "leaves", "replaced"]


@dataclass(slots=True, eq=False)
class Call(Step):
    """One call that an op's forward or a derivative rule makes."""

    rule: bool = False
    """Whether it belongs to a backward walk, which notices 0 x inf."""
    errors: tuple[tuple[str, str], ...] = ()
    """What the op's own ``np.errstate`` says around it."""
    origin: Step | None = None
    """The recorded step it was made from."""


@dataclass(slots=True, eq=False)
class Assume:
    """``if x:`` in an op went one way when it was recorded; the plan asks whether it does again."""

    expected: bool
    origin: Step

    def __call__(self, x: np.ndarray) -> bool:
        return bool(x) is self.expected


@dataclass(slots=True, eq=False)
class Repair:
    """The recorded steps between two effects, to be run as they are where lowered ones fail.

    It stands after the lowered ones. Its operands are what the recorded steps read from before, so
    that no pass takes them away; ``needs`` are the names they had.
    """

    steps: list[Step]
    needs: tuple[Array, ...]

    def __call__(self, *arrays: np.ndarray) -> None:
        """Nothing is to be done where all went well."""


def leaves(x: Any) -> list[Array]:
    """The arrays of a program in an operand: itself, or inside tuples, lists and dicts."""
    if isinstance(x, Array):
        return [x]
    if type(x) in (tuple, list):
        return [a for y in x for a in leaves(y)]
    if type(x) is dict:
        return [a for y in x.values() for a in leaves(y)]
    return []


def replaced(x: Any, by: Callable[[Any], Any]) -> Any:
    """``x`` with ``by(leaf)`` for everything in it that is no tuple, list or dict."""
    if type(x) in (tuple, list):
        return type(x)(replaced(y, by) for y in x)
    if type(x) is dict:
        return {k: replaced(y, by) for k, y in x.items()}
    return by(x)
