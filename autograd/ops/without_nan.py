"""Reductions and scans that leave NaN out: its places count as neutral and get no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import composite, plain, where
from .elementwise import sqrt
from .keywords import refuse
from .reduce import folded, freedom_lost, max, mean, min, prod, std, sum, var
from .samples import distinct
from .scan import cumprod, cumsum
from .shape import arrayed

__all__ = [
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


def replace_nan(a: Any, filler: float) -> tuple[Any, Any]:
    """``a`` with NaN replaced, and where it was (``None`` if there was none)."""
    held = plain(a)
    if held.dtype.kind != "f":
        return a, None
    nan = np.isnan(held)
    if not nan.any():
        return a, None
    return where(nan, filler, a), nan


def _count(a: Any, nan: Any, axis: Any, keepdims: bool) -> Any:
    """How many elements are not NaN, in the dtype of ``a``."""
    if nan is None:
        return folded(a.shape, axis)
    number: Any = np.add.reduce
    return number(~nan, axis=axis, dtype=plain(a).dtype, keepdims=keepdims)


def _nan_samples(rng: Any) -> list:
    x = distinct(rng, 3, 4)
    x[0, 1] = x[2, 3] = np.nan
    return [
        ((x,), {}),
        ((x,), {"axis": 0}),
        ((x,), {"axis": -1, "keepdims": True}),
        ((distinct(rng, 2, 3),), {"axis": (0, 1)}),
    ]


@composite(numpy=np.nansum, samples=_nan_samples)
def nansum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, **unsupported: Any
) -> Any:
    """Sum over axes with NaN counted as 0."""
    refuse("nansum", unsupported)
    return sum(replace_nan(arrayed(a), 0.0)[0], axis, dtype, keepdims)


@composite(numpy=np.nanprod, samples=_nan_samples)
def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, **unsupported: Any
) -> Any:
    """Product over axes with NaN counted as 1."""
    refuse("nanprod", unsupported)
    return prod(replace_nan(arrayed(a), 1.0)[0], axis, dtype, keepdims)


@composite(numpy=np.nanmean, samples=_nan_samples)
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, **unsupported: Any
) -> Any:
    """Mean over axes of the elements that are not NaN; NaN where there are none."""
    refuse("nanmean", unsupported)
    a = arrayed(a)
    filled, nan = replace_nan(a, 0.0)
    if nan is None:
        return mean(a, axis, dtype, keepdims)
    return sum(filled, axis, dtype, keepdims) / _count(a, nan, axis, keepdims)


def _nan_deviations(a: Any, axis: Any) -> tuple[Any, Any]:
    filled, nan = replace_nan(a, 0.0)
    d = filled - sum(filled, axis, None, True) / _count(a, nan, axis, True)
    return where(nan, 0.0, d), nan


@composite(
    numpy=np.nanvar,
    samples=lambda rng: _nan_samples(rng) + [((distinct(rng, 4),), {"ddof": 1})],
)
def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    correction: Any = None,
    **unsupported: Any,
) -> Any:
    """Variance over axes of the elements that are not NaN."""
    refuse("nanvar", unsupported)
    a = arrayed(a)
    lost = freedom_lost(ddof, correction)
    if replace_nan(a, 0.0)[1] is None:
        return var(a, axis, dtype, lost, keepdims)
    if dtype is not None:
        a = a.astype(dtype)
    d, nan = _nan_deviations(a, axis)
    freedom = _count(a, nan, axis, keepdims) - lost
    freedom = np.where(freedom > 0, freedom, np.full_like(freedom, np.nan))
    return sum(d * d, axis, None, keepdims) / freedom


@composite(
    numpy=np.nanstd,
    samples=lambda rng: _nan_samples(rng) + [((distinct(rng, 4),), {"ddof": 1})],
)
def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    correction: Any = None,
    **unsupported: Any,
) -> Any:
    """Standard deviation over axes of the elements that are not NaN; as ``std`` at a constant."""
    refuse("nanstd", unsupported)
    a = arrayed(a)
    lost = freedom_lost(ddof, correction)
    if replace_nan(a, 0.0)[1] is None:
        return std(a, axis, dtype, lost, keepdims)
    square = nanvar(a, axis, dtype, lost, keepdims)
    top, bottom = nanmax(plain(a), axis, keepdims), nanmin(plain(a), axis, keepdims)
    constant = (top == bottom) & (plain(square) <= (1e-6 * top) ** 2)
    return where(constant, np.sqrt(plain(square)), sqrt(where(constant, 1.0, square)))


def _nan_extremum(name: str, extremum: Any, filler: float, numpy: Any, doc: str) -> Any:
    def function(a: Any, axis: Any = None, keepdims: bool = False, **unsupported: Any) -> Any:
        refuse(name, unsupported)
        filled, nan = replace_nan(arrayed(a), filler)
        out = extremum(filled, axis, keepdims)
        if nan is None:
            return out
        empty = np.all(nan, axis=axis, keepdims=keepdims)
        return where(empty, np.nan, out) if empty.any() else out

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return composite(numpy=numpy, samples=_nan_samples)(function)


nanmax = _nan_extremum(
    "nanmax", max, -np.inf, np.nanmax, "The largest element over axes that is not NaN."
)
nanmin = _nan_extremum(
    "nanmin", min, np.inf, np.nanmin, "The smallest element over axes that is not NaN."
)


@composite(
    numpy=np.nancumsum,
    samples=lambda rng: [((np.array([[1.0, np.nan], [2.0, 0.5]]),), {"axis": 0})],
)
def nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Cumulative sum with NaN counted as 0."""
    return cumsum(replace_nan(arrayed(a), 0.0)[0], axis, dtype)


@composite(
    numpy=np.nancumprod,
    samples=lambda rng: [((np.array([[1.0, np.nan], [2.0, 0.5]]),), {"axis": 0})],
)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Cumulative product with NaN counted as 1."""
    return cumprod(replace_nan(arrayed(a), 1.0)[0], axis, dtype)
