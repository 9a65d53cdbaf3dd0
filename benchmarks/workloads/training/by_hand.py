"""The floor: the step in plain NumPy, derivatives by hand; and its matrix products alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from ...workload import Task
from ..data import layers
from .problem import RATES, problem, task

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
    parameters = layers(sizes)
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
            gradients[:0] = g.T @ h, g.sum(axis=0)
            if i:
                g = g @ parameters[i][0]
                g *= h > 0.0
        update(gradients)
        return loss

    return task(step, lambda: [p for pair in parameters for p in pair])


def products(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """No step can be faster than its matrix products, into arrays that are there."""
    x, _ = problem(sizes, batch)
    weights = [w for w, _ in layers(sizes)]
    rng = np.random.default_rng(4)
    inner = [rng.normal(size=(batch, n)).astype(np.float32) for n in sizes[1:]]
    states = [x, *inner]
    calls = []
    for i, (m, n) in enumerate(pairwise(sizes)):
        w, h, g = weights[i], states[i], states[i + 1]
        calls.append((h, w.T, np.empty((batch, n), np.float32)))
        calls.append((g.T, h, np.empty((n, m), np.float32)))
        if i:
            calls.append((g, w, np.empty((batch, m), np.float32)))

    def step() -> None:
        for a, b, out in calls:
            np.matmul(a, b, out=out)

    return Task(step, dict)
