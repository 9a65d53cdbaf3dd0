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
    "mean_and_spread",
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
    return f"{float(x) + 0.0:.{digits}g}"  # -0.0 + 0.0 is 0.0


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
        mean, spread = (number(x, digits) for x in mean_and_spread(finite))
        rows.append(("mean", f"{mean} ± {spread}"))
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
        rows.append(("‖grad‖", number(size_of(finite), digits)))
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
    try:
        text = repr(x)
    except Exception:  # a class of the user's
        text = f"<{type(x).__name__}>"
    return text if len(text) <= 24 else text[:23] + "…"


def mean_and_spread(x: np.ndarray) -> tuple[float, float]:
    """The mean and the standard deviation, without overflow on the way."""
    peak, scaled = _scaled(x)
    return peak * float(scaled.mean()), peak * float(scaled.std())


def size_of(x: Any) -> float:
    """The Euclidean norm; NaN if any element is."""
    if x is None:
        return 0.0
    if isinstance(x, dict):
        return math.sqrt(sum(size_of(part) ** 2 for part in x.values()))
    if not isinstance(x, np.ndarray):
        return abs(float(x))
    peak, scaled = _scaled(x)
    return peak * math.sqrt(float(np.sum(scaled * scaled)))


def _scaled(x: np.ndarray) -> tuple[float, np.ndarray]:
    """A factor and numbers whose squares neither overflow nor vanish; together they are ``x``."""
    wide = x.astype(float, copy=False)
    peak = float(np.abs(wide).max(initial=0.0))
    if 1e-100 < peak < 1e100 or not peak or not math.isfinite(peak):
        return 1.0, wide
    return peak, wide / peak


def sign_of(x: Any) -> str:
    """One of ``none``, ``zero``, ``+``, ``-``, ``mixed`` and ``nan``."""
    if x is None:
        return "none"
    array = np.asarray(x, dtype=float)
    if not np.isfinite(array).all():
        return "nan"
    up, down = bool((array > 0).any()), bool((array < 0).any())
    return "mixed" if up and down else "+" if up else "-" if down else "zero"
