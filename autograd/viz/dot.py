"""A graph as DOT: what each vertex and edge looks like.

Two cues for everything: the sign of a contribution is a colour (blue and orange, which stay apart
in every common kind of colour blindness) and a line style; its size is the line's width. The same
graph always gives the same bytes.
"""

from __future__ import annotations

import html
import math
from typing import Any

import graphviz
import numpy as np

from .colours import BLUE, FAINT, FONT, INK, LOOKS, MUTED, ORANGE, PAPER, PURPLE, RED
from .figures import (
    SMALL,
    array_kind,
    describe_gradient,
    describe_value,
    in_short,
    sign_of,
    size_of,
)
from .model import HIDDEN, Edge, Model, Vertex
from .output import pipe, to_svg
from .text import clean, notes

__all__ = ["Drawing", "to_dot"]

NAME = 24
"""Characters of a label that are shown; the tooltip has more."""

SIGNS = {
    "+": (BLUE, "solid"),
    "-": (ORANGE, "dashed"),
    "mixed": (MUTED, "solid"),
    "nan": (PURPLE, "bold"),
    "zero": (FAINT, "solid"),
    "none": (FAINT, "solid"),
}
LEGEND = (
    "on each edge its local derivative;&#160; "
    f'<FONT COLOR="{BLUE}">━━</FONT> it adds to the gradient, '
    f'<FONT COLOR="{ORANGE}">╍╍</FONT> it takes away; the wider, the more'
)
MIXED = f';&#160; <FONT COLOR="{MUTED}">━━</FONT> some of each'


class Drawing(graphviz.Digraph):
    """A ``graphviz.Digraph`` that shows itself wherever pygraphviz or Graphviz is installed.

    ``graphviz.Digraph`` alone needs the ``dot`` program, which ``pip`` does not install, and raises
    in a notebook without it. A graph's drawing keeps the ``model`` it was made from, and so shows
    itself where neither is there.
    """

    options: dict[str, Any] = {}  # noqa: RUF012 - replaced, never changed
    """How the model is drawn: ``rankdir``, ``digits``, ``legend``."""
    _model: Model | None = None
    _lines = 0

    @property
    def model(self) -> Model | None:
        """The graph that this is the drawing of; ``None`` once something was drawn by hand."""
        return self._model if len(self.body) == self._lines else None

    def stands_for(self, model: Model, **options: Any) -> None:
        """Remember what has been drawn, and how."""
        self._model, self.options, self._lines = model, options, len(self.body)

    def __repr__(self) -> str:
        return f"<Drawing {self.name!r}: autograd.viz.render(it, 'picture.svg') writes a file>"

    def pipe(
        self, format: str | None = None, *args: Any, encoding: str | None = None, **options: Any
    ) -> Any:
        """The rendered picture as bytes, or as text if an ``encoding`` is given."""
        if args or options:
            return super().pipe(format, *args, encoding=encoding, **options)
        data = pipe(self, format or self.format)
        return data if encoding is None else data.decode(encoding)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None, **_: Any
    ) -> dict[str, Any]:
        try:
            return {"text/plain": repr(self), "image/svg+xml": to_svg(self)}
        except Exception:  # a notebook cell shows what it can
            return {"text/plain": self.source}


def to_dot(
    model: Model,
    *,
    rankdir: str = "LR",
    format: str | None = None,
    digits: int = 4,
    legend: bool = True,
) -> Drawing:
    """Render a model as DOT source, ready to be drawn."""
    picture = Drawing("autograd", format=format or "svg")
    picture.attr(
        "graph",
        rankdir=rankdir,
        bgcolor=PAPER,
        fontname=FONT,
        nodesep="0.28",
        ranksep="0.55",
        pad="0.2",
        ordering="in",
        **_caption(model, legend),
    )
    picture.attr(
        "node",
        shape="box",
        style="rounded,filled",
        fontname=FONT,
        fontsize="12",
        margin="0.08,0.05",
        height="0.3",
        width="0.3",
    )
    picture.attr("edge", fontname=FONT, fontsize="10", arrowsize="0.7", fontcolor=INK)
    for vertex in model.vertices:
        if vertex.kind == "constant" and not vertex.root:
            _draw_constant(picture, vertex, digits)
        else:
            _draw_vertex(picture, vertex, digits)
    if model.hidden:
        _draw_hidden(picture, model.hidden)
    constants = {v.id for v in model.vertices if v.kind == "constant"}
    largest = _largest(model)
    titles = {v.id: v.title for v in model.vertices}
    for edge in model.edges:
        if edge.source in constants:
            picture.edge(f"v{edge.source}", f"v{edge.target}", color=FAINT, arrowsize="0.5")
        else:
            _draw_edge(picture, edge, titles, largest, digits)
    picture.stands_for(model, rankdir=rankdir, digits=digits, legend=legend)
    return picture


