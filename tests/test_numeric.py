"""Numeric derivatives are right, know how right, and know what kind of point they are at."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor
from autograd.testing import numeric_derivative, numeric_directional, numeric_jacobian


def sigmoid(x: float) -> float:
    e = math.exp(-abs(x))
    return (1.0 if x >= 0 else e) / (1.0 + e)


def cross_entropy(x: float) -> float:
    z = np.array([x, 1.0, -2.0])
    return float(np.log(np.exp(z - z.max()).sum()) + z.max() - z[1])


def softmax_first(x: float) -> float:
    e = np.exp(np.array([x, 1.0, -2.0]) - 1.0)
    return float(e[0] / e.sum())


def with_large_mean(x: float) -> float:
    z = np.array([x, 2.0, 3.0]) + 1e4
    return float(((z - z.mean()) / z.std())[0])


SMOOTH: list[tuple[str, Callable[[float], Any], float, float]] = [
    ("exp", math.exp, 1.0, math.e),
    ("exp of -20", math.exp, -20.0, math.exp(-20)),
    ("exp of 30", math.exp, 30.0, math.exp(30)),
    ("sin", math.sin, 1.0, math.cos(1)),
    ("sin at 0", math.sin, 0.0, 1.0),
    ("sin of 1000", math.sin, 1e3, math.cos(1e3)),
    ("tanh", math.tanh, 0.3, 1 - math.tanh(0.3) ** 2),
    ("tanh near 0", math.tanh, 1e-8, 1.0),
    ("tanh saturated", math.tanh, 5.0, 1 / math.cosh(5) ** 2),
    ("sigmoid saturated", sigmoid, 8.0, sigmoid(8.0) * sigmoid(-8.0)),
    ("sigmoid far left", sigmoid, -30.0, sigmoid(-30.0) * sigmoid(30.0)),
    ("1/x near 0", lambda x: 1 / x, 1e-3, -1e6),
    ("1/x nearer 0", lambda x: 1 / x, 1e-8, -1e16),
    ("1/x far out", lambda x: 1 / x, 1e8, -1e-16),
    ("log near 0", math.log, 1e-8, 1e8),
    ("log nearer 0", math.log, 1e-12, 1e12),
    ("log far out", math.log, 1e8, 1e-8),
    ("sqrt near 0", math.sqrt, 1e-8, 0.5e4),
    ("sqrt nearer 0", math.sqrt, 1e-12, 0.5e6),
    ("x^0.1 near 0", lambda x: x**0.1, 1e-6, 0.1 * 1e-6**-0.9),
    ("x^1.5 near 0", lambda x: x**1.5, 1e-8, 1.5e-4),
    ("square at 1e8", lambda x: x * x, 1e8, 2e8),
    ("cube at 1e-8", lambda x: x**3, 1e-8, 3e-16),
    ("fast sine", lambda x: math.sin(1e8 * x), 0.3e-8, 1e8 * math.cos(0.3)),
    ("slow sine", lambda x: math.sin(x / 1e8), 1e8, 1e-8 * math.cos(1)),
    ("polynomial", lambda x: x**9 - 3 * x**4, 1.7, 9 * 1.7**8 - 12 * 1.7**3),
    ("small change of a large value", lambda x: 1e6 + x * x, 1.0, 2.0),
    ("cross-entropy", cross_entropy, 0.5, softmax_first(0.5)),
    ("right of a kink", lambda x: max(x, 0.0), 1e-7, 1.0),
    ("between steps", math.floor, 0.3, 0.0),
    ("left of a kink", lambda x: max(x, 0.0), -1e-7, 0.0),
]


@pytest.mark.parametrize(("f", "x", "true"), [c[1:] for c in SMOOTH], ids=[c[0] for c in SMOOTH])
def test_smooth_functions_are_right_and_the_error_is_not_understated(
    f: Callable[[float], Any], x: float, true: float
) -> None:
    d = numeric_derivative(f, x)
    assert d.kind == "smooth"
    assert abs(d.value - true) <= 1e-6 * abs(true)
    assert abs(d.value - true) <= 4 * d.error + 1e-15 * abs(true)
    assert d.error <= 1e-5 * abs(true)


KINDS: list[tuple[str, Callable[[float], Any], float, str]] = [
    ("abs", abs, 0.0, "kink"),
    ("relu", lambda x: max(x, 0.0), 0.0, "kink"),
    ("relu on a large value", lambda x: 1e5 + max(x, 0.0), 0.0, "kink"),
    ("two slopes a hundredth apart", lambda x: x if x > 0 else 0.99 * x, 0.0, "kink"),
    ("|sin|", lambda x: abs(math.sin(x)), math.pi, "kink"),
    ("a maximum", lambda x: max(x, x * x), 1.0, "kink"),
    ("a small kink on a parabola", lambda x: x * x + 1e-3 * abs(x - 1), 1.0, "kink"),
    ("a cusp", lambda x: abs(x) ** 0.5, 0.0, "kink"),
    ("a vertical tangent", np.cbrt, 0.0, "kink"),
    ("sign", lambda x: float(np.sign(x)), 0.0, "jump"),
    ("a step", lambda x: float(x >= 2), 2.0, "jump"),
    ("floor", math.floor, 3.0, "jump"),
    ("sqrt", math.sqrt, 0.0, "edge"),
    ("log", math.log, 0.0, "edge"),
    ("arccos", math.acos, 1.0, "edge"),
    ("a pole", lambda x: 1 / x, 0.0, "edge"),
    ("x|x|", lambda x: x * abs(x), 0.0, "smooth"),
]


@pytest.mark.parametrize(("f", "x", "kind"), [c[1:] for c in KINDS], ids=[c[0] for c in KINDS])
def test_the_kind_of_point_is_told(f: Callable[[float], Any], x: float, kind: str) -> None:
    d = numeric_derivative(f, x)
    assert d.kind == kind
    assert math.isnan(d.value) == (kind != "smooth")


def test_the_slopes_on_both_sides_of_a_kink_are_given() -> None:
    d = numeric_derivative(lambda x: 3 * x if x > 0 else -x, 0.0)
    assert (d.left, d.right) == pytest.approx((-1.0, 3.0))


def test_noise_is_told_or_priced_in() -> None:
    rng = np.random.default_rng(0)
    loud = numeric_derivative(lambda x: x + rng.normal(), 1.0)
    assert loud.kind == "noisy"
    faint = numeric_derivative(lambda x: x + 1e-6 * rng.normal(), 1.0)
    assert abs(faint.value - 1) <= 4 * faint.error


@pytest.mark.parametrize("output", [float, np.float32], ids=["hidden", "seen"])
def test_single_precision_inside_makes_the_error_large(output: Any) -> None:
    d = numeric_derivative(lambda x: output(np.sin(np.float32(x))), 1.0)
    assert abs(d.value - math.cos(1)) <= 4 * d.error
    assert 1e-8 < d.error < 1e-2


def test_digits_lost_inside_make_the_error_large() -> None:
    d = numeric_derivative(with_large_mean, 0.5)
    h = 1e-3
    rough = (with_large_mean(0.5 + h) - with_large_mean(0.5 - h)) / (2 * h)
    assert d.value == pytest.approx(rough, rel=1e-4)
    assert d.error > 1e-13


@given(
    st.sampled_from(
        [
            (math.sin, math.cos),
            (math.tanh, lambda x: 1 / math.cosh(x) ** 2),
            (lambda x: 1 / x, lambda x: -1 / x**2),
            (lambda x: math.log(abs(x)), lambda x: 1 / x),
            (lambda x: x * abs(x), lambda x: 2 * abs(x)),
            (lambda x: max(x, 0.3 * x), lambda x: 1.0 if x > 0 else 0.3),
        ]
    ),
    st.floats(-8, 1.5),
    st.booleans(),
)
def test_the_truth_lies_within_the_stated_error(
    pair: tuple[Callable[[float], float], Callable[[float], float]], scale: float, positive: bool
) -> None:
    f, derivative = pair
    x = (1 if positive else -1) * 10.0**scale
    d = numeric_derivative(f, x)
    assert d.kind == "smooth"
    assert abs(d.value - derivative(x)) <= 4 * d.error + 1e-15 * abs(derivative(x))


def test_a_jacobian_has_the_shapes_of_output_and_input() -> None:
    a = np.arange(6.0).reshape(2, 3)
    d = numeric_jacobian(lambda x: np.sin(a @ x), np.array([0.1, 0.2, 0.3]))
    assert d.value.shape == d.error.shape == d.kind.shape == (2, 3)
    right = np.cos(a @ np.array([0.1, 0.2, 0.3]))[:, None] * a
    np.testing.assert_allclose(d.value, right, rtol=1e-11, atol=1e-12)
    assert numeric_jacobian(lambda x: np.outer(x, x), np.ones(2)).value.shape == (2, 2, 2)
    assert numeric_jacobian(lambda x: x.sum(), np.zeros((0,))).value.shape == (0,)


def test_a_jacobian_tells_the_kind_of_each_element() -> None:
    d = numeric_jacobian(lambda x: np.maximum(x, 0), np.array([0.0, 1.0]))
    assert d.kind.tolist() == [["kink", "smooth"], ["smooth", "smooth"]]
    assert d.value[1].tolist() == [0.0, 1.0]


def test_a_direction_is_a_combination_of_partial_derivatives() -> None:
    x, y = np.array([0.5, -1.0]), 2.0
    d = numeric_directional(
        lambda x, y: x**2 * y, (x, y), (np.array([1.0, 2.0]), 3.0), cotangent=np.array([1.0, -1.0])
    )
    right = np.dot([1.0, -1.0], 2 * x * y * [1.0, 2.0] + x**2 * 3.0)
    assert d.value == pytest.approx(right, rel=1e-12)
    held = numeric_directional(lambda x, y: x**2 * y, (x, y), (None, 1.0))
    np.testing.assert_allclose(held.value, x**2, rtol=1e-12)


def test_functions_may_return_tensors() -> None:
    d = numeric_derivative(lambda x: Tensor([x, 2 * x]) * 3.0, 1.0)
    np.testing.assert_allclose(d.value, [3.0, 6.0])


def test_a_result_that_changes_its_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        numeric_derivative(lambda x: np.ones(3 if x > 1 else 2), 1.0)


def test_a_result_that_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match="real numbers"):
        numeric_derivative(lambda x: "sin", 1.0)
