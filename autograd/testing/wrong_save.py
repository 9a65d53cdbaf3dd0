"""A node that does not hold the numbers it was computed with."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import plain
from ..tensor import TensorNode
from ..value import Value
from .culprit import Culprit, agree, called, made, short
from .local import local_of
from .recording import Recording, node_of

__all__ = ["changed_since"]


def changed_since(recording: Recording, order: list) -> Culprit | None:
    """A node that does not hold the numbers it was computed from and with."""
    for node in order:
        what = None if node.op is None else _unlike_itself(node)
        if what is not None:
            name = node.op.name
            lines = [
                f"to blame: the engine, not a rule: what {name} saved is not what it computed with",
                *called(recording, node),
                f"  {what}",
                "  something was written in place after it was saved, or a tensor that was "
                "written to is still in its old place in the graph",
            ]
            return made("engine", name, lines, node, recording)
    for k, x in enumerate(recording.outputs):
        node = node_of(x)
        if isinstance(node, TensorNode) and not agree(plain(x), node.data):
            name = "a leaf" if node.op is None else node.op.name
            lines = [
                f"to blame: the engine, not a rule: output {k} is {short(x)}, and its place in "
                f"the graph is that of {short(node.data)}",
                *called(recording, node),
                "  a tensor that was written to is still in its old place in the graph",
            ]
            return made("engine", name, lines, node, recording)
    return None


def _unlike_itself(node: Any) -> str | None:
    local = None if isinstance(node, Value) else local_of(node)
    if local is None:
        return None
    for i, (x, p) in enumerate(zip(node.args, node.parents, strict=True)):
        if p is None or not isinstance(x, np.ndarray) or not isinstance(p.data, np.ndarray):
            continue
        if any(x.strides) and any(p.data.strides) and not agree(x, p.data):
            return f"operand {i + 1} is {short(x)} here, and {short(p.data)} where it was made"
    try:
        again = local.call(*(local.args[i] for i in local.where))
    except Exception:  # it says nothing then
        return None
    outs, kept = (again, node.data) if isinstance(again, tuple) else ((again,), (node.data,))
    for x, y in zip(outs, kept, strict=True):
        if isinstance(y, np.ndarray) and (any(y.strides) or y.size == 1) and not agree(x, y):
            return f"from what it saved the result is {short(x)}, and {short(y)} was recorded"
    return None
