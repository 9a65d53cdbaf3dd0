"""Repeated structure as single boxes, found without any names.

Three steps, each coarser and each linear:

1. Ops of one kind that feed one another and nobody else: a sum of 784 terms, a million in a row.
2. Nodes with the same op and the same kinds of operands: the classes of a bisimulation (Hopcroft
   1971; on a graph without circles, hashing operands first finds them in one pass, Dovier, Piazza
   and Policriti 2004). Leaves are told apart by what uses them.
3. Ops of any kind in a row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain

import numpy as np

from .skeleton import Skeleton

__all__ = ["Loose", "classes", "in_a_row", "runs"]


@dataclass(slots=True)
class Loose:
    """Which nodes are outside of all boxes."""

    graph: Skeleton
    box: np.ndarray
    """The number of the box of each node, -1 for those outside."""
    place: np.ndarray
    """The number of the innermost group of each node: only those in the same go together."""
    alone: np.ndarray
    """Whether each node is to be no part of a longer run: roots, those marked or labelled."""

    @property
    def own(self) -> np.ndarray:
        """What is the same for all nodes of a class, whatever their operands are."""
        return self.graph.kind.astype(np.int64) * (int(self.place.max()) + 1) + self.place

    @property
    def names(self) -> np.ndarray:
        """A number for what each node stands in, so far: itself, or its box."""
        n = len(self.box)
        return np.where(self.box < 0, np.arange(n), n + self.box)


def runs(loose: Loose) -> np.ndarray:
    """Step 1: for each node the last of its run, itself where there is none."""
    graph = loose.graph
    s, t = graph.source, graph.target
    once = np.bincount(s, minlength=len(loose.box)) == 1
    joins = (
        once[s]
        & ~loose.alone[s]
        & (loose.box[s] < 0)
        & (loose.box[t] < 0)
        & (graph.kind[s] == graph.kind[t])
        & (loose.place[s] == loose.place[t])
    )
    return _joined(len(loose.box), s[joins], t[joins])


def _joined(n: int, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Where each of ``n`` ends up, if each ``source`` goes on to its only ``target``."""
    last = np.arange(n)
    last[source] = target
    while True:  # the steps double: 20 rounds for a million in a row
        further = last[last]
        if np.array_equal(further, last):
            return last
        last = further


def classes(loose: Loose, run: np.ndarray) -> np.ndarray:
    """Step 2: the number of the class of each node; boxes keep classes of their own."""
    graph = loose.graph
    n = len(run)
    names = np.where(loose.box < 0, run, n + loose.box)
    inside = np.bincount(run, minlength=n)
    outer = (names[graph.source] != names[graph.target]) & (loose.box[graph.target] < 0)
    to = names[graph.target[outer]]
    order = np.argsort(to, kind="stable")
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(to, minlength=n), out=start[1:])
    position = _numbers(graph.position[outer][order])
    froms = _numbers(run[graph.source[outer][order]])
    begins, own, listed, boxes, sizes = map(_numbers, (start, loose.own, run, loose.box, inside))
    whole = _numbers(graph.roots & loose.alone)
    result = np.zeros(n, dtype=np.int32)
    known = result.data
    found: dict[tuple, int] = {}
    of_box: dict[int, int] = {}
    count = 0
    for k in range(n):
        if boxes[k] >= 0:
            c = of_box.get(boxes[k])
            if c is None:
                c = of_box[boxes[k]] = count
                count += 1
        elif listed[k] != k:
            continue
        else:
            a, b = begins[k], begins[k + 1]
            first = (own[k], sizes[k], whole[k])
            key: tuple[int, ...]
            if b - a == 1:
                key = (*first, position[a], known[froms[a]])
            elif sizes[k] == 1:
                key = (*first, *position[a:b], *[known[v] for v in froms[a:b]])
            else:
                # Of a run only how many operands of each class it takes matters, not their order.
                uses = sorted(Counter([known[v] for v in froms[a:b]]).items())
                key = (*first, *chain.from_iterable(uses))
            c = found.get(key)
            if c is None:
                c = found[key] = count
                count += 1
        known[k] = c
    return _by_use(loose, result[run].astype(np.int64))


def _numbers(numbers: np.ndarray) -> memoryview:
    """To read one by one: about as fast as a list, without an object for each."""
    return numbers.astype(np.int32).data


def _by_use(loose: Loose, number: np.ndarray) -> np.ndarray:
    """The same classes, those of leaves told apart by the classes of what uses them."""
    graph, own = loose.graph, loose.own
    leaf = graph.leaves & (loose.box < 0)
    of_leaf = leaf[graph.source]
    wide = int(graph.position.max(initial=0)) + 1
    use = number[graph.target[of_leaf]] * wide + graph.position[of_leaf]
    ends = np.unique(np.stack([graph.source[of_leaf], use], axis=1), axis=0)
    users: dict[int, list[int]] = {}
    for v, u in ends.tolist():
        users.setdefault(v, []).append(u)
    result = number.copy()
    count = int(number.max(initial=-1)) + 1
    found: dict[tuple, int] = {}
    for v in np.flatnonzero(leaf).tolist():
        key = (int(own[v]), *users.get(v, ()))
        result[v] = found.setdefault(key, count + len(found))
    return result


def in_a_row(loose: Loose, number: np.ndarray) -> np.ndarray:
    """Step 3: classes whose only op is the next one's only op, together."""
    graph = loose.graph
    n = int(number.max(initial=-1)) + 1
    s, t = number[graph.source], number[graph.target]
    real = (s != t) & ~graph.leaves[graph.source]
    ends = np.unique(s[real] * n + t[real])
    s, t = ends // n, ends % n
    users, takes = np.bincount(s, minlength=n), np.bincount(t, minlength=n)
    held, inside = np.zeros(n, dtype=bool), np.full(n, -1)
    held[number[loose.alone | graph.leaves | (loose.box >= 0)]] = True
    inside[number] = loose.place
    boxed = np.zeros(n, dtype=bool)
    boxed[number[(loose.box >= 0) | graph.leaves]] = True
    joins = (users[s] == 1) & (takes[t] == 1) & ~held[s] & ~boxed[t] & (inside[s] == inside[t])
    last = _joined(n, s[joins], t[joins])
    return _by_use(loose, last[number])
