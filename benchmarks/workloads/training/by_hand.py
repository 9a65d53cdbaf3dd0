"""The floor: the step in plain NumPy, derivatives by hand; and its matrix products alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...workload import Task
from ..data import layers, summary
from .layouts import best_products, is_fortran, laid_out
from .problem import RATES, operands, problem, task

__all__ = ["hand_written", "products", "updater"]

Arrays = list[np.ndarray]


def updater(optimizer: str, parameters: Arrays) -> Callable[[Arrays], None]:
    """What changes the parameters in place, given the gradients, which it may overwrite."""
    rate = RATES[optimizer]
    if optimizer == "sgd":

        def update(gradients: Arrays) -> None:
            for p, g in zip(parameters, gradients):
                g *= rate
                p -= g

        return update
    means = [np.zeros_like(p) for p in parameters]
    squares = [np.zeros_like(p) for p in parameters]
    work = [np.empty_like(p) for p in parameters]
    t = 0

    def adam(gradients: Arrays) -> None:
        nonlocal t
        t += 1
        # The corrections of the two means, taken out of the arrays.
        root = math.sqrt(1.0 - 0.999**t)
        size = rate * root / (1.0 - 0.9**t)
        for p, g, mean, square, w in zip(parameters, gradients, means, squares, work):
            np.multiply(g, g, out=w)
            w *= 0.001
            square *= 0.999
            square += w
            g *= 0.1
            mean *= 0.9
            mean += g
            np.sqrt(square, out=w)
            w += 1e-8 * root
            np.divide(mean, w, out=w)
            w *= size
            p -= w

    return adam


def hand_written(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """What somebody who knows NumPy writes for this one network."""
    x, labels = problem(sizes, batch)
    parameters, note = laid_out(layers(sizes), batch)
    rows = np.arange(batch)
    update = updater(optimizer, [p for pair in parameters for p in pair])

    def step() -> float:
        inputs, h = [], x
        for w, b in parameters[:-1]:
            inputs.append(h)
            h = h @ w.T
            h += b
            np.maximum(h, 0.0, out=h)
        inputs.append(h)
        w, b = parameters[-1]
        g = h @ w.T
        g += b
        g -= g.max(axis=1, keepdims=True)
        true = g[rows, labels]
        np.exp(g, out=g)
        total = g.sum(axis=1, keepdims=True)
        loss = float((np.log(total[:, 0]) - true).mean())
        g /= total
        g[rows, labels] -= 1.0
        g /= batch
        gradients: list[np.ndarray] = []
        for i in range(len(parameters) - 1, -1, -1):
            h = inputs[i]
            w = parameters[i][0]
            # In the order in which the weight lies, so that the update runs along both.
            gradients[:0] = (h.T @ g).T if is_fortran(w) else g.T @ h, g.sum(axis=0)
            if i:
                g = g @ w
                g *= h > 0.0
        update(gradients)
        return loss

    return task(step, lambda: [p for pair in parameters for p in pair], note=lambda: note)


def products(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """No step can be faster than its matrix products, into arrays that are there.

    Each by the faster of ``dot`` and ``matmul``, on weights in their faster order.
    """
    by_layer, orders = [], []
    for i, (h, w, g) in enumerate(operands(sizes, batch)):
        order, chosen = best_products(h, w, g, first=i == 0)
        orders.append(order)
        by_layer.append(chosen)
    calls = [call for chosen in by_layer for call in chosen]

    def step() -> None:
        for f, a, b, out in calls:
            f(a, b, out)

    def result() -> dict[str, Any]:
        step()
        found = []
        for order, chosen in zip(orders, by_layer):
            outs = [out for *_, out in chosen]
            outs[1] = outs[1].T if order == "F" else outs[1]
            found += outs
        return {"products": [summary(out) for out in found]}

    return Task(step, result, note=lambda: f"weights in the orders {' '.join(orders)}")
