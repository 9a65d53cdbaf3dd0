"""A graph as SVG, laid out and written here: it needs neither Graphviz nor a font.

It looks as the DOT drawings do, follows the reader's choice of light or dark, and the same graph
always gives the same bytes.
"""

from __future__ import annotations

import re

import numpy as np

from ..dot import _largest
from ..figures import sign_of
from ..layout import layered
from ..model import HIDDEN, Model
from ..text import clean, notes
from .boxes import Box, Word, constant_box, hidden_box, vertex_box, words_svg
from .lines import Line, stub
from .nearest import nearest
from .palette import STYLE, paint

__all__ = ["MOST_VERTICES", "comment", "draw_svg"]

MOST_VERTICES = 5_000
"""More are not drawn, whatever was asked for: browsers would not show them."""
PAD = 14.0
SCALE = 1.2
"""How much larger than its units a picture is shown where there is room."""
CAPTION = 10.0
FONT = "Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"


def draw_svg(
    model: Model,
    *,
    rankdir: str = "LR",
    digits: int = 4,
    legend: bool = True,
    remarks: tuple[str, ...] = (),
) -> str:
    """Draw a model as an SVG element.

    Parameters
    ----------
    model : Model
        What :func:`autograd.viz.build` has made of a graph.
    rankdir : {"LR", "TB", "RL", "BT"}
        The direction of the flow.
    digits : int
        Significant digits of numbers.
    legend : bool
        Whether to explain the edges below the picture.
    remarks : tuple of str
        Lines to leave in a comment.

    Returns
    -------
    str
        ``<svg ...>...</svg>``, as wide as the page and no wider than it was meant.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> svg = draw_svg(build(Value(2.0, label="x") * 3.0))
    >>> svg.startswith("<svg"), ">x<" in svg
    (True, True)
    """
    cut = len(model.vertices) > MOST_VERTICES
    model = nearest(model, MOST_VERTICES)
    boxes = _boxes(model, digits)
    at = {name: i for i, name in enumerate(boxes)}
    edges = [e for e in model.edges if e.target != HIDDEN]
    constants = {v.id for v in model.vertices if v.kind == "constant"}
    titles = {v.id: v.title for v in model.vertices}
    largest = _largest(model)
    lines = [Line(e, e.source in constants, titles, largest, digits) for e in edges]
    layout = layered(
        np.array([b.width for b in boxes.values()]),
        np.array([b.height for b in boxes.values()]),
        np.array([at[e.source] for e in edges], dtype=np.int64),
        np.array([at[e.target] for e in edges], dtype=np.int64),
        np.array([line.label_width for line in lines]),
        np.array([12.0 if line.label else 0.0 for line in lines]),
        rankdir,
    )
    caption = _caption(model, legend)
    if cut:
        most = f"a picture has room for {MOST_VERTICES:,} nodes and constants"
        caption.insert(0, [Word(most, CAPTION, "muted", True)])
    text_wide = max((sum(w.width for w in line) for line in caption), default=0.0)
    width = max(layout.width, text_wide) + 2 * PAD
    height = layout.height + 2 * PAD + (16 * len(caption) + 6 if caption else 0)
    dx, dy = (width - layout.width) / 2, PAD
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="100%" style="max-width:{SCALE * width:.0f}px;height:auto" font-family="{FONT}" '
        f'role="img" aria-label="the graph of a computation">\n'
    ]
    parts += [comment(remark) + "\n" for remark in remarks]
    parts.append(STYLE + "\n")
    parts.append(f'<rect width="{width:.0f}" height="{height:.0f}" {paint("paper")}/>\n')
    parts.append(f'<g transform="translate({dx:.1f} {dy:.1f})">\n')
    for line, points, x, y in zip(
        lines, layout.routes, layout.label_x.tolist(), layout.label_y.tolist(), strict=True
    ):
        parts.append(line.svg(points, x, y, rankdir))
    xs, ys = layout.x.tolist(), layout.y.tolist()
    for e in model.edges:
        if e.target == HIDDEN:
            parts.append(_stub(boxes[e.source], xs[at[e.source]], ys[at[e.source]], rankdir))
    parts += [box.svg(x, y) for box, x, y in zip(boxes.values(), xs, ys, strict=True)]
    parts.append("</g>\n")
    for i, words in enumerate(caption):
        y = layout.height + 2 * PAD + 16 * i + 8
        parts.append(words_svg(words, width / 2, y, "middle") + "\n")
    return "".join(parts) + "</svg>\n"


def _boxes(model: Model, digits: int) -> dict[int, Box]:
    """The box of each vertex by its id; what is hidden has one as well."""
    boxes = {
        v.id: constant_box(v, digits)
        if v.kind == "constant" and not v.root
        else vertex_box(v, digits)
        for v in model.vertices
    }
    if model.hidden:
        boxes[HIDDEN] = hidden_box(model.hidden)
    return boxes


def _stub(box: Box, x: float, y: float, rankdir: str) -> str:
    """A dotted line out of a corner of a box, where edges do not leave it."""
    w, h = box.width / 2, box.height / 2
    side = 1 if rankdir in ("LR", "TB") else -1
    if rankdir in ("LR", "RL"):
        return stub(x + side * (w + 4), y + h - 6, rankdir)
    return stub(x + w - 6, y + side * (h + 4), rankdir)


def _caption(model: Model, legend: bool) -> list[list[Word]]:
    """What must be known, and what the edges mean."""
    lines = [[Word(note, CAPTION, "muted", True)] for note in notes(model)]
    if legend and any(e.contribution is not None or e.local is not None for e in model.edges):
        words = [
            Word("on each edge its local derivative;", CAPTION, "muted"),
            Word(" ━━", CAPTION, "blue"),
            Word("it adds to the gradient,", CAPTION, "muted"),
            Word("╍╍", CAPTION, "orange"),
            Word("it takes away; the wider, the more", CAPTION, "muted"),
        ]
        if any(
            not isinstance(e.contribution, dict) and sign_of(e.contribution) == "mixed"
            for e in model.edges
        ):
            words += [
                Word("; ━━", CAPTION, "muted"),
                Word("some of each", CAPTION, "muted"),
            ]
        lines.append(words)
    return lines


def comment(text: str) -> str:
    """A comment with ``text``, which cannot end it.

    Examples
    --------
    >>> comment("a --> b")
    '<!-- a - -> b -->'
    """
    return f"<!-- {re.sub('-(?=-)', '- ', clean(text, 400))} -->"
