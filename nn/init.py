"""Starting values for parameters, written into a tensor in place.

Fans are those of a dense layer: ``weight`` has the shape (out, in), and every further axis counts
as receptive field, as for convolutions.
"""

from __future__ import annotations

import math
from typing import Any

from autograd import Tensor, no_grad

from .seed import Rng, generator

__all__ = [
    "calculate_gain",
    "constant",
    "kaiming_normal",
    "kaiming_uniform",
    "normal",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]


def zeros(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return constant(tensor, 0.0)


def constant(tensor: Tensor, value: float) -> Tensor:
    """Fill with one number."""
    return _fill(tensor, value)


def normal(tensor: Tensor, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill from a normal distribution."""
    return _fill(tensor, generator(rng).normal(mean, std, tensor.shape))


def uniform(tensor: Tensor, low: float = 0.0, high: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill from a uniform distribution on [low, high)."""
    return _fill(tensor, generator(rng).uniform(low, high, tensor.shape))


def xavier_uniform(tensor: Tensor, gain: float = 1.0, rng: Rng = None) -> Tensor:
    """Uniform with variance 2 gain² / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    bound = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    return uniform(tensor, -bound, bound, rng)


def xavier_normal(tensor: Tensor, gain: float = 1.0, rng: Rng = None) -> Tensor:
    """Normal with variance 2 gain² / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    return normal(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), rng)


def kaiming_uniform(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Rng = None,
) -> Tensor:
    """Uniform with variance gain² / fan (He et al. 2015); ``a`` is a leaky relu's slope."""
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform(tensor, -bound, bound, rng)


def kaiming_normal(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Rng = None,
) -> Tensor:
    """Normal with variance gain² / fan (He et al. 2015); ``a`` is a leaky relu's slope."""
    return normal(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), rng)


def calculate_gain(nonlinearity: str, a: float = 0.01) -> float:
    """The factor that keeps the variance through an activation (PyTorch's table)."""
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5.0 / 3.0,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1.0 + a * a)),
        "selu": 0.75,
    }
    if nonlinearity not in gains:
        raise ValueError(f"no gain for {nonlinearity!r}; there is one for {', '.join(gains)}")
    return gains[nonlinearity]


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _fans(tensor: Tensor) -> tuple[int, int]:
    shape = tensor.shape
    if len(shape) < 2:
        raise ValueError(
            f"a tensor of shape {shape} has no fan-in and fan-out: they are those of a weight of "
            "shape (out, in); use normal, uniform or zeros for a bias"
        )
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _fill(tensor: Tensor, values: Any) -> Tensor:
    with no_grad():
        tensor[...] = values
    return tensor
