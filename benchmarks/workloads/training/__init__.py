"""Training steps of a classifier: softmax cross-entropy, float32, SGD and Adam."""

from __future__ import annotations

from ...workload import (
    BY_HAND,
    CAPTURED,
    JAX_PRODUCTS,
    OURS,
    PRODUCTS,
    TORCH_PRODUCTS,
    Goal,
    Workload,
    contender,
)
from .by_hand import hand_written, products
from .compiled import jax, jax_products, tinygrad
from .eager import hips, mygrad, scikit_learn, torch, torch_nn, torch_products
from .ours import captured, engine, network
from .problem import CHECKED, RATES, problem

__all__ = ["CHECKED", "RATES", "TRAINING", "engine", "hand_written", "network", "problem"]

SIZES = {
    "step-2": ([2, 16, 16, 2], 100),
    "step-784-128": ([784, 128, 64, 10], 64),
    "step-784-256": ([784, 256, 128, 10], 128),
    "step-1024": ([784, 1024, 1024, 1024, 10], 256),
    "step-2048": ([784, 2048, 2048, 2048, 10], 512),
}
TITLES = {"sgd": "SGD", "adam": "Adam"}
CONTENDERS = {
    OURS: engine,
    f"{OURS} nn": network,
    CAPTURED: captured,
    BY_HAND: hand_written,
    PRODUCTS: products,
    "torch": torch,
    "torch.nn": torch_nn,
    "jax": jax,
    "tinygrad": tinygrad,
    "scikit-learn": scikit_learn,
    "HIPS autograd": hips,
    "mygrad": mygrad,
}
# Their matrix products alone: with another BLAS than NumPy's. Once a network, not for Adam again.
OTHER_PRODUCTS = {TORCH_PRODUCTS: torch_products, JAX_PRODUCTS: jax_products}


def _goals(name: str) -> tuple[Goal, ...]:
    if name in ("step-1024", "step-2048"):
        return (Goal(1.08, PRODUCTS, CAPTURED), Goal(1.0, "jax", CAPTURED))
    return (
        Goal(1.5 if name == "step-2" else 1.15, BY_HAND),
        Goal(1.0, "torch"),
        Goal(0.85, "jax", CAPTURED),
        Goal(0.6, "torch", CAPTURED),
    )


def _workload(name: str, optimizer: str) -> Workload:
    sizes, batch = SIZES[name]
    network = "-".join(map(str, sizes))
    builders = CONTENDERS | (OTHER_PRODUCTS if optimizer == "sgd" else {})
    return Workload(
        f"{name}-{optimizer}",
        f"Training step: {network}, batch {batch}, float32, {TITLES[optimizer]}",
        tuple(contender(who, build, sizes, batch, optimizer) for who, build in builders.items()),
        goals=_goals(name),
        # Adam divides by the size of the gradient: where that is near 0, round-off shows.
        tolerance=1e-4 if optimizer == "sgd" and sizes[1] <= 1024 else 1e-3,
        big=sizes[1] > 256,
        threaded=sizes[1] > 128 and optimizer == "sgd",
    )


TRAINING = tuple(_workload(name, optimizer) for name in SIZES for optimizer in RATES)
