"""The form of a graph in notebooks: its SVG, and a few lines of script that bring it to life."""

from __future__ import annotations

import html
import uuid
from typing import Any

from ..model import Model
from ..output import fluid, to_svg
from ..svg import draw_svg
from ..text import clean
from .resources import read

__all__ = ["fragment", "notebook_html"]

MAX_NODES = 200


def notebook_html(root_or_drawing: Any) -> str:
    """A fragment of HTML with the picture of a graph, to be shown in a notebook.

    The picture stands on its own where scripts do not run. Where they do, it is dragged, zoomed
    with Ctrl and the wheel or with ``+``, ``-`` and ``0``, a double click shows all of it, and
    hovering over a node leaves only its edges. Several of them get along on one page.

    Parameters
    ----------
    root_or_drawing : Value, Tensor, a list of them, Model, or Drawing
        What was computed, or its drawing.

    Returns
    -------
    str
        The fragment. Nothing is ever raised: if the picture fails, the fragment says why.

    Examples
    --------
    >>> from autograd import Value
    >>> page = notebook_html(Value(2.0, label="x") * 3.0)
    >>> "<svg" in page, "viewBox" in page, notebook_html(object())[:5]
    (True, True, '<pre>')
    """
    try:
        return fragment(root_or_drawing)
    except Exception as error:
        return (
            f"<pre>{html.escape(clean(f'no picture: {type(error).__name__}: {error}', 400))}</pre>"
        )


def fragment(root_or_drawing: Any) -> str:
    """As :func:`notebook_html`, for who can do without if it raises."""
    svg = _picture(root_or_drawing)
    # An id that no other picture has, not even a copy of this cell's output.
    name = f"blamegraph-{uuid.uuid4().hex[:12]}"
    return (
        f'<div id="{name}" style="width:100%">{svg}</div>\n'
        f'<script>(() => {{\nconst box = document.getElementById("{name}");\n'
        f"if (!box) return;\n{read('fragment.js')}\n}})();</script>"
    )


def _picture(x: Any) -> str:
    model = x if isinstance(x, Model) else getattr(x, "model", None)
    if isinstance(model, Model):
        return fluid(draw_svg(model, **getattr(x, "options", {})))
    if getattr(x, "source", None) is not None:  # a drawing that was changed by hand
        return to_svg(x)
    from ..views import view

    return fluid(draw_svg(view(x, max_nodes=MAX_NODES)))
