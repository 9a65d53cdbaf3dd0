"""Numbers and arrays as JSON, and back.

A float is written as Python's ``repr`` has it, which reads back to the same bits; NaN and the
infinities, for which JSON has no numbers, are the strings ``"NaN"``, ``"Infinity"`` and
``"-Infinity"``. Elements of narrower floats are written as the float64 that equals them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...graph import Parts
from .summary import ArraySummary, Other, summarise

__all__ = ["Misfit", "decode", "decode_number", "encode", "encode_number"]

SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
FIGURES = ("min", "max", "mean", "std", "norm")
WIDE = ("float96", "float128")
TEXT = 200
"""Characters kept of what has no form in JSON."""
FEW = 10**18
"""Larger integers may have more digits than Python turns into text."""


class Misfit(ValueError):
    """A value that cannot be read: where in it, and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


def encode(x: Any, most: float) -> Any:
    """A value as what ``json`` writes; arrays of more than ``most`` elements as statistics."""
    if type(x) is tuple:
        return {"type": "tuple", "items": [_single(item, most) for item in x]}
    if isinstance(x, dict):
        items = [_single(item, most) for item in x.values()]
        return {"type": "parts", "outputs": [int(k) for k in x], "items": items}
    return _single(x, most)


def _single(x: Any, most: float) -> Any:
    if x is None or type(x) is bool:
        return x
    if type(x) is float or isinstance(x, np.float64):
        return encode_number(x)
    if type(x) is int and abs(x) < FEW:
        return x
    if isinstance(x, np.bool_):
        return bool(x)
    if isinstance(x, (np.ndarray, np.generic)):
        array = np.asarray(x)
        if array.dtype.kind in "biuf":
            return _array(array, "array" if isinstance(x, np.ndarray) else "scalar", most)
    if isinstance(x, ArraySummary):
        return _summary(x)
    if isinstance(x, Other):
        return {"type": "other", "text": x.text}
    try:
        text = repr(x)
    except Exception as error:  # an object of the user's, or an integer of too many digits
        text = f"<{type(x).__name__} that has no repr: {type(error).__name__}>"
    return {"type": "other", "text": text if len(text) <= TEXT else text[: TEXT - 1] + "…"}


def encode_number(x: float | None) -> float | str | None:
    """A float; a string if it is not finite."""
    if x is None or math.isfinite(x):
        return None if x is None else float(x)
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def _array(array: np.ndarray, kind: str, most: float) -> dict[str, Any]:
    if array.size > most:
        return _summary(summarise(array))
    values: list[Any]
    if array.dtype.name in WIDE:
        values = [_decimal(x) for x in array.ravel()]
    else:
        values = array.ravel().tolist()
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            values = [encode_number(x) for x in values]
    head = {"type": kind, "dtype": array.dtype.name, "shape": list(array.shape)}
    return {**head, "values": values}


def _decimal(x: Any) -> Any:
    finite = bool(np.isfinite(x))
    return np.format_float_scientific(x, trim="-") if finite else encode_number(float(x))


def _summary(s: ArraySummary) -> dict[str, Any]:
    numbers = {k: getattr(s, k) for k in FIGURES}
    return {
        "type": "summary",
        "dtype": s.dtype.name,
        "shape": list(s.shape),
        **{k: getattr(s, k) for k in ("finite", "nan", "inf", "zero")},
        **{k: encode_number(x) for k, x in numbers.items() if x is not None},
    }


# Back -----------------------------------------------------------------------------------------


def decode(x: Any) -> Any:
    """What :func:`encode` was given, from what the schema has found to be of the right form."""
    if not isinstance(x, dict):
        return decode_number(x)
    kind = x["type"]
    if kind in ("array", "scalar"):
        array = _read_array(x)
        return array if kind == "array" else array[()]
    if kind == "summary":
        return _read_summary(x)
    if kind == "other":
        return Other(x["text"])
    items = []
    for i, item in enumerate(x["items"]):
        if isinstance(item, dict) and item["type"] in ("tuple", "parts"):
            raise Misfit(f".items[{i}]", f"a {kind} holds numbers and arrays, got a {item['type']}")
        try:
            items.append(decode(item))
        except Misfit as error:
            raise Misfit(f".items[{i}]{error.where}", error.why) from None
    if kind == "tuple":
        return tuple(items)
    outputs = x["outputs"]
    if len(outputs) != len(items) or len(set(outputs)) != len(items):
        raise Misfit(".outputs", f"{len(items)} different numbers go with the items")
    return Parts(zip(outputs, items, strict=True))


def decode_number(x: Any) -> Any:
    """A number, or the special one that a string stands for."""
    return SPECIAL[x] if isinstance(x, str) else x


def _read_dtype(name: str) -> np.dtype:
    try:
        return np.dtype(name)
    except TypeError:
        raise Misfit(".dtype", f"this machine has no {name}") from None


def _read_array(x: dict[str, Any]) -> np.ndarray:
    dtype, shape, values = _read_dtype(x["dtype"]), tuple(x["shape"]), x["values"]
    size = math.prod(shape)
    if len(values) != size:
        raise Misfit(".values", f"shape {shape} has {size} elements, got {len(values)}")
    if x["type"] == "scalar" and shape:
        raise Misfit(".shape", f"a scalar's is empty, got {shape}")
    wide = x["dtype"] in WIDE
    for i, value in enumerate(values):
        if not _fits(value, dtype.kind, wide):
            raise Misfit(f".values[{i}]", f"{value!r:.40} is no {dtype.name}")
    if dtype.kind == "f" and not wide:
        values = [decode_number(value) for value in values]
    try:
        with np.errstate(over="raise"):
            # By way of an array: an integer too large for the dtype raises there as well.
            return np.array(values, dtype=dtype).reshape(shape)
    except (OverflowError, FloatingPointError, ValueError) as error:
        raise Misfit(".values", f"not all of them fit into {dtype.name} ({error})") from None


def _fits(value: Any, kind: str, wide: bool) -> bool:
    if kind == "b":
        return isinstance(value, bool)
    if kind in "iu":
        return type(value) is int
    if wide:
        return isinstance(value, str)
    return type(value) in (int, float) or (isinstance(value, str) and value in SPECIAL)


def _read_summary(x: dict[str, Any]) -> ArraySummary:
    shape, size = tuple(x["shape"]), math.prod(x["shape"])
    finite, nan, inf = x["finite"], x["nan"], x["inf"]
    if finite + nan + inf != size:
        raise Misfit(".shape", f"it has {size} elements, and {finite + nan + inf} are counted")
    if x["zero"] > finite:
        raise Misfit(".zero", f"{x['zero']} of {finite} finite elements")
    low, high, mean, std, norm = (decode_number(x.get(k)) for k in FIGURES)
    dtype = _read_dtype(x["dtype"])
    return ArraySummary(dtype, shape, finite, nan, inf, x["zero"], low, high, mean, std, norm)
