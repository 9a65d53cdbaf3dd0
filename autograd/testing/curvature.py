"""Second derivatives from the same lines as first ones: second differences through the table.

``f(x + tu) - 2 f(x) + f(x - tu)`` over ``t²`` has, like the central difference, an error in even
powers of ``t``, so Richardson's table serves it unchanged; a mixed derivative is the difference of
two of them, along ``u + w`` and ``u - w`` (Abramowitz and Stegun 25.3.23 and 25.3.26).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .ladder import Derivative, best, describe_line, kinds_of, one_sided, settle, worse
from .line import Line

__all__ = ["curvature"]


def curvature(lines: Sequence[tuple[float, Line]], start: np.ndarray) -> Derivative:
    """The weighted sum of the second derivatives along some lines with the same steps."""
    t = lines[0][1].steps[:, None]
    square = t * t
    with np.errstate(all="ignore"):
        shape = np.shape(lines[0][1].above)
        column, noise, scatter = np.zeros(shape), np.zeros(shape), np.zeros(shape[1])
        right, left, unsure = np.zeros((3, shape[0] - 1, shape[1]))
        rounding = np.zeros(shape)
        kinds = np.full(shape[1], "smooth", "<U6")
        for weight, line in lines:
            at_line, jitter, scattered = describe_line(line, start)
            kinds = worse(kinds, at_line)
            column += weight * (line.above + line.below) / square
            noise += abs(weight) * jitter
            rounding += abs(weight) * line.rounding
            scatter += abs(weight) * scattered
            sides = [_one_sided_curvature(gain, square) for gain in (line.above, line.below)]
            blurred = (jitter[:-1] + 7 * jitter[1:]) / (6 * square[1:])
            # Where the slopes on both sides meet, those of the slopes may not: relu(x) ** 2.
            kinds = worse(kinds, kinds_of(sides[0], sides[1], blurred))
            right += weight * sides[0]
            left += weight * sides[1]
            unsure += abs(weight) * blurred
        total = Line(lines[0][1].steps, column, column, rounding)
        value, error, kinds = settle(total, kinds, scatter, *best(column, 4 * noise / square))
        return Derivative(value, error, kinds, one_sided(left, unsure), one_sided(right, unsure))


def _one_sided_curvature(gain: np.ndarray, square: np.ndarray) -> np.ndarray:
    """The second derivative on one side, from what the function gained at ``t`` and ``4t``."""
    return (gain[:-1] - 4 * gain[1:]) / (6 * square[1:])
