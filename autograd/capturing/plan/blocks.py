"""A group of elementwise calls on large arrays, made block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from ..passes.fuse import Fused
from ..passes.tree import cuts
from ..program import Array, Step
from . import threads
from .emit import Instruction, emit
from .layout import ALIGN

__all__ = ["BLOCK", "Blocks", "NotAsRecorded", "emit_fused"]

BLOCK = 1 << 18
"""Most bytes of one operand in a block; several have to fit in the second cache or near it."""
WORTH = 1 << 20
"""Numbers times calls from which a thread more is worth starting."""

Index = tuple[slice, ...]
# Calls that share an error state: ``None`` is the caller's own.
Calls = tuple[dict[str, Any] | None, list[Instruction]]


class NotAsRecorded(Exception):
    """A walk has met 0 x inf, which rules treat apart."""


def emit_fused(step: Step, bound: Callable[[Array], np.ndarray]) -> list[Instruction]:
    """The one call that makes those of a group."""
    return [(Blocks(step.function, bound, BLOCK), (), {})]  # type: ignore[arg-type]


class Blocks:
    """The calls of a group with their arrays; called, it makes them all.

    Parameters
    ----------
    fused : Fused
    bound : callable
        Gives the real array for one of the program's.
    block : int
        Bytes of the longest operand in a block.
    most : int, optional
        How many threads may share the work.

    Attributes
    ----------
    shares : list of callable
        The work of each thread.
    """

    def __init__(
        self,
        fused: Fused,
        bound: Callable[[Array], np.ndarray],
        block: int,
        most: int | None = None,
    ) -> None:
        self._fused = fused
        self._noticed: list[str] = []
        self.__name__ = "fused: " + " ".join(step.name for step in fused.steps)
        whole: dict[Any, np.ndarray] = {x: bound(x) for x in (*fused.operands, *fused.results)}
        sums: dict[Any, Step] = {s.results[0]: s for s in fused.steps if _reduces(s)}
        lengths = fused.grid.lengths(fused.axes)
        longest = max(x.dtype.itemsize for s in fused.steps for x in (*s.results, *s.arrays) if x)
        places = list(_places(lengths, block // longest))
        self._places = places
        self._flat = {x: fused.grid.flat(a, fused.axes) for x, a in whole.items() if x not in sums}
        self._parts = {x: np.empty(len(places), s.operands[0].dtype) for x, s in sums.items()}
        worth = prod(lengths) * len(fused.steps) // WORTH
        n = max(1, min(threads.available() if most is None else most, len(places), worth))
        self.shares = [
            partial(_run, self._share(range(len(places) * k // n, len(places) * (k + 1) // n)))
            for k in range(n)
        ]
        self._last = [
            calls
            for x, step in sums.items()
            for calls in _combined(step, self._parts[x], whole[x], self._noticed)
        ]

    def _share(self, blocks: range) -> list[Calls]:
        """The calls for some of the blocks, which use the same memory in between."""
        size = max(prod(s.stop - s.start for s in self._places[k]) for k in blocks)
        room = _Room(self._fused, size)
        return [calls for k in blocks for calls in self._block(k, room)]

    def _block(self, k: int, room: _Room) -> Iterator[Calls]:
        """The calls for one block."""
        place, parts = self._places[k], self._parts
        piece: dict[Any, Any] = {x: _cut(a, place) for x, a in self._flat.items()}
        shape = tuple(s.stop - s.start for s in place)
        mode: Any = ()
        calls: list[Instruction] = []
        for step in self._fused.steps:
            x = step.results[0]
            args = tuple(piece[y] if isinstance(y, Array) else y for y in step.operands)
            if step.kind == "view":
                piece[x] = args[0].view(args[1])
                continue
            if x in parts:
                code = [(step.function, (args[0],), {"out": parts[x][k : k + 1].reshape(())})]
            else:
                if x not in piece:
                    piece[x] = room.of(x, shape)  # type: ignore[arg-type]
                code = emit(step, args, step.keywords, [piece[x]])
            if (step.rule, step.errors) != mode:
                mode, calls = (step.rule, step.errors), []
                yield _state(step, self._noticed), calls
            calls += code

    def __call__(self) -> None:
        """Make the calls.

        Raises
        ------
        NotAsRecorded
            Where a walk meets 0 x inf.
        """
        self._noticed.clear()
        if len(self.shares) == 1:
            self.shares[0]()
        else:
            threads.run(self.shares)
        _run(self._last)
        if self._noticed:
            raise NotAsRecorded(f"invalid value in {self.__name__}")


def _run(code: list[Calls]) -> None:
    for state, calls in code:
        with nullcontext() if state is None else np.errstate(**state):
            for f, args, keywords in calls:
                f(*args, **keywords)


def _state(step: Any, noticed: list[str]) -> dict[str, Any] | None:
    """The error state of a call: in a walk that of ``walking``, which any thread can notice."""
    if not step.rule:
        return dict(step.errors) or None
    notice = {"all": "ignore", "invalid": "call", "call": lambda kind, _: noticed.append(kind)}
    return {**notice, **dict(step.errors)}


def _reduces(step: Any) -> bool:
    return getattr(step.function, "__name__", "") == "reduce"


def _places(lengths: tuple[int, ...], most: int) -> Iterator[Index]:
    """Blocks of ``most`` numbers or fewer, one after another in memory."""
    if len(lengths) == 1:
        for a, b in pairwise(cuts(lengths[0], most)):
            yield (slice(a, b),)
        return
    axis = next(
        k for k in range(len(lengths)) if prod(lengths[k + 1 :]) <= most or not lengths[k + 1 :]
    )
    step = max(1, most // prod(lengths[axis + 1 :]))
    rest = tuple(slice(0, n) for n in lengths[axis + 1 :])
    for outer in np.ndindex(*lengths[:axis]):
        for start in range(0, lengths[axis], step):
            stop = min(start + step, lengths[axis])
            yield (*(slice(i, i + 1) for i in outer), slice(start, stop), *rest)


def _cut(a: np.ndarray, place: Index) -> np.ndarray:
    if not a.ndim:
        return a
    return a[tuple(slice(0, 1) if n == 1 else s for n, s in zip(a.shape, place, strict=True))]


def _combined(step: Any, parts: np.ndarray, out: np.ndarray, noticed: list) -> Iterator[Calls]:
    """The calls that make one result of those for each block, in NumPy's order."""
    function = step.function.__self__
    calls: list[Instruction] = []
    while len(parts) > 1:
        half = np.empty(len(parts) // 2, parts.dtype)
        calls.append((function, (parts[0::2], parts[1::2]), {"out": half}))
        parts = half
    calls.append((np.copyto, (out, parts.reshape(out.shape)), {}))
    yield _state(step, noticed), calls


class _Room:
    """Memory for one block of what stays inside, taken again as soon as it is no longer read."""

    def __init__(self, fused: Fused, size: int) -> None:
        base = {s.results[0]: s.operands[0] for s in fused.steps if s.kind == "view"}
        for x in base:
            while base[x] in base:
                base[x] = base[base[x]]
        last = {base.get(x, x): k for k, s in enumerate(fused.steps) for x in s.arrays}
        self._slot: dict[Any, int] = {}
        free: dict[int, list[int]] = {}
        widths: list[int] = []
        for k, step in enumerate(fused.steps):
            dead = {base.get(x, x) for x in step.arrays}
            dead = {x for x in dead if last[x] == k and x in self._slot}
            # A ufunc may write over what it reads.
            over = isinstance(step.function, np.ufunc)
            if over:
                self._free(dead, free)
            x = step.results[0]
            if step.kind != "view" and x not in fused.results and not _reduces(step):
                width = x.dtype.itemsize  # type: ignore[union-attr]
                pool = free.get(width)
                if pool:
                    self._slot[x] = pool.pop()
                else:
                    self._slot[x] = len(widths)
                    widths.append(width)
            if not over:
                self._free(dead, free)
        # An odd number of cache lines apart, for no two to fall on the same sets of a cache.
        sizes = [(-(-w * size // ALIGN) | 1) * ALIGN for w in widths]
        self._start = [sum(sizes[:k]) for k in range(len(sizes))]
        memory = np.empty(sum(sizes) + ALIGN, np.uint8)
        self._memory = memory[-memory.ctypes.data % ALIGN :]

    def _free(self, dead: set, free: dict[int, list[int]]) -> None:
        for x in sorted(dead, key=self._slot.__getitem__):
            free.setdefault(x.dtype.itemsize, []).append(self._slot[x])

    def of(self, x: Array, shape: tuple[int, ...]) -> np.ndarray:
        """The array for a block of ``x``."""
        start = self._start[self._slot[x]]
        stop = start + prod(shape) * x.dtype.itemsize
        return self._memory[start:stop].view(x.dtype).reshape(shape)
