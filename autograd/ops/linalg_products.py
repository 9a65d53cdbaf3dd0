"""Products of vectors, matrices and arrays: ``matmul``, ``dot``, ``tensordot`` and their kin."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..op import FACES, Op, bilinear, composite, fit, where
from .linalg import inv
from .samples import invertible, uniform
from .shape import arrayed, broadcast_to, moveaxis, transpose

__all__ = [
    "cross",
    "dot",
    "inner",
    "kron",
    "matmul",
    "matrix_power",
    "matvec",
    "multi_dot",
    "outer",
    "product",
    "tensordot",
    "vdot",
    "vecdot",
    "vecmat",
]


def product(x: Any, y: Any) -> Any:
    """The product of two matrices, for use in rules.

    The method takes 0.6 us where the operator takes 1.2 us, but it does not dispatch on nodes.
    """
    if type(x) in FACES or type(y) in FACES:
        return x @ y
    return x.dot(y)


# matmul -----------------------------------------------------------------------------------------


def _matmul(x: Any, y: Any) -> Any:
    try:
        if x.ndim == 2 == y.ndim:
            return np.dot(x, y)
        return np.matmul(x, y)
    except AttributeError:
        return np.matmul(x, y)
    except ValueError as error:
        raise _mismatch(x.shape, y.shape, error) from None


def _mismatch(x: tuple[int, ...], y: tuple[int, ...], error: Exception) -> ValueError:
    if not x or not y:
        return ValueError(
            f"matmul: shapes {x} and {y}: a number is no matrix; use * to scale an array"
        )
    inner = y[-2:][0]
    if x[-1] == inner:
        return ValueError(
            f"matmul: shapes {x} and {y}: the axes before the last two, {x[:-2]} and {y[:-2]}, "
            "number the matrices and must broadcast with each other"
        )
    cure = "check which axis holds the features"
    if len(y) >= 2 and x[-1] == y[-1]:
        cure = "did you mean x @ y.mT?"
    elif len(x) >= 2 and x[-2] == inner:
        cure = "did you mean x.mT @ y?"
    return ValueError(
        f"matmul: shapes {x} and {y} do not fit: the last axis of the first has length {x[-1]}, "
        f"the {'second-last' if len(y) > 1 else 'only'} axis of the second {inner}; {cure}"
    )


def _matmul_left(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 == y.ndim:
        return product(g, y.T)
    if y.ndim == 1:
        return fit(g.reshape((*g.shape, 1)) * y, x)
    if x.ndim == 1:
        return fit((y @ g.reshape((*g.shape, 1))).reshape(y.shape[:-1]), x)
    return fit(g @ y.mT, x)


def _matmul_right(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 == y.ndim:
        return product(x.T, g)
    if x.ndim == 1:
        if y.ndim == 1:
            return fit(g * x, y)
        return fit(x.reshape((-1, 1)) * g.reshape((*g.shape[:-1], 1, g.shape[-1])), y)
    if y.ndim == 1:
        # One product over all rows, in place of one for each matrix and a sum.
        return product(g.reshape(-1), x.reshape((g.size, y.shape[0])))
    if y.ndim == 2:
        rows = math.prod(x.shape[:-1])
        return product(x.reshape((rows, x.shape[-1])).T, g.reshape((rows, g.shape[-1])))
    return fit(x.mT @ g, y)


def _pairs(*shapes: Any) -> Any:
    return lambda rng: [(tuple(uniform(rng, *s) for s in pair), {}) for pair in shapes]


matmul = bilinear(
    _matmul,
    (_matmul_left, _matmul_right),
    name="matmul",
    label="@",
    numpy=(np.matmul, np.linalg.matmul),
    doc="Matrix product, over stacks of matrices with broadcasting, as ``x @ y``.",
    samples=_pairs(
        ((2, 3), (3, 4)),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 2, 3), (3,)),
        ((3,), (2, 3, 4)),
        ((2, 2, 3), (3, 2)),
        ((2, 3), (2, 3, 2)),
        ((2, 1, 2, 3), (3, 3, 2)),
        ((1, 2, 3), (2, 3, 2)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
    ),
)


# tensordot and dot ------------------------------------------------------------------------------


def _contracted(x: Any, y: Any, axes: Any) -> tuple[list[int], list[int]]:
    """Axes of ``x`` and of ``y`` that a ``tensordot`` sums over, as non-negative lists."""
    if isinstance(axes, (int, np.integer)):
        return list(range(x.ndim - axes, x.ndim)), list(range(axes))
    left, right = axes
    pair = []
    for side, ndim in ((left, x.ndim), (right, y.ndim)):
        side = [side] if isinstance(side, (int, np.integer)) else list(side)
        pair.append([normalize_axis_index(int(a), ndim) for a in side])
    return pair[0], pair[1]


def _tensordot_left(g: Any, x: Any, y: Any, axes: Any) -> Any:
    mine, theirs = _contracted(x, y, axes)
    free = [a for a in range(x.ndim) if a not in mine]
    others = [a for a in range(y.ndim) if a not in theirs]
    ct = tensordot(g, y, (tuple(range(len(free), g.ndim)), tuple(others)))
    # Now: x's free axes, then y's summed axes in ascending order, each paired with one of x.
    order = free + [mine[theirs.index(a)] for a in sorted(theirs)]
    return transpose(ct, tuple(np.argsort(order).tolist()))


def _tensordot_right(g: Any, x: Any, y: Any, axes: Any) -> Any:
    mine, theirs = _contracted(x, y, axes)
    free = [a for a in range(y.ndim) if a not in theirs]
    others = [a for a in range(x.ndim) if a not in mine]
    ct = tensordot(x, g, (tuple(others), tuple(range(len(others)))))
    order = [theirs[mine.index(a)] for a in sorted(mine)] + free
    return transpose(ct, tuple(np.argsort(order).tolist()))


tensordot = bilinear(
    lambda a, b, axes=2: np.tensordot(a, b, axes),
    (_tensordot_left, _tensordot_right),
    name="tensordot",
    numpy=(np.tensordot, np.linalg.tensordot),
    doc="Sum of products over the given axes of both arrays.",
    samples=lambda rng: [
        ((uniform(rng, 2, 3, 4), uniform(rng, 3, 4, 2)), {}),
        ((uniform(rng, 2, 3), uniform(rng, 2)), {"axes": 0}),
        ((uniform(rng, 2, 3, 4), uniform(rng, 4, 5, 2)), {"axes": ((0, -1), (2, 0))}),
        ((uniform(rng, 3, 2), uniform(rng, 3)), {"axes": (0, 0)}),
    ],
)


def _dot_left(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 == y.ndim:
        return product(g, y.T)
    if x.ndim == 0 or y.ndim == 0 or x.ndim == 1 == y.ndim:
        return fit(g * y, x)
    return _tensordot_left(g, x, y, (-1, -2 if y.ndim > 1 else -1))


def _dot_right(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 == y.ndim:
        return product(x.T, g)
    if x.ndim == 0 or y.ndim == 0 or x.ndim == 1 == y.ndim:
        return fit(g * x, y)
    return _tensordot_right(g, x, y, (-1, -2 if y.ndim > 1 else -1))


dot = bilinear(
    lambda a, b: np.dot(a, b),
    (_dot_left, _dot_right),
    name="dot",
    label="·",
    numpy=np.dot,
    doc="Dot product: of vectors, of matrices, or over the last axis of ``a`` and one of ``b``.",
    samples=_pairs(
        ((3,), (3,)),
        ((2, 3), (3, 4)),
        ((), (2, 3)),
        ((2, 3), ()),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((3,), (2, 3, 4)),
        ((2, 2, 3), (2, 3, 2)),
        ((0, 3), (3, 2)),
    ),
)


# Products of vectors --------------------------------------------------------------------------


def _column(g: Any) -> Any:
    return g.reshape((*g.shape, 1))


_vecdot = bilinear(
    lambda x1, x2: np.vecdot(x1, x2),
    (
        lambda g, x1, x2: fit(_column(g) * x2, x1),
        lambda g, x1, x2: fit(_column(g) * x1, x2),
    ),
    name="_vecdot",
    label="vecdot",
    doc="Dot products along the last axis.",
    samples=_pairs(
        ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1, 3), (4, 3)), ((2, 0),) * 2
    ),
)


@composite(
    numpy=(np.vecdot, np.linalg.vecdot),
    samples=lambda rng: [
        ((uniform(rng, 2, 3), uniform(rng, 2, 3)), {}),
        ((uniform(rng, 3, 2), uniform(rng, 3, 2)), {"axis": 0}),
    ],
)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Dot products of the vectors along one axis."""
    if axis != -1:
        x1, x2 = moveaxis(x1, axis, -1), moveaxis(x2, axis, -1)
    return _vecdot(x1, x2)


