"""Columns of neurons with an edge for each weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..colours import FAINT, FONT, INK, MINUS, MUTED, PALE, PAPER, PLUS, blend
from ..module import Module
from .escaping import plain_text
from .forward import Forward
from .stack import SHAPING, Stack

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["draw_neurons"]

SHORT = {
    "LeakyReLU": "leaky", "LogSoftmax": "log sm", "ReLU": "relu", "Sigmoid": "σ",
    "Softmax": "softm", "Softplus": "soft+",
}  # fmt: skip
PITCH, GAP, SIZE = 0.54, 2.0, 0.42  # inches: rows, columns, a neuron
LEGEND = "blue adds, orange and dashed takes away; the wider, the more"
SHADES = "filled: what the neuron gives for this example, blue above zero, orange below"


@dataclass
class Column:
    """A layer's neurons: how many, which are drawn, and what they give."""

    size: int
    shown: list[int]
    values: np.ndarray | None
    caption: str

    @property
    def places(self) -> list[int | None]:
        """The rows from the top; None stands for neurons left out there."""
        places: list[int | None] = []
        before = -1
        for i in self.shown:
            if i > before + 1:
                places.append(None)
            places.append(i)
            before = i
        return places if before == self.size - 1 else [*places, None]


def draw_neurons(
    model: Module,
    stack: Stack,
    seen: Forward | None,
    most: int,
    inputs: Sequence[str] | None,
    outputs: Sequence[str] | None,
) -> Drawing:
    """The picture, laid out here: Graphviz only draws it."""
    from autograd.viz import Drawing

    columns = _columns(stack, seen, most)
    picture = Drawing(type(model).__name__, format="svg")
    picture.attr(
        "graph", layout="neato", splines="line", outputorder="edgesfirst", fontname=FONT,
        fontsize="11", fontcolor=MUTED, pad="0.2", labelloc="b",
        label=LEGEND if seen is None else f"{LEGEND}\n{SHADES}",
    )  # fmt: skip
    picture.attr(
        "node", shape="circle", style="filled", fixedsize="true", width=f"{SIZE}", fontname=FONT,
        fontsize="9", color=MUTED, fillcolor=PAPER, fontcolor=INK,
    )  # fmt: skip
    picture.attr("edge", arrowhead="none")
    for k, (layer, (left, right)) in enumerate(zip(stack.layers, pairwise(columns)), 1):
        _draw_weights(picture, k, layer.weight.detach().numpy(), left, right)
    bottom = -PITCH * (max(len(c.places) for c in columns) + 1) / 2
    for k, column in enumerate(columns):
        names = inputs if k == 0 else outputs if k == len(columns) - 1 else None
        bias = None if k == 0 else stack.layers[k - 1].bias
        mark = "" if k == 0 else _mark(stack.after[k - 1])
        _draw_column(
            picture, k, column, None if bias is None else bias.detach().numpy(), mark, names
        )
        picture.node(
            f"caption.{k}", column.caption, shape="plaintext", fixedsize="false", style="",
            fontcolor=MUTED, fontsize="10", pos=f"{GAP * k:.2f},{bottom - 0.2:.2f}!",
            tooltip=column.caption,
        )  # fmt: skip
    return picture


# Columns --------------------------------------------------------------------------------------


def _columns(stack: Stack, seen: Forward | None, most: int) -> list[Column]:
    values = _values(stack, seen)
    sizes = [stack.layers[0].in_features, *(layer.out_features for layer in stack.layers)]
    captions = ["input" if len(_chosen(sizes[0], most, None)) < sizes[0] else f"input\n{sizes[0]}"]
    for layer, after in zip(stack.layers, stack.after):
        names = [type(m).__name__ for m in after if type(m).__name__ not in (*SHAPING, "Identity")]
        flow = f"{layer.in_features:,} → {layer.out_features:,}"
        captions.append("\n".join([f"Linear {flow}", ", ".join(names)]).strip())
    columns = []
    for size, given, caption in zip(sizes, values, captions):
        shown = _chosen(size, most, given)
        if len(shown) < size:
            which = "" if given is None else " most lit"
            caption += f"\n{len(shown)}{which} of {size:,}"
        columns.append(Column(size, shown, given, caption))
    return columns


def _values(stack: Stack, seen: Forward | None) -> list[np.ndarray | None]:
    """What the inputs and each layer's neurons, activation included, give for one example."""
    if seen is None:
        return [None] * (len(stack.layers) + 1)
    ends = {id(layer): k + 1 for k, layer in enumerate(stack.layers)}
    values: list[np.ndarray | None] = [None] * (len(stack.layers) + 1)
    k = 0
    known = {id(m) for m in stack.before} | {id(m) for after in stack.after for m in after}
    for call in seen.calls:
        if id(call.module) in ends:
            k += 1
            if k == 1:
                values[0] = call.inputs[0].numpy().ravel()
        elif id(call.module) not in known:
            continue
        if k:
            values[k] = call.outputs[0].numpy().ravel()
    return values


