"""Single precision in, single precision out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor
from .case import Case, directions, pull, push
from .words import broken, same

__all__ = ["float32_stays"]


def float32_stays(case: Case) -> None:
    """float32 in, float32 out; gradients too; and the numbers are those of float64."""
    singles = [x.astype(np.float32) for x in case.xs]
    doubles = [x.astype(np.float64) for x in singles]
    t, g = directions(case)
    small = [c.astype(np.float32) for c in g]
    expected = _expected(case, singles)
    nodes = [Tensor(x, requires_grad=True) for x in singles]
    for y, reference in zip(case.floats(*nodes), case.plain_floats(*doubles), strict=True):
        if y.dtype != expected:
            broken(case, f"float32 in, {y.dtype} out", _promoted("forward"))
        same(case, "the result on float32", y, "on float64", reference, 2e-4)
    cts = pull(case, singles, small)
    references = pull(case, doubles, [c.astype(np.float64) for c in small])
    for which, ct, reference in zip(case.names, cts, references, strict=True):
        if ct.dtype != np.float32:
            broken(case, f"the gradient for {which} is {ct.dtype} for float32", _promoted("a rule"))
        scale = max(1.0, float(np.max(np.abs(reference), initial=0.0)))
        what = f"the gradient for {which} (divided by {scale:.3g}) on float32"
        same(case, what, ct / scale, "on float64", reference / scale, 1e-3)
    if expected == np.float32:
        for tangent in push(case, singles, [d.astype(np.float32) for d in t]):
            dtype = np.asarray(tangent).dtype
            if dtype != np.float32:
                broken(case, f"the tangent is {dtype} for float32", _promoted("a rule"))


def _expected(case: Case, singles: list) -> Any:
    forward = getattr(case.function, "forward", None)
    if isinstance(forward, np.ufunc):
        # np.float_power is float64 by definition.
        return forward(*case.args(singles)).dtype
    return np.dtype(case.params.get("dtype") or np.float32)


def _promoted(where: str) -> str:
    return (
        f"{where} makes a float64 array (np.zeros(shape), np.linspace, a NumPy float64 scalar); "
        "use np.zeros_like(x), .astype(x.dtype) or Python numbers"
    )
