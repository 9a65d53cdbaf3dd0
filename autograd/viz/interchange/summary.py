"""What is left of a large array: its statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..figures import number

__all__ = ["ArraySummary", "Other", "summarise"]


@dataclass(frozen=True, slots=True)
class ArraySummary:
    """Statistics that stand in a model where an array was; drawings show them.

    Of the finite elements alone, in float64; ``None`` if there are none.
    """

    dtype: np.dtype
    shape: tuple[int, ...]
    finite: int
    nan: int
    inf: int
    zero: int
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    norm: float | None = None

    @property
    def size(self) -> int:
        """How many elements the array has."""
        return math.prod(self.shape)

    def __repr__(self) -> str:
        shape = " × ".join(str(n) for n in self.shape)
        if self.nan or self.inf:
            return f"{shape}, {self.nan} nan, {self.inf} inf"
        if self.min is None or self.max is None:
            return f"{shape} {self.dtype}"
        return f"{shape}, {number(self.min, 3)} … {number(self.max, 3)}"

    # What drawings ask of a value: its size and its signs.

    def __float__(self) -> float:
        return math.nan if self.nan or self.inf else self.norm or 0.0

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The extremes, which have the signs that the elements have."""
        ends = [x for x in (self.min, self.max) if x is not None]
        return np.array(ends + [math.nan] * bool(self.nan or self.inf), dtype or float)


@dataclass(frozen=True, slots=True, repr=False)
class Other:
    """Something without a form in JSON, as it prints itself."""

    text: str

    def __repr__(self) -> str:
        return self.text


def summarise(array: np.ndarray) -> ArraySummary:
    """The statistics of an array.

    Examples
    --------
    >>> import numpy as np
    >>> s = summarise(np.array([0.0, 3.0, 4.0, np.nan]))
    >>> s.finite, s.nan, s.zero, s.max, s.norm
    (3, 1, 1, 4.0, 5.0)
    """
    floating = array.dtype.kind == "f"
    good = np.isfinite(array) if floating else np.ones(array.shape, dtype=bool)
    nan = int(np.count_nonzero(np.isnan(array))) if floating else 0
    finite = array[good].astype(float)
    counts = (finite.size, nan, array.size - finite.size - nan, int(np.count_nonzero(finite == 0)))
    if not finite.size:
        return ArraySummary(array.dtype, array.shape, *counts)
    low, high = float(finite.min()), float(finite.max())
    # Scaled, so that squares neither overflow nor vanish.
    scale = max(abs(low), abs(high)) or 1.0
    small = finite / scale
    figures = (small.mean(), small.std(), np.sqrt(np.sum(small * small)))
    with np.errstate(over="ignore"):
        mean, std, norm = (float(np.float64(x) * scale) for x in figures)
    return ArraySummary(array.dtype, array.shape, *counts, low, high, mean, std, norm)
