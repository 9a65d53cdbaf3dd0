"""Numbers picked out of one long array, and their cotangents brought back.

Which numbers is fixed, so all that depends on it is worked out once: neighbours need no copy, a
single use no sum, and what is used several times is added up in sorted segments.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Gather", "Store"]


class Store:
    """The numbers of all nodes, and their cotangents."""

    __slots__ = ("constant", "grads", "needs", "values")

    def __init__(self, values: np.ndarray, constant: np.ndarray, needs: np.ndarray) -> None:
        self.values = values
        self.grads = np.zeros_like(values)
        self.constant = constant
        """Which numbers never change."""
        self.needs = needs
        """Which of them lead to a leaf that wants its gradient."""


def _as_slice(index: np.ndarray) -> slice | None:
    start = int(index[0]) if index.size else 0
    if np.array_equal(index, np.arange(start, start + index.size)):
        return slice(start, start + index.size)
    return None


class Gather:
    """One operand of a group: the numbers at ``index``, in its shape.

    Where all are the same constant they become a plain float, unless an array is ``full``.
    """

    __slots__ = ("_back", "_buffer", "_index", "_store", "_take", "_uses", "wanted", "x")

    def __init__(self, store: Store, index: np.ndarray, full: bool = False) -> None:
        self._store = store
        flat = index.ravel()
        where = _as_slice(flat)
        self._index: Any = None
        self._buffer: Any = None
        self.x: Any
        """The numbers, current after :meth:`load`."""
        if store.constant[flat].all():
            self.x = store.values[index]
            if not full and (flat == flat[0]).all():
                self.x = float(self.x.flat[0])
        elif where is not None:
            self.x = store.values[where].reshape(index.shape)
        else:
            self._index = index
            self.x = self._buffer = np.empty(index.shape)
        self._prepare(flat)

    def _prepare(self, flat: np.ndarray) -> None:
        """How cotangents go back: ``grads[back] += (segments of) ct[take]``."""
        picked = np.flatnonzero(self._store.needs[flat])
        self.wanted = bool(picked.size)
        if not self.wanted:
            return
        order = picked[np.argsort(flat[picked], kind="stable")]
        targets, starts = np.unique(flat[order], return_index=True)
        self._uses = None if targets.size == order.size else starts
        back = targets
        if self._uses is None and _as_slice(targets) is None:
            order, back = picked, flat[picked]  # as they come, which reads in order
        self._back = _as_slice(back) or back
        whole = order.size == flat.size and _as_slice(order) is not None
        self._take = None if whole else order

    def load(self) -> None:
        """Read the numbers anew."""
        if self._buffer is not None:
            # mode="clip" writes straight into the buffer; the indices are known to be right.
            np.take(self._store.values, self._index, out=self._buffer, mode="clip")

    def send(self, ct: np.ndarray) -> None:
        """Add cotangents to those of the numbers they belong to."""
        ct = ct.ravel()
        if self._take is not None:
            ct = ct[self._take]
        if self._uses is not None:
            ct = np.add.reduceat(ct, self._uses)
        self._store.grads[self._back] += ct
