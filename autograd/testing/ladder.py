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

from ..containers import flatten
from .line import BELOW, Line

__all__ = [
    "Derivative",
    "best",
    "describe_line",
    "kinds_of",
    "one_sided",
    "pick",
    "settle",
    "slope",
    "worse",
]

COLUMNS = 5
"""Columns of the Richardson table: error terms up to the eighth power of the step are removed."""

FINEST = 4
"""How many of the finest steps tell about noise."""

STEPS_IN_STAIR = BELOW - 8  # the others are larger than 4^-8 of the scale

SEVERITY = ("smooth", "noisy", "kink", "jump", "edge")
"""Kinds of points, in the order in which one hides another."""


@dataclass(frozen=True)
class Derivative:
    """A numeric derivative and what is known about it.

    Attributes
    ----------
    value : float or ndarray, or a container of them
        The derivative; NaN where there is none. The others are nested and shaped alike.
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
        if isinstance(self.kind, str):
            return f"Derivative({self.value!r} ± {self.error:.1g}, {self.kind})"
        largest = max((float(np.max(e, initial=0)) for e in flatten(self.error)[0]), default=0.0)
        return f"Derivative({self.value!r}, largest error {largest:.1g})"


# The table ------------------------------------------------------------------------------------


def _table(column: np.ndarray, unsure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Richardson's table and its error estimates: arrays of (step, column, output)."""
    n, outputs = column.shape
    shape = (n, min(COLUMNS, n), outputs)
    values, errors = np.full(shape, np.nan), np.full(shape, np.inf)
    values[:, 0] = column
    errors[1:, 0] = np.abs(column[1:] - column[:-1]) + unsure[1:]
    for j in range(1, shape[1]):
        coarser, finer = column[:-1], column[1:]
        column = finer + (finer - coarser) / (16.0**j - 1)
        values[j:, j] = column
        errors[j:, j] = np.maximum(np.abs(column - finer), np.abs(column - coarser)) + unsure[j:]
    return values, errors


