"""``np.f(tensor)``: NumPy's dispatch protocols, so that plain NumPy code differentiates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import NotDifferentiableError, UnsupportedError
from .op import FACES, NUMPY, Elementwise, plain, where
from .ops.index import getitem, plain_index, scatter
from .ops.observe import look
from .ops.shape import broadcast_to

__all__ = ["OBSERVERS", "call_function", "call_ufunc"]

# Functions that only look: they run on the plain arrays and give plain results.
OBSERVERS: set[Any] = {
    np.allclose,
    np.array2string,
    np.array_equal,
    np.array_equiv,
    np.array_repr,
    np.array_str,
    np.can_cast,
    np.common_type,
    np.isclose,
    np.iscomplexobj,
    np.isrealobj,
    np.may_share_memory,
    np.min_scalar_type,
    np.ndim,
    np.result_type,
    np.shape,
    np.shares_memory,
    np.size,
    np.argmax,
    np.argmin,
    np.nanargmax,
    np.nanargmin,
    np.argsort,
    np.argpartition,
    np.argwhere,
    np.any,
    np.all,
    np.count_nonzero,
    np.nonzero,
    np.flatnonzero,
    np.searchsorted,
    np.digitize,
    np.isin,
    np.isneginf,
    np.isposinf,
    np.lexsort,
    np.ravel_multi_index,
    np.linalg.matrix_rank,
    np.angle,
    np.einsum_path,
    np.imag,
    np.iscomplex,
    np.isreal,
    np.unravel_index,
    np.save,
    np.savetxt,
    np.savez,
    np.savez_compressed,
}

OBSERVING_UFUNCS: set[Any] = {
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.equal,
    np.not_equal,
    np.logical_and,
    np.logical_or,
    np.logical_xor,
    np.logical_not,
    np.isnan,
    np.isinf,
    np.isfinite,
    np.signbit,
    np.bitwise_and,
    np.bitwise_or,
    np.bitwise_xor,
    np.invert,
    np.left_shift,
    np.right_shift,
    np.spacing,
}


def call_ufunc(ufunc: Any, method: str, inputs: tuple, kwargs: dict[str, Any]) -> Any:
    """Answer for ``ufunc(*inputs)`` or one of its methods when a node is among the arguments."""
    if ufunc in OBSERVING_UFUNCS:
        out = kwargs.pop("out", None)
        if out is not None:
            kwargs["out"] = out if len(out) > 1 else out[0]
        return getattr(ufunc, method)(*[plain(x) for x in inputs], **kwargs)
    op = NUMPY.get(ufunc)
    if op is None:
        raise UnsupportedError(
            f"np.{ufunc.__name__} has no derivative rule; give it plain arrays "
            "(x.detach().numpy()) if no gradient is wanted, or declare one with "
            "autograd.extend.elementwise"
        )
    if method != "__call__":
        return _ufunc_method(ufunc, op, method, inputs, kwargs)
    return _with_out(op, inputs, kwargs, f"np.{ufunc.__name__}")


def _with_out(op: Any, inputs: tuple, kwargs: dict[str, Any], name: str) -> Any:
    out = kwargs.pop("out", None)
    mask = kwargs.pop("where", True)
    if isinstance(out, tuple):
        out = out[0]
    dtype = kwargs.pop("dtype", None)
    params = {}
    if "axis" in kwargs and not isinstance(op, Elementwise):
        # np.vecdot is a ufunc with an axis.
        params["axis"] = kwargs.pop("axis")
    if kwargs:
        raise UnsupportedError(
            f"{name} does not take {', '.join(k + '=' for k in kwargs)} with tensors; convert "
            "with .astype() before or after"
        )
    if dtype is not None:
        inputs = tuple(x.astype(dtype) if hasattr(x, "astype") else x for x in inputs)
    if out is None and mask is not True:
        raise UnsupportedError(
            f"{name} with where= and no out= leaves the other elements undefined; use "
            "autograd.where(mask, result, otherwise)"
        )
    nodes = [x for x in inputs if type(x) in FACES]
    result = op(*inputs, **params) if nodes else op.forward(*inputs)
    if mask is not True:
        result = where(mask, result, out)
    if out is None:
        return result
    if type(out) in FACES:
        out[...] = result
        return out
    if getattr(result, "requires_grad", True):
        raise NotDifferentiableError(
            f"{name} with out= a plain array would drop the gradient of its result; use the "
            "returned value (y = y + x in place of y += x), or give a tensor for out="
        )
    out[...] = plain(result)
    return out


def _ufunc_method(ufunc: Any, op: Any, method: str, inputs: tuple, kwargs: dict[str, Any]) -> Any:
    kwargs.pop("out", None) if kwargs.get("out") is None else None
    name = f"np.{ufunc.__name__}.{method}"
    if method == "reduce":
        function = _REDUCE.get(ufunc)
        if function is not None:
            kwargs.setdefault("axis", inputs[1] if len(inputs) > 1 else 0)
            return NUMPY[function](inputs[0], **kwargs)
    elif method == "accumulate":
        function = _ACCUMULATE.get(ufunc)
        if function is not None and function in NUMPY:
            kwargs.setdefault("axis", inputs[1] if len(inputs) > 1 else 0)
            return NUMPY[function](inputs[0], **kwargs)
    elif method == "outer" and isinstance(op, Elementwise) and not kwargs:
        x, y = (x if hasattr(x, "ndim") else np.asarray(x) for x in inputs)
        return op(x.reshape(tuple(x.shape) + (1,) * y.ndim), y)
    elif method == "at" and ufunc in _AT:
        if type(inputs[0]) not in FACES:
            raise NotDifferentiableError(
                f"{name} on a plain array would drop the graph of what is added; start from "
                "autograd.zeros(...) in place of np.zeros(...)"
            )
        x, index, v = inputs
        x[...] = _AT[ufunc](x, index, v)
        return None
    raise UnsupportedError(
        f"{name} is not supported for tensors; supported are add/multiply/maximum/minimum.reduce, "
        "add/multiply.accumulate, .outer of any elementwise op, add.at and subtract.at"
    )


_REDUCE = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
_ACCUMULATE = {np.add: np.cumsum, np.multiply: np.cumprod}


def _add_at(x: Any, index: Any, v: Any, sign: int = 1) -> Any:
    index = plain_index(index)
    target = getitem.forward(plain(x), index)
    if not hasattr(v, "astype"):
        v = np.asarray(v, dtype=x.dtype)
    v = broadcast_to(v.astype(x.dtype), target.shape)
    return x + sign * scatter(v, index, x.shape)


_AT: dict[Any, Callable[..., Any]] = {
    np.add: _add_at,
    np.subtract: lambda x, index, v: _add_at(x, index, v, -1),
}


def call_function(func: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """Answer for a NumPy function when a node is among its arguments."""
    ours = NUMPY.get(func)
    if ours is None and func.__module__ == "numpy.linalg":
        # A fifth of the package, which many programs do without: imported when it is needed.
        from . import linalg  # noqa: F401

        ours = NUMPY.get(func)
    if ours is not None:
        return ours(*args, **kwargs)
    if func in OBSERVERS:
        return look(func, args, kwargs)
    name = f"{func.__module__}.{func.__name__}".replace("numpy", "np", 1)
    known = {f.__name__ for f in NUMPY}
    import difflib

    close = difflib.get_close_matches(func.__name__, known, n=3)
    hint = f" (similar ones that have: {', '.join(sorted(close))})" if close else ""
    raise UnsupportedError(
        f"{name} has no derivative rule{hint}. Give it plain arrays (x.detach().numpy()) if no "
        "gradient is wanted, compose it from other ops, or declare one with autograd.extend"
    )
