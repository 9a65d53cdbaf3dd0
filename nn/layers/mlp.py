"""The multi-layer perceptron: dense layers with an activation between them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from .. import activations
from .. import init as initialisers
from ..module import Module
from ..seed import Rng, generator
from ..suggest import unknown
from .container import Sequential
from .dropout import Dropout
from .linear import Linear
from .norm import BatchNorm1d, LayerNorm

__all__ = ["MLP"]

Activation: TypeAlias = "str | Callable[[Any], Any] | Module"

_NORMS: dict[str, Callable[..., Module]] = {"batch": BatchNorm1d, "layer": LayerNorm}


class MLP(Sequential):
    """Dense layers; after each but the last a norm, an activation and dropout, if asked for.

    The output is linear unless there is an ``output_activation``: logits for ``cross_entropy``, or
    a regression.

    Parameters
    ----------
    in_features : int
        Number of features.
    hidden : sequence of int, or int
        Widths of the hidden layers; empty for a linear model.
    out_features : int
        Number of outputs.
    activation : str, callable or Module, or a list of them
        By name, as in :mod:`nn.activations`, or anything that can be called; a list has one for
        each hidden layer. A module with parameters is copied, so that each layer has its own.
    norm : {None, 'batch', 'layer'}
        What stands between a dense layer and its activation.
    dropout : float
        Probability with which a hidden unit is zeroed while training.
    bias : bool
        Whether the layers have biases.
    init : str or callable, optional
        What fills the weights: a name, as in :mod:`nn.init`, or a function of a tensor; biases
        then start at 0. Without it layers start as :class:`nn.Linear` does.
    output_activation : str, callable or Module, optional
        What comes after the last layer.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values and for dropout.

    Examples
    --------
    >>> import nn
    >>> nn.MLP(2, [16], 1, activation="tanh")
    MLP(
      (0): Linear(in_features=2, out_features=16)
      (1): Tanh()
      (2): Linear(in_features=16, out_features=1)
    )
    >>> model = nn.MLP(
    ...     2,
    ...     [16, 8],
    ...     1,
    ...     activation=["relu", "tanh"],
    ...     norm="batch",
    ...     init="orthogonal",
    ...     output_activation="sigmoid",
    ... )
    >>> [type(layer).__name__ for layer in model][:4]
    ['Linear', 'BatchNorm1d', 'ReLU', 'Linear']
    """

    def __init__(
        self,
        in_features: int,
        hidden: Iterable[int] | int,
        out_features: int,
        *,
        activation: Activation | Sequence[Activation] = "relu",
        norm: str | None = None,
        dropout: float = 0.0,
        bias: bool = True,
        init: str | Callable[..., Any] | None = None,
        output_activation: Activation | None = None,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        if norm is not None and norm not in _NORMS:
            raise unknown("norm", norm, _NORMS, "None leaves it out")
        fill = None if init is None else initialisers.get(init)
        rng = None if rng is None else generator(rng)
        widths = [hidden] if isinstance(hidden, (int, np.integer)) else list(hidden)
        layers: list[Module] = []

        def dense(inputs: int, outputs: int) -> Linear:
            layer = Linear(inputs, outputs, bias, dtype=dtype, rng=rng)
            if fill is not None:
                fill(layer.weight, rng)
                if layer.bias is not None:
                    initialisers.zeros(layer.bias)
            return layer

        for width, bend in zip(widths, _one_each(activation, len(widths))):
            layers.append(dense(in_features, width))
            if norm is not None:
                layers.append(_NORMS[norm](width, dtype=dtype))
            layers.append(_own(activations.get(bend, dtype=dtype), layers))
            if dropout:
                layers.append(Dropout(dropout, rng=rng))
            in_features = width
        layers.append(dense(in_features, out_features))
        if output_activation is not None:
            layers.append(_own(activations.get(output_activation, dtype=dtype), layers))
        super().__init__(*layers)


def _one_each(activation: Activation | Sequence[Activation], n: int) -> list[Activation]:
    """The activation of each of ``n`` hidden layers."""
    if not isinstance(activation, (list, tuple)):
        return [activation] * n  # type: ignore[list-item]
    if len(activation) != n:
        raise ValueError(
            f"MLP: a list of {len(activation)} activations for {n} hidden layers; it has one for "
            "each"
        )
    return list(activation)


def _own(activation: Module, layers: list[Module]) -> Module:
    """The module, or a copy where another layer has it and it has parameters."""
    taken = activation.parameters() and any(activation is layer for layer in layers)
    return copy.deepcopy(activation) if taken else activation
