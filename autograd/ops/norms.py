"""Norms of vectors and matrices, and the condition number. A norm has gradient 0 where it is 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..op import composite, plain, primitive, where
from .arithmetic import absolute, sign
from .decompositions import svdvals
from .linalg import inv
from .reduce import expand
from .samples import distinct, invertible, uniform
from .shape import arrayed, moveaxis

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]


# Vectors ----------------------------------------------------------------------------------------


def _root_of_sum(x: Any, ord: Any = 2, axis: Any = None, keepdims: bool = False) -> Any:
    return np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


def _root_of_sum_vjp(g: Any, out: Any, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    # d|x|_p / dx = sign(x) (|x| / |x|_p)^(p-1); 0 where the norm is 0.
    g, out = expand(g, x, axis, keepdims), expand(out, x, axis, keepdims)
    zero = plain(out) == 0
    safe = where(zero, 1.0, out) if zero.any() else out
    if ord == 2:
        return (g / safe) * x
    ratio = x / safe
    if ord > 2:
        return g * ratio * absolute(ratio) ** (ord - 2)
    # Below 2 the power has a pole at 0, where the gradient is 0 by symmetry.
    flat = (plain(x) == 0) | zero
    slope = sign(ratio) * absolute(where(flat, 1.0, ratio)) ** (ord - 1)
    return g * where(flat, 0.0, slope)


root_of_sum = primitive(
    _root_of_sum,
    vjp=_root_of_sum_vjp,
    name="root_of_sum",
    label="‖x‖",
    samples=lambda rng: [
        ((distinct(rng, 2, 3),), {"ord": p, "axis": axis, "keepdims": keepdims})
        for p, axis, keepdims in (
            (2, None, False),
            (2, 1, True),
            (1, -1, False),
            (3, 0, False),
            (1.5, (0, 1), False),
            (-2, 0, True),
        )
    ],
    doc="The p-norm, (sum of abs(x)**p)**(1/p), for p other than 0 and infinity.",
)


def _along(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    if ord == np.inf:
        return absolute(x).max(axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return absolute(x).min(axis=axis, keepdims=keepdims)
    if ord == 0:
        # A count; taken through sign, it stays in the graph and has gradient 0.
        return absolute(sign(x)).sum(axis=axis, keepdims=keepdims)
    if isinstance(ord, str) or ord is None:
        raise ValueError(f"norm: ord={ord!r} for vectors; it takes a number, inf or -inf")
    return root_of_sum(x, ord=ord, axis=axis, keepdims=keepdims)


def _inexact(x: Any) -> Any:
    x = arrayed(x)
    return x if x.dtype.kind == "f" else x.astype(float)


@composite(
    numpy=np.linalg.vector_norm,
    samples=lambda rng: [
        ((distinct(rng, 3),), {}),
        ((distinct(rng, 2, 3),), {"axis": 1, "ord": np.inf}),
        ((distinct(rng, 2, 3),), {"axis": (0, 1), "ord": -np.inf, "keepdims": True}),
        ((distinct(rng, 2, 3),), {"axis": 0, "ord": 0}),
        ((distinct(rng, 2, 3),), {"ord": 3}),
    ],
)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Norm of vectors along axes, or of all elements; the gradient at 0 is 0."""
    return _along(_inexact(x), ord, axis, keepdims)


# Matrices ---------------------------------------------------------------------------------------


def _of_matrices(x: Any, ord: Any, axis: tuple[int, int], keepdims: bool) -> Any:
    rows, columns = (normalize_axis_index(int(a), x.ndim) for a in axis)
    if rows == columns:
        raise ValueError(f"norm: axis={axis} names one axis twice; a matrix has two")
    if ord is None or ord == "fro":
        return root_of_sum(x, ord=2, axis=(rows, columns), keepdims=keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        first, second = (rows, columns) if ord in (1, -1) else (columns, rows)
        sums = absolute(x).sum(axis=first, keepdims=True)
        fold = sums.max if ord > 0 else sums.min
        result = fold(axis=second, keepdims=True)
    elif ord in (2, -2, "nuc"):
        s = svdvals(moveaxis(x, (rows, columns), (-2, -1)))
        result = s.sum(axis=-1) if ord == "nuc" else s.max(axis=-1) if ord == 2 else s.min(axis=-1)
    else:
        raise ValueError(
            f"norm: ord={ord!r} for matrices; it takes 1, -1, 2, -2, inf, -inf, 'fro' and 'nuc'"
        )
    kept = tuple(1 if k in (rows, columns) else n for k, n in enumerate(x.shape))
    if keepdims:
        return result.reshape(kept)
    return result.reshape(tuple(n for k, n in enumerate(x.shape) if k not in (rows, columns)))


@composite(
    numpy=np.linalg.matrix_norm,
    samples=lambda rng: (
        [((distinct(rng, 2, 3),), {"ord": ord}) for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf)]
        + [((distinct(rng, 2, 2, 3),), {"ord": -np.inf, "keepdims": True})]
    ),
)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Norm of the matrices in the last two axes; the gradient at 0 is 0."""
    return _of_matrices(_inexact(x), ord, (-2, -1), keepdims)


@composite(
    numpy=np.linalg.norm,
    samples=lambda rng: [
        ((distinct(rng, 3),), {}),
        ((distinct(rng, 2, 3),), {}),
        ((distinct(rng, 2, 3),), {"ord": "nuc", "keepdims": True}),
        ((distinct(rng, 2, 3),), {"ord": 1, "axis": -1}),
        ((distinct(rng, 2, 3, 2),), {"axis": (0, -1)}),
        ((distinct(rng, 2, 3, 2),), {"ord": 2, "axis": (2, 0), "keepdims": True}),
        ((distinct(rng, 2, 3, 2),), {"ord": 1, "axis": (0, 2)}),
    ],
)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm of a vector, a matrix or all elements, with every order of ``numpy.linalg.norm``.

    The gradient at 0 is 0 for every order.
    """
    x = _inexact(x)
    if axis is None:
        if ord is None:
            return root_of_sum(x, ord=2, axis=None, keepdims=keepdims)
        axis = tuple(range(x.ndim))
    elif not isinstance(axis, tuple):
        axis = (int(axis),)
    if len(axis) == 1:
        return _along(x, 2 if ord is None else ord, axis[0], keepdims)
    if len(axis) == 2:
        return _of_matrices(x, ord, axis, keepdims)
    raise ValueError(
        f"norm: shape {tuple(x.shape)} with axis={axis} and ord={ord!r}; norms are of vectors or "
        "of matrices: give one axis, two axes, or neither axis nor ord"
    )


@composite(
    numpy=np.linalg.cond,
    samples=lambda rng: (
        [((invertible(rng, 3, 3),), {"p": p}) for p in (None, 1, -2, np.inf, "fro")]
        + [((uniform(rng, 2, 3, 2),), {})]
    ),
)
def cond(x: Any, p: Any = None) -> Any:
    """Condition number of matrices, in the norm of order ``p`` (2 if not given)."""
    x = _inexact(x)
    if p is None or p in (2, -2):
        s = svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return norm(x, p, axis=(-2, -1)) * norm(inv(x), p, axis=(-2, -1))
