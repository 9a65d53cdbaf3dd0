"""Derivatives along a line by finite differences, with an honest error estimate.

Independent of the package under test, so that the kit is not its own judge: plain floats in, plain
floats out.
"""

from __future__ import annotations

from collections.abc import Callable

START = 2.0**-6
LEVELS = 6
EPS = 2.0**-52


def slope(f: Callable[[float], tuple[float, float]]) -> tuple[float, float]:
    """The derivative of ``f`` at 0 and a bound on its error.

    ``f(h)`` gives a value and the size of the terms it was summed from. Central differences at
    halved steps are combined by Richardson extrapolation; the entry of the table whose neighbours
    agree best is taken (Ridders 1982), and rounding is added to the disagreement.
    """
    best, error = 0.0, float("inf")
    above: list[float] = []
    h = START
    for _ in range(LEVELS):
        (right, size), (left, other) = f(h), f(-h)
        row = [(right - left) / (2 * h)]
        noise = 4 * EPS * max(size, other, abs(right), abs(left)) / h
        for j, coarse in enumerate(above):
            better = row[j] + (row[j] - coarse) / (4 ** (j + 1) - 1)
            row.append(better)
            gap = max(abs(better - row[j]), abs(better - coarse)) + noise
            if gap < error:
                best, error = better, gap
        above = row
        h /= 2
    return best, error
