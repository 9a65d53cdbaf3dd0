"""JSON text back to a model. What comes from elsewhere is checked; nothing is evaluated."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ..model import HIDDEN, Edge, Group, Model, Vertex
from .validation import check, in_words
from .values import Misfit, decode, decode_number

__all__ = ["from_json"]

MOST_CHARACTERS = 2**30


def from_json(text: str | bytes, *, max_characters: int = MOST_CHARACTERS) -> Model:
    """Read a model that :func:`autograd.viz.to_json` has written.

    Parameters
    ----------
    text : str or bytes
        The document.
    max_characters : int
        Longer documents are refused.

    Returns
    -------
    Model
        What was written: every float has the same bits, every array its dtype and shape. An array
        that was summarised is an ``ArraySummary``.

    Raises
    ------
    ValueError
        If it is not such a document, with the place of the first fault.

    Examples
    --------
    >>> from autograd.viz.interchange import from_json
    >>> from_json('{"format": "blamegraph", "version": 1, "vertices": [], "edges": 3}')
    Traceback (most recent call last):
        ...
    ValueError: edges: 3 is no array
    """
    if not isinstance(text, (str, bytes, bytearray)):
        raise TypeError(f"from_json takes the text of a document, got {type(text).__name__}")
    if len(text) > max_characters:
        raise ValueError(
            f"a document of {len(text):,} characters is over the limit of {max_characters:,}; "
            "give max_characters if you trust it"
        )
    document = _parsed(text)
    if isinstance(document, dict) and document.get("format") == "blamegraph":
        version = document.get("version")
        if type(version) is int and version > 1:
            _wrong("version", f"{in_words(version)} is newer than this package reads; upgrade it")
    fault = check(document)
    if fault is not None:
        _wrong(fault[0].removeprefix(".") or "document", fault[1])
    model = Model(hidden=document.get("hidden", 0), notes=document.get("notes", []))
    model.groups = _groups(document.get("groups", []))
    model.vertices = [_vertex(i, v, model.groups) for i, v in enumerate(document["vertices"])]
    model.edges = [_edge(i, e, len(model.vertices)) for i, e in enumerate(document["edges"])]
    shown = sum(v.kind != "constant" for v in model.vertices)
    model.total = document.get("total", shown + model.hidden)
    _no_circle(model)
    return model


def _wrong(where: str, why: str) -> NoReturn:
    raise ValueError(f"{where}: {why}")


def _parsed(text: str | bytes | bytearray) -> Any:
    try:
        return json.loads(text, parse_constant=_constant, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError(
            "the document is nested too deeply; this format needs eight levels"
        ) from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"not JSON: not UTF-8 at byte {error.start}") from None


def _constant(word: str) -> NoReturn:
    raise ValueError(f'not JSON: {word} is no number; the string "{word}" stands for it')


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has the field {twice[:40]!r} twice")
    return found


def _groups(records: list[dict[str, Any]]) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    for i, record in enumerate(records):
        group = Group(
            record["path"], record.get("title", ""), record.get("parent", ""),
            record.get("members", 0), record.get("calls", 1),
        )  # fmt: skip
        if group.path in groups:
            _wrong(f"groups[{i}].path", f"{group.path!r:.60} is there already")
        if group.parent and group.parent not in groups:
            _wrong(f"groups[{i}].parent", f"{group.parent!r:.60} is no group before this one")
        groups[group.path] = group
    return groups


def _value(where: str, x: Any) -> Any:
    try:
        return decode(x)
    except Misfit as error:
        _wrong(where + error.where, error.why)


def _vertex(i: int, record: dict[str, Any], groups: dict[str, Group]) -> Vertex:
    if record["id"] != i:
        _wrong(
            f"vertices[{i}].id", f"ids are places in the list: {i}, got {in_words(record['id'])}"
        )
    group = record.get("group", "")
    if group and group not in groups:
        _wrong(f"vertices[{i}].group", f"{group!r:.60} is no group")
    get = record.get
    return Vertex(
        i, record["kind"], get("name"), get("op"), get("symbol"), get("params", ""),
        _value(f"vertices[{i}].data", get("data")), _value(f"vertices[{i}].grad", get("grad")),
        get("root", False), get("freed", False), get("marked", False), group, get("line"),
        get("turn"), get("members", 1), [(a, b) for a, b in get("about", [])], get("look"),
    )  # fmt: skip


def _edge(i: int, record: dict[str, Any], n: int) -> Edge:
    source, target, get = record["source"], record["target"], record.get
    for end, id in (("source", source), ("target", target)):
        if id >= n:
            _wrong(f"edges[{i}].{end}", f"{in_words(id)} is no vertex; there are {n}")
    if source == target == HIDDEN:
        _wrong(f"edges[{i}]", "both ends are hidden")
    return Edge(
        source, target, get("position", 0),
        _value(f"edges[{i}].local", get("local")),
        _value(f"edges[{i}].contribution", get("contribution")),
        get("problem"), decode_number(get("share")), get("count", 1), decode_number(get("size")),
        get("look"),
    )  # fmt: skip


def _no_circle(model: Model) -> None:
    """Refuse a graph that runs in circles, which has no layout and no reverse order."""
    ends = [(e.source, e.target) for e in model.edges if e.source != HIDDEN != e.target]
    if all(source < target for source, target in ends):
        return
    waiting = [0] * len(model.vertices)
    users: list[list[int]] = [[] for _ in model.vertices]
    for source, target in ends:
        users[source].append(target)
        waiting[target] += 1
    ready = [id for id, count in enumerate(waiting) if not count]
    for id in ready:  # the list grows as it is read
        for target in users[id]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for i, e in enumerate(model.edges):
        if e.source != HIDDEN != e.target and waiting[e.source] and waiting[e.target]:
            _wrong(f"edges[{i}]", f"{e.source} → {e.target} runs in a circle")
