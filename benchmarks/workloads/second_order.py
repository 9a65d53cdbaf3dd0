"""Second derivatives: the Hessian of a logistic regression, and a network's Hessian by a vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..workload import BY_HAND, OURS, Task, Workload, contender
from .data import layers, summary

__all__ = ["HESSIAN", "HVP"]

EXAMPLES, WEIGHTS = 500, 50
SIZES, BATCH = [784, 128, 64, 10], 64


# The Hessian of the mean of log(1 + exp(-y x·w)) ------------------------------------------------


def _regression() -> tuple[np.ndarray, np.ndarray]:
    """The rows ``y x``, and the weights."""
    rng = np.random.default_rng(9)
    return rng.normal(size=(EXAMPLES, WEIGHTS)), 0.1 * rng.normal(size=WEIGHTS)


def _matrix(step: Any) -> Task:
    return Task(step, lambda: {"hessian": summary(step())})


def hessian_ours() -> Task:
    import autograd as ag

    rows, w = _regression()
    hessian = ag.hessian(lambda w: ag.softplus(-(rows @ w)).mean())
    return _matrix(lambda: hessian(w))


def hessian_by_hand() -> Task:
    rows, w = _regression()

    def step() -> np.ndarray:
        p = 1.0 / (1.0 + np.exp(rows @ w))
        return (rows * (p * (1.0 - p) / EXAMPLES)[:, None]).T @ rows

    return _matrix(step)


def hessian_torch() -> Task:
    import torch

    rows, w = (torch.from_numpy(a) for a in _regression())

    def f(w: Any) -> Any:
        return torch.nn.functional.softplus(-(rows @ w)).mean()

    return _matrix(lambda: torch.autograd.functional.hessian(f, w, vectorize=True))


def hessian_jax() -> Task:
    import jax

    jax.config.update("jax_enable_x64", True)
    rows, w = (jax.numpy.asarray(a) for a in _regression())
    hessian = jax.jit(jax.hessian(lambda w, rows: jax.nn.softplus(-(rows @ w)).mean()))
    return _matrix(lambda: hessian(w, rows).block_until_ready())


def hessian_hips() -> Task:
    import autograd.numpy as anp
    from autograd import hessian

    rows, w = _regression()
    found = hessian(lambda w: anp.mean(anp.logaddexp(0.0, -anp.dot(rows, w))))
    return _matrix(lambda: found(w))


# Hessian times vector, of all the weights of a network ------------------------------------------


def _network() -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(10)
    x = rng.normal(size=(BATCH, SIZES[0])).astype(np.float32)
    point = [p for pair in layers(SIZES) for p in pair]
    return x, point, [rng.normal(size=p.shape).astype(np.float32) for p in point]


def _outputs(xp: Any, parameters: Any, x: Any) -> Any:
    """The mean of the squared outputs; a smooth network, whose second derivatives are not 0."""
    h = x
    for i in range(0, len(parameters), 2):
        h = xp.matmul(xp.tanh(h) if i else h, parameters[i].T) + parameters[i + 1]
    return (h * h).mean()


def _product(step: Any) -> Task:
    return Task(step, lambda: {"product": [summary(a) for a in step()]})


def hvp_ours() -> Task:
    import autograd as ag

    x, point, along = _network()
    product = ag.hvp(lambda parameters: _outputs(ag, parameters, x))
    return _product(lambda: product(point, along))


def hvp_torch() -> Task:
    import torch

    x, point, along = _network()
    x = torch.from_numpy(x)
    point, along = [[torch.from_numpy(a) for a in part] for part in (point, along)]
    pull = torch.func.grad(lambda parameters: _outputs(torch, parameters, x))
    return _product(lambda: torch.func.jvp(pull, (point,), (along,))[1])


def hvp_jax() -> Task:
    import jax
    import jax.numpy as jnp

    x, point, along = jax.tree.map(jnp.asarray, _network())

    @jax.jit
    def product(point: list, along: list, x: Any) -> Any:
        pull = jax.grad(lambda parameters: _outputs(jnp, parameters, x))
        return jax.jvp(pull, (point,), (along,))[1]

    return _product(lambda: jax.block_until_ready(product(point, along, x)))


def hvp_hips() -> Task:
    import autograd.numpy as anp
    from autograd import make_hvp

    x, point, along = _network()
    make = make_hvp(lambda parameters: _outputs(anp, parameters, x))
    return _product(lambda: make(point)[0](along))


HESSIAN = Workload(
    "hessian",
    f"Second order: Hessian of a logistic regression, {WEIGHTS} weights, {EXAMPLES} examples, "
    "float64",
    (
        contender(OURS, hessian_ours),
        contender(BY_HAND, hessian_by_hand),
        contender("torch", hessian_torch),
        contender("jax", hessian_jax),
        contender("HIPS autograd", hessian_hips),
    ),
    unit="Hessian",
)

HVP = Workload(
    "hvp",
    f"Second order: Hessian by vector of the network {'-'.join(map(str, SIZES))}, tanh, "
    f"batch {BATCH}, float32",
    (
        contender(OURS, hvp_ours),
        contender("torch", hvp_torch),
        contender("jax", hvp_jax),
        contender("HIPS autograd", hvp_hips),
    ),
    unit="product",
    tolerance=1e-3,
)
