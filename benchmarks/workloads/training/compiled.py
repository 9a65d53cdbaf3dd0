"""The step in the peers that compile it: JAX and tinygrad."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...workload import Task
from ..data import layers, summary
from ..pulls import needs_compiler
from .problem import RATES, operands, problem, task

__all__ = ["jax", "jax_products", "tinygrad"]


def jax(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """The whole step under ``jit``, the parameters' memory given back to it.

    Of those that were timed (weights of either order, compiled ahead, memory not given back),
    the fastest form.
    """
    import jax
    import jax.numpy as jnp

    rate = RATES[optimizer]
    x, labels = (jnp.asarray(a) for a in problem(sizes, batch))
    start = jax.tree.map(jnp.asarray, layers(sizes))
    zeros = jax.tree.map(jnp.zeros_like, start)
    # Nothing may be handed over twice.
    state = (start, zeros, jax.tree.map(jnp.copy, zeros), jnp.float32(0))

    def loss(parameters: list, x: Any, labels: Any) -> Any:
        h = x
        for w, b in parameters[:-1]:
            h = jax.nn.relu(h @ w.T + b)
        w, b = parameters[-1]
        logs = jax.nn.log_softmax(h @ w.T + b)
        return -jnp.take_along_axis(logs, labels[:, None], axis=1).mean()

    def train(state: tuple, x: Any, labels: Any) -> tuple:
        parameters, mean, square, t = state
        value, g = jax.value_and_grad(loss)(parameters, x, labels)
        if optimizer == "sgd":
            parameters = jax.tree.map(lambda p, g: p - rate * g, parameters, g)
            return (parameters, mean, square, t), value
        t = t + 1
        mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, g)
        square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, g)
        one, two = 1 - 0.9**t, 1 - 0.999**t
        parameters = jax.tree.map(
            lambda p, m, s: p - rate * (m / one) / (jnp.sqrt(s / two) + 1e-8),
            parameters,
            mean,
            square,
        )
        return (parameters, mean, square, t), value

    compiled = jax.jit(train, donate_argnums=0)

    def step() -> float:
        nonlocal state
        state, value = compiled(state, x, labels)
        return float(value)

    return task(step, lambda: [p for pair in state[0] for p in pair])


def jax_products(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """The step's matrix products in one compiled function."""
    import jax
    import jax.numpy as jnp

    layered = jax.tree.map(jnp.asarray, operands(sizes, batch))

    @jax.jit
    def products(layered: list) -> list:
        return [
            out
            for i, (h, w, g) in enumerate(layered)
            for out in (h @ w.T, g.T @ h, *([g @ w] if i else []))
        ]

    step = lambda: jax.block_until_ready(products(layered))
    return Task(step, lambda: {"products": [summary(out) for out in step()]})


def tinygrad(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """The whole step under ``TinyJit``."""
    needs_compiler()
    from tinygrad import Tensor, TinyJit

    rate = RATES[optimizer]
    x, labels = problem(sizes, batch)
    x, labels = Tensor(x).realize(), Tensor(labels.astype(np.int32)).realize()
    parameters = [Tensor(a).realize() for pair in layers(sizes) for a in pair]
    means = [Tensor.zeros(*p.shape).contiguous().realize() for p in parameters]
    squares = [Tensor.zeros(*p.shape).contiguous().realize() for p in parameters]
    powers = [Tensor([1.0]).realize(), Tensor([1.0]).realize()]

    def update(gradients: list) -> None:
        if optimizer == "sgd":
            for p, g in zip(parameters, gradients):
                p.assign(p - rate * g)
            return
        powers[0].assign(powers[0] * 0.9)
        powers[1].assign(powers[1] * 0.999)
        for p, g, mean, square in zip(parameters, gradients, means, squares):
            mean.assign(0.9 * mean + 0.1 * g)
            square.assign(0.999 * square + 0.001 * g * g)
            root = (square / (1 - powers[1])).sqrt() + 1e-8
            p.assign(p - rate * (mean / (1 - powers[0])) / root)

    @TinyJit
    def train(x: Tensor, labels: Tensor) -> Tensor:
        h = x
        for i in range(0, len(parameters), 2):
            h = (h.relu() if i else h) @ parameters[i].T + parameters[i + 1]
        loss = h.sparse_categorical_crossentropy(labels)
        update(loss.gradient(*parameters))
        Tensor.realize(loss, *parameters, *means, *squares, *powers)
        return loss

    return task(lambda: train(x, labels).item(), lambda: [p.numpy() for p in parameters])
