"""Values and derivatives keep their digits where differences could not tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor, grad
from autograd.extend import elementwise
from autograd.op import Elementwise
from autograd.ops.registry import all_ops
from autograd.testing import GradientError
from autograd.testing.accuracy import check_accuracy
from autograd.testing.accuracy_references import REFERENCES, USUAL
from autograd.testing.exact import exact_derivative, exact_value

mpmath = pytest.importorskip("mpmath")

OPS = all_ops()

# Elementwise ops that choose, replace or gate what they are given, and derivatives of others.
WITHOUT = {
    "_dropped",
    "clip",
    "floor_divide",
    "gate",
    "heaviside",
    "nan_to_num",
    "round",
    "sinc_derivative",
    "tanh_slope",
    "where",
}


@pytest.mark.parametrize("name", REFERENCES)
def test_values_and_derivatives_are_accurate(name: str) -> None:
    report = check_accuracy(OPS[name], raise_exception=False)
    assert report, report.message


def test_every_elementwise_op_has_a_reference() -> None:
    found = {name for name, op in OPS.items() if isinstance(op, Elementwise)}
    assert found - WITHOUT == set(REFERENCES)


def test_every_unusual_bound_has_a_reason() -> None:
    for name, r in REFERENCES.items():
        assert (r.value == r.slope == USUAL) or r.why, name


def naive(name: str, forward: Any, partial: Any, scalar: Any = None) -> Any:
    return elementwise(forward, partial, name=name, scalar=scalar, numpy=(), domain=((-3.0, 3.0),))


WRONG = [
    (
        naive("tanh", lambda x: np.tanh(x), lambda out, x: 1 - out * out),
        r"d/d\(x\) at x = .* is .* and should be",
    ),
    (naive("sigmoid", lambda x: 1 / (1 + np.exp(-x)), lambda out, x: out * (1 - out)), "d/d"),
    (naive("expm1", lambda x: np.exp(x) - 1, lambda out, x: np.exp(x)), "the value at"),
    (naive("log1p", lambda x: np.log(1 + x), lambda out, x: 1 / (1 + x)), "the value at"),
    (naive("sin", lambda x: np.sin(x), lambda out, x: np.cos(x) * (1 + 1e-13)), "d/d"),
]


@pytest.mark.parametrize(("op", "told"), WRONG, ids=[op.__name__ for op, _ in WRONG])
def test_lost_digits_are_found(op: Any, told: str) -> None:
    with pytest.raises(GradientError, match=told) as caught:
        check_accuracy(op, reference=getattr(mpmath, op.__name__, REFERENCES["sigmoid"].bound({})))
    assert caught.value.report is not None
    assert caught.value.report.evidence is not None


def test_the_worst_point_is_named() -> None:
    op = naive("naive", lambda x: np.tanh(x), lambda out, x: 1 - out * out)
    report = check_accuracy(
        op, np.array([0.5, 20.0, 1.0]), reference=mpmath.tanh, raise_exception=False
    )
    assert "d/d(x) at x = 20.0 is 0.0 and should be 1.69934170211" in report.message
    assert "ulps of 4 allowed" in report.message


def test_functions_of_arrays_are_checked_as_ops_are() -> None:
    def logit(p: Any) -> Any:
        return np.log(p) - np.log1p(-p)

    p = np.array([1e-300, 1e-10, 0.1, 0.9])
    assert check_accuracy(logit, p, reference=lambda p: mpmath.log(p / (1 - p)))
    assert check_accuracy(np.arctan2, (p, 2 * p), reference=mpmath.atan2)


def test_numbers_have_their_own_code_and_are_checked_too() -> None:
    op = naive("half", lambda x: np.sin(x), lambda out, x: np.cos(x), scalar=lambda x: x)
    report = check_accuracy(op, reference=mpmath.sin, raise_exception=False)
    assert report.verdict == "fail"
    assert "(numbers)" in report.message


def test_without_a_point_in_the_domain_nothing_is_said() -> None:
    report = check_accuracy(OPS["log"], np.array([-1.0, -2.0]))
    assert report.verdict == "inconclusive"
    assert report.reason == "nothing to check"


def test_without_a_reference_one_is_asked_for() -> None:
    with pytest.raises(ValueError, match="such as reference="):
        check_accuracy(naive("mine", lambda x: x * 1, lambda out, x: 1.0 + 0 * x))


def test_truth_has_the_digits_it_needs() -> None:
    # 1 - tanh(300) has its first digit at place 260.
    assert float(exact_derivative(mpmath.tanh, (300.0,)) * mpmath.exp(600)) == pytest.approx(4)
    assert float(exact_derivative(mpmath.exp, (1e-264,))) == 1.0
    assert exact_derivative(mpmath.floor, (0.5,)) == 0
    assert exact_value(mpmath.log, (-1.0,)) is None
    assert exact_value(lambda x: 1 / x, (0.0,)) is None


@pytest.mark.parametrize("layout", ["C", "F", "strided", "0-d", "empty", "mixed with nan"])
def test_saturated_tanh_and_sigmoid_keep_their_digits_in_every_layout(layout: str) -> None:
    x = np.linspace(-30, 30, 24).reshape(4, 6)
    x = {
        "C": x,
        "F": np.asfortranarray(x),
        "strided": x[::-2, ::-1].T,
        "0-d": np.array(25.0),
        "empty": x[:0],
        "mixed with nan": np.where(x > 20, np.nan, x),
    }[layout]
    e = np.exp(-2 * np.abs(x))
    d = grad(lambda x: np.sum(np.tanh(x)))(x)
    np.testing.assert_allclose(d, 4 * e / (1 + e) ** 2, rtol=3e-12)
    import autograd as ag

    s = grad(lambda x: np.sum(ag.sigmoid(x)))(x)
    e = np.exp(-np.abs(x))
    np.testing.assert_allclose(s, e / (1 + e) ** 2, rtol=3e-12)


def test_saturated_tanh_keeps_its_digits_to_higher_orders() -> None:
    x = np.array([-20.0, 0.5, 20.0])
    t = Tensor(x)
    third = grad(grad(grad(lambda x: np.tanh(x))))
    e = np.exp(-2 * np.abs(x))
    slope = 4 * e / (1 + e) ** 2
    right = slope * (4 * np.tanh(x) ** 2 - 2 * slope)
    np.testing.assert_allclose([third(float(v)) for v in t.data], right, rtol=1e-10)
