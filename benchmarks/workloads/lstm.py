"""A long short-term memory over a batch of sequences, and the gradient of its last state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..workload import BY_HAND, CAPTURED, OURS, Goal, Task, Workload, contender
from . import pulls

__all__ = ["LSTM"]

STEPS, BATCH, WIDTH = 64, 16, 64
Arrays = list[np.ndarray]


def _arrays() -> tuple[Arrays, Arrays]:
    """Weights of inputs and states, one bias; gates in the order i, f, g, o."""
    rng = np.random.default_rng(7)
    shapes = [(4 * WIDTH, WIDTH), (4 * WIDTH, WIDTH), (4 * WIDTH,)]
    parameters = [rng.uniform(-1, 1, size=s) / math.sqrt(WIDTH) for s in shapes]
    x = rng.normal(size=(STEPS, BATCH, WIDTH))
    return [p.astype(np.float32) for p in parameters], [x.astype(np.float32)]


def _ours(pull: Any) -> Task:
    import autograd as ag

    zeros = np.zeros((BATCH, WIDTH), np.float32)

    def f(w: Any, u: Any, b: Any, x: Any) -> Any:
        states, _ = ag.lstm_scan(ag.linear(x, w, b), zeros, zeros, u)
        return (states[-1] * states[-1]).mean()

    return pull(f, *_arrays())


def ours() -> Task:
    return _ours(pulls.ours)


def captured() -> Task:
    return _ours(pulls.captured)


def by_hand() -> Task:
    def sigmoid(x: np.ndarray) -> None:
        np.negative(x, out=x)
        np.exp(x, out=x)
        x += 1.0
        np.divide(1.0, x, out=x)

    def pull(w: Any, u: Any, b: Any, x: Any) -> tuple[float, Arrays]:
        gates = x @ w.T
        gates += b
        hs = np.zeros((STEPS + 1, BATCH, WIDTH), np.float32)
        cs, tanhs = np.zeros_like(hs), np.empty_like(hs)
        for t in range(STEPS):
            z = gates[t]
            z += hs[t] @ u.T
            i, f, g, o = np.split(z, 4, axis=1)
            sigmoid(z[:, : 2 * WIDTH])
            np.tanh(g, out=g)
            sigmoid(o)
            cs[t + 1] = f * cs[t] + i * g
            np.tanh(cs[t + 1], out=tanhs[t])
            np.multiply(o, tanhs[t], out=hs[t + 1])
        last = hs[-1]
        loss = float(np.vdot(last, last) / last.size)
        gh = last * np.float32(2.0 / last.size)
        gc = np.zeros_like(gh)
        pulled = np.empty_like(gates)
        for t in range(STEPS - 1, -1, -1):
            i, f, g, o = np.split(gates[t], 4, axis=1)
            tanh = tanhs[t]
            gc += gh * o * (1 - tanh * tanh)
            gi, gf, gg, go = np.split(pulled[t], 4, axis=1)
            np.multiply(gc * g, i * (1 - i), out=gi)
            np.multiply(gc * cs[t], f * (1 - f), out=gf)
            np.multiply(gc * i, 1 - g * g, out=gg)
            np.multiply(gh * tanh, o * (1 - o), out=go)
            gh = pulled[t] @ u
            gc *= f
        flat = pulled.reshape(-1, 4 * WIDTH)
        gw = flat.T @ x.reshape(-1, WIDTH)
        gu = flat.T @ hs[:-1].reshape(-1, WIDTH)
        return loss, [gw, gu, flat.sum(axis=0)]

    return pulls.by_hand(pull, *_arrays())


def torch() -> Task:
    """PyTorch's own, which is compiled."""
    import torch

    layer = torch.nn.LSTM(WIDTH, WIDTH)
    zeros = torch.zeros(4 * WIDTH)

    def f(w: Any, u: Any, b: Any, x: Any) -> Any:
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        arrays = dict(zip(names, (w, u, b, zeros), strict=True))
        _, (h, _) = torch.func.functional_call(layer, arrays, (x,))
        return (h * h).mean()

    return pulls.torch(f, *_arrays())


def jax() -> Task:
    import jax
    import jax.numpy as jnp

    def f(w: Any, u: Any, b: Any, x: Any) -> Any:
        def advance(state: tuple, z: Any) -> tuple:
            h, c = state
            i, f, g, o = jnp.split(z + h @ u.T, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        zeros = jnp.zeros((BATCH, WIDTH), jnp.float32)
        (h, _), _ = jax.lax.scan(advance, (zeros, zeros), x @ w.T + b)
        return (h * h).mean()

    return pulls.jax(f, *_arrays())


BUILD = {OURS: ours, CAPTURED: captured, BY_HAND: by_hand, "torch": torch, "jax": jax}

LSTM = Workload(
    "lstm",
    f"LSTM: {STEPS} steps, batch {BATCH}, width {WIDTH}, float32, loss and gradients",
    tuple(contender(name, build) for name, build in BUILD.items()),
    goals=(Goal(1.0, "torch"),),
    tolerance=1e-4,
)
