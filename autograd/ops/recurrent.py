"""Recurrent networks as ops: the loop over the time steps, and backpropagation through time.

A whole sequence is one op: its steps are small, and recorded one by one each would cost several
nodes. In the rules, as in the forward pass, only what depends on the neighbouring step is in the
loop; the products for the weights' gradient are one (Werbos 1990).

Inputs come projected, for all steps at once: ``x`` is the input times its weights plus biases. The
gates stand one after another in the last axis, in PyTorch's order.

What a step's cotangents are multiplied by is known before the walk: the rules compute it for all
steps at once, and write the products over it, one step after another.
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


def _shut(x: Any, gates: Any) -> None:
    """The logistic function of ``-x``, which is lost, as gates before the batch."""
    np.exp(x, out=x)
    x += 1
    n = len(gates)
    np.reciprocal(_by_gate(x, x.shape[-1] // gates.shape[-1])[:, :n].swapaxes(0, 1), out=gates)


def _parts(x: Any, n: int) -> list:
    """The gates in the last axis."""
    size = x.shape[-1] // n
    return [x[..., k * size : (k + 1) * size] for k in range(n)]


def _before(first: Any, states: Any) -> Any:
    """The state that each step started from."""
    return concatenate([first[None], states])[:-1]


def _are_arrays(*xs: Any) -> bool:
    return FACES.keys().isdisjoint(map(type, xs))


def _joined(steps: list, like: Any) -> Any:
    """What was found for each step, the last one first, in order of time."""
    return stack(steps[::-1]) if steps else np.zeros_like(plain(like))


def _by_gate(x: Any, n: int) -> Any:
    """A view with an axis for the gates."""
    return x.reshape((*x.shape[:-1], n, x.shape[-1] // n))


def _gate_room(x: Any, size: int) -> Any:
    """An array for four gates at each step, each in one piece: that halves the time of products."""
    return np.empty_like(x, shape=(len(x), 4, x.shape[1], size), order="C")


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
    by = weight.T.copy()  # halves the time of the products
    for xt, out in zip(x, hs):
        np.dot(h, by, out=out)
        out += xt
        h = np.tanh(out, out=out) if nonlinearity == "tanh" else np.maximum(out, 0, out=out)
    return hs


def _rnn_vjp(g: Any, hs: Any, x: Any, h: Any, weight: Any, nonlinearity: str) -> tuple:
    slope = 1 - hs * hs if nonlinearity == "tanh" else mask_like(plain(hs) > 0, hs)
    if _are_arrays(g, hs, x, h, weight):
        d, weight = _alike(slope, weight)
        dh = np.zeros_like(h, d.dtype, "C")
        for gt, step in zip(g[::-1], d[::-1]):
            dh += gt
            step *= dh
            np.dot(step, weight, out=dh)
        return d, dh, _weight_gradient(d, h, hs)
    dh, steps = np.zeros_like(plain(h)), []
    for t in reversed(range(len(x))):
        steps.append((dh + g[t]) * slope[t])
        dh = product(steps[-1], weight)
    d = _joined(steps, x)
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
    hs, cs, bent = (_room(x.dtype, x, n) for _ in range(3))
    gates = _gate_room(x, n)
    by = np.negative(weight.T, order="C")
    a, added = np.empty_like(x, shape=x.shape[1:], order="C"), np.empty_like(c, order="C")
    curved = a[:, 2 * n : 3 * n]
    with np.errstate(over="ignore"):  # where exp overflows, the gate is shut
        # All with the opposite sign: that saves a call, and rounds in the same way.
        for xt, four, next_c, curve, next_h in zip(x, gates, cs, bent, hs):
            i, f, k, o = four
            np.dot(h, by, out=a)
            a -= xt
            np.tanh(curved, out=added)
            _shut(a, four)
            np.copyto(k, added)
            np.multiply(f, c, out=next_c)
            added *= i
            next_c -= added
            np.tanh(next_c, out=curve)
            np.multiply(curve, o, out=next_h)
            h, c = next_h, next_c
    if kept is not None:
        kept[:] = [gates, bent]
    return hs, cs


def _lstm_gates(z: Any) -> Any:
    i, f, k, o = _parts(z, 4)
    return concatenate([sigmoid(i), sigmoid(f), tanh(k), sigmoid(o)], axis=-1)


def _lstm_vjp(g: Any, out: Any, x: Any, h: Any, c: Any, weight: Any, kept: list | None) -> tuple:
    (gh, gc), (hs, cs) = g, out
    arrays = _are_arrays(*g, *out, x, h, c, weight)
    if kept and arrays:
        gates, bent = kept
        i, f, k, o = (gates[:, n] for n in range(4))
        k = -k
    else:  # nodes compute the gates anew, to be differentiated
        i, f, k, o = _parts(_lstm_gates(x + _before(h, hs) @ weight.T), 4)
        bent = tanh(cs)
    inside = o * (1 - bent * bent)
    d = concatenate(
        [k * i * (1 - i), _before(c, cs) * f * (1 - f), i * (1 - k * k), bent * o * (1 - o)],
        axis=-1,
    )
    if arrays:
        d, inside, weight = _alike(d, inside, weight)
        dh, dc = np.zeros_like(h, d.dtype, "C"), np.zeros_like(c, d.dtype, "C")
        both = np.empty_like(d, shape=d.shape[1:])
        cells, outputs = _by_gate(both, 4)[:, :3], _by_gate(both, 4)[:, 3]
        walk = (gh, gc, inside, d, f)
        for ght, gct, share, step, forget in zip(*(a[::-1] for a in walk)):
            dh += ght
            dc += gct
            share *= dh
            dc += share
            np.copyto(cells, dc[:, None])
            np.copyto(outputs, dh)
            step *= both
            np.dot(step, weight, out=dh)
            dc *= forget
        return d, dh, dc, _weight_gradient(d, h, hs)
    dh, dc = np.zeros_like(plain(h)), np.zeros_like(plain(c))
    steps: list = []
    for t in reversed(range(len(x))):
        dh = dh + gh[t]
        dc = dc + gc[t] + dh * inside[t]
        steps.append(d[t] * concatenate([dc, dc, dc, dh], axis=-1))
        dh, dc = product(steps[-1], weight), dc * f[t]
    d = _joined(steps, x)
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
    hs, gates = _room(x.dtype, x, n), _gate_room(x, n)
    by = np.negative(weight.T, order="C")
    p = np.empty_like(x, shape=x.shape[1:], order="C")
    with np.errstate(over="ignore"):  # where exp overflows, the gate is shut
        # All but the content with the opposite sign, as in the memory above.
        for xt, four, next_h in zip(x, gates, hs):
            r, z, k, brought = four
            np.dot(h, by, out=p)
            p -= bias
            np.negative(p[:, 2 * n :], out=brought)
            p -= xt
            _shut(p, four[:2])
            np.multiply(r, brought, out=k)
            k += xt[:, 2 * n :]
            np.tanh(k, out=k)
            np.subtract(h, k, out=next_h)
            next_h *= z
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
    arrays = _are_arrays(g, hs, x, h, weight, bias)
    if kept and arrays:
        r, z, k, p = (kept[0][:, n] for n in range(4))
    else:
        r, z, k, p = _parts(_gru_gates(x, _before(h, hs) @ weight.T + bias), 4)
    news = (1 - z) * (1 - k * k)
    d = concatenate(
        [news * p * (r * (1 - r)), (_before(h, hs) - k) * (z * (1 - z)), news * r], axis=-1
    )
    if arrays:
        d, news, weight = _alike(d, news, weight)
        dh = np.zeros_like(h, d.dtype, "C")
        back, thrice = np.empty_like(dh), np.empty_like(d, shape=d.shape[1:])
        for gt, new, keep, step in zip(*(a[::-1] for a in (g, news, z, d))):
            dh += gt
            np.copyto(_by_gate(thrice, 3), dh[:, None])
            step *= thrice
            new *= dh
            dh *= keep
            np.dot(step, weight, out=back)
            dh += back
    else:
        dh, steps, added = np.zeros_like(plain(h)), [], []
        for t in reversed(range(len(x))):
            dh = dh + g[t]
            steps.append(d[t] * concatenate([dh, dh, dh], axis=-1))
            added.append(news[t] * dh)
            dh = dh * z[t] + product(steps[-1], weight)
        d, news = _joined(steps, x), _joined(added, hs)
    # The state's part differs from the input's in the last third, where r stands before it.
    dx = concatenate([d[..., : 2 * h.shape[-1]], news], axis=-1)
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
