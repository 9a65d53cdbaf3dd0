"""A graph as SVG, laid out and written here: it needs neither Graphviz nor a font.

It looks as the DOT drawings do, follows the reader's choice of light or dark, and the same graph
always gives the same bytes.
"""

from __future__ import annotations

import re
from typing import Any

from ..model import Model
from ..text import clean
from .boxes import Word, words_svg
from .frames import LABEL, Place
from .lines import line_svg, stub
from .palette import STYLE, paint
from .scene import scene

__all__ = ["FONT", "MOST_VERTICES", "SCALE", "comment", "draw_svg"]

MOST_VERTICES = 5_000
"""More are not drawn, whatever was asked for: browsers would not show them."""
SCALE = 1.2
"""How much larger than its units a picture is shown where there is room."""
FONT = "Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"


def draw_svg(model: Model, *, remarks: tuple[str, ...] = (), **options: Any) -> str:
    """Draw a model as an SVG element.

    Parameters
    ----------
    model : Model
        What :func:`autograd.viz.build` has made of a graph.
    remarks : tuple of str
        Lines to leave in a comment.
    **options
        ``rankdir``, ``digits``, ``legend``, ``edges`` and ``heatmaps``, as for
        :func:`autograd.viz.draw`.

    Returns
    -------
    str
        ``<svg ...>...</svg>`` of a fixed size, as a file needs it; see
        :func:`autograd.viz.output.fluid` for pages.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> svg = draw_svg(build(Value(2.0, label="x") * 3.0))
    >>> svg.startswith("<svg"), ">x<" in svg
    (True, True)
    """
    made = scene(model, most=MOST_VERTICES, **options)
    width, height, layout = made.width, made.height, made.layout
    parts = [
        f'<svg width="{SCALE * width:.0f}px" height="{SCALE * height:.0f}px" '
        f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'font-family="{FONT}" role="img" aria-label="the graph of a computation">\n'
    ]
    parts += [comment(remark) + "\n" for remark in remarks]
    parts.append(STYLE + "\n")
    parts.append(f'<rect width="{width:.0f}" height="{height:.0f}" {paint("paper")}/>\n')
    parts.append(f'<g transform="translate({made.dx:.1f} {made.dy:.1f})">\n')
    parts += [_frame(place) for place in made.frames]
    for line, points, x, y in zip(
        made.lines, layout.routes, layout.label_x.tolist(), layout.label_y.tolist(), strict=True
    ):
        parts.append(line_svg(line, points, x, y, made.direction))
    parts += [stub(x, y, made.direction) for x, y in made.stubs]
    parts += [box.svg(x, y) for box, x, y in made.boxes]
    parts.append("</g>\n")
    parts += [words_svg(words, width / 2, y, "middle") + "\n" for words, y in made.caption]
    return "".join(parts) + "</svg>\n"


def _frame(place: Place) -> str:
    title = words_svg([Word(place.title, LABEL, "muted")], place.left + 8, place.top + 12, "start")
    return (
        f'<g class="group"><rect x="{place.left:.1f}" y="{place.top:.1f}" '
        f'width="{place.width:.1f}" height="{place.height:.1f}" rx="9" '
        f'{paint("frame", "frame")} fill-opacity="0.12" stroke-width="0.8"/>{title}</g>\n'
    )


def comment(text: str) -> str:
    """A comment with ``text``, which cannot end it.

    Examples
    --------
    >>> comment("a --> b")
    '<!-- a - -> b -->'
    """
    return f"<!-- {re.sub('-(?=-)', '- ', clean(text, 400))} -->"
