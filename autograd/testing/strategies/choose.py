"""Where decisions come from: one integer at a time, from Hypothesis or from a generator.

Everything that is drawn here is drawn as integers of which 0 is the simplest, so that Hypothesis
shrinks it, and the same code serves long runs that need no shrinking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st

__all__ = ["Choose", "from_draw", "from_rng", "pick"]

Choose = Callable[[int, int], int]
"""``choose(low, high)``: an integer, both ends included."""

T = TypeVar("T")


def from_draw(draw: Callable[[Any], Any]) -> Choose:
    """Decisions that Hypothesis makes."""

    def choose(low: int, high: int) -> int:
        return low if low == high else draw(st.integers(low, high))

    return choose


def from_rng(rng: np.random.Generator) -> Choose:
    """Decisions that a generator makes."""
    return lambda low, high: int(rng.integers(low, high + 1))


def pick(choose: Choose, options: Sequence[T]) -> T:
    """One of several, the first being the simplest."""
    return options[choose(0, len(options) - 1)]
