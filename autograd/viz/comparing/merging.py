"""Two matched graphs as one list, operands before results."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from .graph import Graph

__all__ = ["Pair", "merge"]

Pair = tuple[int, int]
"""A vertex of either graph; -1 where there is none."""


def merge(a: Graph, b: Graph, to_b: list[int]) -> list[Pair]:
    """The vertices of both graphs, operands before results in both.

    Labels may have changed places, so that one graph has two matched vertices in one order and the
    other in the other. What such a circle consists of is taken apart, in ``to_b`` too.
    """
    while True:
        pairs = _pairs(a, b, to_b)
        operands = _operands(a, b, pairs)
        order = _sorted(operands)
        if len(order) == len(pairs):
            return [pairs[k] for k in order]
        # What only follows on a circle is no part of it.
        left = set(range(len(pairs))) - set(order)
        for k in _leading_to(operands, left):
            u, v = pairs[k]
            if u >= 0 and v >= 0:
                to_b[u] = -1


def _pairs(a: Graph, b: Graph, to_b: Sequence[int]) -> list[Pair]:
    """By their places in the later graph; those gone come before what is next in the first."""
    to_a = {v: u for u, v in enumerate(to_b) if v >= 0}
    pairs: list[Pair] = []
    done = 0
    for v in range(len(b.vertices)):
        u = to_a.get(v, -1)
        if u >= 0:
            pairs += [(k, -1) for k in range(done, u) if to_b[k] < 0]
            done = max(done, u + 1)
        pairs.append((u, v))
    return pairs + [(k, -1) for k in range(done, len(a.vertices)) if to_b[k] < 0]


def _operands(a: Graph, b: Graph, pairs: Sequence[Pair]) -> list[set[int]]:
    of_a = {u: k for k, (u, _) in enumerate(pairs) if u >= 0}
    of_b = {v: k for k, (_, v) in enumerate(pairs) if v >= 0}
    operands = []
    for u, v in pairs:
        mine = {of_a[p] for p in a.operands[u]} if u >= 0 else set()
        operands.append(mine | ({of_b[p] for p in b.operands[v]} if v >= 0 else set()))
    return operands


def _sorted(operands: Sequence[set[int]]) -> list[int]:
    users: list[list[int]] = [[] for _ in operands]
    for k, mine in enumerate(operands):
        for p in mine:
            users[p].append(k)
    waiting = [len(mine) for mine in operands]
    ready = [k for k, n in enumerate(waiting) if not n]
    heapify(ready)
    order = []
    while ready:
        k = heappop(ready)
        order.append(k)
        for user in users[k]:
            waiting[user] -= 1
            if not waiting[user]:
                heappush(ready, user)
    return order


def _leading_to(operands: Sequence[set[int]], left: set[int]) -> set[int]:
    """Those of ``left`` that a circle in it needs: the others are used by nothing there."""
    uses = dict.fromkeys(left, 0)
    for k in left:
        for p in operands[k] & left:
            uses[p] += 1
    stack = [k for k, n in uses.items() if not n]
    kept = set(left)
    while stack:
        k = stack.pop()
        kept.discard(k)
        for p in operands[k] & left:
            uses[p] -= 1
            if not uses[p]:
                stack.append(p)
    return kept
