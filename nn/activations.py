"""Activations: as functions (the engine's ops), as modules, and by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd as ag
from autograd import leaky_relu, relu, sigmoid, softplus, tanh

from .module import Module

__all__ = [
    "Function",
    "Identity",
    "LeakyReLU",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "get",
    "leaky_relu",
    "names",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]


def softmax(x: Any, axis: int = -1) -> Any:
    """Positive numbers that sum to one along ``axis``: exp(x) / sum(exp(x))."""
    return ag.softmax(x, axis=axis)


class ReLU(Module):
    """max(x, 0); the derivative at 0 is 0."""

    def forward(self, x: Any) -> Any:
        return relu(x)


class Tanh(Module):
    """Hyperbolic tangent, which is 2 sigmoid(2x) - 1."""

    def forward(self, x: Any) -> Any:
        return tanh(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, x: Any) -> Any:
        return sigmoid(x)


class Softplus(Module):
    """log(1 + exp(beta x)) / beta."""

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = beta

    def forward(self, x: Any) -> Any:
        return softplus(x, beta=self.beta)

    def extra_repr(self) -> str:
        return f"beta={self.beta}"


class LeakyReLU(Module):
    """x where positive, ``negative_slope * x`` elsewhere."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        return leaky_relu(x, negative_slope=self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class Softmax(Module):
    """Probabilities along ``axis``. Cross-entropy wants logits: leave this out when training."""

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        return softmax(x, axis=self.axis)

    def extra_repr(self) -> str:
        return f"axis={self.axis}"


class Identity(Module):
    """The input itself."""

    def forward(self, x: Any) -> Any:
        return x


class Function(Module):
    """Any function of one tensor as a module."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(x)

    def extra_repr(self) -> str:
        return getattr(self.function, "__name__", repr(self.function))


_BY_NAME: dict[str, type[Module]] = {
    "identity": Identity,
    "leaky_relu": LeakyReLU,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "softmax": Softmax,
    "softplus": Softplus,
    "tanh": Tanh,
}


def names() -> list[str]:
    """The names that :func:`get` knows."""
    return sorted(_BY_NAME)


def get(activation: str | Callable[[Any], Any] | Module) -> Module:
    """A module for an activation given by name, as a function or as a module.

    Examples
    --------
    >>> import nn
    >>> nn.activations.get("relu")
    ReLU()
    """
    if isinstance(activation, Module):
        return activation
    if isinstance(activation, type) and issubclass(activation, Module):
        return activation()
    if isinstance(activation, str):
        if activation not in _BY_NAME:
            raise ValueError(
                f"no activation is called {activation!r}; there are {', '.join(names())}. Any "
                "function of one tensor will do as well"
            )
        return _BY_NAME[activation]()
    if callable(activation):
        return Function(activation)
    raise TypeError(f"an activation is a name, a function or a module, not {activation!r}")
