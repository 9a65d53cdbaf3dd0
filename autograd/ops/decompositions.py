"""Decompositions: ``cholesky``, ``eigh``, ``svd`` and ``qr``, as in ``numpy.linalg``.

All of them work on stacks of matrices in the last two axes. Conventions:

- ``cholesky``, ``eigh`` and ``eigvalsh`` read one triangle, as NumPy does. For a symmetric matrix
  the gradient is symmetric, as in JAX and PyTorch: each off-diagonal pair shares what belongs to
  it. For a matrix that is not symmetric it is the gradient of what was computed, which the
  triangle that was not read does not influence.
- Eigenvectors and singular vectors of a repeated eigenvalue or singular value are not unique and
  have no derivative. Where the cotangent does not depend on them (eigenvalues alone, say) they
  contribute zero; where it does, there is an error.
- A singular value that is 0 has gradient 0 there, as the absolute value has.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import numpy as np

from ..errors import NotDifferentiableError, UnsupportedError, describe
from ..op import NUMPY, composite, gate, plain, primitive, where
from .join import concatenate
from .linalg import solve
from .matrices import checked, of_triangle, refuse_shape, stacks
from .samples import spd, uniform
from .shape import arrayed

__all__ = [
    "EighResult",
    "QRResult",
    "SVDResult",
    "cholesky",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "qr",
    "svd",
    "svdvals",
]

LinAlgError = np.linalg.LinAlgError

# Symmetric matrices -----------------------------------------------------------------------------


def _loose(make: Any, lower: bool = True) -> Any:
    """Symmetric matrices with something else in the triangle that is not read."""

    def samples(rng: Any, *shape: int) -> Any:
        a = make(rng, *shape)
        other = uniform(rng, *shape)
        return np.tril(a) + np.triu(other, 1) if lower else np.triu(a) + np.tril(other, -1)

    return samples


def _cholesky(a: Any, /, *, upper: bool = False) -> Any:
    try:
        return np.linalg.cholesky(a, upper=upper)
    except LinAlgError as error:
        refuse_shape("cholesky", a, error)


def _cholesky_vjp(g: Any, out: Any, a: Any, upper: bool) -> Any:
    # Murray 2016, equation (9): L^-T Phi(L^T g) L^-1, Phi the lower half with half its diagonal.
    factor, g = (out.mT, g.mT) if upper else (out, g)
    product = factor.mT @ g
    n = a.shape[-1]
    half = np.tril(np.ones_like(plain(a), shape=(n, n)))
    middle = product * (half - 0.5 * np.eye(n, dtype=half.dtype))
    ct = solve(factor.mT, solve(factor.mT, middle.mT).mT)
    return of_triangle(ct, a, not upper)


cholesky = primitive(
    _cholesky,
    vjp=_cholesky_vjp,
    name="cholesky",
    numpy=np.linalg.cholesky,
    samples=lambda rng: [
        ((_loose(spd)(rng, 3, 3),), {}),
        ((_loose(spd)(rng, 2, 2, 2),), {}),
        ((_loose(spd, lower=False)(rng, 3, 3),), {"upper": True}),
    ],
    doc="""Cholesky factor ``L`` of positive definite matrices ``L @ L.mT``.

    One triangle is read. The gradient for a symmetric matrix is symmetric.
    """,
)


class EighResult(NamedTuple):
    """What :func:`eigh` returns."""

    eigenvalues: Any
    eigenvectors: Any


def _reciprocals(differences: Any, n: int) -> Any:
    """One over each difference, zero on the diagonal."""
    diagonal = np.eye(n, dtype=bool)
    return where(diagonal, 0.0, 1.0 / where(diagonal, 1.0, differences))


def _check_distinct(name: str, differences: Any, *cotangents: Any) -> None:
    tied = (plain(differences) == 0) & ~np.eye(differences.shape[-1], dtype=bool)
    if tied.any() and any((tied & (plain(c) != 0)).any() for c in cotangents):
        what, values, cure = (
            ("eigenvectors", "eigenvalues", "eigvalsh")
            if name == "eigh"
            else ("singular vectors", "singular values", "svdvals")
        )
        raise NotDifferentiableError(
            f"{name}: repeated {values}, whose {what} are not unique and have no derivative, and "
            f"the result depends on them. Use {cure} if only the {values} matter, or move the "
            "matrix off the degenerate point by a small perturbation"
        )


def _eigh(a: Any, UPLO: Any = "L") -> tuple:
    try:
        return tuple(np.linalg.eigh(a, UPLO))
    except LinAlgError as error:
        refuse_shape("eigh", a, error)


def _eigh_vjp(g: Any, out: Any, a: Any, UPLO: str) -> Any:
    # Giles 2008, section 3.1: V (diag(gw) + F * V^T gV) V^T with F_ij = 1 / (w_j - w_i).
    (gw, gv), (w, v) = g, out
    n = w.shape[-1]
    differences = w[..., None, :] - w[..., :, None]
    turned = v.mT @ gv
    _check_distinct("eigh", differences, turned)
    middle = gate(turned, _reciprocals(differences, n))
    middle = middle + gw[..., None, :] * np.eye(n, dtype=plain(w).dtype)
    return of_triangle(v @ middle @ v.mT, a, UPLO.upper() == "L")


_eigh_op = primitive(
    _eigh,
    vjp=_eigh_vjp,
    name="_eigh_op",
    label="eigh",
    multiple=True,
    samples=lambda rng: [
        ((_loose(spd)(rng, 3, 3),), {}),
        ((_loose(spd)(rng, 2, 2, 2),), {}),
        ((_loose(spd, lower=False)(rng, 3, 3),), {"UPLO": "U"}),
    ],
    doc="Eigenvalues in ascending order and eigenvectors of symmetric matrices.",
)


@composite(numpy=np.linalg.eigh, samples=lambda rng: [((_loose(spd)(rng, 3, 3),), {})])
def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices.

    One triangle is read. The gradient for a symmetric matrix is symmetric. Eigenvectors of a
    repeated eigenvalue have no derivative: an error if the result depends on them.
    """
    return EighResult(*_eigh_op(a, UPLO=UPLO))