# Vertices -------------------------------------------------------------------------------------


def _draw_vertex(picture: Any, v: Vertex, digits: int) -> None:
    look = "root" if v.root else "freed" if v.freed else "leaf" if v.kind == "leaf" else "op"
    border, fill, ink, quiet = LOOKS[look]
    rows = [_header(v, ink, quiet)]
    for what, text in describe_value(v.data, digits):
        rows.append(_row(what, text, ink, quiet))
    sign = sign_of(v.grad)
    gradient = describe_gradient(v.grad, digits)
    if gradient and len(rows) > 3:
        rows.append("<HR/>")
    for what, text in gradient:
        color = SIGNS[sign][0] if sign in "+-nan" and not v.root else ink
        rows.append(_row(what, text, color, quiet))
    if v.marked:
        rows.insert(
            0, f'<TR><TD COLSPAN="2"><FONT COLOR="{RED}"><B>▶ to blame</B></FONT></TD></TR>'
        )
    if v.freed and v.symbol != "freed":
        rows.append(_row("", "freed", ink, quiet))
    troubled = sign == "nan" or sign_of_value(v.data) == "nan"
    picture.node(
        f"v{v.id}",
        label=_table(rows),
        color=RED if v.marked else PURPLE if troubled else border,
        fillcolor=fill,
        penwidth=_border(v, troubled),
        style="rounded,filled,dashed" if v.freed else "rounded,filled",
        tooltip=_tooltip(v),
    )


def _border(v: Vertex, troubled: bool) -> str:
    if v.marked:
        return "4"
    return "3" if troubled else "1.6" if v.kind == "leaf" or v.root else "1"


def sign_of_value(data: Any) -> str:
    """As :func:`sign_of`; values that are no floats have no sign."""
    kind = getattr(getattr(data, "dtype", None), "kind", "f" if isinstance(data, float) else "")
    return sign_of(data) if kind == "f" else "none"


def _header(v: Vertex, ink: str, quiet: str) -> str:
    name = _escape(clean(v.name, NAME)) if v.name else ""
    op = ""
    if v.symbol is not None:
        op = _escape(clean(f"{v.symbol} {v.params}".strip(), NAME))
    parts = []
    if name:
        parts.append(f'<FONT POINT-SIZE="13" COLOR="{ink}"><B>{name}</B></FONT>')
        if op:
            parts.append(f'<FONT COLOR="{quiet}">=</FONT>')
    if op:
        size = "13" if name else "14"
        parts.append(f'<FONT POINT-SIZE="{size}" COLOR="{ink}">{op}</FONT>')
    if not parts:
        return ""
    return f'<TR><TD COLSPAN="2" CELLPADDING="1">{" ".join(parts)}</TD></TR>'


def _row(what: str, text: str, ink: str, quiet: str) -> str:
    text = _escape(text)
    if not what:
        return f'<TR><TD COLSPAN="2"><FONT POINT-SIZE="10" COLOR="{quiet}">{text}</FONT></TD></TR>'
    return (
        f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="10" COLOR="{quiet}">{what}&#160;&#160;</FONT></TD>'
        f'<TD ALIGN="RIGHT"><FONT COLOR="{ink}">{text}</FONT></TD></TR>'
    )


def _table(rows: list[str]) -> str:
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">'
        + "".join(rows)
        + "</TABLE>>"
    )


