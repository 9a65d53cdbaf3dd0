"""The order in which NumPy adds up a long array, so that a sum can be taken in parts.

NumPy halves the array until pieces are short, the first half a multiple of eight numbers long. Cut
in the same places, parts add up to the same bits.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np

__all__ = ["cuts", "total", "trusted"]

SHORT = 1024
"""Parts are no shorter: NumPy no longer halves what is 128 numbers or less."""


def cuts(n: int, most: int) -> list[int]:
    """Where to cut ``n`` numbers, by halves, so that no part is longer than ``most``.

    Examples
    --------
    >>> cuts(3000, 2000)
    [0, 1496, 3000]
    """
    places = [0, n]
    while max(b - a for a, b in pairwise(places)) > max(most, SHORT):
        halves = [a + (b - a) // 2 // 8 * 8 for a, b in pairwise(places)]
        places = sorted({*places, *halves})
    return places


def total(parts: np.ndarray) -> np.ndarray:
    """The sum of the parts' sums, in NumPy's order."""
    while len(parts) > 1:
        parts = parts[0::2] + parts[1::2]
    return parts[0]


@cache
def trusted(dtype: np.dtype) -> bool:
    """Whether this NumPy adds in that order."""
    rng = np.random.default_rng(0)
    for n in (4096, 10_007, 65_537):
        x = (rng.normal(size=n) * 10.0 ** rng.integers(-6, 6, n)).astype(dtype)
        for most in (n // 2 + 8, n // 9):
            places = cuts(n, most)
            sums = [np.add.reduce(x[a:b]) for a, b in pairwise(places)]
            if total(np.array(sums)).tobytes() != np.add.reduce(x).tobytes():
                return False
    return True
