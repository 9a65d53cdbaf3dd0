"""The multi-layer perceptron: dense layers with an activation between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .. import activations
from ..module import Module
from ..seed import Rng, generator
from .container import Sequential
from .dropout import Dropout
from .linear import Linear

__all__ = ["MLP"]


class MLP(Sequential):
    """Dense layers with an activation, and dropout if asked for, after each but the last.

    The output is linear: logits for ``cross_entropy``, or a regression.

    Parameters
    ----------
    in_features : int
        Number of features.
    hidden : sequence of int, or int
        Widths of the hidden layers; empty for a linear model.
    out_features : int
        Number of outputs.
    activation : str, callable or Module
        By name, as in :mod:`nn.activations`, or anything that can be called.
    dropout : float
        Probability with which a hidden unit is zeroed while training.
    bias : bool
        Whether the layers have biases.
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
    """

    def __init__(
        self,
        in_features: int,
        hidden: Iterable[int] | int,
        out_features: int,
        *,
        activation: str | Callable[[Any], Any] | Module = "relu",
        dropout: float = 0.0,
        bias: bool = True,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        rng = None if rng is None else generator(rng)
        widths = [hidden] if isinstance(hidden, (int, np.integer)) else list(hidden)
        layers: list[Module] = []
        for width in widths:
            layers.append(Linear(in_features, width, bias, dtype=dtype, rng=rng))
            layers.append(activations.get(activation))
            if dropout:
                layers.append(Dropout(dropout, rng=rng))
            in_features = width
        layers.append(Linear(in_features, out_features, bias, dtype=dtype, rng=rng))
        super().__init__(*layers)
