"""Paths of a graph of numbers: how many there are, and which contribute most.

The best path is found by dynamic programming: for each node the largest product from there to the
leaf. Every other path leaves the best continuation somewhere; it is reached from a path that is at
least as good by one more such deviation, so each path is made once and in order of size (Lawler
1972, "A procedure for computing the k best solutions to discrete optimization problems"). A search
that extends paths step by step would try all of them where many tie.

Sizes are kept as logarithms: a product over 100,000 steps may leave the range of floats and return.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from typing import Any

from .between import Between, Step

__all__ = ["count_paths", "largest", "product"]

_ZERO, _BEYOND = -math.inf, math.inf


def count_paths(dag: Between) -> int:
    """The number of paths from root to leaf, exactly."""
    # Dropped as soon as they are used: after n doublings a count has n bits.
    counts = {dag.root: 1}
    for node in dag.order[:-1]:
        count = counts.pop(node)
        for _, p in dag.operands(node):
            counts[p] = counts.get(p, 0) + count
    return counts[dag.leaf]


def product(factors: Iterable[float]) -> float:
    """The product as ``backward`` forms it: zero stays zero through an infinite derivative."""
    result = 1.0
    for d in factors:
        if not result:
            return result
        result = d * result
    return result


def largest(dag: Between, steps: dict[Any, list[Step]], k: int) -> list[list[Step]]:
    """The ``k`` paths whose products are largest in size, the largest first."""
    onward, best = _bounds(dag, steps)
    found: list[list[Step]] = []
    # A candidate: minus its size, its age for ties, the path it deviates from, where, and how.
    queue: list[tuple[float, int, list[Step], int, Step | None]] = [(0.0, 0, [], 0, None)]
    made = 1
    while queue and len(found) < k:
        _, _, parent, at, step = heapq.heappop(queue)
        path = parent[:at]
        if step is not None:
            path.append(step)
        fresh = len(path)
        node = path[-1].source if path else dag.root
        while node is not dag.leaf:
            path.append(best[node])
            node = path[-1].source
        found.append(path)
        # No more of these can be wanted, which keeps the queue short.
        room = k - len(found)
        for size, position, other in heapq.nlargest(
            room, _deviations(dag.root, path, fresh, steps, onward), key=lambda c: c[0]
        ):
            heapq.heappush(queue, (-size, made, path, position, other))
            made += 1
    # What was rounded in the logarithms is put right.
    sizes = [_rank(product(s.local for s in path)) for path in found]
    order = sorted(range(len(found)), key=lambda i: -sizes[i])
    return [found[i] for i in order]


def _bounds(dag: Between, steps: dict[Any, list[Step]]) -> tuple[dict[Any, float], dict[Any, Step]]:
    """For each node the size of the largest product to the leaf, and the step it begins with."""
    onward = {dag.leaf: 0.0}
    best: dict[Any, Step] = {}
    for node in reversed(dag.order[:-1]):
        sizes = [_then(_log(s.local), onward[s.source]) for s in steps[node]]
        i = max(range(len(sizes)), key=sizes.__getitem__)
        onward[node], best[node] = sizes[i], steps[node][i]
    return onward, best


def _deviations(
    root: Any,
    path: list[Step],
    fresh: int,
    steps: dict[Any, list[Step]],
    onward: dict[Any, float],
) -> Iterator[tuple[float, int, Step]]:
    """Ways to leave ``path`` at or after step ``fresh``: size of the best path that way."""
    size = 0.0
    node = root
    for i, taken in enumerate(path):
        if i >= fresh and len(steps[node]) > 1:
            for step in steps[node]:
                if step.position != taken.position:
                    rest = _then(_log(step.local), onward[step.source])
                    yield _then(size, rest), i, step
        size = _then(size, _log(taken.local))
        node = taken.source


def _log(d: float) -> float:
    """The logarithm of a factor's size; NaN counts as infinite."""
    if math.isnan(d):
        return _BEYOND
    return math.log(abs(d)) if d else _ZERO


def _then(first: float, rest: float) -> float:
    """The size of a product: zero first stays zero, infinity is not undone by what follows."""
    if first in (_ZERO, _BEYOND):
        return first
    return first + rest


def _rank(x: float) -> float:
    return _BEYOND if math.isnan(x) else abs(x)
