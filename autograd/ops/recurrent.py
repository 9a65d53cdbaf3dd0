"""Recurrent networks as ops: the loop over the time steps, and backpropagation through time.

A whole sequence is one op: its steps are small, and recorded one by one each would cost several
nodes. In the rules, as in the forward pass, only what depends on the neighbouring step is in the
loop; the products for the weights' gradient are one (Werbos 1990).

Inputs come projected, for all steps at once: ``x`` is the input times its weights plus biases. The
gates stand one after another in the last axis, in PyTorch's order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import FACES, composite, mask_like, plain, primitive
from .activations import sigmoid
from .elementwise import tanh
from .join import concatenate, stack
from .linalg_products import product
from .samples import uniform
from .shape import arrayed

__all__ = ["gru_scan", "lstm_scan", "rnn_scan"]


def _check(name: str, x: Any, states: dict[str, Any], weight: Any, gates: int) -> None:
    if x.ndim == 3 and weight.ndim == 2:
        size = weight.shape[1]
        right = (x.shape[2], weight.shape[0]) == (gates * size, gates * size)
        if right and all(s.shape == (x.shape[1], size) for s in states.values()):
            return
    found = ", ".join(f"{k} {tuple(s.shape)}" for k, s in {**states, "weight": weight}.items())
    rows = "hidden" if gates == 1 else f"{gates} hidden"
    raise ValueError(
        f"{name}: x of shape {tuple(x.shape)}, {found}; it takes x of shape (time, batch, {rows}), "
        f"states of shape (batch, hidden) and weight of shape ({rows}, hidden)"
    )


def _room(dtype: Any, x: Any, width: int) -> Any:
    """An array for something of ``width`` numbers at each step."""
    return np.empty_like(x, shape=(*x.shape[:2], width), dtype=dtype, order="C")


def _alike(*arrays: Any) -> list:
    """The arrays in the dtype that they have together."""
    dtype = np.result_type(*arrays)
    return [x.astype(dtype, copy=False) for x in arrays]


def _logistic(x: Any) -> None:
    """The logistic function in place."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    np.reciprocal(x, out=x)


def _parts(x: Any, n: int) -> list:
    """The gates in the last axis."""
    size = x.shape[-1] // n
    return [x[..., k * size : (k + 1) * size] for k in range(n)]


def _before(first: Any, states: Any) -> Any:
    """The state that each step started from."""
    return concatenate([first[None], states])[:-1]


class _Steps:
    """What a rule finds for each step, the last one first: in one array, or with nodes among it."""

    def __init__(self, like: Any) -> None:
        self.like = plain(like)
        self.room: Any = None
        self.nodes: list = []

    def put(self, t: int, step: Any) -> None:
        """Enter step ``t``."""
        if type(step) is np.ndarray and not self.nodes:
            if self.room is None:
                self.room = np.empty((len(self.like), *step.shape), step.dtype)
            self.room[t] = step
            return
        if self.room is not None:
            self.nodes, self.room = [*self.room[:t:-1]], None
        self.nodes.append(step)

    def joined(self) -> Any:
        """All steps in order of time."""
        if self.room is not None:
            return self.room
        return stack(self.nodes[::-1]) if self.nodes else np.zeros_like(self.like)


def _weight_gradient(d: Any, first: Any, states: Any) -> Any:
    """The sum over the steps of ``d[t].T @ (the state before)``."""
    width, size = d.shape[-1], first.shape[-1]
    later = product(d[1:].reshape((-1, width)).T, states[:-1].reshape((-1, size)))
    return later + product(d[0].T, first) if len(d) else later


# Elman's network --------------------------------------------------------------------------------


def _rnn(x: Any, h: Any, weight: Any, nonlinearity: str = "tanh") -> Any:
    _check("rnn_scan", x, {"h": h}, weight, 1)
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"rnn_scan: nonlinearity is 'tanh' or 'relu', not {nonlinearity!r}")
    x, h, weight = _alike(x, h, weight)
    hs = _room(x.dtype, x, weight.shape[1])
    by = np.ascontiguousarray(weight.T)  # halves the time of the products
    for xt, out in zip(x, hs):
        np.dot(h, by, out=out)
        out += xt
        h = np.tanh(out, out=out) if nonlinearity == "tanh" else np.maximum(out, 0, out=out)
    return hs


