"""What a computation does beside computing: a call that replays of a captured function make too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .modes import modes
from .op import plain

__all__ = ["effect"]


def effect(function: Callable[..., Any], *operands: Any) -> Any:
    """Call ``function(*operands)``, also in each replay of a captured function that does it.

    For what happens beside the computation: moving statistics along, drawing random numbers,
    counting, writing a log. Anywhere else it is an ordinary call.

    Parameters
    ----------
    function : callable
        Gets tensors as plain arrays, which it may keep but should not write to; returns an array
        or ``None``.
    *operands
        Tensors, arrays and constants.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd as ag
    >>> seen = []
    >>> @ag.capture
    ... def mean(x):
    ...     y = x.mean()
    ...     ag.extend.effect(lambda y: seen.append(float(y)), y)
    ...     return y
    >>> for k in range(4):
    ...     _ = mean(np.array([0.0, k]))
    >>> seen
    [0.0, 0.5, 1.0, 1.5]
    """
    tape = modes.tape
    if tape is None:
        return function(*map(plain, operands))
    return tape.effect(function, list(map(tape.plain, operands)))
