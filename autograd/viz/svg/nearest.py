"""A model cut down to what can be shown."""

from __future__ import annotations

from dataclasses import replace

from ..model import HIDDEN, Edge, Model

__all__ = ["nearest"]


def nearest(model: Model, most: int) -> Model:
    """The vertices with the fewest steps to a root, at most ``most``; the others are counted.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> small = nearest(build(Value(2.0).exp().sin()), 2)
    >>> [v.symbol for v in small.vertices], small.hidden
    (['exp', 'sin'], 1)
    """
    if len(model.vertices) <= most:
        return model
    into: dict[int, list[int]] = {}
    for e in model.edges:
        into.setdefault(e.target, []).append(e.source)
    queue = dict.fromkeys(v.id for v in model.vertices if v.marked or v.root)
    found = list(queue)
    for id in found:  # the list grows as it is read
        if len(found) > most:
            break
        for source in into.get(id, ()):
            if source != HIDDEN and source not in queue:
                queue[source] = None
                found.append(source)
    kept = set(found[:most])
    vertices = [replace(v) for v in model.vertices if v.id in kept]
    edges, cut = [], {}
    for e in model.edges:
        if e.target in kept:
            edges.append(e if e.source in kept else replace(e, source=HIDDEN))
        elif e.source in kept:
            cut[e.source] = Edge(e.source, HIDDEN, 0)
    nodes = sum(v.members for v in vertices if v.kind != "constant" or v.root)
    return replace(
        model, vertices=vertices, edges=[*edges, *cut.values()], hidden=model.total - nodes
    )
