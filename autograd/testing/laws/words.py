"""How a broken law is told: who, what, the two numbers, and the likely cause."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from ...op import plain
from ..report import GradientError, position
from .case import Case

__all__ = ["ROUNDING", "broken", "close", "same"]

ROUNDING = 1e-11
"""Relative difference of two numbers that differ by nothing but the order of operations."""


def broken(case: Case, text: str, cause: str = "") -> NoReturn:
    """Raise: the law does not hold for this case."""
    raise GradientError(f"{case.name}: {text}" + (f"\n  likely cause: {cause}" if cause else ""))


def close(
    case: Case, one: str, a: float, two: str, b: float, scale: float, cause: str = ""
) -> None:
    """Two numbers, sums of terms of a given size, are equal up to rounding."""
    if not abs(a - b) <= ROUNDING * max(scale, abs(a)):
        broken(case, f"{one} is {a:.12g}, and {two} is {b:.12g}{_apart(a, b)}", cause)


def same(
    case: Case, one: str, a: Any, two: str, b: Any, tolerance: float = 1e-12, cause: str = ""
) -> None:
    """Two arrays have one shape and, up to the tolerance, the same numbers in it."""
    a, b = np.asarray(plain(a)), np.asarray(plain(b))
    if a.shape != b.shape:
        broken(case, f"{one} has shape {a.shape}, and {two} has shape {b.shape}", cause)
    if not a.size:
        return
    if a.dtype.kind not in "fc" or b.dtype.kind not in "fc":
        agree = np.asarray(a == b)
    else:
        agree = (np.abs(a - b) <= tolerance + tolerance * np.abs(b)) | (a == b)
        agree |= np.isnan(a) & np.isnan(b)
    if agree.all():
        return
    at = tuple(int(i) for i in np.argwhere(~agree)[0])
    x, y = a[at].item(), b[at].item()
    apart = _apart(x, y) if isinstance(x, float) and isinstance(y, float) else ""
    broken(case, f"{one} is {x!r} at {position(at) or '()'}, and {two} is {y!r}{apart}", cause)


def _apart(a: float, b: float) -> str:
    larger = max(abs(a), abs(b))
    return f" ({abs(a - b) / larger:.2g} apart)" if 0 < larger < np.inf else ""
