"""Scalar graphs: the same plain Python text on micrograd's ``Value`` and on ours."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from ..workload import CAPTURED, OURS, Contender, Goal, Task, Workload, contender
from .captured import capture
from .data import moons

__all__ = ["SCALAR", "SCALAR_MLP", "chain_task", "mlp_task", "sum_task"]

SIZES = [2, 16, 16, 1]
SAMPLES = 100
LENGTHS = [10**k for k in range(2, 7)]


Wrap = Callable[[Callable[[], Any]], Callable[[], Any]]
"""What the forward pass is put through before it runs: nothing, or ``capture``."""


def _as_it_is(forward: Callable[[], Any]) -> Callable[[], Any]:
    return forward


def _ours() -> Any:
    from autograd import Value

    return Value


def _micrograd() -> Any:
    from micrograd.engine import Value

    # It walks its graphs recursively.
    sys.setrecursionlimit(10 * LENGTHS[-1])
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


def mlp_task(value: Any, samples: int = SAMPLES, wrap: Wrap = _as_it_is) -> Task:
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

    forward = wrap(loss)

    def step() -> Any:
        total = forward()
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


# Graphs that grow: a chain, and a wide sum -----------------------------------------------------


def chain_task(value: Any, n: int, wrap: Wrap = _as_it_is) -> Task:
    """``n`` mixed ops, each on the one before.

    The map has slope 1 at its fixed point, so that no gradient underflows to a zero that an
    engine may skip.
    """
    leaves = a, b, start = value(0.5), value(0.625), value(1.0)

    def chain() -> Any:
        x = start
        for _ in range(n // 5):
            x = x * a
            x = x + b
            x = x**2
            x = x * 0.8
            x = x.relu()
        return x

    forward = wrap(chain)

    def step() -> Any:
        for leaf in leaves:
            leaf.grad = 0.0
        x = forward()
        x.backward()
        return x

    def result() -> dict[str, Any]:
        return {"value": step().data, "gradients": [leaf.grad for leaf in leaves]}

    return Task(step, result, chain)


def sum_task(value: Any, n: int, wrap: Wrap = _as_it_is) -> Task:
    """``n`` ops: products of leaves, and as many sums."""
    leaves = [value(0.01 * i - 0.3) for i in range(100)]

    def total() -> Any:
        return sum((leaves[i % 100] * leaves[i % 99] for i in range(n // 2)), leaves[0])

    forward = wrap(total)

    def step() -> Any:
        for leaf in leaves:
            leaf.grad = 0.0
        found = forward()
        found.backward()
        return found

    def result() -> dict[str, Any]:
        return {"value": step().data, "gradients": [leaf.grad for leaf in leaves]}

    return Task(step, result, total)


def _captured(task: Callable[..., Task], *args: Any) -> Task:
    from autograd import Value

    return task(Value, *args, wrap=capture)


def _contenders(task: Callable[..., Task], *args: Any) -> tuple[Contender, ...]:
    return (
        contender(OURS, lambda: task(_ours(), *args)),
        contender(CAPTURED, lambda: _captured(task, *args)),
        contender("micrograd", lambda: task(_micrograd(), *args)),
    )


SCALAR_MLP = Workload(
    "scalar-mlp",
    f"Scalars: network 2-16-16-1 of Python neurons, {SAMPLES} samples, forward and backward",
    _contenders(mlp_task),
    units=mlp_ops(),
    unit="op",
    goals=(Goal(1 / 7, "micrograd"), Goal(1 / 300, "micrograd", CAPTURED)),
)

SCALAR = (
    SCALAR_MLP,
    *(
        Workload(
            f"scalar-{family}-{n}",
            f"Scalars: {title} of {n:,} ops, forward and backward",
            _contenders(task, n),
            units=n,
            unit="op",
            goals=(Goal(1 / 7, "micrograd"),),
            family=f"scalar {family}",
            big=n > 10**4,
        )
        for family, title, task in (("chain", "a chain", chain_task), ("sum", "a sum", sum_task))
        for n in LENGTHS
    ),
)
