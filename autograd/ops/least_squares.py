"""The pseudo-inverse and least squares; their derivatives hold the rank fixed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..op import composite, plain, primitive
from .decompositions import svdvals
from .matrices import of_triangle
from .samples import invertible, uniform
from .shape import arrayed

__all__ = ["LstsqResult", "lstsq", "pinv"]

LinAlgError = np.linalg.LinAlgError


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    tolerance = {} if rtol is None else {"rtol": rtol}
    return np.linalg.pinv(a, rcond, hermitian, **tolerance)


def _pinv_vjp(g: Any, p: Any, a: Any, rcond: Any, hermitian: bool, rtol: Any) -> Any:
    # Golub and Pereyra 1973, equation (4.12), transposed; valid where the rank stays the same.
    pt, gt = p.mT, g.mT
    ct = -(pt @ g @ pt)
    # (I - A P) G^T P P^T and P^T P G^T (I - P A)
    first = gt @ p @ pt
    second = pt @ p @ gt
    ct = ct + (first - a @ (p @ first)) + (second - (second @ p) @ a)
    return of_triangle(ct, a, lower=True) if hermitian else ct


pinv = primitive(
    _pinv,
    vjp=_pinv_vjp,
    name="pinv",
    label="A⁺",
    numpy=np.linalg.pinv,
    samples=lambda rng: [
        ((np.concatenate([invertible(rng, 2, 2), uniform(rng, 1, 2)]),), {}),
        ((np.concatenate([invertible(rng, 2, 2), uniform(rng, 2, 1)], axis=1),), {}),
        ((invertible(rng, 2, 2, 2),), {}),
    ],
    doc="Moore-Penrose inverse; its derivative holds the rank fixed.",
)


class LstsqResult(NamedTuple):
    """What :func:`lstsq` returns."""

    x: Any
    residuals: Any
    rank: Any
    s: Any


def _tall(rng: Any, rows: int, columns: int) -> Any:
    return np.concatenate(
        [invertible(rng, columns, columns), uniform(rng, rows - columns, columns)]
    )


@composite(
    numpy=np.linalg.lstsq,
    samples=lambda rng: [
        ((_tall(rng, 4, 2), uniform(rng, 4)), {}),
        ((_tall(rng, 4, 2), uniform(rng, 4, 3)), {}),
        ((_tall(rng, 4, 2).T.copy(), uniform(rng, 2)), {}),
    ],
)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> LstsqResult:
    """Least-squares solution of ``a @ x = b``, of least norm where there are several.

    Returns
    -------
    x, residuals, rank, s
        As ``numpy.linalg.lstsq``; ``x``, ``residuals`` and the singular values ``s`` carry
        gradients, which hold the rank fixed.
    """
    a, b = arrayed(a), arrayed(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise LinAlgError(
            f"lstsq: shapes {tuple(a.shape)} and {tuple(b.shape)} do not fit: a is a matrix, and b "
            "has one entry or one row for each row of a"
        )
    rows, columns = a.shape
    if rcond is None:
        rcond = float(np.finfo(a.dtype).eps) * max(rows, columns) if a.dtype.kind == "f" else None
    s = svdvals(a)
    values = plain(s)
    cutoff = (rcond or np.finfo(values.dtype).eps * max(rows, columns)) * values.max(initial=0.0)
    rank = int((values > cutoff).sum())
    x = pinv(a, rtol=rcond) @ b
    if rank == columns and rows > columns:
        rest = a @ x - b
        residuals = (rest * rest).sum(axis=0)
        if b.ndim == 1:
            residuals = residuals.reshape((1,))
    else:
        residuals = np.zeros((0,), dtype=x.dtype)
    return LstsqResult(x, residuals, rank, s)
