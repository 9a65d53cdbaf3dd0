"""Ops that are linear in each of two operands, as products and sums of them.

Such an op is ``out[o] = Σ t[o, i, j] · x[i] · y[j]``, and running it on unit vectors gives ``t``:
1 where the product is in the sum and 0 elsewhere, for a matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .cells import Cells, Overflow

__all__ = ["WORK", "products"]

WORK = 10_000_000
"""Numbers that may be computed to find the coefficients of an op."""
CALLS = 40_000


def products(cells: Cells, node: Any, operands: Sequence[Any]) -> Any:
    """Enter the products, and a sum of them for each element of the result."""
    out = np.asarray(node.data)
    x, y = (np.asarray(a) for a in node.args)
    if x.size * y.size > CALLS or x.size * y.size * out.size > WORK:
        raise Overflow(out.size + x.size + y.size)
    terms: list[list[tuple[int, int, float]]] = [[] for _ in range(out.size)]
    left, right = (np.ravel(a) for a in operands)
    for i in range(x.size):
        if left[i] < 0:
            continue
        for j in range(y.size):
            if right[j] < 0:
                continue
            weights = _probe(node, x, y, i, j)
            for o in np.flatnonzero(weights):
                terms[o].append((i, j, float(weights[o])))
    made = np.full(out.size, -1)
    for k, found in enumerate(terms):
        parts = [_product(cells, node, (left[m], right[n]), w) for m, n, w in found]
        if len(parts) == 1:
            made[k] = parts[0]
        elif parts:
            value = out.ravel()[k]
            made[k] = cells.apply("sum", "Σ", value, [(p, 1.0) for p in parts])
    return made.reshape(out.shape)


def _probe(node: Any, x: np.ndarray, y: np.ndarray, i: int, j: int) -> np.ndarray:
    """The coefficients of one product in all elements of the result."""
    a, b = np.zeros(x.shape), np.zeros(y.shape)
    a.reshape(-1)[i] = b.reshape(-1)[j] = 1.0
    return np.ravel(node.op.forward(a, b, **node.params))


def _product(cells: Cells, node: Any, pair: tuple[int, int], weight: float) -> int:
    a, b = (cells.at(int(k)) for k in pair)
    with np.errstate(all="ignore"):
        value = weight * a.value * b.value
    fixed = [p is None for p in node.parents]
    into = [
        (int(k), None if known else weight * float(other.value))
        for k, other, known in zip(pair, (b, a), fixed)
    ]
    if weight != 1.0:
        into.append((cells.constant(weight), None))
    return cells.apply("multiply", "×", value, into)
