"""A graph recorded with the source line of every op."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from ..containers import flatten
from ..graph import Node
from ..modes import collecting, enable_grad
from ..tensor import Tensor, current
from ..value import Value

__all__ = [
    "Recording",
    "gradients_kept",
    "node_of",
    "ordered",
    "parents_of",
    "record",
]


@dataclass(frozen=True)
class Recording:
    """What a function computed, node by node."""

    leaves: list[Any]
    """The nodes of the inputs."""
    outputs: list[Any]
    """The output leaves: values, tensors and plain numbers."""
    created: list[Any]
    """Every node that an op made, in order, those that lead nowhere included."""
    lines: dict[Any, str]
    """The line that called each op."""
    owners: dict[Any, Any]
    """For what was computed inside a derivative rule, the node whose rule it was."""

    @property
    def roots(self) -> list[Any]:
        """The nodes of the outputs, one for each that has one."""
        found = (node_of(x) for x in self.outputs)
        return list(dict.fromkeys(node for node in found if node is not None))

    def order(self) -> list[Any]:
        """All nodes behind the outputs, operands first.

        Found without the engine's own walk, which may be what is wrong.
        """
        return ordered(self.roots)


class _Nodes(list):
    """Nodes as they are made, each with the line that made it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Any, str] = {}
        self.owners: dict[Any, Any] = {}

    def append(self, node: Any) -> None:
        super().append(node)
        line, owner = _caller()
        # What a rule computes was called for by whoever called the op.
        self.lines[node] = self.lines.get(owner, line)
        if owner is not None:
            self.owners[node] = owner

    def __iadd__(self, nodes: Iterable[Any]) -> _Nodes:  # type: ignore[misc]
        for node in nodes:
            self.append(node)
        return self


def record(
    call: Callable[..., Any], xs: Sequence[Any], names: Sequence[str] | None = None
) -> Recording:
    """Run ``call`` on nodes of the numbers ``xs``, labelled by their ``names``."""
    inputs = [
        Value(x, label=name)
        if isinstance(x, float)
        else Tensor(np.array(x), requires_grad=True, label=name)
        for x, name in zip(xs, names or _nameless(xs), strict=True)
    ]
    nodes = _Nodes()
    with enable_grad(), collecting(nodes, None), np.errstate(all="ignore"):
        outputs = flatten(call(*inputs))[0]
    return Recording([node_of(x) for x in inputs], outputs, nodes, nodes.lines, nodes.owners)


def ordered(roots: Iterable[Any]) -> list[Any]:
    """All nodes behind some, operands first; not by the engine's own walk."""
    done: dict[Any, None] = {}
    for root in roots:
        if root is None or root in done:
            continue
        stack = [(root, iter(parents_of(root)))]
        waiting = {root}
        while stack:
            node, left = stack[-1]
            for parent in left:
                if parent not in done and parent not in waiting:
                    waiting.add(parent)
                    stack.append((parent, iter(parents_of(parent))))
                    break
            else:
                done[node] = None
                stack.pop()
    return list(done)


@contextmanager
def gradients_kept(roots: Iterable[Any], but: Sequence[Any] = ()) -> Iterator[None]:
    """Leave the gradients of the leaves behind ``roots`` as they were: some are the caller's."""
    leaves = [node for node in ordered(roots) if node.op is None and node not in but]
    kept = [node.grad for node in leaves]
    try:
        yield
    finally:
        for node, grad in zip(leaves, kept, strict=True):
            node.grad = grad


def _nameless(xs: Sequence[Any]) -> list[None]:
    return [None] * len(xs)


def node_of(x: Any) -> Any:
    """The node behind a value or tensor, ``None`` for plain numbers."""
    if isinstance(x, Tensor):
        return current(x)._node
    return x if isinstance(x, Value) else None


def parents_of(node: Any) -> list[Any]:
    """The nodes that a node was computed from."""
    return [p for p in node.parents if p is not None]


def _caller() -> tuple[str, Any]:
    """The innermost line outside this package, and the node whose rule is running, if one is."""
    frame: FrameType | None = sys._getframe(2)
    line = ""
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package != "autograd" and not line:
            line = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        if frame.f_code.co_name in ("pull", "push"):
            node = frame.f_locals.get("self")
            if isinstance(node, Node):
                return line, node
        frame = frame.f_back
    return line, None
