"""What a computation does beside computing: a call that replays of a captured function make too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .errors import CaptureError
from .modes import modes, user_line
from .op import plain

__all__ = ["capturing", "effect", "reads_only"]

F = TypeVar("F", bound=Callable[..., Any])


def capturing() -> bool:
    """Whether a captured function is being recorded, so that no number may be looked at.

    For code that checks or chooses by numbers where it may, and has another way where not.

    Examples
    --------
    >>> import autograd as ag
    >>> ag.extend.capturing(), ag.capture(lambda: ag.extend.capturing())()
    (False, True)
    """
    return modes.tape is not None or modes.reads is not None


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
    if modes.reads is not None:
        raise CaptureError(
            f"autograd.extend.effect inside a captured function of values, at {user_line()}: its "
            "replays do nothing but compute. Do it with what the function returns"
        )
    if tape is None:
        return function(*map(plain, operands))
    return tape.effect(function, list(map(tape.plain, operands)))


def reads_only(function: F) -> F:
    """Mark a function given to :func:`effect` that writes to no tensor and no array.

    What a replay made before such an effect can be made again after it, and need not be kept.

    Examples
    --------
    >>> reads_only(lambda x: None).reads_only
    True
    """
    function.reads_only = True  # type: ignore[attr-defined]
    return function
