"""The order in memory of each weight, and the call for each product, that NumPy does fastest.

``x @ w.T`` is up to a quarter faster where ``w``, of shape (out, in), is in Fortran order, and
``g @ w`` slower. Which wins depends on the layer, so both are timed where they will run.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

__all__ = ["ORDERS", "best_products", "is_fortran", "laid_out", "layer_products"]

ORDERS = ("C", "F")
_ROUNDS, _TURN, _ENOUGH = 5, 2e-3, 0.1
Call = Callable[[], Any]


def is_fortran(w: np.ndarray) -> bool:
    """Whether the transpose is what lies in order."""
    return not w.flags.c_contiguous


def _seconds(calls: list[Call]) -> list[float]:
    """The least time of each in several turns, two where they are long."""
    least = [float("inf")] * len(calls)
    began = perf_counter()
    for turn in range(_ROUNDS):
        if turn > 1 and perf_counter() - began > _ENOUGH:
            break
        for i, call in enumerate(calls):
            start, n = perf_counter(), 0
            while n < 1 or perf_counter() - start < _TURN:
                call()
                n += 1
            least[i] = min(least[i], (perf_counter() - start) / n)
    return least


def layer_products(
    h: np.ndarray, w: np.ndarray, g: np.ndarray, first: bool
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """A layer's products into arrays that are there: outputs, ``dW`` as ``w`` lies, ``dh``."""
    new = lambda rows, columns: np.empty((rows, columns), w.dtype)
    m, n = h.shape[1], g.shape[1]
    calls = [(h, w.T, new(len(h), n))]
    calls.append((h.T, g, new(m, n)) if is_fortran(w) else (g.T, h, new(n, m)))
    return calls if first else [*calls, (g, w, new(len(h), m))]


def _product(f: Any, a: np.ndarray, b: np.ndarray, out: np.ndarray) -> Call:
    return lambda: f(a, b, out)


def best_products(h: np.ndarray, w: np.ndarray, g: np.ndarray, first: bool) -> tuple[str, list]:
    """The faster order of a layer's weight, and its products as ``(function, a, b, out)``."""
    found = []
    for order in ORDERS:
        calls = [
            [(f, *c) for f in (np.dot, np.matmul)]
            for c in layer_products(h, np.asarray(w, order=order), g, first)
        ]
        times = [_seconds([_product(*c) for c in pair]) for pair in calls]
        chosen = [pair[int(t[1] < t[0])] for pair, t in zip(calls, times)]
        found.append((sum(map(min, times)), order, chosen))
    _, order, chosen = min(found, key=lambda one: one[0])
    return order, chosen


def laid_out(pairs: list, batch: int) -> tuple[list, str]:
    """Weights and biases with each weight in its faster order, and the orders as text."""
    rng = np.random.default_rng(4)
    orders, kept = [], []
    for i, (w, b) in enumerate(pairs):
        n, m = w.shape
        h, g = (rng.normal(size=(batch, k)).astype(w.dtype) for k in (m, n))
        order, _ = best_products(h, w, g, first=i == 0)
        orders.append(order)
        kept.append((np.asarray(w, order=order), b))  # type: ignore[call-overload]
    return kept, f"weights in the orders {' '.join(orders)}, timed as the faster"
