"""Where arrays lie: how long each is needed, and its place in one block of memory."""

from __future__ import annotations

import numpy as np

from ..passes.memory import read, roots
from ..program import Array, Program, Step

__all__ = ["Layout", "strides"]

ALIGN = 64
SMALL = 4096
"""Bytes up to which a result is handed out as a copy, which costs less than to see who holds it."""


def strides(x: np.ndarray) -> tuple[int, ...]:
    """Strides for a buffer in which the numbers lie in the order they have in ``x``."""
    return np.empty_like(x, subok=False).strides


class Layout:
    """Places for the arrays that a program's steps make.

    Parameters
    ----------
    program : Program
    reuse : bool
        Whether a call may write over an operand that nobody needs any more.

    Attributes
    ----------
    outside : dict
        The arrays (no views) that the outside may hold on to; each has memory of its own.
    """

    def __init__(self, program: Program, reuse: bool) -> None:
        self.root = root = roots(program)
        self.last: dict[Array, int] = {}
        self.first: dict[Array, int] = {}
        self.outside: dict[Array, None] = {}
        end = len(program.steps)
        for k, step in enumerate(program.steps):
            for x in (*step.results, *step.writes):
                if x is not None and root.get(x, x).kind == "made":
                    self.first.setdefault(root.get(x, x), k)
            for x in (*read(step), *step.results, *step.writes):
                if x is not None:
                    self.last[root.get(x, x)] = k
                    if step.kind == "effect" and root.get(x, x).kind == "made":
                        self.outside[root.get(x, x)] = None
        results = [root.get(x, x) for x in program.outputs]
        # What is the result of nothing else can be handed out itself.
        self._single = {x for x in results if results.count(x) == 1} - self.outside.keys()
        for x in results:
            self.last[x] = end
            if x.kind == "made" and x in self._single and x.sample.nbytes > SMALL:
                self.outside[x] = None
        self._same: dict[Array, Array] = {}
        if reuse:
            for k, step in enumerate(program.steps):
                self._reuse(k, step)
        self.size = self._place()

    def _reuse(self, k: int, step: Step) -> None:
        """Let an elementwise call write over an operand that dies with it."""
        result = step.results[0] if len(step.results) == 1 else None
        if result is None or not isinstance(step.function, np.ufunc) or step.function.signature:
            return
        if step.writes or result not in self.first or result in self.outside:
            return
        whole = [self.root.get(x, x) for x in read(step)]
        for x in read(step):
            fits = (x.shape, x.dtype, x.sample.strides) == (
                (result.shape, result.dtype, result.sample.strides)
            )
            dies = self.last.get(x) == k and self.first.get(x, k) < k and x not in self.outside
            if fits and dies and x not in self.root and whole.count(x) == step_count(step, x):
                self._same[result] = self._same.get(x, x)
                return

    def copies(self, x: Array) -> bool:
        """Whether a result is handed out as a copy in each call."""
        whole = self.root.get(x, x)
        return whole not in self._single or whole not in self.outside

    def place(self, x: Array) -> int | None:
        """The offset of an array's buffer; ``None`` where it has memory of its own."""
        return self._offset.get(self._same.get(x, x))

    def _place(self) -> int:
        until: dict[Array, int] = {}
        for x in self.first:
            if x not in self.outside:
                owner = self._same.get(x, x)
                until[owner] = max(until.get(owner, 0), self.last[x])
        self._offset: dict[Array, int] = {}
        free: list[tuple[int, int]] = []
        top = 0
        ends: dict[int, list[Array]] = {}
        starts: dict[int, list[Array]] = {}
        for x in until:
            starts.setdefault(self.first[x], []).append(x)
            ends.setdefault(until[x], []).append(x)
        for k in sorted({*starts, *ends}):
            for x in starts.get(k, ()):
                size = -(-max(x.sample.nbytes, 1) // ALIGN) * ALIGN
                fitting = [block for block in free if block[1] >= size]
                if fitting:
                    block = min(fitting, key=lambda b: b[1])
                    free.remove(block)
                    self._offset[x] = block[0]
                    if block[1] > size:
                        free.append((block[0] + size, block[1] - size))
                else:
                    self._offset[x] = top
                    top += size
            for x in ends.get(k, ()):
                size = -(-max(x.sample.nbytes, 1) // ALIGN) * ALIGN
                free = _joined(free, (self._offset[x], size))
        return top


def step_count(step: Step, x: Array) -> int:
    """How often a step reads an array."""
    return sum(y is x for y in read(step))


def _joined(free: list[tuple[int, int]], block: tuple[int, int]) -> list[tuple[int, int]]:
    """The free blocks with one more, neighbours made one."""
    start, size = block
    rest = []
    for a, n in free:
        if a + n == start:
            start, size = a, n + size
        elif start + size == a:
            size += n
        else:
            rest.append((a, n))
    return [*rest, (start, size)]