@composite(
    numpy=tuple(f for f in (getattr(np, "matvec", None),) if f),
    samples=_pairs(((2, 3), (3,)), ((2, 2, 3), (3,)), ((2, 3), (4, 3))),
)
def matvec(x1: Any, x2: Any, /) -> Any:
    """Matrix times vector, over stacks of both."""
    result = matmul(x1, _column(arrayed(x2)))
    return result.reshape(result.shape[:-1])


@composite(
    numpy=tuple(f for f in (getattr(np, "vecmat", None),) if f),
    samples=_pairs(((3,), (3, 2)), ((3,), (2, 3, 2)), ((4, 3), (3, 2))),
)
def vecmat(x1: Any, x2: Any, /) -> Any:
    """Vector times matrix, over stacks of both."""
    x1 = arrayed(x1)
    result = matmul(x1.reshape((*x1.shape[:-1], 1, x1.shape[-1])), x2)
    return result.reshape((*result.shape[:-2], result.shape[-1]))


@composite(numpy=np.vdot, samples=_pairs(((3,), (3,)), ((2, 3), (3, 2)), ((), ())))
def vdot(a: Any, b: Any, /) -> Any:
    """Dot product of all elements of two arrays."""
    return dot(arrayed(a).reshape(-1), arrayed(b).reshape(-1))


