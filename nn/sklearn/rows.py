"""Examples, dense or sparse, taken by the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["chunks", "dense_if_small", "take"]

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
