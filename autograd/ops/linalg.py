"""Inverses, systems of equations and determinants, as in ``numpy.linalg``.

All of them work on stacks of matrices in the last two axes. The gradient of ``det`` is the
cofactor matrix, which is right for a singular matrix too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import NotDifferentiableError
from ..op import composite, fit, plain, primitive
from .diagonal import diagonal as _diagonal
from .diagonal import trace as _trace
from .matrices import checked, refuse_shape, stacks
from .samples import invertible, uniform
from .shape import arrayed, swapaxes

__all__ = [
    "SlogdetResult",
    "cofactor",
    "det",
    "diagonal",
    "inv",
    "matrix_transpose",
    "outer",
    "slogdet",
    "solve",
    "tensorinv",
    "tensorsolve",
    "trace",
]

LinAlgError = np.linalg.LinAlgError


@composite(
    numpy=(np.matrix_transpose, np.linalg.matrix_transpose),
    samples=stacks(uniform, (2, 3), (2, 3, 4)),
)
def matrix_transpose(x: Any, /) -> Any:
    """Exchange the last two axes (``mT``)."""
    x = arrayed(x)
    if x.ndim < 2:
        raise ValueError(
            f"matrix_transpose: shape {tuple(x.shape)}; it takes arrays of two axes or more"
        )
    return swapaxes(x, -1, -2)


@composite(
    numpy=np.linalg.diagonal,
    samples=lambda rng: [((uniform(rng, 2, 3, 4),), {"offset": 1}), ((uniform(rng, 3, 3),), {})],
)
def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonals of the matrices in the last two axes."""
    return _diagonal(x, offset, -2, -1)


@composite(
    numpy=np.linalg.trace,
    samples=lambda rng: [((uniform(rng, 2, 3, 4),), {"offset": 1}), ((uniform(rng, 3, 3),), {})],
)
def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """Sums of the diagonals of the matrices in the last two axes."""
    return _trace(x, offset, -2, -1, dtype)


@composite(numpy=np.linalg.outer, samples=lambda rng: [((uniform(rng, 3), uniform(rng, 2)), {})])
def outer(x1: Any, x2: Any, /) -> Any:
    """Every element of one vector times every element of another."""
    x1, x2 = arrayed(x1), arrayed(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"outer: shapes {tuple(x1.shape)} and {tuple(x2.shape)}; numpy.linalg's takes vectors, "
            "numpy.outer any arrays"
        )
    return x1.reshape((-1, 1)) * x2


# Inverses and systems of equations --------------------------------------------------------------

inv = primitive(
    checked("inv", np.linalg.inv),
    vjp=lambda g, out, a: -(out.mT @ g @ out.mT),
    name="inv",
    label="A⁻¹",
    numpy=np.linalg.inv,
    samples=stacks(invertible, (3, 3), (2, 2, 2), (1, 1), (0, 3, 3)),
    doc="Inverse of square matrices.",
)


def _solve(a: Any, b: Any) -> Any:
    try:
        return np.linalg.solve(a, b)
    except LinAlgError as error:
        refuse_shape("solve", a, error)
    except ValueError:
        raise ValueError(
            f"solve: shapes {np.shape(a)} and {np.shape(b)} do not fit: b is a vector with one "
            "entry for each row of a, or a stack of matrices with one row for each; write b as "
            "b[..., None] for a stack of vectors"
        ) from None


def _solve_vjp(g: Any, out: Any, a: Any, b: Any) -> tuple:
    # A x = b: with h = A^-T g, db = h and dA = -h x^T (Giles 2008, section 2.3.1).
    if b.ndim > 1:
        h = solve(a.mT, g)
        return fit(-(h @ out.mT), a), fit(h, b)
    # A vector b may meet a stack of matrices, whose g is then a stack of vectors.
    h = solve(a.mT, g.reshape((*g.shape, 1)))
    row = out.reshape((*out.shape[:-1], 1, out.shape[-1]))
    return fit(-(h * row), a), fit(h.reshape(h.shape[:-1]), b)


solve = primitive(
    _solve,
    vjp=_solve_vjp,
    name="solve",
    numpy=np.linalg.solve,
    samples=lambda rng: [
        ((invertible(rng, 3, 3), uniform(rng, 3)), {}),
        ((invertible(rng, 3, 3), uniform(rng, 3, 2)), {}),
        ((invertible(rng, 2, 3, 3), uniform(rng, 3)), {}),
        ((invertible(rng, 2, 3, 3), uniform(rng, 3, 2)), {}),
        ((invertible(rng, 3, 3), uniform(rng, 2, 3, 1)), {}),
    ],
    doc="Solve ``a @ x = b`` for ``x``; ``b`` is a vector or a stack of matrices.",
)