def _rnn_vjp(g: Any, hs: Any, x: Any, h: Any, weight: Any, nonlinearity: str) -> tuple:
    slope = 1 - hs * hs if nonlinearity == "tanh" else mask_like(plain(hs) > 0, hs)
    dh: Any = np.zeros_like(plain(h))
    steps = _Steps(x)
    for t in reversed(range(len(x))):
        step = (dh + g[t]) * slope[t]
        dh = product(step, weight)
        steps.put(t, step)
    d = steps.joined()
    return d, dh, _weight_gradient(d, h, hs)


def _rnn_reference(x: Any, h: Any, weight: Any, nonlinearity: str = "tanh") -> Any:
    hs = []
    for t in range(len(x)):
        z = x[t] + h @ weight.T
        h = tanh(z) if nonlinearity == "tanh" else z * mask_like(plain(z) > 0, z)
        hs.append(h)
    return stack(hs)


def _rnn_samples(rng: np.random.Generator) -> list:
    def one(time: int, batch: int) -> tuple:
        return uniform(rng, time, batch, 2), uniform(rng, batch, 2), uniform(rng, 2, 2)

    x, h, weight = one(3, 2)
    positive = (np.abs(x) + 0.1, np.abs(h), np.abs(weight))  # no step comes near the kink
    return [
        (one(3, 2), {}),
        (one(1, 1), {}),
        (one(2, 0), {}),
        (positive, {"nonlinearity": "relu"}),
    ]


rnn_scan = primitive(
    _rnn,
    vjp=_rnn_vjp,
    name="rnn_scan",
    samples=_rnn_samples,
    reference=_rnn_reference,
    doc="""The states of Elman's (1990) network: ``h = tanh(x[t] + h @ weight.T)`` at each step.

    Parameters
    ----------
    x : array of shape (time, batch, hidden)
    h : array of shape (batch, hidden)
        The state before the first step.
    weight : array of shape (hidden, hidden)
    nonlinearity : {'tanh', 'relu'}

    Returns
    -------
    array of shape (time, batch, hidden)
    """,
)


# Long short-term memory -------------------------------------------------------------------------


def _lstm(x: Any, h: Any, c: Any, weight: Any, kept: list | None = None) -> tuple:
    _check("lstm_scan", x, {"h": h, "c": c}, weight, 4)
    x, h, c, weight = _alike(x, h, c, weight)
    n = weight.shape[1]
    hs, cs = _room(x.dtype, x, n), _room(x.dtype, x, n)
    gates = _room(x.dtype, x, 4 * n)
    by = np.ascontiguousarray(weight.T)
    with np.errstate(over="ignore"):  # where exp overflows, the gate is shut
        for xt, a, next_c, next_h in zip(x, gates, cs, hs):
            np.dot(h, by, out=a)
            a += xt
            k = np.tanh(a[:, 2 * n : 3 * n])
            _logistic(a)
            a[:, 2 * n : 3 * n] = k
            np.multiply(a[:, n : 2 * n], c, out=next_c)
            next_c += np.multiply(a[:, :n], k, out=k)
            np.tanh(next_c, out=next_h)
            next_h *= a[:, 3 * n :]
            h, c = next_h, next_c
    if kept is not None:
        kept[:] = [gates]
    return hs, cs


def _lstm_gates(z: Any) -> Any:
    i, f, k, o = _parts(z, 4)
    return concatenate([sigmoid(i), sigmoid(f), tanh(k), sigmoid(o)], axis=-1)


