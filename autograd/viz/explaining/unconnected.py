"""Why there may be no path between two nodes, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...value import Value
from .between import between
from .ends import End, behind
from .names import Names

__all__ = ["reasons"]


def reasons(root: End, leaf: End, names: Names) -> list[str]:
    """What the reader should look at, the surest first."""
    top, end = names.root, names.leaf
    if root.node is None or (root.node.op is None and leaf.node is not None):
        if root.node is not None and between(leaf.node, root.node) is not None:
            return [_swapped(top, end)]
        return [
            f"{top} has no history: it was not computed from anything that requires a gradient, or "
            "it was computed inside no_grad(), or it comes from detach(), .data, .item() or "
            "numpy()"
        ]
    if leaf.node is None:
        dtype = np.asarray(leaf.value).dtype
        if dtype.kind != "f":
            return [f"{end} is {dtype}: only floating-point numbers have derivatives"]
        return [
            f"{end} is a constant: it does not require a gradient. Make it with "
            "Tensor(..., requires_grad=True) before the root is computed"
        ]
    if leaf.node.op is not None and between(leaf.node, root.node) is not None:
        return [_swapped(top, end)]
    notes = []
    twin = _twin(root.node, leaf)
    if twin:
        notes.append(twin)
    notes.append(
        f"the usual causes: {top} never used {end}; detach(), .data, .item(), float() or numpy() "
        "cut the way; part of it was computed inside no_grad(); "
        f"{end} is a copy of what was used, or was written to in place since"
    )
    return notes


def _swapped(top: str, end: str) -> str:
    return f"{end} was computed from {top}, not the other way round: swap the arguments"


def _twin(root: Any, leaf: End) -> str:
    """A node that the root does use and that looks like the leaf."""
    for node in behind(root):
        if leaf.label and node.label == leaf.label:
            return f"another node labelled {leaf.label!r} was used: is this one a copy of it?"
    if isinstance(leaf.value, (float, np.ndarray)):
        for node in behind(root):
            same = isinstance(node, Value) == isinstance(leaf.value, float)
            if same and node.op is None and np.array_equal(node.data, leaf.value):
                return "a leaf with the same value was used: is this one a copy of it?"
    return ""
