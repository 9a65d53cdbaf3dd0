"""The real arrays behind a program's arrays."""

from __future__ import annotations

import sys
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
        self._counts: list[dict[Array, int] | None] = [None, None]
        self.copied: set[Array] = set()
        self._held: dict[Array, np.ndarray] = {}
        self._copies: dict[Array, np.ndarray] = {}
        self._changes: dict[Array, int] = {}

    # What the outside may keep -------------------------------------------------------------------

    def start_set(self, k: int) -> None:
        """Fresh arrays for what the outside may keep, in set ``k``."""
        self._sets[k] = {x: np.empty_like(x.sample, subok=False) for x in self.layout.outside}
        self._counts[k] = None

    def count_set(self, k: int) -> None:
        """Note how many references there are while nobody outside holds any."""
        arrays = self._sets[k]
        self._counts[k] = {x: _count(arrays[x]) for x in arrays}

    def kept(self, k: int) -> set[Array]:
        """Those of set ``k`` that somebody outside holds."""
        counts = self._counts[k]
        if counts is None:
            return set()
        arrays = self._sets[k]
        return {x for x, n in counts.items() if _count(arrays[x]) > n and x not in self.copied}

    def forget_sets(self) -> None:
        """Leave what the outside holds to it."""
        self._sets, self._counts = [{}, {}], [None, None]

    # Tensors' arrays -----------------------------------------------------------------------------

    def follow(self) -> bool:
        """Whether every tensor still has the array that is bound; take over its numbers if not.

        A tensor that keeps getting new arrays is copied in each call rather than bound.
        """
        for x, copy in self._copies.items():
            np.copyto(copy, _data(x))
        for x, bound in self._held.items():
            holder = x.holder
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


def _count(x: Any) -> int:
    # Always called with an item of a dict, so that the caller holds as many references each time.
    return sys.getrefcount(x)


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
