"""Starting values for parameters, written into a tensor in place.

Each function is there under PyTorch's name too, with an underscore at the end:
``xavier_uniform_`` is ``xavier_uniform``.

Fans are those of a dense layer: ``weight`` has the shape (out, in), and every further axis counts
as receptive field, as for convolutions.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor, no_grad

from .seed import Rng, generator
from .suggest import unknown

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "eye",
    "eye_",
    "get",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "lecun_normal",
    "lecun_normal_",
    "lecun_uniform",
    "lecun_uniform_",
    "names",
    "normal",
    "normal_",
    "ones",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "trunc_normal",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros",
    "zeros_",
]

Initialiser: TypeAlias = "Callable[..., Any]"


# Constants --------------------------------------------------------------------------------------


def zeros(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return _fill(tensor, 0.0)


def ones(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return _fill(tensor, 1.0)


def constant(tensor: Tensor, val: float) -> Tensor:
    """Fill with one number."""
    return _fill(tensor, val)


def eye(tensor: Tensor) -> Tensor:
    """Ones on the diagonal of a matrix, zeros elsewhere: a layer that starts as the identity."""
    if tensor.ndim != 2:
        raise ValueError(f"eye fills matrices; this tensor has shape {tensor.shape}")
    rows, columns = tensor.shape
    return _fill(tensor, np.eye(rows, columns))


# Distributions ----------------------------------------------------------------------------------


def normal(tensor: Tensor, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill from a normal distribution."""
    return _fill(tensor, generator(rng).normal(mean, std, tensor.shape))


def uniform(tensor: Tensor, a: float = 0.0, b: float = 1.0, rng: Rng = None) -> Tensor:
    """Fill from a uniform distribution on [a, b)."""
    return _fill(tensor, generator(rng).uniform(a, b, tensor.shape))


def trunc_normal(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    rng: Rng = None,
) -> Tensor:
    """Fill from a normal distribution whose values outside [a, b] are drawn again.

    ``a`` and ``b`` are bounds of the values, not multiples of ``std``, as in PyTorch.
    """
    low, high = (a - mean) / std, (b - mean) / std
    if not (low < high and low <= 2.0 and high >= -2.0):
        raise ValueError(
            f"trunc_normal needs a < b, and a mean no more than 2 std outside of them; got "
            f"mean={mean}, std={std}, a={a}, b={b}"
        )
    rng = generator(rng)
    drawn = np.empty(tensor.size)
    missing = drawn.size
    while missing:
        # Normal numbers rarely fall into a narrow interval; uniform ones always do (Robert 1995).
        if high - low < 2.5:
            x = rng.uniform(low, high, missing)
            peak = np.clip(0.0, low, high)
            x = x[rng.random(missing) < np.exp((peak * peak - x * x) / 2)]
        else:
            x = rng.standard_normal(missing)
            x = x[(low <= x) & (x <= high)]
        drawn[missing - len(x) : missing] = x
        missing -= len(x)
    # Rounding may carry a value just across a bound.
    return _fill(tensor, np.clip(mean + std * drawn, a, b).reshape(tensor.shape))


# Variance kept from layer to layer --------------------------------------------------------------


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


def lecun_uniform(tensor: Tensor, rng: Rng = None) -> Tensor:
    """Uniform with variance 1 / fan_in (LeCun et al. 1998): what ``selu`` counts on."""
    return kaiming_uniform(tensor, nonlinearity="linear", rng=rng)


def lecun_normal(tensor: Tensor, rng: Rng = None) -> Tensor:
    """Normal with variance 1 / fan_in (LeCun et al. 1998): what ``selu`` counts on."""
    return kaiming_normal(tensor, nonlinearity="linear", rng=rng)


