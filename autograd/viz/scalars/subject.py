"""What is zoomed into: the node, what its operands are called, and why some cannot be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...border import spread
from ...errors import describe
from ...graph import Freed, Node
from ...op import Elementwise
from ...tensor import Tensor, current
from ...value import FREED
from ..groups import grouping

__all__ = ["names_of", "node_of", "recorded", "size_before", "too_large"]

PURPOSE = "zoom shows the scalars inside one tensor op, such as the result of x @ w or h.sum()"


def node_of(what: Any) -> Any:
    """The recorded node, or an error that says what zoom is for."""
    if isinstance(what, Tensor):
        node = current(what)._node
        if node is None:
            raise ValueError(
                f"nothing was recorded for this tensor ({describe(what)}): it is a constant. "
                f"{PURPOSE}, of tensors of which one has requires_grad=True"
            )
    elif isinstance(what, Node):
        node = what
    else:
        raise TypeError(
            f"zoom takes the result of one op, a Tensor or a Value, got {describe(what)}"
        )
    if node.op is FREED or type(node.parents) is Freed:
        raise ValueError(
            "the graph behind this result was freed by backward(retain_graph=False), and its "
            "operands with it: zoom before, or keep it with backward(retain_graph=True)"
        )
    if node.op is None:
        name = f"{node.label!r} " if node.label else ""
        raise ValueError(
            f"{name}is a leaf: no op made it, so there is nothing inside. {PURPOSE}; give it the "
            "result of an op"
        )
    if node.op is spread:
        raise ValueError(
            "here a tensor falls into Values, each of which is one of its elements: there is no op "
            "inside. Draw one of the Values with draw()"
        )
    return node


def recorded(node: Any) -> tuple[Any, int | None]:
    """The node of the op, and which of its outputs is meant if it has several."""
    k = getattr(node, "k", None)
    if k is not None:
        return node_of(node.parents[0]), k
    if node.op.multiple:
        raise ValueError(
            f"{node.op.label} has {len(node.data)} outputs, each with a gradient of its own: zoom "
            "into one of them"
        )
    return node, None


def names_of(node: Any) -> list[str]:
    """A name for each operand: its label, its parameter's name, or the op's for it."""
    op = node.op
    own = grouping([*(p for p in node.parents if p is not None), node]).names
    given = list(op.input_names)
    if len(given) != len(node.parents):
        n = len(node.parents)
        given = ["x"] if n == 1 else ["x", "y"] if n == 2 else [f"x{i + 1}" for i in range(n)]
    return [
        (p is not None and (p.label or own.get(p))) or name
        for p, name in zip(node.parents, given, strict=True)
    ]


# Size -----------------------------------------------------------------------------------------


def size_before(node: Any, output: int | None) -> tuple[int, bool]:
    """How many scalars at least, told from the shapes alone; and whether that is the number."""
    op = node.op
    out = np.size(node.data if output is None else node.data[output])
    operands = list(dict.fromkeys(map(_Once, node.parents, node.args)))
    inside = sum(x.size for x in operands)
    if isinstance(op, Elementwise):
        return out + inside, True
    if op.name in ("matmul", "_linear"):
        inner = np.shape(node.args[0])[-1]
        return out + inside + (out * inner if inner > 1 else 0), len(operands) == 2
    if op.name == "_linear_with_bias":
        inner = np.shape(node.args[0])[-1]
        return inside + out * (inner + 2 if inner > 1 else 2), len(operands) == 3
    if op.kind == "bilinear":
        return out + inside, False
    return out, False


class _Once:
    """An operand, equal to itself used again."""

    def __init__(self, parent: Any, x: Any) -> None:
        self.key: Any = self if parent is None else parent
        self.size = 1 if x is None else np.size(x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and self.key is other.key

    def __hash__(self) -> int:
        return id(self.key)


def too_large(node: Any, output: int | None, count: int, exact: bool, room: int) -> ValueError:
    """The error for a picture that nobody could read."""
    shapes = [str(np.shape(x)) for x in node.args if x is not None] or [f"{len(node.args)} values"]
    result = np.shape(node.data if output is None else node.data[output])
    many = f"{count:,}" if exact else f"at least {count:,}"
    less = "x[:2]" if max(map(math.prod, map(np.shape, node.args)), default=0) else "two of them"
    return ValueError(
        f"zoom({node.op.label}) would draw {many} scalar nodes, more than max_nodes={room}: "
        f"{', '.join(shapes)} → {result}. Compute it once more on a slice, such as {less}, and "
        "zoom into that result, or raise max_nodes"
    )
