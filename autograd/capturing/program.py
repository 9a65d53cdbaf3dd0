"""What was recorded, as plain data: arrays, and the steps that make one from another.

A program is a flat list of steps in the order in which they ran. Operands of a step are arrays of
the program or any other Python objects, which are constants. Each array knows how it was made, and
holds, while the program is optimised, what was in it when it was recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Array", "Program", "Step"]


@dataclass(slots=True, eq=False)
class Array:
    """One array of a program; two are equal if they are the same object."""

    sample: np.ndarray
    """What was in it when it was recorded."""
    kind: str = "made"
    """``made`` by a step, ``input`` of the call, ``held`` by a tensor (a parameter, a buffer) whose
    contents may change between calls, or ``constant``."""
    holder: Any = None
    """The number of the input, or the tensor."""
    name: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        return self.sample.shape

    @property
    def dtype(self) -> np.dtype:
        return self.sample.dtype


@dataclass(slots=True, eq=False)
class Step:
    """One call: ``results = function(*operands, **keywords)``."""

    kind: str
    """``op``: an op's forward; ``rule``: its derivative rule; ``numpy``: one NumPy function;
    ``view``: one that gives a view of its first operand; ``effect``: anything else, which runs as
    it is, in its place among the others."""
    name: str
    function: Callable[..., Any]
    operands: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)
    results: tuple[Array | None, ...] = ()
    """One for a function that returns an array, several for one that returns a tuple or list; none
    where it returns ``None``."""
    several: bool = False
    """Whether it returns a tuple or list."""
    writes: tuple[Array, ...] = ()
    """Arrays that it writes into."""
    line: str | None = None
    """The user's source line, where known."""
    note: str = ""
    """What an optimiser pass did to it, for those who look."""

    @property
    def arrays(self) -> list[Array]:
        """The arrays among the operands and keywords."""
        return [x for x in (*self.operands, *self.keywords.values()) if isinstance(x, Array)]


@dataclass(slots=True, eq=False)
class Program:
    """All that a call does to arrays."""

    steps: list[Step] = field(default_factory=list)
    inputs: list[Array] = field(default_factory=list)
    """The arrays among the arguments, in order; some may not be used."""
    outputs: list[Array] = field(default_factory=list)
    """The arrays that are read after the last step. Effects read theirs as operands."""
