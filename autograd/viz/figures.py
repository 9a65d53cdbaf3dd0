"""Numbers as short text: a float in four digits, an array as its shape and a few statistics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = [
    "SMALL",
    "array_kind",
    "describe_gradient",
    "describe_value",
    "in_short",
    "number",
    "sign_of",
    "size_of",
]

SMALL = 4
"""Arrays of up to this many elements are written out."""


def number(x: Any, digits: int = 4) -> str:
    """A number in at most ``digits`` significant digits."""
    if isinstance(x, (bool, np.bool_)):
        return str(bool(x))
    if isinstance(x, (int, np.integer)) and abs(int(x)) < 10**digits:
        return str(int(x))
    return f"{float(x):.{digits}g}"


def _written_out(array: np.ndarray, digits: int) -> str:
    if array.ndim == 0:
        return number(array[()], digits)
    return "[" + ", ".join(_written_out(part, digits) for part in array) + "]"


def array_kind(array: np.ndarray) -> str:
    """Shape and dtype: ``3 × 2 float64``."""
    shape = " × ".join(str(n) for n in array.shape) if array.ndim else "scalar"
    return f"{shape} {array.dtype}"


def _finite(array: np.ndarray) -> tuple[np.ndarray, str]:
    """The finite elements, and a remark on the others."""
    if array.dtype.kind != "f":
        return array, ""
    good = np.isfinite(array)
    bad = int(array.size - np.count_nonzero(good))
    if not bad:
        return array, ""
    nans = int(np.count_nonzero(np.isnan(array)))
    remarks = [f"{nans} nan"] * (nans > 0) + [f"{bad - nans} inf"] * (bad > nans)
    return array[good], ", ".join(remarks)


def _span(array: np.ndarray, digits: int) -> str:
    low, high = array.min(), array.max()
    if low == high:
        return f"all {number(low, digits)}"
    return f"{number(low, digits)} … {number(high, digits)}"


def describe_value(data: Any, digits: int = 4) -> list[tuple[str, str]]:
    """Rows of (what, text) for a value."""
    if data is None:
        return [("value", "released")]
    if isinstance(data, tuple):
        return [("outputs", ", ".join(array_kind(np.asarray(x)) for x in data))]
    if not isinstance(data, np.ndarray):
        return [("value", in_short(data, digits))]
    rows = [("", array_kind(data))]
    if data.size <= SMALL:
        if data.size:
            rows.append(("value", _written_out(data, digits)))
        return rows
    finite, remark = _finite(data)
    if data.dtype == bool:
        rows.append(("value", f"{int(np.count_nonzero(data))} of {data.size} True"))
    elif finite.size:
        wide = finite.astype(float, copy=False)
        rows.append(("mean", f"{number(wide.mean(), digits)} ± {number(wide.std(), digits)}"))
        rows.append(("range", _span(finite, digits)))
    if remark:
        rows.append(("", remark))
    return rows


def describe_gradient(grad: Any, digits: int = 4) -> list[tuple[str, str]]:
    """Rows of (what, text) for a gradient."""
    if grad is None:
        return []
    if not isinstance(grad, np.ndarray):
        return [("grad", in_short(grad, digits))]
    if grad.size <= SMALL:
        return [("grad", _written_out(grad, digits))] if grad.size else []
    finite, remark = _finite(grad)
    rows = []
    if finite.size:
        norm = math.sqrt(float(np.sum(np.square(finite, dtype=float))))
        rows.append(("‖grad‖", number(norm, digits)))
        rows.append(("range", _span(finite, digits)))
    if remark:
        rows.append(("grad", remark))
    return rows


def in_short(x: Any, digits: int = 4) -> str:
    """A number, a small array, or an array's shape or range, in a few characters."""
    if isinstance(x, (bool, int, float, np.generic)):
        return number(x, digits)
    if isinstance(x, np.ndarray):
        if x.size <= SMALL and x.ndim <= 2:
            return _written_out(x, digits)
        if x.dtype.kind == "f":
            finite, remark = _finite(x)
            return remark or _span(finite, digits)
        return array_kind(x)
    text = repr(x)
    return text if len(text) <= 24 else text[:23] + "…"


def size_of(x: Any) -> float:
    """The Euclidean norm; NaN if any element is."""
    if x is None:
        return 0.0
    if isinstance(x, dict):
        return math.sqrt(sum(size_of(part) ** 2 for part in x.values()))
    if not isinstance(x, np.ndarray):
        return abs(float(x))
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.sum(np.square(x, dtype=float))))


def sign_of(x: Any) -> str:
    """One of ``none``, ``zero``, ``+``, ``-``, ``mixed`` and ``nan``."""
    if x is None:
        return "none"
    array = np.asarray(x, dtype=float)
    if not np.isfinite(array).all():
        return "nan"
    up, down = bool((array > 0).any()), bool((array < 0).any())
    return "mixed" if up and down else "+" if up else "-" if down else "zero"