def _eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    try:
        return np.linalg.eigvalsh(a, UPLO)
    except LinAlgError as error:
        refuse_shape("eigvalsh", a, error)


def _eigvalsh_vjp(g: Any, out: Any, a: Any, UPLO: str) -> Any:
    v = _eigh_op(a, UPLO=UPLO)[1]
    return of_triangle((v * g[..., None, :]) @ v.mT, a, UPLO.upper() == "L")


eigvalsh = primitive(
    _eigvalsh,
    vjp=_eigvalsh_vjp,
    name="eigvalsh",
    numpy=np.linalg.eigvalsh,
    samples=lambda rng: [
        ((_loose(spd)(rng, 3, 3),), {}),
        ((_loose(spd)(rng, 2, 2, 2),), {}),
        ((_loose(spd, lower=False)(rng, 3, 3),), {"UPLO": "U"}),
    ],
    doc="Eigenvalues of symmetric matrices, ascending; differentiable where they repeat too.",
)


def eig(a: Any) -> NoReturn:
    """Refused, with what to use instead: eigenvectors of general matrices are complex."""
    _refuse_eig("eig", a)


def eigvals(a: Any) -> NoReturn:
    """Refused, with what to use instead: eigenvalues of general matrices are complex."""
    _refuse_eig("eigvals", a)


def _refuse_eig(name: str, a: Any) -> NoReturn:
    raise UnsupportedError(
        f"{name} of a general matrix ({describe(a)}) is complex and has no derivative rule; use "
        "eigh or eigvalsh for symmetric matrices, or svd"
    )


NUMPY[np.linalg.eig] = eig
NUMPY[np.linalg.eigvals] = eigvals


# Singular values --------------------------------------------------------------------------------


class SVDResult(NamedTuple):
    """What :func:`svd` returns."""

    U: Any
    S: Any
    Vh: Any


def _svd_vjp(g: Any, out: Any, a: Any) -> Any:
    # Townsend 2016, with its 1 / (s_j^2 - s_i^2) written as sums and differences, which lose
    # fewer digits.
    (gu, gs, gvt), (u, s, vt) = g, out
    rows, columns = a.shape[-2:]
    k = min(rows, columns)
    differences = s[..., None, :] - s[..., :, None]
    sums = s[..., None, :] + s[..., :, None]
    left, right = u.mT @ gu, vt @ gvt.mT
    left, right = (left - left.mT) * 0.5, (right - right.mT) * 0.5
    _check_distinct("svd", differences, left, right)
    _check_distinct("svd", sums, left, right)
    middle = gate(left + right, _reciprocals(differences, k))
    middle = middle + gate(left - right, _reciprocals(sums, k))
    middle = middle + gs[..., None, :] * np.eye(k, dtype=plain(s).dtype)
    ct = u @ middle @ vt
    if rows > k:
        rest = _over(gu - u @ (u.mT @ gu), s[..., None, :])
        ct = ct + rest @ vt
    if columns > k:
        rest = _over(gvt - (gvt @ vt.mT) @ vt, s[..., :, None])
        ct = ct + u @ rest
    return ct


def _over(g: Any, s: Any) -> Any:
    """``g / s`` for singular vectors; those of a zero singular value are not unique."""
    if ((plain(s) == 0) & (plain(g) != 0)).any():
        raise NotDifferentiableError(
            "svd: a singular value is zero, so its vectors are not unique and have no derivative, "
            "and the result depends on them; use svdvals if only the singular values matter"
        )
    return gate(g, 1.0 / s)


def _rectangles(rng: Any, *shape: int) -> Any:
    """Matrices with singular values well apart from each other and from zero."""
    k = min(shape[-2:])
    u = np.linalg.qr(rng.standard_normal((*shape[:-1], k)))[0]
    v = np.linalg.qr(rng.standard_normal((*shape[:-2], shape[-1], k)))[0]
    s = np.arange(k, 0, -1) + rng.uniform(-0.2, 0.2, (*shape[:-2], k))
    return (u * s[..., None, :]) @ v.swapaxes(-1, -2)


