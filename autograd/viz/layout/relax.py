"""Edges that go out of their way are taken back, as far as there is room.

Packing blocks from four corners leaves the label of an edge where its corner's neighbours were,
now and then far above or below both ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .slots import Slots

__all__ = ["relax"]

PASSES = 6


def relax(
    y: np.ndarray,
    columns: Sequence[list[int]],
    slots: Slots,
    source: np.ndarray,
    target: np.ndarray,
    up: np.ndarray,
    down: np.ndarray,
) -> np.ndarray:
    """Coordinates with every edge moved, as a whole, to between its ends if nothing is in the way.

    Vertices stay where they are, and no two slots come closer than ``up`` and ``down`` allow.
    """
    size = len(y)
    before, after = [-1] * size, [-1] * size
    for column in columns:
        for v, w in pairwise(column):
            after[v], before[w] = w, v
    at, above, below = y.tolist(), up.tolist(), down.tolist()
    edges = [
        e for e in zip(slots.first.tolist(), slots.count.tolist(), source.tolist(), target.tolist())
        if e[1]
    ]  # fmt: skip
    for k in range(PASSES):
        moved = False
        for first, count, s, t in edges if k % 2 == 0 else reversed(edges):
            own = range(first, first + count)
            low, high = min(at[s], at[t]), max(at[s], at[t])
            step = min(high - min(at[v] for v in own), 0.0)
            if step:
                for v in own:
                    w = before[v]
                    if w >= 0:
                        step = max(step, at[w] + below[w] + above[v] - at[v])
                step = min(step, 0.0)
            else:
                step = max(low - max(at[v] for v in own), 0.0)
                for v in own:
                    w = after[v]
                    if w >= 0 and step:
                        step = min(step, at[w] - above[w] - below[v] - at[v])
                step = max(step, 0.0)
            if step:
                moved = True
                for v in own:
                    at[v] += step
        if not moved:
            break
    return np.array(at)
