"""Special functions that NumPy lacks: error function, gamma and Bessel functions.

With SciPy installed its compiled loops are used; without it the same values, to near round-off,
come from ``math`` or from the series below. SciPy is imported when a function is first called.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..op import Elementwise, elementwise
from .arithmetic import ABOVE, ANY
from .elementwise import exp
from .samples import uniform

__all__ = ["digamma", "erf", "erfc", "gammaln", "i0", "polygamma"]

SQRT_HALF = math.sqrt(0.5)
SQRT_TAU = math.sqrt(2 * math.pi)
TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)


@functools.cache
def _scipy(name: str) -> Callable[..., Any] | None:
    """The function of ``scipy.special``, ``None`` without SciPy."""
    try:
        import scipy.special
    except ImportError:
        return None
    return getattr(scipy.special, name)


def _floating(x: Any) -> tuple[Any, Any]:
    """``x`` in float64, and the dtype its result has."""
    x = np.asarray(x)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    return x.astype(np.float64, copy=False), dtype


def _mapped(function: Callable[[float], float], x: Any) -> Any:
    x, dtype = _floating(x)
    values = np.fromiter(map(function, x.ravel().tolist()), np.float64, x.size)
    return values.reshape(x.shape).astype(dtype, copy=False)


def _like_scipy(name: str, fallback: Callable[[float], float]) -> Callable[[Any], Any]:
    def forward(x: Any) -> Any:
        compiled = _scipy(name)
        return _mapped(fallback, x) if compiled is None else compiled(x)

    return forward


# Error function -------------------------------------------------------------------------------

erf = elementwise(
    _like_scipy("erf", math.erf),
    lambda out, x: TWO_OVER_SQRT_PI * exp(-x * x),
    scalar=math.erf,
    name="erf",
    domain=(ANY,),
    doc="Error function, 2/√π times the integral of exp(-t²) from 0 to x.",
)
erfc = elementwise(
    _like_scipy("erfc", math.erfc),
    lambda out, x: -TWO_OVER_SQRT_PI * exp(-x * x),
    scalar=math.erfc,
    name="erfc",
    domain=(ANY,),
    doc="1 - erf(x), with its digits where that is small.",
)


# Gamma function and its logarithmic derivatives ---------------------------------------------------

# Bernoulli numbers B2, B4, ...
BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
    854513 / 138,
)


def _lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except ValueError:  # a pole
        return math.inf


def _cotangent_derivative(x: Any, n: int) -> Any:
    """pi times the n-th derivative of cot(pi x), a polynomial in cot(pi x): c' = -pi (1 + c²)."""
    c = np.polynomial.Polynomial([0.0, 1.0])
    slope = np.polynomial.Polynomial([-1.0, 0.0, -1.0])
    p = c
    for _ in range(n):
        p = p.deriv() * slope
    return np.pi ** (n + 1) * p(1 / np.tan(np.pi * (x - np.round(x))))


def _polygamma_series(n: int, x: Any) -> Any:
    """The n-th derivative of digamma by recurrence, asymptotic series and reflection.

    Abramowitz and Stegun 6.3.7, 6.3.18, 6.4.6, 6.4.7 and 6.4.11.
    """
    reflected = x < 0.5
    y = np.where(reflected, 1 - x, x)
    steps = 10 + n
    z = y + steps
    near = sum((y + k) ** -(n + 1.0) for k in range(steps))
    if n == 0:
        far = np.log(z) - 0.5 / z
        for k, b in enumerate(BERNOULLI, 1):
            far = far - b / (2 * k) * z ** (-2.0 * k)
        value = far - near
    else:
        far = math.factorial(n - 1) * z ** -float(n) + 0.5 * math.factorial(n) * z ** -(n + 1.0)
        for k, b in enumerate(BERNOULLI, 1):
            rising = math.factorial(2 * k + n - 1) / math.factorial(2 * k)
            far = far + b * rising * z ** -(2.0 * k + n)
        value = (-1) ** (n + 1) * (far + math.factorial(n) * near)
    if not reflected.any():
        return value
    mirror = (-1) ** n * value - _cotangent_derivative(np.where(reflected, x, 0.25), n)
    pole = (x <= 0) & (x == np.round(x))
    return np.where(reflected, np.where(pole, np.inf if n % 2 else np.nan, mirror), value)