_svd = primitive(
    checked("svd", lambda a: tuple(np.linalg.svd(a, full_matrices=False))),
    vjp=_svd_vjp,
    name="_svd",
    label="svd",
    multiple=True,
    samples=stacks(_rectangles, (3, 3), (4, 2), (2, 4), (2, 3, 2)),
    doc="Reduced singular value decomposition.",
)


@composite(
    numpy=np.linalg.svd,
    samples=lambda rng: [
        ((_rectangles(rng, 4, 2),), {"full_matrices": False}),
        ((_rectangles(rng, 3, 3),), {}),
        ((_rectangles(rng, 2, 3),), {"compute_uv": False}),
    ],
)
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """Singular value decomposition ``U @ diag(S) @ Vh``, reduced.

    ``full_matrices=True`` is for square matrices, where it makes no difference: the further
    vectors of a rectangular matrix are not unique and have no derivative.
    """
    a = arrayed(a)
    if hermitian:
        a = _mirrored(a)
    if not compute_uv:
        return svdvals(a)
    if full_matrices and a.ndim > 1 and a.shape[-1] != a.shape[-2]:
        raise UnsupportedError(
            f"svd: full_matrices=True for shape {tuple(a.shape)}: the further singular vectors are "
            "not unique and have no derivative; give full_matrices=False"
        )
    return SVDResult(*_svd(a))


def _mirrored(a: Any) -> Any:
    """The symmetric matrix of which ``a`` holds the lower triangle."""
    mask = np.tri(a.shape[-1], dtype=bool)
    return where(mask, a, a.mT)


def _svdvals_vjp(g: Any, out: Any, a: Any) -> Any:
    u, _, vt = _svd(a)
    # |s| has a kink at 0: its derivative there is 0, as that of the absolute value.
    g = where(plain(out) > 0, g, 0.0)
    return (u * g[..., None, :]) @ vt


svdvals = primitive(
    checked("svdvals", lambda x: np.linalg.svd(x, compute_uv=False)),
    vjp=_svdvals_vjp,
    name="svdvals",
    numpy=np.linalg.svdvals,
    samples=stacks(_rectangles, (3, 3), (4, 2), (2, 4), (2, 3, 2)),
    doc="Singular values, descending; differentiable where they repeat too.",
)


# QR ---------------------------------------------------------------------------------------------


class QRResult(NamedTuple):
    """What :func:`qr` returns."""

    Q: Any
    R: Any


def _qr_vjp(g: Any, out: Any, a: Any) -> Any:
    (gq, gr), (q, r) = g, out
    rows, columns = a.shape[-2:]
    if rows >= columns:
        return _qr_tall(gq, gr, q, r)
    # A = [A1 A2] = Q [R1 R2]: R2 = Q^T A2 only multiplies, so its part goes through Q.
    rest = a[..., rows:]
    ct = _qr_tall(gq + rest @ gr[..., rows:].mT, gr[..., :rows], q, r[..., :rows])
    return concatenate([ct, q @ gr[..., rows:]], axis=-1)


def _qr_tall(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    # Walter and Lehmann 2018: (gQ + Q sym(M)) R^-T with M = R gR^T - gQ^T Q, its lower triangle
    # mirrored.
    m = _mirrored(r @ gr.mT - gq.mT @ q)
    try:
        return solve(r, (gq + q @ m).mT).mT
    except LinAlgError:
        raise NotDifferentiableError(
            "qr: the matrix has linearly dependent columns, so its factors have no derivative"
        ) from None


_qr = primitive(
    checked("qr", lambda a: tuple(np.linalg.qr(a))),
    vjp=_qr_vjp,
    name="_qr",
    label="qr",
    multiple=True,
    samples=stacks(_rectangles, (3, 3), (4, 2), (2, 4), (2, 3, 2)),
    doc="Reduced QR decomposition.",
)


@composite(
    numpy=np.linalg.qr,
    samples=lambda rng: [
        ((_rectangles(rng, 4, 2),), {}),
        ((_rectangles(rng, 3, 3),), {"mode": "complete"}),
        ((_rectangles(rng, 3, 2),), {"mode": "r"}),
    ],
)
def qr(a: Any, mode: str = "reduced") -> Any:
    """QR decomposition with orthonormal ``Q`` and upper triangular ``R``, reduced.

    ``mode="r"`` gives ``R`` alone; ``mode="complete"`` is for matrices with no more rows than
    columns, where it makes no difference.
    """
    a = arrayed(a)
    if mode == "r":
        return _qr(a)[1]
    if mode == "reduced" or (mode == "complete" and a.shape[-2] <= a.shape[-1]):
        return QRResult(*_qr(a))
    if mode == "complete":
        raise UnsupportedError(
            f"qr: mode='complete' for shape {tuple(a.shape)}: the further columns of Q are not "
            "unique and have no derivative; use mode='reduced'"
        )
    raise UnsupportedError(f"qr: mode={mode!r}; it takes 'reduced', 'r' and 'complete'")
