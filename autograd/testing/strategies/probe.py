"""Whether an op is smooth at a point, from its values alone."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["is_moderate", "is_smooth"]

STEP = 2.0**-20
LARGEST = 32.0
STEEPEST = 256.0
BENT = 1e-3
"""How far the slopes on two sides may differ, relative to their size, for a step this small."""


def is_moderate(x: np.ndarray) -> bool:
    """Whether all numbers are finite and of a size that leaves digits for the rest."""
    return bool(np.isfinite(x).all()) and float(np.max(np.abs(x), initial=0.0)) <= LARGEST


def is_smooth(f: Callable[..., Sequence[np.ndarray]], xs: Sequence[Any]) -> bool:
    """Whether a function has neither kink nor pole near ``xs``.

    The slopes on both sides are compared, along a line that moves every element.

    Examples
    --------
    >>> import numpy as np
    >>> is_smooth(lambda x: [np.abs(x)], [np.array([1.0, 0.0])])
    False
    >>> is_smooth(lambda x: [np.abs(x)], [np.array([1.0, -2.0])])
    True
    """
    with np.errstate(all="ignore"):
        return _is_smooth(f, xs)


def _is_smooth(f: Callable[..., Sequence[np.ndarray]], xs: Sequence[Any]) -> bool:
    ts = [STEP * _direction(i, np.shape(x)) for i, x in enumerate(xs)]
    try:
        here = f(*xs)
        above = f(*[x + t for x, t in zip(xs, ts, strict=True)])
        below = f(*[x - t for x, t in zip(xs, ts, strict=True)])
    except (ArithmeticError, ValueError):  # np.linalg.LinAlgError is a ValueError
        return False
    for y, up, down in zip(here, above, below, strict=True):
        if np.asarray(y).dtype.kind != "f":
            if not np.array_equal(y, up) or not np.array_equal(y, down):
                return False
            continue
        if np.shape(up) != np.shape(y) or np.shape(down) != np.shape(y):
            return False
        right, left = (up - y) / STEP, (y - down) / STEP
        steep = np.maximum(np.abs(right), np.abs(left))
        if not np.all(steep <= STEEPEST):  # NaN is not smooth either
            return False
        if not np.all(np.abs(right - left) <= BENT * (0.1 + steep)):
            return False
    return True


@functools.lru_cache(maxsize=256)
def _direction(i: int, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng([i, *shape])
    u = rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)
    return np.asarray(u)
