"""Comparing two computations of the same numbers, which differ by rounding alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..containers import flatten
from ..op import plain
from .report import Report, position

__all__ = ["agree", "arrays", "differs", "eps_of", "not_finite", "peak", "total"]

ROUNDOFF = 5e4
"""Units of precision by which sums of the same terms in another order may differ."""


def arrays(xs: Sequence[Any]) -> list[np.ndarray]:
    return [np.asarray(plain(x)) for x in flatten(tuple(xs))[0]]


def total(xs: Sequence[Any], ys: Sequence[Any]) -> tuple[float, float]:
    """An inner product, and the size of its terms."""
    terms = [np.asarray(plain(x)) * np.asarray(plain(y)) for x, y in zip(xs, ys, strict=True)]
    return float(sum(np.sum(t) for t in terms)), float(sum(np.sum(np.abs(t)) for t in terms))


def agree(a: float, size: float, b: float, other: float, eps: float) -> bool:
    return abs(a - b) <= ROUNDOFF * eps * (size + other)


def eps_of(xs: Sequence[Any]) -> float:
    dtypes = [np.asarray(plain(x)).dtype for x in xs]
    return float(max((np.finfo(d).eps for d in dtypes if d.kind == "f"), default=2.0**-52))


def peak(*xs: Any) -> float:
    return max(float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x))) for x in xs)


def differs(
    got: Sequence[Any], expected: Sequence[Any], peaks: Sequence[float], eps: float, lead: int = 0
) -> tuple[str, str, str] | None:
    """Where results differ by more than rounding: the place, and both numbers or shapes."""
    for k, (a, b, peak) in enumerate(zip(got, expected, peaks, strict=True)):
        which = f" (result {k})" if len(got) > 1 else ""
        if a.shape != b.shape:
            return which, f"of shape {a.shape}", f"of shape {b.shape}"
        equal = (np.abs(a - b) <= ROUNDOFF * eps * peak) | (a == b) | (np.isnan(a) & np.isnan(b))
        if not equal.all():
            at = tuple(int(i) for i in np.argwhere(~equal)[0])
            where = f" at {position(at[lead:])}" if at[lead:] else ""
            return where + which, repr(a[at].item()), repr(b[at].item())
    return None


def not_finite(title: str) -> Report:
    return Report("inconclusive", f"{title}: a derivative is not finite here", "edge")
