"""What a box says of itself: how much it stands for, and how much of the blame."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...value import Value
from ..figures import number, size_of
from .skeleton import LEAF, Skeleton

__all__ = ["Blamed", "nodes_word", "numbers_of", "rolled_title", "values_of"]

NARY = {"add": "sum", "multiply": "product", "maximum": "largest", "minimum": "smallest"}
"""What a run of some ops is called."""
MOST_OPS = 3
"""So many kinds of ops are named where they alternate."""


class Blamed:
    """Blame as text: parts of all that reached the leaves.

    The blame of a box is the sum of the sizes of the contributions that its leaves received, one
    for each use of a leaf, as a share of the same sum over all leaves of the graph. So the shares
    of all boxes, and of what is hidden, add up to 1; what cancels between uses still counts.
    """

    def __init__(self, blame: np.ndarray) -> None:
        finite = np.isfinite(blame)
        self.total = float(blame[finite].sum())
        self.wrong = int((~finite).sum())

    def share(self, some: float) -> str | None:
        """``34.1 %``; ``None`` if no gradient has reached a leaf."""
        if not math.isfinite(some):
            return "not finite"
        if not self.total > 0:
            return None
        part = 100 * some / self.total
        return f"{part:.1f} %" if part >= 0.1 or part == 0 else f"{part:.1g} %"


def nodes_word(n: int, what: str = "node") -> str:
    """``1 node``, ``1,000 nodes``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def rolled_title(graph: Skeleton, members: np.ndarray, run: np.ndarray) -> tuple[str, str | None]:
    """How a box of repeated ops is written, and the op if there is but one.

    ``run`` tells, for each node of the graph, the last of its run.
    """
    kinds = np.unique(graph.kind[members])
    names = {graph.kinds[k][0] for k in kinds.tolist()}
    times = len(np.unique(run[members]))
    if len(names) > 1:
        ops = dict.fromkeys(graph.nodes[k].op.label for k in members[: 4 * MOST_OPS].tolist())
        some = " ".join(ops) + ", " if len(ops) == len(names) <= MOST_OPS else ""
        return f"{some}{len(members):,} {'' if some else 'ops '}in a row", None
    name = names.pop()
    if name == LEAF:
        return f"leaf ×{times:,}", None
    label = graph.nodes[members[-1]].op.label
    label = label if label.isascii() and label.isidentifier() else name  # not "× ×100"
    length, rest = divmod(len(members), times)
    if length == 1 and not rest:
        return f"{label} ×{times:,}", name
    again = f" ×{times:,}" if times > 1 else ""
    if rest:
        return f"{label} ×{len(members):,}", name
    if name in NARY:
        return f"{NARY[name]} of {length + 1:,}{again}", name
    return f"{label} ×{length:,} in a row{again}", name


def values_of(graph: Skeleton, members: np.ndarray) -> list[tuple[str, str]]:
    """The ranges of values and gradients, where all of them are numbers."""
    nodes = [graph.nodes[k] for k in members.tolist()]
    if not all(isinstance(node, Value) for node in nodes):
        return []
    rows = [("value", _range([node.data for node in nodes]))]
    grads = [node.grad for node in nodes if node.grad is not None]
    if any(grads):
        rows.append(("grad", _range(grads)))
    return rows


def _range(numbers: list[Any]) -> str:
    found = np.array(numbers, dtype=float)
    wrong = int((~np.isfinite(found)).sum())
    if wrong:
        return f"{wrong:,} not finite"
    low, high = found.min(), found.max()
    return number(low) if low == high else f"{number(low)} … {number(high)}"


def numbers_of(graph: Skeleton, leaves: np.ndarray) -> tuple[int, float]:
    """How many numbers some leaves hold, and the norm of their gradient."""
    count, squares = 0, 0.0
    for k in leaves.tolist():
        node = graph.nodes[k]
        count += int(np.size(node.data))
        squares += size_of(node.grad) ** 2
    return count, math.sqrt(squares) if squares == squares else math.nan
