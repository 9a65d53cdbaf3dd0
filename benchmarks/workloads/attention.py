"""Self-attention of several heads, with projections, and the gradient of its squares' mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..workload import BY_HAND, CAPTURED, OURS, Goal, Task, Workload, contender
from . import pulls

__all__ = ["ATTENTION"]

BATCH, TOKENS, WIDTH, HEADS = 8, 64, 64, 4
PART = WIDTH // HEADS
Arrays = list[np.ndarray]


def _arrays() -> tuple[Arrays, Arrays]:
    rng = np.random.default_rng(6)
    shapes = [(3 * WIDTH, WIDTH), (3 * WIDTH,), (WIDTH, WIDTH), (WIDTH,)]
    parameters = [rng.normal(size=s) / math.sqrt(WIDTH) for s in shapes]
    x = rng.normal(size=(BATCH, TOKENS, WIDTH))
    return [p.astype(np.float32) for p in parameters], [x.astype(np.float32)]


def _heads(xp: Any, qkv: Any) -> list:
    """Queries, keys and values of shape (batch, heads, tokens, part)."""
    parts = xp.transpose(qkv.reshape(BATCH, TOKENS, 3, HEADS, PART), (2, 0, 3, 1, 4))
    return [parts[i] for i in range(3)]


def _joined(xp: Any, mixed: Any) -> Any:
    return xp.transpose(mixed, (0, 2, 1, 3)).reshape(BATCH, TOKENS, WIDTH)


def _ours(pull: Any) -> Task:
    import autograd as ag

    def f(w: Any, b: Any, v: Any, c: Any, x: Any) -> Any:
        q, k, values = _heads(ag, ag.linear(x, w, b))
        mixed = ag.scaled_dot_product_attention(q, k, values)
        out = ag.linear(_joined(ag, mixed), v, c)
        return (out * out).mean()

    return pull(f, *_arrays())


def ours() -> Task:
    return _ours(pulls.ours)


def captured() -> Task:
    return _ours(pulls.captured)


def by_hand() -> Task:
    scale = np.float32(1.0 / math.sqrt(PART))

    def pull(w: Any, b: Any, v: Any, c: Any, x: Any) -> tuple[float, Arrays]:
        qkv = x @ w.T
        qkv += b
        q, k, values = _heads(np, qkv)
        p = q @ k.swapaxes(2, 3)
        p *= scale
        p -= p.max(axis=3, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(axis=3, keepdims=True)
        rows = _joined(np, p @ values).reshape(-1, WIDTH)
        out = rows @ v.T
        out += c
        loss = float(np.vdot(out, out) / out.size)
        out *= 2.0 / out.size
        gm = np.transpose((out @ v).reshape(BATCH, TOKENS, HEADS, PART), (0, 2, 1, 3))
        gp = gm @ values.swapaxes(2, 3)
        gp -= (gp * p).sum(axis=3, keepdims=True)
        gp *= p
        gp *= scale
        g = np.empty((BATCH, TOKENS, 3, HEADS, PART), np.float32)
        gq, gk, gv = np.transpose(g, (2, 0, 3, 1, 4))
        np.matmul(gp, k, out=gq)
        np.matmul(gp.swapaxes(2, 3), q, out=gk)
        np.matmul(p.swapaxes(2, 3), gm, out=gv)
        flat = g.reshape(-1, 3 * WIDTH)
        gw = flat.T @ x.reshape(-1, WIDTH)
        return loss, [gw, flat.sum(axis=0), out.T @ rows, out.sum(axis=0)]

    return pulls.by_hand(pull, *_arrays())


def torch() -> Task:
    import torch
    from torch.nn.functional import linear, scaled_dot_product_attention

    def f(w: Any, b: Any, v: Any, c: Any, x: Any) -> Any:
        q, k, values = _heads(_Torch, linear(x, w, b))
        out = linear(_joined(_Torch, scaled_dot_product_attention(q, k, values)), v, c)
        return (out * out).mean()

    class _Torch:
        transpose = staticmethod(torch.permute)

    return pulls.torch(f, *_arrays())


def jax() -> Task:
    import jax
    import jax.numpy as jnp

    def f(w: Any, b: Any, v: Any, c: Any, x: Any) -> Any:
        q, k, values = _heads(jnp, x @ w.T + b)
        p = jax.nn.softmax(q @ k.swapaxes(2, 3) / math.sqrt(PART), axis=3)
        out = _joined(jnp, p @ values) @ v.T + c
        return (out * out).mean()

    return pulls.jax(f, *_arrays())


def tinygrad() -> Task:
    class _Tinygrad:
        @staticmethod
        def transpose(x: Any, order: tuple) -> Any:
            return x.permute(order)

    def f(w: Any, b: Any, v: Any, c: Any, x: Any) -> Any:
        q, k, values = _heads(_Tinygrad, x @ w.T + b)
        out = _joined(_Tinygrad, q.scaled_dot_product_attention(k, values)) @ v.T + c
        return (out * out).mean()

    return pulls.tinygrad(f, *_arrays())


BUILD = {
    OURS: ours,
    CAPTURED: captured,
    BY_HAND: by_hand,
    "torch": torch,
    "jax": jax,
    "tinygrad": tinygrad,
}

ATTENTION = Workload(
    "attention",
    f"Attention: batch {BATCH}, {TOKENS} tokens, width {WIDTH}, {HEADS} heads, float32, "
    "loss and gradients",
    tuple(contender(name, build) for name, build in BUILD.items()),
    goals=(Goal(1.0, "torch"),),
    tolerance=1e-4,
    threaded=True,
)
