"""Which column each vertex of a layered drawing stands in.

Columns are longest-path ranks (Sugiyama, Tagawa and Toda, *Methods for visual understanding of
hierarchical system structures*, 1981), after which a vertex that feeds more edges than it takes in
is moved towards its consumers: a leaf stands next to its first use, as in Gansner, Koutsofios,
North and Vo, *A technique for drawing directed graphs*, 1993, whose network simplex this stands in
for at linear cost.
"""

from __future__ import annotations

import numpy as np

__all__ = ["neighbours", "ranks"]


def neighbours(n: int, source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The targets of each vertex: those of ``v`` are ``heads[start[v]:start[v + 1]]``."""
    order = np.argsort(source, kind="stable")
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(source, minlength=n), out=start[1:])
    return start, target[order]


def ranks(n: int, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """A rank for each vertex, such that every edge runs from a lower to a higher one.

    Parameters
    ----------
    n : int
        How many vertices there are.
    source, target : numpy.ndarray of int
        The ends of the edges, which may be parallel.

    Raises
    ------
    ValueError
        If the edges run in a circle.

    Examples
    --------
    >>> import numpy as np
    >>> ranks(4, np.array([0, 1, 3]), np.array([1, 2, 2])).tolist()  # 3 stands beside 1
    [0, 1, 2, 1]
    """
    # Plain lists: a walk from vertex to vertex is several times slower on arrays.
    start, heads = (a.tolist() for a in neighbours(n, source, target))
    waiting = np.bincount(target, minlength=n).tolist()
    takes = list(waiting)
    rank = [0] * n
    order = [v for v in range(n) if not waiting[v]]
    for v in order:  # the list grows as it is read
        after = rank[v] + 1
        for w in heads[start[v] : start[v + 1]]:
            if rank[w] < after:
                rank[w] = after
            waiting[w] -= 1
            if not waiting[w]:
                order.append(w)
    if len(order) < n:
        raise ValueError("a layered drawing needs a graph without circles, and this one has some")
    for v in reversed(order):
        out = heads[start[v] : start[v + 1]]
        if len(out) > takes[v]:
            rank[v] = min(rank[w] for w in out) - 1
    return np.array(rank, dtype=np.int64)