def _polygamma(x: Any, n: int = 0) -> Any:
    compiled = _scipy("digamma" if n == 0 else "polygamma")
    x, dtype = _floating(x)
    if compiled is not None:
        return np.asarray(compiled(x) if n == 0 else compiled(n, x)).astype(dtype, copy=False)
    with np.errstate(all="ignore"):
        return np.asarray(_polygamma_series(n, x)).astype(dtype, copy=False)


_polygamma_op: Elementwise = elementwise(
    _polygamma,
    lambda out, x, n: _polygamma_op(x, n + 1),
    scalar=lambda x, n: float(_polygamma(x, n)),
    name="polygamma",
    domain=(ABOVE,),
    samples=lambda rng: [
        ((uniform(rng, 2, 3, low=0.3, high=5.0),), {"n": 1}),
        ((uniform(rng, 3, low=-0.8, high=-0.2),), {"n": 2}),
    ],
)
digamma = elementwise(
    lambda x: _polygamma(x),
    lambda out, x: _polygamma_op(x, 1),
    scalar=lambda x: float(_polygamma(x)),
    name="digamma",
    label="ψ",
    poles=True,
    domain=(ABOVE,),
    doc="Derivative of ``gammaln``.",
)
gammaln = elementwise(
    _like_scipy("gammaln", _lgamma),
    lambda out, x: digamma(x),
    scalar=math.lgamma,
    name="gammaln",
    label="log Γ",
    poles=True,
    domain=(ABOVE,),
    doc="Logarithm of the absolute value of the gamma function.",
)


def polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of ``digamma``, as in ``scipy.special``; differentiable in ``x``."""
    if n < 0 or n != int(n):
        raise ValueError(f"polygamma: n must be a whole number from 0 on, got {n!r}")
    return _polygamma_op(x, int(n))


# Modified Bessel functions ---------------------------------------------------------------------


def _bessel_i(x: Any, order: int = 1) -> Any:
    """I_n for whole n >= 0: power series up to 30, asymptotic expansion beyond.

    Abramowitz and Stegun 9.6.10 (all terms positive for even powers) and 9.7.1.
    """
    if order == 0:
        return np.i0(x)
    x, dtype = _floating(x)
    size = np.abs(x)
    bound = 30.0 + order * order
    near = np.minimum(size, bound) / 2
    term = near**order / math.factorial(order)
    value = term
    for k in range(1, int(bound) * 2 + 10):
        term = term * (near * near / (k * (k + order)))
        value = value + term
    if (size > bound).any():
        far = np.maximum(size, bound)
        term = total = np.ones_like(far)
        for k in range(1, 40):
            term = term * (-(4.0 * order * order - (2 * k - 1) ** 2) / (8 * k * far))
            total = total + term
        half = np.exp(far / 2)  # in two factors, as exp(far) overflows a little too early
        value = np.where(size > bound, half * (total / (SQRT_TAU * np.sqrt(far))) * half, value)
    if order % 2:
        value = np.copysign(value, x)
    return np.asarray(value).astype(dtype, copy=False)


_bessel_order: Elementwise = elementwise(
    _bessel_i,
    lambda out, x, order: (
        0.5 * (_bessel_order(x, order=order - 1) + _bessel_order(x, order=order + 1))
        if order
        else _bessel_order(x, order=1)
    ),
    name="bessel_i",
    domain=(ANY,),
    samples=lambda rng: [
        ((uniform(rng, 2, 3),), {"order": 1}),
        ((uniform(rng, 3),), {"order": 2}),
    ],
)
i0 = elementwise(
    lambda x: np.i0(x),
    lambda out, x: _bessel_order(x, order=1),
    name="i0",
    label="I₀",
    numpy=np.i0,
    domain=(ANY,),
    doc="Modified Bessel function of the first kind, order 0.",
)
