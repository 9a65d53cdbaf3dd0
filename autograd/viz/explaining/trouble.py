"""What is odd about a gradient, in words: which factor is zero, infinite or NaN."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from ..figures import in_short, number
from .paths import product
from .result import Explanation, Path

__all__ = ["trouble"]


def trouble(e: Explanation) -> list[str]:
    """Remarks that a reader of the numbers needs."""
    notes = []
    if not np.isfinite(e.total).all():
        notes += [_not_finite(e, path) for path in e.paths if not np.isfinite(path.product).all()]
        notes = notes or ["the gradient is not finite, and no path shown says why: raise k"]
    elif not np.any(e.total):
        stopped = [path for path in e.paths if not np.any(path.product)]
        if len(stopped) < len(e.paths):
            notes.append("the contributions cancel: they add up to 0")
        else:
            notes += [_zero(e, path) for path in stopped]
    if e.scalar and np.any(e.total) and any(_vanished(path) for path in e.paths):
        notes.append("some products are too small for a float, though none of their factors is 0")
    if e.hooked:
        notes.append("a hook on the way may change what backward() gives; none was run here")
    return list(dict.fromkeys(notes))


def _vanished(path: Path) -> bool:
    return not path.product and all(path.factors)


def _zero(e: Explanation, path: Path) -> str:
    if e.scalar and _vanished(path):
        return "no factor is 0, but the product is too small for a float"
    i = next(i for i, x in enumerate(path.factors) if not x)
    if e.scalar:
        return f"{_step(e, path, i)} = 0, so the path ends there: {_facts(e, path, i)}"
    return f"nothing travels back through {_step(e, path, i - 1)}: {_facts(e, path, i - 1)}"


def _not_finite(e: Explanation, path: Path) -> str:
    i = next((i for i, x in enumerate(path.factors) if not math.isfinite(x)), None)
    if i is None:
        sizes = [product(path.factors[: n + 1]) for n in range(len(path.factors))]
        i = next(i for i, x in enumerate(sizes) if not math.isfinite(x))
        return f"no factor is infinite, but the product overflows at {_step(e, path, i)}"
    if e.scalar:
        return f"{_step(e, path, i)} = {number(path.factors[i])}: {_facts(e, path, i)}"
    i = max(i - 1, 0)
    return f"what travels back is not finite from {_step(e, path, i)} on: {_facts(e, path, i)}"


def _step(e: Explanation, path: Path, i: int) -> str:
    above, below = list(pairwise(path.names))[i]
    return e.names.ratio(above, below)


def _facts(e: Explanation, path: Path, i: int) -> str:
    above: Any = path.nodes[i]
    formula = e.names.expression(above, e.digits)
    operands = [n for n in dict.fromkeys(above.parents) if n is not None]
    at = [f"{e.names.title(n)} = {in_short(n.data, e.digits)}" for n in operands[:3]]
    return f"{path.names[i]} = {formula} at {', '.join(at)}"
