"""Numeric derivatives by the ladder: of a number, along a direction, and all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..containers import Tree, flatten
from ..errors import describe
from ..op import plain
from .complex_step import complex_slope
from .curvature import curvature
from .ladder import Derivative, pick, slope
from .line import QUICK, Probe, flat, ladder_steps, wide

__all__ = [
    "Place",
    "full_slopes",
    "numeric_derivative",
    "numeric_directional",
    "numeric_jacobian",
    "slope_along",
]


def numeric_derivative(
    f: Callable[[Any], Any], x: float, *, order: int = 1, analytic: bool = False
) -> Derivative:
    """Differentiate a function of one number, by differences alone.

    Parameters
    ----------
    f : callable
        Takes a float; returns a number, or an array (or a container of them) of which every
        element is differentiated.
    x : float
        Where.
    order : {1, 2}
        The first or the second derivative.
    analytic : bool
        Take the imaginary part at ``x + 1e-100j`` in place of differences, which loses no digits.
        See :func:`numeric_directional`.

    Returns
    -------
    Derivative
        With ``value``, ``error`` and ``kind``.

    Raises
    ------
    TypeError
        If ``x`` is an array.

    Examples
    --------
    >>> import math
    >>> from autograd.testing import numeric_derivative
    >>> d = numeric_derivative(math.exp, 1.0)
    >>> abs(d.value - math.e) <= 4 * d.error, d.error < 1e-11
    (True, True)
    >>> numeric_derivative(abs, 0.0).kind
    'kink'
    >>> round(numeric_derivative(math.exp, 1.0, order=2).value, 8)
    2.71828183
    """
    x = plain(x)
    if np.size(x) != 1 or np.ndim(x):
        raise TypeError(
            f"numeric_derivative takes a function of one number, got {describe(x)}; "
            "numeric_jacobian is for arrays, and numeric_directional for one direction"
        )
    return numeric_directional(f, (float(x),), (1.0,), order=order, analytic=analytic)


def numeric_directional(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    cotangent: Any = None,
    *,
    order: int = 1,
    analytic: bool = False,
) -> Derivative:
    """Differentiate a function along a direction, by differences alone.

    Parameters
    ----------
    f : callable
        Takes floats, arrays and containers of them; returns a number, an array, or a container.
    primals, tangents : sequences
        The point and the direction, as for :func:`autograd.jvp`; a tangent of ``None`` holds an
        argument constant.
    cotangent : array_like or container, optional
        Weights of the outputs, as for the pull of :func:`autograd.vjp`; the result is then one
        number.
    order : {1, 2}
        The first derivative along the line, or the second.
    analytic : bool
        The caller says that ``f`` is analytic: the derivative is then ``imag(f(x + ih u)) / h``
        with h about 1e-100, right to round-off. It is compared with differences all the same, as
        functions that drop the imaginary part (``abs``, ``np.maximum``, ``np.linalg.norm``)
        have a complex step that is silently wrong: agreement is evidence, nothing more.

    Returns
    -------
    Derivative
        Nested and shaped as the output.

    Raises
    ------
    ValueError
        If ``analytic`` is true and ``f`` does not take complex numbers, as functions of ``Value``
        and ``Tensor`` do not, or differences contradict it.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import numeric_directional
    >>> d = numeric_directional(np.multiply, (2.0, 3.0), (1.0, None))
    >>> round(d.value, 9)
    3.0
    >>> numeric_directional(np.exp, (0.0,), (1.0,), analytic=True).value
    1.0
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (list, tuple)):
            raise TypeError(
                f"{name} is a tuple with one entry for each argument, as in (x,); got "
                f"{describe(given)}"
            )
    place = Place(f, tuple(primals))
    us = place.tangents(tangents)
    weights = None
    if cotangent is not None:
        weights = flat([plain(c) for c in flatten(cotangent)[0]])
        if weights.shape != place.probe.start.shape:
            raise ValueError(
                f"the cotangent has {weights.size} numbers and the function's result "
                f"{place.probe.start.size}"
            )
    found = _along(place.probe, us, weights, order, analytic)
    if weights is not None:
        return _shaped(found, ())
    return place.nested(found)


