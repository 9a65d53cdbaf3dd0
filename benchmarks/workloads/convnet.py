"""A small convolutional network on images of two sizes, loss and gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..workload import CAPTURED, OURS, Goal, Task, Workload, contender
from . import pulls

__all__ = ["CONVNETS"]

BATCH, FIRST, SECOND, CLASSES = 64, 16, 32, 10
Arrays = list[np.ndarray]


def _arrays(side: int) -> tuple[Arrays, Arrays]:
    rng = np.random.default_rng(8)
    flat = SECOND * (side // 4) ** 2
    shapes = [(FIRST, 1, 3, 3), (SECOND, FIRST, 3, 3), (CLASSES, flat)]
    parameters: Arrays = []
    for shape in shapes:
        w = rng.normal(size=shape) * math.sqrt(2.0 / math.prod(shape[1:]))
        parameters += [w.astype(np.float32), np.zeros(shape[0], np.float32)]
    x = rng.normal(size=(BATCH, 1, side, side)).astype(np.float32)
    return parameters, [x, rng.integers(CLASSES, size=BATCH)]


def _ours(side: int, pull: Any) -> Task:
    import autograd as ag

    def f(k: Any, b: Any, m: Any, c: Any, w: Any, d: Any, x: Any, labels: Any) -> Any:
        h = ag.max_pool2d(ag.relu(ag.conv2d(x, k, b, padding=1)), 2)
        h = ag.max_pool2d(ag.relu(ag.conv2d(h, m, c, padding=1)), 2)
        return ag.softmax_cross_entropy(ag.linear(h.reshape(BATCH, -1), w, d), labels)

    return pull(f, *_arrays(side))


def ours(side: int) -> Task:
    return _ours(side, pulls.ours)


def captured(side: int) -> Task:
    return _ours(side, pulls.captured)


def torch(side: int) -> Task:
    from torch.nn.functional import conv2d, cross_entropy, linear, max_pool2d, relu

    def f(k: Any, b: Any, m: Any, c: Any, w: Any, d: Any, x: Any, labels: Any) -> Any:
        h = max_pool2d(relu(conv2d(x, k, b, padding=1)), 2)
        h = max_pool2d(relu(conv2d(h, m, c, padding=1)), 2)
        return cross_entropy(linear(h.reshape(BATCH, -1), w, d), labels)

    return pulls.torch(f, *_arrays(side))


def jax(side: int) -> Task:
    import jax
    import jax.numpy as jnp
    from jax import lax

    def block(x: Any, k: Any, b: Any) -> Any:
        h = lax.conv(x, k, (1, 1), "SAME") + b[:, None, None]
        window = (1, 1, 2, 2)
        return lax.reduce_window(jax.nn.relu(h), -jnp.inf, lax.max, window, window, "VALID")

    def f(k: Any, b: Any, m: Any, c: Any, w: Any, d: Any, x: Any, labels: Any) -> Any:
        h = block(block(x, k, b), m, c).reshape(BATCH, -1)
        logs = jax.nn.log_softmax(h @ w.T + d)
        return -jnp.take_along_axis(logs, labels[:, None], axis=1).mean()

    return pulls.jax(f, *_arrays(side))


def tinygrad(side: int) -> Task:
    def f(k: Any, b: Any, m: Any, c: Any, w: Any, d: Any, x: Any, labels: Any) -> Any:
        h = x.conv2d(k, b, padding=1).relu().max_pool2d(2)
        h = h.conv2d(m, c, padding=1).relu().max_pool2d(2)
        return (h.reshape(BATCH, -1) @ w.T + d).sparse_categorical_crossentropy(labels)

    return pulls.tinygrad(f, *_arrays(side))


BUILD = {OURS: ours, CAPTURED: captured, "torch": torch, "jax": jax, "tinygrad": tinygrad}

CONVNETS = tuple(
    Workload(
        f"convnet-{side}",
        f"Convolutions: {side}x{side} images, batch {BATCH}, {FIRST} and {SECOND} channels, "
        "float32, loss and gradients",
        tuple(contender(name, build, side) for name, build in BUILD.items()),
        goals=(Goal(1.0, "torch"),),
        tolerance=1e-4,
        threaded=side == 28,
    )
    for side in (8, 28)
)
