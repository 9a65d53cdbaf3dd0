"""``name=number`` on the command line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .expression import Expression
from .failure import ExpressionError

__all__ = ["assignments"]


def assignments(given: Sequence[str]) -> dict[str, float]:
    """Numbers by name.

    Parameters
    ----------
    given : sequence of str
        Each ``name=number``; a number may be a formula of numbers, such as ``pi/2``.

    Raises
    ------
    ExpressionError
        If one is anything else; the message points at the column.

    Examples
    --------
    >>> from autograd.command.numbers import assignments
    >>> assignments(["x=2", "w=-1/4"])
    {'x': 2.0, 'w': -0.25}
    """
    found: dict[str, float] = {}
    for text in given:
        name, equals, number = text.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise ExpressionError("a value is given as name=number, such as x=2", text)
        if name in found:
            raise ExpressionError(f"{name} is given twice", text)
        start = len(text) - len(number)
        try:
            value = Expression(number).evaluate({})[0].data
        except ExpressionError as error:
            raise ExpressionError(
                error.message, text, start + error.start, start + error.stop
            ) from None
        if not math.isfinite(value):
            raise ExpressionError(f"{name} has to be a finite number", text, start)
        found[name] = float(value)
    return found
