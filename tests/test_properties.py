"""Adjointness, symmetry, linearity and independence of examples: planted violations are caught."""

from __future__ import annotations

import numpy as np
import pytest

import nn
from autograd import Tensor, Value
from autograd.extend import linear, plain, primitive
from autograd.testing import GradientError
from autograd.testing.properties import (
    check_adjoint,
    check_batch,
    check_linear,
    check_symmetry,
)

X = np.array([0.5, -1.25, 2.0])
M = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])

halves = primitive(
    lambda x: np.sin(x),
    vjp=lambda g, out, x: g * np.cos(x),
    jvp=lambda ts, out, x: 0.5 * ts[0] * np.cos(x),
    name="halves",
)
lost = primitive(
    lambda x, y: x * y,
    vjp=(lambda g, out, x, y: g * plain(y), lambda g, out, x, y: g * x),
    name="lost",
)
# The transpose is not the adjoint: the roll is not undone.
rolled = linear(lambda x: np.roll(x, 1), lambda g, x: rolled(g), name="rolled")


# Adjoint ---------------------------------------------------------------------------------------


def test_adjoint_of_right_functions():
    assert check_adjoint(lambda a, b: np.tanh(a) @ b, M, X)
    assert check_adjoint(lambda x: x * x.tanh(), 0.5)
    assert check_adjoint(lambda x: x * 2, Value(0.5))
    assert check_adjoint(lambda p: {"y": p["w"] * p["n"]}, {"w": Tensor(X), "n": 3})
    assert check_adjoint(np.abs, np.zeros(3))  # at kinks too
    assert check_adjoint(lambda x: np.exp(x).sum(), X.astype(np.float32))
    assert check_adjoint(nn.Linear(3, 2), M.astype(np.float32))


def test_adjoint_names_the_input():
    with pytest.raises(GradientError, match="disagree about b: <v, J u> along b"):
        check_adjoint(lambda a, b: a * halves(b), X, X)
    assert not check_adjoint(rolled, X, raise_exception=False)


def test_adjoint_where_nothing_is_finite():
    report = check_adjoint(np.sqrt, np.zeros(2))
    assert report.verdict == "inconclusive" and report.reason == "edge"


# Symmetry --------------------------------------------------------------------------------------


def test_symmetry_of_right_functions():
    assert check_symmetry(lambda x: np.sin(x[0]) * x[1:] ** 2, X)
    assert check_symmetry(lambda a, b: (np.exp(a * b), a), M, X)
    assert check_symmetry(lambda x: x.exp() * x, 0.5)  # Value's methods
    assert check_symmetry(lambda x: 2 * x, X)  # no curvature
    assert check_symmetry(nn.MLP(3, [4], 1, dtype=np.float64), M)


def test_symmetry_sees_a_lost_part():
    with pytest.raises(GradientError, match=r"part of one is lost"):
        check_symmetry(lambda x: lost(x, x[::-1]), X)
    assert not check_symmetry(halves, X, raise_exception=False)


# Linearity -------------------------------------------------------------------------------------


def test_linear_functions():
    assert check_linear(lambda x: np.cumsum(x[::-1]), X)
    assert check_linear(lambda a, b: (a.sum(), 2 * b - a.sum()), M, X)
    assert check_linear(lambda x: 3 * x, 0.5)
    assert check_linear(lambda x: x @ M.T, X.astype(np.float32))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x + 1, "adds a constant"),
        (lambda x: x * x, r"is not linear: f\(2.0 x"),
        (lambda x: np.maximum(x, 0), "is not linear"),
        (lambda x: np.where(plain(x) > 0, x, 2 * x), "is not linear"),
        (rolled, "its reverse mode is not its adjoint"),
    ],
)
def test_what_is_not_linear(f, message):
    with pytest.raises(GradientError, match=message):
        check_linear(f, X)


def test_a_wrong_forward_mode_of_a_linear_function():
    double = primitive(
        lambda x: 2 * x,
        vjp=lambda g, out, x: 2 * g,
        jvp=lambda ts, out, x: 2.5 * ts[0],
        name="double",
    )
    with pytest.raises(GradientError, match="forward mode that is not itself"):
        check_linear(double, X)


# Batches ---------------------------------------------------------------------------------------


def test_independent_examples():
    weights = np.array([[1.0, -2.0], [0.5, 0.25], [3.0, 1.0]])
    assert check_batch(lambda x, w: np.tanh(x @ w), M, weights, in_axes=(0, None))
    assert check_batch(lambda x: x.sum(axis=0), M.T, in_axes=1)
    assert check_batch(lambda p: {"y": p["x"] * 2, "n": p["x"].sum(axis=-1)}, {"x": M})
    assert check_batch(lambda x, labels: x[np.arange(len(labels)), labels], M, np.array([2, 0]))
    assert check_batch(np.sin, X.astype(np.float32))
    assert check_batch(nn.Linear(3, 2), M.astype(np.float32))


def test_examples_that_know_of_each_other():
    with pytest.raises(GradientError, match=r"example 0 depends on the others: its result is"):
        check_batch(lambda x: x - x.mean(axis=0), M)
    with pytest.raises(GradientError, match="not in front: does the function sum or average"):
        check_batch(lambda x: x.sum(), M)
    with pytest.raises(GradientError, match="depends on the others"):
        check_batch(lambda x: x[::-1], M)


def test_gradients_that_leak():
    # Values are right; the rule sends every example the mean of the gradients.
    leaky = primitive(
        lambda x: 2 * x,
        vjp=lambda g, out, x: 2 * g.mean(axis=0, keepdims=True) + 0 * g,
        name="leaky",
    )
    with pytest.raises(GradientError, match="its gradient for x is"):
        check_batch(leaky, M)


def test_a_shared_input_gets_the_sum():
    averaged = primitive(
        lambda x, w: x * w,
        vjp=(lambda g, out, x, w: g * w, lambda g, out, x, w: (g * x).mean(axis=0)),
        name="averaged",
    )
    with pytest.raises(GradientError, match=r"(?s)for w, which all examples share.*add up to"):
        check_batch(averaged, M, X, in_axes=(0, None))


def test_vectorize_is_compared_where_single_examples_are_taken():
    # Of a batch it is the examples' own; of one example it looks at the wrong axis.
    def f(x):
        return x * (1.0 if x.ndim == 2 else 2.0)

    assert check_batch(f, M)

    import autograd.testing.batch as batch

    def wrong(g, in_axes):
        return lambda x: 3.0 * x

    original = batch.vectorize
    batch.vectorize = wrong
    try:
        with pytest.raises(GradientError, match="vectorize gives"):
            check_batch(f, M)
    finally:
        batch.vectorize = original


def test_random_layers_are_not_judged():
    rng = np.random.default_rng(0)
    report = check_batch(lambda x: x * rng.random(), M)
    assert report.verdict == "inconclusive" and report.reason == "not repeatable"


def test_batches_that_are_none():
    with pytest.raises(ValueError, match="at least two examples"):
        check_batch(np.sin, M[:1])
    with pytest.raises(ValueError, match="1 entries for 2 inputs"):
        check_batch(np.add, M, M, in_axes=(0,))
