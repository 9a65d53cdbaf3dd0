"""What the nodes of an explanation are called, and the formula that each name stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from ...op import plain
from ..figures import SMALL, array_kind, in_short
from ..model import _vertex, titles
from ..text import clean
from ..titles import operands

__all__ = ["Names", "Row"]

LONG = 24
"""Characters of a label that are shown."""
DEPTH = 2
"""How deep unnamed operands are written out inside a formula."""
INFIX = {"+": "+", "−": "−", "×": "×", "÷": "÷", "xʸ": "**", "mod": "mod", "⌊÷⌋": "//", "@": "@"}
AROUND = {"−x": "−{}", "+x": "+{}", "x²": "{}²", "√": "√{}", "∛": "∛{}", "1/x": "1 ÷ {}"}

Row = tuple[str, str, str, str]
"""Name, formula, value and the user's source line."""


class Names:
    """Names for the nodes between ``root`` and ``leaf``: labels, the modules' names for their
    parameters, else the drawing's short ones."""

    def __init__(
        self,
        root: Any,
        leaf: Any,
        nodes: Iterable[Any],
        labels: tuple[str | None, str | None] = (None, None),
    ) -> None:
        known = titles([] if root is None else [root])
        if leaf is not None and leaf not in known.numbers:
            other = titles([leaf])  # the two may have been swapped
            known = other if root in other.numbers else known
        self._ids = known.numbers
        self._path = {root, leaf, *nodes}
        self._last = leaf
        self._named = known.name_of
        # Labels need not be unique.
        self._taken = Counter(self._label(node) for node in self._ids)
        self.root = self._end(root, labels[0], "root")
        self.leaf = self._end(leaf, labels[1], "leaf")

    def _end(self, node: Any, label: str | None, default: str) -> str:
        if node is not None and (label is None or node in self._ids):
            return self.title(node) if node in self._ids else self._label(node) or default
        return clean(label, LONG) if label else default

    def _label(self, node: Any) -> str:
        label = self._named(node)
        return clean(label, LONG) if label else ""

    @property
    def derivative(self) -> str:
        """``dL/dw``."""
        return self.ratio(self.root, self.leaf)

    @staticmethod
    def ratio(above: str, below: str) -> str:
        """``da/db``, with parentheses where the names need them."""
        return f"d{_tight(above)}/d{_tight(below)}"

    def title(self, node: Any) -> str:
        """The label, with the number too if others share it, or the number alone."""
        label, number = self._label(node), self._ids.get(node, 0)
        if not label:
            return f"v{number}"
        return label if self._taken[label] < 2 else f"{label}#{number}"

    def rows(self, digits: int, shown: Iterable[Any]) -> list[Row]:
        """A line for each of ``shown`` and what their formulas name; root first, leaf last."""
        nodes = dict.fromkeys(shown)
        mentioned: dict[Any, None] = {}
        ordered = sorted(nodes, key=lambda n: (n is self._last, -self._ids[n]))
        rows = [
            (self.title(n), self._formula(n, digits, mentioned), _value(n, digits), _line(n))
            for n in ordered
        ]
        others = [n for n in mentioned if n not in nodes]
        return [
            *rows[:-1],
            *((self.title(n), "", _value(n, digits), "") for n in others),
            *rows[-1:],
        ]

    def expression(self, node: Any, digits: int) -> str:
        """The formula of one node, in names."""
        return self._formula(node, digits, {})

    def _formula(self, node: Any, digits: int, mentioned: dict[Any, None], depth: int = 0) -> str:
        if node.op is None:
            return ""
        vertex = _vertex(0, node, False)
        symbol, params = str(vertex.symbol), clean(vertex.params, LONG)
        terms = [
            _constant(x, digits) if p is None else self._operand(p, digits, mentioned, depth)
            for p, x in operands(node)
        ]
        if len(terms) > 4:
            terms = [*terms[:3], "…"]
        if symbol in INFIX and len(terms) == 2:
            return f"{terms[0]} {INFIX[symbol]} {terms[1]}"
        if symbol in AROUND and len(terms) == 1:
            return AROUND[symbol].format(terms[0])
        if symbol == "|x|":
            return f"|{terms[0]}|"
        if symbol == "[]":
            return terms[0]
        if symbol.startswith("[") and len(terms) == 1:
            return terms[0] + clean(symbol, LONG)
        if symbol == "output":
            return f"{terms[0]}{params}"
        return f"{symbol}({', '.join([*terms, params] if params else terms)})"

    def _operand(self, node: Any, digits: int, mentioned: dict[Any, None], depth: int) -> str:
        if node in self._path or self._label(node) or node.op is None or depth >= DEPTH:
            mentioned[node] = None
            return self.title(node)
        inner = self._formula(node, digits, mentioned, depth + 1)
        return f"({inner})" if node.op.label in INFIX or node.op.label in AROUND else inner


def _value(node: Any, digits: int) -> str:
    data = node.data
    if data is None or isinstance(data, tuple):
        return "" if data is None else ", ".join(array_kind(np.asarray(x)) for x in data)
    if isinstance(data, np.ndarray) and data.size > SMALL:
        return f"{array_kind(data)}: {in_short(data, digits)}"
    return in_short(data, digits)


def _constant(x: Any, digits: int) -> str:
    x = plain(x)
    if isinstance(x, np.ndarray) and x.size > SMALL:
        return f"({array_kind(x)})"
    return clean(in_short(x, digits), LONG)


def _line(node: Any) -> str:
    """Where the user's code computed it, if ``detect_anomaly`` kept that."""
    return getattr(node, "line", None) or ""


def _tight(name: str) -> str:
    return name if name.replace(".", "_").replace("#", "_").isidentifier() else f"({name})"
