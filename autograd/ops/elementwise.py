"""Functions of one array, element by element: exponentials, trigonometry, steps, bounds."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ..op import FACES, Elementwise, composite, elementwise, plain
from .arithmetic import ABOVE, ANY, APART, absolute, hypot
from .keywords import refuse
from .samples import uniform

__all__ = [
    "abs",
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "around",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cbrt",
    "ceil",
    "clip",
    "conj",
    "conjugate",
    "cos",
    "cosh",
    "deg2rad",
    "degrees",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "fix",
    "floor",
    "log",
    "log10",
    "log1p",
    "log2",
    "nan_to_num",
    "rad2deg",
    "radians",
    "real",
    "real_if_close",
    "reciprocal",
    "rint",
    "round",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
]

INSIDE = (-0.8, 0.8)  # of (-1, 1)
LN2 = math.log(2.0)
LN10 = math.log(10.0)

exp = elementwise(np.exp, lambda out, x: out, scalar=math.exp, domain=(ANY,))
exp2 = elementwise(np.exp2, lambda out, x: out * LN2, scalar=lambda x: 2.0**x, domain=(ANY,))
expm1 = elementwise(np.expm1, lambda out, x: exp(x), scalar=math.expm1, domain=(ANY,))
log = elementwise(np.log, lambda out, x: 1 / x, scalar=math.log, poles=True, domain=(ABOVE,))
log2 = elementwise(
    np.log2, lambda out, x: 1 / (x * LN2), scalar=math.log2, poles=True, domain=(ABOVE,)
)
log10 = elementwise(
    np.log10, lambda out, x: 1 / (x * LN10), scalar=math.log10, poles=True, domain=(ABOVE,)
)
log1p = elementwise(
    np.log1p, lambda out, x: 1 / (1 + x), scalar=math.log1p, poles=True, domain=((-0.8, 3.0),)
)
sqrt = elementwise(
    np.sqrt, lambda out, x: 0.5 / out, scalar=math.sqrt, label="√", poles=True, domain=(ABOVE,)
)
cbrt = elementwise(
    np.cbrt, lambda out, x: 1 / (3 * out * out), scalar=None, label="∛", poles=True, domain=(APART,)
)
reciprocal = elementwise(
    np.reciprocal,
    lambda out, x: -out * out,
    scalar=lambda x: 1.0 / x,
    label="1/x",
    poles=True,
    domain=(APART,),
)
sin = elementwise(np.sin, lambda out, x: cos(x), scalar=math.sin, domain=(ANY,))
cos: Elementwise = elementwise(np.cos, lambda out, x: -sin(x), scalar=math.cos, domain=(ANY,))
tan = elementwise(
    np.tan, lambda out, x: 1 + out * out, scalar=math.tan, poles=True, domain=((-1.2, 1.2),)
)
arcsin = elementwise(
    np.arcsin,
    lambda out, x: 1 / sqrt((1 - x) * (1 + x)),
    scalar=math.asin,
    poles=True,
    domain=(INSIDE,),
)
arccos = elementwise(
    np.arccos,
    lambda out, x: -1 / sqrt((1 - x) * (1 + x)),
    scalar=math.acos,
    poles=True,
    domain=(INSIDE,),
)
arctan = elementwise(np.arctan, lambda out, x: 1 / (1 + x * x), scalar=math.atan, domain=(ANY,))
sinh = elementwise(np.sinh, lambda out, x: cosh(x), scalar=math.sinh, domain=(ANY,))
cosh: Elementwise = elementwise(np.cosh, lambda out, x: sinh(x), scalar=math.cosh, domain=(ANY,))


SATURATED = 1e-4  # of the slope: from here on 1 - tanh(x)² has lost four of its digits


def repair(values: np.ndarray, lost: np.ndarray, exact: Any, x: np.ndarray) -> None:
    """Put ``exact(x)`` where ``values`` have lost their digits."""
    # Indices, as a mask is read slowly where it often changes: 3 ms against 9 for a million.
    at = np.nonzero(lost)
    values[at] = exact(x[at])


def _scalar_tanh_slope(x: float) -> float:
    e = math.exp(-2 * builtins.abs(x))
    return 4 * e / ((1 + e) * (1 + e))


def _array_tanh_slope(x: Any) -> Any:
    e = np.exp(-2 * np.abs(x))
    return 4 * e / ((1 + e) * (1 + e))


_tanh_slope: Elementwise = elementwise(
    _array_tanh_slope,
    lambda out, x: -2 * out * tanh(x),
    scalar=_scalar_tanh_slope,
    name="tanh_slope",
    label="tanh′",
    domain=(ANY,),
    doc="1 - tanh(x)², with all its digits where tanh is near ±1.",
)


def _tanh_partial(out: Any, x: Any) -> Any:
    """1 - out², and from ``x`` itself where that cancels: at x = 20 nothing would be left."""
    if type(out) is float:
        slope = 1 - out * out
        return _scalar_tanh_slope(x) if slope < SATURATED else slope
    if type(out) in FACES or not out.ndim:
        return _tanh_slope(x)
    slopes = 1 - out * out
    if slopes.size and np.fmin.reduce(slopes, axis=None) < SATURATED:
        repair(slopes, slopes < SATURATED, _array_tanh_slope, x)
    return slopes


tanh: Elementwise = elementwise(np.tanh, _tanh_partial, scalar=math.tanh, domain=(ANY,))
arcsinh = elementwise(
    np.arcsinh, lambda out, x: 1 / hypot(x, 1.0), scalar=math.asinh, domain=(ANY,)
)
arccosh = elementwise(
    np.arccosh,
    lambda out, x: 1 / sqrt((x - 1) * (x + 1)),
    scalar=math.acosh,
    poles=True,
    domain=((1.2, 4.0),),
)
arctanh = elementwise(
    np.arctanh,
    lambda out, x: 1 / ((1 - x) * (1 + x)),
    scalar=math.atanh,
    poles=True,
    domain=(INSIDE,),
)
deg2rad = elementwise(
    np.deg2rad, math.pi / 180, scalar=math.radians, numpy=(np.deg2rad, np.radians), domain=(ANY,)
)
rad2deg = elementwise(
    np.rad2deg, 180 / math.pi, scalar=math.degrees, numpy=(np.rad2deg, np.degrees), domain=(ANY,)
)


# Steps: piecewise constant, so the derivative is 0 everywhere but at the jumps.
STEP = (0.1, 0.4)
floor = elementwise(np.floor, 0, scalar=lambda x: float(math.floor(x)), domain=(STEP,))
ceil = elementwise(np.ceil, 0, scalar=lambda x: float(math.ceil(x)), domain=(STEP,))
trunc = elementwise(
    np.trunc, 0, scalar=lambda x: float(math.trunc(x)), numpy=(np.trunc, np.fix), domain=(STEP,)
)
rint = elementwise(np.rint, 0, scalar=lambda x: float(builtins.round(x)), domain=(STEP,))
round = elementwise(
    lambda a, decimals=0: np.round(a, decimals),
    0,
    scalar=lambda a, decimals: float(builtins.round(a, decimals)),
    name="round",
    numpy=(np.round, np.around),
    domain=(STEP,),
    samples=lambda rng: [
        ((uniform(rng, 2, 3, low=0.1, high=0.4),), {}),
        ((uniform(rng, 3, low=0.11, high=0.14),), {"decimals": 1}),
        ((uniform(rng, low=12.0, high=14.0),), {"decimals": -1}),
    ],
    doc="Round to a number of decimals, halves to even; its derivative is 0.",
)


# Cardinal sine --------------------------------------------------------------------------------


def _sinc_derivative(x: Any, order: int = 1) -> Any:
    """The ``order``-th derivative of sin(pi x) / (pi x), also at and near 0.

    With u = pi x and f = sin(u) / u, Leibniz's rule on u f = sin(u) gives
    u f^(n) + n f^(n-1) = sin(u + n pi / 2). Near 0 that loses its digits, and the Taylor series
    of f, differentiated term by term, takes over.
    """
    u = np.pi * np.asarray(x)
    near = 2.0 + 0.5 * order
    small = np.abs(u) < near
    v = np.where(small, near, u)
    f = np.sin(v) / v
    turns = (np.sin(v), np.cos(v))
    for k in range(1, order + 1):
        turned = turns[k % 2] if k % 4 < 2 else -turns[k % 2]
        f = (turned - k * f) / v
    series = np.zeros_like(v)
    w = np.where(small, u, np.zeros_like(u))
    for j in range(order % 2, 2 * (15 + 2 * order), 2):
        sign = -1.0 if (j + order) // 2 % 2 else 1.0
        series = series + w**j * (sign / ((j + order + 1) * math.factorial(j)))
    return np.where(small, series, f) * np.pi**order


_sinc_order: Elementwise = elementwise(
    _sinc_derivative,
    lambda out, x, order: _sinc_order(x, order + 1),
    name="sinc_derivative",
    domain=(ANY,),
    samples=lambda rng: [
        ((uniform(rng, 3),), {"order": 1}),
        ((uniform(rng, 2, 2, low=-0.1, high=0.1),), {"order": 2}),
    ],
)
sinc = elementwise(
    lambda x: np.sinc(x),
    lambda out, x: _sinc_order(x, 1),
    name="sinc",
    numpy=np.sinc,
    domain=(ANY,),
    doc="sin(pi x) / (pi x), 1 at 0; derivatives of every order are right at 0 too.",
)


# Bounds ---------------------------------------------------------------------------------------


def _inside(a: Any, low: Any, high: Any) -> Any:
    a, low, high = plain(a), plain(low), plain(high)
    above = True if low is None else a >= low
    below = True if high is None else a <= high
    return above & below


def _at_low(a: Any, low: Any, high: Any) -> Any:
    a, low, high = plain(a), plain(low), plain(high)
    return a < low if high is None else (a < low) & (low <= high)


def _at_high(a: Any, low: Any, high: Any) -> Any:
    # NumPy lets the upper bound win where the bounds are crossed.
    a, low, high = plain(a), plain(low), plain(high)
    return a > high if low is None else (a > high) | (low > high)


_clip = elementwise(
    lambda a, low, high: np.clip(a, low, high),
    (
        lambda out, a, low, high: _inside(a, low, high),
        lambda out, a, low, high: _at_low(a, low, high),
        lambda out, a, low, high: _at_high(a, low, high),
    ),
    scalar=lambda a, low, high: float(np.clip(a, low, high)),
    name="clip",
    domain=((-3.0, 3.0), (-4.0, -3.1), (3.1, 4.0)),
    samples=lambda rng: [
        ((np.array([-3.0, -0.4, 0.5, 2.0]), np.array(-1.0), np.array(1.0)), {}),
        ((uniform(rng, 2, 3), np.full((2, 1), 0.013), np.array([0.5, 1.2, 2.5])), {}),
    ],
)


@composite(
    numpy=np.clip,
    samples=lambda rng: [
        ((np.array([-3.0, -0.4, 0.5, 2.0]), -1.0, 1.0), {}),
        ((np.array([[-3.0, -0.4], [0.5, 2.0]]), np.array([-1.0, 0.0])), {}),
        ((np.array([-3.0, 0.4]),), {"max": 0.0}),
    ],
)
def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: None = None,
    *,
    min: Any = None,
    max: Any = None,
) -> Any:
    """Limit to the interval from ``a_min`` to ``a_max``; either may be ``None``.

    The gradient passes where ``a_min <= a <= a_max``, the bounds included, and goes to the bound
    elsewhere.
    """
    refuse("clip", {"out": out})
    low = a_min if min is None else min
    high = a_max if max is None else max
    if type(a) in FACES and not hasattr(a, "dtype"):
        # A Value's arguments are numbers.
        low = -math.inf if low is None else low
        high = math.inf if high is None else high
    return _clip(a, low, high)


nan_to_num = elementwise(
    lambda x, copy=True, nan=0.0, posinf=None, neginf=None: np.nan_to_num(
        x, nan=nan, posinf=posinf, neginf=neginf
    ),
    lambda out, x, **replacements: np.isfinite(plain(x)),
    name="nan_to_num",
    numpy=np.nan_to_num,
    samples=lambda rng: [
        ((np.array([1.0, np.nan, -2.0, np.inf]),), {"nan": 3.0, "posinf": 4.0}),
        ((uniform(rng, 2, 3),), {}),
    ],
    doc="Replace NaN and infinities by numbers; no gradient passes there.",
)


# Numbers here are real ---------------------------------------------------------------------------

conjugate = elementwise(
    np.conjugate,
    1,
    scalar=lambda x: x,
    label="conj",
    domain=(ANY,),
    doc="The complex conjugate: the array itself, as numbers here are real.",
)


@composite(numpy=(np.real, np.real_if_close), samples=lambda rng: [((uniform(rng, 2, 3),), {})])
def real(val: Any) -> Any:
    """The real part: the array itself, as numbers here are real."""
    return val if type(val) in FACES else np.real(val)


# NumPy's other names ---------------------------------------------------------------------------

abs = fabs = absolute
around = round
conj = conjugate
real_if_close = real
fix = trunc
degrees = rad2deg
radians = deg2rad
acos, asin, atan = arccos, arcsin, arctan
acosh, asinh, atanh = arccosh, arcsinh, arctanh
