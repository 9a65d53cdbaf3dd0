"""The part of a large comparison that is worth a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..model import HIDDEN, Edge, Model

__all__ = ["around_changes"]


def around_changes(model: Model, ranked: Sequence[int], max_nodes: int | None) -> Model:
    """The vertices to draw: the marked ones, the changes, and then their neighbours.

    Parameters
    ----------
    model : Model
        The merged one.
    ranked : sequence of int
        Vertices whose gradient changed, the most changed first.
    max_nodes : int or None
        How many at most, constants not counted.
    """
    if max_nodes is not None and max_nodes < 1:
        raise ValueError(f"max_nodes is a positive number or None, got {max_nodes}")
    drawn = sum(v.kind != "constant" for v in model.vertices)
    if max_nodes is None or drawn <= max_nodes:
        return model
    kept = _chosen(model, ranked, max_nodes)
    constants = {v.id for v in model.vertices if v.kind == "constant"}
    kept |= {e.source for e in model.edges if e.target in kept and e.source in constants}
    order = sorted(kept)
    ids = {k: i for i, k in enumerate(order)}
    part = replace(model, vertices=[], edges=[], notes=list(model.notes))
    part.vertices = [replace(model.vertices[k], id=i) for k, i in ids.items()]
    cut: dict[int, None] = {}
    for edge in model.edges:
        source, target = ids.get(edge.source, HIDDEN), ids.get(edge.target, HIDDEN)
        if target != HIDDEN:
            part.edges.append(replace(edge, source=source, target=target))
        elif source != HIDDEN:
            cut[source] = None
    part.edges += [Edge(source, HIDDEN, 0) for source in cut]
    shown = sum(v.kind != "constant" for v in part.vertices)
    part.hidden = model.total - shown
    same = sum(v.look == "same" and v.kind != "constant" for v in model.vertices)
    part.notes.append(
        f"shown are the largest changes and what is next to them; {same:,} nodes of "
        f"{model.total:,} are the same in both"
    )
    return part


def _chosen(model: Model, ranked: Sequence[int], most: int) -> set[int]:
    near: dict[int, list[int]] = {}
    for edge in model.edges:
        if edge.source != HIDDEN and edge.target != HIDDEN:
            near.setdefault(edge.source, []).append(edge.target)
            near.setdefault(edge.target, []).append(edge.source)
    vertices = model.vertices
    first = [v.id for v in vertices if v.marked] + [v.id for v in vertices if v.root]
    first += [v.id for v in vertices if v.look in ("added", "removed")]
    # Changes take half of the room, so that some of it is left for what they belong to.
    seeds = [*first, *ranked][: max(1, most // 2)]
    queue = list(dict.fromkeys(k for k in seeds if vertices[k].kind != "constant"))
    found = set(queue)
    for k in queue:  # the list grows as it is read
        if len(found) >= most:
            break
        for other in near.get(k, ()):
            if other not in found and vertices[other].kind != "constant" and len(found) < most:
                found.add(other)
                queue.append(other)
    return found
