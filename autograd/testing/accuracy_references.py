"""What the elementwise ops compute, for mpmath: the references of ``check_accuracy``.

A new elementwise op gets a line here. Formulas are in the most direct form, since digits are no
concern; a bound above the usual one says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .exact import mpmath

__all__ = ["REFERENCES", "Reference", "USUAL"]

USUAL = 4.0
"""Units in the last place that values and derivatives may be off by: NumPy promises about as much
for its functions, and a rule adds a rounding or two."""


@dataclass(frozen=True)
class Reference:
    """An op's function in mpmath, and how near the op comes to it."""

    f: Callable[..., Any]
    """Takes mpmath's module, the inputs and the op's parameters by keyword."""
    value: float = USUAL
    slope: float = USUAL
    why: str = ""
    """The reason for a bound that is not the usual one."""
    params: tuple[Mapping[str, Any], ...] = ({},)
    """Parameters to check it with."""
    within: tuple[float, float] = (0.0, float("inf"))
    """Absolute values of the inputs for which the bounds hold."""
    apart: tuple[tuple[float, float], ...] = ()
    """Intervals left out, around zeros of the value or the slope: no fixed number of ulps can hold
    where what is left is the rounding of something larger."""
    least: float = 0.0
    """Values below this count as this large, for the same reason."""

    def covers(self, row: tuple[float, ...]) -> bool:
        """Whether the bounds hold at a point."""
        low, high = self.within
        return all(low <= abs(x) <= high and not any(a < x < b for a, b in self.apart) for x in row)

    def bound(self, params: Mapping[str, Any]) -> Callable[..., Any]:
        """The function of its inputs alone."""
        module = mpmath()
        return lambda *xs: self.f(module, *xs, **params)


def _sigmoid(m: Any, x: Any) -> Any:
    return 1 / (1 + m.exp(-x))


def _softplus(m: Any, x: Any, beta: float = 1.0) -> Any:
    return m.log1p(m.exp(m.mpf(beta) * x)) / m.mpf(beta)


def _elu(m: Any, x: Any, alpha: float = 1.0) -> Any:
    return x if x > 0 else m.mpf(alpha) * m.expm1(x)


def _selu(m: Any, x: Any) -> Any:
    alpha, scale = "1.6732632423543772848170429916717", "1.0507009873554804934193349852946"
    return m.mpf(scale) * (x if x > 0 else m.mpf(alpha) * m.expm1(x))


def _gelu(m: Any, x: Any, approximate: str = "none") -> Any:
    if approximate == "none":
        return x * m.ncdf(x)
    cubic = m.mpf("0.044715")
    return x / 2 * (1 + m.tanh(m.sqrt(2 / m.pi) * (x + cubic * x**3)))


def _square_nonlinearity(m: Any, x: Any) -> Any:
    return x - m.sign(x) * x * x / 4 if abs(x) < 2 else m.sign(x)


def _gammaln(m: Any, x: Any) -> Any:
    return m.log(abs(m.gamma(x)))


def _power(m: Any, x: Any, y: Any) -> Any:
    return x**y if x > 0 else m.nan


def _truncated(m: Any, x: Any) -> Any:
    return m.floor(x) if x > 0 else m.ceil(x)


WHOLE = (0.0, 1e15)  # larger numbers are whole: the steps of the reference would straddle some


EXPONENT = 1024.0
ROUNDED_EXPONENT = "the exponent is rounded before exp, which multiplies its error by up to 745"
CANCELS = "1 - value is taken from the value until it has lost four digits, which is faster"


def _of(name: str, **options: Any) -> Reference:
    """A function that mpmath has."""
    return Reference(lambda m, *xs: getattr(m, name)(*xs), **options)


