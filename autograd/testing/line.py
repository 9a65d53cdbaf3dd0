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

BLOCK = 50_000
"""Outputs of which a projection is taken step by step."""

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
            with no_grad(), np.errstate(all="ignore"):
                leaves, self.tree = flatten(f(*self.xs))
        except OUTSIDE:
            # math.log(0.0) raises; a function of arrays that raises has another reason.
            if not all(isinstance(x, float) for x in self.xs):
                raise
            leaves, self.tree = flatten(np.nan)
        leaves = [plain(x) for x in leaves]
        self.shapes = [np.shape(x) for x in leaves]
        # A copy: the function may write its next result into the same array.
        self.start = np.array(flat(leaves))
        precisions = [_precision(x) for x in leaves]
        self.eps: Any = precisions[0]
        if len(set(precisions)) > 1:
            self.eps = np.repeat(precisions, [np.size(x) for x in leaves])

    def at(self, us: Sequence[Any], t: float) -> np.ndarray:
        """The outputs at ``xs + t us``, NaN where the function is not defined."""
        with no_grad(), np.errstate(all="ignore"):
            return self._at(us, t)

    def _at(self, us: Sequence[Any], t: float) -> np.ndarray:
        moved = [
            x if u is None else x + t * u if isinstance(x, float) else _shifted(x, t * u)
            for x, u in zip(self.xs, us)
        ]
        try:
            # (-1.0) ** 0.5 is complex, of Python's numbers: another way to be outside.
            leaves = [
                np.nan if isinstance(x, complex) else plain(x) for x in flatten(self.f(*moved))[0]
            ]
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
            # Steps are powers of two: along one axis, or along powers of two, they are exact.
            moving = np.asarray(u) != 0
            mantissa = np.frexp(np.asarray(u)[moving])[0]
            if not np.array_equal(np.abs(mantissa), np.full(mantissa.shape, 0.5)):
                size = np.sqrt(np.add.reduce(np.square(u), axis=None) / np.size(u))
                shift = max(shift, float(np.max(np.abs(np.asarray(x)[moving])) / size))
        return EPS * shift

    def line(self, us: Sequence[Any], steps: np.ndarray, weights: Any = None) -> Line:
        """Evaluate along a direction; with ``weights``, a projection of the outputs."""
        if weights is not None and self.start.size > BLOCK:
            # One step at a time, so that no more than two rows of so many outputs are held.
            parts = [self._block(us, steps[k : k + 1], weights) for k in range(len(steps))]
            return Line(steps, *(np.concatenate(rows) for rows in zip(*parts)))
        return Line(steps, *self._block(us, steps, weights))

    def _block(
        self, us: Sequence[Any], steps: np.ndarray, weights: Any
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sides = np.empty((2, len(steps), self.start.size))
        blur = self.blur(us)
        with no_grad(), np.errstate(all="ignore"):
            for k, t in enumerate(steps.tolist()):
                sides[0, k] = self._at(us, t)
                sides[1, k] = self._at(us, -t)
            size = np.maximum(np.maximum.reduce(np.abs(sides)), np.abs(self.start))
            gains = np.subtract(sides, self.start, out=sides)
            rounding = self.eps * size
            if blur:
                rounding += np.maximum.reduce(np.abs(gains)) * (blur / steps[:, None])
            if weights is not None:
                # Roundings are independent of one another: they add up like a random walk.
                # (np.dot would wake BLAS threads for a few numbers.)
                gains = np.add.reduce(weights * gains, axis=-1, keepdims=True)
                rounding = np.add.reduce(np.square(weights * rounding), axis=-1, keepdims=True)
                rounding = np.sqrt(rounding)
        return gains[0], gains[1], rounding


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
    """All numbers of these leaves, in double precision."""
    if not leaves:
        raise TypeError("the function returned nothing to differentiate")
    parts = []
    for x in leaves:
        array = np.asarray(x)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"the function returned {describe(x)}; it must return real numbers")
        parts.append(array.astype(float, copy=False).reshape(-1))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def ladder_steps(scale: float) -> np.ndarray:
    """Steps of the full form, coarse to fine, powers of four.

    From the larger of the point's scale and 1, since the function may vary on either, down to where
    the point itself is rounded.
    """
    scale = scale if 1e-150 < scale < 1e150 else 1.0
    bottom = int(np.floor(np.log2(scale) / 2)) - BELOW
    top = min(int(np.ceil(np.log2(max(scale, 1.0)) / 2)), bottom + 60)
    return 4.0 ** np.arange(top, bottom - 1, -1, dtype=float)
