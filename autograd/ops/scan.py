"""Cumulative sums and products, differences, finite-difference gradients and the trapezoid rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import FACES, Linear, composite, linear, plain, primitive
from .index import getitem, scatter
from .keywords import refuse
from .samples import uniform
from .shape import arrayed, broadcast_to, flip, reshape

__all__ = [
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "ediff1d",
    "gradient",
    "trapezoid",
]


def along(axis: int, index: Any, ndim: int) -> tuple:
    """An index that applies ``index`` to one axis and takes the others whole."""
    return (slice(None),) * (axis % ndim) + (index,)


# Building blocks of products ----------------------------------------------------------------------


def _shift(x: Any, by: int = 1, axis: int = -1) -> Any:
    out = np.zeros_like(x)
    n = x.shape[axis]
    if abs(by) < n:
        to, source = slice(by, None), slice(None, -by)
        if by < 0:
            to, source = slice(None, by), slice(-by, None)
        out[along(axis, to, x.ndim)] = x[along(axis, source, x.ndim)]
    return out


shift: Linear = linear(
    _shift,
    lambda g, x, by, axis: shift(g, -by, axis),
    name="shift",
    doc="Move elements along an axis by ``by`` places; zeros come in, nothing wraps around.",
    samples=lambda rng: [
        ((uniform(rng, 2, 3),), {"by": 1}),
        ((uniform(rng, 3, 2),), {"by": -1, "axis": 0}),
    ],
)


def _recurrence(a: Any, b: Any, axis: int = -1, reverse: bool = False) -> Any:
    # Maps s -> b + a s compose into maps of the same form, so the scan takes log2(n) passes over
    # ever longer spans in place of n steps (Blelloch 1990).
    step = slice(None, None, -1 if reverse else None)
    s = b.copy()
    span = np.broadcast_to(a, b.shape).astype(b.dtype)
    sums, factors = s.swapaxes(axis, 0)[step], span.swapaxes(axis, 0)[step]
    d = 1
    while d < len(sums):
        sums[d:] += factors[d:] * sums[:-d]
        factors[d:] = factors[d:] * factors[:-d]
        d *= 2
    return s


def _recurrence_vjp(g: Any, out: Any, a: Any, b: Any, axis: int, reverse: bool) -> tuple:
    by = -1 if reverse else 1
    held = recurrence(shift(a, -by, axis), g, axis, not reverse)
    return held * shift(out, by, axis), held


recurrence = primitive(
    _recurrence,
    vjp=_recurrence_vjp,
    name="recurrence",
    doc="""Solve s[k] = b[k] + a[k] s[k-1] along an axis, from the end if ``reverse``.

    The derivative is the same recurrence run the other way, so that ``cumprod`` and ``prod`` need
    no division and are right with any number of zeros among the factors.
    """,
    samples=lambda rng: [
        ((uniform(rng, 4), uniform(rng, 4)), {}),
        ((uniform(rng, 3, 2), uniform(rng, 3, 2)), {"axis": 0, "reverse": True}),
    ],
)


def products_before(x: Any, products: Any, axis: int) -> Any:
    """Products of the elements before each one, from the cumulative products."""
    first = np.zeros_like(plain(x))
    first[along(axis, slice(0, 1), x.ndim)] = 1
    return shift(products, 1, axis) + first


# Cumulative sums and products -----------------------------------------------------------------


def _cumsum_transpose(g: Any, a: Any, axis: Any, dtype: Any) -> Any:
    if axis is None or not a.ndim:
        return flip(cumsum(flip(g, 0), 0), 0).reshape(a.shape)
    return flip(cumsum(flip(g, axis), axis), axis)


cumsum = linear(
    lambda a, axis=None, dtype=None: np.cumsum(a, axis=axis, dtype=dtype),
    _cumsum_transpose,
    name="cumsum",
    label="Σ↓",
    numpy=np.cumsum,
    doc="Cumulative sum along an axis, of the flattened array if ``axis`` is ``None``.",
    samples=lambda rng: [
        ((uniform(rng, 4),), {}),
        ((uniform(rng, 2, 3),), {}),
        ((uniform(rng, 2, 3),), {"axis": -1}),
        ((uniform(rng, 3, 2),), {"axis": 0}),
        ((uniform(rng, 0, 2),), {"axis": 0}),
        ((uniform(rng),), {}),
    ],
)


def _cumprod_vjp(g: Any, out: Any, a: Any, axis: Any, dtype: Any) -> Any:
    # d y[k] / d x[i] = (product before i) (product of i+1 ... k); the sum over k >= i of g[k]
    # times the second factor obeys s[i] = g[i] + x[i+1] s[i+1].
    shape = a.shape
    if axis is None or not a.ndim:
        a, axis = a.reshape((-1,)), 0
    rest = recurrence(shift(a, -1, axis), g, axis, True)
    return (products_before(a, out, axis) * rest).reshape(shape)


def _cumprod_jvp(tangents: Any, out: Any, a: Any, axis: Any, dtype: Any) -> Any:
    t = tangents[0]
    if axis is None or not a.ndim:
        a, t, axis = a.reshape((-1,)), t.reshape((-1,)), 0
    return recurrence(a, products_before(a, out, axis) * t, axis)


cumprod = primitive(
    lambda a, axis=None, dtype=None: np.cumprod(a, axis=axis, dtype=dtype),
    vjp=_cumprod_vjp,
    jvp=_cumprod_jvp,
    name="cumprod",
    label="Π↓",
    numpy=np.cumprod,
    doc="Cumulative product along an axis; its derivatives are right with zeros among the factors.",
    samples=lambda rng: [
        ((uniform(rng, 4),), {}),
        ((uniform(rng, 2, 3),), {}),
        ((uniform(rng, 2, 3),), {"axis": -1}),
        ((np.array([[1.5, 0.0], [0.0, -2.0], [0.7, 3.0]]),), {"axis": 0}),
        ((np.array([2.0, 0.0, -1.5, 0.0, 0.5]),), {}),
        ((uniform(rng, 0, 2),), {"axis": 0}),
    ],
)


def _cumulative(name: str, numpy: Any, scan: Any, first: int, doc: str) -> Any:
    def function(
        x: Any,
        /,
        *,
        axis: int | None = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Any:
        refuse(name, {"out": out})
        x = arrayed(x)
        if axis is None:
            if x.ndim > 1:
                raise ValueError(f"{name}: an array of {x.ndim} axes needs an axis")
            axis = 0
        total = scan(x, axis, dtype)
        if not include_initial:
            return total
        axis = np.lib.array_utils.normalize_axis_index(axis, total.ndim)
        return _extended(total, axis, np.asarray(first, total.dtype), None)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    samples = lambda rng: [
        ((uniform(rng, 4),), {}),
        ((uniform(rng, 2, 3),), {"axis": -1, "include_initial": True}),
        ((uniform(rng, 3, 2),), {"axis": 0}),
    ]
    return composite(numpy=numpy, samples=samples)(function)


cumulative_sum = _cumulative(
    "cumulative_sum",
    np.cumulative_sum,
    cumsum,
    0,
    "Cumulative sum along an axis, from 0 on with ``include_initial``.",
)
cumulative_prod = _cumulative(
    "cumulative_prod",
    np.cumulative_prod,
    cumprod,
    1,
    "Cumulative product along an axis, from 1 on with ``include_initial``.",
)


# Differences ----------------------------------------------------------------------------------


def _difference(a: Any, axis: int = -1) -> Any:
    upper, lower = along(axis, slice(1, None), a.ndim), along(axis, slice(None, -1), a.ndim)
    # NumPy does not subtract booleans.
    return a[upper] != a[lower] if a.dtype == bool else a[upper] - a[lower]


def _difference_transpose(g: Any, a: Any, axis: int) -> Any:
    upper, lower = along(axis, slice(1, None), a.ndim), along(axis, slice(None, -1), a.ndim)
    return scatter(g, upper, a.shape) - scatter(g, lower, a.shape)


difference = linear(
    _difference,
    _difference_transpose,
    name="difference",
    label="Δ",
    doc="Each element less the one before it.",
    samples=lambda rng: [
        ((uniform(rng, 4),), {}),
        ((uniform(rng, 3, 2),), {"axis": 0}),
        ((uniform(rng, 2, 1),), {}),
    ],
)


def _any_node(*xs: Any) -> bool:
    return any(type(x) in FACES for x in xs)


@composite(
    numpy=np.diff,
    samples=lambda rng: [
        ((uniform(rng, 4),), {}),
        ((uniform(rng, 3, 4),), {"n": 2}),
        ((uniform(rng, 3, 2),), {"axis": 0, "prepend": 1.5}),
        ((uniform(rng, 2, 3), 1, -1, uniform(rng, 2, 1), uniform(rng, 2, 2)), {}),
    ],
)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along an axis, taken ``n`` times."""
    ends = {"prepend": prepend, "append": append}
    given = {k: x for k, x in ends.items() if x is not None and x is not np._NoValue}
    if not _any_node(a, *given.values()):
        return np.diff(a, n, axis, **given)
    if n < 0:
        raise ValueError(f"diff: n must be 0 or more, got {n}")
    a = arrayed(a)
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    if n == 0:
        return a
    axis = np.lib.array_utils.normalize_axis_index(axis, a.ndim)
    if given:
        a = _extended(a, axis, given.get("prepend"), given.get("append"))
    for _ in range(n):
        a = difference(a, axis)
    return a


