"""Layers as blocks, what flows between them as arrows, containers as frames around them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ..layers.container import Sequential
from ..module import Module
from .flow import Block, Flow, follow
from .forward import Forward

if TYPE_CHECKING:
    from autograd.viz import Drawing, Model, Vertex

__all__ = ["draw_blocks"]

ACROSS = 6  # blocks that fit side by side


def draw_blocks(model: Module, seen: Forward | None) -> Drawing:
    """The flow of the pass that was watched; without one, the layers as they are listed."""
    from autograd import viz

    flow = follow(seen) if seen is not None else _listed(model)
    picture = viz.draw(
        _graph(flow, dict(model.named_modules())),
        rankdir="LR" if len(flow.blocks) <= ACROSS else "TB",
        legend=False,
        heatmaps=False,
    )
    picture.name = type(model).__name__
    return picture


def _listed(model: Module) -> Flow:
    """No pass to follow: the layers, with arrows where all that holds them are sequences."""
    flow = Flow()
    for name, module in model.named_modules():
        if not list(module.children()):
            flow.add_module(name, module, "")
    containers = [m for m in model.modules() if list(m.children())]
    if all(isinstance(m, Sequential) for m in containers):
        flow.arrows = [(a.id, b.id, False) for a, b in pairwise(flow.blocks)]
    else:
        flow.note = "draw(x=one_example) or draw(input_shape=...) shows what flows where"
    return flow


def _graph(flow: Flow, modules: dict[str, Module]) -> Model:
    """The flow as a graph to draw."""
    from autograd import viz

    blocks = _operands_first(flow)
    graph = viz.Model(total=len(blocks), notes=[flow.note] if flow.note else [])
    ids = {block.id: k for k, block in enumerate(blocks)}
    for k, block in enumerate(blocks):
        vertex = _vertex(k, block)
        vertex.group = _frame(graph, block.inside, modules)
        graph.vertices.append(vertex)
    for position, (source, target, skip) in enumerate(flow.arrows):
        if ids[source] < ids[target]:
            look = "skip" if skip else "flow"
            graph.edges.append(viz.Edge(ids[source], ids[target], position, look=look))
    return graph


def _operands_first(flow: Flow) -> list[Block]:
    """The blocks in an order in which arrows lead forward."""
    waits = dict.fromkeys((block.id for block in flow.blocks), 0)
    targets: dict[str, list[str]] = {}
    for source, target, _ in flow.arrows:
        waits[target] += 1
        targets.setdefault(source, []).append(target)
    by_id = {block.id: block for block in flow.blocks}
    order = [id for id, n in waits.items() if n == 0]
    for id in order:  # the list grows as it is read
        for target in targets.get(id, ()):
            waits[target] -= 1
            if waits[target] == 0:
                order.append(target)
    return [by_id[id] for id in order]


def _frame(graph: Model, inside: str, modules: dict[str, Module]) -> str:
    """The path of the innermost container, entered in the graph with those around it."""
    from autograd import viz

    innermost = ""
    parts = inside.split(".") if inside else []
    for i in range(1, len(parts) + 1):
        path = ".".join(parts[:i])
        if path in modules:  # lists and dicts are in the path as well
            if path not in graph.groups:
                graph.groups[path] = viz.Group(path, type(modules[path]).__name__, innermost)
            graph.groups[path].members += 1
            innermost = path
    return innermost


def _vertex(k: int, block: Block) -> Vertex:
    from autograd import viz

    if block.kind == "end":
        kind = "leaf" if block.id.startswith("input") else "op"
        rows = [("shape", block.shape)]
    else:
        kind = "group" if block.count or block.closed else "op"
        rows = [("", block.detail)] if block.detail and kind == "op" else []
        if block.shape and not block.detail.endswith(f"→ {block.shape}"):
            rows.append(("gives", block.shape))
        if block.count:
            rows.append(("parameters", f"{block.count:,}"))
    symbol = block.title if block.kind == "op" else block.detail if kind == "group" else None
    return viz.Vertex(
        k,
        kind,
        None if block.kind == "op" else block.title,
        op=block.about or None,
        symbol=symbol,
        params="",
        data=None,
        grad=None,
        root=block.id.startswith("output"),
        members=block.nodes,
        about=rows or [("", "no parameters")],
    )
