"""How each edge is drawn: its label, colour, style and width, and what hovering tells.

Two cues for everything: the sign of a contribution is a colour (blue and orange, which stay apart
in every common kind of colour vision) and a line style; its size is the line's width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..figures import in_short, number, sign_of, size_of
from ..model import HIDDEN, Edge, Model, Vertex
from .hover import edge_hover
from .sums import as_number, by_source, percent

__all__ = ["EDGES", "Stroke", "styles", "strokes"]

EDGES = ("local", "contribution", "both", "share")
"""What can be written on edges."""
FEW = 40
"""Edges up to which the whole product is written on each."""
# The colour of each sign, by name, and the line's style.
styles = {
    "+": ("blue", "solid"),
    "-": ("orange", "dashed"),
    "mixed": ("muted", "solid"),
    "nan": ("purple", "bold"),
    "zero": ("faint", "solid"),
    "none": ("faint", "solid"),
}
LOOKS = {
    "added": ("green", "bold", "[+]"),
    "removed": ("red", "dotted", "[−]"),
    "flow": ("muted", "solid", ""),
    "skip": ("blue", "solid", ""),
}

CHANGES = {"added", "removed", "changed"}


@dataclass(slots=True)
class Stroke:
    """One edge, or the dotted hint at one to what is not shown."""

    source: int
    target: int
    color: str
    """By name, as in :data:`autograd.viz.colours.NAMED`."""
    style: str
    """``solid``, ``dashed``, ``dotted`` or ``bold``."""
    ink: str
    """The colour of the label."""
    width: float
    label: str
    hover: list[str]
    constant: bool = False
    says: str = ""
    """Which of :data:`EDGES` the label has; empty if none."""

    @property
    def ends(self) -> str:
        """The ids of both ends, for scripts."""
        return f"v{'' if self.source == HIDDEN else self.source}-v{self.target}"


def strokes(model: Model, digits: int = 4, edges: str | None = None) -> list[Stroke]:
    """The strokes of a model's edges, in their order.

    Parameters
    ----------
    model : Model
        The graph.
    digits : int
        Significant digits.
    edges : {"local", "contribution", "both", "share"}, optional
        What to write on them: the local derivative; what came back; the whole product,
        ``upstream × local = contribution``; the part in the source's gradient. Unless given, the
        product in small graphs of numbers, the part for arrays with several uses, the sum of what
        came back between groups, and else the local derivative.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> y = Value(2.0, label="x").exp() * 0.5
    >>> y.backward()
    >>> [stroke.label for stroke in strokes(build(y))]
    ['0.5 × 7.389 = 3.695', '1 × 0.5 = 0.5', '']
    """
    if edges is not None and edges not in EDGES:
        raise ValueError(f"edges is one of {', '.join(EDGES)}, or None; got {edges!r}")
    vertices = {v.id: v for v in model.vertices}
    titles = {v.id: v.title for v in model.vertices}
    counts = {id: sum(e.count for e in uses) for id, uses in by_source(model).items()}
    sizes = [_size(e) for e in model.edges]
    largest = max((s for s in sizes if math.isfinite(s)), default=0.0)
    # Before a backward call the gradients of values are 0, and say nothing.
    arrived = any(s != 0 for s in sizes)
    small = arrived and sum(e.contribution is not None for e in model.edges) <= FEW
    result = []
    for edge, size in zip(model.edges, sizes, strict=True):
        constant = edge.source != HIDDEN and vertices[edge.source].kind == "constant"
        if constant:
            stroke = Stroke(edge.source, edge.target, "faint", "solid", "muted", 1.0, "", [], True)
        elif edge.target == HIDDEN:
            told = ["used by nodes that are not shown"]
            stroke = Stroke(edge.source, HIDDEN, "muted", "dotted", "muted", 1.0, "", told)
        else:
            target, count = vertices[edge.target], counts[edge.source]
            stroke = _stroke(edge, size, largest, count)
            stroke.label, stroke.says = _label(edge, target, count, digits, edges, small)
            stroke.hover = edge_hover(edge, titles, target.grad, digits, count)
        ends = {vertices[id].look for id in (edge.source, edge.target) if id != HIDDEN}
        result.append(_compared(stroke, edge, ends))
    return result


def _size(edge: Edge) -> float:
    return edge.size if edge.contribution is None and edge.size else size_of(edge.contribution)


def _stroke(edge: Edge, size: float, largest: float, count: int) -> Stroke:
    if isinstance(edge.contribution, dict):
        sign = "none"
    elif edge.contribution is None and edge.size:
        sign = "mixed"
    else:
        sign = sign_of(edge.contribution)
    if edge.share and count > 1 and as_number(edge.contribution) is None and sign != "nan":
        # Of an array it counts whether it adds to the gradient, whatever its elements' signs.
        sign = "+" if edge.share > 0 else "-"
    color, style = styles[sign]
    if edge.problem:
        color, style = "purple", "bold"
    width = 1.0
    if style == "bold":
        width = 3.0
    elif largest > 0 and math.isfinite(size):
        width += 3.0 * math.sqrt(size / largest)
    ink = color if sign in ("+", "-", "nan") else "muted"
    return Stroke(edge.source, edge.target, color, style, ink, width, "", [])


def _label(
    edge: Edge, target: Vertex, count: int, digits: int, edges: str | None, small: bool
) -> tuple[str, str]:
    """What is written on an edge, and which of ``EDGES`` it is."""
    if edge.problem:
        return "rule failed", ""
    times = f"×{edge.count:,}" if edge.count > 1 else ""
    if edges is None:
        numbers = as_number(edge.local) is not None and as_number(edge.contribution) is not None
        several = edge.share is not None and count > 1 and as_number(edge.contribution) is None
        if several:
            edges = "share"
        elif small and numbers:
            edges = "both"
        else:
            # Of a group's edges, those that carry nothing are many, and pale as it is.
            summed = edge.size is not None and as_number(edge.contribution) not in (None, 0.0)
            edges = "contribution" if small and summed else "local"
    label, says = _written(edge, target, digits, edges)
    return " ".join(filter(None, (times, label))), says if label else ""


def _written(edge: Edge, target: Vertex, digits: int, edges: str) -> tuple[str, str]:
    local = "" if edge.local is None else in_short(edge.local, digits)
    if edges == "share":
        return "" if edge.share is None else percent(edge.share), "share"
    if edges == "local" or edge.contribution is None or isinstance(edge.contribution, dict):
        return local if edges != "contribution" else "", "local"
    if edges == "contribution":
        return in_short(edge.contribution, digits), "contribution"
    product = _product(target.grad, edge, digits)
    return (product, "both") if product else (local, "local")


def _product(upstream: Any, edge: Edge, digits: int) -> str:
    """``upstream × local = contribution``, where all three are numbers and that is true."""
    factors = [as_number(x) for x in (upstream, edge.local, edge.contribution)]
    if any(x is None for x in factors):
        return ""
    g, d, c = (float(x) for x in factors if x is not None)
    product = g * d
    if not (math.isclose(product, c, rel_tol=1e-5) or (math.isnan(product) and math.isnan(c))):
        return ""  # a zero that stays zero through an infinite derivative, or a broadcast factor
    return f"{number(g, digits)} × {number(d, digits)} = {number(c, digits)}"


def _compared(stroke: Stroke, edge: Edge, ends: set[str | None]) -> Stroke:
    """With the marks of a comparison of two graphs, or as an arrow of a flow without numbers.

    ``ends`` are the looks of the vertices it joins: where one of them says that it changed, the
    edge need not.
    """
    if edge.look in LOOKS:
        stroke.color, stroke.style, mark = LOOKS[edge.look]
        stroke.ink = stroke.color
        stroke.label = "" if stroke.constant else f"{mark} {stroke.label}".strip()
    elif edge.look == "changed" and not stroke.constant and not ends & CHANGES:
        stroke.label = f"[≠] {stroke.label}".strip()
    if edge.look == "skip":
        stroke.width = 2.0
    if edge.look not in (None, "same", "flow") and not stroke.constant:
        stroke.hover.append(edge.look)
    return stroke
