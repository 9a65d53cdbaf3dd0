"""A graph as a plain text table, for terminals and wherever no picture can be drawn."""

from __future__ import annotations

import unicodedata
from typing import Any

from .figures import describe_gradient, describe_value, in_short
from .model import HIDDEN, Edge, Model, Vertex, build

__all__ = ["clean", "notes", "to_text"]


def clean(text: object, limit: int) -> str:
    """``text`` on one line, without control characters, at most ``limit`` characters long."""
    text = str(text)
    cut = text[: limit + 1]
    cut = "".join(
        " " if c.isspace() else "�" if unicodedata.category(c)[0] == "C" else c for c in cut
    )
    return cut if len(text) <= limit else cut[: limit - 1] + "…"


def notes(model: Model) -> list[str]:
    """What a reader must know about what is not in the picture."""
    remarks = []
    if model.hidden:
        shown = model.total - model.hidden
        remarks.append(
            f"{shown:,} of {model.total:,} nodes shown, those nearest to the result; "
            f"{model.hidden:,} hidden (max_nodes)"
        )
    if model.freed:
        remarks.append(
            "the graph was freed by backward(retain_graph=False): draw it before, or keep it with "
            "retain_graph=True"
        )
    return remarks


def to_text(root: Any, digits: int = 4) -> str:
    """The graph behind a value or tensor as a table: a line for each node, operands first."""
    model = root if isinstance(root, Model) else build(root)
    titles = {v.id: clean(v.title, 20) for v in model.vertices}
    constants = {v.id: v for v in model.vertices if v.kind == "constant"}
    into: dict[int, list[Edge]] = {}
    for edge in model.edges:
        into.setdefault(edge.target, []).append(edge)
    # Room for an arrow, if any line has one.
    plain = "  " if any(v.marked for v in model.vertices) else ""
    rows = [(plain + "node", "value", "grad", "from (× local derivative → contribution)")]
    for vertex in model.vertices:
        if vertex.kind == "constant" and not vertex.root:
            continue
        rows.append(
            (
                ("▶ " if vertex.marked else plain) + titles[vertex.id],
                "; ".join(
                    f"{k} {x}".strip() for k, x in describe_value(vertex.data, digits)
                ).removeprefix("value "),
                "; ".join(
                    f"{k} {x}" for k, x in describe_gradient(vertex.grad, digits)
                ).removeprefix("grad "),
                _origin(vertex, into.get(vertex.id, []), titles, constants, digits),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    ]
    return "\n".join(lines + notes(model))


def _origin(
    vertex: Vertex,
    edges: list[Edge],
    titles: dict[int, str],
    constants: dict[int, Vertex],
    digits: int,
) -> str:
    if vertex.kind != "op":
        return "freed" if vertex.freed else vertex.kind
    terms = []
    for e in edges:
        if e.source in constants:
            terms.append(clean(in_short(constants[e.source].data, digits), 24))
            continue
        term = "(hidden)" if e.source == HIDDEN else titles[e.source]
        if e.local is not None:
            term += f" × {in_short(e.local, digits)}"
        if e.contribution is not None and not isinstance(e.contribution, dict):
            term += f" → {in_short(e.contribution, digits)}"
        terms.append(term + (f" ({e.problem})" if e.problem else ""))
    params = f" {vertex.params}" if vertex.params else ""
    return f"{vertex.symbol}{params}: " + ("freed" if vertex.freed else ", ".join(terms))