@composite(
    numpy=np.inner, samples=_pairs(((3,), (3,)), ((2, 3), (4, 3)), ((), (2, 3)), ((2, 2, 3), (3,)))
)
def inner(a: Any, b: Any, /) -> Any:
    """Sum of products over the last axes."""
    a, b = arrayed(a), arrayed(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return tensordot(a, b, (-1, -1))


@composite(numpy=np.outer, samples=_pairs(((3,), (2,)), ((2, 2), (3,)), ((), (2,))))
def outer(a: Any, b: Any) -> Any:
    """Every element of ``a`` times every element of ``b``."""
    return arrayed(a).reshape((-1, 1)) * arrayed(b).reshape((1, -1))


@composite(
    numpy=np.kron,
    samples=_pairs(((2,), (3,)), ((2, 3), (2, 2)), ((2,), (2, 3)), ((2, 1, 2), (3, 2)), ((), (2,))),
)
def kron(a: Any, b: Any) -> Any:
    """Kronecker product: ``b`` scaled by each element of ``a``, in blocks."""
    a, b = arrayed(a), arrayed(b)
    n = max(a.ndim, b.ndim)
    left, right = (1,) * (n - a.ndim) + tuple(a.shape), (1,) * (n - b.ndim) + tuple(b.shape)
    a = a.reshape(tuple(k for m in left for k in (m, 1)))
    b = b.reshape(tuple(k for m in right for k in (1, m)))
    return (a * b).reshape(tuple(m * k for m, k in zip(left, right, strict=True)))


_cross: Op = bilinear(
    lambda a, b: np.cross(a, b),
    (lambda g, a, b: fit(_cross(b, g), a), lambda g, a, b: fit(_cross(g, a), b)),
    name="_cross",
    label="cross",
    doc="Cross products of the 3-vectors along the last axis.",
    samples=_pairs(((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3))),
)


def _three(v: Any) -> Any:
    """2-vectors as 3-vectors with a third component of zero."""
    if v.shape[-1] == 3:
        return v
    return v @ np.eye(2, 3, dtype=v.dtype)


@composite(
    numpy=(np.cross, np.linalg.cross),
    samples=lambda rng: [
        ((uniform(rng, 2, 3), uniform(rng, 2, 3)), {}),
        ((uniform(rng, 3, 2), uniform(rng, 3, 2)), {"axis": 0}),
        ((uniform(rng, 3, 2), uniform(rng, 2, 3)), {"axisa": 0, "axisc": 0}),
    ],
)
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """Cross product of 3-vectors, or of 2-vectors seen as 3-vectors in a plane."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    if not {a.shape[-1], b.shape[-1]} <= {2, 3}:
        raise ValueError(
            f"cross: vectors of length {a.shape[-1]} and {b.shape[-1]} (shapes {tuple(a.shape)} "
            f"and {tuple(b.shape)} with the vectors last); it takes 3, or 2: give axis="
        )
    if a.shape[-1] == b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return moveaxis(_cross(_three(a), _three(b)), -1, axisc)


# Products of many -----------------------------------------------------------------------------


def _cheapest(shapes: Sequence[tuple[int, int]]) -> Any:
    """Where to split each part of a chain of matrices (Cormen et al., chapter 15.2)."""
    sizes = [shapes[0][0], *(columns for _, columns in shapes)]

    @functools.cache
    def best(i: int, j: int) -> tuple[float, int]:
        if i == j:
            return 0.0, i
        return min(
            (best(i, k)[0] + best(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
            for k in range(i, j)
        )

    return lambda i, j: best(i, j)[1]


@composite(
    numpy=np.linalg.multi_dot,
    samples=lambda rng: [
        (([uniform(rng, 2, 3), uniform(rng, 3, 4), uniform(rng, 4, 2)],), {}),
        (([uniform(rng, 3), uniform(rng, 3, 4), uniform(rng, 4, 2), uniform(rng, 2)],), {}),
        (([uniform(rng, 2, 3), uniform(rng, 3)],), {}),
    ],
)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """Product of a chain of matrices in the order that takes the fewest multiplications.

    The first and the last may be vectors.
    """
    xs = [arrayed(x) for x in arrays]
    if len(xs) < 2:
        raise ValueError(f"multi_dot: it takes two or more arrays, got {len(xs)}")
    first, last = xs[0].ndim == 1, xs[-1].ndim == 1
    if first:
        xs[0] = xs[0].reshape((1, -1))
    if last:
        xs[-1] = xs[-1].reshape((-1, 1))
    if any(x.ndim != 2 for x in xs):
        raise np.linalg.LinAlgError(
            f"multi_dot: shapes {[tuple(x.shape) for x in xs]}; all but the first and last are "
            "matrices; use matmul for stacks of them"
        )
    split = _cheapest([tuple(x.shape) for x in xs])

    def chain(i: int, j: int) -> Any:
        if i == j:
            return xs[i]
        k = split(i, j)
        return matmul(chain(i, k), chain(k + 1, j))

    result = chain(0, len(xs) - 1)
    if first or last:
        rows, columns = result.shape
        result = result.reshape(() if first and last else (columns,) if first else (rows,))
    return result


@composite(
    numpy=np.linalg.matrix_power,
    samples=lambda rng: (
        [((invertible(rng, 3, 3), n), {}) for n in (0, 1, 2, 5, -1, -2)]
        + [((invertible(rng, 2, 2, 2), 3), {})]
    ),
)
def matrix_power(a: Any, n: int) -> Any:
    """A square matrix to an integer power, by repeated squaring; a negative one inverts it."""
    a = arrayed(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(
            f"matrix_power: shape {tuple(a.shape)}; the last two axes must be of one length"
        )
    if n == 0:
        # Constant, and still in the graph, so that its gradient is found and is zero.
        identity = broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
        return where(np.zeros(a.shape, dtype=bool), a, identity)
    if n < 0:
        a, n = inv(a), -n
    result = None
    while True:
        n, odd = divmod(n, 2)
        if odd:
            result = a if result is None else matmul(result, a)
        if not n:
            return result
        a = matmul(a, a)
