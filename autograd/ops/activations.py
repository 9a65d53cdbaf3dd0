"""Activation functions of neural networks, element by element.

Each says what its derivative is at a kink; the conventions are PyTorch's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..op import FACES, Elementwise, elementwise, plain, where
from .arithmetic import ANY, APART, absolute, square
from .elementwise import exp, repair, tanh
from .samples import uniform
from .special import SQRT_HALF, SQRT_TAU, erfc

__all__ = [
    "elu",
    "expit",
    "gelu",
    "hardtanh",
    "leaky_relu",
    "log_sigmoid",
    "logit",
    "mish",
    "prelu",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "square_nonlinearity",
]


def pick(mask: Any, a: Any, b: Any, like: Any) -> Any:
    """``where`` that stays a float for floats and keeps the dtype of ``like`` for constants."""
    if type(mask) is bool:
        return a if mask else b
    if type(a) is float and type(b) is float:
        dtype = plain(like).dtype.type
        return np.where(mask, dtype(a), dtype(b))
    return where(mask, a, b)


def _negative_part(x: Any) -> Any:
    # What exp is given, so that it does not overflow on the side that is not used.
    return pick(x > 0, 0.0, x, x)


# Logistic function and relatives --------------------------------------------------------------


def _sigmoid(x: Any) -> Any:
    # Where exp overflows, the result is below the smallest number and 0 is right.
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(np.subtract(0.0, x)))


def _scalar_sigmoid(x: float) -> float:
    e = math.exp(-abs(x))
    return (1.0 if x >= 0 else e) / (1.0 + e)


SATURATED = 1 - 1e-4  # from here on 1 - sigmoid(x) has lost four of its digits


def _sigmoid_partial(out: Any, x: Any) -> Any:
    """out (1 - out), with 1 - out from ``x`` itself where that cancels."""
    if type(out) is float:
        return out * (1 - out if out < SATURATED else _scalar_sigmoid(-x))
    if type(out) in FACES or not out.ndim:
        return out * sigmoid(-x)
    rest = 1 - out
    if rest.size and np.fmax.reduce(out, axis=None) >= SATURATED:
        repair(rest, out >= SATURATED, lambda x: _sigmoid(-x), x)
    return out * rest


sigmoid: Elementwise = elementwise(
    _sigmoid,
    _sigmoid_partial,
    scalar=_scalar_sigmoid,
    name="sigmoid",
    label="σ",
    domain=(ANY,),
    doc="Logistic function 1 / (1 + exp(-x)), also known as expit.",
)
expit = sigmoid


def _logit(x: Any) -> Any:
    # Near one half 2x - 1 is exact; log(x / (1 - x)) has lost its digits by then.
    x = np.asarray(x)
    middle = np.abs(x - 0.5) < 0.25
    centred = np.where(middle, 2 * x - 1, np.zeros_like(x))
    outer = np.where(middle, np.full_like(x, 0.25), x)
    return np.where(middle, 2 * np.arctanh(centred), np.log(outer / (1 - outer)))


logit = elementwise(
    _logit,
    lambda out, x: 1 / (x * (1 - x)),
    scalar=lambda x: 2 * math.atanh(2 * x - 1) if 0.25 < x < 0.75 else math.log(x / (1 - x)),
    name="logit",
    poles=True,
    domain=((0.1, 0.9),),
    doc="log(x / (1 - x)), the inverse of sigmoid.",
)
log_sigmoid = elementwise(
    lambda x: -np.logaddexp(0, -x),
    lambda out, x: sigmoid(-x),
    scalar=lambda x: min(x, 0.0) - math.log1p(math.exp(-abs(x))),
    name="log_sigmoid",
    domain=(ANY,),
    doc="log(sigmoid(x)), without underflow.",
)
softplus = elementwise(
    lambda x, beta=1.0: np.logaddexp(0, x * beta) / beta,
    lambda out, x, beta: sigmoid(x * beta),
    scalar=lambda x, beta=1.0: (max(x * beta, 0.0) + math.log1p(math.exp(-abs(x * beta)))) / beta,
    name="softplus",
    domain=(ANY,),
    samples=lambda rng: [
        ((uniform(rng, 2, 3),), {}),
        ((uniform(rng, 4),), {"beta": 2.5}),
        ((uniform(rng),), {"beta": 0.5}),
    ],
    doc="log(1 + exp(beta x)) / beta, a smooth relu (Dugas et al. 2001).",
)


def _silu_partial(out: Any, x: Any) -> Any:
    s = sigmoid(x)
    return s + out * (1 - s)


silu = elementwise(
    lambda x: x * _sigmoid(x),
    _silu_partial,
    scalar=lambda x: x * _scalar_sigmoid(x),
    name="silu",
    domain=(ANY,),
    doc="x sigmoid(x), also known as swish (Elfwing et al. 2017; Ramachandran et al. 2017).",
)


def _mish_partial(out: Any, x: Any) -> Any:
    t = tanh(softplus(x))
    return t + x * (1 - t * t) * sigmoid(x)


mish = elementwise(
    lambda x: x * np.tanh(np.logaddexp(0, x)),
    _mish_partial,
    name="mish",
    domain=(ANY,),
    doc="x tanh(softplus(x)) (Misra 2019).",
)


# Rectifiers -----------------------------------------------------------------------------------

relu = elementwise(
    lambda x: np.maximum(x, 0),
    lambda out, x: x > 0,
    scalar=lambda x: x if x > 0 or x != x else 0.0,
    name="relu",
    domain=(APART,),
    doc="max(x, 0) (Nair and Hinton 2010); the derivative at 0 is 0.",
)
leaky_relu = elementwise(
    lambda x, negative_slope=0.01: np.where(np.greater(x, 0), x, x * negative_slope),
    lambda out, x, negative_slope: pick(x > 0, 1.0, float(negative_slope), x),
    scalar=lambda x, negative_slope=0.01: x if x > 0 else x * negative_slope,
    name="leaky_relu",
    domain=(APART,),
    samples=lambda rng: [
        ((np.array([[-2.0, 0.5, 1.5], [3.0, -0.7, -0.1]]),), {}),
        ((np.array(-1.5),), {"negative_slope": 0.2}),
    ],
    doc="""``x`` where positive, ``negative_slope * x`` elsewhere (Maas et al. 2013).

    The derivative at 0 is ``negative_slope``.
    """,
)
prelu = elementwise(
    lambda x, weight: np.where(np.greater(x, 0), x, x * weight),
    (
        lambda out, x, weight: pick(x > 0, 1.0, weight, x),
        lambda out, x, weight: _negative_part(x),
    ),
    scalar=lambda x, weight: x if x > 0 else x * weight,
    name="prelu",
    domain=(APART, (0.1, 0.5)),
    doc="""``x`` where positive, ``weight * x`` elsewhere, with a learned weight (He et al. 2015).

    The weight broadcasts against ``x``; give it shape (channels, 1, 1) for images.
    """,
)


def _elu(x: Any, alpha: Any = 1.0) -> Any:
    return np.where(np.greater(x, 0), x, alpha * np.expm1(np.minimum(x, 0)))


elu = elementwise(
    _elu,
    lambda out, x, alpha: pick(x > 0, 1.0, alpha * exp(_negative_part(x)), x),
    scalar=lambda x, alpha=1.0: x if x > 0 or x != x else alpha * math.expm1(x),
    name="elu",
    domain=(APART,),
    samples=lambda rng: [
        ((np.array([[-2.0, 0.5, 1.5], [3.0, -0.7, -0.2]]),), {}),
        ((np.array(-1.5),), {"alpha": 0.7}),
    ],
    doc="""``x`` where positive, alpha (exp(x) - 1) elsewhere (Clevert et al. 2015).

    The derivative at 0 is ``alpha``.
    """,
)

# The fixed point of Klambauer et al. (2017): activations keep mean 0 and variance 1.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946

selu = elementwise(
    lambda x: SELU_SCALE * _elu(x, SELU_ALPHA),
    lambda out, x: pick(x > 0, SELU_SCALE, (SELU_SCALE * SELU_ALPHA) * exp(_negative_part(x)), x),
    scalar=lambda x: SELU_SCALE * (x if x > 0 or x != x else SELU_ALPHA * math.expm1(x)),
    name="selu",
    domain=(APART,),
    doc="Scaled elu that normalises itself (Klambauer et al. 2017).",
)

# Gaussian error linear units -------------------------------------------------------------------

GELU_CUBIC = 0.044715
GELU_SCALE = math.sqrt(2 / math.pi)


def _gelu(x: Any, approximate: str = "none") -> Any:
    if approximate == "none":
        return 0.5 * x * erfc.forward(x * -SQRT_HALF)
    if approximate == "tanh":
        # (1 + tanh(u)) / 2 is sigmoid(2u), which keeps its digits on the left.
        return x * _sigmoid((2 * GELU_SCALE) * (x + GELU_CUBIC * x * x * x))
    raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")


def _gelu_partial(out: Any, x: Any, approximate: str) -> Any:
    if approximate == "none":
        return 0.5 * erfc(x * -SQRT_HALF) + x * (exp(x * x * -0.5) * (1 / SQRT_TAU))
    s = sigmoid((2 * GELU_SCALE) * (x + GELU_CUBIC * x * x * x))
    inner = (2 * GELU_SCALE) * (1 + (3 * GELU_CUBIC) * x * x)
    return s + x * (s * (1 - s)) * inner


gelu = elementwise(
    _gelu,
    _gelu_partial,
    name="gelu",
    domain=(ANY,),
    samples=lambda rng: [
        ((uniform(rng, 2, 3),), {}),
        ((uniform(rng, 4),), {"approximate": "tanh"}),
        ((uniform(rng),), {}),
    ],
    doc="""x times the normal distribution function of x (Hendrycks and Gimpel 2016).

    ``approximate="tanh"`` takes their approximation in place of the error function.
    """,
)


# Bounded ---------------------------------------------------------------------------------------

hardtanh = elementwise(
    lambda x, min_val=-1.0, max_val=1.0: np.clip(x, min_val, max_val),
    lambda out, x, min_val, max_val: (x > min_val) & (x < max_val),
    scalar=lambda x, min_val=-1.0, max_val=1.0: min(max(x, min_val), max_val),
    name="hardtanh",
    domain=(((-3.0, -1.2), (-0.8, 0.8)),),
    samples=lambda rng: [
        ((np.array([[-2.0, 0.5, 1.5], [3.0, -0.7, -0.2]]),), {}),
        ((np.array(-1.5),), {"min_val": -2.0, "max_val": 0.5}),
    ],
    doc="``x`` limited to [min_val, max_val]; the derivative at the limits is 0.",
)
softsign = elementwise(
    lambda x: x / (1 + np.abs(x)),
    lambda out, x: 1 / square(1 + absolute(x)),
    scalar=lambda x: x / (1 + abs(x)),
    name="softsign",
    domain=(APART,),
    doc="x / (1 + \\|x\\|) (Bergstra et al. 2009).",
)


def _square_nonlinearity(x: Any) -> Any:
    c = np.clip(x, -2, 2)
    return c * (1 - 0.25 * np.abs(c))


square_nonlinearity = elementwise(
    _square_nonlinearity,
    lambda out, x: pick(abs(plain(x)) < 2, 1 - 0.5 * absolute(x), 0.0, x),
    name="square_nonlinearity",
    label="SQNL",
    domain=(((-1.8, -0.2), (2.2, 3.0)),),
    doc="x - sign(x) x² / 4 between -2 and 2 and ±1 beyond, SQNL (Wuraola and Patel 2018).",
)
