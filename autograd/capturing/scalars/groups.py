"""Nodes that are computed at once: the same op on many numbers, sums, and products of matrices.

Each writes a stretch of its own of the store, so nothing is scattered on the way forward. On the
way back a cotangent of exactly 0 stays 0 even against an infinite derivative, as everywhere; that
is looked after where ``careful`` is set, and costs nothing elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .gather import Gather, Store

__all__ = ["Each", "Matrix", "StretchGroup", "Sums"]


def _times(g: np.ndarray, p: Any, careful: bool) -> np.ndarray:
    product = np.multiply(g, p)
    return np.where(g == 0.0, 0.0, product) if careful else product


class StretchGroup:
    """A stretch of the store that is computed from other numbers."""

    __slots__ = ("g", "out", "wanted")

    def __init__(self, store: Store, start: int, shape: tuple[int, ...]) -> None:
        stretch = slice(start, start + int(np.prod(shape)))
        self.out = store.values[stretch].reshape(shape)
        self.g = store.grads[stretch].reshape(shape)

        self.wanted = bool(store.needs[stretch].any())

    def forward(self) -> None:
        """Compute the stretch."""
        raise NotImplementedError

    def backward(self, careful: bool) -> None:
        """Send its cotangents to those of the operands."""
        raise NotImplementedError


class Each(StretchGroup):
    """One op, applied to many numbers."""

    __slots__ = ("_fill", "_forward", "_into", "_local", "_operands", "_params")

    def __init__(self, store: Store, start: int, op: Any, operands: list[np.ndarray]) -> None:
        super().__init__(store, start, (len(operands[0]),))
        self._operands = [Gather(store, index) for index in operands]
        self._forward = op.forward
        self._into = isinstance(op.forward, np.ufunc)
        self._local = op.local
        self._fill = getattr(op, "fill", tuple)
        self._params = getattr(op, "params", {})

    def forward(self) -> None:
        for operand in self._operands:
            operand.load()
        xs = self._fill([operand.x for operand in self._operands])
        if self._into:
            self._forward(*xs, out=self.out)
        else:
            self.out[...] = self._forward(*xs, **self._params)

    def backward(self, careful: bool) -> None:
        xs = tuple([operand.x for operand in self._operands])
        for i, operand in enumerate(self._operands):
            if operand.wanted:
                operand.send(_times(self.g, self._local(i, self.out, xs, {}), careful))


class Sums(StretchGroup):
    """Sums of products, of any lengths: all products at once, and then segment by segment."""

    __slots__ = ("_a", "_b", "_owner", "_signs", "_starts")

    def __init__(
        self, store: Store, start: int, lengths: np.ndarray, signs: Any, a: Any, b: Any
    ) -> None:
        super().__init__(store, start, (len(lengths),))
        self._starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self._owner = np.repeat(np.arange(len(lengths)), lengths)
        self._signs = None if (signs == 1.0).all() else signs
        self._a, self._b = Gather(store, a), Gather(store, b)

    def forward(self) -> None:
        self._a.load()
        self._b.load()
        products = np.multiply(self._a.x, self._b.x)
        if self._signs is not None:
            products *= self._signs
        np.add.reduceat(products, self._starts, out=self.out)

    def backward(self, careful: bool) -> None:
        g = self.g[self._owner]
        if self._signs is not None:
            g *= self._signs
        if self._a.wanted:
            self._a.send(_times(g, self._b.x, careful))
        if self._b.wanted:
            self._b.send(_times(g, self._a.x, careful))


class Matrix(StretchGroup):
    """All sums of products of some rows with some columns: one matrix product.

    A layer of neurons applied to many samples is one: its weights are the rows.
    """

    __slots__ = ("_a", "_b", "_signed", "_signs")

    def __init__(self, store: Store, start: int, signs: Any, a: Any, b: Any) -> None:
        super().__init__(store, start, (len(a), len(b)))
        self._signs = None if (signs == 1.0).all() else signs
        self._a, self._b = Gather(store, a, full=True), Gather(store, b, full=True)
        self._signed: Any = None

    def forward(self) -> None:
        self._a.load()
        self._b.load()
        self._signed = self._a.x if self._signs is None else self._a.x * self._signs
        np.matmul(self._signed, self._b.x.T, out=self.out)

    def backward(self, careful: bool) -> None:
        if self._a.wanted:
            if careful:
                ct = _times(self.g[:, :, None], self._b.x[None], True).sum(axis=1)
            else:
                ct = self.g @ self._b.x
            self._a.send(ct if self._signs is None else ct * self._signs)
        if self._b.wanted:
            if careful:
                ct = _times(self.g[:, :, None], self._signed[:, None, :], True).sum(axis=0)
            else:
                ct = self.g.T @ self._signed
            self._b.send(ct)
