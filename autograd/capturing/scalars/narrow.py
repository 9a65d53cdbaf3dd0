"""Stretches of a graph where little can be computed at once, one number after another.

A call of NumPy costs as much as some twenty operations on plain floats, so a long chain is faster
this way. Rules and numbers are those of the graph that was recorded, without its nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...op import ARITHMETIC_ERRORS
from ...value import Bound
from .gather import Gather, Store
from .groups import StretchGroup
from .levels import Group

__all__ = ["MOST", "Narrow", "is_narrow"]

MOST = 16
"""The most operations, or terms of sums, that are better computed one by one."""

# In place of the second operand: a function of one number; a sum, with its terms as function.
_UNARY, _SUM = -1, -2


def is_narrow(group: Group) -> bool:
    """Whether a group is better computed one number after another."""
    return group.kind != "matrix" and len(group.operands[0]) <= MOST


class Narrow(StretchGroup):
    """Several groups, one number after another."""

    __slots__ = ("_back", "_first", "_numbers", "_ops", "_outside", "_steps")

    def __init__(self, store: Store, start: int, groups: list[Group], slots: np.ndarray) -> None:
        super().__init__(store, start, (sum(len(group.nodes) for group in groups),))
        used = np.concatenate([slots[np.concatenate(group.operands)] for group in groups])
        outside = np.unique(used[used < start])
        self._first = len(outside)
        self._outside = Gather(store, outside, full=True)
        places = [*outside.tolist(), *range(start, start + self.out.size)]
        place = dict(zip(places, range(len(places))))
        wanted = store.needs[places].tolist()
        made = [step for group in groups for step in _steps(group, slots, place)]
        self._ops = [op for op, _ in made]
        self._steps: list[tuple[Any, int, int]] = []
        self._back: list[tuple[Any, Any, int, int]] = []
        for op, (f, a, b) in made:
            self._steps.append((f, a, b))
            p = _rule(op, 0) if b != _SUM and wanted[a] else None
            q = _rule(op, 1) if b >= 0 and wanted[b] else None
            if b == _SUM:
                p = [(s, a, b, wanted[a], wanted[b]) for s, a, b in f]
            self._back.append((p, q, a, b))
        self._back.reverse()
        self._numbers: list[float] = []

    def forward(self) -> None:
        self._outside.load()
        v: list[float] = self._outside.x.tolist()
        append = v.append
        steps = iter(self._steps)
        while True:
            try:
                for f, a, b in steps:
                    if b >= 0:
                        append(f(v[a], v[b]))
                    elif b == _UNARY:
                        append(f(v[a]))
                    else:
                        total = 0.0
                        for sign, left, right in f:
                            total += sign * v[left] * v[right]
                        append(total)
                break
            except ARITHMETIC_ERRORS:
                xs = [v[a], v[b]] if b >= 0 else [v[a]]
                append(_careful(self._ops[len(v) - self._first], xs))
        self._numbers = v
        self.out[:] = v[self._first :]

    def backward(self, careful: bool) -> None:
        v = self._numbers
        grads = [0.0] * self._first + self.g.tolist()
        k = len(v)
        for p, q, a, b in self._back:
            k -= 1
            g = grads[k]
            # A zero cotangent stays zero through a pole.
            if not g:
                continue
            if b == _SUM:
                for sign, left, right, to_left, to_right in p:
                    if to_left:
                        grads[left] += sign * v[right] * g
                    if to_right:
                        grads[right] += sign * v[left] * g
                continue
            if p is not None:
                if type(p) is not float:
                    p = self._partial(p, 0, k, a, b)
                grads[a] += p * g
            if q is not None:
                if type(q) is not float:
                    q = self._partial(q, 1, k, a, b)
                grads[b] += q * g
        if self._outside.wanted:
            self._outside.send(np.array(grads[: self._first]))

    def _partial(self, rule: Callable[..., Any], i: int, k: int, a: int, b: int) -> Any:
        v = self._numbers
        try:
            return rule(v[k], v[a], v[b]) if b >= 0 else rule(v[k], v[a])
        except ARITHMETIC_ERRORS:
            xs = [v[a], v[b]] if b >= 0 else [v[a]]
            numbers = tuple(map(np.float64, xs))
            return float(self._ops[k - self._first].local(i, np.float64(v[k]), numbers, {}))


def _rule(op: Any, i: int) -> Any:
    """The local derivative with respect to operand ``i``: a number or a function of floats."""
    if type(op) is Bound:
        return lambda out, *xs: op.local(i, out, xs, {})
    return op.partials[i]


def _function(op: Any) -> Callable[..., float]:
    """An op as a function of floats."""
    if type(op) is not Bound and op.scalar is not None:
        return op.scalar
    return lambda *xs: _careful(op, xs)


def _careful(op: Any, xs: Any) -> float:
    """Where floats raise, or cannot be used: by NumPy, with its inf and nan."""
    inner, params, full = (op.op, op.params, op.fill(xs)) if type(op) is Bound else (op, {}, xs)
    return float(inner.run(tuple(full), params))


def _steps(
    group: Group, slots: np.ndarray, place: dict[int, int]
) -> Iterator[tuple[Any, tuple[Any, int, int]]]:
    """Each op of a group, with its function and the places of its operands."""
    operands = [[place[slot] for slot in slots[index].tolist()] for index in group.operands]
    if group.kind == "each":
        f = _function(group.op)
        seconds = operands[1] if len(operands) == 2 else [_UNARY] * len(group.nodes)
        for a, b in zip(operands[0], seconds):
            yield group.op, (f, a, b)
        return
    start = 0
    for length in group.lengths.tolist():
        end = start + length
        terms = zip(group.signs[start:end].tolist(), operands[0][start:end], operands[1][start:end])
        yield None, (tuple(terms), 0, _SUM)
        start = end
