"""Normalisation and attention."""

from typing import Any

import numpy as np

import nn

from .case import Case

IMAGES = np.random.default_rng(0).normal(size=(2, 4, 2, 3))
SEQUENCE = np.random.default_rng(1).normal(size=(3, 2, 4))  # (length, batch, features)
HIDDEN = np.array([[False, True, False], [False, False, True]])  # (batch, length)
ADDED = np.random.default_rng(2).normal(size=(3, 3))


def _trained(layer: nn.Module) -> nn.Module:
    """In evaluation, with statistics and scales other than the starting ones."""
    state = layer.state_dict()
    for i, name in enumerate(state):
        if name != "num_batches_tracked":
            state[name] = state[name] * 0.7 + 0.1 * (i + 1)
    layer.load_state_dict(state)
    return layer.eval()


def _plain(kind: dict[str, Any]) -> dict[str, Any]:
    return {"dtype": kind["dtype"]}


class Masked(nn.Module):
    """Attention with masks, as a module of one input."""

    def __init__(self, attention: nn.Module, **masks: Any) -> None:
        self.attention = attention
        self.masks = masks

    def forward(self, x: Any) -> Any:
        return self.attention(x, x, x, **self.masks)


def _attention(**settings: Any) -> Any:
    return lambda kind: nn.MultiheadAttention(4, 2, **settings, **kind)


def _encoder(**settings: Any) -> Any:
    return lambda kind: nn.TransformerEncoderLayer(
        4, 2, 5, dropout=0.0, activation="tanh", **settings, **kind
    )


MODULES = {
    nn.BatchNorm1d: [
        Case(lambda kind: nn.BatchNorm1d(3, **_plain(kind)), batch=None),
        Case(lambda kind: nn.BatchNorm1d(3, momentum=None, **_plain(kind)), batch=None),
        Case(lambda kind: _trained(nn.BatchNorm1d(3, **_plain(kind)))),
        Case(lambda kind: nn.BatchNorm1d(4, affine=False, **_plain(kind)), (IMAGES[..., 0],),
             batch=None),
    ],
    nn.BatchNorm2d: [
        Case(lambda kind: nn.BatchNorm2d(4, **_plain(kind)), (IMAGES,), batch=None),
        Case(lambda kind: nn.BatchNorm2d(4, track_running_stats=False, **_plain(kind)).eval(),
             (IMAGES,), batch=None),
        Case(lambda kind: _trained(nn.BatchNorm2d(4, **_plain(kind))), (IMAGES,)),
    ],
    nn.LayerNorm: [
        Case(lambda kind: nn.LayerNorm(3, **_plain(kind))),
        Case(lambda kind: nn.LayerNorm((2, 3), bias=False, **_plain(kind)), (IMAGES,)),
        Case(lambda kind: nn.LayerNorm([4, 2, 3], elementwise_affine=False), (IMAGES,)),
    ],
    nn.GroupNorm: [
        Case(lambda kind: nn.GroupNorm(2, 4, **_plain(kind)), (IMAGES,)),
        Case(lambda kind: nn.GroupNorm(4, 4, affine=False), (IMAGES,)),
        Case(lambda kind: nn.GroupNorm(1, 3, **_plain(kind))),
    ],
    nn.MultiheadAttention: [
        Case(_attention(), (SEQUENCE, 0.5 * SEQUENCE, -SEQUENCE), batch=1),
        Case(_attention(batch_first=True, bias=False), (SEQUENCE,) * 3),
        Case(
            lambda kind: nn.MultiheadAttention(4, 2, kdim=3, vdim=1, **kind),
            (SEQUENCE, SEQUENCE[:2, :, 1:], SEQUENCE[:2, :, :1]),
            batch=1,
        ),
        Case(
            lambda kind: Masked(
                nn.MultiheadAttention(4, 2, **kind), key_padding_mask=HIDDEN,
                attn_mask=ADDED.astype(kind["dtype"]), average_attn_weights=False,
            ),
            (SEQUENCE,), batch=None,
        ),
        Case(
            lambda kind: Masked(nn.MultiheadAttention(4, 1, **kind), is_causal=True),
            (SEQUENCE[:, 0],), batch=None,
        ),
    ],
    nn.TransformerEncoderLayer: [
        Case(_encoder(norm_first=first), (SEQUENCE,), batch=1, order=1)
        for first in (False, True)
    ],
}  # fmt: skip
