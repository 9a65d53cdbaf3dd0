"""What is asked of a graph in order to match it with another: operands, names and shape below."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..model import HIDDEN, Model

__all__ = ["Graph"]


class Graph:
    """A model with the operands of each vertex by position.

    Parameters
    ----------
    model : Model
    table : dict
        Numbers for structures, shared by the two graphs that are compared.
    """

    def __init__(self, model: Model, table: dict[Any, int]) -> None:
        self.model = model
        self.vertices = model.vertices
        self.operands: list[list[int]] = [[] for _ in model.vertices]
        for edge in model.edges:
            if edge.source != HIDDEN and edge.target != HIDDEN:
                self.operands[edge.target].append(edge.source)
        self.roots = [v.id for v in model.vertices if v.root]
        count = Counter(v.name for v in model.vertices if v.name)
        self.names = {v.name: v.id for v in model.vertices if v.name and count[v.name] == 1}
        # What an op says of itself: itself, its parameters and the numbers in it.
        self.own = [(v.op, v.params, self._numbers(v.id)) for v in model.vertices]
        # A number for everything below a vertex: equal where the structures are. Values and
        # parameters of ops have no say in it.
        self.below: list[int] = []
        for v, operands in zip(self.vertices, self.operands, strict=True):
            key: Any
            if v.kind == "constant":
                key = ("constant",)
            elif v.op is None and not operands:
                key = ("leaf", v.name)
            else:
                key = (v.op, v.name if v.kind == "group" else None)
                key += tuple(self.below[k] for k in operands)
            self.below.append(table.setdefault(key, len(table)))

    def _numbers(self, k: int) -> tuple[Any, ...]:
        constants = (self.vertices[p] for p in self.operands[k])
        return tuple(
            c.data if isinstance(c.data, (int, float)) else None
            for c in constants
            if c.kind == "constant"
        )

    def is_op(self, k: int) -> bool:
        """Whether a vertex is the result of an op."""
        return self.vertices[k].kind in ("op", "group")