def _lstm_vjp(g: Any, out: Any, x: Any, h: Any, c: Any, weight: Any, kept: list | None) -> tuple:
    (gh, gc), (hs, cs) = g, out
    if kept and type(x) not in FACES:
        gates = kept[0]
    else:  # nodes compute the gates anew, to be differentiated
        gates = _lstm_gates(x + _before(h, hs) @ weight.T)
    dh: Any = np.zeros_like(plain(h))
    dc: Any = np.zeros_like(plain(c))
    steps = _Steps(x)
    for t in reversed(range(len(x))):
        i, f, k, o = _parts(gates[t], 4)
        bent = tanh(cs[t])
        dh = dh + gh[t]
        dc = dc + gc[t] + dh * o * (1 - bent * bent)
        step = concatenate(
            [
                dc * k * (i * (1 - i)),
                dc * (cs[t - 1] if t else c) * (f * (1 - f)),
                dc * i * (1 - k * k),
                dh * bent * (o * (1 - o)),
            ],
            axis=-1,
        )
        dh, dc = product(step, weight), dc * f
        steps.put(t, step)
    d = steps.joined()
    return d, dh, dc, _weight_gradient(d, h, hs)


def _lstm_reference(x: Any, h: Any, c: Any, weight: Any, kept: list | None = None) -> tuple:
    hs, cs = [], []
    for t in range(len(x)):
        i, f, k, o = _parts(_lstm_gates(x[t] + h @ weight.T), 4)
        c = f * c + i * k
        h = o * tanh(c)
        hs.append(h)
        cs.append(c)
    return stack(hs), stack(cs)


def _lstm_samples(rng: np.random.Generator) -> list:
    return [
        (
            (
                uniform(rng, time, batch, 8),
                uniform(rng, batch, 2),
                uniform(rng, batch, 2),
                uniform(rng, 8, 2),
            ),
            {},
        )
        for time, batch in ((3, 2), (1, 1), (2, 0))
    ]


_lstm_scan = primitive(
    _lstm,
    vjp=_lstm_vjp,
    name="_lstm_scan",
    label="lstm",
    multiple=True,
    samples=_lstm_samples,
    reference=_lstm_reference,
    doc="The states of a long short-term memory; ``kept`` takes the gates for the gradient.",
)


@composite(samples=_lstm_samples)
def lstm_scan(x: Any, h: Any, c: Any, weight: Any) -> tuple:
    """The states of a long short-term memory (Hochreiter and Schmidhuber 1997).

    With the forget gate of Gers et al. (2000). At each step ``i, f, k, o`` are the four parts of
    ``x[t] + h @ weight.T``; then ``c = σ(f) c + σ(i) tanh(k)`` and ``h = σ(o) tanh(c)``.

    Parameters
    ----------
    x : array of shape (time, batch, 4 hidden)
    h, c : array of shape (batch, hidden)
        The state before the first step.
    weight : array of shape (4 hidden, hidden)

    Returns
    -------
    hs, cs : array of shape (time, batch, hidden)
    """
    return _lstm_scan(arrayed(x), arrayed(h), arrayed(c), arrayed(weight), kept=[])


# Gated recurrent unit ---------------------------------------------------------------------------


def _gru(x: Any, h: Any, weight: Any, bias: Any, kept: list | None = None) -> Any:
    _check("gru_scan", x, {"h": h}, weight, 3)
    n = weight.shape[1]
    if bias.shape != (3 * n,):
        raise ValueError(
            f"gru_scan: bias of shape {tuple(bias.shape)} with weight of shape "
            f"{tuple(weight.shape)}; it takes one number for each row, shape ({3 * n},)"
        )
    x, h, weight, bias = _alike(x, h, weight, bias)
    hs, gates = _room(x.dtype, x, n), _room(x.dtype, x, 4 * n)
    by = np.ascontiguousarray(weight.T)
    p = np.empty_like(x, shape=x.shape[1:], order="C")
    with np.errstate(over="ignore"):  # where exp overflows, the gate is shut
        for xt, a, next_h in zip(x, gates, hs):
            np.dot(h, by, out=p)
            p += bias
            both, k = a[:, : 2 * n], a[:, 2 * n : 3 * n]
            a[:, 3 * n :] = p[:, 2 * n :]
            np.add(p[:, : 2 * n], xt[:, : 2 * n], out=both)
            _logistic(both)
            np.multiply(both[:, :n], p[:, 2 * n :], out=k)
            k += xt[:, 2 * n :]
            np.tanh(k, out=k)
            np.subtract(h, k, out=next_h)
            next_h *= both[:, n:]
            next_h += k
            h = next_h
    if kept is not None:
        kept[:] = [gates]
    return hs


