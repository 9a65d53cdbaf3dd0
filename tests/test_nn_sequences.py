"""Layers for sequences: recurrent ones and attention.

By their formulas; that they agree with PyTorch is in ``tests/oracle/agreement``.
"""

import math
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
SEQUENCE = RNG.normal(size=(6, 4, 3))  # (time, batch, features)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


# Recurrent --------------------------------------------------------------------------------------


def step(kind: str, x: np.ndarray, states: list, p: dict, end: str) -> list:
    """One step of the published formulas."""
    h = states[0]
    a = x @ p[f"weight_ih{end}"].T + p[f"bias_ih{end}"]
    b = h @ p[f"weight_hh{end}"].T + p[f"bias_hh{end}"]
    if kind == "RNN":
        return [np.tanh(a + b)]
    if kind == "GRU":
        (ar, az, an), (br, bz, bn) = np.split(a, 3, -1), np.split(b, 3, -1)
        r, z = sigmoid(ar + br), sigmoid(az + bz)
        return [(1 - z) * np.tanh(an + r * bn) + z * h]
    i, f, g, o = np.split(a + b, 4, -1)
    c = sigmoid(f) * states[1] + sigmoid(i) * np.tanh(g)
    return [sigmoid(o) * np.tanh(c), c]


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_two_layers_both_ways_by_the_formulas(kind: str) -> None:
    layer = getattr(nn, kind)(3, 2, num_layers=2, bidirectional=True, dtype=float, rng=0)
    p = layer.state_dict()
    k = 2 if kind == "LSTM" else 1
    start = [RNG.normal(size=(4, 4, 2)) for _ in range(k)]
    x, finals = SEQUENCE, []
    for depth in range(2):
        sides = []
        for way, order in (("", range(6)), ("_reverse", reversed(range(6)))):
            states = [s[len(finals)] for s in start]
            out = [np.zeros(0)] * 6
            for t in order:
                states = step(kind, x[t], states, p, f"_l{depth}{way}")
                out[t] = states[0]
            finals.append(states)
            sides.append(np.stack(out))
        x = np.concatenate(sides, axis=-1)
    output, last = layer(SEQUENCE, tuple(start) if k == 2 else start[0])
    np.testing.assert_allclose(output.numpy(), x)
    for j, state in enumerate(last if k == 2 else [last]):
        np.testing.assert_allclose(state.numpy(), np.stack([final[j] for final in finals]))


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_cell_in_a_loop_is_the_layer(kind: str) -> None:
    layer = getattr(nn, kind)(3, 2, dtype=float, rng=0)
    cell = getattr(nn, f"{kind}Cell")(3, 2, dtype=float)
    cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
    hx = None
    outs = []
    for x in SEQUENCE:
        hx = cell(x, hx)
        outs.append(hx[0] if kind == "LSTM" else hx)
    np.testing.assert_allclose(ag.stack(outs).numpy(), layer(SEQUENCE)[0].numpy())
    # Its gradients as well, through time.
    ag.stack(outs)[-1].sum().backward()
    layer(SEQUENCE)[0][-1].sum().backward()
    np.testing.assert_allclose(cell.weight_hh.grad, layer.weight_hh_l0.grad)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_shapes_names_and_starts(kind: str) -> None:
    gates = {"RNN": 1, "LSTM": 4, "GRU": 3}[kind]
    layer = getattr(nn, kind)(3, 5, num_layers=2, bidirectional=True, rng=0)
    state = layer.state_dict()
    assert list(state)[:8] == [
        f"{what}_l0{way}"
        for way in ("", "_reverse")
        for what in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    assert state["weight_ih_l0"].shape == (gates * 5, 3)
    assert state["weight_ih_l1_reverse"].shape == (gates * 5, 10)
    assert state["weight_hh_l1"].shape == (gates * 5, 5) and len(state) == 16
    largest = max(np.abs(v).max() for v in state.values())
    assert 0.99 / math.sqrt(5) < largest <= 1 / math.sqrt(5)
    x = SEQUENCE.astype(np.float32)
    first = getattr(nn, kind)(3, 5, batch_first=True, rng=0)
    output, last = first(x.swapaxes(0, 1))
    assert output.shape == (4, 6, 5) and output.dtype == np.float32
    assert (last[0] if kind == "LSTM" else last).shape == (1, 4, 5)  # the batch stays second
    twin = getattr(nn, kind)(3, 5, rng=0)
    np.testing.assert_array_equal(twin(x)[0].numpy(), output.numpy().swapaxes(0, 1))
    output, last = twin(x[:, 0])
    assert output.shape == (6, 5)
    assert (last[0] if kind == "LSTM" else last).shape == (1, 5)


def test_dropout_between_layers_while_training() -> None:
    layer = nn.LSTM(3, 4, num_layers=2, dropout=0.5, rng=0)
    assert (layer(SEQUENCE)[0].numpy() != layer(SEQUENCE)[0].numpy()).any()
    layer.eval()
    np.testing.assert_array_equal(layer(SEQUENCE)[0].numpy(), layer(SEQUENCE)[0].numpy())
    for kind in (nn.RNN, nn.LSTM, nn.GRU):
        with pytest.warns(UserWarning, match=f"{kind.__name__}: dropout=0.5 acts between") as seen:
            kind(3, 4, dropout=0.5)
        assert seen[0].filename == __file__


def test_gates_that_overflow_are_shut_without_a_word() -> None:
    for kind in (nn.LSTM, nn.GRU):
        layer = kind(1, 2, rng=0)
        out = layer(np.full((3, 1, 1), -1e6, np.float32))[0]
        out.sum().backward()
        assert np.isfinite(out.numpy()).all()
        assert all(np.isfinite(p.grad).all() for p in layer.parameters())


STEPS = SEQUENCE[:, 0]


@pytest.mark.parametrize(
    ("make", "args", "message"),
    [
        (lambda: nn.LSTM(3, 2), (SEQUENCE[0, 0],), r"LSTM\(3, 2\) .*\(3,\).* \(time, batch, f"),
        (lambda: nn.LSTM(3, 2, batch_first=True), (SEQUENCE[None],), r"takes \(batch, time, feat"),
        (lambda: nn.GRU(4, 2), (SEQUENCE,), r"GRU\(4, 2\).*\(6, 4, 3\).*last axis .* length 4"),
        (lambda: nn.RNN(3, 2), (SEQUENCE[:0],), "no time step"),
        (lambda: nn.RNN(3, 2), (SEQUENCE, np.ones((1, 5, 2))), r"got h of .* \(1, 4, 2\)"),
        (lambda: nn.GRU(3, 2, 2), (STEPS, np.ones((1, 2))), r"takes shape \(2, 2\)"),
        (lambda: nn.LSTM(3, 2), (SEQUENCE, np.ones((1, 4, 2))), r"as a pair, \(h, c\)"),
        (lambda: nn.LSTM(3, 2), (SEQUENCE, (np.ones((1, 4, 2)), np.ones(2))), "got c of shape"),
        (lambda: nn.LSTMCell(3, 2), (SEQUENCE,), r"takes \(batch, features\) or \(features,\)"),
        (lambda: nn.GRUCell(3, 2), (X, np.ones((4, 2))), r"takes shape \(5, 2\)"),
    ],
)  # fmt: skip
def test_recurrent_layers_name_what_does_not_fit(make: Any, args: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()(*args)


def test_wrong_settings_of_recurrent_layers() -> None:
    with pytest.raises(ValueError, match="RNN's nonlinearity is 'tanh' or 'relu', got 'sin'"):
        nn.RNN(3, 2, nonlinearity="sin")
    with pytest.raises(ValueError, match="LSTM needs num_layers of 1 or more"):
        nn.LSTM(3, 2, 0)
    with pytest.raises(ValueError, match="from 0 to 1"):
        nn.GRU(3, 2, 2, dropout=1.5)
    assert repr(nn.RNN(3, 2, 2, "relu", bidirectional=True)) == (
        "RNN(3, 2, num_layers=2, nonlinearity='relu', bidirectional=True)"
    )


def test_an_lstm_learns_to_remember() -> None:
    """Which of two numbers came first, seven steps ago."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 64)
    x = rng.normal(0, 0.3, (8, 64, 1)).astype(np.float32)
    x[0, :, 0] += 2 * y - 1
    lstm, out = nn.LSTM(1, 8, rng=0), nn.Linear(8, 2, rng=1)
    optimizer = nn.optim.Adam([*lstm.parameters(), *out.parameters()], lr=0.05)
    for _ in range(60):
        optimizer.zero_grad()
        scores = out(lstm(x)[0][-1])
        nn.losses.cross_entropy(scores, y).backward()
        optimizer.step()
    assert (scores.numpy().argmax(axis=1) == y).mean() > 0.95


# Attention --------------------------------------------------------------------------------------


def attention_by_hand(layer: Any, q: np.ndarray, k: np.ndarray, v: np.ndarray, hidden: Any) -> Any:
    """One example, (length, features), head by head."""
    e, heads = layer.embed_dim, layer.num_heads
    w, b = layer.in_proj_weight.numpy(), layer.in_proj_bias.numpy()
    q, k, v = (
        x @ w[i * e : (i + 1) * e].T + b[i * e : (i + 1) * e] for i, x in enumerate((q, k, v))
    )
    outs, all_weights = [], []
    for h in range(heads):
        part = slice(h * e // heads, (h + 1) * e // heads)
        scores = q[:, part] @ k[:, part].T / math.sqrt(e // heads)
        scores = np.where(hidden, -np.inf, scores)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        outs.append(weights @ v[:, part])
        all_weights.append(weights)
    out = np.concatenate(outs, axis=1) @ layer.out_proj.weight.numpy().T
    return out + layer.out_proj.bias.numpy(), np.stack(all_weights)


def test_attention_by_the_formula() -> None:
    layer = nn.MultiheadAttention(4, 2, batch_first=True, dtype=float, rng=0)
    nn.init.normal(layer.in_proj_bias, rng=1)
    q, k, v = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 5, 4)), RNG.normal(size=(2, 5, 4))
    padding = np.zeros((2, 5), bool)
    padding[1, 3:] = True
    out, weights = layer(q, k, v, key_padding_mask=padding, average_attn_weights=False)
    _, mean = layer(q, k, v, key_padding_mask=padding)
    for n in range(2):
        expected, each = attention_by_hand(layer, q[n], k[n], v[n], padding[n])
        np.testing.assert_allclose(out.numpy()[n], expected)
        np.testing.assert_allclose(weights.numpy()[n], each)
        np.testing.assert_allclose(mean.numpy()[n], each.mean(axis=0))


def test_masks_hide_keys() -> None:
    layer = nn.MultiheadAttention(4, 2, dtype=float, rng=0)
    x = RNG.normal(size=(3, 2, 4))
    later = ~np.tri(3, dtype=bool)
    masked, weights = layer(x, x, x, attn_mask=later)
    assert not weights.numpy()[:, later].any()
    np.testing.assert_array_equal(layer(x, x, x, is_causal=True)[0].numpy(), masked.numpy())
    # The first query sees but itself: what comes later does not matter to it.
    np.testing.assert_allclose(layer(x[:1], x[:1], x[:1])[0].numpy(), masked.numpy()[:1])
    added = np.where(later, -np.inf, 0.0)
    np.testing.assert_allclose(layer(x, x, x, attn_mask=added)[0].numpy(), masked.numpy())
    alone, none = layer(x[:, 0], x[:, 0], x[:, 0], need_weights=False, attn_mask=later)
    assert none is None
    np.testing.assert_allclose(alone.numpy(), masked.numpy()[:, 0])


def test_a_query_without_any_key_gets_zeros_and_no_nan() -> None:
    layer = nn.MultiheadAttention(4, 2, dtype=float, rng=0)
    x = ag.Tensor(RNG.normal(size=(3, 2, 4)), requires_grad=True)
    out, weights = layer(x, x, x, key_padding_mask=np.array([[True] * 3, [False] * 3]))
    out.sum().backward()
    assert not weights.numpy()[0].any()
    np.testing.assert_allclose(out.numpy()[:, 0], 0)  # the value of nothing, and a bias of 0
    assert np.isfinite(x.grad).all()


def test_attention_dropout_acts_while_training() -> None:
    layer = nn.MultiheadAttention(4, 2, dropout=0.5, rng=0)
    x = RNG.normal(size=(3, 2, 4))
    assert (layer(x, x, x)[0].numpy() != layer(x, x, x)[0].numpy()).any()
    layer.eval()
    np.testing.assert_array_equal(layer(x, x, x)[0].numpy(), layer(x, x, x)[0].numpy())


def test_names_of_attention() -> None:
    assert nn.MultiHeadAttention is nn.MultiheadAttention
    assert list(nn.MultiheadAttention(4, 2).state_dict()) == [
        "in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias",
    ]  # fmt: skip
    assert list(nn.MultiheadAttention(4, 2, bias=False, kdim=3).state_dict()) == [
        "q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight",
    ]  # fmt: skip
    assert repr(nn.MultiheadAttention(4, 2)) == "MultiheadAttention(4, 2)"


Q = np.ones((3, 2, 4))


@pytest.mark.parametrize(
    ("args", "settings", "message"),
    [
        ((Q, Q, Q[:2]), {}, "keys and values have one length"),
        ((Q[..., :3], Q, Q), {}, r"shapes \(3, 2, 3\), .*takes \(length, batch, 4\)"),
        ((Q, Q[:, :1], Q[:, :1]), {}, r"shapes \(3, 2, 4\), \(3, 1, 4\)"),
        ((Q[0], Q, Q), {}, "without the batch"),
        ((Q, Q, Q), {"attn_mask": np.ones((3, 2), bool)}, r"\(3, 2\); .*\(3, 3\) or \(4, 3, 3\)"),
        ((Q, Q, Q), {"key_padding_mask": np.ones((3, 2), bool)}, r"mask of .* has shape \(2, 3\)"),
        ((Q, Q, Q), {"attn_mask": np.ones((3, 3), int)}, "attn_mask is boolean, True where"),
    ],
)  # fmt: skip
def test_attention_names_what_does_not_fit(args: tuple, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=r"^MultiheadAttention\(4, 2\)( got |: ).*" + message):
        nn.MultiheadAttention(4, 2)(*args, **settings)


def test_wrong_settings_of_attention() -> None:
    with pytest.raises(ValueError, match="embed_dim=5 does not divide into 2 heads"):
        nn.MultiheadAttention(5, 2)
    with pytest.raises(ValueError, match="from 0 to 1"):
        nn.MultiheadAttention(4, 2, dropout=2.0)
