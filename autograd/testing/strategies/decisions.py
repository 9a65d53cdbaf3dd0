"""What one instruction of a program is made from: four integers, 0 the simplest of each.

An instruction has the same number of choices whatever it does. Otherwise an argument computed
before could not be shrunk to a new input, as that would take more choices than there were.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from .choose import from_rng
from .points import smooth

__all__ = ["FORMS", "NUMBERS", "OLD", "Decisions", "Spec", "random_spec", "specs"]

OLD = 16
"""Ways in which an argument is found: some are a new input, the others something old."""
NEW = 4
OPERANDS = 4
FORMS = 2**24
NUMBERS = 2**16
RUNS = 128


class Spec(NamedTuple):
    """The four integers."""

    kind: int
    """Which op or step."""
    operands: int
    """A digit for each operand: a new input, or how far back the old one is."""
    form: int
    """Shapes, samples, indices, spelling: a digit for each decision, in turn."""
    numbers: int
    """The seed of new inputs: 0 gives 0.125, 0.25, ...; up to ``RUNS`` they start further out."""


class Decisions:
    """The integers of one instruction, read digit by digit."""

    def __init__(self, spec: Spec) -> None:
        self._operands = spec.operands
        self._form = spec.form
        self._numbers = spec.numbers
        self._made = 0
        self._rng: np.random.Generator | None = None

    def choose(self, low: int, high: int) -> int:
        """A decision of form; ``low`` when the digits are used up."""
        self._form, digit = divmod(self._form, high - low + 1)
        return low + digit

    def back(self) -> int | None:
        """How far back the next operand is; ``None`` for a new input."""
        self._operands, digit = divmod(self._operands, OLD)
        return digit - NEW if digit >= NEW else None

    def number(self, low: int, high: int) -> int:
        """A decision that makes a number."""
        if self._numbers == 0:
            return low
        if self._numbers < RUNS:
            # Neighbours on the grid, with signs in turn: what a random draw is shrunk to.
            self._made += 1
            return low + (self._numbers ^ (self._made & 1)) % (high - low + 1)
        if self._rng is None:
            self._rng = np.random.default_rng(self._numbers)
        return from_rng(self._rng)(low, high)

    def points(self, shape: tuple[int, ...], domain: Any = None) -> np.ndarray:
        """A new array: distinct dyadic numbers, or booleans."""
        if domain == "boolean":
            size = int(np.prod(shape))
            return np.array([not self.number(0, 1) for _ in range(size)], bool).reshape(shape)
        return smooth(self.number, shape, domain)


@functools.cache
def specs(kinds: int) -> Any:
    """The strategy of such integers, for so many kinds of instruction."""
    return st.builds(
        Spec,
        st.integers(0, kinds - 1),
        st.integers(0, OLD**OPERANDS - 1),
        st.integers(0, FORMS - 1),
        st.integers(0, NUMBERS - 1),
    )


def random_spec(rng: np.random.Generator, kinds: int) -> Spec:
    """Such integers from a generator."""
    return Spec(*(int(rng.integers(n)) for n in (kinds, OLD**OPERANDS, FORMS, NUMBERS)))
