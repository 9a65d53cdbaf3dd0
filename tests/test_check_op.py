"""The battery for one op: every law catches the op that breaks it, and right ops pass."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from autograd import Tensor, Value
from autograd import op as op_module
from autograd.extend import bilinear, elementwise, linear, plain, primitive
from autograd.tensor import TensorNode, backward_general, current
from autograd.testing import GradientError
from autograd.testing.battery import check_op
from autograd.testing.drawn import test_op
from autograd.testing.laws import LAWS

X = np.array([0.5, -1.25, 2.0])
Y = np.array([1.5, 0.75, -0.5])
M = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])


def gauss(**options):
    return elementwise(
        lambda x: np.exp(-x * x), lambda out, x: -2 * x * out, name="gauss", **options
    )


# One op for each law ---------------------------------------------------------------------------


def unary(forward, vjp, *points, **options):
    points = points or (X, M)
    return primitive(
        forward,
        vjp=vjp,
        name="planted",
        samples=lambda rng: [((p,), {}) for p in points],
        **options,
    )


def runs():
    return unary(lambda x: x @ np.ones(7), lambda g, out, x: g)


def leaves_arguments_alone():
    def vjp(g, out, x):
        if isinstance(g, np.ndarray):
            g *= 2.0
            return g
        return g * 2.0

    return unary(lambda x: 2.0 * x, vjp)


def gradients_fit_inputs():
    return unary(lambda x: x.sum(), lambda g, out, x: g)


def remembers_nothing():
    rng = np.random.default_rng(0)
    return unary(lambda x: x * rng.random(), lambda g, out, x: g)


def gradients_are_finite():
    return elementwise(
        lambda x: x * x,
        lambda out, x: 2.0 * out / x,
        name="planted",
        samples=lambda rng: [((np.array([0.0, 1.0]),), {}), ((X,), {})],
    )


def rule_is_linear():
    return unary(np.exp, lambda g, out, x: out)


def reverse_equals_forward():
    return unary(np.exp, lambda g, out, x: g * out, jvp=lambda ts, out, x: 1.01 * ts[0] * out)


def equals_differences():
    return unary(np.sin, lambda g, out, x: g * np.cos(x) * 1.000001)


def second_order():
    return unary(np.sin, lambda g, out, x: g * np.cos(plain(x)))


def is_linear():
    shift = linear(
        lambda x: x + 1.0, lambda g, x: g, name="planted", samples=lambda rng: [((X,), {})]
    )
    return shift


def equals_reference():
    return elementwise(
        np.sin, lambda out, x: np.cos(x), reference=np.cos, domain=((-2.0, 2.0),), name="planted"
    )


def reference_second_order():
    # The reference's second derivative is lost; its first is right.
    reference = unary(np.sin, lambda g, out, x: g * np.cos(plain(x)))
    return elementwise(
        np.sin, lambda out, x: np.cos(x), reference=reference, domain=((-2.0, 2.0),), name="planted"
    )


def float32_stays():
    return unary(lambda x: x * np.float64(2.0), lambda g, out, x: g * 2.0)


def layout_does_not_matter():
    return unary(
        lambda x: np.exp(np.ravel(x, order="K")).reshape(x.shape), lambda g, out, x: g * out
    )


def repeated_rows_do_not_matter():
    return unary(lambda x: np.exp(x) * (1.0 + (0 in x.strides)), lambda g, out, x: g * out)


def binary(forward, partials, **options):
    return elementwise(
        forward, partials, name="planted", samples=lambda rng: [((X, Y), {})], **options
    )


def one_array_for_two_inputs():
    return binary(lambda x, y: x * y + (x is y), (lambda out, x, y: y, lambda out, x, y: x))


def integers_are_numbers():
    half = lambda out, x, y: np.full_like(plain(y), 0.5)
    return binary(lambda x, y: 0.5 * x + y, (half, 1.0))


def exceptions_agree():
    return primitive(
        lambda x, y: x * y,
        vjp=lambda g, out, x, y: (g * y, g * x),
        name="planted",
        samples=lambda rng: [((X, Y), {})],
    )


def value_equals_tensor():
    return elementwise(
        np.exp,
        lambda out, x: out,
        scalar=lambda x: math.exp(x) * (1 + 1e-9),
        domain=((-2.0, 2.0),),
        name="planted",
    )


def value_second_order():
    return elementwise(
        np.exp,
        lambda out, x: plain(out) if isinstance(x, Value) else out,
        domain=((-2.0, 2.0),),
        name="planted",
    )


PLANTED = [
    runs,
    leaves_arguments_alone,
    gradients_fit_inputs,
    remembers_nothing,
    gradients_are_finite,
    rule_is_linear,
    reverse_equals_forward,
    equals_differences,
    second_order,
    is_linear,
    equals_reference,
    reference_second_order,
    float32_stays,
    layout_does_not_matter,
    repeated_rows_do_not_matter,
    one_array_for_two_inputs,
    integers_are_numbers,
    exceptions_agree,
    value_equals_tensor,
    value_second_order,
]


@pytest.mark.parametrize("make", PLANTED, ids=lambda make: make.__name__)
def test_each_law_catches_the_op_that_breaks_it(make):
    op = make()
    with pytest.raises(GradientError) as caught:
        check_op(op)
    message = str(caught.value)
    assert f"[{make.__name__}]" in message.splitlines()[0], message
    assert message.startswith("check_op: planted breaks a law")
    assert ", seed 0" in message and re.search(r"point \d of \d", message)
    report = caught.value.report
    assert report.verdict == "fail" and report.message == message


def test_numpy_and_the_op_are_compared(monkeypatch):
    def theirs(x):
        return np.cos(x)

    op = elementwise(
        np.sin, lambda out, x: np.cos(x), numpy=theirs, domain=((-2.0, 2.0),), name="planted"
    )
    try:
        with pytest.raises(GradientError, match=r"\[equals_numpy\]"):
            check_op(op)
    finally:
        del op_module.NUMPY[theirs]


def test_an_engine_that_writes_into_memory_is_caught(monkeypatch):
    def add(self, other):
        self._data[...] += other
        return self

    assert check_op(gauss())
    monkeypatch.setattr(Tensor, "__iadd__", add)
    with pytest.raises(GradientError, match=r"\[writes_afterwards\]"):
        check_op(gauss())


def test_an_engine_that_keeps_cotangents_is_caught(monkeypatch):
    def deposit(self, g, ours):
        self.grad = g if self.grad is None else self.grad + g

    def backward(self, grad=None):
        seed = np.ones_like(self._data) if grad is None else plain(grad)
        backward_general(current(self)._node, seed, True)

    copied = linear(lambda x: x.copy(), lambda g, x: g, name="copied")
    points = [((X,), {})]
    assert check_op(copied, points=points)
    monkeypatch.setattr(TensorNode, "deposit", deposit)
    monkeypatch.setattr(Tensor, "backward", backward)
    with pytest.raises(GradientError, match=r"\[shared_cotangents\]"):
        check_op(copied, points=points)


def test_every_law_is_shown_to_catch_something():
    shown = {make.__name__ for make in PLANTED} | {
        "equals_numpy",
        "writes_afterwards",
        "shared_cotangents",
    }
    assert shown == {law.name for law in LAWS}


# Right ops of every kind -----------------------------------------------------------------------


def test_right_ops_pass():
    halve = elementwise(lambda x: x / 2, 0.5, name="halve")
    turn = linear(lambda x: x[::-1], lambda g, x: turn(g), name="turn")
    outer = bilinear(
        lambda x, y: x[:, None] * y,
        (lambda g, x, y: (g * y).sum(axis=1), lambda g, x, y: (g * x[:, None]).sum(axis=0)),
        name="outer",
    )
    assert check_op(gauss())
    assert check_op(halve)
    assert check_op(turn, points=[((X,), {}), ((M,), {})])
    assert check_op(outer, points=[((X, Y), {})], skip=["exceptions_agree"])
    assert check_op(lambda x: np.tanh(x) * x.sum(), points=[((X,), {})])


def test_the_rule_of_the_message_names_a_cause():
    with pytest.raises(GradientError, match=r"write g \* y for g \*= y"):
        check_op(leaves_arguments_alone())
    with pytest.raises(GradientError, match="the rule reads a plain array"):
        check_op(second_order())
    with pytest.raises(GradientError, match="the vjp and the jvp are not derivatives of one"):
        check_op(reverse_equals_forward())
    with pytest.raises(GradientError, match="it is declared linear and is not"):
        check_op(is_linear())
    with pytest.raises(GradientError, match="float32 in, float64 out"):
        check_op(float32_stays())
    with pytest.raises(GradientError, match=r"test_check_op.py:\d+   return unary\(lambda x: x @"):
        check_op(runs())


def test_choosing_laws():
    lost = second_order()
    assert check_op(lost, orders=(1,))
    assert check_op(float32_stays(), dtypes=("float64",))
    assert check_op(value_equals_tensor(), faces=("tensor",))
    assert check_op(exceptions_agree(), skip=["exceptions_agree"])
    assert not check_op(lost, raise_exception=False)
    for wrong in (
        {"orders": (3,)},
        {"faces": ("array",)},
        {"dtypes": "float64"},
        {"skip": ["manners"]},
    ):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} is a sequence of"):
            check_op(lost, **wrong)


def test_points_can_be_given_and_must_be_known():
    assert check_op(gauss(), points=[((0.5,), {}), ((Tensor(X),), {})])
    with pytest.raises(TypeError, match="a point of gauss is a pair"):
        check_op(gauss(), points=[X])
    nowhere = linear(lambda x: 2 * x, lambda g, x: 2 * g, name="nowhere")
    with pytest.raises(ValueError, match="does not know where to try nowhere"):
        check_op(nowhere)


def test_the_same_seed_is_the_same_check():
    one, two, other = (
        check_op(equals_differences(), seed=s, raise_exception=False).message for s in (1, 1, 2)
    )
    assert one == two != other


def test_kinks_are_no_failures_and_no_passes():
    relu = elementwise(lambda x: np.maximum(x, 0), lambda out, x: x > 0, name="ramp")
    zero, away = ((np.zeros(2),), {}), ((X,), {})
    report = check_op(relu, points=[zero, away])
    assert report and "at 2 points, 1 of them inconclusive" in report.message
    with pytest.raises(GradientError, match=r"ramp was hardly tested.*\n.*only 1 told.*2 kink"):
        check_op(relu, points=[zero, away, zero])
    empty = check_op(relu, points=[((np.zeros(0),), {})])
    assert empty.verdict == "inconclusive" and empty.reason == "nothing to check"


def test_a_wrong_rule_is_found_where_the_result_is_infinite_elsewhere():
    wrong = elementwise(np.log, lambda out, x: 1.01 / x, name="wrong")
    points = [((np.array([0.0, 1.0]),), {}), ((np.array([0.5]),), {}), ((np.array([2.0]),), {})]
    with pytest.raises(GradientError, match=r"point 2 of 3"):
        check_op(wrong, points=points)


# Under Hypothesis ------------------------------------------------------------------------------

test_gauss = test_op(gauss(domain=((-3.0, 3.0),)), examples=15)


def test_test_op_makes_a_test():
    assert test_op.__test__ is False
    assert test_gauss.__name__ == "test_gauss"
    assert "obeys every law" in test_gauss.__doc__


def test_test_op_fails_with_a_small_point():
    wrong = elementwise(
        lambda x: np.exp(-x * x), lambda out, x: -x * out, name="wrong", domain=((-3.0, 3.0),)
    )
    with pytest.raises(GradientError, match=r"equals_differences\](.|\n)*at wrong\(np.array\(-?\d"):
        test_op(wrong)()


def test_test_op_takes_samples_and_skips_laws():
    test_op(second_order(), orders=(1,), examples=10)()
    with pytest.raises(GradientError, match="second_order"):
        test_op(second_order(), examples=10)()


def test_test_op_is_not_content_with_kinks():
    from hypothesis import strategies as st

    relu = elementwise(lambda x: np.maximum(x, 0), lambda out, x: x > 0, name="ramp")
    kinks = st.sampled_from([((np.zeros(n),), {}) for n in range(1, 9)])
    with pytest.raises(AssertionError, match="vacuous"):
        test_op(relu, inputs=kinks)()
