"""NumPy's functions that write into an array: each is an item assignment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..op import NUMPY, plain, where
from .index import _along, _bounded, _integers, getitem
from .shape import arrayed, broadcast_to, ravel, shape_of

__all__ = ["copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"]


def _answers(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """Let NumPy's function find ours; what writes is no op, the item assignment in it is."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        NUMPY[theirs] = function
        return function

    return mark


@_answers(np.put_along_axis)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None = None) -> None:
    """Write ``values`` along ``axis`` at indices of their own for each slice."""
    if axis is None:
        put(arr, indices, values)
        return
    _, index = _along(indices, arr, axis)
    arr[index] = values


@_answers(np.put)
def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """Write ``v``, repeated as needed, at places of the flattened array."""
    shape = shape_of(a)
    size = int(np.prod(shape))
    places = _bounded(_integers(ind, "put"), size, mode).reshape(-1)
    if not places.size:
        return
    if places.min() < -size or places.max() >= size:
        raise IndexError(f"index out of bounds for an array of {size} elements")
    places = np.where(places < 0, places + size, places)
    a[np.unravel_index(places, shape)] = _cycled(v, places.size)


def _cycled(v: Any, n: int) -> Any:
    flat = ravel(v)
    held = shape_of(flat)[0]
    if not held:
        raise ValueError("cannot write from an empty array")
    return getitem(flat, np.arange(n) % held)


@_answers(np.putmask)
def putmask(a: Any, mask: Any, values: Any) -> None:
    """Write where ``mask`` holds; shorter ``values`` repeat over the whole array."""
    mask = np.asarray(plain(mask), bool)
    places = np.flatnonzero(mask)
    flat = ravel(values)
    a[mask] = getitem(flat, places % shape_of(flat)[0])


@_answers(np.place)
def place(arr: Any, mask: Any, vals: Any) -> None:
    """Write the next of ``vals``, repeated as needed, at each place where ``mask`` holds."""
    mask = np.asarray(plain(mask), bool).reshape(shape_of(arr))
    if mask.any():
        arr[mask] = _cycled(vals, int(mask.sum()))


@_answers(np.copyto)
def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Write ``src`` into ``dst``, where ``where`` holds."""
    src = arrayed(src)
    if not np.can_cast(src.dtype, dst.dtype, casting):  # type: ignore[arg-type]
        raise TypeError(
            f"Cannot cast array data from {src.dtype} to {dst.dtype} by the rule {casting!r}"
        )
    src = broadcast_to(src, shape_of(dst))
    dst[...] = src if where is True else _choose(where, src, dst)


def _choose(mask: Any, src: Any, dst: Any) -> Any:
    return where(plain(mask), src, dst)


@_answers(np.fill_diagonal)
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Write ``val`` on the main diagonal."""
    shape = shape_of(a)
    if len(shape) < 2:
        raise ValueError("array must be at least 2-d")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    step = shape[1] + 1 if len(shape) == 2 else int(np.cumprod((1, *shape[:-1])).sum())
    end = None if wrap or len(shape) > 2 else shape[1] * shape[1]
    places = np.arange(int(np.prod(shape)))[:end:step]
    put(a, places, val)
