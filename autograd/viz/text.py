"""A graph as a plain text table, for terminals and wherever no picture can be drawn."""

from __future__ import annotations

import unicodedata
from typing import Any

from .cues.sums import as_number, by_source, gradient_sum, percent
from .figures import describe_gradient, describe_value, in_short
from .model import HIDDEN, Edge, Model, Vertex, build

__all__ = ["clean", "notes", "to_text"]

MARKS = {"added": "+ ", "removed": "− ", "changed": "≠ "}
"""What a line begins with in a comparison of two graphs."""


def clean(text: object, limit: int) -> str:
    """``text`` on one line, without control characters, at most ``limit`` characters long."""
    try:
        text = str(text)
    except Exception:  # a label, or a class, of the user's
        text = f"<{type(text).__name__}>"
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
    return remarks + [clean(note, 400) for note in model.notes]


def to_text(root: Any, digits: int = 4, *, max_nodes: int | None = None) -> str:
    """The graph behind a value or tensor as a table: a line for each node, operands first.

    A gradient that several uses made is written as their sum; a column names the groups if there
    are any.

    Parameters
    ----------
    root : Value, Tensor, a list of them, or Model
        What was computed, or what to write of it.
    digits : int
        Significant digits of numbers.
    max_nodes : int, optional
        Write at most so many lines of nodes and of groups in their place, as
        :func:`autograd.viz.view` has it, and say how many are hidden; ``None`` writes all.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> print(to_text(y))
    node  value  grad       from (× local derivative → contribution)
    x     3      3 + 3 = 6  leaf
    v1    9      1          ×: x × 3 → 3, x × 3 → 3
    """
    model = _model(root, max_nodes)
    titles = {v.id: clean(v.title, 20) for v in model.vertices}
    constants = {v.id: v for v in model.vertices if v.kind == "constant"}
    into: dict[int, list[Edge]] = {}
    for edge in model.edges:
        into.setdefault(edge.target, []).append(edge)
    uses = by_source(model)
    several = {id for id, edges in uses.items() if sum(e.count for e in edges) > 1}
    grouped = any(v.group for v in model.vertices)
    # Room for an arrow, or a mark of comparison, if any line has one.
    plain = "  " if any(v.marked or v.look in MARKS for v in model.vertices) else ""
    head = ("group",) * grouped
    rows = [(plain + "node", "value", "grad", *head, "from (× local derivative → contribution)")]
    for vertex in model.vertices:
        if vertex.kind == "constant" and not vertex.root:
            continue
        mark = "▶ " if vertex.marked else MARKS.get(vertex.look or "", plain)
        rows.append(
            (
                mark + titles[vertex.id],
                _value(vertex, digits),
                _gradient(vertex, uses.get(vertex.id, []), digits),
                *(clean(vertex.group, 24),) * grouped,
                _origin(vertex, into.get(vertex.id, []), titles, constants, several, digits),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    lines = [
        "  ".join(
            [*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines + notes(model))


def _model(root: Any, max_nodes: int | None) -> Model:
    if max_nodes is None:
        return root if isinstance(root, Model) else build(root)
    if isinstance(root, Model):
        raise TypeError("max_nodes is for a root; this model has been built already")
    from .views import view

    return view(root, max_nodes=max_nodes)


def _value(v: Vertex, digits: int) -> str:
    if v.kind == "group":
        return f"{v.members:,} node{'' if v.members == 1 else 's'}"
    if v.data is None and v.about:  # what a box says in place of a value
        return "; ".join(f"{what} {text}".strip() for what, text in v.about)
    rows = describe_value(v.data, digits)
    return "; ".join(f"{k} {x}".strip() for k, x in rows).removeprefix("value ")


def _gradient(v: Vertex, uses: list[Edge], digits: int) -> str:
    shown, remark, _ = gradient_sum(v, uses, digits)
    rows = describe_gradient(v.grad, digits)
    text = shown or "; ".join(f"{k} {x}" for k, x in rows).removeprefix("grad ")
    return f"{text} ({remark})" if remark else text


def _origin(
    vertex: Vertex,
    edges: list[Edge],
    titles: dict[int, str],
    constants: dict[int, Vertex],
    several: set[int],
    digits: int,
) -> str:
    if vertex.kind not in ("op", "group"):
        return "freed" if vertex.freed else vertex.kind
    terms = []
    for e in edges:
        if e.source in constants:
            terms.append(clean(in_short(constants[e.source].data, digits), 24))
            continue
        term = "(hidden)" if e.source == HIDDEN else titles[e.source]
        if e.count > 1:
            term += f" ({e.count:,} uses)"
        if e.local is not None:
            term += f" × {in_short(e.local, digits)}"
        if e.contribution is not None and not isinstance(e.contribution, dict):
            term += f" → {in_short(e.contribution, digits)}"
        if e.share is not None and e.source in several and as_number(e.contribution) is None:
            term += f" ({percent(e.share)} of its gradient)"
        terms.append(term + (f" ({clean(e.problem, 200)})" if e.problem else ""))
    params = f" {clean(vertex.params, 40)}" if vertex.params else ""
    symbol = "group" if vertex.symbol is None else clean(vertex.symbol, 40)
    return f"{symbol}{params}: " + ("freed" if vertex.freed else ", ".join(terms))
