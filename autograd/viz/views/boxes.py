"""A graph cut into boxes, with what goes on between them added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .skeleton import Skeleton

__all__ = ["Boxes", "cut", "how_many"]


@dataclass(slots=True)
class Boxes:
    """A partition of the nodes; every node is in one box, every use inside one or between two."""

    graph: Skeleton
    box: np.ndarray
    """The box of each node."""
    first: np.ndarray
    """The first result in each box, which tells where it stands among others."""
    source: np.ndarray
    """Ends of the edges between boxes, each pair once."""
    target: np.ndarray
    uses: np.ndarray
    """How many uses each edge stands for."""
    size: np.ndarray
    """The sizes of their contributions, added up."""
    only: np.ndarray
    """The node that all uses of an edge are of, -1 if there are several."""
    signed: np.ndarray
    """Where there is one, what all its uses sent back: as ``Skeleton.signed``."""
    blame: np.ndarray
    """What reached the leaves in each box, as sizes of contributions."""

    def __len__(self) -> int:
        return len(self.first)

    def members(self, kept: list[int]) -> dict[int, np.ndarray]:
        """The nodes of some boxes."""
        order = np.argsort(self.box, kind="stable")
        ends = np.cumsum(np.bincount(self.box, minlength=len(self)))
        starts = ends - np.bincount(self.box, minlength=len(self))
        return {b: order[starts[b] : ends[b]] for b in kept}


def how_many(names: np.ndarray) -> int:
    """How many different numbers there are, none of them negative or large."""
    return int(np.count_nonzero(np.bincount(names)))


def cut(graph: Skeleton, names: np.ndarray) -> Boxes:
    """Boxes of the nodes that have the same number in ``names``."""
    there = np.bincount(names) > 0
    box = (np.cumsum(there) - 1)[names]
    k = how_many(names)
    n = len(box)
    # A leaf is there from the start and says nothing about when its box comes.
    when = np.where(graph.leaves, n + np.arange(n), np.arange(n))
    first = np.full(k, 2 * n, dtype=np.int64)
    np.minimum.at(first, box, when)
    first = np.where(first >= n, first - n, first)
    s, t = box[graph.source].astype(np.int64), box[graph.target].astype(np.int64)
    between = s != t
    pairs, which = np.unique(s[between] * k + t[between], return_inverse=True)
    some, least = graph.source[between], np.full(len(pairs), n)
    np.minimum.at(least, which, some)
    most = np.full(len(pairs), -1)
    np.maximum.at(most, which, some)
    return Boxes(
        graph,
        box,
        first,
        pairs // max(k, 1),
        pairs % max(k, 1),
        np.bincount(which, minlength=len(pairs)),
        np.bincount(which, graph.size[between], minlength=len(pairs)),
        np.where(least == most, least, -1),
        np.bincount(which, graph.signed[between], minlength=len(pairs)),
        np.bincount(box, graph.blame, minlength=k),
    )
