"""Well-conditioned matrices of many kinds, with eigenvalues far apart.

A matrix is a diagonal of distinct integers with small dyadic numbers around it: by Gershgorin's
theorem (1931) every eigenvalue stays within 3/8 of its integer, and the text is short.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from .choose import Choose, from_draw
from .points import smooth

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["KINDS", "draw_matrix", "matrices"]

KINDS = ("spd", "invertible", "orthogonal", "symmetric", "triangular", "rectangular")


@st.composite
def matrices(
    draw: Any,
    n: Any = 3,
    kind: str = "invertible",
    *,
    columns: Any = None,
    batch: Sequence[int] = (),
    lower: bool = True,
    dtype: DTypeLike = np.float64,
) -> np.ndarray:
    """Well-conditioned matrices with distinct eigenvalues (and singular values).

    Parameters
    ----------
    n : int or strategy
        The number of rows.
    kind : {"spd", "invertible", "orthogonal", "symmetric", "triangular", "rectangular"}
        ``spd`` is symmetric positive definite; ``orthogonal`` has ``q @ q.T`` equal to 1 up to
        rounding; ``rectangular`` has full rank.
    columns : int or strategy, optional
        For ``rectangular``; one more than ``n`` if not given.
    batch : sequence of int
        Axes before the last two, of different matrices.
    lower : bool
        For ``triangular``: which half is filled.
    dtype : dtype
        A floating-point type.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(matrices(2, "spd"), lambda a: True)
    array([[1.      , 0.015625],
           [0.015625, 2.      ]])
    """
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}; got {kind!r}")
    n = draw(n) if isinstance(n, st.SearchStrategy) else n
    columns = draw(columns) if isinstance(columns, st.SearchStrategy) else columns
    if kind == "rectangular":
        columns = n + 1 if columns is None else columns
    elif columns not in (None, n):
        raise ValueError(f"{kind} matrices are square: leave out columns={columns}")
    choose = from_draw(draw)
    made = [draw_matrix(choose, n, kind, columns, lower) for _ in range(math.prod(batch))]
    width = n if columns is None else columns
    return np.array(made, dtype).reshape(*batch, n, width)


def draw_matrix(
    choose: Choose, n: int, kind: str, columns: int | None = None, lower: bool = True
) -> np.ndarray:
    """A matrix drawn with ``choose``; see :func:`matrices`."""
    m = n if columns is None else columns
    if kind == "triangular":
        full = smooth(choose, (n, n))
        half = np.tril(full, -1) if lower else np.triu(full, 1)
        return half + np.diag(_diagonal(choose, n, signed=True))
    if kind == "orthogonal":
        # Cayley: the exponential's rational cousin takes skew matrices to rotations.
        skew = np.triu(smooth(choose, (n, n)), 1)
        skew = skew - skew.T
        rotation = np.linalg.solve(np.eye(n) + skew, np.eye(n) - skew)
        return rotation * np.array([-1.0 if choose(0, 1) else 1.0 for _ in range(n)])
    around = _around(choose, n, m)
    diagonal = np.zeros((n, m))
    k = min(n, m)
    diagonal[range(k), range(k)] = _diagonal(choose, k, signed=kind not in ("spd", "rectangular"))
    if kind in ("spd", "symmetric"):
        around = np.triu(around, 1)
        around = around + around.T
    else:
        around[range(k), range(k)] = 0.0
    return diagonal + around


def _diagonal(choose: Choose, n: int, signed: bool) -> np.ndarray:
    """The numbers 1 to ``n`` in some order."""
    left = list(range(1, n + 1))
    order = [left.pop(choose(0, len(left) - 1)) for _ in range(n)]
    signs = [-1.0 if signed and choose(0, 1) else 1.0 for _ in range(n)]
    return np.array(order, float) * signs


def _around(choose: Choose, n: int, m: int) -> np.ndarray:
    """Dyadic numbers that move no eigenvalue by more than 3/8."""
    if n * m == 0:
        return np.zeros((n, m))
    largest = 0.375 / max(n, m)
    return smooth(choose, (n, m), (-largest, largest))
