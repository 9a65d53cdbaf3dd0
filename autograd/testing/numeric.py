"""Numeric derivatives by the ladder: of a number, along a direction, and all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..containers import flatten
from ..op import plain
from .ladder import Derivative, kind_of, pick, slope
from .line import QUICK, Probe, flat, ladder_steps, wide

__all__ = ["numeric_derivative", "numeric_directional", "numeric_jacobian", "slope_along"]


def numeric_derivative(f: Callable[[Any], Any], x: float) -> Derivative:
    """Differentiate a function of one number, by differences alone.

    Parameters
    ----------
    f : callable
        Takes a float; returns a number, or an array of which every element is differentiated.
    x : float
        Where.

    Returns
    -------
    Derivative
        With ``value``, ``error`` and ``kind``.

    Examples
    --------
    >>> import math
    >>> from autograd.testing import numeric_derivative
    >>> d = numeric_derivative(math.exp, 1.0)
    >>> abs(d.value - math.e) <= 4 * d.error, d.error < 1e-11
    (True, True)
    >>> numeric_derivative(abs, 0.0).kind
    'kink'
    """
    return numeric_directional(f, (float(plain(x)),), (1.0,))


def numeric_directional(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    cotangent: Any = None,
) -> Derivative:
    """Differentiate a function along a direction, by differences alone.

    Parameters
    ----------
    f : callable
        Takes floats and arrays; returns a number, an array, or a container of them.
    primals, tangents : sequences
        The point and the direction, as for :func:`autograd.jvp`; a tangent of ``None`` holds an
        argument constant.
    cotangent : array_like or container, optional
        Weights of the outputs, as for the pull of :func:`autograd.vjp`; the result is then one
        number.

    Returns
    -------
    Derivative
        Of the output's shape; flat if the output is a container.
    """
    probe = Probe(f, primals)
    us = [None if u is None else wide(u) for u in tangents]
    weights = None
    if cotangent is not None:
        weights = flat([plain(c) for c in flatten(cotangent)[0]])
        if weights.shape != probe.start.shape:
            raise ValueError(
                f"the cotangent has {weights.size} numbers and the function's result "
                f"{probe.start.size}"
            )
    found = _full(probe, us, weights)
    if weights is not None:
        return _shaped(found, ())
    return _shaped(found, probe.shapes[0] if len(probe.shapes) == 1 else None)


def _full(probe: Probe, us: Sequence[Any], weights: Any = None) -> Derivative:
    line = probe.line(us, ladder_steps(_scale(probe.xs, us)), weights)
    start = probe.start if weights is None else np.add.reduce(weights * probe.start, keepdims=True)
    return slope(line, start)


def slope_along(
    probe: Probe, us: Sequence[Any], weights: np.ndarray, quick: bool = False
) -> Derivative:
    """The derivative of the weighted outputs in a direction.

    The quick form takes eight evaluations. Its ``kind`` can be trusted only where its error is
    small.
    """
    if not quick:
        return _shaped(_full(probe, us, weights), ())
    line = probe.line(us, QUICK, weights)
    with np.errstate(all="ignore"):
        value, error = pick(line)
        kind = kind_of(line.steps, line.above[:, 0], line.below[:, 0], line.rounding[:, 0])
    return Derivative(float(value[0]), float(error[0]), kind, np.nan, np.nan)


def _scale(xs: Sequence[Any], us: Sequence[Any]) -> float:
    """The smallest step of the line that moves any coordinate by about its own size."""
    smallest = np.inf
    for x, u in zip(xs, us, strict=True):
        if u is None:
            continue
        x, u = np.abs(np.asarray(x, dtype=float)), np.abs(np.asarray(u, dtype=float))
        moving = (u > 0) & (x > 0)
        if moving.any():
            smallest = min(smallest, float(np.min(x[moving] / u[moving])))
    return smallest if smallest < np.inf else 1.0


def _shaped(d: Derivative, shape: tuple[int, ...] | None) -> Derivative:
    parts = [d.value, d.error, d.kind, d.left, d.right]
    if shape is None:
        return d
    if shape == ():
        return Derivative(*(p[0].item() for p in parts))
    return Derivative(*(p.reshape(shape) for p in parts))


def numeric_jacobian(f: Callable[[Any], Any], x: Any) -> Derivative:
    """All partial derivatives of a function, by differences alone.

    Parameters
    ----------
    f : callable
        Takes an array (or a float), returns an array or a number.
    x : array_like
        Where.

    Returns
    -------
    Derivative
        Its arrays have the shape ``output.shape + x.shape``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import numeric_jacobian
    >>> numeric_jacobian(lambda x: x[0] * x, np.array([2.0, 3.0])).value.round(9)
    array([[4., 0.],
           [3., 2.]])
    """
    x = plain(x)
    if not isinstance(x, float):
        x = np.asarray(x)
        if x.dtype.kind in "iub":
            x = x.astype(float)
    probe = Probe(f, (x,))
    if len(probe.shapes) != 1:
        raise TypeError("numeric_jacobian needs a function that returns one array or number")
    columns = []
    for k in range(np.size(x)):
        u: Any = 1.0
        if np.ndim(x):
            u = np.zeros(np.shape(x))
            u.reshape(-1)[k] = 1.0
        columns.append(_full(probe, [u]))
    shape = (*probe.shapes[0], *np.shape(x))
    if not columns:
        empty = np.zeros(shape)
        return Derivative(empty, empty, empty.astype("<U6"), empty, empty)
    stacked = [
        np.stack([getattr(c, name) for c in columns], axis=-1).reshape(shape)
        for name in ("value", "error", "kind", "left", "right")
    ]
    return Derivative(*(s if s.ndim else s.item() for s in stacked))
