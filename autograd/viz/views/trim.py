"""What is left out of a picture that would be too full: far boxes, thin edges."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..layout.ranks import neighbours
from ..pieces import HIDDEN, Edge, Model
from .boxes import Boxes

__all__ = ["largest_edges", "nearest"]


def nearest(boxes: Boxes, starts: Iterable[int], most: int | None, around: bool) -> list[int]:
    """At most ``most`` boxes: those fewest steps from ``starts``, the most blamed of them first.

    Parameters
    ----------
    boxes : Boxes
        What there is.
    starts : iterable of int
        The boxes of roots, or of what is marked.
    most : int or None
        ``None`` keeps all.
    around : bool
        Whether to go from results to operands alone, or both ways.
    """
    n = len(boxes)
    if most is None or n <= most:
        return list(range(n))
    source, target = boxes.source, boxes.target
    if around:
        source, target = np.concatenate([source, target]), np.concatenate([target, source])
    start, near = (a.tolist() for a in neighbours(n, target, source))
    blame = np.nan_to_num(boxes.blame, nan=np.inf)
    kept: list[int] = []
    seen = [False] * n
    frontier = list(dict.fromkeys(starts))
    for v in frontier:
        seen[v] = True
    while frontier and len(kept) < most:
        frontier.sort(key=lambda v: (-blame[v], v))
        kept += frontier
        further = []
        for v in frontier:
            for w in near[start[v] : start[v + 1]]:
                if not seen[w]:
                    seen[w] = True
                    further.append(w)
        frontier = further
    return sorted(kept[:most])


def largest_edges(model: Model, top: int) -> None:
    """Keep the ``top`` largest edges, and the largest out of a vertex that would have none.

    So a way leads from everywhere to a root. Edges from constants stay: nothing travels on them.
    """
    still = {v.id for v in model.vertices if v.kind == "constant"}
    real = [k for k, e in enumerate(model.edges) if e.source not in still]
    # What is not finite is what to look for, so it counts as the largest.
    weight = {k: w if np.isfinite(w := edge_size(model.edges[k])) else np.inf for k in real}
    order = sorted(real, key=lambda k: (-weight[k], k))
    kept = set(order[:top])
    held = {HIDDEN, *(model.edges[k].source for k in kept)}
    for k in order[top:]:
        if model.edges[k].source not in held:
            kept.add(k)
            held.add(model.edges[k].source)
    if len(kept) == len(real):
        return
    gone = [model.edges[k] for k in real if k not in kept]
    keep = {*kept, *(k for k in range(len(model.edges)) if k not in weight)}
    part = _part(sum(map(edge_size, gone)), sum(edge_size(model.edges[k]) for k in real))
    model.edges = [e for k, e in enumerate(model.edges) if k in keep]
    uses = sum(e.count for e in gone)
    model.notes.append(
        f"{len(kept):,} of {len(real):,} edges drawn, the largest; the {len(gone):,} others stand "
        f"for {uses:,} {'use' if uses == 1 else 'uses'}{part}"
    )


def edge_size(edge: Edge) -> float:
    """The size of what an edge carries, or of all that it stands for."""
    from ..figures import size_of

    return edge.size if edge.size is not None else size_of(edge.contribution)


def _part(some: float, total: float) -> str:
    if not np.isfinite(total):
        return ""
    return f" and {100 * some / total:.2g} % of what travels back on all" if total else ""
