"""``numpy.linalg``'s functions with derivatives, under NumPy's names.

What differs from the functions of the same name elsewhere is only what NumPy itself does
differently: ``trace``, ``diagonal``, ``outer`` and ``cross`` here are those of ``numpy.linalg``,
which work on the last axes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from .op import plain
from .ops.decompositions import (
    EighResult,
    QRResult,
    SVDResult,
    cholesky,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    qr,
    svd,
    svdvals,
)
from .ops.least_squares import LstsqResult, lstsq, pinv
from .ops.linalg import (
    SlogdetResult,
    cofactor,
    det,
    diagonal,
    inv,
    matrix_transpose,
    outer,
    slogdet,
    solve,
    tensorinv,
    tensorsolve,
    trace,
)
from .ops.linalg_products import (
    cross,
    matmul,
    matrix_power,
    multi_dot,
    tensordot,
    vecdot,
)
from .ops.norms import cond, matrix_norm, norm, vector_norm

__all__ = [
    "EighResult",
    "LinAlgError",
    "LstsqResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "cofactor",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Rank of matrices, a plain integer: it has no derivative."""
    return np.linalg.matrix_rank(plain(A), plain(tol), hermitian, rtol=rtol)
