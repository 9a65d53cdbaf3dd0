"""The network that an estimator's parameters describe, and its starting weights."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd import no_grad

from .. import activations, init, layers
from ..layers import Dropout, Linear, Sequential
from ..module import Module

__all__ = ["assign", "build_network", "dense_layers", "start", "widths_of"]


def widths_of(hidden_layer_sizes: Any) -> list[int]:
    """Widths of the hidden layers from an int or a sequence."""
    sizes = hidden_layer_sizes
    return [int(n) for n in (sizes if isinstance(sizes, Iterable) else [sizes])]


def build_network(
    widths: Sequence[int],
    *,
    activation: str | Callable[[Any], Any] | Module,
    normalization: str | None,
    dropout: float,
    dtype: Any,
    rng: np.random.Generator | None,
) -> Sequential:
    """Dense layers; after each but the last, if asked for, norm, activation and dropout.

    ``rng`` is what dropout draws from.
    """
    made: list[Module] = []
    unused = np.random.default_rng(0)  # starting values come later
    for n, (before, width) in enumerate(pairwise(widths), 2):
        made.append(Linear(before, width, dtype=dtype, rng=unused))
        if n == len(widths):
            break
        if normalization is not None:
            norm = layers.BatchNorm1d if normalization == "batch" else layers.LayerNorm
            made.append(norm(width, dtype=dtype))
        made.append(_activation(activation))
        if dropout:
            made.append(Dropout(dropout, rng=rng))
    return Sequential(*made)


def _activation(given: Any) -> Module:
    """An activation of this layer's own: one with parameters is not shared between layers."""
    return copy.deepcopy(activations.get(given))


def dense_layers(network: Module) -> list[Linear]:
    """The dense layers in order, whose weights and biases are ``coefs_`` and ``intercepts_``."""
    return [module for module in network.modules() if isinstance(module, Linear)]


def start(
    network: Module,
    rule: str | Callable[..., Any],
    activation: Any,
    rng: np.random.RandomState,
) -> None:
    """Write starting values into the dense layers.

    ``"glorot_uniform"`` draws the numbers scikit-learn's MLP would: weights and biases uniform
    within sqrt(6 / (inputs + outputs)), or sqrt(2 / ...) for logistic units (Glorot and Bengio
    2010). With any other rule biases start at 0.
    """
    if rule == "glorot_uniform":
        factor = 2.0 if activation in ("expit", "logistic", "sigmoid") else 6.0
        for layer in dense_layers(network):
            n, m = layer.in_features, layer.out_features
            bound = math.sqrt(factor / (n + m))
            assign(layer, rng.uniform(-bound, bound, (n, m)), rng.uniform(-bound, bound, m))
        return
    fill = init.get(rule)
    generator = np.random.default_rng(rng.randint(2**31))
    for layer in dense_layers(network):
        assign(layer, intercept=np.zeros(layer.out_features))
        fill(layer.weight, generator)


def assign(layer: Linear, coef: Any = None, intercept: Any = None) -> None:
    """Take over weights in scikit-learn's layout, (inputs, outputs), and biases."""
    with no_grad():
        if coef is not None:
            layer.weight[...] = np.asarray(coef).T
        if intercept is not None and layer.bias is not None:
            layer.bias[...] = np.asarray(intercept)
