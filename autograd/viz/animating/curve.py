"""Points along the path of an edge."""

from __future__ import annotations

import re

import numpy as np

__all__ = ["along", "pieces"]

NUMBERS = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
FINE = 12
"""Points on each curve, before they are spread evenly."""


def pieces(d: str) -> list[tuple[str, list[float]]]:
    """The commands of a path with their numbers.

    Examples
    --------
    >>> pieces("M1,2h3.5z")
    [('M', [1.0, 2.0]), ('h', [3.5]), ('z', [])]
    """
    found = re.findall(r"([A-Za-z])([^A-DF-Za-df-z]*)", d)
    return [(letter, [float(x) for x in NUMBERS.findall(rest)]) for letter, rest in found]


def along(d: str, count: int) -> tuple[tuple[float, float], ...]:
    """``count`` points from the end of a path of M, L and C to its start, evenly spread."""
    points: list[np.ndarray] = []
    t = np.linspace(0, 1, FINE)[1:, None]
    for letter, numbers in pieces(d):
        ends = np.array(numbers).reshape(-1, 2)
        if letter == "C":
            a, (b, c, e) = points[-1], ends
            points += list((1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c
                           + t**3 * e)  # fmt: skip
        else:
            points += list(ends)
    route = np.array(points)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(route, axis=0).T))])
    where = np.linspace(length[-1], 0, count)
    spread = np.stack([np.interp(where, length, route[:, i]) for i in (0, 1)], axis=1)
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in spread)
