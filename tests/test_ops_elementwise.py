"""Elementwise functions: values of special functions, and conventions at kinks and bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.ops import special


def slopes(f, x):
    """The derivative at each element, by every road there is; they must agree."""
    x = np.asarray(x, dtype=float)
    reverse = ag.grad(lambda x: ag.sum(f(x)))(x)
    forward = ag.jvp(f, (x,), (np.ones_like(x),))[1]
    np.testing.assert_array_equal(forward, reverse)
    for number, slope in zip(x.tolist(), reverse.tolist(), strict=True):
        v = Value(number)
        f(v).backward()
        assert type(v.grad) in (float, bool, int)
        np.testing.assert_allclose(v.grad, slope, rtol=1e-15)
    return reverse


# Kinks and bounds -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, x, expected",
    [
        (ag.relu, [-1.0, 0.0, 2.0], [0, 0, 1]),
        (ag.absolute, [-1.0, 0.0, 2.0], [-1, 0, 1]),
        (ag.leaky_relu, [-1.0, 0.0, 2.0], [0.01, 0.01, 1]),
        (lambda x: ag.prelu(x, 0.25), [-1.0, 0.0, 2.0], [0.25, 0.25, 1]),
        (lambda x: ag.elu(x, alpha=0.5), [0.0, 2.0], [0.5, 1]),
        (lambda x: ag.clip(x, -1.0, 1.0), [-2.0, -1.0, 0.0, 1.0, 2.0], [0, 1, 1, 1, 0]),
        (lambda x: ag.clip(x, max=1.0), [-9.0, 1.0, 2.0], [1, 1, 0]),
        (ag.hardtanh, [-2.0, -1.0, 0.0, 1.0, 2.0], [0, 0, 1, 0, 0]),
        (ag.softsign, [-1.0, 0.0, 1.0], [0.25, 1, 0.25]),
        (ag.square_nonlinearity, [-3.0, -2.0, -1.0, 0.0, 2.0, 3.0], [0, 0, 0.5, 1, 0, 0]),
        (ag.sinc, [0.0, 1.0, 2.0], [0, -1, 0.5]),
        (ag.round, [0.4, 2.5], [0, 0]),
        (ag.floor, [0.4, 2.0], [0, 0]),
    ],
)
def test_derivatives_at_kinks_and_bounds(f, x, expected):
    np.testing.assert_allclose(slopes(f, x), expected, atol=1e-15)


def test_clip_sends_the_rest_to_the_bounds():
    x, low, high = np.array([-2.0, -1.0, 0.5, 1.0, 3.0]), np.array(-1.0), np.array(1.0)

    def total(*xs):
        return ag.sum(ag.clip(*xs))

    gradients = ag.grad(total, argnums=(0, 1, 2))(x, low, high)
    for g, expected in zip(gradients, ([0, 1, 1, 1, 0], 1.0, 1.0), strict=True):
        np.testing.assert_array_equal(g, expected)
    # NumPy lets the upper bound win where the bounds are crossed.
    gradients = ag.grad(total, argnums=(0, 1, 2))(np.array([0.0]), np.array(2.0), np.array(1.0))
    assert [float(g.sum()) for g in gradients] == [0.0, 0.0, 1.0]


def test_clip_is_numpys():
    x = np.linspace(-2, 2, 9)
    for args, options in (((-1, 1), {}), ((None, 0.5), {}), ((), {"min": 0}), ((), {})):
        np.testing.assert_array_equal(
            np.clip(Tensor(x), *args, **options).data, np.clip(x, *args, **options)
        )
    assert np.clip(Tensor([1, 5, 9]), None, 6).dtype == np.int64
    assert np.clip(Tensor(x.astype(np.float32)), -1.0, 0.5).dtype == np.float32


def test_nan_to_num_passes_no_gradient_where_it_replaced():
    x = np.array([1.0, np.nan, np.inf, -2.0])
    np.testing.assert_array_equal(ag.grad(lambda x: ag.sum(ag.nan_to_num(x)))(x), [1, 0, 0, 1])
    np.testing.assert_array_equal(
        np.nan_to_num(Tensor(x), nan=7.0, posinf=8.0).data, np.nan_to_num(x, nan=7.0, posinf=8.0)
    )


# Far from zero --------------------------------------------------------------------------------

ACTIVATIONS = ["sigmoid", "log_sigmoid", "softplus", "silu", "mish", "elu", "selu", "gelu",
               "tanh", "softsign", "hardtanh", "square_nonlinearity"]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_neither_overflow_nor_lose_float32(name, dtype):
    f = getattr(ag, name)
    x = Tensor(np.array([-1e4, -100, -30, 0, 30, 100, 1e4], dtype), requires_grad=True)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = f(x)
        y.sum().backward()
    assert y.dtype == x.grad.dtype == dtype
    assert np.isfinite(y.data).all() and np.isfinite(x.grad).all()


def test_small_tails_keep_their_digits():
    np.testing.assert_allclose(ag.sigmoid(np.array(-40.0)), math.exp(-40), rtol=1e-14)
    np.testing.assert_allclose(ag.log_sigmoid(np.array(40.0)), -math.exp(-40), rtol=1e-14)
    np.testing.assert_allclose(ag.logit(np.array(0.5 + 1e-12)), 4e-12, rtol=1e-3)
    np.testing.assert_allclose(ag.gelu(np.array(-10.0)), -5 * math.erfc(10 / 2**0.5), rtol=1e-12)


# Special functions ------------------------------------------------------------------------------


@pytest.fixture(params=["SciPy", "no SciPy"])
def scipy_or_not(request, monkeypatch):
    if request.param == "SciPy":
        pytest.importorskip("scipy")
    else:
        monkeypatch.setattr(special, "_scipy", lambda name: None)


@pytest.mark.parametrize(
    "f, x, expected",
    [
        (ag.erf, [0.5, -1.0, 4.0], [0.5204998778130465, -0.8427007929497149, 0.9999999845827421]),
        (ag.erfc, [0.5, -1.0, 4.0], [0.4795001221869535, 1.8427007929497148, 1.541725790028002e-8]),
        (ag.gammaln, [4.5, 0.1], [2.4537365708424423, 2.252712651734206]),
        (ag.digamma, [1.0, 0.1, -2.5, 30.0],
         [-0.5772156649015329, -10.423754940411076, 1.103156640645243, 3.384438132685525]),
        (lambda x: ag.polygamma(1, x), [0.5], [4.934802200544679]),
        (lambda x: ag.polygamma(2, x), [-1.25], [123.72136678366236]),
        (lambda x: ag.polygamma(3, x), [7.0], [0.007198198563125445]),
        (ag.i0, [0.5, -3.0, 40.0], [1.0634833707413236, 4.8807925858650245, 1.48947747934199e16]),
    ],
)  # fmt: skip
def test_values_of_special_functions(scipy_or_not, f, x, expected):
    np.testing.assert_allclose(f(np.array(x)), expected, rtol=5e-15)
    assert f(np.array(x, np.float32)).dtype == np.float32
    for number, value in zip(x, expected, strict=True):
        np.testing.assert_allclose(float(f(number)), value, rtol=5e-15)


def test_derivatives_of_special_functions(scipy_or_not):
    np.testing.assert_allclose(
        slopes(ag.i0, [0.5, -3.0, 40.0]),
        [0.2578943053908963, -3.9533702174026093, 1.4707396163259352e16],
        rtol=1e-14,
    )
    np.testing.assert_allclose(slopes(ag.gammaln, [1.0, 30.0]), ag.digamma([1.0, 30.0]))
    second = ag.grad(ag.grad(ag.i0))
    np.testing.assert_allclose(second(0.0), 0.5)
    np.testing.assert_allclose(ag.grad(ag.grad(ag.erf))(1.0), -4 / math.sqrt(math.pi) / math.e)


def test_poles_of_the_gamma_function(scipy_or_not):
    np.testing.assert_array_equal(ag.gammaln(np.array([0.0, -1.0])), [np.inf, np.inf])
    with pytest.raises(ValueError, match="n must be a whole number"):
        ag.polygamma(-1, 2.0)


def test_sinc_to_every_order_at_zero():
    f = ag.sinc
    for order, expected in enumerate([1, 0, -(math.pi**2) / 3, 0, math.pi**4 / 5]):
        np.testing.assert_allclose(f(0.0), expected, rtol=1e-14, atol=1e-14, err_msg=str(order))
        f = ag.grad(f)
