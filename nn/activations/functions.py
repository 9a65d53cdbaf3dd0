"""Activations as functions: the engine's ops, and some that are made of them.

Their arguments have NumPy's names (``axis=``), those of the modules PyTorch's (``dim=``).
"""

from __future__ import annotations

from typing import Any

import autograd as ag
from autograd import (
    arctan,
    elu,
    gelu,
    hardtanh,
    leaky_relu,
    log_sigmoid,
    mish,
    prelu,
    relu,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    square_nonlinearity,
    tanh,
)

__all__ = [
    "arctan",
    "celu",
    "elu",
    "gelu",
    "hardtanh",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "square_nonlinearity",
    "tanh",
]


def softmax(x: Any, axis: int = -1) -> Any:
    """Positive numbers that sum to one along ``axis``: exp(x) / sum(exp(x)).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.activations import softmax
    >>> softmax(np.array([0.0, 0.0, 1000.0]))
    array([0., 0., 1.])
    """
    return ag.softmax(x, axis=axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """The logarithm of :func:`softmax`, without overflow or underflow.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.activations import log_softmax
    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    return ag.log_softmax(x, axis=axis)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """``x`` where positive, alpha (exp(x / alpha) - 1) elsewhere (Barron 2017).

    The derivative is continuous for every ``alpha``, unlike that of ``elu``.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.activations import celu
    >>> celu(np.array([-100.0, 3.0]), alpha=2.0)
    array([-2.,  3.])
    """
    return alpha * elu(x / alpha)


def relu6(x: Any) -> Any:
    """``x`` limited to [0, 6] (Krizhevsky 2010).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.activations import relu6
    >>> relu6(np.array([-1.0, 2.0, 7.0]))
    array([0., 2., 6.])
    """
    return hardtanh(x, 0.0, 6.0)
