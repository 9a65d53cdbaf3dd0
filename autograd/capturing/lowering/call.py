"""A step of a lowered program: one NumPy call, and how it was reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..program import Array, Step

__all__ = ["Assume", "Call", "Repair", "leaves", "named", "replaced"]


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
    that no pass takes them away; ``needs`` are the names they had. What can be made again from
    those, the steps in ``again`` make first, so that it need not be kept.
    """

    steps: list[Step]
    needs: tuple[Array, ...]
    again: list[Step] = field(default_factory=list)

    def __call__(self, *arrays: np.ndarray) -> None:
        """Nothing is to be done where all went well."""


def leaves(x: Any) -> list[Array]:
    """The arrays of a program in an operand: itself, or inside tuples, lists and dicts."""
    kind = type(x)
    if kind is Array:
        return [x]
    found: list[Array] = []
    for y in x.values() if kind is dict else x if kind is tuple or kind is list else ():
        kind = type(y)
        if kind is Array:
            found.append(y)
        elif kind is tuple or kind is list or kind is dict:
            found += leaves(y)
    return found


def replaced(x: Any, by: Callable[[Any], Any]) -> Any:
    """``x`` with ``by(leaf)`` for everything in it that is no tuple, list or dict."""
    kind = type(x)
    if kind is tuple:
        return tuple([replaced(y, by) for y in x])
    if kind is list:
        return [replaced(y, by) for y in x]
    if kind is dict:
        return {k: replaced(y, by) for k, y in x.items()}
    return by(x)


def named(x: Any, names: Mapping[Any, Any]) -> Any:
    """``x`` with other arrays in the place of those that ``names`` has another for."""
    kind = type(x)
    if kind is Array:
        return names.get(x, x)
    if kind is tuple:
        return tuple([named(y, names) for y in x])
    if kind is list:
        return [named(y, names) for y in x]
    if kind is dict:
        return {k: named(y, names) for k, y in x.items()} if x else x
    return x
