"""A recorded graph as arrays of numbers: one pass, no object for a node or an edge.

A million nodes fit: what is kept of each is its place in a list, two codes, and for each edge its
ends and the size of what travelled back along it. Operands come before results.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...graph import Freed, Node, Parts
from ...tensor import Tensor
from ...value import FREED, Bound, Value
from ..figures import size_of
from ..model import _edges, _gathered, _is_part, _parents, _roots, _share

__all__ = ["Skeleton", "at_most", "skeleton"]

LEAF = ""
"""The op's name of what no op has made."""


@dataclass(slots=True)
class Skeleton:
    """What the levels of a drawing are computed from; nodes go by their place in ``nodes``."""

    nodes: list[Any]
    """Operands before results."""
    extra: list[Tensor]
    """Roots that are in no graph."""
    roots: np.ndarray
    """Whether each node is one."""
    kind: np.ndarray
    """The op of each node, as an index into ``kinds``."""
    kinds: list[tuple[str, tuple[int, ...] | None]]
    """Names of ops, empty for leaves, with the shape of what they make; ``None`` for values."""
    source: np.ndarray
    """Of each edge the operand, by the place of the result."""
    target: np.ndarray
    position: np.ndarray
    """Which operand it is."""
    size: np.ndarray
    """The norm of the contribution."""
    signed: np.ndarray
    """With its sign: of a value the contribution, of an array its share in the gradient."""
    parts: dict[Node, Parts]
    """The gradients of nodes with several outputs."""

    @property
    def leaves(self) -> np.ndarray:
        """Whether each node is a leaf."""
        return np.array([name == LEAF for name, _ in self.kinds], dtype=bool)[self.kind]

    @property
    def blame(self) -> np.ndarray:
        """Of each leaf, the sizes of all contributions to its gradient; 0 for other nodes."""
        sums = np.bincount(self.source, self.size, minlength=len(self.nodes))
        return np.where(self.leaves, sums, 0.0)


def skeleton(root: Any) -> Skeleton:
    """Read the graph behind ``root``.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> y.backward()
    >>> graph = skeleton(y)
    >>> graph.source.tolist(), graph.target.tolist(), graph.size.tolist()
    ([0, 0], [1, 1], [3.0, 3.0])
    """
    roots, extra = _roots(root)
    nodes, place = _operands_first(roots)
    parts = _gathered(node for node in nodes if not isinstance(node, Value) or _is_part(node))
    source, target, position, size = array("i"), array("i"), array("i"), array("d")
    shares: dict[int, float] = {}
    kind, kinds = array("i"), _Kinds()
    for k, node in enumerate(nodes):
        kind.append(kinds.of(node))
        parents = node.parents
        if type(parents) is Freed or not parents:
            continue
        if isinstance(node, Value) and not isinstance(node.op, Bound) and not _is_part(node):
            g = node.grad
            i = 0
            for parent in parents:
                if parent is not None:
                    source.append(place[parent])
                    target.append(k)
                    position.append(i)
                    size.append((node.db if i else node.da) * g if g else 0.0)
                i = 1
            continue
        for i, (operand, _, edge) in enumerate(_edges(node, parts.get(node))):
            if operand is not None:
                source.append(place[operand])
                target.append(k)
                position.append(i)
                if isinstance(operand, Value):
                    c = edge.contribution
                    size.append(0.0 if c is None else float(c))
                    continue
                share = _share(edge.contribution, getattr(operand, "grad", None))
                shares[len(size)] = np.nan if share is None else share
                size.append(size_of(edge.contribution))
    signed = np.frombuffer(size, dtype=np.float64).copy()
    signed[list(shares)] = list(shares.values())
    is_root = np.zeros(len(nodes), dtype=bool)
    is_root[[place[node] for node in roots]] = True
    return Skeleton(
        nodes,
        extra,
        is_root,
        np.frombuffer(kind, dtype=np.int32),
        list(kinds.codes),
        np.frombuffer(source, dtype=np.int32),
        np.frombuffer(target, dtype=np.int32),
        np.frombuffer(position, dtype=np.int32),
        np.abs(np.frombuffer(size, dtype=np.float64)),
        signed,
        parts,
    )


def at_most(root: Any, most: int | None) -> bool:
    """Whether the graph behind ``root`` has no more than ``most`` nodes, without a longer walk."""
    roots, _ = _roots(root)
    found = dict.fromkeys(roots)
    queue = list(found)
    for node in queue:  # the list grows as it is read
        if most is not None and len(queue) > most:
            return False
        for parent in _parents(node):
            if parent not in found:
                found[parent] = None
                queue.append(parent)
    return most is None or len(queue) <= most


def _operands_first(roots: Sequence[Node]) -> tuple[list[Any], dict[Any, int]]:
    """All nodes behind ``roots`` in the order in which the formula reads, and their places."""
    nodes: list[Any] = []
    place: dict[Any, int] = {}
    stack: list[Any] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # all operands of the next are done
            node = stack.pop()
            place[node] = len(nodes)
            nodes.append(node)
        elif node not in place:
            place[node] = -1
            stack.append(node)
            stack.append(None)
            parents = node.parents
            if type(parents) is not Freed:
                stack.extend([p for p in reversed(parents) if p is not None and p not in place])
    return nodes, place


class _Kinds:
    """Numbers for names of ops and shapes of results, as they are met."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, tuple[int, ...] | None], int] = {}

    def of(self, node: Any) -> int:
        op = node.op
        if op is None:
            name = LEAF
        elif isinstance(node, Value):
            key = (op.name, None)  # that of a released value is a name of its own
            return self.codes.setdefault(key, len(self.codes))
        else:
            name = FREED.name if type(node.parents) is Freed else op.name
        shape = None if isinstance(node, Value) else getattr(node.data, "shape", ())
        return self.codes.setdefault((name, shape), len(self.codes))
