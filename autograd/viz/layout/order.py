"""The order of the slots within each column, with few crossings.

Sweeps to and fro put every slot at the mean place of its neighbours in the column before
(Sugiyama, Tagawa and Toda 1981); the best order met is kept.
"""

from __future__ import annotations

import numpy as np

from .ranks import neighbours

__all__ = ["crossings", "order"]

SWEEPS = 12
FEW_SWEEPS = 2
LARGE = 20_000
"""Slots, above which there are few sweeps."""


def order(
    column: np.ndarray, tail: np.ndarray, head: np.ndarray, wish: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slots column by column, each column in order.

    Parameters
    ----------
    column : numpy.ndarray of int
        The column of each slot.
    tail, head : numpy.ndarray of int
        Segments, each from one column to the next.
    wish : numpy.ndarray
        Where to start: slots of a column are first put in the order of these numbers.

    Returns
    -------
    slots : numpy.ndarray of int
        All slots, column by column.
    place : numpy.ndarray of int
        The place of each slot in its column, from 0.
    """
    n = len(column)
    slots = np.lexsort((wish, column))
    base = np.searchsorted(column[slots], np.arange(column.max(initial=-1) + 2))
    place = np.empty(n, dtype=np.int64)
    place[slots] = np.arange(n) - base[column[slots]]
    # Renumbered so that a column's slots, and so its segments, are next to each other.
    number = np.empty(n, dtype=np.int64)
    number[slots] = np.arange(n)
    tail, head = number[tail], number[head]
    place, column = place[slots], column[slots]
    backward, forward = neighbours(n, head, tail), neighbours(n, tail, head)
    wide = np.flatnonzero(np.diff(base) > 1)
    best, fewest = place.copy(), crossings(column, place, tail, head)
    for sweep in range(SWEEPS if n <= LARGE else FEW_SWEEPS):
        if not fewest:
            break
        # From the results to the leaves first: the formula's order is known best there.
        back = sweep % 2 == 0
        start, others = forward if back else backward
        for c in wide[::-1] if back else wide:
            _by_mean(place, int(base[c]), int(base[c + 1]), start, others)
        now = crossings(column, place, tail, head)
        if now < fewest:
            best, fewest = place.copy(), now
    in_order = np.lexsort((best, column))
    result = np.empty(n, dtype=np.int64)
    result[slots] = best
    return slots[in_order], result


def _by_mean(place: np.ndarray, a: int, b: int, start: np.ndarray, others: np.ndarray) -> None:
    """Sort slots ``a`` to ``b`` by the mean place of their neighbours."""
    degree = start[a + 1 : b + 1] - start[a:b]
    sums = np.bincount(
        np.repeat(np.arange(b - a), degree),
        weights=place[others[start[a] : start[b]]],
        minlength=b - a,
    )
    own = place[a:b]
    # One without neighbours there stays where it is.
    mean = np.where(degree > 0, sums / np.maximum(degree, 1), own)
    place[a + np.lexsort((own, mean))] = np.arange(b - a)


def crossings(column: np.ndarray, place: np.ndarray, tail: np.ndarray, head: np.ndarray) -> int:
    """How many pairs of segments cross.

    Segments that leave a column in one order and arrive in another: inversions, counted bit by bit
    for all columns together in ``n log n``.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([0, 1]), np.array([3, 2])  # 0 to 3 and 1 to 2
    >>> crossings(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), a, b)
    1
    """
    if not len(tail):
        return 0
    sequence = np.lexsort((place[head], place[tail], column[tail]))
    group, key = column[tail][sequence], place[head][sequence]
    total = 0
    for bit in range(int(key.max()).bit_length()):
        # Pairs whose keys differ first in this bit: the larger one stands before the smaller.
        prefix = key >> (bit + 1)
        together = np.lexsort((prefix, group))
        ones = (key[together] >> bit) & 1
        before = np.cumsum(ones) - ones
        g, p = group[together], prefix[together]
        fresh = np.ones(len(g), dtype=bool)
        fresh[1:] = (g[1:] != g[:-1]) | (p[1:] != p[:-1])
        opening = before[np.flatnonzero(fresh)][np.cumsum(fresh) - 1]
        total += int(((before - opening) * (1 - ones)).sum())
    return total
