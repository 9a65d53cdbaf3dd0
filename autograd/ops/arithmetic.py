"""Sums, products, powers, extrema and remainders of two arrays, element by element."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..op import Elementwise, composite, elementwise, mask_like, plain, where

__all__ = [
    "absolute",
    "add",
    "arctan2",
    "atan2",
    "copysign",
    "divide",
    "divmod",
    "float_power",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "heaviside",
    "hypot",
    "logaddexp",
    "logaddexp2",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "positive",
    "pow",
    "power",
    "remainder",
    "sign",
    "square",
    "subtract",
    "true_divide",
]

LN2 = math.log(2.0)

ANY = (-3.0, 3.0)
APART = ((-3.0, -0.2), (0.2, 3.0))  # two intervals: away from zero, on either side
ABOVE = (0.2, 3.0)

add = elementwise(np.add, (1, 1), scalar=operator.add, label="+", domain=(ANY, ANY))
subtract = elementwise(np.subtract, (1, -1), scalar=operator.sub, label="−", domain=(ANY, ANY))
multiply = elementwise(
    np.multiply,
    (lambda out, x, y: y, lambda out, x, y: x),
    scalar=operator.mul,
    label="×",
    domain=(ANY, ANY),
)
divide = elementwise(
    np.true_divide,
    (lambda out, x, y: 1 / y, lambda out, x, y: -out / y),
    scalar=operator.truediv,
    name="divide",
    label="÷",
    poles=True,
    domain=(ANY, APART),
)
negative = elementwise(np.negative, -1, scalar=operator.neg, label="−x", domain=(ANY,))
positive = elementwise(np.positive, 1, scalar=operator.pos, label="+x", domain=(ANY,))
sign = elementwise(
    np.sign,
    0,
    scalar=lambda x: float(x > 0) - float(x < 0) if x == x else x,
    domain=(APART,),
)
absolute = elementwise(
    np.absolute,
    lambda out, x: sign(x),
    scalar=abs,
    label="|x|",
    numpy=(np.absolute, np.fabs),
    domain=(APART,),
    doc="Absolute value; the derivative at 0 is 0.",
)
square = elementwise(
    np.square, lambda out, x: 2 * x, scalar=lambda x: x * x, label="x²", domain=(ANY,)
)


def _scalar_power(x: Any, y: Any) -> Any:
    out = x**y
    return math.nan if isinstance(out, complex) else out


def _power_base(out: Any, x: Any, y: Any) -> Any:
    if type(y) is float or type(y) is int:
        if y == 0:
            return 0.0 * x
        slope = x ** (y - 1)
        # A negative number to a broken power is complex in Python, and NaN in NumPy.
        return math.nan if type(slope) is complex else y * slope
    # y x^(y-1) is 0 where both are, and x^-1 infinite. Elsewhere y = 0 is no special case: what
    # this is differentiated to is 1/x there.
    return y * x ** where((y == 0) & (x == 0), 1.0, y - 1)


def _power_exponent(out: Any, x: Any, y: Any) -> Any:
    # d(x^y)/dy = x^y log x; at x = 0 the limit is 0 for every y > 0.
    from .elementwise import log

    if type(x) is float or type(x) is int:
        return out * (math.log(x) if x > 0 else 0.0 if x == 0 else math.nan)
    return out * log(where(x == 0, 1.0, x))


power = elementwise(
    np.power,
    (_power_base, _power_exponent),
    scalar=_scalar_power,
    label="xʸ",
    poles=True,
    domain=(ABOVE, ANY),
)
float_power = elementwise(
    np.float_power,
    (_power_base, _power_exponent),
    scalar=_scalar_power,
    label="xʸ",
    poles=True,
    domain=(ABOVE, ANY),
    doc="Power in float64 at least, as ``numpy.float_power``.",
)
floor_divide = elementwise(
    np.floor_divide,
    (0, 0),
    scalar=operator.floordiv,
    label="⌊÷⌋",
    domain=((2.1, 2.9), (0.6, 0.69)),
    doc="Floor of the quotient; its derivative is 0 between the steps.",
)
remainder = elementwise(
    np.remainder,
    (1, lambda out, x, y: -floor_divide(x, y)),
    scalar=operator.mod,
    label="mod",
    name="remainder",
    domain=((2.1, 2.4), (0.61, 0.69)),
    doc="Remainder with the divisor's sign (``mod``): x - y floor(x / y).",
)
fmod = elementwise(
    np.fmod,
    (1, lambda out, x, y: -((x - out) / y)),
    scalar=math.fmod,
    domain=((2.1, 2.4), (0.61, 0.69)),
    doc="Remainder with the dividend's sign: x - y trunc(x / y).",
)


@composite(
    numpy=np.divmod, samples=lambda rng: [((np.array([2.2, 2.3]), np.array([[0.61], [0.69]])), {})]
)
def divmod(x1: Any, x2: Any) -> tuple:
    """Floor of the quotient, and the remainder."""
    return floor_divide(x1, x2), remainder(x1, x2)


def _wins(ahead: Any, level: Any, out: Any) -> Any:
    """Local derivative of an extremum: 1 for the winner, one half at a tie."""
    return mask_like(ahead, out) + 0.5 * mask_like(level, out)


def _extremum(forward: np.ufunc, label: str, scalar: Any, doc: str) -> Any:
    largest = label == "max"
    return elementwise(
        forward,
        (
            lambda out, x, y: _wins((x > y) if largest else (x < y), x == y, out),
            lambda out, x, y: _wins((y > x) if largest else (y < x), x == y, out),
        ),
        scalar=scalar,
        label=label,
        domain=((-3.0, 0.1), (0.2, 3.0)),
        doc=f"{doc}; at a tie each gets half of the gradient.",
    )


maximum = _extremum(
    np.maximum, "max", lambda x, y: x if x > y or x != x else y, "The larger of two"
)
minimum = _extremum(
    np.minimum, "min", lambda x, y: x if x < y or x != x else y, "The smaller of two"
)
fmax = _extremum(
    np.fmax, "max", lambda x, y: x if x > y or y != y else y, "The larger of two, ignoring NaN"
)
fmin = _extremum(
    np.fmin, "min", lambda x, y: x if x < y or y != y else y, "The smaller of two, ignoring NaN"
)
hypot = elementwise(
    np.hypot,
    (
        lambda out, x, y: x / where(out == 0, 1.0, out),
        lambda out, x, y: y / where(out == 0, 1.0, out),
    ),
    scalar=math.hypot,
    domain=(APART, APART),
    doc="sqrt(x² + y²); the derivative at the origin is 0.",
)


def _over_square(z: Any, x: Any, y: Any) -> Any:
    # z / (x² + y²), where the squares would overflow, or vanish, long before the result does.
    r = hypot(x, y)
    return z / r / r


arctan2 = elementwise(
    np.arctan2,
    (lambda out, x, y: _over_square(y, x, y), lambda out, x, y: -_over_square(x, x, y)),
    scalar=math.atan2,
    poles=True,
    domain=(APART, APART),
)
copysign: Elementwise = elementwise(
    np.copysign,
    (lambda out, x, y: sign(x) * sign(copysign(1.0, y)), 0),
    scalar=math.copysign,
    domain=(APART, APART),
)
heaviside = elementwise(
    np.heaviside,
    (0, lambda out, x, y: mask_like(x == 0, out)),
    domain=(APART, ANY),
    doc="Step function, ``y`` at 0; the derivative in ``x`` is 0.",
)


def _weight(x: Any, y: Any) -> Any:
    """exp(x) / (exp(x) + exp(y)); equal infinities count as equal numbers.

    Not as exp(x - out): the rounding of a large ``out`` would be felt.
    """
    from .activations import sigmoid

    return sigmoid(where(_same_infinity(x, y), 0.0, x - y))


def _same_infinity(x: Any, y: Any) -> Any:
    # Equal numbers must stay in the graph: the difference has a derivative.
    return (x == y) & np.isinf(plain(x))


def _weight2(x: Any, y: Any) -> Any:
    """The same for powers of two."""
    from .activations import sigmoid

    return sigmoid(where(_same_infinity(x, y), 0.0, (x - y) * LN2))


logaddexp = elementwise(
    np.logaddexp,
    (lambda out, x, y: _weight(x, y), lambda out, x, y: _weight(y, x)),
    domain=(ANY, ANY),
    doc="log(exp(x) + exp(y)) without overflow.",
)
logaddexp2 = elementwise(
    np.logaddexp2,
    (lambda out, x, y: _weight2(x, y), lambda out, x, y: _weight2(y, x)),
    domain=(ANY, ANY),
    doc="log2(2**x + 2**y) without overflow.",
)


# NumPy's other names ---------------------------------------------------------------------------

atan2 = arctan2
mod = remainder
pow = power
true_divide = divide
