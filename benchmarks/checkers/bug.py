"""What a planted bug is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Bug", "scaled"]

Rule = Callable[..., Any]
Inputs = tuple[Any, ...]


@dataclass(frozen=True)
class Bug:
    """A function of NumPy arrays, its rule as it should be, and as somebody wrote it.

    Rules are called as ``rule(*inputs, cotangent)`` and return a tuple, one cotangent for each
    input.
    """

    name: str
    f: Callable[..., Any]
    right: Rule
    wrong: Rule
    inputs: Callable[[np.random.Generator], Inputs]
    makes: bool = False
    """``wrong`` takes nothing and makes ``(f, rule)``: the rule keeps something between calls."""
    side_effect: str = ""
    """What is wrong beside the numbers: ``shape``, ``dtype``, ``writes``, ``state``."""
    most: int = 1000
    """Draws at most: checkers that go through all elements take seconds for 10,000."""

    def planted(self) -> tuple[Callable[..., Any], Rule]:
        """The function and its wrong rule, fresh."""
        return self.wrong() if self.makes else (self.f, self.wrong)

    def shows(self, inputs: Inputs, rng: np.random.Generator) -> bool:
        """Whether the rule is wrong at this point, where the function and its rule are finite.

        A rule that is wrong only for x < -2.5 is right for inputs within 1e-4 of zero.
        """
        if self.side_effect:
            return self.tame(inputs, rng)
        with np.errstate(all="ignore"):
            out = np.asarray(self.f(*inputs))
            g = rng.uniform(0.5, 1.5, out.shape) * rng.choice([-1.0, 1.0], out.shape)
            g = np.asarray(g, out.dtype)
            pairs = list(zip(self.right(*inputs, g), self.wrong(*inputs, g), strict=True))
        return self.tame(inputs, rng) and any(_differ(r, w) for r, w in pairs)

    def tame(self, inputs: Inputs, rng: np.random.Generator) -> bool:
        """Whether the function and its right rule are finite here."""
        with np.errstate(all="ignore"):
            out = np.asarray(self.f(*inputs))
            found = self.right(*inputs, np.ones_like(out))
        return all(bool(np.isfinite(x).all()) for x in (out, *found) if x is not None)


def _differ(right: Any, wrong: Any) -> bool:
    """By more than rounding, and by what doubles can tell from nothing."""
    if right is None:  # of an integer input
        return wrong is not None
    right, wrong = np.asarray(right, float), np.asarray(wrong, float)
    if right.shape != wrong.shape or not np.isfinite(wrong).all():
        return True
    rounding = 1e-12 * float(np.max(np.abs(right), initial=0.0))
    return bool(np.any(np.abs(wrong - right) > 1e-8 * np.abs(right) + rounding + 1e-100))


def scaled(inputs: Inputs, by: float) -> Inputs:
    """The inputs at another scale; integers stay."""
    return tuple(np.asarray(x * x.dtype.type(by)) if x.dtype.kind == "f" else x for x in inputs)
