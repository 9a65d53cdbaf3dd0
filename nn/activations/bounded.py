"""Activations that stay between two bounds, or below one."""

from __future__ import annotations

from typing import Any

from . import functions as f
from .base import _Activation

__all__ = [
    "SQNL",
    "Arctan",
    "Hardtanh",
    "LogSigmoid",
    "LogSoftmax",
    "Sigmoid",
    "Softmax",
    "Softsign",
    "Tanh",
]


class Sigmoid(_Activation):
    """1 / (1 + exp(-x)), the logistic function."""

    def forward(self, x: Any) -> Any:
        return f.sigmoid(x)


class LogSigmoid(_Activation):
    """log(sigmoid(x)), without underflow."""

    def forward(self, x: Any) -> Any:
        return f.log_sigmoid(x)


class Tanh(_Activation):
    """Hyperbolic tangent, which is 2 sigmoid(2x) - 1."""

    def forward(self, x: Any) -> Any:
        return f.tanh(x)


class Arctan(_Activation):
    """Inverse tangent: between ±π/2, and slower to saturate than tanh."""

    def forward(self, x: Any) -> Any:
        return f.arctan(x)


class Softsign(_Activation):
    """x / (1 + abs(x)) (Bergstra et al. 2009)."""

    def forward(self, x: Any) -> Any:
        return f.softsign(x)


class SQNL(_Activation):
    """x - sign(x) x² / 4 between -2 and 2, and ±1 beyond (Wuraola and Patel 2018)."""

    def forward(self, x: Any) -> Any:
        return f.square_nonlinearity(x)


class Hardtanh(_Activation):
    """x limited to [min_val, max_val] (Collobert 2004); the derivative at the limits is 0."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        if not min_val < max_val:
            raise ValueError(f"Hardtanh needs min_val < max_val, got {min_val} and {max_val}")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, x: Any) -> Any:
        return f.hardtanh(x, min_val=self.min_val, max_val=self.max_val)


class Softmax(_Activation):
    """Probabilities along ``dim``. Cross-entropy wants logits: leave this out when training."""

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Any) -> Any:
        return f.softmax(x, axis=self.dim)


class LogSoftmax(_Activation):
    """Logarithms of probabilities along ``dim``, for the negative log-likelihood loss."""

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Any) -> Any:
        return f.log_softmax(x, axis=self.dim)
