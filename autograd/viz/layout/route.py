"""The way of each edge: straight through columns, in a curve between them."""

from __future__ import annotations

import numpy as np

from .slots import Slots

__all__ = ["ARROW", "ports", "routes"]

ARROW = 8.0
"""The length of an edge's last piece, which its arrow covers."""

INTO, OUT = 12.0, 6.0
"""How far apart edges arrive at a vertex and leave it, where there is room."""
CORNER = 7.0
"""What is left free at the corners of a vertex."""


def ports(end: np.ndarray, other: np.ndarray, half: np.ndarray, apart: float) -> np.ndarray:
    """Where along a vertex's side each edge meets it, from the middle.

    Parameters
    ----------
    end : numpy.ndarray of int
        The vertex that each edge meets.
    other : numpy.ndarray of float
        The coordinate that the edge comes from: edges meet a vertex in that order.
    half : numpy.ndarray of float
        Half the length of each vertex's side.
    apart : float
        The distance between edges, where there is room.
    """
    sequence = np.lexsort((other, end))
    vertex = end[sequence]
    count = np.bincount(vertex, minlength=len(half))
    begin = np.cumsum(count) - count
    place = np.arange(len(vertex)) - begin[vertex] - (count[vertex] - 1) / 2
    room = 2 * np.maximum(half[vertex] - CORNER, 0) / np.maximum(count[vertex] - 1, 1)
    offset = np.empty(len(vertex))
    offset[sequence] = place * np.minimum(apart, room)
    return offset


def routes(
    slots: Slots,
    source: np.ndarray,
    target: np.ndarray,
    reach: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    across: np.ndarray,
    half: np.ndarray,
) -> list[np.ndarray]:
    """Points along each edge: straight from the first to the second, in a curve to the third, ...

    Parameters
    ----------
    slots, source, target
        The graph.
    reach : numpy.ndarray of float
        Of each vertex half its length along the flow.
    left, right : numpy.ndarray of float
        Where each column begins and ends.
    across : numpy.ndarray of float
        The coordinate of each slot across the flow.
    half : numpy.ndarray of float
        Of each vertex half its length across the flow.
    """
    none = slots.first < 0
    after = np.where(none, target, slots.first)
    before = np.where(none, source, slots.label)
    leaves = across[source] + ports(source, across[after], half, OUT)
    arrives = across[target] + ports(target, across[before], half, INTO)
    middle = (left + right) / 2
    result = []
    for e, (s, t) in enumerate(zip(source.tolist(), target.tolist(), strict=True)):
        a, b = slots.column[s], slots.column[t]
        first, count = slots.first[e], slots.count[e]
        passed = slice(first, first + count) if first >= 0 else slice(0, 0)
        columns = slots.column[passed]
        points = np.empty((2 * len(columns) + 4, 2))
        points[0] = middle[a] + reach[s], leaves[e]
        points[1] = right[a], leaves[e]
        points[2:-2:2, 0], points[3:-2:2, 0] = left[columns], right[columns]
        points[2:-2, 1] = np.repeat(across[passed], 2)
        points[-2] = left[b] - ARROW, arrives[e]  # straight under its arrow
        points[-1] = middle[b] - reach[t], arrives[e]
        result.append(points)
    return result
