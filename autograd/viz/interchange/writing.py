"""A model as JSON text: one line for each vertex and edge, the same bytes for the same graph."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

from ..model import Edge, Group, Model, Vertex, build
from ..output import write
from .values import encode, encode_number

__all__ = ["LARGE", "VERSION", "to_json"]

VERSION = 1
"""Goes up with a change that a reader of the last version would misread."""
LARGE = 64
"""Arrays of more elements are summarised, unless all are asked for."""

# Not the default of json.dumps: NaN would be written as a word that is no JSON.
_text = json.JSONEncoder(allow_nan=False, separators=(", ", ": ")).encode


@overload
def to_json(
    model_or_root: Any,
    path: None = None,
    *,
    arrays: str = "summary",
    max_nodes: int | None = None,
) -> str: ...


@overload
def to_json(
    model_or_root: Any,
    path: str | os.PathLike[str],
    *,
    arrays: str = "summary",
    max_nodes: int | None = None,
) -> Path: ...


def to_json(
    model_or_root: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    arrays: str = "summary",
    max_nodes: int | None = None,
) -> str | Path:
    """Write the graph behind a value or tensor as JSON.

    Parameters
    ----------
    model_or_root : Model, Value, Tensor, or an iterable of values and tensors
        What :func:`autograd.viz.build` has made, or what it takes.
    path : path, optional
        The file to write, whole or not at all.
    arrays : {"summary", "full"}
        Whether arrays of more than 64 elements are replaced by their statistics. With ``"full"``
        reading gives the same model, bit by bit.
    max_nodes : int, optional
        As for :func:`autograd.viz.build`.

    Returns
    -------
    str or pathlib.Path
        ASCII, safe inside a ``<script>`` element; ``autograd.viz.schema()`` describes it. The path
        written, if one was given.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz.interchange import from_json, to_json
    >>> y = Value(2.0, label="x") * 3.0
    >>> y.backward()
    >>> text = to_json(y)
    >>> [v.grad for v in from_json(text).vertices if v.name == "x"]
    [3.0]
    """
    if arrays not in ("summary", "full"):
        raise ValueError(f"arrays is 'summary' or 'full', got {arrays!r}")
    given = isinstance(model_or_root, Model)
    if given and max_nodes is not None:
        raise TypeError("max_nodes is for a root; this model has been built already")
    model = model_or_root if given else build(model_or_root, max_nodes)
    most = math.inf if arrays == "full" else LARGE
    text = "".join(_pieces(model, most))
    # A label with </script> must not end a script element; nothing but strings holds a "<".
    text = text.replace("<", "\\u003c")
    if path is None:
        return text
    target = Path(path)
    write(text.encode(), target)
    return target


def _pieces(model: Model, most: float) -> Iterator[str]:
    yield f'{{"format": "blamegraph",\n"version": {VERSION},\n'
    yield f'"total": {model.total},\n"hidden": {model.hidden},\n'
    yield f'"notes": {_text(list(model.notes))},\n'
    yield from _list("groups", map(_group, model.groups.values()))
    yield ",\n"
    yield from _list("vertices", (_vertex(v, most) for v in model.vertices))
    yield ",\n"
    yield from _list("edges", (_edge(e, most) for e in model.edges))
    yield "}\n"


def _list(name: str, records: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield f'"{name}": ['
    between = "\n"
    for record in records:
        yield between + _text(record)
        between = ",\n"
    yield "]"


def _group(group: Group) -> dict[str, Any]:
    record: dict[str, Any] = {"path": group.path}
    if group.title:
        record["title"] = group.title
    if group.parent:
        record["parent"] = group.parent
    record["members"], record["calls"] = int(group.members), int(group.calls)
    return record


def _vertex(v: Vertex, most: float) -> dict[str, Any]:
    record: dict[str, Any] = {"id": v.id, "kind": v.kind}
    for name, text in (("name", v.name), ("op", v.op), ("symbol", v.symbol)):
        if text is not None:
            record[name] = str(text)
    if v.params:
        record["params"] = v.params
    if v.data is not None:
        record["data"] = encode(v.data, most)
    if v.grad is not None:
        record["grad"] = encode(v.grad, most)
    for name, flag in (("root", v.root), ("freed", v.freed), ("marked", v.marked)):
        if flag:
            record[name] = True
    if v.group:
        record["group"] = v.group
    if v.line is not None:
        record["line"] = v.line
    if v.turn is not None:
        record["turn"] = int(v.turn)
    if v.members != 1:
        record["members"] = int(v.members)
    if v.about:
        record["about"] = [[str(what), str(text)] for what, text in v.about]
    if v.look is not None:
        record["look"] = v.look
    return record


def _edge(e: Edge, most: float) -> dict[str, Any]:
    record: dict[str, Any] = {"source": e.source, "target": e.target}
    if e.position:
        record["position"] = e.position
    if e.local is not None:
        record["local"] = encode(e.local, most)
    if e.contribution is not None:
        record["contribution"] = encode(e.contribution, most)
    if e.problem is not None:
        record["problem"] = e.problem
    if e.share is not None:
        record["share"] = encode_number(e.share)
    if e.count != 1:
        record["count"] = int(e.count)
    if e.size is not None:
        record["size"] = encode_number(e.size)
    if e.look is not None:
        record["look"] = e.look
    return record
