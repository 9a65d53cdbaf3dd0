"""How far two numbers or arrays are apart, and how that is written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..figures import in_short, number, size_of

__all__ = ["Tolerance", "arrow", "relative"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What counts as the same: |x − y| ≤ atol + rtol · max(|x|, |y|), element by element."""

    rtol: float
    atol: float

    def same(self, x: Any, y: Any) -> bool:
        """Whether two numbers, arrays, tuples of arrays or ``None`` are the same."""
        if type(x) is float and type(y) is float:
            if x == y or (x != x and y != y):
                return True
            return abs(x - y) <= self.atol + self.rtol * max(abs(x), abs(y)) < math.inf
        if x is None or y is None:
            return x is y
        if isinstance(x, dict) or isinstance(y, dict):
            both = isinstance(x, dict) and isinstance(y, dict) and x.keys() == y.keys()
            return both and all(self.same(x[k], y[k]) for k in x)
        if isinstance(x, tuple) or isinstance(y, tuple):
            both = isinstance(x, tuple) and isinstance(y, tuple) and len(x) == len(y)
            return both and all(map(self.same, x, y))
        x, y = np.asarray(x), np.asarray(y)
        if x.shape != y.shape:
            return False
        if x.dtype.kind not in "fiub" or y.dtype.kind not in "fiub":
            return bool(np.array_equal(x, y))
        x, y = x.astype(float), y.astype(float)
        with np.errstate(all="ignore"):
            near = np.abs(x - y) <= self.atol + self.rtol * np.maximum(np.abs(x), np.abs(y))
            near &= np.isfinite(x) & np.isfinite(y)
            return bool((near | (x == y) | (np.isnan(x) & np.isnan(y))).all())


def relative(x: Any, y: Any) -> float | None:
    """The size of the difference beside the larger of the two: 0 to 2.

    ``None`` where there is no saying: another shape, one missing, or not finite.
    """
    if x is None or y is None or isinstance(x, (tuple, dict)) or isinstance(y, (tuple, dict)):
        return None
    if np.shape(x) != np.shape(y):
        return None
    whole = max(size_of(x), size_of(y))
    with np.errstate(all="ignore"):
        apart = size_of(np.asarray(x, dtype=float) - np.asarray(y, dtype=float))
    if not math.isfinite(whole) or not math.isfinite(apart):
        return None
    return apart / whole if whole else 0.0


def arrow(x: Any, y: Any, digits: int = 4) -> str:
    """``0.3 → 0.21``; of an array the sizes, and how far apart the two are."""
    if isinstance(x, tuple) or isinstance(y, tuple):
        return f"{_text(x, digits)} → {_text(y, digits)}"
    if np.shape(x) != np.shape(y) and x is not None and y is not None:
        return f"{_shape(x)} → {_shape(y)}"
    if isinstance(y, np.ndarray) and isinstance(x, np.ndarray) and y.size > 1:
        far = relative(x, y)
        apart = "" if far is None else f" ({number(100 * far, 3)} % apart)"
        return f"‖{number(size_of(x), digits)}‖ → ‖{number(size_of(y), digits)}‖{apart}"
    return f"{_text(x, digits)} → {_text(y, digits)}"


def _text(x: Any, digits: int) -> str:
    if isinstance(x, tuple):
        return f"{len(x)} outputs"
    return "none" if x is None else in_short(x, digits)


def _shape(x: Any) -> str:
    return " × ".join(map(str, np.shape(x))) or "scalar"
