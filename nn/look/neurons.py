"""Columns of neurons with an edge for each weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .network import Dense, Network
from .sketch import SIZE, Disc, Line, Sketch, Words, picture_of

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["SHOWS", "check", "draw_neurons"]

SHOWS = ("weight", "gradient")
PITCH, GAP = 39.0, 144.0  # points: rows, columns
CROWD = 40  # edges between two columns, above which they are thinner
WEIGHTS = "blue adds, orange and dashed takes away; the wider, the more"
SHADES = "filled: what the neuron gives for this example, blue above zero, orange below"
BLAME = (
    "edges: the gradient of each weight, blue above zero, orange and dashed below; wider is more"
)
DELTAS = "filled: the gradient of the neuron's bias, its own part in the loss"
NO_BLAME = "every gradient is zero: call backward() on a loss first, or see autograd.viz.why_zero"


@dataclass
class Column:
    """A layer's neurons: how many, which are drawn, and what shades them."""

    size: int
    shown: list[int]
    values: np.ndarray | None
    shades: np.ndarray | None

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


def check(most: object, show: str) -> None:
    """Raise for a picture that cannot be drawn."""
    if not isinstance(most, (int, np.integer)) or most < 3:
        raise ValueError(f"most is 3 or more neurons of a layer, got {most!r}")
    if show not in SHOWS:
        raise ValueError(f"show is one of {', '.join(SHOWS)}; got {show!r}")


def draw_neurons(
    net: Network,
    most: int,
    show: str,
    inputs: Sequence[str] | None,
    outputs: Sequence[str] | None,
) -> Drawing:
    """The picture, laid out here."""
    net.check_names(inputs, outputs)
    blame = show == "gradient"
    if blame and all(layer.weight_grad is None for layer in net.layers):
        raise ValueError(
            'show="gradient" draws what backward() has left in the weights, and there is nothing '
            "yet: call loss.backward() first, and draw before the optimizer's zero_grad()"
        )
    columns = _columns(net, most, blame)
    sketch = Sketch(net.name, legend=_legend(net, columns, blame))
    for k, column in enumerate(columns):
        names = inputs if k == 0 else outputs if k == len(columns) - 1 else None
        _add_column(sketch, net, k, column, names)
    for k, ends in enumerate(pairwise(columns), 1):
        _add_weights(sketch, net.layers[k - 1], k, *ends, blame)
    top = PITCH * max(len(c.places) for c in columns) / 2
    for k, column in enumerate(columns):
        caption = _caption(net, k, column)
        y = top + 14 + 6 * caption.count("\n")
        sketch.words.append(Words(f"caption.{k}", GAP * k, y, caption))
    return picture_of(sketch)


def _legend(net: Network, columns: list[Column], blame: bool) -> list[str]:
    if not blame:
        return [WEIGHTS] if net.values[0] is None else [WEIGHTS, SHADES]
    grads = (layer.weight_grad for layer in net.layers)
    if not any(g is not None and g.any() for g in grads):
        return [NO_BLAME]
    if net.values[0] is not None:
        return [BLAME, SHADES]
    return [BLAME] + [DELTAS] * any(c.shades is not None for c in columns)


# Columns --------------------------------------------------------------------------------------


def _columns(net: Network, most: int, blame: bool) -> list[Column]:
    columns = []
    biases = [None, *(layer.bias_grad if blame else None for layer in net.layers)]
    for size, values, delta in zip(net.sizes, net.values, biases):
        shades = values if net.values[0] is not None else delta
        columns.append(Column(size, _chosen(size, most, shades), values, shades))
    return columns


def _chosen(size: int, most: int, shades: np.ndarray | None) -> list[int]:
    """The first few and the last, or those that are lit most."""
    if size <= most:
        return list(range(size))
    if shades is None:
        return [*range(most - 1), size - 1]
    strongest = np.argsort(-np.nan_to_num(np.abs(shades), nan=np.inf), kind="stable")[:most]
    return sorted(int(i) for i in strongest)


def _caption(net: Network, k: int, column: Column) -> str:
    size, shown = column.size, len(column.shown)
    if k:
        caption = net.layers[k - 1].caption
    else:
        caption = "input" if shown < size else f"input\n{size}"
    if shown < size:
        lit = " most lit" if column.values is not None else " most to blame"
        which = "" if column.shades is None else lit
        caption += f"\n{shown}{which} of {size:,}"
    return caption


