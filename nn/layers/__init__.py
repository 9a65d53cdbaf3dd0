"""Layers: modules that are put together to models."""

from typing import TYPE_CHECKING

from ..later import later
from .container import ModuleDict, ModuleList, Residual, Sequential
from .dropout import Dropout
from .embedding import Embedding
from .linear import Bilinear, Flatten, Linear
from .mlp import MLP
from .norm import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm

if TYPE_CHECKING:
    from .attention import MultiHeadAttention, MultiheadAttention, TransformerEncoderLayer
    from .conv import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
    from .pool import (
        AdaptiveAvgPool1d,
        AdaptiveAvgPool2d,
        AvgPool1d,
        AvgPool2d,
        MaxPool1d,
        MaxPool2d,
    )
    from .recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bilinear",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRU",
    "GRUCell",
    "GroupNorm",
    "LSTM",
    "LSTMCell",
    "LayerNorm",
    "Linear",
    "MLP",
    "MaxPool1d",
    "MaxPool2d",
    "ModuleDict",
    "ModuleList",
    "MultiHeadAttention",
    "MultiheadAttention",
    "RNN",
    "RNNCell",
    "Residual",
    "Sequential",
    "TransformerEncoderLayer",
]

__getattr__ = later(
    __name__,
    {
        "attention": "MultiHeadAttention MultiheadAttention TransformerEncoderLayer",
        "conv": "Conv1d Conv2d ConvTranspose1d ConvTranspose2d",
        "pool": "AdaptiveAvgPool1d AdaptiveAvgPool2d AvgPool1d AvgPool2d MaxPool1d MaxPool2d",
        "recurrent": "GRU GRUCell LSTM LSTMCell RNN RNNCell",
    },
)
