"""Numeric derivatives that know how good they are.

A fixed step is wrong by orders of magnitude wherever the point's scale is not about one. Here the
function is evaluated along a line at steps ``t``, ``t/4``, ``t/16``, ... over many scales, on both
sides. The central differences go through Richardson's table, and the entry with the smallest error
estimate wins: the difference from its neighbours in the table, plus rounding. A candidate counts
only if every finer difference agrees with it. The smallest case that breaks the table without that
rule: ``sin(1e8 * x)``, where coarse steps agree with one another on a wrong slope.

The same evaluations tell what the point is: the one-sided slopes of a smooth function meet as the
step falls, at a kink they do not, at a jump they part like ``1/t``, at the edge of a domain one
side is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .line import BELOW, Line

__all__ = ["Derivative", "kind_of", "pick", "slope"]

COLUMNS = 5
"""Columns of the Richardson table: error terms up to the eighth power of the step are removed."""

FINEST = 4
"""How many of the finest steps tell about noise."""

STEPS_IN_STAIR = BELOW - 8  # the others are larger than 4^-8 of the scale


@dataclass(frozen=True)
class Derivative:
    """A numeric derivative and what is known about it.

    Attributes
    ----------
    value : float or ndarray
        The derivative; NaN where there is none.
    error : float or ndarray
        An estimate of its absolute error; infinite where ``value`` is NaN.
    kind : str or ndarray of str
        What the point looks like: ``smooth``, ``kink``, ``jump``, ``edge`` (of the domain) or
        ``noisy``. Only at a smooth point does ``value`` mean the derivative.
    left, right : float or ndarray
        The slopes on either side.
    """

    value: Any
    error: Any
    kind: Any
    left: Any
    right: Any

    def __repr__(self) -> str:
        if np.ndim(self.kind):
            return f"Derivative({self.value!r}, largest error {np.max(self.error, initial=0):.1g})"
        return f"Derivative({self.value!r} ± {self.error:.1g}, {self.kind})"


# The table ------------------------------------------------------------------------------------


def _table(line: Line) -> tuple[np.ndarray, np.ndarray]:
    """Richardson's table and its error estimates: arrays of (step, column, output)."""
    t = line.steps[:, None]
    column = (line.above - line.below) / (2 * t)
    noise = 2 * line.rounding / t
    first = np.full_like(column, np.inf)
    first[1:] = np.abs(np.diff(column, axis=0)) + noise[1:]
    values, errors = [column], [first]
    for j in range(1, min(COLUMNS, len(t))):
        coarser, finer = column[:-1], column[1:]
        column = finer + (finer - coarser) / (16.0**j - 1)
        value = np.full_like(first, np.nan)
        error = np.full_like(first, np.inf)
        value[j:] = column
        error[j:] = np.maximum(np.abs(column - finer), np.abs(column - coarser)) + noise[j:]
        values.append(value)
        errors.append(error)
    return np.stack(values, axis=1), np.stack(errors, axis=1)


