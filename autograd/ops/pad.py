"""Padding: zeros or constants around an array, or its own elements again."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..op import composite, plain
from .index import getitem, scatter
from .join import concatenate
from .samples import uniform
from .shape import arrayed, expand_dims, moveaxis, shape_of

__all__ = ["pad"]

# Modes that repeat elements of the array: their index along an axis comes from np.pad itself.
REPEATING = ("edge", "reflect", "symmetric", "wrap")


def _widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    if isinstance(pad_width, dict):
        pairs: Any = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            pairs[axis] = tuple(np.broadcast_to(width, 2).tolist())
    else:
        widths = np.asarray(plain(pad_width))
        if widths.dtype.kind not in "iu":
            raise TypeError("`pad_width` must be of integral type.")
        pairs = np.broadcast_to(widths, (ndim, 2)).tolist()
    if any(n < 0 for pair in pairs for n in pair):
        raise ValueError("index can't contain negative values")
    return [(before, after) for before, after in pairs]


@composite(
    numpy=np.pad,
    samples=lambda rng: [
        ((uniform(rng, 2, 3), 1), {}),
        ((uniform(rng, 2, 3), ((1, 0), (0, 2))), {"constant_values": 3.0}),
        ((uniform(rng, 3), (2, 3)), {"mode": "edge"}),
        ((uniform(rng, 3, 4), ((1, 2), (3, 0))), {"mode": "reflect"}),
        ((uniform(rng, 3), (4, 5)), {"mode": "reflect"}),
        ((uniform(rng, 3), (4, 5)), {"mode": "reflect", "reflect_type": "odd"}),
        ((uniform(rng, 2, 2), 1), {"mode": "symmetric"}),
        ((uniform(rng, 3), (2, 4)), {"mode": "symmetric", "reflect_type": "odd"}),
        ((uniform(rng, 3), (2, 4)), {"mode": "wrap"}),
        ((uniform(rng, 2, 3), (2, 1)), {"mode": "linear_ramp", "end_values": 1.5}),
    ],
)
def pad(array: Any, pad_width: Any, mode: str = "constant", **kwargs: Any) -> Any:
    """Pad an array on both sides of each axis.

    Modes ``constant`` (``constant_values=``), ``edge``, ``reflect`` and ``symmetric``
    (``reflect_type=``), ``wrap``, ``linear_ramp`` (``end_values=``) and ``empty`` (which is zeros
    here), as ``numpy.pad`` has them.
    """
    array = arrayed(array)
    shape = shape_of(array)
    widths = _widths(pad_width, len(shape))
    odd = mode in ("reflect", "symmetric") and kwargs.pop("reflect_type", "even") == "odd"
    known = {"constant": "constant_values", "linear_ramp": "end_values"}.get(str(mode), "")
    unknown = [k for k in kwargs if k != known]
    if unknown:
        raise ValueError(f"unsupported keyword arguments for mode {mode!r}: {set(unknown)}")
    if mode in ("constant", "empty"):
        return _constant(array, shape, widths, kwargs.get("constant_values", 0))
    if mode == "linear_ramp":
        return _ramp(array, widths, kwargs.get("end_values", 0))
    if mode not in REPEATING:
        raise UnsupportedError(
            f"pad(mode={mode!r}) has no derivative rule; supported are 'constant', 'empty', "
            "'linear_ramp' and " + ", ".join(map(repr, REPEATING))
        )
    for axis, (before, after) in enumerate(widths):
        if not before and not after:
            continue
        lead = (slice(None),) * axis
        length = shape[axis]
        if not length:
            raise ValueError(f"can't extend empty axis {axis} using modes other than 'constant'")
        if odd:
            array = _odd(array, axis, before, after, mode)
        else:
            chosen = np.pad(np.arange(length), (before, after), mode=mode)  # type: ignore[call-overload]
            array = getitem(array, (*lead, chosen))
    return array


def _constant(array: Any, shape: tuple[int, ...], widths: list, values: Any) -> Any:
    inside = tuple(slice(b, b + n) for (b, _), n in zip(widths, shape, strict=True))
    wide = tuple(b + n + a for (b, a), n in zip(widths, shape, strict=True))
    out = scatter(array, inside, wide)
    values = np.asarray(plain(values) if isinstance(values, (int, float)) else values)
    if not values.any():
        return out
    return out + np.pad(np.zeros(shape, array.dtype), widths, constant_values=values)


def _odd(array: Any, axis: int, before: int, after: int, mode: Any) -> Any:
    """Reflection at the end points (2 x end - mirrored): its matrix is what it makes of units."""
    n = shape_of(array)[axis]
    width = ((before, after), (0, 0))
    matrix = np.pad(np.eye(n, dtype=array.dtype), width, mode=mode, reflect_type="odd")
    rows = expand_dims(moveaxis(array, axis, -1), -2)
    return moveaxis((rows * matrix).sum(axis=-1), -1, axis)


def _ramp(array: Any, widths: list, end_values: Any) -> Any:
    ends = np.broadcast_to(np.asarray(end_values), (len(widths), 2)).tolist()
    for axis, ((before, after), (low, high)) in enumerate(zip(widths, ends, strict=True)):
        lead = (slice(None),) * axis
        n = shape_of(array)[axis]
        trail = (1,) * (len(widths) - 1 - axis)
        parts = [array]
        if before:
            # From the end value, included, up to the edge, left out.
            w = (np.arange(before) / before).astype(array.dtype).reshape(-1, *trail)
            parts.insert(0, array[(*lead, slice(0, 1))] * w + low * (1 - w))
        if after:
            w = (np.arange(after)[::-1] / after).astype(array.dtype).reshape(-1, *trail)
            parts.append(array[(*lead, slice(n - 1, n))] * w + high * (1 - w))
        if len(parts) > 1:
            array = concatenate(parts, axis)
    return array
