"""Drawings of graphs, with values, gradients and the chain rule on every edge.

Importing this is cheap; what a drawing needs is imported when it is made.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .model import Model, build
from .notebook import mimebundle
from .output import RendererNotFoundError, pipe, write
from .text import to_text

if TYPE_CHECKING:
    from .blaming import (
        Blame,
        ExampleBlame,
        Saliency,
        blame,
        example_blame,
        saliency,
    )
    from .dot import Drawing
    from .explaining import Explanation, explain
    from .gradient_descent import Path as DescentPath
    from .gradient_descent import descend, descent
    from .why import Diagnosis, why_zero

__all__ = [
    "Blame",
    "DescentPath",
    "Diagnosis",
    "Drawing",
    "ExampleBlame",
    "Explanation",
    "Model",
    "RendererNotFoundError",
    "Saliency",
    "blame",
    "build",
    "descend",
    "descent",
    "draw",
    "example_blame",
    "explain",
    "mimebundle",
    "render",
    "saliency",
    "to_text",
    "why_zero",
]

MAX_NODES = 200
FORMATS = ("svg", "png", "pdf", "jpg", "gif", "ps", "webp")


def draw(
    root: Any,
    *,
    rankdir: str = "LR",
    format: str | None = None,
    max_nodes: int | None = MAX_NODES,
    digits: int = 4,
    legend: bool = True,
    mark: Any = None,
) -> Drawing:
    """Draw the graph behind a value or tensor.

    Each node shows its value and gradient, each edge its local derivative. After ``backward``, an
    edge's colour and style tell the sign of its contribution to the gradient, its width the size.

    Parameters
    ----------
    root : Value, Tensor, or a list of them
        What was computed.
    rankdir : {"LR", "TB", "RL", "BT"}
        The direction of the flow.
    format : str, optional
        The format that the result renders to, ``"svg"`` unless given.
    max_nodes : int, optional
        Draw at most this many nodes, those nearest to the root, and say how many are hidden;
        ``None`` draws all.
    digits : int
        Significant digits of numbers.
    legend : bool
        Whether to explain the edges below the picture.
    mark : Value, Tensor, node, or a list of them, optional
        Nodes to draw in red, such as one to blame; of a large graph those around them are kept.

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
    from .dot import to_dot

    model = build(root, max_nodes, mark)
    return to_dot(model, rankdir=rankdir, format=format, digits=digits, legend=legend)


def render(digraph_or_root: Any, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write a drawing to a file, whole or not at all.

    Parameters
    ----------
    digraph_or_root : graphviz.Digraph, Value, Tensor, or a list of them
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
    RendererNotFoundError
        If neither pygraphviz nor Graphviz is installed; the graph of a value or tensor needs
        neither as ``.svg``.
    """
    target = Path(path)
    kind = target.suffix.lower().lstrip(".")
    if kind not in (*FORMATS, "dot", "gv", "txt"):
        raise ValueError(
            f"cannot tell the format of {target.name!r}: end the name in one of "
            f"{', '.join('.' + f for f in FORMATS)}, .dot or .txt"
        )
    source = getattr(digraph_or_root, "source", None)
    if source is not None and options:
        raise TypeError(f"{', '.join(options)} is for draw(), which has made this drawing already")
    if kind == "txt":
        if source is not None:
            raise TypeError("a table (.txt) is written from a Value or Tensor, not from a drawing")
        digits = options.pop("digits", 4)
        table = to_text(
            build(digraph_or_root, options.get("max_nodes", MAX_NODES), options.get("mark")), digits
        )
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