def orthogonal(tensor: Tensor, gain: float = 1.0, rng: Rng = None) -> Tensor:
    """A matrix with orthonormal rows or columns, whichever are fewer, times ``gain``.

    Every orthogonal matrix is as likely as every other: the Q of a normal matrix with the signs
    that make R's diagonal positive (Saxe et al. 2014; Mezzadri 2007). Axes after the first are
    joined.
    """
    _fans(tensor)
    shape = tensor.shape
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(generator(rng).normal(size=(max(rows, columns), min(rows, columns))))
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return _fill(tensor, gain * (q.T if rows < columns else q).reshape(shape))


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor that keeps the variance through an activation (PyTorch's table).

    ``param`` is the negative slope of ``"leaky_relu"``, 0.01 unless given.

    Examples
    --------
    >>> from nn.init import calculate_gain
    >>> calculate_gain("leaky_relu", 1.0), round(calculate_gain("tanh"), 3)
    (1.0, 1.667)
    """
    slope = 0.01 if param is None else param
    gains = {
        "conv1d": 1.0,
        "conv2d": 1.0,
        "conv3d": 1.0,
        "conv_transpose1d": 1.0,
        "conv_transpose2d": 1.0,
        "conv_transpose3d": 1.0,
        "leaky_relu": math.sqrt(2.0 / (1.0 + slope * slope)),
        "linear": 1.0,
        "relu": math.sqrt(2.0),
        "selu": 0.75,
        "sigmoid": 1.0,
        "tanh": 5.0 / 3.0,
    }
    if nonlinearity not in gains:
        cure = "Pass the factor itself as gain= where there is one"
        raise unknown("nonlinearity with a gain", nonlinearity, gains, cure)
    return gains[nonlinearity]


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _fans(tensor: Tensor) -> tuple[int, int]:
    shape = getattr(tensor, "shape", None)
    if shape is None:
        raise TypeError(
            f"starting values are for a tensor, such as layer.weight; got {tensor!r:.60}"
        )
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


# By name ----------------------------------------------------------------------------------------

# PyTorch's names.
constant_ = constant
eye_ = eye
kaiming_normal_ = kaiming_normal
kaiming_uniform_ = kaiming_uniform
lecun_normal_ = lecun_normal
lecun_uniform_ = lecun_uniform
normal_ = normal
ones_ = ones
orthogonal_ = orthogonal
trunc_normal_ = trunc_normal
uniform_ = uniform
xavier_normal_ = xavier_normal
xavier_uniform_ = xavier_uniform
zeros_ = zeros

_BY_NAME: dict[str, Initialiser] = {
    function.__name__: function
    for function in (
        eye,
        kaiming_normal,
        kaiming_uniform,
        lecun_normal,
        lecun_uniform,
        normal,
        ones,
        orthogonal,
        trunc_normal,
        uniform,
        xavier_normal,
        xavier_uniform,
        zeros,
    )
}

# Keras names them after the other author.
_ALIASES = {
    "glorot_normal": "xavier_normal",
    "glorot_uniform": "xavier_uniform",
    "he_normal": "kaiming_normal",
    "he_uniform": "kaiming_uniform",
}


def names() -> list[str]:
    """The names that :func:`get` knows, second names among them."""
    return sorted([*_BY_NAME, *_ALIASES])


def get(initialiser: str | Initialiser) -> Callable[[Tensor, Rng], Any]:
    """What fills a tensor, ``fill(tensor, rng)``, by name or from a function of a tensor.

    A function gets ``rng=`` if it takes it.

    Examples
    --------
    >>> import nn
    >>> weight = nn.Linear(2, 2).weight
    >>> _ = nn.init.get("eye")(weight, None)
    >>> weight.numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if isinstance(initialiser, str):
        name = initialiser.removesuffix("_")
        name = _ALIASES.get(name, name)
        if name not in _BY_NAME:
            cure = "Any function that fills a tensor in place will do as well"
            raise unknown("initialiser", initialiser, _BY_NAME, cure, _ALIASES)
        initialiser = _BY_NAME[name]
    if not callable(initialiser):
        raise TypeError(f"an initialiser is a name or a function of a tensor, not {initialiser!r}")
    fill = initialiser
    try:
        seeded = "rng" in inspect.signature(fill).parameters
    except ValueError:  # something compiled
        seeded = False
    return lambda tensor, rng: fill(tensor, rng=rng) if seeded else fill(tensor)
