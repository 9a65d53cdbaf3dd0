"""New tensors by NumPy's names: zeros, ranges, and arrays from nested lists."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .modes import modes
from .op import FACES, composite, plain
from .ops import grid
from .ops.shape import astype, broadcast_to, copy, reshape
from .tensor import Tensor, _handle, current

__all__ = [
    "arange",
    "array",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "geomspace",
    "identity",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "tri",
    "zeros",
    "zeros_like",
]


def _new(data: Any, requires_grad: bool = False) -> Tensor:
    t = _handle(np.asarray(data), None)
    if modes.tape is not None:
        modes.tape.copied(None, t._data)
    return t.requires_grad_() if requires_grad else t


# From numbers ---------------------------------------------------------------------------------


def array(
    object: Any,
    dtype: DTypeLike | None = None,
    *,
    ndmin: int = 0,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor from numbers, or from nested lists of nodes with their graph.

    Examples
    --------
    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> y = ag.array([[x, x * x], [1.0, 0.0]])
    >>> y.sum().backward()
    >>> x.grad
    5.0
    """
    t = copy(object) if isinstance(object, Tensor) else Tensor(object, dtype=dtype)
    if dtype is not None and t.dtype != np.dtype(dtype):
        t = astype(t, dtype)
    if t.ndim < ndmin:
        t = reshape(t, (1,) * (ndmin - t.ndim) + t.shape)
    return t.requires_grad_() if requires_grad else t


def asarray(a: Any, dtype: DTypeLike | None = None) -> Tensor:
    """``a`` itself if it is a tensor of that dtype, else a tensor made from it."""
    if isinstance(a, Tensor):
        return a if dtype is None or a.dtype == np.dtype(dtype) else astype(a, dtype)
    return array(a, dtype)


def _check_shape(name: str, shape: Any, dtype: Any) -> None:
    if isinstance(dtype, int):
        raise TypeError(f"{name} takes the shape as a tuple: {name}(({shape}, {dtype}))")


def zeros(
    shape: Any, dtype: DTypeLike = float, order: Any = "C", *, requires_grad: bool = False
) -> Tensor:
    """A tensor of zeros, to be filled by item assignment."""
    _check_shape("zeros", shape, dtype)
    return _new(np.zeros(shape, dtype, order), requires_grad)


def ones(
    shape: Any, dtype: DTypeLike = float, order: Any = "C", *, requires_grad: bool = False
) -> Tensor:
    """A tensor of ones."""
    _check_shape("ones", shape, dtype)
    return _new(np.ones(shape, dtype, order), requires_grad)


def empty(
    shape: Any, dtype: DTypeLike = float, order: Any = "C", *, requires_grad: bool = False
) -> Tensor:
    """A tensor to be filled by item assignment; what it holds before is undefined."""
    _check_shape("empty", shape, dtype)
    return _new(_settled(np.empty(shape, dtype, order)), requires_grad)


def full(
    shape: Any,
    fill_value: Any,
    dtype: DTypeLike | None = None,
    order: Any = "C",
    *,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of one number; a node for ``fill_value`` keeps its graph."""
    if type(fill_value) in FACES:
        shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        return astype(broadcast_to(fill_value, shape), dtype or np.asarray(plain(fill_value)).dtype)
    return _new(np.full(shape, fill_value, dtype, order), requires_grad)


def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: DTypeLike = float,
    *,
    requires_grad: bool = False,
) -> Tensor:
    """Ones on the ``k``-th diagonal, zeros elsewhere."""
    return _new(np.eye(N, M, k, dtype), requires_grad)


def identity(n: int, dtype: DTypeLike | None = None, *, requires_grad: bool = False) -> Tensor:
    """The identity matrix."""
    return _new(np.identity(n, dtype), requires_grad)


def tri(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: DTypeLike = float,
    *,
    requires_grad: bool = False,
) -> Tensor:
    """Ones at and below the ``k``-th diagonal, zeros elsewhere."""
    return _new(np.tri(N, M, k, dtype), requires_grad)


def arange(*args: Any, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Evenly spaced numbers: ``arange(stop)`` or ``arange(start, stop, step)``."""
    return _new(np.arange(*args, dtype=dtype), requires_grad)


# After another array ----------------------------------------------------------------------------


def _layout(a: Any) -> Any:
    """The array of a tensor, whose numbers do not matter."""
    return current(a)._data if isinstance(a, Tensor) else plain(a)


def _like(a: Any, dtype: Any, order: Any, shape: Any) -> np.ndarray:
    made = np.empty_like(np.asarray(_layout(a)), dtype=dtype, order=order, shape=shape)
    return _settled(made)


def _settled(made: np.ndarray) -> np.ndarray:
    """What is undefined, the same in all recordings of a captured function."""
    if modes.tape is not None:
        made.fill(0)
    return made


@composite(numpy=np.zeros_like)
def zeros_like(
    a: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    """Zeros of the shape and dtype of ``a``, without a graph: a buffer to write results to."""
    out = _like(a, dtype, order, shape)
    out[...] = 0
    return _new(out)


@composite(numpy=np.ones_like)
def ones_like(
    a: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    """Ones of the shape and dtype of ``a``, without a graph."""
    out = _like(a, dtype, order, shape)
    out[...] = 1
    return _new(out)


@composite(numpy=np.empty_like)
def empty_like(
    prototype: Any,
    /,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    """A tensor of the shape and dtype of ``prototype``; what it holds is undefined."""
    return _new(_like(prototype, dtype, order, shape))


@composite(numpy=np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    """``fill_value`` in the shape and dtype of ``a``; a node for it keeps its graph."""
    out = _new(_like(a, dtype, order, shape))
    out[...] = fill_value
    return out


# Ranges: tensors from plain ends too -------------------------------------------------------------


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Any:
    """``num`` evenly spaced numbers from ``start`` to ``stop``, differentiable in both."""
    if type(start) in FACES or type(stop) in FACES:
        return grid.linspace(start, stop, num, endpoint, retstep, dtype, axis)
    made = np.linspace(start, stop, num, endpoint, retstep, dtype, axis)  # type: ignore[call-overload]
    return (_new(made[0]), made[1]) if retstep else _new(made)


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Tensor:
    """Numbers evenly spaced on a log scale, from ``base**start`` to ``base**stop``."""
    return asarray(grid.logspace(start, stop, num, endpoint, base, dtype, axis))


def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Tensor:
    """A geometric sequence from ``start`` to ``stop``, both positive."""
    return asarray(grid.geomspace(start, stop, num, endpoint, dtype, axis))
