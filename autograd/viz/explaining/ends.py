"""What the user meant by root and leaf: a node of the graph, given as such or by its label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import describe
from ...graph import Node, topological
from ...tensor import Tensor, current
from ...value import Value
from ..model import titles

__all__ = ["End", "behind", "find_leaf", "find_root"]


@dataclass(slots=True)
class End:
    """One end of the paths: a node, or what has none because no gradient goes there."""

    node: Any
    value: Any
    label: str | None


def find_root(root: Any) -> End:
    """The end to start from; it has one element."""
    end = _end(root, "root")
    if isinstance(end.value, tuple) or np.size(end.value) != 1:
        raise ValueError(
            f"explain takes a root of one element, got {describe(end.value)}: say which number is "
            "to be explained, such as explain(y.sum(), leaf) or explain(y[0], leaf)"
        )
    return end


def find_leaf(leaf: Any, root: End) -> End:
    """The end where the paths lead; a string is looked up among the labels behind the root."""
    if not isinstance(leaf, str):
        return _end(leaf, "leaf")
    nodes = [] if root.node is None else [root.node]
    return _end(titles(nodes).find(leaf), "leaf")


def behind(root: Any) -> Iterator[Any]:
    """All nodes behind a root, itself and leaves included."""
    if root is None:
        return
    seen = set()
    for node in topological([root]):
        for other in (node, *node.parents):
            if other is not None and other not in seen:
                seen.add(other)
                yield other


def _end(x: Any, what: str) -> End:
    if isinstance(x, Tensor):
        return End(current(x)._node, x._data, x.label)
    if isinstance(x, Value):
        return End(x, x.data, x.label)
    if isinstance(x, Node):
        return End(x, getattr(x, "data", None), getattr(x, "label", None))
    usual = "a Value or a Tensor" if what == "root" else "a Value, a Tensor or a label"
    raise TypeError(f"explain takes {usual} as {what}, got {describe(x)}")