def _add_column(
    sketch: Sketch, net: Network, k: int, column: Column, names: Sequence[str] | None
) -> None:
    layer = net.layers[k - 1] if k else None
    places = column.places
    largest = _largest(column.shades)
    hidden = column.size - len(column.shown)
    x = GAP * k
    for row, i in enumerate(places):
        y = PITCH * (row - (len(places) - 1) / 2)
        if i is None:
            told = f"{hidden:,} neurons not drawn"
            sketch.words.append(Words(f"{k}.hidden.{row}", x, y, "⋮", 14.0, hover=told))
            continue
        mark = layer.marks[i] if layer is not None else ""
        disc = Disc(f"{k}.{i}", x, y, mark or ("Σ" if k else f"x{i}"), _hover(layer, k, i))
        if column.shades is not None:
            disc.tone, disc.strength = _shade(float(column.shades[i]), largest)
        if column.values is not None:
            disc.label = _figure(float(column.values[i]))
            disc.hover += f": gives {column.values[i]:.4g}"
            if k and hidden and names is None:  # names beside it would lie on the edges
                disc.label, disc.size = f"#{i}\n{disc.label}", 8.0
        sketch.add(disc)
        if names is not None or (k == 0 and column.values is not None and hidden):
            name = str(names[i]) if names is not None else f"{i}"
            # Before an input, after an output.
            aside, anchor = (-SIZE / 2 - 5, "end") if k == 0 else (SIZE / 2 + 5, "start")
            text = name if len(name) <= 18 else f"{name[:17]}…"
            sketch.words.append(Words(f"name.{k}.{i}", x + aside, y, text, 9.0, anchor, name))


def _hover(layer: Dense | None, k: int, i: int) -> str:
    if layer is None:
        return f"input {i}"
    told = f"layer {k}, neuron {i}"
    if layer.bias is not None:
        told += f", bias {layer.bias[i]:.4g}"
    if layer.bias_grad is not None:
        told += f", its gradient {layer.bias_grad[i]:.4g}"
    return told


# Weights --------------------------------------------------------------------------------------


def _add_weights(
    sketch: Sketch, layer: Dense, k: int, left: Column, right: Column, blame: bool
) -> None:
    drawn = layer.weight_grad if blame else layer.weight
    if drawn is None:  # a layer that is not trained
        drawn = np.zeros_like(layer.weight)
    largest = _largest(drawn)
    widest = 3.0 if len(left.shown) * len(right.shown) <= CROWD else 2.2
    for j in right.shown:
        for i in left.shown:
            w = float(drawn[j, i])
            tone, share = _shade(w, largest)
            # Fainter as well as thinner, or hundreds of small ones hide the few that matter.
            strength = 0.2 + 0.8 * share if w else 1.0
            line = Line(
                f"{k - 1}.{i}", f"{k}.{j}", tone if w else "faint", strength,
                0.3 + widest * share, w < 0, f"weight {layer.weight[j, i]:.4g}",
            )  # fmt: skip
            if layer.weight_grad is not None:
                line.hover += f", gradient {layer.weight_grad[j, i]:.4g}"
            sketch.lines.append(line)
    # Where all edges meet in one neuron, there is room for their numbers.
    if len(right.shown) == 1 == right.size:
        for line in sketch.lines[-len(left.shown) :]:
            _write_weight(sketch, line, float(drawn[0, int(line.source.partition(".")[2])]))


def _write_weight(sketch: Sketch, line: Line, w: float) -> None:
    a, b = sketch.discs[line.source], sketch.discs[line.target]
    x, y = a.x + 0.36 * (b.x - a.x), a.y + 0.36 * (b.y - a.y)
    words = Words(f"weight.{line.source}", x, y, f"{w:.3g}", 8.0, hover=line.hover, halo=True)
    sketch.words.append(words)


# Numbers --------------------------------------------------------------------------------------


def _largest(values: np.ndarray | None) -> float:
    if values is None:
        return 1.0
    return float(np.abs(values[np.isfinite(values)]).max(initial=0)) or 1.0


def _figure(value: float) -> str:
    text = f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
    return text if len(text) <= 5 else f"{value:.0e}"


def _shade(value: float, largest: float) -> tuple[str, float]:
    """The sign as a colour, the size as a part of the largest."""
    if not np.isfinite(value):
        return "odd", 1.0
    return ("plus" if value >= 0 else "minus"), min(abs(value) / largest, 1.0)
