"""Which vertex of one graph is which of the other.

Named vertices are the first anchors; from them everything that is computed alike is matched
upwards. Then from the roots downwards, operand by operand. Where the two differ, an op on one side
that leads to what the other side has at once was put in; else one op took the other's place, and
the walk goes on below it. So a change in the middle keeps what is above and below it together.
Every step looks at each use once or twice.

The idea of anchors from both ends is that of Falleri et al. 2014, "Fine-grained and accurate source
code differencing" (ASE), for syntax trees.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from .graph import Graph

__all__ = ["match"]

ALONE = -1


def match(a: Graph, b: Graph) -> list[int]:
    """For each vertex of ``a`` its counterpart in ``b``, or -1."""
    return _Matching(a, b).run()


class _Matching:
    def __init__(self, a: Graph, b: Graph) -> None:
        self.a, self.b = a, b
        self.to_b = [ALONE] * len(a.vertices)
        self.to_a = [ALONE] * len(b.vertices)
        self.queue: deque[tuple[int, int]] = deque()
        self.later: deque[tuple[int, int]] = deque()

    def run(self) -> list[int]:
        self._by_name()
        self._upwards(exactly=True)
        anchored = list(self.queue)
        self.queue.clear()
        self.queue.extend(zip(self.a.roots, self.b.roots, strict=False))
        self._downwards()
        self.queue.extend(anchored)
        self._downwards()
        self._nameless_leaves()
        self._upwards(exactly=True)
        self._upwards(exactly=False)
        self._downwards()
        return self.to_b

    def _pair(self, u: int, v: int) -> None:
        self.to_b[u], self.to_a[v] = v, u
        self.queue.append((u, v))

    def _free(self, u: int, v: int) -> bool:
        return self.to_b[u] == ALONE and self.to_a[v] == ALONE

    # Anchors ------------------------------------------------------------------------------------

    def _by_name(self) -> None:
        for name, u in self.a.names.items():
            v = self.b.names.get(name)
            if v is not None and self.a.is_op(u) == self.b.is_op(v):
                self._pair(u, v)

    def _nameless_leaves(self) -> None:
        """What is left of them in order, if there are as many on both sides."""
        left = [
            [
                x.id
                for x in g.vertices
                if x.kind == "leaf" and x.name not in g.names and taken[x.id] == ALONE
            ]
            for g, taken in ((self.a, self.to_b), (self.b, self.to_a))
        ]
        if len(left[0]) == len(left[1]):
            for u, v in zip(*left, strict=True):
                self._pair(u, v)

    # Upwards ------------------------------------------------------------------------------------

    def _upwards(self, exactly: bool) -> None:
        """Match what does the same to operands that are matched; ``exactly``, with the same
        parameters and numbers."""
        found: dict[Any, deque[int]] = {}
        kind_a, kind_b = (
            g.own if exactly else [v.op for v in g.vertices] for g in (self.a, self.b)
        )
        for u, operands in enumerate(self.a.operands):
            if self.to_b[u] == ALONE and self.a.is_op(u):
                key = (kind_a[u], *(self._code(self.a, p, p) for p in operands))
                found.setdefault(key, deque()).append(u)
        for v, operands in enumerate(self.b.operands):
            if self.to_a[v] != ALONE or not self.b.is_op(v):
                continue
            codes = [self._code(self.b, p, self.to_a[p]) for p in operands]
            if all(c == "constant" for c in codes) or ALONE in codes:
                continue
            same = found.get((kind_b[v], *codes))
            if same:
                self._pair(same.popleft(), v)

    @staticmethod
    def _code(g: Graph, k: int, number: int) -> Any:
        return "constant" if g.vertices[k].kind == "constant" else number

    # Downwards ----------------------------------------------------------------------------------

    def _downwards(self) -> None:
        while self.queue or self.later:
            if self.queue:
                u, v = self.queue.popleft()
                if self.to_b[u] == v:
                    self.queue.extend(self._uses(u, v))
                elif self._free(u, v):
                    self._decide(u, v)
            else:
                u, v = self.later.popleft()
                if self._free(u, v):
                    self._differing(u, v)

    def _uses(self, u: int, v: int) -> list[tuple[int, int]]:
        """The operands of a pair, those that are not matched yet."""
        pairs = zip(self.a.operands[u], self.b.operands[v], strict=False)
        return [(p, q) for p, q in pairs if self._free(p, q)]

    def _decide(self, u: int, v: int) -> None:
        a, b = self.a, self.b
        if not a.is_op(u) and not b.is_op(v):
            if self._may_be(u, v):
                self._pair(u, v)
        elif a.below[u] == b.below[v]:
            self._pair(u, v)
        elif b.is_op(v) and (q := self._inside(a, u, b, v)) is not None:
            self.queue.append((u, q))  # v was put in
        elif a.is_op(u) and (p := self._inside(b, v, a, u)) is not None:
            self.queue.append((p, v))  # u was left out
        elif a.vertices[u].op == b.vertices[v].op:
            self._pair(u, v)
        elif a.is_op(u) and b.is_op(v):
            self.later.append((u, v))

    def _may_be(self, u: int, v: int) -> bool:
        """Not if one of them has a name that somebody else has on the other side."""
        name, other = self.a.vertices[u].name, self.b.vertices[v].name
        return name == other or (name not in self.b.names and other not in self.a.names)

    @staticmethod
    def _inside(g: Graph, k: int, other: Graph, outer: int) -> int | None:
        """The operand of ``outer`` that looks like ``k``, unless ``outer`` itself does more so."""
        inner = [p for p in other.operands[outer] if other.below[p] == g.below[k]]
        if not inner:
            return None
        exact = [p for p in inner if other.own[p] == g.own[k]]
        if not exact and other.own[outer] == g.own[k]:
            return None
        return (exact or inner)[0]

    def _differing(self, u: int, v: int) -> None:
        """Two ops at one place: one was put in before the other, or took its place."""
        a, b = self.a, self.b
        for q in b.operands[v]:
            if b.vertices[q].op == a.vertices[u].op and self.to_a[q] == ALONE:
                self.queue.append((u, q))
                return
        for p in a.operands[u]:
            if a.vertices[p].op == b.vertices[v].op and self.to_b[p] == ALONE:
                self.queue.append((p, v))
                return
        self._pair(u, v)