def numeric_jacobian(f: Callable[[Any], Any], x: Any, *, analytic: bool = False) -> Derivative:
    """All partial derivatives of a function, by differences alone.

    Parameters
    ----------
    f : callable
        Takes an array, a float or a container of them; returns an array, a number or a container.
    x : array, float or container of them
        Where. Functions of single precision are evaluated at points in double precision.
    analytic : bool
        Take the complex step; see :func:`numeric_directional`.

    Returns
    -------
    Derivative
        Nested as :func:`autograd.jacobian` nests its result: the structure of the output, each
        leaf replaced by the structure of ``x``, with arrays of shape ``output.shape + x.shape``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import numeric_jacobian
    >>> numeric_jacobian(lambda x: x[0] * x, np.array([2.0, 3.0])).value.round(9)
    array([[4., 0.],
           [3., 2.]])
    >>> d = numeric_jacobian(lambda p: p["a"] * p["b"], {"a": 2.0, "b": 3.0})
    >>> {name: round(x, 9) for name, x in d.value.items()}
    {'a': 3.0, 'b': 2.0}
    """
    place = Place(f, (x,))
    columns = [_along(place.probe, us, None, 1, analytic) for us in place.basis()]
    return place.block(columns)


def _along(probe: Probe, us: Sequence[Any], weights: Any, order: int, analytic: bool) -> Derivative:
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, got {order!r}; difference a derivative for more")
    if analytic and order != 1:
        raise ValueError("analytic=True gives first derivatives; leave order=2 to differences")
    if order == 2:
        return curvature(
            [(1.0, probe.line(us, _steps(probe, us), weights))], _start(probe, weights)
        )
    found = full_slopes(probe, us, weights)
    return complex_slope(probe, us, weights, found) if analytic else found


def _start(probe: Probe, weights: Any) -> np.ndarray:
    return probe.start if weights is None else np.add.reduce(weights * probe.start, keepdims=True)


def _steps(probe: Probe, us: Sequence[Any]) -> np.ndarray:
    return ladder_steps(_scale(probe.xs, us))


def full_slopes(probe: Probe, us: Sequence[Any], weights: Any = None) -> Derivative:
    """The derivative of each output in a direction, or of their weighted sum; flat."""
    return slope(probe.line(us, _steps(probe, us), weights), _start(probe, weights))


def slope_along(
    probe: Probe, us: Sequence[Any], weights: np.ndarray, quick: bool = False
) -> Derivative:
    """The derivative of the weighted outputs in a direction.

    The quick form takes eight evaluations. Its ``kind`` is ``smooth`` or ``unclear``: whether the
    slopes of the two sides meet as the step falls.
    """
    if not quick:
        return _shaped(full_slopes(probe, us, weights), ())
    line = probe.line(us, QUICK, weights)
    with np.errstate(all="ignore"):
        value, error = pick(line)
        # At a smooth point the gap falls by 64 from the first of the four steps to the last.
        gap = np.abs(line.above + line.below)[:, 0] / line.steps
        unsure = 8 * line.rounding[-1, 0] / line.steps[-1]
        meets = gap[-1] <= gap[0] / 16 + unsure
    return Derivative(value.item(), error.item(), "smooth" if meets else "unclear", np.nan, np.nan)


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


# Arguments and results as the user nests them --------------------------------------------------

FIELDS = ("value", "error", "kind", "left", "right")


