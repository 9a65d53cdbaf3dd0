"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..op import Op, composite, linear, plain
from .samples import uniform
from .shape import arrayed, ravel, shape_of

__all__ = ["diag", "diagflat", "diagonal", "trace", "tril", "triu"]


def _undiagonal(
    g: Any, shape: tuple[int, ...] = (), offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Any:
    out = np.zeros_like(g, shape=shape)
    seen = np.diagonal(out, offset, axis1, axis2)
    seen.flags.writeable = True
    seen[...] = g
    return out


diagonal = linear(
    lambda a, offset=0, axis1=0, axis2=1: np.diagonal(a, offset, axis1, axis2),
    lambda g, a, offset, axis1, axis2: undiagonal(g, a.shape, offset, axis1, axis2),
    name="diagonal",
    numpy=(np.diagonal,),
    doc="The diagonal of the matrices in two axes, as a read-only view with the diagonal last.",
    samples=lambda rng: [
        ((uniform(rng, 3, 3),), {}),
        ((uniform(rng, 2, 4),), {"offset": 1}),
        ((uniform(rng, 3, 2),), {"offset": -1}),
        ((uniform(rng, 2, 3, 4),), {"offset": 1, "axis1": -1, "axis2": 0}),
        ((uniform(rng, 2, 2),), {"offset": 5}),
    ],
)
undiagonal: Op = linear(
    _undiagonal,
    lambda ct, g, shape, offset, axis1, axis2: diagonal(ct, offset, axis1, axis2),
    name="undiagonal",
    label="diag",
    doc="Zeros with ``g`` on a diagonal: the transpose of ``diagonal``.",
    samples=lambda rng: [
        ((uniform(rng, 3),), {"shape": (3, 4), "offset": 1}),
        ((uniform(rng, 4, 2),), {"shape": (2, 4, 3), "axis1": 0, "axis2": 2}),
    ],
)


def _triangle(function: Any, doc: str) -> Any:
    op = linear(
        lambda m, k=0: function(m, k),
        lambda g, m, k: op(g, k) if m.ndim > 1 else op(g, k).sum(axis=0),
        name=function.__name__,
        numpy=function,
        doc=doc,
        samples=lambda rng: [
            ((uniform(rng, 3, 3),), {}),
            ((uniform(rng, 2, 3, 4),), {"k": 1}),
            ((uniform(rng, 4, 2),), {"k": -1}),
            ((uniform(rng, 3),), {}),
        ],
    )
    return op


tril = _triangle(np.tril, "Lower triangle: zeros above the ``k``-th diagonal.")
triu = _triangle(np.triu, "Upper triangle: zeros below the ``k``-th diagonal.")


@composite(
    numpy=np.diag,
    samples=lambda rng: [
        ((uniform(rng, 3),), {}),
        ((uniform(rng, 2),), {"k": -1}),
        ((uniform(rng, 3, 4),), {"k": 1}),
    ],
)
def diag(v: Any, k: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    v = arrayed(v)
    shape = shape_of(v)
    if len(shape) == 1:
        n = shape[0] + abs(k)
        return undiagonal(v, (n, n), k)
    if len(shape) != 2:
        raise ValueError("Input must be 1- or 2-d.")
    return diagonal(v, k)


@composite(
    numpy=np.diagflat,
    samples=lambda rng: [((uniform(rng, 2, 2),), {}), ((uniform(rng),), {"k": 1})],
)
def diagflat(v: Any, k: int = 0) -> Any:
    """The matrix with the flattened input on its diagonal."""
    return diag(ravel(v), k)


@composite(
    numpy=np.trace,
    samples=lambda rng: [
        ((uniform(rng, 3, 3),), {}),
        ((uniform(rng, 2, 3, 4),), {"offset": 1, "axis1": 1, "axis2": -1}),
    ],
)
def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> Any:
    """Sum along a diagonal."""
    if out is not None:
        raise UnsupportedError("trace() does not take out= with tensors; use the returned value")
    a = arrayed(a)
    if plain(a).dtype.kind == "b" and dtype is None:
        dtype = np.intp
    return diagonal(a, offset, axis1, axis2).sum(axis=-1, dtype=dtype)