@composite(
    numpy=np.ediff1d,
    samples=lambda rng: [((uniform(rng, 2, 3),), {}), ((uniform(rng, 4), 1.5, [0.5, 2.0]), {})],
)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours in the flattened array, with elements put before and after."""
    if not _any_node(ary, to_end, to_begin):
        return np.ediff1d(ary, to_end, to_begin)
    ary = arrayed(ary)
    if ary.dtype == bool:
        raise TypeError("ediff1d: booleans have no difference; diff tells where they change")
    out = difference(ary.reshape((-1,)), 0)
    if to_end is None and to_begin is None:
        return out
    for name, end in (("to_begin", to_begin), ("to_end", to_end)):
        if end is not None and not np.can_cast(arrayed(plain(end)).dtype, out.dtype, "same_kind"):
            raise TypeError(
                f"ediff1d: {name} does not fit an array of {out.dtype}; convert that to floats"
            )
    ends = [x if x is None else _line(x, out.dtype) for x in (to_begin, to_end)]
    return _extended(out, 0, *ends)


def _line(x: Any, dtype: Any) -> Any:
    """``x`` along one axis; plain numbers do not promote."""
    if _weak(x):
        return np.asarray(x, dtype).reshape((-1,))
    return reshape(arrayed(x), (-1,))


def _weak(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return all(_weak(y) for y in x)
    return isinstance(x, (int, float))


def _extended(a: Any, axis: int, before: Any, after: Any) -> Any:
    """``a`` with elements before and after it along an axis."""

    def part(x: Any) -> Any:
        # Python numbers do not promote, but for floats among integers.
        if _weak(x):
            x = np.asarray(x, np.result_type(a.dtype, *np.ravel(x).tolist()))
        x = arrayed(x)
        one = tuple(a.shape[:axis]) + (1,) + tuple(a.shape[axis + 1 :])
        return broadcast_to(x, one) if x.ndim == 0 else x

    parts = [part(x) for x in (before,) if x is not None] + [a]
    parts += [part(x) for x in (after,) if x is not None]
    n = sum(x.shape[axis] for x in parts)
    shape = a.shape[:axis] + (n,) + a.shape[axis + 1 :]
    total: Any = None
    start = 0
    for x in parts:
        stop = start + x.shape[axis]
        term = scatter(x, along(axis, slice(start, stop), a.ndim), shape)
        total = term if total is None else total + term
        start = stop
    return total


def _spacings(varargs: tuple, axes: tuple, shape: tuple, dtype: Any) -> list:
    if len(varargs) == 0:
        return [1.0] * len(axes)
    if len(varargs) == 1 and np.ndim(plain(varargs[0])) == 0:
        return [varargs[0]] * len(axes)
    if len(varargs) != len(axes):
        raise TypeError(
            f"gradient: {len(varargs)} spacings for {len(axes)} axes; give one for all, or one "
            "for each"
        )
    spacings: list[Any] = []
    for h, axis in zip(varargs, axes, strict=True):
        if np.ndim(plain(h)) == 0:
            spacings.append(h)
            continue
        h = arrayed(h)
        if h.ndim != 1 or len(h) != shape[axis]:
            raise ValueError(
                f"gradient: coordinates of shape {tuple(h.shape)} for an axis of length "
                f"{shape[axis]}; distances must be scalars or 1-d of that length"
            )
        steps = difference(h, 0)
        if type(h) not in FACES:
            steps = steps.astype(dtype)  # as NumPy: coordinates do not promote
        spacings.append(steps.reshape((-1,) + (1,) * (len(shape) - axis - 1)))
    return spacings


def _gradient_along(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    n = f.shape[axis]
    if n < edge_order + 1:
        raise ValueError(
            f"gradient: an axis of length {n} is too short; at least edge_order + 1 = "
            f"{edge_order + 1} elements are required"
        )

    def at(*bounds: int | None) -> Any:
        return getitem(f, along(axis, slice(*bounds), f.ndim))

    if np.ndim(plain(h)) == 0:
        middle = (at(2, None) - at(None, -2)) / (2 * h)
        first, last = h, h
        second, before = h, h
    else:
        low, high = h[:-1], h[1:]
        middle = (
            at(None, -2) * (-high / (low * (low + high)))
            + at(1, -1) * ((high - low) / (low * high))
            + at(2, None) * (low / (high * (low + high)))
        )
        first, last = h[:1], h[-1:]
        second, before = (h[1:2], h[-2:-1]) if n > 2 else (first, last)
    if edge_order == 1:
        start = (at(1, 2) - at(0, 1)) / first
        end = (at(-1, None) - at(-2, -1)) / last
    else:
        a, b = first, second
        start = (
            at(0, 1) * (-(2 * a + b) / (a * (a + b)))
            + at(1, 2) * ((a + b) / (a * b))
            - at(2, 3) * (a / (b * (a + b)))
        )
        a, b = before, last
        end = (
            at(-3, -2) * (b / (a * (a + b)))
            - at(-2, -1) * ((a + b) / (a * b))
            + at(-1, None) * ((2 * b + a) / (b * (a + b)))
        )
    places = (slice(1, -1), slice(0, 1), slice(-1, None))
    total = None
    for part, place in zip((middle, start, end), places, strict=True):
        term = scatter(part, along(axis, place, f.ndim), tuple(f.shape))
        total = term if total is None else total + term
    return total


@composite(
    numpy=np.gradient,
    samples=lambda rng: [
        ((uniform(rng, 5),), {}),
        ((uniform(rng, 5), 0.5), {"edge_order": 2}),
        ((uniform(rng, 3, 4),), {"axis": -1}),
        ((uniform(rng, 4), np.array([0.0, 0.5, 1.7, 2.0])), {}),
        ((uniform(rng, 2, 4), np.array([0.0, 0.5, 1.7, 2.0])), {"axis": 1, "edge_order": 2}),
    ],
)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Second-order finite differences, as ``numpy.gradient``: one array for each axis.

    Differentiable in ``f`` and in the spacings or coordinates.
    """
    if not _any_node(f, *varargs):
        plain_gradient: Any = np.gradient
        return plain_gradient(f, *varargs, axis=axis, edge_order=edge_order)
    if edge_order not in (1, 2):
        raise ValueError(f"gradient: edge_order must be 1 or 2, got {edge_order}")
    f = arrayed(f)
    if f.dtype.kind in "iu":
        f = f.astype(np.float64)
    axes = tuple(range(f.ndim)) if axis is None else axis
    axes = np.lib.array_utils.normalize_axis_tuple(axes, f.ndim)
    spacings = _spacings(varargs, axes, tuple(f.shape), f.dtype)
    parts = tuple(_gradient_along(f, h, i, edge_order) for h, i in zip(spacings, axes, strict=True))
    return parts[0] if len(parts) == 1 else parts


