"""Whether arrays hold the same bits, and arrays that hold none."""

from __future__ import annotations

import mmap

import numpy as np
from numpy.lib.array_utils import byte_bounds

__all__ = ["BIG", "hollow", "same_bits"]

BIG = 4096
"""Bytes from which an array's memory is worth giving back."""

_WHOLE = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
_room = mmap.mmap(-1, 1 << 20, access=mmap.ACCESS_READ)
"""Memory that nobody can write to, for which the system sets none aside."""


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are of one shape and dtype, and alike in each bit.

    Examples
    --------
    >>> same_bits(np.array([np.nan, 1.0]), np.array([np.nan, 1.0]))
    True
    >>> same_bits(np.array([0.0]), np.array([-0.0]))
    False
    """
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    whole = _WHOLE.get(a.itemsize)
    if a.nbytes < BIG or whole is None or a.dtype.hasobject:
        return a.tobytes() == b.tobytes()
    try:
        return bool((a.view(whole) == b.view(whole)).all())
    except ValueError:  # the last axis has gaps
        return a.tobytes() == b.tobytes()


def hollow(x: np.ndarray) -> np.ndarray:
    """An array of the same shape, dtype and strides, which is all zeros and takes no memory.

    Small ones are left as they are.

    Examples
    --------
    >>> hollow(np.ones((5000, 2))).any(), hollow(np.ones(2)).any()
    (np.False_, np.True_)
    """
    global _room
    whole = x if x.base is None else x.base
    if getattr(whole, "nbytes", BIG) < BIG or x.dtype.hasobject:
        return x
    low, high = byte_bounds(x)
    room = _room
    if high - low > len(room):
        room = _room = mmap.mmap(-1, 2 * (high - low), access=mmap.ACCESS_READ)
    return np.ndarray(x.shape, x.dtype, room, x.__array_interface__["data"][0] - low, x.strides)
