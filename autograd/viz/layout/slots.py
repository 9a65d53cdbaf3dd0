"""What stands in the columns: the vertices, and a place for every edge that passes through.

Columns alternate: vertices stand in even ones, and an edge has its label in the odd column before
its target. An edge so has a slot of its own in every column between its ends, and where slots do
not overlap, nothing does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Slots", "make_slots"]

MOST_PER_ITEM, LEAST = 6, 10_000
"""Slots for passing edges, for each vertex and edge of the graph, and how many there may always be.
The longest edges beyond that are drawn as one curve, so that the work stays linear."""


@dataclass(slots=True)
class Slots:
    """Vertices come first, as they are numbered; the slots of an edge follow each other."""

    column: np.ndarray
    """The column of each slot."""
    n: int
    """How many of them are vertices."""
    first: np.ndarray
    """Of each edge the first of its slots, or -1 if it has none."""
    count: np.ndarray
    """How many slots each edge has."""
    tail: np.ndarray
    head: np.ndarray
    """The ends of the segments that edges are cut into, each from one column to the next."""

    @property
    def label(self) -> np.ndarray:
        """Of each edge the slot of its label, or -1."""
        return np.where(self.first < 0, -1, self.first + self.count - 1)


def make_slots(rank: np.ndarray, source: np.ndarray, target: np.ndarray) -> Slots:
    """Cut edges into segments from column to column."""
    n, m = len(rank), len(source)
    span = 2 * (rank[target] - rank[source]) - 1
    shortest = np.argsort(span, kind="stable")
    kept = np.empty(m, dtype=bool)
    kept[shortest] = np.cumsum(span[shortest]) <= max(MOST_PER_ITEM * (n + m), LEAST)
    count = np.where(kept, span, 0)
    before = np.cumsum(count) - count
    first = np.where(kept, n + before, -1)
    edge = np.repeat(np.arange(m), count)
    step = np.arange(len(edge)) - before[edge]
    own = n + np.arange(len(edge))
    column = np.concatenate([2 * rank, 2 * rank[source[edge]] + 1 + step])
    # Into each slot from the one before it, and from each edge's last slot into its target.
    into = np.where(step == 0, source[edge], own - 1)
    last = first[kept] + count[kept] - 1
    return Slots(
        column=column,
        n=n,
        first=first,
        count=count,
        tail=np.concatenate([into, last]),
        head=np.concatenate([own, target[kept]]),
    )
