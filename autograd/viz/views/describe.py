"""What a box says of itself: how much it stands for, and how much of the blame."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..figures import number, size_of
from .skeleton import LEAF, Skeleton

__all__ = ["Blamed", "nodes_word", "numbers_of", "output_of", "rolled_title", "values_of"]

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


def values_of(nodes: list[Any]) -> list[tuple[str, str]]:
    """The ranges of values and of gradients, all elements of all nodes together."""
    rows = [("value", _range([node.data for node in nodes]))]
    grads = [node.grad for node in nodes if node.grad is not None]
    # The gradients of values are 0 until one arrives.
    if any(not isinstance(g, float) or g for g in grads):
        rows.append(("grad", _range(grads)))
    return [(what, text) for what, text in rows if text]


def output_of(nodes: list[Any]) -> tuple[list[tuple[str, str]], str]:
    """Of what leaves a box the shape, if it is arrays of one shape, and the range; its gradient."""
    found = dict(values_of(nodes))
    shapes = {np.shape(node.data) for node in nodes if not isinstance(node.data, tuple)}
    rows = []
    if len(shapes) == 1 and (shape := shapes.pop()):
        rows.append(("shape", " × ".join(map(str, shape))))
    if "value" in found:
        rows.append(("output", found["value"]))
    return rows, found.get("grad", "")


def _range(found: list[Any]) -> str:
    """The least and the largest of numbers and arrays; empty if there is none to tell."""
    if all(type(x) is float for x in found):
        found = [np.array(found)]
    low, high, wrong = math.inf, -math.inf, 0
    for x in found:
        array = np.asarray(None if isinstance(x, (tuple, dict)) else x)
        if array.dtype.kind not in "fiub":
            return ""
        good = array[np.isfinite(array)]
        wrong += array.size - good.size
        if good.size:
            low, high = min(low, float(good.min())), max(high, float(good.max()))
    if wrong:
        return f"{wrong:,} not finite"
    if low > high:
        return ""
    return number(low) if low == high else f"{number(low, 3)} … {number(high, 3)}"


def numbers_of(graph: Skeleton, leaves: np.ndarray) -> tuple[int, float]:
    """How many numbers some leaves hold, and the norm of their gradient."""
    count, squares = 0, 0.0
    for k in leaves.tolist():
        node = graph.nodes[k]
        count += int(np.size(node.data))
        squares += size_of(node.grad) ** 2
    return count, math.sqrt(squares) if squares == squares else math.nan
