"""The real arrays behind a program's arrays."""

from __future__ import annotations

from sys import getrefcount
from typing import Any

import numpy as np

from ...errors import CaptureError
from ..program import Array, Program
from .layout import ALIGN, Layout, strides

__all__ = ["Buffers"]


class Buffers:
    """Memory for one plan: one arena, and arrays of their own for what the outside may keep.

    There are two sets of the latter. A call takes the one that nobody outside holds; what is held
    in both is handed out as a copy from then on.
    """

    def __init__(self, program: Program, layout: Layout) -> None:
        self.layout = layout
        self._block = np.empty(layout.size + ALIGN, np.uint8)
        start = -self._block.ctypes.data % ALIGN
        self._arena: dict[Array, np.ndarray] = {}
        for x in layout.first:
            offset = layout.place(x)
            if offset is not None:
                self._arena[x] = np.ndarray(
                    x.shape, x.dtype, self._block, start + offset, strides(x.sample)
                )
        self.inputs = [np.empty_like(x.sample, subok=False) for x in program.inputs]
        self._inputs = dict(zip(program.inputs, self.inputs, strict=True))
        self._sets: list[dict[Array, np.ndarray]] = [{}, {}]
        self._watched: list[list[tuple[Array, np.ndarray]]] = [[], []]
        self._counts: list[list[int]] = [[], []]
        self.copied: set[Array] = set()
        self._held: dict[Array, np.ndarray] = {}
        # The same as tensors with their arrays, for the look in each call.
        self._bound: list[tuple[Any, np.ndarray]] = []
        self._copies: dict[Array, np.ndarray] = {}
        self._changes: dict[Array, int] = {}

    # What the outside may keep -------------------------------------------------------------------

    def start_set(self, k: int) -> None:
        """Fresh arrays for what the outside may keep, in set ``k``."""
        own = {x: np.empty_like(x.sample, subok=False) for x in self.layout.outside}
        self._sets[k] = own
        self._watched[k], self._counts[k] = [(x, own[x]) for x in own if x not in self.copied], []

    def count_set(self, k: int) -> None:
        """Note how many references there are while nobody outside holds any."""
        self._counts[k] = _counts(self._watched[k])

    def free(self, k: int) -> bool:
        """Whether nobody outside holds any of set ``k``."""
        return _counts(self._watched[k]) == self._counts[k]

    def kept(self, k: int) -> set[Array]:
        """Those of set ``k`` that somebody outside holds."""
        now = _counts(self._watched[k])
        found = zip(self._watched[k], now, self._counts[k], strict=True)
        return {x for (x, _), n, before in found if n != before}

    def forget_sets(self) -> None:
        """Leave what the outside holds to it."""
        self._sets, self._watched, self._counts = [{}, {}], [[], []], [[], []]

    # Tensors' arrays -----------------------------------------------------------------------------

    def follow(self) -> bool:
        """Whether every tensor still has the array that is bound; take over its numbers if not.

        A tensor that keeps getting new arrays is copied in each call rather than bound.
        """
        for x, copy in self._copies.items():
            np.copyto(copy, _data(x))
        for holder, bound in self._bound:
            if holder._data is not bound or not holder._pinned or holder._base is not None:
                break
        else:
            return True
        same = True
        for x, bound in list(self._held.items()):
            data = _data(x)
            if data is bound:
                continue
            same = False
            self._changes[x] = self._changes.get(x, 0) + 1
            if self._changes[x] > 2 or data.strides != x.sample.strides:
                del self._held[x]
                self._copies[x] = np.empty_like(x.sample, subok=False)
                np.copyto(self._copies[x], data)
            else:
                self._held[x] = data
        self._bound = [(x.holder, data) for x, data in self._held.items()]
        return same

    # All -----------------------------------------------------------------------------------------

    def base(self, x: Array, k: int) -> np.ndarray:
        """The real array for one that is no view."""
        if x.kind == "input":
            return self._inputs[x]
        if x.kind == "constant":
            return x.sample
        if x.kind == "held":
            if x not in self._copies and x not in self._held:
                data = _data(x)
                if data.strides == x.sample.strides:
                    self._held[x] = data
                    self._bound.append((x.holder, data))
                else:
                    self._copies[x] = np.empty_like(x.sample, subok=False)
                    np.copyto(self._copies[x], data)
            return self._copies[x] if x in self._copies else self._held[x]
        own = self._sets[k].get(x)
        return self._arena[x] if own is None else own

    @property
    def bytes(self) -> int:
        """Bytes of the arena, the inputs' buffers and what the outside may keep."""
        own = sum(a.nbytes for arrays in self._sets for a in arrays.values())
        return self.layout.size + own + sum(x.nbytes for x in self.inputs)


def _counts(watched: list[tuple[Array, np.ndarray]]) -> list[int]:
    # Counted in this one place, which holds as many references itself each time.
    return [getrefcount(x) for _, x in watched]


def _data(x: Array) -> np.ndarray:
    # As somebody outside asks for it: from then on the tensor is written in this very memory, and
    # graphs copy what they must keep of it.
    data = x.holder.data
    if data.shape != x.shape or data.dtype != x.dtype:
        raise CaptureError(
            f"a tensor{f' {x.name!r}' if x.name else ''} had shape {x.shape} and dtype {x.dtype} "
            f"when the function was recorded, and has shape {data.shape} and dtype {data.dtype}: "
            "capture the function again"
        )
    return data
