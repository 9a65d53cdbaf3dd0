"""Examples, dense or sparse, taken by the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["batch_bounds", "chunks", "dense_if_small", "take"]

_SMALL = 1 << 26  # bytes
_CHUNK = 1 << 19  # numbers


def dense_if_small(x: Any, dtype: Any) -> Any:
    """An array of ``dtype``; or CSR as before, if as an array it would fill memory."""
    if isinstance(x, np.ndarray) or x.shape[0] * x.shape[1] * np.dtype(dtype).itemsize > _SMALL:
        return x.astype(dtype, copy=False)
    return x.toarray().astype(dtype, copy=False)


def take(x: Any, rows: Any) -> np.ndarray:
    """Some rows as an array; ``rows`` are indices or a slice."""
    if isinstance(x, np.ndarray):
        return x[rows] if isinstance(rows, slice) else x.take(rows, axis=0)
    return x[rows].toarray()


def chunks(x: Any, width: int) -> list[slice]:
    """Slices of so many rows that arrays ``width`` wide stay in a cache's reach."""
    n = x.shape[0]
    size = max(256, _CHUNK // max(width, 1))
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def batch_bounds(n: int, size: int, least: int = 1) -> list[tuple[int, int]]:
    """Where batches start and stop; a last one of fewer than ``least`` joins the one before.

    Examples
    --------
    >>> from nn.sklearn.rows import batch_bounds
    >>> batch_bounds(5, 2), batch_bounds(5, 2, least=2)
    ([(0, 2), (2, 4), (4, 5)], [(0, 2), (2, 5)])
    """
    starts = list(range(0, n, size))
    if len(starts) > 1 and n - starts[-1] < least:
        starts.pop()
    return list(zip(starts, [*starts[1:], n]))
