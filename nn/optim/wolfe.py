"""A line search for the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["Point", "strong_wolfe"]

# f(t) <= f(0) + ENOUGH t f'(0), and |f'(t)| <= FLAT |f'(0)|: Nocedal and Wright, equations 3.7.
ENOUGH = 1e-4
FLAT = 0.9


class Point(NamedTuple):
    """What is known of the function at a step of length ``t`` along the line."""

    t: float
    value: float
    gradient: np.ndarray
    slope: float


def strong_wolfe(
    at: Callable[[float], Point],
    start: Point,
    first: float,
    *,
    longest: float,
    tolerance: float,
    tries: int,
) -> tuple[Point, int]:
    """Look for a step that satisfies the strong Wolfe conditions.

    Nocedal and Wright (2006), algorithms 3.5 and 3.6, with the safeguards of minFunc, as PyTorch
    has them. A value that is not finite counts as too high, so that the step becomes shorter.

    Parameters
    ----------
    at : callable
        Evaluates the function at a step.
    start : Point
        Where the search starts, ``t = 0``.
    first : float
        The first step to try.
    longest : float
        Largest element of the direction in absolute value.
    tolerance : float
        An interval in which no parameter would move by more is not searched further.
    tries : int
        How many steps to try at most, beside the first.

    Returns
    -------
    Point, int
        The step found and the number of evaluations.
    """
    ends, used = _bracket(at, start, first, tries)
    if len(ends) == 1:
        return ends[0], used + 1
    low = _lower(ends)
    # A step close to an end of the bracket twice in a row is moved inwards.
    close = False
    while used < tries and not abs(ends[1].t - ends[0].t) * longest < tolerance:
        t, close = _within(ends, close)
        point = at(t)
        used += 1
        if _too_high(point, start) or not point.value < ends[low].value:
            ends[1 - low] = point
            low = _lower(ends)
            continue
        if not _flat(point, start) and point.slope * (ends[1 - low].t - ends[low].t) >= 0:
            ends[1 - low] = ends[low]
        ends[low] = point
        if _flat(point, start):
            break
    return ends[low], used + 1


def _bracket(
    at: Callable[[float], Point], start: Point, first: float, tries: int
) -> tuple[list[Point], int]:
    """Two steps with a good one between them, or the good one; and how many further tries."""
    before, point = start, at(first)
    for i in range(tries):
        if _too_high(point, start) or (i > 1 and point.value >= before.value):
            return [before, point], i
        if _flat(point, start):
            return [point], i
        if point.slope >= 0:
            return [before, point], i
        t = _cubic(before, point, point.t + 0.01 * (point.t - before.t), 10 * point.t)
        before, point = point, at(t)
    return [start, point], tries


def _lower(ends: list[Point]) -> int:
    return 1 if ends[1].value < ends[0].value else 0


def _too_high(point: Point, start: Point) -> bool:
    return not point.value <= start.value + ENOUGH * point.t * start.slope


def _flat(point: Point, start: Point) -> bool:
    return abs(point.slope) <= -FLAT * start.slope


def _within(ends: list[Point], close: bool) -> tuple[float, bool]:
    """The next step to try between the ends, and whether it is close to one of them."""
    low, high = sorted((ends[0].t, ends[1].t))
    t = _cubic(ends[0], ends[1], low, high)
    margin = 0.1 * (high - low)
    if min(high - t, t - low) >= margin:
        return t, False
    if close or t >= high or t <= low:
        return (high - margin if abs(t - high) < abs(t - low) else low + margin), False
    return t, True


def _cubic(a: Point, b: Point, low: float, high: float) -> float:
    """Where the cubic through both points with their slopes is lowest (equation 3.59)."""
    if b.t < a.t:
        a, b = b, a
    try:
        d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t)
        d2 = math.sqrt(d1 * d1 - a.slope * b.slope)
        t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    except (ValueError, ZeroDivisionError):  # no such place
        t = math.nan
    return min(max(t, low), high) if math.isfinite(t) else (low + high) / 2
