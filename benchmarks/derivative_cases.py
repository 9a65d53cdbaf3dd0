"""Smooth functions whose derivatives are hard to get by differences, with the truth.

Each is written twice: with NumPy, for the methods under test, and with mpmath, whose derivative at
120 digits is the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograd.testing.exact import exact_derivative, mpmath

__all__ = ["CASES", "Case"]


@dataclass(frozen=True)
class Case:
    """A function of one number, and where to differentiate it."""

    name: str
    x: float
    f: Callable[[Any], Any]
    exact: Callable[[Any, Any], Any]
    """The same function: ``exact(mpmath, x)``."""
    analytic: bool = True
    """Whether ``f`` takes complex numbers."""

    @cached_property
    def true(self) -> float:
        """The derivative."""
        module = mpmath()
        found = exact_derivative(lambda x: self.exact(module, x), (self.x,))
        if found is None:
            raise ValueError(f"{self.name} has no derivative at {self.x}")
        return float(found)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _cross_entropy(x: Any) -> Any:
    z = np.array([x, 1.0, -2.0])
    return np.log(np.sum(np.exp(z - 1))) + 1 - z[1]


def _cross_entropy_exact(m: Any, x: Any) -> Any:
    return m.log(m.exp(x) + m.e + m.exp(-2)) - 1


def _softmax(x: Any) -> Any:
    e = np.exp(np.array([x, 1.0, -2.0]) - 1)
    return e[2] / np.sum(e)


def _softmax_exact(m: Any, x: Any) -> Any:
    return m.exp(-2) / (m.exp(x) + m.e + m.exp(-2))


def _layer_norm(offset: float) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        z = np.array([x, 2.0, 3.0, 5.0]) + offset
        centred = z - np.mean(z)
        return (centred / np.sqrt(np.mean(centred * centred) + 1e-5))[0]

    return f


def _layer_norm_exact(m: Any, x: Any) -> Any:
    z = [x, m.mpf(2), m.mpf(3), m.mpf(5)]
    mean = sum(z) / 4
    return (x - mean) / m.sqrt(sum((y - mean) ** 2 for y in z) / 4 + m.mpf(1e-5))


_rng = np.random.default_rng(0)
_FIRST, _BIAS, _LAST = _rng.normal(size=8), _rng.normal(size=8), _rng.normal(size=8)
_MIDDLE = _rng.normal(size=(8, 8)) / np.sqrt(8)


def _mlp(x: Any) -> Any:
    h = np.tanh(_MIDDLE @ np.tanh(_FIRST * x + _BIAS))
    return _LAST @ h


def _mlp_exact(m: Any, x: Any) -> Any:
    first = [m.tanh(m.mpf(w) * x + m.mpf(b)) for w, b in zip(_FIRST, _BIAS)]
    second = [m.tanh(sum(m.mpf(w) * h for w, h in zip(row, first))) for row in _MIDDLE]
    return sum(m.mpf(w) * h for w, h in zip(_LAST, second))


def _relu(x: Any) -> Any:
    return np.maximum(x, 0.0)


def _relu_exact(m: Any, x: Any) -> Any:
    return max(x, m.mpf(0))


CASES = (
    Case("exp", 1.0, np.exp, lambda m, x: m.exp(x)),
    Case("exp of -20", -20.0, np.exp, lambda m, x: m.exp(x)),
    Case("exp of 30", 30.0, np.exp, lambda m, x: m.exp(x)),
    Case("sin", 1.0, np.sin, lambda m, x: m.sin(x)),
    Case("sin at 0", 0.0, np.sin, lambda m, x: m.sin(x)),
    Case("sin of 1000", 1e3, np.sin, lambda m, x: m.sin(x)),
    Case("tanh", 0.3, np.tanh, lambda m, x: m.tanh(x)),
    Case("tanh near 0", 1e-8, np.tanh, lambda m, x: m.tanh(x)),
    Case("tanh saturated", 5.0, np.tanh, lambda m, x: m.tanh(x)),
    Case("sigmoid saturated", 8.0, _sigmoid, lambda m, x: 1 / (1 + m.exp(-x))),
    Case("sigmoid far left", -30.0, _sigmoid, lambda m, x: 1 / (1 + m.exp(-x))),
    Case("softplus far left", -20.0, lambda x: np.log1p(np.exp(x)), lambda m, x: m.log1p(m.exp(x))),
    Case("1/x near 0", 1e-3, lambda x: 1 / x, lambda m, x: 1 / x),
    Case("1/x nearer 0", 1e-8, lambda x: 1 / x, lambda m, x: 1 / x),
    Case("1/x far out", 1e8, lambda x: 1 / x, lambda m, x: 1 / x),
    Case("log near 0", 1e-8, np.log, lambda m, x: m.log(x)),
    Case("log nearer 0", 1e-12, np.log, lambda m, x: m.log(x)),
    Case("log far out", 1e8, np.log, lambda m, x: m.log(x)),
    Case("sqrt near 0", 1e-8, np.sqrt, lambda m, x: m.sqrt(x)),
    Case("sqrt nearer 0", 1e-12, np.sqrt, lambda m, x: m.sqrt(x)),
    Case("x^0.1 near 0", 1e-6, lambda x: x**0.1, lambda m, x: x ** m.mpf(0.1)),
    Case("x^1.5 near 0", 1e-8, lambda x: x**1.5, lambda m, x: x ** m.mpf(1.5)),
    Case("x^-3 near 0", 1e-4, lambda x: x**-3.0, lambda m, x: x**-3),
    Case("square at 1e8", 1e8, lambda x: x * x, lambda m, x: x * x),
    Case("cube at 1e-8", 1e-8, lambda x: x * x * x, lambda m, x: x**3),
    Case("fast sine", 0.3e-8, lambda x: np.sin(1e8 * x), lambda m, x: m.sin(10**8 * x)),
    Case("slow sine", 1e8, lambda x: np.sin(x / 1e8), lambda m, x: m.sin(x / 10**8)),
    Case("polynomial", 1.7, lambda x: x**9 - 3 * x**4, lambda m, x: x**9 - 3 * x**4),
    Case("large constant", 1.0, lambda x: 1e6 + x * x, lambda m, x: 10**6 + x * x),
    Case("bell", 3.0, lambda x: np.exp(-x * x), lambda m, x: m.exp(-x * x)),
    Case("arctan far out", 1e4, np.arctan, lambda m, x: m.atan(x)),
    Case("cross-entropy", 0.5, _cross_entropy, _cross_entropy_exact),
    Case("softmax", -15.0, _softmax, _softmax_exact),
    Case("layer norm", 0.5, _layer_norm(0.0), _layer_norm_exact),
    Case("layer norm, mean 1e4", 0.3, _layer_norm(1e4), _layer_norm_exact),
    Case("small MLP", 0.7, _mlp, _mlp_exact),
    Case("right of a kink", 1e-7, _relu, _relu_exact, analytic=False),
    Case("left of a kink", -1e-7, _relu, _relu_exact, analytic=False),
    Case("between steps", 0.3, np.floor, lambda m, x: m.floor(x), analytic=False),
)
"""The cases, of which 36 are analytic."""
