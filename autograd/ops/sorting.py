"""Sorting and what is read off a sorted array: median, quantiles, percentiles.

Given the order, all of these are linear: elements are moved, or mixed with fixed weights. So they
are gathered by indices found once, on the plain array, and the gradient goes back the same way.
Equal elements keep their order, which settles who gets the gradient at a tie.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..op import Linear, composite, linear, plain, where
from .index import take_along_axis
from .keywords import given, refuse, require_constant
from .reduce import kept_shape
from .samples import distinct
from .shape import arrayed, transpose

__all__ = [
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "partition",
    "percentile",
    "quantile",
    "sort",
]


def _inverse(order: Any, axis: int) -> Any:
    shape = [1] * order.ndim
    shape[axis] = -1
    inverse = np.empty_like(order)
    ranks = np.broadcast_to(np.arange(order.shape[axis]).reshape(shape), order.shape)
    np.put_along_axis(inverse, order, ranks, axis)
    return inverse


reorder: Linear = linear(
    lambda a, places=None, axis=-1: np.take_along_axis(a, places, axis),
    lambda g, a, places, axis: reorder(g, _inverse(places, axis), axis),
    name="reorder",
    label="sort",
    doc="Permute the elements along an axis, each slice in its own way.",
    samples=lambda rng: [
        ((distinct(rng, 4),), {"places": np.array([2, 0, 3, 1])}),
        ((distinct(rng, 3, 2),), {"places": np.array([[2, 0], [0, 1], [1, 2]]), "axis": 0}),
    ],
)


# Sorting --------------------------------------------------------------------------------------


@composite(
    numpy=np.sort,
    samples=lambda rng: [
        ((distinct(rng, 5),), {}),
        ((distinct(rng, 2, 3),), {"axis": 0}),
        ((distinct(rng, 2, 3),), {"axis": None}),
        ((distinct(rng, 0, 3),), {}),
    ],
)
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """Sort along an axis, NaN last; equal elements keep their order."""
    refuse("sort", {"order": order})
    a = arrayed(a)
    if axis is None:
        a, axis = a.reshape((-1,)), 0
    return reorder(a, np.argsort(plain(a), axis, kind="stable"), normalize_axis_index(axis, a.ndim))


@composite(
    numpy=np.partition,
    samples=lambda rng: [
        ((distinct(rng, 5), 2), {}),
        ((distinct(rng, 3, 2), 1), {"axis": 0}),
    ],
)
def partition(
    a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    """Put the ``kth`` smallest element in its place, smaller ones before it and larger after."""
    refuse("partition", {"order": order})
    a = arrayed(a)
    if axis is None:
        a, axis = a.reshape((-1,)), 0
    found = np.argpartition(plain(a), kth, axis)
    return reorder(a, found, normalize_axis_index(axis, a.ndim))


# Order statistics -----------------------------------------------------------------------------


def _positions(n: int, q: Any, method: Any) -> Any:
    """Where in a sorted array of ``n`` the quantiles lie: those of the ranks themselves."""
    if n == 0:
        return np.zeros_like(q)
    return np.quantile(np.arange(n, dtype=np.float64), q, method=method)


def _order_statistics(
    a: Any, q: Any, axis: Any, method: str, keepdims: bool, skip_nan: bool
) -> Any:
    a = arrayed(a)
    q = np.asarray(q, dtype=np.float64)
    if not np.all((q >= 0) & (q <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")
    kept = kept_shape(tuple(a.shape), axis)
    moved = _last(a, axis)
    held = plain(moved)
    n = held.shape[-1]
    flat = q.ravel()
    order = np.argsort(held, -1, kind="stable")
    floating = held.dtype.kind == "f"
    nan = np.isnan(held) if floating else np.zeros(held.shape, bool)
    if skip_nan and nan.any():
        counts = n - np.add.reduce(nan, axis=-1)
        at = np.empty((*counts.shape, flat.size))
        for count in np.unique(counts):
            at[counts == count] = _positions(int(count), flat, method)
    else:
        at = np.broadcast_to(_positions(n, flat, method), (*held.shape[:-1], flat.size))
    low = np.floor(at).astype(np.intp)
    part = (at - low).astype(held.dtype if floating else np.float64)
    out = take_along_axis(moved, np.take_along_axis(order, low, -1), -1)
    if part.any():
        high = np.minimum(low + 1, np.maximum(n - 1, 0))
        upper = take_along_axis(moved, np.take_along_axis(order, high, -1), -1)
        # An infinite neighbour that has no weight must not count.
        with np.errstate(invalid="ignore"):
            mixed = out * (1 - part) + upper * part
        out = mixed if part.all() else where(part == 0, out, mixed)
    elif not floating:
        out = out.astype(np.float64)
    if not skip_nan and nan.any():
        out = where(nan.any(-1, keepdims=True), np.nan, out)
    # The axis of quantiles goes to the front.
    lead = out.ndim - 1
    out = transpose(out, (lead, *range(lead)))
    folded = tuple(kept) if keepdims else tuple(held.shape[:-1])
    return out.reshape((*q.shape, *folded))


def _last(a: Any, axis: Any) -> Any:
    """``a`` with the given axes moved to the end and made one."""
    if axis is None:
        return a.reshape((-1,))
    axes = normalize_axis_tuple(axis, a.ndim)
    rest = tuple(i for i in range(a.ndim) if i not in axes)
    if len(axes) == 1:
        return a if axes[0] == a.ndim - 1 else transpose(a, rest + axes)
    lead = tuple(a.shape[i] for i in rest)
    n = int(np.prod([a.shape[i] for i in axes]))
    return transpose(a, rest + axes).reshape((*lead, n))


def _require_elements(name: str, a: Any) -> None:
    if not plain(a).size:
        raise ValueError(f"{name} of an array without elements, of shape {tuple(a.shape)}")


def _statistic(name: str, numpy: Any, scale: float, skip_nan: bool, doc: str) -> Any:
    def function(
        a: Any,
        q: Any,
        axis: Any = None,
        out: None = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        *,
        weights: None = None,
    ) -> Any:
        refuse(name, {"out": out, "weights": weights})
        q = np.asarray(require_constant(name, "q", q), dtype=np.float64) / scale
        a = arrayed(a)
        _require_elements(name, a)
        return _order_statistics(a, q, axis, method, given(keepdims), skip_nan)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    q = 0.3 * scale
    return composite(
        numpy=numpy,
        samples=lambda rng: [
            ((distinct(rng, 5),), {"q": q}),
            ((distinct(rng, 3, 4),), {"q": [q, 0.5 * scale], "axis": 0}),
            ((distinct(rng, 2, 3, 2),), {"q": q, "axis": (0, -1), "keepdims": True}),
            ((distinct(rng, 2, 4),), {"q": q, "axis": -1, "method": "median_unbiased"}),
        ],
    )(function)


quantile = _statistic(
    "quantile", np.quantile, 1.0, False, "The ``q``-th quantile over axes, 0 <= q <= 1."
)
percentile = _statistic(
    "percentile", np.percentile, 100.0, False, "The ``q``-th percentile over axes, 0 <= q <= 100."
)
nanquantile = _statistic(
    "nanquantile", np.nanquantile, 1.0, True, "The ``q``-th quantile of what is not NaN."
)
nanpercentile = _statistic(
    "nanpercentile", np.nanpercentile, 100.0, True, "The ``q``-th percentile of what is not NaN."
)


def _middle(name: str, numpy: Any, skip_nan: bool, doc: str) -> Any:
    def function(
        a: Any,
        axis: Any = None,
        out: None = None,
        overwrite_input: bool = False,
        keepdims: bool = False,
    ) -> Any:
        refuse(name, {"out": out})
        a = arrayed(a)
        _require_elements(name, a)
        return _order_statistics(a, 0.5, axis, "linear", given(keepdims), skip_nan)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return composite(
        numpy=numpy,
        samples=lambda rng: [
            ((distinct(rng, 5),), {}),
            ((distinct(rng, 4),), {}),
            ((distinct(rng, 3, 4),), {"axis": 1}),
            ((distinct(rng, 2, 3, 2),), {"axis": (0, -1), "keepdims": True}),
        ],
    )(function)


median = _middle(
    "median", np.median, False, "The middle element over axes, or the mean of the middle two."
)
nanmedian = _middle("nanmedian", np.nanmedian, True, "The median of what is not NaN.")
