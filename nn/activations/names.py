"""Activations by name, and any function as a module."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from numpy.typing import DTypeLike

from ..module import Module
from ..suggest import unknown
from . import bounded, rectifiers
from .base import _Activation

__all__ = ["Function", "Identity", "get", "names"]


class Identity(_Activation):
    """The input itself."""

    def forward(self, x: Any) -> Any:
        return x


class Function(_Activation):
    """Any function of one tensor as a module."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(x)

    def extra_repr(self) -> str:
        return getattr(self.function, "__name__", repr(self.function))


_BY_NAME: dict[str, Callable[..., Module]] = {
    "arctan": bounded.Arctan,
    "celu": rectifiers.CELU,
    "elu": rectifiers.ELU,
    "gelu": rectifiers.GELU,
    "gelu_tanh": functools.partial(rectifiers.GELU, approximate="tanh"),
    "hardtanh": bounded.Hardtanh,
    "identity": Identity,
    "leaky_relu": rectifiers.LeakyReLU,
    "log_sigmoid": bounded.LogSigmoid,
    "log_softmax": bounded.LogSoftmax,
    "mish": rectifiers.Mish,
    "prelu": rectifiers.PReLU,
    "relu": rectifiers.ReLU,
    "relu6": rectifiers.ReLU6,
    "selu": rectifiers.SELU,
    "sigmoid": bounded.Sigmoid,
    "silu": rectifiers.SiLU,
    "softmax": bounded.Softmax,
    "softplus": rectifiers.Softplus,
    "softsign": bounded.Softsign,
    "square_nonlinearity": bounded.SQNL,
    "tanh": bounded.Tanh,
}

# What PyTorch, scikit-learn, Keras and papers call them.
_ALIASES = {
    "atan": "arctan",
    "expit": "sigmoid",
    "leakyrelu": "leaky_relu",
    "linear": "identity",
    "logistic": "sigmoid",
    "logsigmoid": "log_sigmoid",
    "logsoftmax": "log_softmax",
    "parametric_relu": "prelu",
    "sqnl": "square_nonlinearity",
    "swish": "silu",
}


def names() -> list[str]:
    """The names that :func:`get` knows, second names among them.

    Examples
    --------
    >>> import nn
    >>> "swish" in nn.activations.names()
    True
    """
    return sorted([*_BY_NAME, *_ALIASES])


def get(
    activation: str | Callable[[Any], Any] | Module, *, dtype: DTypeLike | None = None
) -> Module:
    """A module for an activation given by name, as a function, as a module or as its class.

    Parameters
    ----------
    activation : str, callable, Module or subclass of Module
        A module comes back as it is.
    dtype : dtype, optional
        Of the parameters of one that has some, as ``"prelu"``.

    Examples
    --------
    >>> import nn
    >>> nn.activations.get("relu"), nn.activations.get("swish")
    (ReLU(), SiLU())
    >>> nn.activations.get("rleu")
    Traceback (most recent call last):
        ...
    ValueError: no activation is called 'rleu'; did you mean 'relu'? There are arctan, ...
    """
    if isinstance(activation, Module):
        return activation
    if isinstance(activation, str):
        name = activation.lower()
        name = _ALIASES.get(name, name)
        if name not in _BY_NAME:
            cure = "Any function of one tensor will do as well"
            raise unknown("activation", activation, _BY_NAME, cure, _ALIASES)
        return _made(_BY_NAME[name], dtype)
    if isinstance(activation, type) and issubclass(activation, Module):
        return _made(activation, dtype)
    if callable(activation):
        return Function(activation)
    raise TypeError(f"an activation is a name, a function or a module, not {activation!r}")


def _made(kind: Callable[..., Module], dtype: DTypeLike | None) -> Module:
    if dtype is not None and "dtype" in inspect.signature(kind).parameters:
        return kind(dtype=dtype)
    return kind()