def _gru_gates(x: Any, p: Any) -> Any:
    """``r``, ``z``, the new content and what the state brings into it."""
    (xr, xz, xk), (r, z, k) = _parts(x, 3), _parts(p, 3)
    r, z = sigmoid(xr + r), sigmoid(xz + z)
    return concatenate([r, z, tanh(xk + r * k), k], axis=-1)


def _gru_vjp(g: Any, hs: Any, x: Any, h: Any, weight: Any, bias: Any, kept: list | None) -> tuple:
    if kept and type(x) not in FACES:
        gates = kept[0]
    else:
        gates = _gru_gates(x, _before(h, hs) @ weight.T + bias)
    dh: Any = np.zeros_like(plain(h))
    steps, news = _Steps(x), _Steps(hs)
    for t in reversed(range(len(x))):
        r, z, k, p = _parts(gates[t], 4)
        dh = dh + g[t]
        dz = dh * ((hs[t - 1] if t else h) - k) * (z * (1 - z))
        dk = dh * (1 - z) * (1 - k * k)
        step = concatenate([dk * p * (r * (1 - r)), dz, dk * r], axis=-1)
        dh = dh * z + product(step, weight)
        steps.put(t, step)
        news.put(t, dk)
    # The state's part differs from the input's in the last third, where r stands before it.
    d = steps.joined()
    dx = concatenate([d[..., : 2 * h.shape[-1]], news.joined()], axis=-1)
    return dx, dh, _weight_gradient(d, h, hs), d.sum(axis=(0, 1))


def _gru_reference(x: Any, h: Any, weight: Any, bias: Any, kept: list | None = None) -> Any:
    hs = []
    for t in range(len(x)):
        _, z, k, _ = _parts(_gru_gates(x[t], h @ weight.T + bias), 4)
        h = (1 - z) * k + z * h
        hs.append(h)
    return stack(hs)


def _gru_samples(rng: np.random.Generator) -> list:
    return [
        (
            (
                uniform(rng, time, batch, 6),
                uniform(rng, batch, 2),
                uniform(rng, 6, 2),
                uniform(rng, 6),
            ),
            {},
        )
        for time, batch in ((3, 2), (1, 1), (2, 0))
    ]


_gru_scan = primitive(
    _gru,
    vjp=_gru_vjp,
    name="_gru_scan",
    label="gru",
    samples=_gru_samples,
    reference=_gru_reference,
    doc="The states of a gated recurrent unit; ``kept`` takes the gates for the gradient.",
)


@composite(samples=_gru_samples)
def gru_scan(x: Any, h: Any, weight: Any, bias: Any) -> Any:
    """The states of a gated recurrent unit (Cho et al. 2014), as in cuDNN and PyTorch.

    At each step ``r, z, k`` are the parts of ``x[t]`` and ``r', z', k'`` those of
    ``h @ weight.T + bias``; with ``r = σ(r + r')`` and ``z = σ(z + z')`` the new state is
    ``h = (1 - z) tanh(k + r k') + z h``.

    Parameters
    ----------
    x : array of shape (time, batch, 3 hidden)
    h : array of shape (batch, hidden)
        The state before the first step.
    weight : array of shape (3 hidden, hidden)
    bias : array of shape (3 hidden,)

    Returns
    -------
    array of shape (time, batch, hidden)
    """
    return _gru_scan(arrayed(x), arrayed(h), arrayed(weight), arrayed(bias), kept=[])
