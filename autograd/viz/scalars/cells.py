"""Scalars and the scalar ops between them: what a tensor op is expanded into."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..model import Edge, Model, Vertex

__all__ = ["Cell", "Cells", "Overflow", "number_of"]


class Overflow(Exception):
    """More scalars than there is room for; how many at least."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass(slots=True)
class Cell:
    """One scalar: an element of an operand, a constant, or the result of a scalar op."""

    kind: str
    op: str | None
    symbol: str | None
    value: Any
    into: list[tuple[int, Any]] = field(default_factory=list)
    """Its operands, each with the local derivative; ``None`` for a constant."""
    name: str | None = None
    grad: Any = None
    params: str = ""
    root: bool = False
    line: str | None = None


@dataclass(slots=True)
class Block:
    """An array whose elements are entered when they are first used."""

    first: int
    data: Any
    kind: str
    name: str | None
    grad: Any

    @property
    def numbers(self) -> np.ndarray:
        """The cells' numbers, in the array's shape."""
        return np.arange(self.first, self.first + self.data.size).reshape(self.data.shape)


class Cells:
    """A graph of scalars, operands before results."""

    def __init__(self, room: int) -> None:
        self.all: dict[int, Cell] = {}
        self.blocks: list[Block] = []
        self.room = room
        self.notes: dict[str, None] = {}
        self.opaque: dict[int, int] = {}
        """Results of ops drawn as a whole, each with how many of its derivatives are 0."""
        self._next = 0

    def array(self, data: Any, kind: str, name: str | None = None, grad: Any = None) -> np.ndarray:
        """Numbers for the elements of an array, ``leaf`` or ``constant``."""
        block = Block(self._next, np.asarray(data), kind, name, grad)
        self.blocks.append(block)
        self._next += block.data.size
        return block.numbers

    def at(self, k: int) -> Cell:
        """The scalar of a number."""
        cell = self.all.get(k)
        if cell is None:
            starts = [block.first for block in self.blocks]
            block = self.blocks[bisect_right(starts, k) - 1]
            cell = self._enter(k, _element(block, k - block.first))
        return cell

    def _enter(self, k: int, cell: Cell) -> Cell:
        if len(self.all) >= self.room:
            raise Overflow(self.room + 1)
        self.all[k] = cell
        return cell

    def add(self, cell: Cell) -> int:
        """Enter a scalar; its number."""
        k = self._next
        self._enter(k, cell)
        self._next += 1
        return k

    def apply(
        self, op: Any, symbol: str, value: Any, into: list[tuple[int, Any]], params: str = ""
    ) -> int:
        """Enter the result of a scalar op on ``into``."""
        for k, _ in into:
            self.at(k)
        return self.add(Cell("op", op, symbol, number_of(value), into, params=params))

    def constant(self, value: Any) -> int:
        """Enter a constant."""
        return self.add(Cell("constant", None, None, number_of(value)))

    def keep(self, results: list[int]) -> None:
        """Forget all that no result was computed from."""
        found = dict.fromkeys(results)
        stack = list(found)
        while stack:
            for k, _ in self.all[stack.pop()].into:
                if k not in found:
                    found[k] = None
                    stack.append(k)
        self.all = {k: self.all[k] for k in sorted(found)}

    def pull(self, seeds: dict[int, float]) -> None:
        """Fill in the cotangents of everything computed, from those of the results.

        Elements of operands keep the gradient they have: there may be more uses of them.
        """
        cells = self.all
        for k, g in seeds.items():
            cells[k].grad = g
        for k in reversed(cells):
            cell = cells[k]
            if cell.grad is None or cell.kind != "op":
                continue
            for source, local in cell.into:
                below = cells[source]
                if local is not None and below.kind == "op":
                    below.grad = (below.grad or 0.0) + _times(local, cell.grad)

    def model(self) -> Model:
        """As a graph to draw: elements of operands and constants first."""
        order = sorted(self.all, key=lambda k: (self.all[k].kind == "op" or self.all[k].root, k))
        ids = {k: i for i, k in enumerate(order)}
        model = Model(notes=list(self.notes))
        for k in order:
            c = self.all[k]
            vertex = Vertex(
                ids[k], c.kind, c.name, c.op, c.symbol, c.params, c.value, c.grad, c.root
            )
            vertex.line = c.line
            model.vertices.append(vertex)
            for position, (source, local) in enumerate(c.into):
                model.edges.append(self._edge(ids, k, source, position, local))
        drawn = [v for v in reversed(model.vertices) if v.kind != "constant"]
        for turn, vertex in enumerate(drawn):
            vertex.turn = turn
        model.total = len(drawn)
        return model

    def _edge(self, ids: dict[int, int], k: int, source: int, position: int, local: Any) -> Edge:
        edge = Edge(ids[source], ids[k], position, local)
        g = self.all[k].grad
        if local is not None and g is not None:
            edge.contribution = _times(local, g)
            whole = self.all[source].grad
            if whole and np.isfinite(whole):
                edge.share = edge.contribution / whole
        return edge


def _element(block: Block, i: int) -> Cell:
    data, name = block.data, block.name
    if name is not None and data.ndim:
        place = np.unravel_index(i, data.shape)
        name += "[" + ", ".join(str(int(n)) for n in place) + "]"
    grad = None if block.grad is None else float(np.ravel(block.grad)[i])
    return Cell(block.kind, None, None, number_of(np.ravel(data)[i]), name=name, grad=grad)


def _times(local: float, g: float) -> float:
    # As backward has it: a zero stays zero through an infinite derivative.
    return local * g if g else 0.0


def number_of(x: Any) -> Any:
    """A Python number of what may be NumPy's."""
    return x.item() if isinstance(x, (np.generic, np.ndarray)) else x
