"""Numeric derivatives are right, know how right, and know what kind of point they are at."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.containers import flatten
from autograd.testing import (
    assert_grads_close,
    numeric_derivative,
    numeric_directional,
    numeric_jacobian,
)
from autograd.testing.hessian import numeric_hessian
from benchmarks.derivative_cases import CASES, Case
from benchmarks.derivatives import METHODS, OFF, score, table


def with_large_mean(x: float) -> float:
    z = np.array([x, 2.0, 3.0]) + 1e4
    return float(((z - z.mean()) / z.std())[0])


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_smooth_functions_are_right_and_the_error_is_not_understated(case: Case) -> None:
    pytest.importorskip("mpmath")
    d = numeric_derivative(case.f, case.x)
    assert d.kind == "smooth"
    assert abs(d.value - case.true) <= 1e-6 * abs(case.true)
    assert abs(d.value - case.true) <= 4 * d.error + 1e-15 * abs(case.true)
    assert d.error <= (1e-5 * abs(case.true) or 1e-12)


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_second_derivatives_are_right_and_the_error_is_not_understated(case: Case) -> None:
    mpmath = pytest.importorskip("mpmath")
    d = numeric_derivative(case.f, case.x, order=2)
    # The truth: a second difference with 400 digits, far finer than doubles.
    with mpmath.workdps(400):
        x = mpmath.mpf(case.x)
        h = (abs(x) or mpmath.mpf(1)) * mpmath.mpf(10) ** -100
        f = [case.exact(mpmath, x + k * h) for k in (-1, 0, 1)]
        true = float((f[0] - 2 * f[1] + f[2]) / h**2)
    assert d.kind == "smooth"
    assert abs(d.value - true) <= 4 * d.error + 1e-15 * abs(true)
    if abs(true) > 1e-3 * abs(float(case.f(case.x))) / max(case.x**2, 1e-300):
        assert d.error <= 0.01 * abs(true)


def test_methods_with_a_fixed_step_fail_on_the_same_cases() -> None:
    pytest.importorskip("mpmath")
    fixed = score(METHODS["central, 1e-6"])
    ours = score(METHODS["ladder (ours)"])
    assert sum(e > OFF for e in fixed.errors) > 10
    assert not any(e > OFF for e in ours.errors)
    assert ours.understated == 0
    assert score(METHODS["Ridders"]).understated


def test_the_comparison_has_a_row_for_each_method() -> None:
    pytest.importorskip("mpmath")
    rows = table().splitlines()[2:]
    for name, row in zip(METHODS, rows, strict=True):
        assert row.split("|")[1].strip() == name
    assert f"| 0 of {len(CASES)} |" in next(row for row in rows if "ladder" in row)


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


def test_tangents_must_fit_their_primals() -> None:
    with pytest.raises(ValueError, match="shape of its primal"):
        numeric_directional(np.sin, (np.ones(3),), (np.ones(2),))
    with pytest.raises(ValueError, match="1 tangents for 2 primals"):
        numeric_directional(np.add, (1.0, 2.0), (1.0,))
    with pytest.raises(ValueError, match="nested like its primal"):
        numeric_directional(lambda p: p["a"], ({"a": 1.0},), (1.0,))


@dataclass
class Weights:
    w: np.ndarray
    b: float


NESTED: list[tuple[str, Callable[[Any], Any], Any]] = [
    ("dict", lambda p: p["w"] * p["b"][0], {"w": np.array([1.0, 2.0]), "b": [3.0]}),
    ("tuple out", lambda x: (x * x, {"sum": x.sum()}), np.array([0.5, -2.0])),
    ("dataclass", lambda p: np.sin(p.w * p.b).sum(), Weights(np.array([[0.3], [1.2]]), 0.7)),
    ("dict to list", lambda p: [p["a"] ** 2, p["b"] @ p["b"]], {"a": 2.0, "b": np.ones(3)}),
]


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in NESTED], ids=[c[0] for c in NESTED])
def test_jacobians_nest_as_the_engine_nests_them(f: Callable[[Any], Any], x: Any) -> None:
    d = numeric_jacobian(f, x)
    assert_grads_close(d.value, autograd.jacobian(f)(x))
    leaves = flatten(d.kind)[0]
    assert {str(k) for leaf in leaves for k in np.ravel(leaf)} == {"smooth"}
    assert "largest error" in repr(d)


SCALARS: list[tuple[str, Callable[[Any], Any], Any]] = [
    ("dict", lambda p: (p["w"] ** 3 * p["b"][0]).sum(), {"w": np.array([1.0, 2.0]), "b": [3.0]}),
    ("dataclass", lambda p: np.sin(p.w * p.b).sum(), Weights(np.array([[0.3], [1.2]]), 0.7)),
    ("tuple", lambda p: p[0] ** 2 * p[1], (2.0, 3.0)),
    ("log-sum-exp", lambda x: np.log(np.exp(x).sum()), np.array([[0.3, -1.0], [2.0, 0.1]])),
    ("scales", lambda x: np.sin(1e8 * x[0]) * x[1] ** 2 * 1e-6, np.array([1.3e-8, 2e3])),
    ("no scale of its own", lambda x: np.sin(x[0] + x[1]), np.array([1.3e-8, 2.0])),
    ("far out", lambda x: np.sin(x[0] + x[1]), np.array([1e3, 2e-6])),
    ("number", lambda x: x**4, 1.5),
]


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in SCALARS], ids=[c[0] for c in SCALARS])
def test_hessians_are_right_and_nest_as_the_engine_nests_them(
    f: Callable[[Any], Any], x: Any
) -> None:
    d = numeric_hessian(f, x)
    expected = autograd.hessian(f)(x)
    assert_grads_close(d.value, expected, rtol=1e-7, atol=1e-9)
    for value, error, true, kind in zip(
        *(flatten(part)[0] for part in (d.value, d.error, expected, d.kind)), strict=True
    ):
        off = np.abs(np.asarray(value) - true)
        assert np.all(off <= 4 * np.asarray(error) + 1e-15 * np.abs(true))
        assert set(np.ravel(kind).tolist()) == {"smooth"}


def test_a_hessian_is_symmetric() -> None:
    d = numeric_hessian(lambda x: (np.exp(x) * np.roll(x, 1)).sum(), np.array([0.3, -1.0, 2.0]))
    for part in (d.value, d.error, d.kind):
        assert np.array_equal(part, part.T)


CURVED: list[tuple[str, Callable[[float], float], float, str]] = [
    ("relu squared", lambda x: max(x, 0.0) ** 2, 0.0, "kink"),
    ("x|x|", lambda x: x * abs(x), 0.0, "kink"),
    ("abs", abs, 0.0, "kink"),
    ("step", lambda x: float(x > 0), 0.0, "jump"),
    ("log", math.log, 0.0, "edge"),
    ("|x|^3", lambda x: abs(x) ** 3, 0.0, "smooth"),
    ("right of a kink", lambda x: max(x, 0.0) ** 2, 1e-7, "smooth"),
]


@pytest.mark.parametrize(("f", "x", "kind"), [c[1:] for c in CURVED], ids=[c[0] for c in CURVED])
def test_hessians_tell_where_there_is_none(
    f: Callable[[float], float], x: float, kind: str
) -> None:
    d = numeric_hessian(f, x)
    assert d.kind == kind
    assert math.isnan(d.value) == (kind != "smooth")


def test_the_second_derivatives_on_both_sides_of_a_kink_are_given() -> None:
    d = numeric_hessian(lambda x: 3 * x * x if x > 0 else -x * x, 0.0)
    assert (d.left, d.right) == pytest.approx((-2.0, 6.0))


def test_a_hessian_needs_a_function_of_one_number_out() -> None:
    with pytest.raises(TypeError, match=r"returns one number.* returns 2"):
        numeric_hessian(lambda x: x * 2, np.ones(2))
    assert numeric_hessian(lambda x: 3.0, np.ones((0,))).value.shape == (0, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_points_in_single_precision_are_moved_in_double(dtype: Any) -> None:
    x = np.array([0.5, 1.5], dtype)
    d = numeric_jacobian(np.sin, x)
    right = np.diag(np.cos(x.astype(float)))
    np.testing.assert_allclose(d.value, right, rtol=1e-11, atol=1e-12)


def test_single_precision_inside_makes_the_error_of_a_hessian_large() -> None:
    x = np.array([0.5, 1.5])
    d = numeric_hessian(lambda x: np.sin(x.astype(np.float32)).astype(float).sum(), x)
    off = np.abs(d.value + np.diag(np.sin(x)))
    assert np.all(off <= 4 * d.error)
    assert np.all(d.error > 1e-7)


# The complex step ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.analytic], ids=[c.name for c in CASES if c.analytic]
)
def test_the_complex_step_is_right_to_round_off(case: Case) -> None:
    pytest.importorskip("mpmath")
    d = numeric_derivative(case.f, case.x, analytic=True)
    assert abs(d.value - case.true) <= 1e-11 * abs(case.true)
    assert abs(d.value - case.true) <= 4 * d.error + 1e-15 * abs(case.true)


def test_the_complex_step_serves_directions_and_jacobians() -> None:
    x = np.array([0.5, -1.0])
    d = numeric_jacobian(lambda x: (np.sin(x), x.sum() ** 2), x, analytic=True)
    assert_grads_close(d.value, (np.diag(np.cos(x)), np.full(2, -1.0)), rtol=1e-15, atol=1e-15)
    along = numeric_directional(
        np.multiply, (x, 2.0), (np.ones(2), None), cotangent=np.array([1.0, 3.0]), analytic=True
    )
    assert along.value == 8.0


DROPPED: list[tuple[str, Callable[[Any], Any], float, str]] = [
    ("abs", abs, -1.0, "complex step gives 0, differences give -1"),
    ("np.abs", np.abs, 2.0, "complex step gives 0"),
    ("sign", np.sign, 2.0, "complex step gives"),
    ("real", lambda x: np.real(x) * 2, 1.0, "complex step gives 0"),
    ("norm", lambda x: np.linalg.norm([x, 1.0]), 1.0, "complex step gives 0"),
    ("var", lambda x: np.var([x, 1.0, 2.0]), 0.5, "complex step gives"),
    ("into a float array", lambda x: np.array([x]).astype(float)[0], 1.0, "ComplexWarning"),
    ("math", math.sin, 1.0, "must be real number"),
    ("a tensor", lambda x: Tensor([x]) * 3.0, 1.0, "complex tensors are not supported"),
    ("a kink", lambda x: np.maximum(x, 0), 0.0, "kind 'kink'"),
]


@pytest.mark.parametrize(("f", "x", "told"), [c[1:] for c in DROPPED], ids=[c[0] for c in DROPPED])
def test_the_complex_step_is_refused_where_the_imaginary_part_is_dropped(
    f: Callable[[Any], Any], x: float, told: str
) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        numeric_derivative(f, x, analytic=True)
    assert "Leave analytic=True out" in str(caught.value)
    assert "Value and Tensor" in str(caught.value)


def test_the_complex_step_gives_first_derivatives_only() -> None:
    with pytest.raises(ValueError, match="leave order=2"):
        numeric_derivative(np.sin, 1.0, order=2, analytic=True)
    with pytest.raises(ValueError, match="order is 1 or 2"):
        numeric_derivative(np.sin, 1.0, order=3)


# Coverage -------------------------------------------------------------------------------------


def random_program(rng: np.random.Generator) -> Callable[[Any, Any], Any]:
    """A chain of smooth functions, to be run with NumPy's or mpmath's numbers."""
    a, b = rng.uniform(0.3, 3.0, 2) * rng.choice([-1.0, 1.0], 2)
    links: list[Callable[[Any, Any], Any]] = [
        lambda m, x: m.sin(a * x),
        lambda m, x: m.tanh(x + b),
        lambda m, x: m.exp(-x * x) + b * x,
        lambda m, x: a / (1 + x * x),
        lambda m, x: m.log(1 + x * x),
        lambda m, x: m.sqrt(1 + a * a * x * x),
        lambda m, x: x * (b + x),
        lambda m, x: 1e4 + a * x,
    ]
    chosen = [links[i] for i in rng.integers(0, len(links), rng.integers(1, 5))]

    def run(m: Any, x: Any) -> Any:
        for link in chosen:
            x = link(m, x)
        return x

    return run


@pytest.mark.parametrize("order", [1, 2])
def test_the_truth_lies_within_the_stated_error_on_random_programs(order: int) -> None:
    mpmath = pytest.importorskip("mpmath")
    wrong, count = [], 150
    for seed in range(count):
        rng = np.random.default_rng(seed)
        f = random_program(rng)
        x = float(rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-4.0, 2.0))
        d = numeric_derivative(lambda x, f=f: f(np, x), x, order=order)
        with mpmath.workdps(120):
            y, h = mpmath.mpf(x), mpmath.mpf(10) ** -30
            sides = [f(mpmath, y + k * h) for k in (-1, 0, 1)]
            first = (sides[2] - sides[0]) / (2 * h)
            true = float(first if order == 1 else (sides[0] - 2 * sides[1] + sides[2]) / h**2)
        # A number that is not given is no claim; there must be few of those.
        if not abs(d.value - true) <= 4 * d.error + 1e-15 * abs(true):
            wrong.append(seed)
    assert len(wrong) <= count // 50, wrong


def test_functions_may_return_tensors() -> None:
    d = numeric_derivative(lambda x: Tensor([x, 2 * x]) * 3.0, 1.0)
    np.testing.assert_allclose(d.value, [3.0, 6.0])


def test_a_result_that_changes_its_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        numeric_derivative(lambda x: np.ones(3 if x > 1 else 2), 1.0)


def test_a_result_that_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match="real numbers"):
        numeric_derivative(lambda x: "sin", 1.0)
