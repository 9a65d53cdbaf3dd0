"""Scalar graphs: the same plain Python text on micrograd's ``Value`` and on ours."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from ..workload import OURS, Contender, Goal, Task, Workload
from .data import moons

__all__ = ["SCALAR_CHAIN", "SCALAR_MLP", "chain_task", "mlp_task"]

SIZES = [2, 16, 16, 1]
SAMPLES = 100
CHAIN = 10_000


def _ours() -> Any:
    from autograd import Value

    return Value


def _micrograd() -> Any:
    from micrograd.engine import Value

    # It walks its graphs recursively.
    sys.setrecursionlimit(10 * CHAIN)
    return Value


# A network of neurons, as in micrograd's demonstration ----------------------------------------


class Neuron:
    def __init__(self, value: Any, inputs: int, rng: random.Random, rectified: bool) -> None:
        self.w = [value(rng.uniform(-1.0, 1.0)) for _ in range(inputs)]
        self.b = value(0.0)
        self.rectified = rectified

    def __call__(self, x: list) -> Any:
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return act.relu() if self.rectified else act


def mlp_task(value: Any, samples: int = SAMPLES) -> Task:
    """Full batch on two moons: scores, hinge loss with an L2 penalty, backward."""
    rng = random.Random(0)
    net = [
        [Neuron(value, m, rng, rectified=n != SIZES[-1]) for _ in range(n)]
        for m, n in pairwise(SIZES)
    ]
    parameters = [p for layer in net for neuron in layer for p in (*neuron.w, neuron.b)]
    points, labels = moons(samples)
    points, targets = points.tolist(), [2.0 * y - 1.0 for y in labels.tolist()]

    def loss() -> Any:
        scores = []
        for point in points:
            x = [value(p) for p in point]
            for layer in net:
                x = [neuron(x) for neuron in layer]
            scores.append(x[0])
        hinges = [(1 + -yi * score).relu() for yi, score in zip(targets, scores)]
        return sum(hinges) * (1.0 / samples) + 1e-4 * sum(p * p for p in parameters)

    def step() -> Any:
        total = loss()
        for p in parameters:
            p.grad = 0.0
        total.backward()
        return total

    def result() -> dict[str, Any]:
        total = step()
        return {"loss": total.data, "gradients": [p.grad for p in parameters]}

    return Task(step, result, loss)


def mlp_ops(samples: int = SAMPLES) -> int:
    """Operations as written: products, sums, rectifiers."""
    forward = sum(n * (2 * m + (n != SIZES[-1])) for m, n in pairwise(SIZES))
    parameters = sum(n * (m + 1) for m, n in pairwise(SIZES))
    hinge = 3 + 1  # product, sum, rectifier, and the sum over samples
    return samples * (forward + hinge) + 2 * parameters + 3


# A chain ----------------------------------------------------------------------------------------


def chain(value: Any, n: int = CHAIN) -> tuple[Any, list]:
    """``n`` mixed ops, each on the one before.

    The map has slope 1 at its fixed point, so that no gradient underflows to a zero that an
    engine may skip.
    """
    a, b = value(0.5), value(0.625)
    x = value(1.0)
    for _ in range(n // 5):
        x = x * a
        x = x + b
        x = x**2
        x = x * 0.8
        x = x.relu()
    return x, [a, b]


def chain_task(value: Any, n: int = CHAIN) -> Task:
    def step() -> tuple[Any, list]:
        x, leaves = chain(value, n)
        x.backward()
        return x, leaves

    def result() -> dict[str, Any]:
        x, leaves = step()
        return {"value": x.data, "gradients": [leaf.grad for leaf in leaves]}

    return Task(step, result, lambda: chain(value, n)[0])


def _both(task: Callable[[Any], Task]) -> tuple[Contender, ...]:
    return (
        Contender(OURS, lambda: task(_ours())),
        Contender("micrograd", lambda: task(_micrograd()), "peers", "micrograd"),
    )


SCALAR_MLP = Workload(
    "scalar-mlp",
    f"Scalars: network 2-16-16-1 of Python neurons, {SAMPLES} samples, forward and backward",
    _both(mlp_task),
    units=mlp_ops(),
    unit="op",
    goals=(Goal(1 / 7, "micrograd"),),
)

SCALAR_CHAIN = Workload(
    "scalar-chain",
    f"Scalars: a chain of {CHAIN} mixed ops, forward and backward",
    _both(chain_task),
    units=CHAIN,
    unit="op",
    goals=(Goal(1 / 7, "micrograd"),),
)