@composite(
    numpy=np.trapezoid,
    samples=lambda rng: [
        ((uniform(rng, 5),), {}),
        ((uniform(rng, 3, 4),), {"dx": 0.5, "axis": 0}),
        ((uniform(rng, 2, 4), np.array([0.0, 0.5, 1.7, 2.0])), {}),
        ((uniform(rng, 2, 4), uniform(rng, 2, 4)), {}),
    ],
)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integrate by the trapezoid rule; differentiable in ``y``, ``x`` and ``dx``."""
    if not _any_node(y, x, dx):
        return np.trapezoid(y, x, dx, axis)
    y = arrayed(y)
    axis = np.lib.array_utils.normalize_axis_index(axis, y.ndim)
    d = dx
    if x is not None:
        x = arrayed(x)
        if x.ndim == 0:
            raise ValueError("trapezoid: x has at least one dimension; for a spacing pass dx=")
        if x.ndim == 1:
            d = difference(x, 0).reshape((-1,) + (1,) * (y.ndim - axis - 1))
        else:
            d = difference(x, axis)
    upper = getitem(y, along(axis, slice(1, None), y.ndim))
    lower = getitem(y, along(axis, slice(None, -1), y.ndim))
    return (d * (upper + lower) * 0.5).sum(axis=axis)
