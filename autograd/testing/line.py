"""A function's values along a line through a point, and how far rounding may have changed them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..containers import flatten
from ..errors import describe
from ..modes import no_grad
from ..op import plain

__all__ = ["BELOW", "EPS", "QUICK", "Line", "Probe", "flat", "ladder_steps", "wide"]

EPS = float(np.finfo(float).eps)

QUICK = 4.0 ** -np.array([2.0, 3.0, 4.0, 5.0])
"""Steps of the quick form, for directions of about the point's size."""

BELOW = 25
"""Steps of the full form below the point's scale."""

OUTSIDE = (ArithmeticError, ValueError)  # what float functions raise where they are not defined


@dataclass
class Line:
    """A function along a line: a row for each step, coarse to fine, a column for each output.

    ``above`` and ``below`` hold what the output gained at ``+t`` and ``-t``: subtracting before
    anything else is done keeps the digits that a sum of large outputs would lose.
    """

    steps: np.ndarray
    above: np.ndarray
    below: np.ndarray
    rounding: np.ndarray
    """What one rounding can have changed in an entry."""


class Probe:
    """A function to be evaluated near a point, as one flat array of outputs."""

    def __init__(self, f: Callable[..., Any], xs: Sequence[Any]) -> None:
        self.f = f
        self.xs = [wide(x) for x in xs]
        try:
            leaves = self._call(self.xs)
        except OUTSIDE:
            # math.log(0.0) raises; a function of arrays that raises has another reason.
            if not all(isinstance(x, float) for x in self.xs):
                raise
            leaves = [np.nan]
        self.shapes = [np.shape(x) for x in leaves]
        self.start = flat(leaves)
        self.eps = np.concatenate(
            [np.full(np.size(x), _precision(x)) for x in leaves] or [np.zeros(0)]
        )

    def _call(self, xs: Sequence[Any]) -> list[Any]:
        with no_grad(), np.errstate(all="ignore"):
            return [plain(x) for x in flatten(self.f(*xs))[0]]

    def at(self, us: Sequence[Any], t: float) -> np.ndarray:
        """The outputs at ``xs + t us``, NaN where the function is not defined."""
        moved = [
            x if u is None else x + t * u if isinstance(x, float) else _shifted(x, t * u)
            for x, u in zip(self.xs, us, strict=True)
        ]
        try:
            leaves = self._call(moved)
        except OUTSIDE:
            return np.full_like(self.start, np.nan)
        found = flat(leaves)
        if found.shape != self.start.shape:
            raise ValueError(
                f"the function gives {found.size} numbers at one point and {self.start.size} at "
                "another one near it; a derivative needs results of one shape"
            )
        return found

    def blur(self, us: Sequence[Any]) -> float:
        """By how much of ``t`` rounding of ``x + t u`` shifts the point along the line."""
        shift = 0.0
        for x, u in zip(self.xs, us, strict=True):
            if u is None or np.size(u) == 0:
                continue
            # A step of a power of two along one axis is exact.
            moving = np.asarray(u) != 0
            if np.count_nonzero(moving) > 1:
                size = np.sqrt(np.mean(np.square(u)))
                shift = max(shift, float(np.max(np.abs(x[moving])) / size))
        return EPS * shift

    def line(self, us: Sequence[Any], steps: np.ndarray, weights: Any = None) -> Line:
        """Evaluate along a direction; with ``weights``, a projection of the outputs."""
        rows: list[list[np.ndarray]] = [[], [], []]
        blur = self.blur(us)
        for t in steps:
            sides = [self.at(us, s * t) for s in (1.0, -1.0)]
            with np.errstate(all="ignore"):
                gains = [side - self.start for side in sides]
                size = np.maximum(np.abs(self.start), np.maximum(*np.abs(sides)))
                shift = np.maximum(*np.abs(gains)) * (blur / t)
                rounding = self.eps * size + shift
                if weights is not None:
                    # Roundings are independent of one another: they add up like a random walk.
                    # (np.dot would wake BLAS threads for a few numbers.)
                    gains = [np.add.reduce(weights * g, keepdims=True) for g in gains]
                    rounding = np.sqrt(np.add.reduce((weights * rounding) ** 2, keepdims=True))
            for row, x in zip(rows, (*gains, rounding), strict=True):
                row.append(x)
        above, below, noise = (np.array(r) for r in rows)
        return Line(steps, above, below, noise)


def _shifted(x: np.ndarray, by: np.ndarray) -> np.ndarray:
    """``x + by`` with the memory layout of ``x``, which ``ravel(order="K")`` can see."""
    return np.add(x, by, out=np.empty_like(x))


def wide(x: Any) -> Any:
    """An input in double precision; integers and other constants as they are."""
    x = plain(x)
    if isinstance(x, (float, np.floating)) and not isinstance(x, np.ndarray):
        return float(x)
    if isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.dtype.itemsize <= 8:
        return x.astype(float)
    return x


def _precision(x: Any) -> float:
    dtype = np.asarray(x).dtype
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else EPS


def flat(leaves: Sequence[Any]) -> np.ndarray:
    if not leaves:
        raise TypeError("the function returned nothing to differentiate")
    for x in leaves:
        if np.asarray(x).dtype.kind not in "fiub":
            raise TypeError(f"the function returned {describe(x)}; it must return real numbers")
    return np.concatenate([np.ravel(np.asarray(x, dtype=float)) for x in leaves])


def ladder_steps(scale: float) -> np.ndarray:
    """Steps of the full form, coarse to fine, powers of four.

    From the larger of the point's scale and 1, since the function may vary on either, down to where
    the point itself is rounded.
    """
    scale = scale if 1e-150 < scale < 1e150 else 1.0
    bottom = int(np.floor(np.log2(scale) / 2)) - BELOW
    top = min(int(np.ceil(np.log2(max(scale, 1.0)) / 2)), bottom + 60)
    return 4.0 ** np.arange(top, bottom - 1, -1, dtype=float)
