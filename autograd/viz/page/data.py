"""A model as the page's script wants it: short keys, texts made here, exact numbers beside them.

======== =============================================================================
``names``  ``[title, kind, op, shape, line, group, value rows, further gradient rows, sum]`` by id
``grad``   the exact gradient by id: a number, a nested list, or absent if it is too large
``text``   what a box shows of it
``begin``  the same text before the first step, for vertices that have something by then
``heat``   small gradients as ``[columns, element, ...]``
``edges``  ``[source, target, exact contribution]``, in the order of the picture
``steps``  ``[vertex, [[edge, source, text after], ...]]``, in the reverse order
``groups`` ``[path, class, parent, nodes, calls]``
``frames`` the history, see :mod:`autograd.viz.page.history`
======== =============================================================================

nan and the infinities are the words ``"nan"``, ``"inf"`` and ``"-inf"``.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..cues.sums import by_source
from ..figures import array_kind, describe_gradient, describe_value, size_of
from ..model import HIDDEN, Model, Vertex
from ..text import clean
from .numbers import exact, gradient_text, painted
from .steps import Backward
from .wording import made_of

__all__ = ["as_json", "page_data"]


def page_data(
    model: Model, backward: Backward, digits: int, rankdir: str, frames: list[dict[str, Any]]
) -> dict[str, Any]:
    """All that the page knows about a graph."""
    uses = by_source(model)
    keys = _keys(model)
    real = [v for v in model.vertices if not isinstance(v.grad, dict)]
    return {
        "rankdir": rankdir,
        "names": {
            v.id: _facts(v, keys, made_of(v, uses.get(v.id, []), digits), digits)
            for v in model.vertices
        },
        "roots": [v.id for v in model.vertices if v.root],
        "grad": {v.id: x for v in real if (x := exact(v.grad)) is not None},
        "size": {
            v.id: exact(size_of(v.grad)) for v in real if v.grad is not None and np.ndim(v.grad)
        },
        "text": {v.id: gradient_text(v.grad, digits) for v in real if v.grad is not None},
        "begin": {id: gradient_text(g, digits) for id, g in backward.begin.items()},
        "heat": {v.id: cells for v in real if (cells := painted(v.grad))},
        "edges": [
            [e.source, e.target, exact(e.contribution)] for e in model.edges if e.target != HIDDEN
        ],
        "steps": _steps(model, backward, digits),
        "groups": [
            [keys[g.path], clean(g.title, 40), keys.get(g.parent, ""), g.members, g.calls]
            for g in model.groups.values()
        ],
        "frames": frames,
    }


def _steps(model: Model, backward: Backward, digits: int) -> list[Any]:
    # The picture leaves out the edges that only say that there is more.
    places: dict[int, int] = {}
    for i, e in enumerate(model.edges):
        if e.target != HIDDEN:
            places[i] = len(places)
    return [
        [
            step.vertex.id,
            [[places[a.edge], a.source.id, gradient_text(a.after, digits)] for a in step.arrivals],
        ]
        for step in backward.steps
    ]


def _keys(model: Model) -> dict[str, str]:
    """What the page calls each group: its path, cut short and still unlike any other."""
    keys: dict[str, str] = {}
    known: dict[str, None] = {}
    for path in model.groups:
        key = clean(path, 80)
        if key in known:
            key = f"{clean(path, 70)} #{len(known)}"
        keys[path] = key
        known[key] = None
    return keys


def _facts(v: Vertex, keys: dict[str, str], total: str, digits: int) -> list[Any]:
    data = v.data
    shape = array_kind(data) if isinstance(data, np.ndarray) else ""
    rows = v.about or describe_value(data, digits)
    gradient = [] if isinstance(v.grad, dict) else describe_gradient(v.grad, digits)
    op = clean(f"{v.symbol or v.op or ''} {v.params}".strip(), 40)
    return [
        clean(v.title, 200),
        v.kind,
        op,
        shape,
        clean(v.line, 200) if v.line else "",
        keys.get(v.group, ""),
        [[what, clean(text, 80)] for what, text in rows if what],
        [[what, clean(text, 80)] for what, text in gradient[1:]],
        total,
    ]


def as_json(data: Any) -> str:
    """JSON that can stand in a ``<script>``: nothing in it ends one, or begins a comment.

    Examples
    --------
    >>> as_json("</script>")
    '"\\\\u003c/script>"'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
