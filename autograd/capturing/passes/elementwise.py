"""Which calls work number by number, and can so be made on a part of their arrays at a time."""

from __future__ import annotations

import numpy as np

from ..lowering import Call
from ..program import Array, Step
from .grid import Grid
from .tree import trusted

__all__ = ["grid_of", "is_look", "reduces", "joins"]

_COPIES = (np.ndarray.astype, np.ndarray.copy, np.copy)
_EXTREMES = (np.maximum, np.minimum, np.fmax, np.fmin)
_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def grid_of(step: Step) -> Grid | None:
    """The grid of an elementwise call's result; ``None`` for any other step."""
    if not isinstance(step, Call) or step.kind != "numpy" or step.writes or step.several:
        return None
    f = step.function
    if isinstance(f, np.ufunc):
        if step.keywords or f.nout != 1 or f.signature:
            return None
    elif f is np.where:
        mask = step.operands[0]
        if len(step.operands) != 3 or not isinstance(mask, Array) or mask.dtype != bool:
            return None
    elif f not in _COPIES or step.operands[0].shape != step.results[0].shape:  # type: ignore[union-attr]
        return None
    if any(not isinstance(x, Array | int | float | np.generic | np.dtype) for x in step.operands):
        return None
    return Grid.of(step.results[0].sample)  # type: ignore[union-attr]


def joins(step: Step, grid: Grid) -> bool:
    """Whether an elementwise call's arrays can be cut along ``grid``."""
    if step.function in _COPIES and not grid.is_whole(step.operands[0].sample):
        return False
    return grid.is_whole(step.results[0].sample) and all(  # type: ignore[union-attr]
        grid.varies(x.sample) is not None for x in step.arrays
    )


def is_look(step: Step) -> bool:
    """Whether a step looks at the bits of an array as at another dtype of that size."""
    return (
        isinstance(step, Call)
        and step.function is np.ndarray.view
        and len(step.operands) == 2
        and isinstance(step.operands[0], Array)
        and isinstance(step.operands[1], np.dtype)
        and step.operands[1].itemsize == step.operands[0].dtype.itemsize
    )


def reduces(step: Step, grid: Grid) -> bool:
    """Whether a step sums up a whole array of the grid, or finds an extreme that is compared.

    Of two zeros either may be the extreme, which a comparison does not see.
    """
    f = step.function
    owner = getattr(f, "__self__", None)
    if not (isinstance(step, Call) and isinstance(owner, np.ufunc) and f.__name__ == "reduce"):
        return False
    x, *rest = step.operands
    if not isinstance(x, Array) or rest or x.dtype not in _FLOATS or not grid.is_whole(x.sample):
        return False
    result = step.results[0]
    if result is None or result.sample.size != 1 or result.dtype != x.dtype:
        return False
    if any(k not in ("axis", "keepdims") and v is not None for k, v in step.keywords.items()):
        return False
    return owner in _EXTREMES or (owner is np.add and trusted(x.dtype))
