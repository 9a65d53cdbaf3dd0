"""Parameters and gradients as one long vector, in PyTorch's layout.

Parameter after parameter, each in rows (C order): what an optimizer, a line search or a picture of
the loss along a direction works with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

import autograd as ag
from autograd import Tensor, Value, no_grad

from .arrays import plain
from .module import Module

__all__ = ["gradients_to_vector", "parameters_to_vector", "vector_to_parameters"]

# A module stands for its parameters.
Parameters: TypeAlias = "Module | Iterable[Tensor | Value]"


def parameters_to_vector(parameters: Parameters) -> Tensor:
    """All parameters in one vector, through which gradients flow back to them.

    Parameters
    ----------
    parameters : iterable of Tensor or Value, or Module
        What ``model.parameters()`` gives.

    Examples
    --------
    >>> import nn
    >>> from nn.vector import parameters_to_vector
    >>> model = nn.Linear(3, 2)
    >>> vector = parameters_to_vector(model.parameters())
    >>> vector.shape
    (8,)
    >>> (vector**2).sum().backward()  # a penalty on all weights at once
    >>> bool((model.weight.grad == 2 * model.weight.data).all())
    True
    """
    return ag.concatenate(
        [p.reshape(-1) if isinstance(p, Tensor) else ag.stack([p]) for p in _list(parameters)]
    )


def vector_to_parameters(vector: Any, parameters: Parameters) -> None:
    """Write the numbers of ``vector`` into the parameters, each in its own dtype.

    Examples
    --------
    >>> import nn
    >>> from nn.vector import parameters_to_vector, vector_to_parameters
    >>> model = nn.Linear(3, 2)
    >>> vector_to_parameters(0.9 * parameters_to_vector(model.parameters()), model.parameters())
    """
    given = _list(parameters)
    numbers = plain(vector)
    total = sum(map(_size, given))
    if numbers.shape != (total,):
        raise ValueError(
            f"vector_to_parameters got shape {numbers.shape} for parameters of {total} numbers, "
            f"which is a vector of shape ({total},)"
        )
    start = 0
    with no_grad():
        for p in given:
            part = numbers[start : start + _size(p)]
            if isinstance(p, Tensor):
                p[...] = part.reshape(p.shape).astype(p.dtype)
            else:
                p.data = float(part[0])
            start += _size(p)


def gradients_to_vector(parameters: Parameters) -> np.ndarray:
    """All gradients in one vector, in the layout of :func:`parameters_to_vector`.

    A parameter that the loss does not depend on counts with zeros. If no parameter has a gradient,
    ``backward`` has not been called, and that is an error.

    Examples
    --------
    >>> import numpy as np, nn
    >>> from nn.vector import gradients_to_vector
    >>> model = nn.Linear(3, 2)
    >>> model(np.ones((4, 3), dtype="float32")).sum().backward()
    >>> gradients_to_vector(model.parameters())
    array([4., 4., 4., 4., 4., 4., 4., 4.], dtype=float32)
    """
    given = _list(parameters)
    if all(p.grad is None for p in given):
        raise ValueError(
            f"none of the {len(given)} parameters has a gradient: call backward() on the loss first"
        )
    return np.concatenate(
        [np.zeros(_size(p), p.dtype) if p.grad is None else np.reshape(p.grad, -1) for p in given]
    )


def _list(parameters: Parameters) -> list[Any]:
    given = parameters.parameters() if isinstance(parameters, Module) else list(parameters)
    if not given:
        raise ValueError("there are no parameters; an iterator can be used only once")
    for p in given:
        if not isinstance(p, (Tensor, Value)):
            raise TypeError(f"parameters are Tensors or Values, got {type(p).__name__}")
    return given


def _size(p: Any) -> int:
    return p.size if isinstance(p, Tensor) else 1
