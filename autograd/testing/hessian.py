"""Numeric Hessians: every second derivative with its error, on the scale of each coordinate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np

from .curvature import curvature
from .ladder import Derivative
from .line import BELOW
from .numeric import FIELDS, Place, split

__all__ = ["numeric_hessian"]

ABOUT_ONE = (1 / 16, 16.0)
"""Sizes of coordinates for which moving by 1 and moving by their own size is much the same."""


def numeric_hessian(f: Callable[[Any], Any], x: Any) -> Derivative:
    """All second derivatives of a function that returns one number, by differences alone.

    Each takes about fifty evaluations on the diagonal and a hundred off it (more where coordinates
    differ much in size), and each is evaluated for its own: the error of one says nothing about
    another.

    Parameters
    ----------
    f : callable
        Takes an array, a float or a container of them; returns one number.
    x : array, float or container of them
        Where.

    Returns
    -------
    Derivative
        Nested as :func:`autograd.hessian` nests its result, with arrays of shape
        ``x.shape + x.shape``, symmetric. ``left`` and ``right`` are the second derivatives on
        either side; where they differ the kind is ``kink``, also if the function's slope has none.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import numeric_hessian
    >>> d = numeric_hessian(lambda x: x[0] ** 2 * x[1], np.array([2.0, 3.0]))
    >>> d.value.round(6)
    array([[6., 4.],
           [4., 0.]])
    >>> bool(np.all(d.error < 1e-6))
    True
    """
    place = Place(f, (x,))
    if place.probe.start.size != 1:
        raise TypeError(
            "numeric_hessian needs a function that returns one number, and this one returns "
            f"{place.probe.start.size}; for second derivatives of many outputs take one at a "
            "time, or numeric_jacobian of a gradient"
        )
    at = [(i, k) for i, shape in enumerate(place.shapes) for k in range(int(np.prod(shape)))]
    whole = {
        name: np.zeros((len(at), len(at)), "<U6" if name == "kind" else float) for name in FIELDS
    }
    for m, n in combinations_with_replacement(range(len(at)), 2):
        found = _second(place, [at[m]] if m == n else [at[m], at[n]])
        for name, matrix in whole.items():
            matrix[m, n] = matrix[n, m] = getattr(found, name)[0]
    inner, shapes = place.inner, place.shapes
    return Derivative(*(split(whole[name], inner, shapes, inner, shapes) for name in FIELDS))


def _second(place: Place, axes: Sequence[tuple[int, int]]) -> Derivative:
    """One second derivative: along one axis, or across two."""
    sizes = [abs(float(np.reshape(place.probe.xs[i], -1)[k])) for i, k in axes]
    found = None
    for moves in product(*map(_moves, sizes)):
        steps = _steps(sizes, moves)
        signs: list[tuple[float, ...]] = [(1.0,)] if len(axes) == 1 else [(1.0, 1.0), (1.0, -1.0)]
        lines = []
        for sign in signs:
            us = place.axes([(*a, s * move) for a, s, move in zip(axes, sign, moves)])
            weight = 1.0 if len(axes) == 1 else 0.25 * sign[-1]
            lines.append((weight, place.probe.line(us, steps)))
        d = _scaled(curvature(lines, place.probe.start), moves[0], moves[-1])
        # What the point is, is told by steps relative to the point, which come first.
        if found is None or (found.kind[0] == "smooth" and d.error[0] < found.error[0]):
            found = d
    assert found is not None
    return found


def _moves(size: float) -> list[float]:
    """By how much to move a coordinate: its own size, and 1, since functions vary on either."""
    if not 1e-100 < size < 1e100:
        return [1.0]
    own = 2.0 ** round(np.log2(size))
    return [own] if ABOUT_ONE[0] <= own <= ABOUT_ONE[1] else [own, 1.0]


def _steps(sizes: Sequence[float], moves: Sequence[float]) -> np.ndarray:
    """Steps down to where the point itself is rounded."""
    coarsest = max(max(size / move for size, move in zip(sizes, moves)), 1.0)
    finest = max(BELOW - int(np.ceil(np.log2(coarsest) / 2)), BELOW // 2)
    return 4.0 ** -np.arange(finest + 1, dtype=float)


def _scaled(d: Derivative, first: float, second: float) -> Derivative:
    parts = [p / first / second for p in (d.value, d.error, d.left, d.right)]
    return Derivative(parts[0], parts[1], d.kind, parts[2], parts[3])
