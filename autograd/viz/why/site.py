"""A recorded call as it was written: its op, all operands, the nodes behind them, their names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import describe
from ...graph import Freed
from ...op import Elementwise, plain
from ...value import Bound, Value
from ..figures import number
from ..titles import Titles

__all__ = ["Names", "Site", "extent", "size"]


def size(x: Any) -> float:
    """The Euclidean norm, zero only if every element is; NaN if any element is.

    Scaled by the largest element: the squares of a gradient of 1e-200 would vanish.
    """
    if type(x) is float:
        return abs(x)
    if isinstance(x, dict):
        return size(np.array([size(part) for part in x.values()]))
    square = 0.0 if getattr(x, "dtype", None) == np.float16 else float(np.vdot(x, x))
    if 1e-30 < square < 1e30:  # the squares have kept their digits
        return math.sqrt(square)
    array = np.abs(np.asarray(x, dtype=float))
    if not array.size:
        return 0.0
    largest = float(array.max())
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    if array.size == 1:
        return largest
    return largest * float(np.sqrt(np.sum(np.square(array / largest))))


def extent(x: Any) -> str:
    """The shape as drawings write it, empty for a single number: ``64 × 32``."""
    return " × ".join(str(n) for n in np.shape(x))


class Names:
    """What nodes are called: by their names, else by their numbers in the drawing.

    Parameters
    ----------
    titles : Titles
        Of the graph in question.
    given : mapping
        Names that go first, by node.
    """

    def __init__(self, titles: Titles, given: Mapping[Any, str]) -> None:
        self._titles, self._given = titles, given

    def own(self, node: Any) -> str | None:
        """The name somebody gave a node."""
        name = self._given.get(node) or self._titles.name_of(node)
        if not name:
            return None
        name = " ".join(str(name).split())
        return name if len(name) <= 40 else name[:39] + "…"

    def title(self, node: Any) -> str:
        """A node in one word; in a few if it is not in the graph, and so has no number."""
        own = self.own(node)
        if own:
            return own
        return self._titles.title(node) if node in self._titles.numbers else _kind(node, "a leaf")

    def short(self, node: Any) -> str:
        """A node in one word, with what it is where nobody gave it a name."""
        title = self.title(node)
        known = self.own(node) or node not in self._titles.numbers
        return title if known else f"{title} ({_kind(node, 'leaf')})"

    def call(self, node: Any) -> str:
        """A node as the call that made it: ``multiply(w, 0)``."""
        if node.op is None:
            return self.short(node)
        site = Site(node)
        shown = [
            _constant(x) if p is None else self._inside(p) for x, p in zip(site.args, site.nodes)
        ][:4]
        if len(site.args) > 4:
            shown.append("…")
        text = f"{site.name}({', '.join(shown)})"
        dims = "" if isinstance(node, Value) or isinstance(node.data, tuple) else extent(node.data)
        text += f" of shape {dims}" if dims else ""
        known = self.own(node) or node in self._titles.numbers
        return f"{self.title(node)} = {text}" if known else text

    def _inside(self, node: Any) -> str:
        """A node between the parentheses of a call: ``v2: matmul 2 × 2``."""
        title = self.title(node)
        known = node.op is None or self.own(node) or node not in self._titles.numbers
        return title if known else f"{title}: {_kind(node, '')}"

    def operand(self, site: Site, j: int) -> str:
        """One operand of a call."""
        node = site.nodes[j]
        return _constant(site.args[j]) if node is None else self.short(node)


def _kind(node: Any, leaf: str) -> str:
    """What a node is: its op and its shape."""
    what = leaf if node.op is None else node.op.name.lstrip("_")
    if isinstance(node, Value):
        return f"{what} = {number(node.data)}" if node.op is None else what
    data = node.data
    dims = "" if data is None or isinstance(data, tuple) else extent(data)
    return f"{what} {dims}".strip()


def _constant(x: Any) -> str:
    x = plain(x)
    if isinstance(x, (bool, int, float, np.generic)):
        return number(x)
    if isinstance(x, np.ndarray):
        return number(x[()]) if not x.ndim else f"array {extent(x)}"
    return describe(x)


class Site:
    """One call: ``args`` are all its operands as plain data, ``nodes`` what is behind them.

    A ``Value`` keeps its constants in the op (see ``Bound``), a tensor's linear op does not keep
    its operands' numbers: here both look alike.
    """

    __slots__ = ("args", "name", "node", "nodes", "op", "params", "where")

    args: list[Any]
    nodes: list[Any]

    def __init__(self, node: Any) -> None:
        self.node = node
        op = node.op
        self.params: dict[str, Any] = getattr(node, "params", {})
        parents = node.parents
        parents = () if type(parents) is Freed else tuple(parents)
        self.where = tuple(range(len(parents)))
        if (
            isinstance(node, Value)
            and len(parents) == op.arity
            and isinstance(_inner(op), Elementwise)
        ):
            slots = (node.a, node.b)[: op.arity]
            data = [plain(x) for x in slots]
            if type(op) is Bound:
                self.args = list(op.fill(data))
                self.nodes = [None] * len(self.args)
                self.where = op.where
                for i, p in zip(op.where, parents):
                    self.nodes[i] = p
                self.params, op = op.params, op.op
            else:
                self.args, self.nodes = data, list(parents)
        else:
            held = getattr(node, "args", ())
            self.nodes = list(parents)
            self.args = [
                p.data if p is not None and getattr(p, "data", None) is not None else _at(held, i)
                for i, p in enumerate(parents)
            ]
            if op.kind != "linear":
                self.args = [
                    x if held_x is None else held_x
                    for x, held_x in zip(self.args, [_at(held, i) for i in range(len(parents))])
                ]
        self.op = op
        self.name: str = op.name.lstrip("_")

    def local(self, i: int) -> Any:
        """The local derivative with respect to parent ``i`` of an elementwise op."""
        node = self.node
        if isinstance(node, Value):
            d = (node.da, node.db)[i]
        else:
            with np.errstate(all="ignore"):
                d = plain(self.op.local(i, node.data, node.args, node.params))
        return np.asarray(d, dtype=float)


def _inner(op: Any) -> Any:
    return op.op if type(op) is Bound else op


def _at(items: Any, i: int) -> Any:
    return items[i] if items is not None and i < len(items) else None
