"""Boxes that feed one another in circles, made into a graph that can be drawn in columns.

A module that is called again and again is one box, so what its first call gave to another box may
come back to its second call. Within such a circle boxes keep the order of their first results, and
edges against it are taken out, to be told in words.
"""

from __future__ import annotations

import heapq

import numpy as np

from ..layout.ranks import neighbours

__all__ = ["backward_edges", "ordered"]


def backward_edges(n: int, source: np.ndarray, target: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Whether each edge is to go: those in circles that run against the order of ``first``.

    Examples
    --------
    >>> import numpy as np
    >>> ends = np.array([0, 1, 1]), np.array([1, 0, 2])
    >>> backward_edges(3, *ends, np.array([5, 7, 9])).tolist()
    [False, True, False]
    """
    component = _components(n, source, target)
    order = np.empty(n, dtype=np.int64)
    order[np.lexsort((np.arange(n), first))] = np.arange(n)
    return (component[source] == component[target]) & (order[source] >= order[target])


def _components(n: int, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The strongly connected component of each vertex (Tarjan, *Depth-first search and linear
    graph algorithms*, 1972), with a stack of its own in place of the interpreter's."""
    start, heads = (a.tolist() for a in neighbours(n, source, target))
    found = [-1] * n
    low = [0] * n
    component = [-1] * n
    path: list[int] = []
    count = 0
    for root in range(n):
        if found[root] >= 0:
            continue
        work = [(root, start[root])]
        found[root] = low[root] = count
        count += 1
        path.append(root)
        while work:
            v, at = work.pop()
            if at < start[v + 1]:
                work.append((v, at + 1))
                w = heads[at]
                if found[w] < 0:
                    found[w] = low[w] = count
                    count += 1
                    path.append(w)
                    work.append((w, start[w]))
                elif component[w] < 0:
                    low[v] = min(low[v], found[w])
                continue
            if low[v] == found[v]:
                while True:
                    w = path.pop()
                    component[w] = v
                    if w == v:
                        break
            if work:
                u = work[-1][0]
                low[u] = min(low[u], low[v])
    return np.array(component, dtype=np.int64)


def ordered(n: int, source: np.ndarray, target: np.ndarray, first: np.ndarray) -> list[int]:
    """Boxes with operands before results; where that leaves a choice, in the order of ``first``."""
    start, heads = (a.tolist() for a in neighbours(n, source, target))
    waiting = np.bincount(target, minlength=n).tolist()
    keys = first.tolist()
    ready = [(keys[v], v) for v in range(n) if not waiting[v]]
    heapq.heapify(ready)
    order = []
    while ready:
        _, v = heapq.heappop(ready)
        order.append(v)
        for w in heads[start[v] : start[v + 1]]:
            waiting[w] -= 1
            if not waiting[w]:
                heapq.heappush(ready, (keys[w], w))
    return order
