"""Paths of a graph of arrays: what each sends to the leaf, and its share of the gradient.

No bound tells how much a Jacobian further down will let through, so paths are walked one after the
other, up to a limit; first the way where most travels back, so that what is left out is more
likely small.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...op import walking
from ..figures import size_of
from .between import Between

__all__ = ["Found", "largest_shares"]

STEPS = 300_000
"""Steps after which the walk ends, if it has found a path."""


@dataclass(slots=True)
class Found:
    """A path and what came along it."""

    nodes: tuple[Any, ...]
    positions: tuple[int, ...]
    sizes: tuple[float, ...]
    contribution: Any
    share: float


def largest_shares(dag: Between, total: Any, k: int, max_paths: int) -> tuple[list[Found], int]:
    """The ``k`` paths with the largest shares, and how many were looked at."""
    length = size_of(total) ** 2
    top: list[tuple[float, int, Any, Any]] = []
    # Paths share their beginnings: (position, node, size, what came before).
    stack: list[tuple[Any, Any]] = [(dag.seed, (0, dag.root, size_of(dag.seed), None))]
    examined = walked = 0
    with walking(), np.errstate(all="ignore"):
        while stack and examined < max_paths and (walked < STEPS or not examined):
            g, link = stack.pop()
            node = link[1]
            if node is dag.leaf:
                entry = (_weight(g, total, length), -examined, g, link)
                examined += 1
                if len(top) < k:
                    heapq.heappush(top, entry)
                else:
                    heapq.heappushpop(top, entry)
                continue
            walked += 1
            wanted = [p if p is not None and p in dag.inside else None for p in node.parents]
            pulled = node.pull(g, wanted, False)
            onward = []
            for i, p in dag.operands(node):
                ct = pulled[i]
                if ct is None:
                    ct = np.zeros_like(p.data)
                onward.append((ct, (i, p, size_of(ct), link)))
            stack += sorted(onward, key=lambda child: _least(child[1][2]))
    top.sort(key=lambda entry: entry[:2], reverse=True)
    return [_found(g, link, total, length) for _, _, g, link in top], examined


def _found(g: Any, link: Any, total: Any, length: float) -> Found:
    positions, nodes, sizes = [], [], []
    while link is not None:
        position, node, size, link = link
        positions.append(position)
        nodes.append(node)
        sizes.append(size)
    share = _share(g, total, length)
    back = slice(None, None, -1)
    return Found(tuple(nodes[back]), tuple(positions[-2::-1]), tuple(sizes[back]), g, share)


def _share(c: Any, g: Any, length: float) -> float:
    """The signed part of ``g`` that ``c`` is; NaN where ``g`` is zero or not finite."""
    if not length or not math.isfinite(length):
        return math.nan
    with np.errstate(all="ignore"):
        return float(np.sum(np.asarray(c, float) * np.asarray(g, float)) / length)


def _weight(c: Any, g: Any, length: float) -> float:
    """What paths are ranked by: the share's size, or the contribution's where there is none."""
    share = _share(c, g, length)
    size = size_of(c) if math.isnan(share) else abs(share)
    return math.inf if math.isnan(size) else size


def _least(size: float) -> float:
    return math.inf if math.isnan(size) else size