REFERENCES: dict[str, Reference] = {
    "absolute": Reference(lambda m, x: abs(x)),
    "add": Reference(lambda m, x, y: x + y),
    "arccos": _of("acos"),
    "arccosh": _of("acosh", within=(0.0, 1e150), why="x² overflows beyond"),
    "arcsin": _of("asin"),
    "arcsinh": _of("asinh"),
    "arctan": _of("atan", within=(0.0, 1e150), why="x² overflows beyond"),
    "arctan2": _of("atan2"),
    "arctanh": _of("atanh"),
    "bessel_i": Reference(
        lambda m, x, order: m.besseli(order, x),
        value=16,
        slope=16,
        why="sums of many terms",
        params=({"order": 1}, {"order": 2}),
        within=(0.0, 700.0),
    ),
    "cbrt": Reference(lambda m, x: m.sign(x) * m.cbrt(abs(x))),
    "ceil": _of("ceil", within=WHOLE),
    "conjugate": Reference(lambda m, x: x),
    "copysign": Reference(lambda m, x, y: abs(x) * m.sign(y)),
    "cos": _of("cos"),
    "cosh": _of("cosh"),
    "deg2rad": Reference(lambda m, x: x * m.pi / 180),
    "digamma": _of(
        "digamma",
        value=32,
        slope=32,
        why="sums of many terms",
        apart=((-1e9, 0.0), (1.2, 1.9)),
        within=(1e-8, 1e8),
    ),
    "divide": Reference(lambda m, x, y: x / y),
    "elu": Reference(_elu, params=({}, {"alpha": 0.7})),
    "erf": _of("erf", within=(0.0, 30.0), slope=EXPONENT, why=ROUNDED_EXPONENT),
    "erfc": _of("erfc", within=(0.0, 30.0), value=EXPONENT, slope=EXPONENT, why=ROUNDED_EXPONENT),
    "exp": _of("exp"),
    "exp2": Reference(lambda m, x: m.mpf(2) ** x),
    "expm1": _of("expm1"),
    "float_power": Reference(_power, slope=EXPONENT, why=ROUNDED_EXPONENT),
    "floor": _of("floor", within=WHOLE),
    "fmax": Reference(lambda m, x, y: max(x, y)),
    "fmin": Reference(lambda m, x, y: min(x, y)),
    "fmod": Reference(lambda m, x, y: x - y * _truncated(m, x / y), within=(1e-5, 1e5)),
    "gammaln": Reference(
        _gammaln,
        slope=32,
        why="digamma's, a sum of many terms",
        apart=((-1e9, 0.0), (1.2, 1.9)),
        within=(1e-300, 1e100),
        least=1.0,
    ),
    "gelu": Reference(
        _gelu,
        value=2 * EXPONENT,
        slope=2 * EXPONENT,
        why=ROUNDED_EXPONENT,
        params=({}, {"approximate": "tanh"}),
        apart=((-0.9, -0.6),),
        within=(0.0, 1e100),
    ),
    "hardtanh": Reference(lambda m, x: max(min(x, m.mpf(1)), m.mpf(-1))),
    "hypot": _of("hypot"),
    "i0": Reference(
        lambda m, x: m.besseli(0, x), within=(0.0, 700.0), slope=16, why="sums of many terms"
    ),
    "leaky_relu": Reference(lambda m, x: x if x > 0 else x * m.mpf(0.01)),
    "log": _of("log"),
    "log10": _of("log10"),
    "log1p": _of("log1p"),
    "log2": Reference(lambda m, x: m.log(x) / m.log(2)),
    "log_sigmoid": Reference(lambda m, x: m.log(_sigmoid(m, x))),
    "logaddexp": Reference(
        lambda m, x, y: m.log(m.exp(x) + m.exp(y)),
        within=(0.0, 1e9),
        slope=EXPONENT,
        why=ROUNDED_EXPONENT,
        least=1.0,
    ),
    "logaddexp2": Reference(
        lambda m, x, y: m.log(m.mpf(2) ** x + m.mpf(2) ** y) / m.log(2),
        within=(0.0, 1e9),
        slope=EXPONENT,
        why=ROUNDED_EXPONENT,
        least=1.0,
    ),
    "logit": Reference(lambda m, x: m.log(x / (1 - x))),
    "maximum": Reference(lambda m, x, y: max(x, y)),
    "minimum": Reference(lambda m, x, y: min(x, y)),
    "mish": Reference(
        lambda m, x: x * m.tanh(m.log1p(m.exp(x))),
        slope=8,
        why="a sum of two terms",
        apart=((-1.6, -0.8),),
    ),
    "multiply": Reference(lambda m, x, y: x * y),
    "negative": Reference(lambda m, x: -x),
    "polygamma": Reference(
        lambda m, x, n: m.polygamma(n, x),
        params=({"n": 1}, {"n": 2}),
        value=16,
        slope=16,
        why="sums of many terms",
        within=(1e-6, 100.0),
    ),
    "positive": Reference(lambda m, x: x),
    "power": Reference(_power, slope=EXPONENT, why=ROUNDED_EXPONENT),
    "prelu": Reference(lambda m, x, y: x if x > 0 else x * y),
    "rad2deg": Reference(lambda m, x: x * 180 / m.pi),
    "reciprocal": Reference(lambda m, x: 1 / x),
    "relu": Reference(lambda m, x: max(x, m.mpf(0))),
    "remainder": Reference(lambda m, x, y: x - y * m.floor(x / y), within=(1e-5, 1e5)),
    "rint": _of("nint", within=WHOLE),
    "selu": Reference(_selu),
    "sigmoid": Reference(_sigmoid, slope=16384, why=CANCELS),
    "sign": _of("sign"),
    "silu": Reference(
        lambda m, x: x * _sigmoid(m, x),
        slope=64,
        why="1 - sigmoid is rounded and then multiplied by x",
        apart=((-1.5, -1.1),),
    ),
    "sin": _of("sin"),
    "sinc": _of("sincpi", within=(0.0, 0.9), why="pi x is rounded, which its zeros multiply"),
    "sinh": _of("sinh"),
    "softplus": Reference(
        _softplus, value=EXPONENT, slope=EXPONENT, why=ROUNDED_EXPONENT, params=({}, {"beta": 2.5})
    ),
    "softsign": Reference(lambda m, x: x / (1 + abs(x))),
    "sqrt": _of("sqrt"),
    "square": Reference(lambda m, x: x * x),
    "square_nonlinearity": Reference(_square_nonlinearity),
    "subtract": Reference(lambda m, x, y: x - y),
    "tan": _of("tan"),
    "tanh": _of("tanh", slope=16384, why=CANCELS),
    "trunc": Reference(_truncated, within=WHOLE),
}
"""By the name in ``autograd.ops.registry.all_ops``."""
