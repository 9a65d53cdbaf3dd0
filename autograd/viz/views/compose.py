"""Boxes as a model to draw."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...value import Value
from ..groups import Grouping
from ..model import _constant, _edges, _share, _vertex
from ..pieces import HIDDEN, Edge, Model, Vertex
from .boxes import Boxes
from .cycles import backward_edges, ordered
from .describe import Blamed, nodes_word, numbers_of, output_of, rolled_title, values_of

__all__ = ["Plan", "compose"]

PARALLEL = 3
"""Up to so many uses of a box by one op are edges of their own, with their derivatives."""
TOLD = 4
"""So many pairs of boxes that feed each other in circles are told one by one."""


@dataclass(slots=True)
class Plan:
    """A partition, and what its boxes are called."""

    boxes: Boxes
    paths: list[str]
    """The group that each box stands for, empty if none."""
    run: np.ndarray
    """The last node of the run that each node is in."""
    grouping: Grouping
    marked: np.ndarray
    """Whether each node is to stand out."""
    call: np.ndarray
    """The call of its innermost group that each node was recorded in."""
    place: np.ndarray
    """A number for the innermost group of each node."""


def compose(plan: Plan, kept: list[int]) -> Model:
    """The model of the boxes in ``kept``; the others are counted as hidden."""
    boxes, graph = plan.boxes, plan.boxes.graph
    blamed = Blamed(graph.blame)
    members = boxes.members(kept)
    hidden = len(graph.nodes) - sum(len(m) for m in members.values())
    model = Model(total=len(graph.nodes) + len(graph.extra), hidden=hidden)
    new = np.full(len(boxes), HIDDEN)
    new[kept] = np.arange(len(kept))
    s, t = new[boxes.source], new[boxes.target]
    inner = np.flatnonzero((s != HIDDEN) & (t != HIDDEN))
    first = boxes.first[kept]
    back = np.zeros(len(s), dtype=bool)
    back[inner] = backward_edges(len(kept), s[inner], t[inner], first)
    forward = inner[~back[inner]]
    order = ordered(len(kept), s[forward], t[forward], first)
    again = _fed_by_itself(plan)
    leaving = _leaving(plan)
    ids: dict[int, int] = {}
    into: dict[int, list[int]] = {}
    for e in np.flatnonzero((t != HIDDEN) & ~back).tolist():
        into.setdefault(int(boxes.target[e]), []).append(e)
    titles: dict[int, str] = {}
    for box in (kept[k] for k in order):
        own = members[box]
        plain = len(own) == 1 and not plan.paths[box]
        if plain:
            edges = _plain(plan, model, int(own[0]), ids, into.get(box, []), box)
        else:
            vertex = _group(plan, box, own, len(model.vertices), blamed, again, leaving)
            model.vertices.append(vertex)
            edges = [_bundle(boxes, e, ids, vertex.id) for e in into.get(box, [])]
        ids[box] = len(model.vertices) - 1
        vertex = model.vertices[-1]
        vertex.marked = bool(plan.marked[own].any())
        titles[box] = vertex.name or vertex.symbol or vertex.title
        model.edges += edges
    for e in np.flatnonzero((s != HIDDEN) & (t == HIDDEN)).tolist():
        model.edges.append(_bundle(boxes, e, ids, HIDDEN))
    _merge_hidden(model)
    for k, v in enumerate(v for v in reversed(model.vertices) if v.kind != "constant"):
        v.turn = k
    for tensor in graph.extra:
        vertex = replace(_constant(len(model.vertices), tensor), root=True, name=tensor.label)
        model.vertices.append(vertex)
    model.groups = plan.grouping.groups
    _note(plan, model, np.flatnonzero(back), titles, blamed)
    return model


def _plain(
    plan: Plan, model: Model, k: int, ids: dict[int, int], into: Iterable[int], own: int
) -> list[Edge]:
    """Append a node as it is, with its constants; its edges."""
    boxes, graph, groups = plan.boxes, plan.boxes.graph, plan.grouping
    node = graph.nodes[k]
    place = {graph.nodes[j]: int(boxes.box[j]) for j in _operands(plan, k)}
    uses = {int(boxes.source[e]): e for e in into}
    edges: list[Edge] = []
    for position, use in enumerate(_edges(node, graph.parts.get(node))):
        operand: Any
        operand, constant, edge = use
        edge.position = position
        if operand is None:
            vertex = _constant(len(model.vertices), constant)
            vertex.group = groups.path_of(node)
            model.vertices.append(vertex)
            edge.source = vertex.id
        else:
            box = place[operand]
            e = uses.get(box)
            if e is None:  # against the order, and told in a note
                continue
            if boxes.uses[e] > PARALLEL:
                continue
            edge.source = ids.get(box, HIDDEN)
            edge.share = _share(edge.contribution, operand.grad)
        edges.append(edge)
    vertex = _vertex(len(model.vertices), node, bool(graph.roots[k]))
    vertex.name = groups.name_of(node)
    vertex.group = groups.path_of(node)
    vertex.line = getattr(node, "line", None)
    model.vertices.append(vertex)
    for edge in edges:
        edge.target = vertex.id
    many = [e for e in uses.values() if boxes.uses[e] > PARALLEL]
    return edges + [_bundle(boxes, e, ids, vertex.id) for e in many]


def _operands(plan: Plan, k: int) -> list[int]:
    graph = plan.boxes.graph
    a, b = np.searchsorted(graph.target, [k, k + 1])  # edges are listed by their results
    return graph.source[a:b].tolist()


def _bundle(boxes: Boxes, e: int, ids: dict[int, int], target: int) -> Edge:
    """All uses of one box by another as one edge."""
    source = ids.get(int(boxes.source[e]), HIDDEN)
    edge = Edge(source, target, 0, count=int(boxes.uses[e]), size=float(boxes.size[e]))
    if boxes.only[e] >= 0 and HIDDEN not in (source, target):
        # Of uses of one value alone it can be said what they sent back together.
        node, signed = boxes.graph.nodes[boxes.only[e]], float(boxes.signed[e])
        if isinstance(node, Value):
            edge.contribution, edge.share = signed, _share(signed, node.grad)
        else:
            edge.share = signed if math.isfinite(signed) else None
    return edge


def _merge_hidden(model: Model) -> None:
    """One edge to what is hidden from each vertex, and one from it to each."""
    found: dict[tuple[int, int], Edge] = {}
    edges = []
    for edge in model.edges:
        if HIDDEN not in (edge.source, edge.target) or edge.size is None:
            edges.append(edge)
            continue
        known = found.get((edge.source, edge.target))
        if known is None or known.size is None:
            found[edge.source, edge.target] = edge
            edges.append(edge)
        else:
            known.count += edge.count
            known.size += edge.size
    model.edges = edges


def _group(
    plan: Plan,
    box: int,
    own: np.ndarray,
    id: int,
    blamed: Blamed,
    again: dict[str, int],
    leaving: np.ndarray,
) -> Vertex:
    """A vertex that stands for several nodes."""
    boxes, graph = plan.boxes, plan.boxes.graph
    path = plan.paths[box]
    leaves = own[graph.leaves[own]]
    about: list[tuple[str, str]] = []
    vertex = Vertex(id, "group", None, None, None, "", None, None, members=len(own))
    if path:
        group = plan.grouping.groups[path]
        vertex.name, vertex.symbol, vertex.group = path, group.title or None, group.parent
        about.append(("nodes", f"{len(own):,}"))
        if group.calls > 1:
            about.append(("calls", f"{group.calls:,}"))
    else:
        title, vertex.op = rolled_title(graph, own, plan.run)
        labels = _labels(plan, own)
        vertex.name, vertex.symbol = (labels, title) if labels else (title, None)
        vertex.group = plan.grouping.path_of(graph.nodes[own[-1]])
        if len(leaves) < len(own) and len(np.unique(plan.run[own])) != len(own):
            about.append(("nodes", f"{len(own):,}"))
        about += values_of([graph.nodes[k] for k in own.tolist()])
    count, norm = numbers_of(graph, leaves)
    if count and (path or count != len(own)):
        about.append(("parameters" if path else "numbers", f"{count:,}"))
    outputs, sent = output_of([graph.nodes[k] for k in own[leaving[own]].tolist()] if path else [])
    about += outputs
    if count and norm:
        about.append(("‖grad‖", f"{norm:.4g}"))
    share = blamed.share(float(boxes.blame[box])) if count else None
    if share is not None:
        about.append(("blame", share))
    if sent:
        about.append(("output's grad", sent))
    if again.get(path):
        about.append(("feeds itself", "once" if again[path] == 1 else f"{again[path]:,} times"))
    vertex.about = about
    vertex.root = bool(graph.roots[own].any())
    return vertex


def _labels(plan: Plan, own: np.ndarray) -> str | None:
    """The labels of nodes that go together, where all have one, or that of the only result."""
    names = [plan.boxes.graph.nodes[k].label for k in own.tolist()]
    if not all(names):
        return names[-1] if len(np.unique(plan.run[own])) == 1 else None
    return names[0] if names[0] == names[-1] else f"{names[0]} … {names[-1]}"


def _fed_by_itself(plan: Plan) -> dict[str, int]:
    """How often calls of a group took what other calls of the same had made, by path."""
    graph, boxes = plan.boxes.graph, plan.boxes
    s, t = graph.source, graph.target
    same = (
        (boxes.box[s] == boxes.box[t])
        & (plan.place[s] == plan.place[t])
        & (plan.call[s] != plan.call[t])
        & ~graph.leaves[s]
    )
    # How many calls were fed, not how many numbers each was.
    calls = np.unique(np.stack([boxes.box[t[same]], plan.call[t[same]]]), axis=1)
    counts = np.bincount(calls[0].astype(np.int64), minlength=len(boxes))
    return {plan.paths[b]: int(counts[b]) for b in np.flatnonzero(counts).tolist()}


def _leaving(plan: Plan) -> np.ndarray:
    """Whether each result is used outside of its box, or is a root."""
    graph, box = plan.boxes.graph, plan.boxes.box
    leaving = graph.roots.copy()
    leaving[graph.source[box[graph.source] != box[graph.target]]] = True
    return leaving & ~graph.leaves


def _note(
    plan: Plan, model: Model, back: np.ndarray, titles: dict[int, str], blamed: Blamed
) -> None:
    """Say what the picture leaves out."""
    boxes = plan.boxes
    told: dict[tuple[str, str], tuple[int, float]] = {}
    for e in back.tolist():
        pair = titles[int(boxes.source[e])], titles[int(boxes.target[e])]
        uses, size = told.get(pair, (0, 0.0))
        told[pair] = uses + int(boxes.uses[e]), size + float(boxes.size[e])
    total = float(boxes.size.sum())
    for (a, b), (uses, size) in list(told.items())[:TOLD]:
        part = f", {100 * size / total:.2g} % of what travels back" if total > 0 else ""
        model.notes.append(
            f"{a} also feeds {b}, which comes before it: {nodes_word(uses, 'use')}{part}, not drawn"
        )
    if len(told) > TOLD:
        uses = sum(n for n, _ in list(told.values())[TOLD:])
        model.notes.append(
            f"{len(told) - TOLD:,} more such pairs of boxes: {nodes_word(uses, 'use')}, not drawn"
        )
    if model.hidden:
        share = blamed.share(float(boxes.blame.sum() - _shown(plan, titles)))
        if share is not None:
            model.notes.append(f"what is hidden has {share} of the blame")
    if blamed.wrong:
        model.notes.append(
            f"the gradients of {nodes_word(blamed.wrong, 'leaf').replace('leafs', 'leaves')} are "
            "not finite; the blame is that of the others"
        )


def _shown(plan: Plan, titles: dict[int, Any]) -> float:
    return float(plan.boxes.blame[list(titles)].sum())
