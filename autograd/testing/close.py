"""Comparing gradients with gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..containers import flatten
from ..errors import describe
from ..op import plain
from .report import GradientError, position

__all__ = ["assert_grads_close"]


def assert_grads_close(
    actual: Any, expected: Any, rtol: float | None = None, atol: float = 0.0
) -> None:
    """Assert that two gradients, or containers of them, agree in structure, shape, dtype and value.

    Parameters
    ----------
    actual, expected : array, number, node, or containers of them
        What was computed, and what is right.
    rtol : float, optional
        Difference allowed relative to the largest element of each expected array; by default
        1e-9 in double and 1e-5 in single precision.
    atol : float
        Absolute difference allowed besides.

    Raises
    ------
    GradientError
        Naming the place and the element that differs most.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> from autograd.testing import assert_grads_close
    >>> assert_grads_close(grad(np.tanh)(0.5), 1 - np.tanh(0.5) ** 2)
    """
    mine, tree = flatten(actual)
    theirs, wanted = flatten(expected)
    if not tree.same(wanted):
        raise GradientError(
            f"the gradients are nested differently: {describe(actual)} against {describe(expected)}"
        )
    for k, (x, y) in enumerate(zip(mine, theirs, strict=True)):
        which = f"gradient {k}" if len(mine) > 1 else "the gradient"
        x, y = np.asarray(plain(x)), np.asarray(plain(y))
        if x.shape != y.shape:
            raise GradientError(f"{which} has shape {x.shape}, expected {y.shape}")
        if x.dtype != y.dtype:
            raise GradientError(f"{which} is {x.dtype}, expected {y.dtype}")
        single = y.dtype.kind == "f" and y.dtype.itemsize < 8
        relative = rtol if rtol is not None else 1e-5 if single else 1e-9
        size = float(np.max(np.abs(y), initial=0.0, where=np.isfinite(y)))
        with np.errstate(all="ignore"):
            off = np.abs(np.subtract(x, y, dtype=float))
            off = np.where((x == y) | (np.isnan(x) & np.isnan(y)), 0.0, off)
        off = np.where(np.isnan(off), np.inf, off)
        if off.size and off.max() > atol + relative * size:
            worst = np.unravel_index(int(np.argmax(off)), off.shape)
            at = position(tuple(int(i) for i in worst))
            raise GradientError(
                f"{which}{at} is {x[worst]!s}, expected {y[worst]!s} (off by {off.max():.2g}; "
                f"{int(np.count_nonzero(off > atol + relative * size))} of {off.size} elements "
                f"differ by more than {atol + relative * size:.2g})"
            )
