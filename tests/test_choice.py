"""Choosing among arrays: where, select and piecewise."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, grad

X = np.array([-2.0, 0.5, 3.0])


def test_where_of_a_condition_alone_gives_indices():
    x = Tensor(X, requires_grad=True)
    for where in (ag.where, np.where):
        (found,) = where(x > 0)
        assert type(found) is np.ndarray and found.tolist() == [1, 2]
    with pytest.raises(ValueError, match="both or neither"):
        ag.where(x > 0, x)


def test_where_on_values_and_floats():
    v = Value(2.0)
    assert ag.where(True, v, 1.0).data == 2.0
    assert ag.where(np.array([True, False]), 1.0, 2.0).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("x", [1.5, -1.5])
def test_derivatives_of_a_choice_between_numbers_are_numbers(x):
    def f(x):
        return 2.0**x * ag.where(x > 0, ag.log(ag.absolute(x)) * x, x * x)

    for found in (
        grad(f)(x),
        grad(grad(f))(x),
        ag.hvp(f)(x, 1.0),
        ag.jvp(grad(f), (x,), (1.0,))[0],
    ):
        assert isinstance(found, float)
    assert ag.hvp(f)(x, 1.0) == pytest.approx(grad(grad(f))(x), rel=1e-14)


def test_select_takes_the_first_that_holds():
    got = grad(lambda x: np.select([x < 1, x < 5], [x**2, 3 * x], 7.0).sum())(X)
    np.testing.assert_array_equal(got, [-4.0, 1.0, 3.0])
    x = Tensor(X, requires_grad=True)
    np.testing.assert_array_equal(
        np.select([X < 0], [x], x * 10).detach(), np.select([X < 0], [X], X * 10)
    )


def test_select_does_not_leak_nan_from_what_it_did_not_take():
    with np.errstate(divide="ignore"):
        got = grad(lambda x: np.select([x > 0], [np.log(x)], 0.0).sum())(np.array([0.0, 2.0]))
    np.testing.assert_array_equal(got, [0.0, 0.5])


def test_select_says_what_is_wrong():
    x = Tensor(X)
    with pytest.raises(ValueError, match="2 conditions for 1 choices"):
        np.select([X > 0, X < 0], [x])
    with pytest.raises(TypeError, match="entry 0"):
        np.select([np.array([1, 0, 1])], [x])


def test_piecewise_calls_each_function_on_its_own_elements():
    seen = []

    def squares(t):
        seen.append(t.shape)
        return t * t

    got = grad(lambda x: np.piecewise(x, [x < 1], [squares, lambda t: -t]).sum())(X)
    np.testing.assert_array_equal(got, [-4.0, 1.0, -1.0])
    assert seen == [(2,)]
    with pytest.raises(ValueError, match="3 functions for 1 conditions"):
        np.piecewise(Tensor(X), [X < 1], [1.0, 2.0, 3.0])


def test_unique_and_bincount_keep_the_graph():
    x = np.array([3.0, 1.0, 3.0])
    weights = np.array([10.0, 1.0])
    np.testing.assert_array_equal(grad(lambda x: np.unique(x) @ weights)(x), [1.0, 10.0, 0.0])
    values, inverse = np.unique(Tensor(x, requires_grad=True), return_inverse=True)
    assert values.requires_grad and inverse.tolist() == [1, 0, 1]
    bins = np.array([0, 2, 2])
    got = grad(lambda w: np.bincount(bins, w, minlength=4) @ np.arange(4.0))(x)
    np.testing.assert_array_equal(got, [0.0, 2.0, 2.0])
    assert ag.bincount(bins).tolist() == [1, 0, 2]
    with pytest.raises(TypeError, match="weights"):
        np.histogram(x, weights=Tensor(x, requires_grad=True))