def _chosen(size: int, most: int, values: np.ndarray | None) -> list[int]:
    """The first few and the last, or those that are lit most."""
    if size <= most:
        return list(range(size))
    if values is None:
        return [*range(most - 1), size - 1]
    strongest = np.argsort(-np.abs(values), kind="stable")[:most]
    return sorted(int(i) for i in strongest)


def _mark(after: list[Module]) -> str:
    """The activation in short, as it stands in a neuron."""
    for module in after:
        name = type(module).__name__
        if name == "Function":
            name = module.extra_repr()
        if name in SHORT or (
            name not in SHAPING and not name.startswith(("Drop", "Batch", "Layer"))
        ):
            short = SHORT.get(name, name.lower())
            return short if len(short) <= 6 else f"{short[:5]}…"
    return ""


# Drawing --------------------------------------------------------------------------------------


def _draw_column(
    picture: Any,
    k: int,
    column: Column,
    bias: np.ndarray | None,
    mark: str,
    names: Sequence[str] | None,
) -> None:
    places = column.places
    largest = 1.0 if column.values is None else float(np.abs(column.values).max(initial=0)) or 1.0
    hidden = column.size - len(column.shown)
    inner = k > 0 and column.values is not None and hidden > 0 and names is None
    for row, i in enumerate(places):
        pos = f"{GAP * k:.2f},{PITCH * ((len(places) - 1) / 2 - row):.3f}!"
        if i is None:
            picture.node(
                f"{k}.hidden.{row}", "⋮", shape="plaintext", style="", fontcolor=MUTED, pos=pos,
                fontsize="14", tooltip=f"{hidden:,} neurons not drawn",
            )  # fmt: skip
            continue
        label, look = mark or (f"x{i}" if k == 0 else "Σ"), {"fillcolor": PALE}
        where = f"input {i}" if k == 0 else f"layer {k}, neuron {i}"
        if bias is not None:
            where += f", bias {bias[i]:.4g}"
        if column.values is not None:
            value = float(column.values[i])
            where += f": gives {value:.4g}"
            label, look = _figure(value), _shade(value / largest)
            if inner:  # names beside it would lie on the edges
                label, look["fontsize"] = f"#{i}\n{label}", "8"
        picture.node(f"{k}.{i}", label, pos=pos, tooltip=where, **look)
        if names is not None or (k == 0 and column.values is not None and hidden):
            name = str(names[i]) if names is not None else f"{i}"
            _draw_name(picture, k, i, name if len(name) <= 18 else f"{name[:17]}…", pos)


def _draw_name(picture: Any, k: int, i: int, name: str, pos: str) -> None:
    """A neuron's name: before an input, after an output."""
    x, y = (float(part) for part in pos.rstrip("!").split(","))
    width = 0.068 * len(name)
    aside = SIZE / 2 + 0.06 + width / 2
    x += -aside if k == 0 else aside
    text = plain_text(name)
    picture.node(
        f"name.{k}.{i}", text, shape="plaintext", style="", fixedsize="false", height="0.1",
        margin="0", pos=f"{x:.3f},{y:.3f}!", fontcolor=MUTED, fontsize="9", tooltip=text,
    )  # fmt: skip


def _draw_weights(picture: Any, k: int, weight: np.ndarray, left: Column, right: Column) -> None:
    finite = np.abs(weight[np.isfinite(weight)])
    largest = float(finite.max(initial=0)) or 1.0
    crowd = len(left.shown) * len(right.shown)
    widest = 3.0 if crowd <= 40 else 2.2
    for j in right.shown:
        for i in left.shown:
            w = float(weight[j, i])
            share = min(abs(w) / largest, 1.0) if np.isfinite(w) else 1.0
            colour = (PLUS if w > 0 else MINUS) if w else FAINT
            picture.edge(
                f"{k - 1}.{i}",
                f"{k}.{j}",
                # Fainter as well as thinner, or hundreds of small ones hide the few that matter.
                color=blend(colour, 0.2 + 0.8 * share) if w else FAINT,
                style="dashed" if w < 0 else "solid",
                penwidth=f"{0.3 + widest * share:.2f}",
                tooltip=f"weight {w:.4g}",
            )


def _figure(value: float) -> str:
    text = f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
    return text if len(text) <= 5 else f"{value:.0e}"


def _shade(share: float) -> dict[str, str]:
    strength = min(abs(share), 1.0)
    return {
        "fillcolor": blend(PLUS if share >= 0 else MINUS, strength),
        "fontcolor": PAPER if strength > 0.6 else INK,
    }
