"""Layers: outputs, all gradients and buffers beside PyTorch's, in training and in evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import nn

from ..beside import modules_apart
from .row import Row

__all__ = ["ROWS"]

KIND: dict[str, Any] = {"dtype": np.float64}
_rng = np.random.default_rng(0)
X = _rng.normal(size=(5, 3))
X3 = _rng.normal(size=(2, 5, 3))
X4 = _rng.normal(size=(2, 4, 3, 2))
SEQUENCE = _rng.normal(size=(6, 4, 3))  # (time, batch, features)
INDICES = np.array([[1, 4, 0], [4, 4, 2]])

ROWS: list[Row] = []


def same(
    name: str,
    *inputs: Any,
    args: tuple = (),
    modes: tuple[bool, ...] = (True, False),
    label: str = "",
    call: dict[str, Any] | None = None,
    before: int = 0,
    dtype: bool = True,
    **settings: Any,
) -> None:
    """A row for each mode of a layer that has one name and one set of arguments in both."""

    def error(training: bool) -> float:
        import torch

        kind = KIND if dtype else {}

        def ours(seed: int) -> Any:
            seeded = {"rng": seed} if dtype and "Norm" not in name else {}
            return getattr(nn, name)(*args, **settings, **kind, **seeded)

        return modules_apart(
            ours(0),
            getattr(torch.nn, name)(*args, **settings),
            *inputs,
            training=training,
            before=before,
            settings=call,
            again=lambda: ours(1),
        )

    shown = ", ".join([*map(str, args), *(f"{k}={v}" for k, v in settings.items())])
    extra = f" {label}" if label else ""
    for training in modes:
        mode = "training" if training else "evaluation"
        ROWS.append(Row("layer", f"{name}({shown}){extra}, {mode}", lambda t=training: error(t)))


# Dense ------------------------------------------------------------------------------------------

same("Linear", X, args=(3, 2))
same("Linear", X3, args=(3, 2), bias=False, label="of 3 axes")
same("Bilinear", X, X[:, ::-1].copy(), args=(3, 3, 2))
same("Bilinear", X3, X3[..., :2].copy(), args=(3, 2, 4), bias=False, label="of 3 axes")
same("Embedding", INDICES, args=(5, 3))
same("Embedding", INDICES, args=(5, 3), padding_idx=4)
same("Embedding", INDICES, args=(5, 3), padding_idx=-5)
same("Dropout", X, p=0.4, modes=(False,), dtype=False)
same("Dropout", X, p=0.0, dtype=False)
same("Dropout", X, p=1.0, dtype=False)
same("Flatten", X4, dtype=False)
same("Flatten", X4, args=(0, 2), dtype=False)

# Norms ------------------------------------------------------------------------------------------

for _settings in (
    {},
    {"momentum": None},
    {"momentum": 0.3, "eps": 0.1},
    {"affine": False},
    {"track_running_stats": False},
):
    same("BatchNorm1d", X, args=(3,), before=3, label="after 3 batches", **_settings)
    same("BatchNorm2d", X4, args=(4,), before=3, label="after 3 batches", **_settings)
same("BatchNorm1d", X3, args=(5,), before=2, label="of 3 axes")
same("LayerNorm", X3, args=(3,))
same("LayerNorm", X4, args=((3, 2),), eps=0.1)
same("LayerNorm", X4, args=([4, 3, 2],), elementwise_affine=False)
same("LayerNorm", X3, args=(3,), bias=False)
same("GroupNorm", X4, args=(2, 4))
same("GroupNorm", X4, args=(4, 4), affine=False)
same("GroupNorm", X3, args=(1, 5), eps=0.1)

# Recurrent --------------------------------------------------------------------------------------


def _state(layers: int, *batch: int) -> np.ndarray:
    return np.random.default_rng(layers).normal(size=(layers, *batch, 2))


for _name in ("RNN", "LSTM", "GRU"):
    _wrap: Callable[[Any], Any] = (lambda h: (h, 0.5 * h)) if _name == "LSTM" else (lambda h: h)
    same(_name, SEQUENCE, args=(3, 2))
    same(_name, SEQUENCE, args=(3, 2), bias=False, modes=(True,))
    same(_name, SEQUENCE, _wrap(_state(1, 4)), args=(3, 2), label="from a state", modes=(True,))
    same(_name, SEQUENCE, args=(3, 2), num_layers=3, modes=(True,))
    same(_name, SEQUENCE, args=(3, 2), bidirectional=True, modes=(True,))
    same(
        _name,
        SEQUENCE,
        _wrap(_state(4, 6)),
        args=(3, 2),
        num_layers=2,
        bidirectional=True,
        batch_first=True,
        label="from a state",
        modes=(True,),
    )
    same(_name, SEQUENCE, args=(3, 2), num_layers=2, dropout=0.5, modes=(False,))
    same(_name, SEQUENCE, args=(3, 2), num_layers=2, dropout=1.0, modes=(True,))
    same(_name, X, args=(3, 2), num_layers=2, label="without a batch", modes=(True,))
    same(
        _name,
        X,
        _wrap(_state(2)),
        args=(3, 2),
        bidirectional=True,
        label="without a batch, from a state",
        modes=(True,),
    )
    same(f"{_name}Cell", X, args=(3, 2), modes=(True,))
    same(f"{_name}Cell", X, _wrap(_state(5)), args=(3, 2), label="from a state", modes=(True,))
    same(f"{_name}Cell", X[0], args=(3, 2), bias=False, label="without a batch", modes=(True,))
same("RNN", SEQUENCE, args=(3, 2), nonlinearity="relu", num_layers=2, modes=(True,))
same("RNNCell", X, args=(3, 2), nonlinearity="relu", modes=(True,))
same("LSTM", _rng.normal(size=(64, 32, 64)), args=(64, 64), label="64 steps", modes=(True,))

# Attention --------------------------------------------------------------------------------------

Q = _rng.normal(size=(3, 2, 4))  # (length, batch, features)
K, V = _rng.normal(size=(5, 2, 4)), _rng.normal(size=(5, 2, 4))
ADDED = _rng.normal(size=(3, 3))
HIDDEN = np.array([[False, True, False], [False, False, True]])
LATER = ~np.tri(3, dtype=bool)
EACH = np.random.default_rng(1).random((4, 3, 3)) < 0.4
EACH[..., 0] = False

same("MultiheadAttention", Q, Q, Q, args=(4, 2))
same("MultiheadAttention", Q, K, V, args=(4, 2), bias=False)
same("MultiheadAttention", Q, Q, Q, args=(4, 1), batch_first=True)
same("MultiheadAttention", Q[:, 0], K[:, 0], V[:, 0], args=(4, 2), label="without a batch")
same("MultiheadAttention", Q, K[..., 1:].copy(), V[..., :2].copy(), args=(4, 2), kdim=3, vdim=2)
same("MultiheadAttention", Q, Q, Q, args=(4, 2), dropout=0.5, modes=(False,))
for _label, _call in {
    "key_padding_mask": {"key_padding_mask": HIDDEN},
    "floating key_padding_mask": {"key_padding_mask": ADDED[:2].copy()},
    "attn_mask": {"attn_mask": LATER},
    "attn_mask for each head": {"attn_mask": EACH},
    "floating attn_mask": {"attn_mask": ADDED},
    "both masks": {"key_padding_mask": HIDDEN, "attn_mask": LATER},
    "is_causal": {"attn_mask": LATER, "is_causal": True},
    "without weights": {"need_weights": False, "attn_mask": LATER},
    "weights of each head": {"average_attn_weights": False},
}.items():
    same("MultiheadAttention", Q, Q, Q, args=(4, 2), label=_label, call=_call, modes=(True,))
same("TransformerEncoderLayer", Q, args=(4, 2, 7), dropout=0.0)
same("TransformerEncoderLayer", Q, args=(4, 2, 7), activation="gelu", modes=(False,))
same(
    "TransformerEncoderLayer",
    Q,
    args=(4, 2, 7),
    dropout=0.0,
    norm_first=True,
    batch_first=True,
    bias=False,
    call={"src_mask": LATER[:2, :2].copy()},
    label="src_mask",
)

# Containers -------------------------------------------------------------------------------------


def _containers(norm: str | None, training: bool) -> float:
    from torch import nn as theirs

    norms = {
        "batch": theirs.BatchNorm1d,
        "layer": theirs.LayerNorm,
        None: lambda width: None,
    }
    layers: list[Any] = []
    for before, width in ((3, 4), (4, 5)):
        layers += [theirs.Linear(before, width), norms[norm](width), theirs.Tanh()]
    layers += [theirs.Linear(5, 2), theirs.Sigmoid()]

    def ours(seed: int) -> Any:
        return nn.MLP(
            3,
            [4, 5],
            2,
            activation="tanh",
            norm=norm,
            output_activation="sigmoid",
            rng=seed,
            **KIND,
        )

    there = theirs.Sequential(*(layer for layer in layers if layer is not None))
    return modules_apart(ours(0), there, X, training=training, before=2, again=lambda: ours(1))


def _named() -> float:
    from collections import OrderedDict

    from torch import nn as theirs

    def build(lib: Any, **kind: Any) -> Any:
        parts = OrderedDict(hidden=lib.Linear(3, 4, **kind), bend=lib.ReLU())
        parts["out"] = lib.Linear(4, 2, **kind)
        return lib.Sequential(parts)

    return modules_apart(build(nn, **KIND), build(theirs), X, again=lambda: build(nn, **KIND))


def _residual() -> float:
    import torch

    class Residual(torch.nn.Module):
        def __init__(self, module: Any) -> None:
            super().__init__()
            self.module = module

        def forward(self, x: Any) -> Any:
            return x + self.module(x)

    ours = nn.Residual(nn.Sequential(nn.Linear(3, 3, **KIND), nn.Tanh()))
    theirs = Residual(torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Tanh()))
    return modules_apart(ours, theirs, X)


for _norm in (None, "batch", "layer"):
    for _training in (True, False):
        _mode = "training" if _training else "evaluation"
        ROWS.append(
            Row(
                "layer",
                f"MLP(norm={_norm}), {_mode}",
                lambda norm=_norm, training=_training: _containers(norm, training),
            )
        )
ROWS += [
    Row("layer", "Sequential of named modules", _named),
    Row("layer", "Residual", _residual),
]
