"""Activations of a ``Value``, by the names of :mod:`nn.activations`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import autograd as ag
from autograd.extend import capturing

from ..suggest import unknown

__all__ = ["ACTIVATIONS", "Activation", "get", "softmax"]

Activation: TypeAlias = "str | Callable[[Any], Any]"

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda z: z,
    "relu": lambda z: z.relu(),
    "leaky_relu": lambda z: z.leaky_relu(),
    "sigmoid": lambda z: z.sigmoid(),
    "softplus": lambda z: z.softplus(),
    "tanh": lambda z: z.tanh(),
    "identity": lambda z: z,
    "arctan": lambda z: z.arctan(),
    "elu": ag.elu,
    "celu": ag.elu,  # they differ where alpha is not 1
    "selu": ag.selu,
    "gelu": ag.gelu,
    "gelu_tanh": lambda z: ag.gelu(z, approximate="tanh"),
    "silu": ag.silu,
    "mish": ag.mish,
    "hardtanh": ag.hardtanh,
    "relu6": lambda z: ag.hardtanh(z, 0.0, 6.0),
    "softsign": ag.softsign,
    "log_sigmoid": ag.log_sigmoid,
    "square_nonlinearity": ag.square_nonlinearity,
}


def get(activation: Activation) -> Callable[[Any], Any]:
    """An activation given by name, or any function of one ``Value`` as it is."""
    if callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        cure = "Any function of one Value will do as well"
        raise unknown("activation", activation, ACTIVATIONS, cure)
    return ACTIVATIONS[activation]


def softmax(z: Sequence[Any]) -> list[Any]:
    """Positive numbers that sum to one: exp(z_i) / sum of exp(z_j).

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.scalar import softmax
    >>> [round(p.data, 3) for p in softmax([Value(1.0), Value(2.0), Value(1001.0)])]
    [0.0, 0.0, 1.0]
    """
    if capturing():
        total = logsumexp(z)
        return [ag.exp(zi - total) for zi in z]
    m = largest(z)
    powers = [ag.exp(zi - m) for zi in z]
    total = sum(powers)
    return [p / total for p in powers]


def logsumexp(z: Sequence[Any]) -> Any:
    """log of the sum of exp(z_j)."""
    if capturing() and len(z):
        # Which number is the largest may be another one in each replay.
        return functools.reduce(ag.logaddexp, z)
    m = largest(z)
    return m + ag.log(sum(ag.exp(zi - m) for zi in z))


def largest(z: Sequence[Any]) -> float:
    """The largest number, as a constant: taken away from all z_j it changes nothing, and no power
    of e overflows."""
    if not len(z):
        raise ValueError("softmax needs at least one number")
    m = max(z)
    return m.data if isinstance(m, ag.Value) else m