def _draw_constant(picture: Any, v: Vertex, digits: int) -> None:
    large = isinstance(v.data, np.ndarray) and v.data.size > SMALL
    text = array_kind(v.data) if large else in_short(v.data, digits)
    text = _escape(clean(text, NAME))
    picture.node(
        f"v{v.id}",
        label=f'<<FONT POINT-SIZE="11" COLOR="{MUTED}">{text}</FONT>>',
        shape="ellipse",
        style="filled",
        color="#F1F5F9",
        fillcolor="#F1F5F9",
        margin="0.03,0.01",
        tooltip="constant",
    )


def _draw_hidden(picture: Any, hidden: int) -> None:
    word = "node" if hidden == 1 else "nodes"
    picture.node(
        "hidden",
        label=f"{hidden:,} more {word}\\nnot shown",
        style="rounded,dashed",
        color=MUTED,
        fontcolor=MUTED,
        tooltip="raise max_nodes to see them",
    )


def _tooltip(v: Vertex) -> str:
    what = v.kind if v.op is None else v.op
    return _plain(f"{clean(v.title, 200)}: {what}")


# Edges ----------------------------------------------------------------------------------------


def _largest(model: Model) -> float:
    sizes = [size_of(e.contribution) for e in model.edges]
    return max((s for s in sizes if math.isfinite(s)), default=0.0)


def _draw_edge(
    picture: Any, edge: Edge, titles: dict[int, str], largest: float, digits: int
) -> None:
    source = "hidden" if edge.source == HIDDEN else f"v{edge.source}"
    if edge.target == HIDDEN:
        # It may well run backwards, so it has no say in the layout.
        picture.edge(
            source,
            "hidden",
            style="dotted",
            color=MUTED,
            constraint="false",
            tooltip="used by nodes that are not shown",
        )
        return
    parts = isinstance(edge.contribution, dict)
    sign = "none" if parts else sign_of(edge.contribution)
    color, style = SIGNS[sign]
    label = "" if edge.local is None else in_short(edge.local, digits)
    if edge.problem:
        color, style, label = PURPLE, "bold", "rule failed"
    size = size_of(edge.contribution)
    width = 1.0
    if style != "bold" and largest > 0 and math.isfinite(size):
        width += 3.0 * math.sqrt(size / largest)
    elif style == "bold":
        width = 3.0
    picture.edge(
        source,
        f"v{edge.target}",
        label=_plain(f" {label} ") if label else "",
        color=color,
        fontcolor=color if sign in ("+", "-", "nan") else MUTED,
        style=style,
        penwidth=f"{width:.2f}",
        tooltip=_edge_tooltip(edge, titles, digits),
    )


def _edge_tooltip(edge: Edge, titles: dict[int, str], digits: int) -> str:
    source = "hidden nodes" if edge.source == HIDDEN else clean(titles[edge.source], 60)
    lines = [f"{source} → {clean(titles[edge.target], 60)}"]
    if edge.local is not None:
        lines.append(f"local derivative {in_short(edge.local, digits)}")
    if edge.contribution is not None and not isinstance(edge.contribution, dict):
        lines.append(f"contribution {in_short(edge.contribution, digits)}")
    if edge.problem:
        lines.append(clean(edge.problem, 200))
    return _plain(" · ".join(lines))


# Text -----------------------------------------------------------------------------------------


def _caption(model: Model, legend: bool) -> dict[str, str]:
    lines = [f"<B>{_escape(note)}</B>" for note in notes(model)]
    if legend and any(e.contribution is not None or e.local is not None for e in model.edges):
        mixed = any(
            not isinstance(e.contribution, dict) and sign_of(e.contribution) == "mixed"
            for e in model.edges
        )
        lines.append(LEGEND + (MIXED if mixed else ""))
    if not lines:
        return {}
    text = "<BR/>".join(lines)
    return {"label": f'<<FONT POINT-SIZE="10" COLOR="{MUTED}">{text}</FONT>>', "labelloc": "b"}


def _escape(text: str) -> str:
    """Text inside an HTML-like label."""
    return html.escape(text, quote=True)


def _plain(text: str) -> str:
    """Text in an ordinary attribute, where Graphviz reads backslashes and entities."""
    return graphviz.escape(html.escape(text, quote=False))
