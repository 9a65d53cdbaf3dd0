"""A model as a table and as a picture."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from .layers.container import Sequential
from .layers.linear import Linear
from .module import Module

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["draw", "summary"]

WIDEST = 16  # neurons in a column that are still worth drawing one by one

# Okabe and Ito's blue and vermilion, which stay apart in every common kind of colour vision.
PLUS, MINUS = "#0072B2", "#D55E00"
INK, MUTED, FAINT = "#1E293B", "#64748B", "#CBD5E1"
SHORT = {"LeakyReLU": "leaky", "ReLU": "relu", "Sigmoid": "σ", "Softplus": "soft+", "Tanh": "tanh"}
FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"


def summary(model: Module) -> str:
    """A table of the layers with their parameters' shapes and counts."""
    rows = [("layer", "module", "parameters", "count")]
    counted: set[int] = set()
    total = 0
    for name, module in model.named_modules():
        own = [(k, p) for k, p in module.named_parameters() if "." not in k]
        if name and not own and any(True for _ in module.children()):
            continue
        if not name and any(True for _ in module.children()) and not own:
            continue
        count = sum(p.size for _, p in own if id(p) not in counted)
        counted.update(id(p) for _, p in own)
        shapes = ", ".join(f"{k} {tuple(p.shape)}" for k, p in own)
        rows.append((name, repr(module).partition("(")[0], shapes, f"{count:,}" if own else ""))
        total += count
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths[:3])), row[3].rjust(widths[3])])
        for row in rows
    ]
    lines.insert(1, "-" * len(lines[0]))
    lines.append("-" * len(lines[0]))
    lines.append(f"{total:,} parameters")
    return "\n".join(line.rstrip() for line in lines)


def draw(model: Module) -> Drawing:
    """The model as a drawing, a ``graphviz.Digraph``: neurons and weights if small, else blocks."""
    from autograd.viz import Drawing

    picture = Drawing(type(model).__name__, format="svg")
    picture.attr("graph", rankdir="LR", fontname=FONT, ranksep="1.1", nodesep="0.12", pad="0.2")
    picture.attr("edge", arrowsize="0.6", color=MUTED, fontname=FONT)
    dense = _dense(model)
    if dense and max(max(layer.weight.shape) for layer in dense) <= WIDEST:
        _draw_neurons(picture, model, dense)
    else:
        _draw_blocks(picture, model)
    return picture


def _dense(model: Module) -> list[Linear]:
    """The dense layers, if the model is a plain stack of them."""
    if isinstance(model, Linear):
        return [model]
    if not isinstance(model, Sequential):
        return []
    if any(list(layer.children()) for layer in model):
        return []
    if any(layer.parameters() and not isinstance(layer, Linear) for layer in model):
        return []
    return [layer for layer in model if isinstance(layer, Linear)]


def _draw_neurons(picture: Any, model: Module, dense: list[Linear]) -> None:
    bends = _activations(model, dense)
    picture.attr(
        "node",
        shape="circle",
        style="filled",
        fixedsize="true",
        width="0.42",
        fontname=FONT,
        fontsize="10",
        color=MUTED,
        fillcolor="white",
        fontcolor=INK,
    )
    picture.attr("graph", splines="line")
    for i in range(dense[0].in_features):
        picture.node(f"0.{i}", f"x{i}", fillcolor="#F1F5F9")
    for k, layer in enumerate(dense, 1):
        weight = layer.weight.numpy()
        largest = float(np.abs(weight).max()) or 1.0
        for j in range(layer.out_features):
            bias = "" if layer.bias is None else f", bias {layer.bias.numpy()[j]:.3g}"
            last = k == len(dense)
            picture.node(
                f"{k}.{j}",
                bends[k - 1] or (f"y{j}" if last else "Σ"),
                tooltip=f"layer {k}, neuron {j}{bias}",
                **({"fillcolor": "#F1F5F9"} if last else {}),
            )
            for i in range(layer.in_features):
                w = float(weight[j, i])
                picture.edge(
                    f"{k - 1}.{i}",
                    f"{k}.{j}",
                    color=PLUS if w >= 0 else MINUS,
                    style="solid" if w >= 0 else "dashed",
                    penwidth=f"{0.3 + 2.7 * abs(w) / largest:.2f}",
                    arrowhead="none",
                    tooltip=f"weight {w:.4g}",
                )


def _activations(model: Module, dense: list[Linear]) -> list[str]:
    """What follows each dense layer, in short."""
    if not isinstance(model, Sequential):
        return [""]
    found: list[str] = []
    for layer in model:
        if isinstance(layer, Linear):
            found.append("")
        elif found:
            found[-1] = SHORT.get(type(layer).__name__, found[-1])
    return found[: len(dense)]


def _draw_blocks(picture: Any, model: Module) -> None:
    picture.attr("graph", ranksep="0.45")
    picture.attr(
        "node",
        shape="box",
        style="rounded,filled",
        fontname=FONT,
        fontsize="12",
        color=MUTED,
        fillcolor="white",
        fontcolor=INK,
        margin="0.14,0.08",
    )
    blocks = [(n, m) for n, m in model.named_modules() if not list(m.children())]
    chained = all(isinstance(m, Sequential) for m in model.modules() if list(m.children()))
    for name, module in blocks:
        count = sum(p.size for p in module.parameters())
        lines = [type(module).__name__]
        if isinstance(module, Linear):
            lines.append(f"{module.in_features} → {module.out_features}")
        if count:
            lines.append(f"{count:,} parameters")
        fill = {"fillcolor": "#E5F1F8", "color": PLUS} if count else {}
        picture.node(name or "model", "\n".join(lines), tooltip=name, **fill)
    if chained:
        for (before, _), (after, _) in pairwise(blocks):
            picture.edge(before, after)
