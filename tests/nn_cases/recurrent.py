"""Recurrent layers and cells."""

from typing import Any

import numpy as np

import nn

from .case import Case, X

SEQUENCE = np.random.default_rng(0).normal(size=(3, 2, 3))  # (time, batch, features)
STATE = np.random.default_rng(1).normal(size=(2, 2, 2))  # (layers or directions, batch, hidden)


class Started(nn.Module):
    """A layer with a state to start from, all as inputs of one level."""

    def __init__(self, layer: nn.Module) -> None:
        self.layer = layer

    def forward(self, x: Any, h: Any, c: Any) -> Any:
        out, (h, c) = self.layer(x, (h, c))
        return out, h, c


class Flat(nn.Module):
    """A layer whose results stand in one tuple."""

    def __init__(self, layer: nn.Module) -> None:
        self.layer = layer

    def forward(self, x: Any) -> Any:
        out, (h, c) = self.layer(x)
        return out, h, c


MODULES = {
    nn.RNN: [
        Case(lambda kind: nn.RNN(3, 2, **kind), (SEQUENCE,), batch=1),
        Case(lambda kind: nn.RNN(3, 2, 2, bias=False, **kind), (SEQUENCE, STATE), batch=1),
        Case(lambda kind: nn.RNN(3, 2, nonlinearity="relu", batch_first=True, **kind),
             (SEQUENCE,)),
    ],
    nn.LSTM: [
        Case(lambda kind: Flat(nn.LSTM(3, 2, **kind)), (SEQUENCE,), batch=1),
        Case(lambda kind: Flat(nn.LSTM(3, 2, bias=False, batch_first=True, **kind)), (SEQUENCE,)),
        Case(lambda kind: Started(nn.LSTM(3, 2, bidirectional=True, **kind)),
             (SEQUENCE, STATE, -STATE), batch=1),
        Case(lambda kind: Flat(nn.LSTM(3, 2, 2, **kind)), (X,), batch=None, order=1),
    ],
    nn.GRU: [
        Case(lambda kind: nn.GRU(3, 2, **kind), (SEQUENCE,), batch=1),
        Case(lambda kind: nn.GRU(3, 2, bias=False, bidirectional=True, **kind),
             (SEQUENCE, STATE), batch=1),
        Case(lambda kind: nn.GRU(3, 2, 2, **kind), (X,), batch=None, order=1),
    ],
    nn.RNNCell: [
        Case(lambda kind: nn.RNNCell(3, 2, **kind)),
        Case(lambda kind: nn.RNNCell(3, 3, nonlinearity="relu", **kind), (X, -X)),
    ],
    nn.LSTMCell: [Case(lambda kind: nn.LSTMCell(3, 2, **kind))],
    nn.GRUCell: [
        Case(lambda kind: nn.GRUCell(3, 3, **kind), (X, 0.5 * X)),
        Case(lambda kind: nn.GRUCell(3, 2, bias=False, **kind), (X[0],), batch=None),
    ],
}  # fmt: skip
