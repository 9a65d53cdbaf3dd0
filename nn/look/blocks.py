"""Layers as blocks, what flows between them as arrows, containers as frames around them."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..colours import FAINT, FONT, INK, MUTED, PAPER, PLUS
from ..layers.container import Sequential
from ..module import Module
from .escaping import plain_text
from .flow import Flow, follow
from .forward import Forward

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["draw_blocks"]

ACROSS = 6  # blocks that fit side by side
FILL = "#E5F1F8"


@dataclass
class Frame:
    """A container with what is in it."""

    name: str
    inner: dict[str, Frame] = field(default_factory=dict)
    nodes: list[tuple[str, dict[str, str]]] = field(default_factory=list)


def draw_blocks(model: Module, seen: Forward | None) -> Drawing:
    """The flow of the pass that was watched; without one, the layers as they are listed."""
    from autograd.viz import Drawing

    flow = follow(seen) if seen is not None else _listed(model)
    modules = dict(model.named_modules())
    picture = Drawing(type(model).__name__, format="svg")
    picture.attr(
        "graph", rankdir="LR" if len(flow.blocks) <= ACROSS else "TB", fontname=FONT,
        fontsize="11", fontcolor=MUTED, ranksep="0.32", nodesep="0.3", pad="0.2", labelloc="b",
        **({"label": flow.note} if flow.note else {}),
    )  # fmt: skip
    picture.attr(
        "node", shape="box", style="rounded,filled", fontname=FONT, fontsize="12", color=MUTED,
        fillcolor=PAPER, fontcolor=INK, margin="0.12,0.06", height="0.3",
    )  # fmt: skip
    picture.attr("edge", arrowsize="0.6", color=MUTED, fontname=FONT, fontsize="9", fontcolor=MUTED)
    root = Frame("")
    ids = {block.id: f"b{k}" for k, block in enumerate(flow.blocks)}  # attributes have any names
    for block in flow.blocks:
        _frame(root, block.inside, modules).nodes.append((ids[block.id], _look(block)))
    _put(picture, root, modules, "cluster")
    for source, target, skip in flow.arrows:
        look = {"color": PLUS, "penwidth": "1.6"} if skip else {}
        picture.edge(ids[source], ids[target], **look)
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


def _frame(root: Frame, inside: str, modules: dict[str, Module]) -> Frame:
    """The frame of a container, made with those around it."""
    frame = root
    parts = inside.split(".") if inside else []
    for i in range(1, len(parts) + 1):
        name = ".".join(parts[:i])
        if name in modules:  # lists and dicts are in the path as well
            frame = frame.inner.setdefault(name, Frame(name))
    return frame


def _put(picture: Any, frame: Frame, modules: dict[str, Module], path: str) -> None:
    for name, look in frame.nodes:
        picture.node(name, **look)
    for k, (name, inner) in enumerate(frame.inner.items()):
        with picture.subgraph(name=f"{path}_{k}") as cluster:
            short = name.removeprefix(f"{frame.name}.")
            title = f"{html.escape(short)}: {html.escape(type(modules[name]).__name__)}"
            cluster.attr(
                label=f'<<FONT POINT-SIZE="10">{title}</FONT>>', labeljust="l", labelloc="t",
                style="rounded,dashed", color=FAINT, fontcolor=MUTED, margin="10",
                tooltip=plain_text(f"{name}: {type(modules[name]).__name__}"),
            )  # fmt: skip
            _put(cluster, inner, modules, f"{path}_{k}")


def _look(block: Any) -> dict[str, str]:
    if block.kind == "end":
        return {
            "label": _table([(block.title, "b"), (block.shape, "")]), "shape": "plaintext",
            "style": "", "tooltip": plain_text(block.title),
        }  # fmt: skip
    if block.kind == "op":
        return {
            "label": plain_text(block.title), "shape": "ellipse", "margin": "0.04,0.02",
            "fontsize": "11", "width": "0.35", "color": FAINT, "fillcolor": "#F8FAFC",
            "tooltip": plain_text(block.about),
        }  # fmt: skip
    lines = [(block.title, "b"), (block.detail, "")]
    if block.shape and not block.detail.endswith(f"→ {block.shape}"):
        lines.append((f"gives {block.shape}", ""))
    if block.count:
        lines.append((f"{block.count:,} parameters", ""))
    look = {"label": _table(lines), "tooltip": plain_text(block.about)}
    return {**look, "fillcolor": FILL, "color": PLUS} if block.count else look


def _table(lines: Iterable[tuple[str, str]]) -> str:
    rows = []
    for text, kind in lines:
        if not text:
            continue
        shown = html.escape(text)
        rows.append(
            f"<B>{shown}</B>" if kind else f'<FONT POINT-SIZE="10" COLOR="{MUTED}">{shown}</FONT>'
        )
    return f"<{'<BR/>'.join(rows)}>"
