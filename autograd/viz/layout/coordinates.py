"""How far down each slot stands, so that edges run straight and nothing overlaps.

After Brandes and Koepf, *Fast and simple horizontal coordinate assignment*, 2001: slots are strung
into blocks with a middle neighbour, blocks are packed as close as they go; that is done from each
of four corners, and each slot takes the mean of the two middle results.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .ranks import neighbours

__all__ = ["coordinates"]


def coordinates(
    columns: Sequence[list[int]],
    place: np.ndarray,
    tail: np.ndarray,
    head: np.ndarray,
    n: int,
    up: np.ndarray,
    down: np.ndarray,
) -> np.ndarray:
    """A coordinate for each slot.

    Parameters
    ----------
    columns : sequence of list of int
        The slots of each column in order.
    place : numpy.ndarray of int
        The place of each slot in its column.
    tail, head : numpy.ndarray of int
        Segments, each from one column to the next.
    n : int
        Slots from this number on belong to edges; where two of them follow each other, the edge is
        kept straight first.
    up, down : numpy.ndarray of float
        The room each slot needs on either side of its coordinate.
    """
    size = len(place)
    where = place.tolist()
    # A column's segments in the order of their places, from either side.
    by_place = np.lexsort((place[tail], place[head]))
    back = [a.tolist() for a in neighbours(size, head[by_place], tail[by_place])]
    by_place = np.lexsort((place[head], place[tail]))
    ahead = [a.tolist() for a in neighbours(size, tail[by_place], head[by_place])]
    barred = _barred(columns, where, back, n)
    # Each slot and the next in its column, and how far apart they are at least.
    first = np.array([v for c in columns for v in c[:-1]], dtype=np.int64)
    second = np.array([v for c in columns for v in c[1:]], dtype=np.int64)
    apart = down[first] + up[second]
    results = []
    for side in (back, ahead):
        for forward in (True, False):
            block = _blocks(columns, where, side, barred, side is back, forward)
            if forward:
                y = _pack(block, first, second, apart)
            else:
                y = -_pack(block, second[::-1], first[::-1], apart[::-1])
            results.append(y)
    return _balanced(results)


def _barred(
    columns: Sequence[list[int]], where: list[int], back: list[list[int]], n: int
) -> set[tuple[int, int]]:
    """Segments that cross the inside of a long edge, which goes first."""
    start, others = back
    barred = set()
    for above, here in pairwise(columns):
        low, scanned = -1, 0
        for i, v in enumerate(here):
            inner = -1
            if v >= n and start[v] < start[v + 1] and others[start[v]] >= n:
                inner = others[start[v]]
            if inner < 0 and i < len(here) - 1:
                continue
            high = where[inner] if inner >= 0 else len(above)
            for w in here[scanned : i + 1]:
                for u in others[start[w] : start[w + 1]]:
                    if (where[u] < low or where[u] > high) and not (u >= n and w >= n):
                        barred.add((u, w))
            scanned, low = i + 1, high
    return barred


def _blocks(
    columns: Sequence[list[int]],
    where: list[int],
    side: list[list[int]],
    barred: set[tuple[int, int]],
    is_back: bool,
    forward: bool,
) -> np.ndarray:
    """The block of each slot, named by its first: strings of slots that go straight."""
    start, others = side
    root = list(range(len(where)))
    taken = [False] * len(where)
    sign = 1 if forward else -1
    for column in columns if is_back else columns[::-1]:
        last = -1 if forward else len(where)
        for v in column if forward else column[::-1]:
            a, b = start[v], start[v + 1]
            if a == b:
                continue
            low, high = (a + b - 1) // 2, (a + b) // 2
            for k in (low, high) if forward else (high, low):
                u = others[k]
                pair = (u, v) if is_back else (v, u)
                # Blocks must not cross, and none forks.
                if not taken[u] and sign * where[u] > sign * last and pair not in barred:
                    root[v] = root[u]
                    taken[u] = True
                    last = where[u]
                    break
    return np.array(root, dtype=np.int64)


def _pack(
    block: np.ndarray, first: np.ndarray, second: np.ndarray, apart: np.ndarray
) -> np.ndarray:
    """Coordinates of slots with blocks as close together as they go."""
    n = len(block)
    a, b = block[first], block[second]
    sequence = np.argsort(a, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(a, minlength=n))]).tolist()
    heads, gaps = b[sequence].tolist(), apart[sequence].tolist()
    waiting = np.bincount(b, minlength=n).tolist()
    y = [0.0] * n
    done = [v for v in np.unique(block).tolist() if not waiting[v]]
    for v in done:  # the list grows as it is read
        for k in range(start[v], start[v + 1]):
            w = heads[k]
            if y[w] < y[v] + gaps[k]:
                y[w] = y[v] + gaps[k]
            waiting[w] -= 1
            if not waiting[w]:
                done.append(w)
    # What has room is drawn towards what follows it.
    for v in reversed(done):
        if start[v] < start[v + 1]:
            y[v] = max(y[v], min(y[heads[k]] - gaps[k] for k in range(start[v], start[v + 1])))
    return np.array(y)[block]


def _balanced(results: list[np.ndarray]) -> np.ndarray:
    """The mean of the two middle results, laid over the narrowest."""
    narrowest = min(results, key=lambda y: float(np.ptp(y)))
    low, high = narrowest.min(), narrowest.max()
    laid = [y + (low - y.min() if i % 2 == 0 else high - y.max()) for i, y in enumerate(results)]
    middle = np.sort(np.array(laid), axis=0)[1:3].mean(axis=0)
    return middle - middle.min()