def _contradicted(unsure: np.ndarray, value: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Which candidates some finer plain difference disagrees with."""
    difference = value[:, 0]
    slack = 2 * unsure
    # A plain difference is off by no more than what the step to it changed.
    slack[1:] += np.abs(difference[1:] - difference[:-1])
    low, high = difference - slack, difference + slack
    low[~np.isfinite(low)] = -np.inf
    high[~np.isfinite(high)] = np.inf
    # The strictest bounds among all finer steps.
    floor, ceiling = np.full((2, len(value), 1, value.shape[2]), np.inf)
    floor[-1] = -np.inf
    floor[:-1, 0] = np.maximum.accumulate(low[:0:-1])[::-1]
    ceiling[:-1, 0] = np.minimum.accumulate(high[:0:-1])[::-1]
    wide = 4 * error
    return (value + wide < floor) | (value - wide > ceiling)


def best(column: np.ndarray, unsure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best candidate for each output, and its error estimate.

    ``column`` holds differences whose error is a series in even powers of the step, a row for each
    step; ``unsure`` is what rounding may have done to them.
    """
    with np.errstate(all="ignore"):
        value, error = _table(column, unsure)
        good = np.isfinite(value) & ~_contradicted(unsure, value, error)
        # NaN compares false, and a claim of NaN is none.
        claims = np.where(good & (error < np.inf), error, np.inf).reshape(-1, value.shape[2])
    at = np.argmin(claims, axis=0)
    every = np.arange(value.shape[2])
    found, claimed = value.reshape(claims.shape)[at, every], claims[at, every]
    return np.where(claimed < np.inf, found, np.nan), claimed


def pick(line: Line, noise: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The derivative of each output along a line, and its error estimate."""
    t = line.steps[:, None]
    noise = line.rounding if noise is None else noise
    with np.errstate(all="ignore"):
        return best((line.above - line.below) / (2 * t), 2 * noise / t)


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


def kinds_of(right: np.ndarray, left: np.ndarray, unsure: np.ndarray) -> np.ndarray:
    """The kind of point for each output, from the slopes on both sides at each step.

    ``unsure`` is by how much noise may have changed a slope.
    """
    sides = np.array([right, left])
    finite = np.isfinite(sides[:, -FINEST:]).all(axis=(0, 1))
    unsure = 8 * unsure
    with np.errstate(all="ignore"):
        # Slopes that grow without end: like 1/t at a jump, more slowly at a vertical tangent.
        steep = _last_ratio(np.maximum.reduce(np.abs(sides)), unsure)
        # Slopes that do not meet: a bend's gap falls by 4 with each step, that of |x|^1.5 by 2.
        gap = _last_ratio(np.abs(right - left), unsure)
        # Comparisons with the NaN of what cannot be seen are false.
        kink = (gap < 1.6) | (steep < 0.75)
    kinds = np.full(len(finite), "smooth", "<U6")
    kinds[kink] = "kink"
    kinds[steep < 0.35] = "jump"
    kinds[~finite] = "edge"
    return kinds


def _last_ratio(size: np.ndarray, unsure: np.ndarray) -> np.ndarray:
    """By what factor ``size`` falls with each step, at the finest steps where it can be seen.

    NaN if it cannot be seen, or vanishes before noise would hide it.
    """
    seen = np.isfinite(size) & (size > unsure)
    n, every = len(size), np.arange(size.shape[1])
    k = n - 1 - np.argmax(seen[::-1], axis=0)
    last = size[k, every]
    finer = np.arange(n)[:, None] > k
    vanishes = (finer & (unsure < last / 2)).any(axis=0)
    run, steps = seen[k, every], np.zeros(len(k), int)
    for back in (1, 2, 3):
        run = run & (k >= back) & seen[k - back, every]
        steps += run
    known = (steps > 0) & ~vanishes
    steps[~known] = 1
    ratio = (size[k - steps, every] / last) ** (1.0 / steps)
    return np.where(known, ratio, np.nan)


def one_sided(slopes: np.ndarray, unsure: np.ndarray) -> np.ndarray:
    """The slope on one side, where truncation and noise are smallest together."""
    change = slopes[1:] - slopes[:-1]
    # One step of Richardson for a first-order difference.
    better = slopes[1:] + change / 3
    doubt = np.abs(change) + 2 * unsure[1:]
    doubt[~np.isfinite(doubt)] = np.inf
    at = np.argmin(doubt, axis=0)
    every = np.arange(doubt.shape[1])
    return np.where(doubt[at, every] < np.inf, better[at, every], np.nan)


def worse(kinds: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The kind that a point is if it looks like the one from here and like the other from there."""
    rank = [np.argmax(k[..., None] == np.array(SEVERITY), axis=-1) for k in (kinds, others)]
    return np.where(rank[0] >= rank[1], kinds, others)


def describe_line(line: Line, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The kind of point for each output, the noise in each entry, and how much of it is jitter."""
    scatter = _scatter(line, *pick(line)) + _stair(line)
    noise = line.rounding + scatter
    t = line.steps[:, None]
    kinds = kinds_of(line.above / t, -line.below / t, noise / t)
    return np.where(np.isfinite(start), kinds, "edge"), noise, scatter


def settle(
    line: Line,
    kinds: np.ndarray,
    scatter: np.ndarray,
    value: np.ndarray,
    error: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value, error and kind, with what noise and the kind say about one another."""
    usual = np.max(np.where(np.isfinite(line.rounding), line.rounding, 0.0), axis=0)
    noisy = (scatter > 1e4 * usual) & (error > 1e-3 * np.abs(value))
    # No candidate that all finer differences agree with: whatever it is, it is not smooth.
    kinds = np.where((kinds == "smooth") & (noisy | np.isnan(value)), "noisy", kinds)
    value = np.where((kinds == "smooth") | (kinds == "noisy"), value, np.nan)
    return value, np.where(np.isnan(value), np.inf, error), kinds


def slope(line: Line, start: np.ndarray) -> Derivative:
    """What a full line tells about the derivative at its middle, for each output."""
    t = line.steps[:, None]
    with np.errstate(all="ignore"):
        kinds, noise, scatter = describe_line(line, start)
        value, error, kinds = settle(line, kinds, scatter, *pick(line, noise))
        right = one_sided(line.above / t, noise / t)
        left = one_sided(-line.below / t, noise / t)
    return Derivative(value, error, kinds, left, right)
