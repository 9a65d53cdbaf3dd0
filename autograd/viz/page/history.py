"""Gradients over training, for the page's second slider.

A history is a sequence of frames, one for each training step that was looked at. A frame is a
mapping (or a :class:`Frame`) of plain data:

``step``
    A number or a short text.
``loss``
    A number, or nothing.
``grad``, ``value``
    Mappings from a vertex, by its id in the model or by its name, to a number, an array, or
    ``{"norm": number}`` of a large one. A module's own names, such as ``0.weight`` of what is
    ``mlp.0.weight`` in the graph, will do where they leave no doubt.

Two short forms are read as well: ``(label, {vertex: gradient})``, and a :class:`Model` of the same
graph or ``(label, Model)``, whose vertices are matched by their names, else by their ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import describe
from ..figures import in_short, number, size_of
from ..model import Model
from ..text import clean
from .numbers import exact, gradient_text

__all__ = ["Frame", "frames_of", "read_frames"]

FORMS = (
    "a frame of history is a mapping with step, loss, grad and value, a pair "
    "(label, {vertex: gradient}), or a Model"
)


DEEPEST = 16
"""So many parts of a name are looked at."""


@dataclass(slots=True)
class Frame:
    """What was seen at one training step."""

    step: int | str
    loss: float | None = None
    value: dict[int | str, Any] = field(default_factory=dict)
    """Values by vertex id or name."""
    grad: dict[int | str, Any] = field(default_factory=dict)
    """Gradients by vertex id or name."""


def read_frames(history: Any) -> list[Frame]:
    """A history, or what has one as its ``frames()``, in one form.

    Examples
    --------
    >>> frames = read_frames([{"step": 0, "loss": 1.5, "grad": {"w": 0.5}}, ("1", {"w": 0.25})])
    >>> [(f.step, f.grad["w"]) for f in frames]
    [(0, 0.5), ('1', 0.25)]
    """
    if callable(getattr(history, "frames", None)):  # such as a FlowRecorder
        history = history.frames()
    if isinstance(history, (str, bytes, Mapping)) or not isinstance(history, Iterable):
        raise TypeError(f"history is a list of frames, got {describe(history)}; {FORMS}")
    return [_frame(item, i) for i, item in enumerate(history)]


def _frame(item: Any, i: int) -> Frame:
    if isinstance(item, Frame):
        return item
    if isinstance(item, Model):
        return _of_model(item, i)
    if isinstance(item, Mapping):
        known = {"step", "loss", "value", "grad"}
        if not known.issuperset(item):
            strange = next(key for key in item if key not in known)
            raise TypeError(f"history has {strange!r} in frame {i}; {FORMS}")
        loss = item.get("loss")
        return Frame(
            item.get("step", i),
            None if loss is None else float(loss),
            dict(item.get("value", {})),
            dict(item.get("grad", {})),
        )
    if isinstance(item, tuple) and len(item) == 2:
        label, of = item
        if isinstance(of, Model):
            return _of_model(of, label)
        if isinstance(of, Mapping):
            return Frame(label, grad=dict(of))
    raise TypeError(f"history has {describe(item)} as frame {i}; {FORMS}")


def _of_model(model: Model, step: int | str) -> Frame:
    names = Counter(v.name for v in model.vertices)
    frame = Frame(step)
    for v in model.vertices:
        key = v.name if v.name and names[v.name] == 1 else v.id
        if v.kind == "constant":
            continue
        frame.value[key] = v.data
        if v.grad is not None:
            frame.grad[key] = v.grad
    roots = [v for v in model.vertices if v.root]
    if len(roots) == 1 and np.size(roots[0].data) == 1:
        frame.loss = float(np.asarray(roots[0].data).reshape(-1)[0])
    return frame


def frames_of(history: Any, model: Model, digits: int) -> list[dict[str, Any]]:
    """Frames as the page has them: texts, sizes and exact numbers by vertex id.

    Raises
    ------
    ValueError
        If no frame has anything about a vertex of the model.
    """
    frames = read_frames(history)
    ids = _ids(model)
    told = [_told(frame, ids, digits) for frame in frames]
    if frames and not any(f["g"] or f["v"] for f in told):
        keys = [str(k) for f in frames for k in (*f.grad, *f.value)][:3]
        named = [v.name for v in model.vertices if v.name][:3]
        raise ValueError(
            f"history has nothing about this graph: it is about {', '.join(keys) or 'nothing'}, "
            f"and the graph's named nodes are {', '.join(map(str, named)) or 'none'}"
        )
    return told


def _ids(model: Model) -> dict[int | str, list[int]]:
    """The vertices that each key of a frame means: ids, names, and the ends of dotted names."""
    ids: dict[int | str, list[int]] = {v.id: [v.id] for v in model.vertices}
    for v in model.vertices:
        if v.name:
            ids.setdefault(v.name, []).append(v.id)
    # By how many parts are left out: a module's names lack those of what is around it.
    ends: dict[str, dict[int, list[str]]] = {}
    for name in dict.fromkeys(v.name for v in model.vertices if v.name and v.kind == "leaf"):
        parts = name.split(".")
        for k in range(1, min(len(parts), DEEPEST)):
            ends.setdefault(".".join(parts[k:]), {}).setdefault(k, []).append(name)
    for end, found in ends.items():
        nearest = found[min(found)]
        if end not in ids and len(nearest) == 1:
            ids[end] = ids[nearest[0]]
    return ids


def _told(frame: Frame, ids: dict[int | str, list[int]], digits: int) -> dict[str, Any]:
    g: dict[str, list[Any]] = {}
    v: dict[str, str] = {}
    for key, x in frame.grad.items():
        if x is None:
            continue
        if isinstance(x, Mapping):
            size = float(x["norm"])
            told = [number(size, digits), exact(size), None]
        else:
            x = _number(x)
            told = [gradient_text(x, digits), exact(size_of(x)), exact(x)]
        g |= {str(id): told for id in ids.get(key, ())}
    for key, x in frame.value.items():
        if x is None:
            continue
        if isinstance(x, Mapping):
            text = f"norm {number(float(x['norm']), digits)}"
        else:
            text = in_short(_number(x), digits)
        v |= {str(id): text for id in ids.get(key, ())}
    loss = "" if frame.loss is None else number(frame.loss, digits)
    return {"step": clean(frame.step, 40), "loss": loss, "g": g, "v": v}


def _number(x: Any) -> Any:
    """A float or an array of what a frame holds: a list is an array as well."""
    return np.asarray(x) if isinstance(x, (list, np.ndarray)) else x
