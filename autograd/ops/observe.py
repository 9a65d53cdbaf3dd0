"""Functions that only look: comparisons, tests, searches. Plain arrays come out, and no gradient.

What they return does not change with a small change of the input, or is an index; so they read the
numbers behind a node and record nothing. The result may be used to choose (``where``, indexing).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..modes import modes
from ..op import composite, plain
from .keywords import require_constant
from .samples import uniform

__all__ = [
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "isnan",
    "isinf",
    "isfinite",
    "isneginf",
    "isposinf",
    "signbit",
    "isclose",
    "allclose",
    "array_equal",
    "array_equiv",
    "any",
    "all",
    "count_nonzero",
    "nonzero",
    "flatnonzero",
    "argwhere",
    "argmax",
    "argmin",
    "nanargmax",
    "nanargmin",
    "argsort",
    "argpartition",
    "lexsort",
    "searchsorted",
    "digitize",
    "isin",
    "histogram",
    "shape",
    "ndim",
    "size",
    "result_type",
    "angle",
    "einsum_path",
    "imag",
    "iscomplex",
    "isreal",
    "ravel_multi_index",
    "unravel_index",
]


def plain_nested(x: Any) -> Any:
    """The plain numbers behind nodes, also inside tuples, lists and dicts."""
    if isinstance(x, tuple):
        return tuple(plain_nested(y) for y in x)
    if isinstance(x, list):
        return [plain_nested(y) for y in x]
    if isinstance(x, dict):
        return {k: plain_nested(y) for k, y in x.items()}
    return plain(x)


def look(numpy: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    """Call a NumPy function with the numbers behind its arguments."""
    if modes.tape is not None:
        return modes.tape.look(numpy, args, kwargs)
    return numpy(*plain_nested(args), **plain_nested(kwargs))


def _observer(numpy: Callable[..., Any]) -> Callable[..., Any]:
    name = numpy.__name__

    def observe(*args: Any, **kwargs: Any) -> Any:
        return look(numpy, args, kwargs)

    observe.__name__ = observe.__qualname__ = name
    observe.__doc__ = f"``numpy.{name}`` of the numbers behind its arguments; no gradient."
    return observe


@composite(numpy=np.histogram, samples=lambda rng: [((uniform(rng, 2, 3), 3, (-2.0, 2.0)), {})])
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple:
    """``numpy.histogram`` of the numbers behind ``a``; no gradient, and none for the others."""
    weights = require_constant("histogram", "weights", weights)
    for name, x in (("bins", bins), ("range", range)):
        for part in x if isinstance(x, (list, tuple)) else (x,):
            require_constant("histogram", name, part)
    args: Any = plain_nested((a, bins, range, density, weights))
    return np.histogram(*args)


equal = _observer(np.equal)
not_equal = _observer(np.not_equal)
less = _observer(np.less)
less_equal = _observer(np.less_equal)
greater = _observer(np.greater)
greater_equal = _observer(np.greater_equal)
logical_and = _observer(np.logical_and)
logical_or = _observer(np.logical_or)
logical_xor = _observer(np.logical_xor)
logical_not = _observer(np.logical_not)
isnan = _observer(np.isnan)
isinf = _observer(np.isinf)
isfinite = _observer(np.isfinite)
isneginf = _observer(np.isneginf)
isposinf = _observer(np.isposinf)
signbit = _observer(np.signbit)
isclose = _observer(np.isclose)
allclose = _observer(np.allclose)
array_equal = _observer(np.array_equal)
array_equiv = _observer(np.array_equiv)
any = _observer(np.any)
all = _observer(np.all)
count_nonzero = _observer(np.count_nonzero)
nonzero = _observer(np.nonzero)
flatnonzero = _observer(np.flatnonzero)
argwhere = _observer(np.argwhere)
argmax = _observer(np.argmax)
argmin = _observer(np.argmin)
nanargmax = _observer(np.nanargmax)
nanargmin = _observer(np.nanargmin)
argsort = _observer(np.argsort)
argpartition = _observer(np.argpartition)
lexsort = _observer(np.lexsort)
searchsorted = _observer(np.searchsorted)
digitize = _observer(np.digitize)
isin = _observer(np.isin)
shape = _observer(np.shape)
ndim = _observer(np.ndim)
size = _observer(np.size)
result_type = _observer(np.result_type)
angle = _observer(np.angle)
einsum_path = _observer(np.einsum_path)
imag = _observer(np.imag)
iscomplex = _observer(np.iscomplex)
isreal = _observer(np.isreal)
ravel_multi_index = _observer(np.ravel_multi_index)
unravel_index = _observer(np.unravel_index)
