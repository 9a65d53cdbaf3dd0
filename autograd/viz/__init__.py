"""Drawings of graphs, with values, gradients and the chain rule on every edge.

Importing this is cheap; what a drawing needs is imported when it is made.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .checks import at_least_one, check_folder
from .model import Edge, Group, Model, Vertex, build
from .notebook import mimebundle
from .output import RendererNotFoundError, pipe, write
from .text import to_text

if TYPE_CHECKING:
    from .animating import animate
    from .blaming import (
        Blame,
        ExampleBlame,
        Saliency,
        blame,
        example_blame,
        saliency,
    )
    from .comparing import Difference, Parting, diff, snapshot
    from .dot import Drawing
    from .explaining import Explanation, explain
    from .flowing import Flag as FlowFlag
    from .flowing import FlowRecorder, flow
    from .gradient_descent import Path as DescentPath
    from .gradient_descent import descend, descent
    from .interchange import ArraySummary, from_json, schema, to_json
    from .page import Frame as HistoryFrame
    from .page import notebook_html, to_html
    from .scalars import zoom, zoomed
    from .views import view
    from .why import Diagnosis, why_zero

__all__ = [
    "ArraySummary",
    "Blame",
    "DescentPath",
    "Diagnosis",
    "Difference",
    "Drawing",
    "Edge",
    "ExampleBlame",
    "Explanation",
    "FlowFlag",
    "FlowRecorder",
    "Group",
    "HistoryFrame",
    "Model",
    "Parting",
    "RendererNotFoundError",
    "Saliency",
    "Vertex",
    "animate",
    "blame",
    "build",
    "descend",
    "descent",
    "diff",
    "draw",
    "example_blame",
    "explain",
    "flow",
    "from_json",
    "mimebundle",
    "notebook_html",
    "render",
    "saliency",
    "schema",
    "snapshot",
    "to_html",
    "to_json",
    "to_text",
    "view",
    "why_zero",
    "zoom",
    "zoomed",
]

MAX_NODES = 200
FORMATS = ("svg", "png", "pdf", "jpg", "gif", "ps", "webp")


def draw(
    root: Any,
    *,
    level: str | int = "auto",
    max_nodes: int | None = MAX_NODES,
    open: str | Iterable[str] = (),
    top_edges: int | None = None,
    mark: Any = None,
    edges: str | None = None,
    heatmaps: bool = True,
    rankdir: str = "LR",
    format: str | None = None,
    digits: int = 4,
    legend: bool = True,
) -> Drawing:
    """Draw the graph behind a value or tensor.

    Each node shows its value and gradient, and the sum that made it where there are several uses;
    each edge its local derivative. After ``backward``, an edge's colour and style tell the sign of
    its contribution to the gradient, its width the size.

    Parameters
    ----------
    root : Value, Tensor, a list of them, or Model
        What was computed; or what :func:`view`, :func:`build` or :func:`from_json` made of it.
    level : {"auto", "nodes", "neurons", "layers", "model"} or int
        What becomes one box, see :func:`view`: groups are the calls of ``nn``'s modules and
        :class:`autograd.scope`. ``"auto"`` draws everything if that is at most ``max_nodes``, else
        the finest level that is.
    max_nodes : int, optional
        Draw at most this many nodes and boxes, and say how many are hidden; ``None`` draws all.
    open : str or iterable of str
        Paths of groups to show from inside, whatever the level.
    top_edges : int, optional
        Draw only the edges with the largest contributions, and say what is left out.
    mark : Value, Tensor, node, label, or a list of them, optional
        Nodes to draw in red, such as one to blame; of a large graph those around them are kept.
    edges : {"local", "contribution", "both", "share"}, optional
        What to write on edges: the local derivative; what came back; ``upstream × local =
        contribution``; the share of the operand's gradient. Unless given, the product in small
        graphs of numbers, the share where an array has several uses, and else the local derivative.
    heatmaps : bool
        Whether arrays show small maps of their values and gradients.
    rankdir : {"LR", "TB", "RL", "BT"}
        The direction of the flow.
    format : str, optional
        The format that the result renders to, ``"svg"`` unless given.
    digits : int
        Significant digits of numbers.
    legend : bool
        Whether to explain the edges below the picture.

    Returns
    -------
    Drawing
        A ``graphviz.Digraph``: it shows itself in notebooks, and ``.source`` is the DOT text. See
        :func:`render` for files.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import draw
    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> y = (x * w).tanh()
    >>> y.backward()
    >>> "tanh" in draw(y).source
    True
    """
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"rankdir is one of LR, TB, RL, BT; got {rankdir!r}")
    at_least_one(digits=digits)
    from .dot import to_dot

    model = _model(
        root, level=level, max_nodes=max_nodes, open=open, top_edges=top_edges, mark=mark
    )
    return to_dot(
        model,
        rankdir=rankdir,
        format=format,
        digits=digits,
        legend=legend,
        edges=edges,
        heatmaps=heatmaps,
    )


def _model(root: Any, **what: Any) -> Model:
    """What to draw of ``root``."""
    if isinstance(root, Model):
        return root
    from .views import view

    return view(root, **what)


def render(digraph_or_root: Any, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write a drawing to a file, whole or not at all.

    Parameters
    ----------
    digraph_or_root : graphviz.Digraph, Value, Tensor, a list of them, or Model
        A drawing, or what to draw.
    path : path
        The suffix chooses the format: ``.svg``, ``.png``, ``.pdf``; ``.dot`` or ``.gv`` for DOT and
        ``.txt`` for a table of a root, neither of which needs a renderer.
    **options
        As for :func:`draw`.

    Returns
    -------
    pathlib.Path
        The path written.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    RendererNotFoundError
        If nothing can make the format. The graph of a value or tensor as ``.svg`` needs nothing,
        as ``.png`` or ``.pdf`` matplotlib or Graphviz; other pictures need Graphviz.
    """
    target = Path(path)
    kind = target.suffix.lower().lstrip(".").replace("jpeg", "jpg")
    if kind not in (*FORMATS, "dot", "gv", "txt"):
        raise ValueError(
            f"cannot tell the format of {target.name!r}: end the name in one of "
            f"{', '.join('.' + f for f in FORMATS)}, .dot or .txt (to_html makes an .html page)"
        )
    check_folder(target)
    source = getattr(digraph_or_root, "source", None)
    if source is not None and options:
        raise TypeError(f"{', '.join(options)} is for draw(), which has made this drawing already")
    if kind == "txt":
        if source is not None:
            raise TypeError("a table (.txt) is written from a Value or Tensor, not from a drawing")
        digits = options.pop("digits", 4)
        at_least_one(digits=digits)
        table = to_text(_model(digraph_or_root, **options), digits)
        data = (table + "\n").encode()
    else:
        drawing = draw(digraph_or_root, **options) if source is None else digraph_or_root
        data = drawing.source.encode() if kind in ("dot", "gv") else pipe(drawing, kind)
    write(data, target)
    return target


