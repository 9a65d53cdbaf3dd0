"""``sum(tanh(x) * exp(-x*x) + log1p(x*x))``, forward and backward, float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..workload import BY_HAND, CAPTURED, OURS, Contender, Goal, Task, Workload, contender
from . import pulls

__all__ = ["ELEMENTWISE"]

SIZES = [10**k for k in range(3, 8)]


def _point(n: int) -> list[np.ndarray]:
    return [np.random.default_rng(5).normal(size=n)]


def _loss(xp: Any, x: Any) -> Any:
    return (xp.tanh(x) * xp.exp(-x * x) + xp.log1p(x * x)).sum()


def ours(n: int) -> Task:
    import autograd as ag

    return pulls.ours(lambda x: _loss(ag, x), _point(n))


def captured(n: int) -> Task:
    import autograd as ag

    return pulls.captured(lambda x: _loss(ag, x), _point(n))


def by_hand(n: int) -> Task:
    def pull(x: np.ndarray) -> tuple[float, list[np.ndarray]]:
        square = x * x
        t, e = np.tanh(x), np.exp(-square)
        product = t * e
        loss = float((product + np.log1p(square)).sum())
        # e (1 - t²) - 2 x t e + 2 x / (1 + x²)
        t *= t
        np.subtract(1.0, t, out=t)
        t *= e
        square += 1.0
        np.divide(1.0, square, out=square)
        square -= product
        square *= x
        square *= 2.0
        t += square
        return loss, [t]

    return pulls.by_hand(pull, _point(n))


def torch(n: int) -> Task:
    import torch

    return pulls.torch(lambda x: _loss(torch, x), _point(n))


def jax(n: int) -> Task:
    import jax.numpy as jnp

    return pulls.jax(lambda x: _loss(jnp, x), _point(n))


def tinygrad(n: int) -> Task:
    return pulls.tinygrad(
        lambda x: (x.tanh() * (-x * x).exp() + (1 + x * x).log()).sum(), _point(n)
    )


def hips(n: int) -> Task:
    import autograd.numpy as anp

    return pulls.hips(lambda x: _loss(anp, x), _point(n))


def mygrad(n: int) -> Task:
    import mygrad as mg

    return pulls.mygrad(lambda x: _loss(mg, x), _point(n))


BUILD = {
    OURS: ours,
    CAPTURED: captured,
    BY_HAND: by_hand,
    "torch": torch,
    "jax": jax,
    "tinygrad": tinygrad,
    "HIPS autograd": hips,
    "mygrad": mygrad,
}


def _contenders(n: int) -> tuple[Contender, ...]:
    return tuple(contender(name, build, n) for name, build in BUILD.items())


def _goals(n: int) -> tuple[Goal, ...]:
    return (Goal(1.0, "jax", CAPTURED), Goal(0.7, "torch", CAPTURED)) if n >= 10**6 else ()


ELEMENTWISE = tuple(
    Workload(
        f"elementwise-{n}",
        f"Elementwise: sum(tanh(x) exp(-x²) + log1p(x²)), {n:,} numbers, float64, "
        "forward and backward",
        _contenders(n),
        units=n,
        unit="number",
        goals=_goals(n),
        family="elementwise",
        big=n >= 10**6,
        threaded=n >= 10**5,
    )
    for n in SIZES
)