class Place:
    """A function of nested arguments at a point, as a function of their leaves."""

    def __init__(self, f: Callable[..., Any], args: tuple) -> None:
        self.args = args
        leaves, self.tree = flatten(args)
        self.probe = Probe(lambda *xs: f(*self.tree.build(list(xs))), [_real(x) for x in leaves])
        self.shapes = [np.shape(x) for x in self.probe.xs]

    def tangents(self, tangents: Sequence[Any]) -> list[Any]:
        """Directions, one for each argument, as one for each leaf."""
        if len(tangents) != len(self.args):
            raise ValueError(
                f"{len(tangents)} tangents for {len(self.args)} primals: give one each"
            )
        us: list[Any] = []
        for arg, tangent in zip(self.args, tangents):
            leaves, tree = flatten(arg)
            if tangent is None:
                us += [None] * len(leaves)
                continue
            parts, nesting = flatten(tangent)
            if not tree.same(nesting):
                raise ValueError(
                    f"a tangent is nested like its primal: got {describe(tangent)} for "
                    f"{describe(arg)}"
                )
            us += [wide(u) if np.ndim(u) else float(plain(u)) for u in parts]
        for u, shape in zip(us, self.shapes, strict=True):
            if u is not None and np.shape(u) != shape:
                raise ValueError(
                    f"a tangent has the shape of its primal: got {np.shape(u)} for {shape}"
                )
        return us

    def basis(self) -> Iterator[list[Any]]:
        """The directions of the single coordinates."""
        for i, shape in enumerate(self.shapes):
            for k in range(int(np.prod(shape))):
                yield self.axes([(i, k, 1.0)])

    def axes(self, parts: Sequence[tuple[int, int, float]]) -> list[Any]:
        """A direction that moves a few coordinates: (leaf, element, by how much)."""
        us: list[Any] = [None] * len(self.shapes)
        for i, k, size in parts:
            if isinstance(self.probe.xs[i], float):
                us[i] = size
                continue
            if us[i] is None:
                us[i] = np.zeros(self.shapes[i])
            us[i].reshape(-1)[k] = size
        return us

    def nested(self, d: Derivative) -> Derivative:
        """Flat numbers, one for each output, in the nesting and shapes of the output."""
        sizes = np.cumsum([int(np.prod(s)) for s in self.probe.shapes])[:-1]
        return Derivative(
            *(
                self.probe.tree.build(
                    [
                        _tidy(part.reshape(shape))
                        for part, shape in zip(np.split(getattr(d, name), sizes), self.probe.shapes)
                    ]
                )
                for name in FIELDS
            )
        )

    def block(self, columns: Sequence[Derivative]) -> Derivative:
        """Flat columns, one for each coordinate, nested as ``autograd.jacobian`` nests them."""
        found = []
        for name in FIELDS:
            dtype = "<U6" if name == "kind" else float
            whole = np.zeros((self.probe.start.size, len(columns)), dtype)
            for k, column in enumerate(columns):
                whole[:, k] = getattr(column, name)
            found.append(split(whole, self.probe.tree, self.probe.shapes, self.inner, self.shapes))
        return Derivative(*found)

    @property
    def inner(self) -> Tree:
        """The nesting of the only argument."""
        return flatten(self.args[0])[1]


def split(
    matrix: np.ndarray,
    outer: Tree,
    rows: Sequence[tuple[int, ...]],
    inner: Tree,
    columns: Sequence[tuple[int, ...]],
) -> Any:
    """A matrix in blocks, nested ``outer`` over ``inner``."""
    across = np.cumsum([int(np.prod(s)) for s in columns])[:-1]
    down = np.cumsum([int(np.prod(s)) for s in rows])[:-1]
    return outer.build(
        [
            inner.build(
                [
                    _tidy(part.reshape((*row, *column)))
                    for part, column in zip(np.split(band, across, axis=1), columns)
                ]
            )
            for band, row in zip(np.split(matrix, down), rows)
        ]
    )


def _tidy(x: np.ndarray) -> Any:
    return x if x.ndim else x.item()


def _shaped(d: Derivative, shape: tuple[int, ...]) -> Derivative:
    return Derivative(*(_tidy(getattr(d, name).reshape(shape)) for name in FIELDS))


def _real(x: Any) -> Any:
    """A leaf that can be moved by a little: integers too, as here they are only points."""
    x = plain(x)
    if isinstance(x, (bool, int, float, np.floating, np.integer, np.bool_)):
        return float(x)
    if isinstance(x, np.ndarray) and x.dtype.kind in "iub":
        return x.astype(float)
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return x
    raise TypeError(
        f"a derivative needs real numbers, got {describe(x)}; close over what is constant"
    )