# Where the names are that load when they are first used: pictures that few programs draw.
_LATER = {
    **{
        name: ("blaming", name)
        for name in ("Blame", "ExampleBlame", "Saliency", "blame", "example_blame", "saliency")
    },
    **{name: ("comparing", name) for name in ("Difference", "Parting", "diff", "snapshot")},
    **{name: ("interchange", name) for name in ("ArraySummary", "from_json", "schema", "to_json")},
    "animate": ("animating", "animate"),
    "view": ("views", "view"),
    "HistoryFrame": ("page", "Frame"),
    **{name: ("page", name) for name in ("notebook_html", "to_html")},
    "FlowFlag": ("flowing", "Flag"),
    **{name: ("flowing", name) for name in ("FlowRecorder", "flow")},
    **{name: ("scalars", name) for name in ("zoom", "zoomed")},
    **{name: ("explaining", name) for name in ("Explanation", "explain")},
    **{name: ("why", name) for name in ("Diagnosis", "why_zero")},
    "DescentPath": ("gradient_descent", "Path"),
    "Drawing": ("dot", "Drawing"),  # a class of the graphviz package's
    "descend": ("gradient_descent", "descend"),
    "descent": ("gradient_descent", "descent"),
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        module, own = _LATER[name]
        return getattr(import_module(f"{__name__}.{module}"), own)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