def _contradicted(line: Line, value: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Which candidates some finer plain difference disagrees with."""
    difference = value[:, 0]
    slack = 4 * line.rounding / line.steps[:, None]
    # A plain difference is off by no more than what the step to it changed.
    slack[1:] += np.abs(np.diff(difference, axis=0))
    low = np.where(np.isfinite(difference - slack), difference - slack, -np.inf)
    high = np.where(np.isfinite(difference + slack), difference + slack, np.inf)
    nothing = np.full((1, low.shape[1]), np.inf)
    # The strictest bounds among all finer steps.
    floor = np.concatenate([np.maximum.accumulate(low[::-1])[::-1][1:], -nothing])[:, None]
    ceiling = np.concatenate([np.minimum.accumulate(high[::-1])[::-1][1:], nothing])[:, None]
    return (value + 4 * error < floor) | (value - 4 * error > ceiling)


def pick(line: Line) -> tuple[np.ndarray, np.ndarray]:
    """The best candidate for each output, and its error estimate."""
    with np.errstate(all="ignore"):
        value, error = _table(line)
        bad = ~np.isfinite(value) | ~np.isfinite(error) | _contradicted(line, value, error)
    outputs = value.shape[2]
    claims = np.where(bad, np.inf, error).reshape(-1, outputs)
    best = np.argmin(claims, axis=0)[None]
    found = np.take_along_axis(value.reshape(-1, outputs), best, axis=0)[0]
    claimed = np.take_along_axis(claims, best, axis=0)[0]
    return np.where(np.isfinite(claimed), found, np.nan), claimed


# What the point is ----------------------------------------------------------------------------


def _scatter(line: Line, value: np.ndarray, error: np.ndarray) -> np.ndarray:
    """How much the outputs jitter at the finest steps, where a smooth function hardly moves."""
    t = line.steps[-FINEST:, None]
    # Steep functions do move: by their slope, if it is known.
    value = np.where(error < 0.1 * np.abs(value), value, 0.0)
    with np.errstate(all="ignore"):
        above = np.ptp(line.above[-FINEST:] - value * t, axis=0)
        below = np.ptp(line.below[-FINEST:] + value * t, axis=0)
    return np.where(np.isfinite(above), above, 0.0) + np.where(np.isfinite(below), below, 0.0)


def _stair(line: Line) -> np.ndarray:
    """The height of a step, where the outputs stand quite still at fine steps and then jump.

    Lower precision inside makes a staircase of a function, and so does adding a small input to a
    large number. A function that is constant up to a kink looks alike, but the kink would have to
    be closer than a part in 65,000.
    """
    still = (line.above == 0) & (line.below == 0)
    stopped = np.minimum.accumulate(still[::-1], axis=0).sum(axis=0)  # steps without any change
    height = np.zeros(still.shape[1])
    for m in np.flatnonzero((stopped >= FINEST) & (stopped < STEPS_IN_STAIR)):
        k = len(still) - 1 - stopped[m]
        first = max(abs(line.above[k, m]), abs(line.below[k, m])) if k >= 0 else 0.0
        height[m] = first if np.isfinite(first) else 0.0
    return height


def kind_of(t: np.ndarray, above: np.ndarray, below: np.ndarray, noise: np.ndarray) -> str:
    """The kind of point, from one output's gains and their noise."""
    if not (np.isfinite(above[-FINEST:]).all() and np.isfinite(below[-FINEST:]).all()):
        return "edge"
    right, left = above / t, -below / t
    unsure = 8 * noise / t
    # Slopes that grow without end: like 1/t at a jump, more slowly at a vertical tangent.
    steep = _last_ratio(np.maximum(np.abs(right), np.abs(left)), unsure)
    if steep is not None and steep < 0.35:
        return "jump"
    # Slopes that do not meet: a bend's gap falls by 4 with each step, that of |x|^1.5 by 2.
    gap = _last_ratio(np.abs(right - left), unsure)
    if (gap is not None and gap < 1.6) or (steep is not None and steep < 0.75):
        return "kink"
    return "smooth"


def _last_ratio(size: np.ndarray, unsure: np.ndarray) -> float | None:
    """By what factor ``size`` falls with each step, at the finest steps where it can be seen.

    ``None`` if it cannot be seen, or vanishes before noise would hide it.
    """
    with np.errstate(all="ignore"):
        seen = np.isfinite(size) & (size > unsure)
    if not seen.any():
        return None
    k = int(np.flatnonzero(seen)[-1])
    if np.any(unsure[k + 1 :] < size[k] / 2):
        return None
    first = k
    while first > max(k - 3, 0) and seen[first - 1]:
        first -= 1
    if first == k:
        return None
    return float((size[first] / size[k]) ** (1.0 / (k - first)))


def _one_sided(gains: np.ndarray, line: Line, noise: np.ndarray) -> np.ndarray:
    """The slope on one side, where truncation and noise are smallest together."""
    t = line.steps[:, None]
    slopes = gains / t
    # One step of Richardson for a first-order difference.
    better = slopes[1:] + np.diff(slopes, axis=0) / 3
    doubt = np.abs(np.diff(slopes, axis=0)) + 2 * noise[1:] / t[1:]
    doubt = np.where(np.isfinite(doubt), doubt, np.inf)
    best = np.argmin(doubt, axis=0)[None]
    found = np.take_along_axis(better, best, axis=0)[0]
    known = np.isfinite(np.take_along_axis(doubt, best, axis=0)[0])
    return np.where(known, found, np.nan)


def slope(line: Line, start: np.ndarray) -> Derivative:
    """What a full line tells about the derivative at its middle, for each output."""
    scatter = _scatter(line, *pick(line)) + _stair(line)
    noise = line.rounding + scatter
    with np.errstate(all="ignore"):
        kinds = np.array(
            [
                kind_of(line.steps, line.above[:, m], line.below[:, m], noise[:, m])
                for m in range(len(scatter))
            ],
            dtype="<U6",
        )
        value, error = pick(Line(line.steps, line.above, line.below, noise))
        right = _one_sided(line.above, line, noise)
        left = _one_sided(-line.below, line, noise)
        usual = np.max(np.where(np.isfinite(line.rounding), line.rounding, 0.0), axis=0)
        noisy = (scatter > 1e4 * usual) & (error > 1e-3 * np.abs(value))
    kinds = np.where((kinds == "smooth") & noisy, "noisy", kinds)
    kinds = np.where(np.isfinite(start), kinds, "edge")
    # No candidate that all finer differences agree with: whatever it is, it is not smooth.
    kinds = np.where((kinds == "smooth") & np.isnan(value), "noisy", kinds)
    known = (kinds == "smooth") | (kinds == "noisy")
    value = np.where(known, value, np.nan)
    error = np.where(np.isnan(value), np.inf, error)
    return Derivative(value, error, kinds, left, right)