@composite(
    numpy=np.linalg.tensorinv,
    samples=lambda rng: [((invertible(rng, 4, 4).reshape(2, 2, 4),), {"ind": 2})],
)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Inverse with respect to ``tensordot`` over the first ``ind`` axes."""
    a = arrayed(a)
    if ind <= 0:
        raise ValueError(f"tensorinv: ind={ind}; it is the number of leading axes, at least 1")
    size = int(np.prod(a.shape[ind:]))
    return inv(a.reshape((size, -1))).reshape((*a.shape[ind:], *a.shape[:ind]))


@composite(
    numpy=np.linalg.tensorsolve,
    samples=lambda rng: [
        ((invertible(rng, 4, 4).reshape(2, 2, 2, 2), uniform(rng, 2, 2)), {}),
        ((invertible(rng, 4, 4).reshape(2, 2, 4), uniform(rng, 2, 2)), {}),
    ],
)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Solve ``tensordot(a, x, x.ndim) = b`` for ``x``."""
    a, b = arrayed(a), arrayed(b)
    if axes is not None:
        moved = [k % a.ndim for k in axes]
        a = a.transpose([k for k in range(a.ndim) if k not in moved] + moved)
    shape = tuple(a.shape[b.ndim :])
    size = int(np.prod(shape))
    return solve(a.reshape((-1, size)), b.reshape(-1)).reshape(shape)


# Determinants -----------------------------------------------------------------------------------


def _cofactor(a: Any) -> Any:
    # det(U) det(V) U diag(products of the other singular values) V^T: no division, so it is right
    # for singular matrices too.
    u, s, vt = np.linalg.svd(a)
    ones = np.ones_like(s[..., :1])
    left = np.cumprod(np.concatenate([ones, s[..., :-1]], axis=-1), axis=-1)
    right = np.cumprod(np.concatenate([ones, s[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    sign = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    others = sign[..., None] * left * right
    return (u * others[..., None, :]) @ vt if s.shape[-1] else np.zeros_like(a)


def _cofactor_vjp(g: Any, out: Any, a: Any) -> Any:
    # cof = det inv^T, so its differential is (<dA, cof> cof - cof dA^T cof) / det.
    d = det(a)
    if not np.all(plain(d)):
        raise NotDifferentiableError(
            "the second derivative of det at a singular matrix is not available; move off the "
            "singular point, or write the determinant out"
        )
    inner = (g * out).sum(axis=(-2, -1), keepdims=True)
    return (inner * out - out @ g.mT @ out) / d.reshape((*d.shape, 1, 1))


cofactor = primitive(
    _cofactor,
    vjp=_cofactor_vjp,
    name="cofactor",
    samples=stacks(invertible, (3, 3), (2, 2, 2), (1, 1)),
    doc="Matrix of cofactors, the transpose of the adjugate: the gradient of ``det``.",
)
det = primitive(
    checked("det", np.linalg.det),
    vjp=lambda g, out, a: g.reshape((*g.shape, 1, 1)) * cofactor(a),
    name="det",
    numpy=np.linalg.det,
    samples=stacks(invertible, (3, 3), (2, 2, 2), (1, 1)),
    doc="Determinant; the gradient is the cofactor matrix, right for singular matrices too.",
)


class SlogdetResult(NamedTuple):
    """What :func:`slogdet` returns."""

    sign: Any
    logabsdet: Any


_slogdet = primitive(
    checked("slogdet", lambda a: tuple(np.linalg.slogdet(a))),
    vjp=lambda g, out, a: g[1].reshape((*g[1].shape, 1, 1)) * inv(a).mT,
    name="_slogdet",
    label="slogdet",
    multiple=True,
    samples=stacks(invertible, (3, 3), (2, 2, 2)),
    doc="Sign and logarithm of the absolute value of the determinant.",
)


@composite(numpy=np.linalg.slogdet, samples=stacks(invertible, (3, 3), (2, 2, 2)))
def slogdet(a: Any) -> SlogdetResult:
    """Sign and logarithm of the absolute value of the determinant."""
    return SlogdetResult(*_slogdet(a))
