"""Reductions, scans, sorting: NumPy's values; conventions at kinks, zeros and infinities."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.errors import UnsupportedError

AXES = [None, 0, -1, 1, (0, 2), (-1, 0), (0, 1, 2), ()]
REDUCTIONS = ["sum", "mean", "prod", "max", "min", "amax", "amin", "ptp", "var", "std"]
WITHOUT_NAN = ["nansum", "nanmean", "nanprod", "nanmax", "nanmin", "nanvar", "nanstd"]


def draw(*shape, nan=0, dtype=float):
    x = np.random.default_rng(3).normal(size=shape)
    x.flat[: 3 * nan : 3] = np.nan
    return x.astype(dtype)


def same(ours, theirs, rtol=1e-12):
    ours = ours.data if isinstance(ours, Tensor) else np.asarray(ours)
    assert ours.shape == np.shape(theirs)
    assert ours.dtype == np.asarray(theirs).dtype
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-14 if rtol < 1e-9 else 1e-6)


def gradient_of(f, x):
    return ag.grad(lambda x: ag.sum(f(x)))(np.asarray(x))


def check_grads(f, *xs, step=1e-6):
    """The jacobian in each argument against central differences."""
    for i, x in enumerate(xs):
        ours = ag.jacobian(f, argnums=i)(*xs)
        steps = step * np.eye(x.size).reshape(x.size, *x.shape)
        theirs = [
            (f(*xs[:i], x + d, *xs[i + 1 :]) - f(*xs[:i], x - d, *xs[i + 1 :])) / (2 * step)
            for d in steps
        ]
        theirs = np.moveaxis(np.array(theirs), 0, -1).reshape(ours.shape)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


# Values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_are_numpys(name, axis, keepdims):
    f, theirs = getattr(ag, name), getattr(np, name)
    for dtype, rtol in ((np.float64, 1e-12), (np.float32, 1e-5)):
        x = draw(2, 3, 4, dtype=dtype)
        expected = theirs(x, axis=axis, keepdims=keepdims)
        same(f(x, axis=axis, keepdims=keepdims), expected, rtol)
        same(f(Tensor(x), axis=axis, keepdims=keepdims), expected, rtol)
        same(theirs(Tensor(x), axis=axis, keepdims=keepdims), expected, rtol)


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("name", WITHOUT_NAN)
def test_nan_reductions_are_numpys(name, axis):
    theirs = getattr(np, name)
    for x in (draw(2, 3, 4, nan=4), draw(2, 3, 4)):
        for keepdims in (False, True):
            options = {"axis": axis, "keepdims": keepdims}
            same(theirs(Tensor(x), **options), theirs(x, **options))
    x32 = draw(2, 3, 4, nan=4, dtype=np.float32)
    same(theirs(Tensor(x32), axis=axis), theirs(x32, axis), 1e-5)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "var", "std", "cumsum", "cumprod"])
def test_integers_and_lists_are_reduced_as_numpy_does(name):
    for x in ([1, 2, 3], [[1, 2], [3, 5]], np.arange(1, 4, dtype=np.int8), [True, False], 3.0):
        ours, theirs = getattr(ag, name)(x), getattr(np, name)(x)
        assert np.asarray(ours).dtype == np.asarray(theirs).dtype
        np.testing.assert_allclose(ours, theirs)


WITH_AXIS = [*REDUCTIONS, *WITHOUT_NAN, "logsumexp", "cumsum", "median", "sort"]


@pytest.mark.parametrize("name", WITH_AXIS)
def test_axes_are_checked_and_may_be_numpy_integers(name):
    f, x = getattr(ag, name), Tensor(draw(2, 3, nan=name in WITHOUT_NAN), requires_grad=True)
    same(f(x, axis=np.int64(1)), f(x.data, axis=1))
    f(x, axis=np.int64(1)).sum().backward()
    with pytest.raises(np.exceptions.AxisError):
        f(x, axis=2)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "cumsum", "cumprod"])
def test_dtype_is_taken(name):
    x = draw(3, 4, dtype=np.float32)
    t = Tensor(x, requires_grad=True)
    out = getattr(ag, name)(t, axis=0, dtype=np.float64)
    same(out, getattr(np, name)(x, axis=0, dtype=np.float64))
    out.sum().backward()
    assert t.grad.dtype == np.float32


@pytest.mark.parametrize("options", [{"ddof": 1}, {"ddof": 1.5}, {"correction": 2}])
@pytest.mark.parametrize("name", ["var", "std", "nanvar", "nanstd"])
def test_degrees_of_freedom(name, options):
    x = draw(4, 5, nan=2 if name.startswith("nan") else 0)
    for axis in (None, 0, (0, 1)):
        same(getattr(ag, name)(x, axis=axis, **options), getattr(np, name)(x, axis, **options))
    with pytest.raises(ValueError, match="simultaneously"):
        getattr(ag, name)(x, ddof=1, correction=1)


def test_scans_are_numpys():
    x = draw(3, 4)
    for name in ("cumsum", "cumprod", "nancumsum", "nancumprod"):
        for axis in (None, 0, -1):
            theirs = getattr(np, name)
            same(theirs(Tensor(x), axis=axis), theirs(x, axis))
    for n in (0, 1, 3):
        for axis in (0, -1):
            if n < 3 or axis:
                same(np.diff(Tensor(x), n, axis), np.diff(x, n, axis))
    same(np.diff(Tensor(x), prepend=1.0, append=x[:, :2]), np.diff(x, prepend=1.0, append=x[:, :2]))
    with pytest.raises(ValueError, match="at least one dim"):
        ag.diff(Tensor(1.0))


@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradient_is_numpys(edge_order):
    x, at = draw(4, 5), np.array([0.0, 0.5, 0.7, 2.0, 2.5])
    for spacing, axis in (((), None), ((0.5,), None), ((0.5, 2.0), None), ((0.5,), 0), ((at,), -1)):
        ours = np.gradient(Tensor(x), *spacing, axis=axis, edge_order=edge_order)
        theirs = np.gradient(x, *spacing, axis=axis, edge_order=edge_order)
        for a, b in zip(
            np.atleast_1d(ours) if axis is None else [ours],
            [*theirs] if axis is None else [theirs],
            strict=True,
        ):
            same(a, b)
    x32 = x.astype(np.float32)
    same(np.gradient(Tensor(x32), at, axis=1), np.gradient(x32, at, axis=1), 1e-5)
    with pytest.raises(ValueError, match="too short"):
        ag.gradient(Tensor([1.0]))
    with pytest.raises(TypeError, match="3 spacings for 2 axes"):
        ag.gradient(Tensor(x), 1.0, 1.0, 1.0)


def test_gradient_follows_the_coordinates():
    f, at = draw(5), np.array([0.0, 0.5, 0.7, 2.0, 2.5])
    check_grads(lambda f, at: ag.gradient(f, at, edge_order=2), f, at)
    check_grads(lambda y, x: ag.trapezoid(y, x), draw(2, 5), at)


def test_trapezoid_is_numpys():
    y, x = draw(3, 4), np.array([0.0, 0.5, 0.7, 2.0])
    same(np.trapezoid(Tensor(y), dx=0.5, axis=0), np.trapezoid(y, dx=0.5, axis=0))
    same(np.trapezoid(Tensor(y), x), np.trapezoid(y, x))
    same(np.trapezoid(Tensor(y), draw(3, 4)), np.trapezoid(y, draw(3, 4)))


def test_average_is_numpys():
    x, w = draw(2, 3, 4), np.abs(draw(2, 3, 4))
    same(np.average(Tensor(x), axis=1), np.average(x, axis=1))
    same(np.average(Tensor(x), weights=w), np.average(x, weights=w))
    same(np.average(Tensor(x), 1, w[0, :, 0]), np.average(x, 1, w[0, :, 0]))
    same(np.average(Tensor(x), (2, 0), w[:, 0, :].T), np.average(x, (2, 0), w[:, 0, :].T))
    for ours, theirs in zip(
        np.average(Tensor(x), 1, w[0, :, 0], returned=True, keepdims=True),
        np.average(x, 1, w[0, :, 0], returned=True, keepdims=True),
        strict=True,
    ):
        same(ours, theirs)
    with pytest.raises(ZeroDivisionError, match="sum to zero"):
        ag.average(Tensor([1.0, 2.0]), weights=[1.0, -1.0])
    with pytest.raises(TypeError, match="axis must be specified"):
        ag.average(Tensor(x), weights=w[0])
    check_grads(lambda x, w: ag.average(x, -1, w), x, w[0, 0])


METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
    "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher",
    "midpoint", "nearest",
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_are_numpys(method):
    x, q = draw(3, 4, 5), np.array([[0.0, 0.1], [0.5, 1.0]])
    for axis in (None, 0, -1, (0, 2)):
        for at in (q, 0.37):
            options = {"axis": axis, "method": method, "keepdims": True}
            same(np.quantile(Tensor(x), at, **options), np.quantile(x, at, **options))
            same(
                np.percentile(Tensor(x), 100 * at, axis, method=method),
                np.percentile(x, 100 * at, axis, method=method),
            )
    y = draw(3, 4, 5, nan=9)
    y[0, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # All-NaN slice encountered
        for axis in (-1, (0, 2)):
            theirs = np.nanquantile(y, q[0], axis, method=method)
            same(np.nanquantile(Tensor(y), q[0], axis, method=method), theirs)


def test_medians_are_numpys():
    for x in (draw(3, 4), draw(3, 5), draw(3, 5, nan=2), draw(3, 4, dtype=np.float32)):
        for axis in (None, 0, -1, (0, 1)):
            same(np.median(Tensor(x), axis), np.median(x, axis), 1e-6)
            same(np.nanmedian(Tensor(x), axis), np.nanmedian(x, axis), 1e-6)
    assert ag.median([1, 2, 4, 5]) == 3.0


def test_infinite_neighbours_without_weight_do_not_count():
    np.testing.assert_array_equal(
        ag.quantile(np.array([1.0, 2.0, np.inf]), [0.0, 0.5, 0.75]), [1.0, 2.0, np.inf]
    )


def test_sort_and_partition():
    x = draw(3, 4, nan=2)
    for axis in (None, 0, -1):
        same(np.sort(Tensor(x), axis), np.sort(x, axis))
    for kth in (1, -1, [0, 2]):
        ours = ag.partition(draw(3, 4), kth)
        same(ours[..., kth], np.sort(draw(3, 4))[..., kth])


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
def test_softmax_family(axis):
    x = draw(2, 3, 4)
    e = np.exp(x)
    same(ag.logsumexp(x, axis), np.log(e.sum(axis)))
    same(ag.logsumexp(x, axis, keepdims=True), np.log(e.sum(axis, keepdims=True)))
    same(ag.softmax(x, axis), e / e.sum(axis, keepdims=True))
    same(ag.log_softmax(x, axis), np.log(e / e.sum(axis, keepdims=True)))


def test_empty_arrays():
    x = Tensor(np.zeros((0, 3)), requires_grad=True)
    total = ag.sum(x) + ag.prod(x) + ag.cumsum(x, 0).sum() + ag.softmax(x).sum()
    total.backward()
    assert total.item() == 1.0 and x.grad.shape == (0, 3)
    np.testing.assert_array_equal(ag.logsumexp(np.zeros((0, 2)), 0), [-np.inf, -np.inf])
    with pytest.raises(ValueError, match="zero-size"):
        ag.max(x)
    with pytest.raises(ValueError, match="median of an array without elements"):
        ag.median(x)


# Conventions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [[2.0, 3.0, 5.0], [2.0, 0.0, 5.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
def test_products_with_any_number_of_zeros(x):
    x = np.array(x)
    others = [x[1] * x[2], x[0] * x[2], x[0] * x[1]]
    second = [[0, x[2], x[1]], [x[2], 0, x[0]], [x[1], x[0], 0]]
    np.testing.assert_array_equal(ag.grad(ag.prod)(x), others)
    np.testing.assert_array_equal(ag.hessian(ag.prod)(x), second)

    def last(x):
        return ag.cumprod(x)[2]

    np.testing.assert_array_equal(ag.grad(last)(x), others)
    np.testing.assert_array_equal(ag.hessian(last)(x), second)
    steps = [[1, 0, 0], [x[1], x[0], 0], others]
    np.testing.assert_array_equal(ag.jacobian(ag.cumprod)(x), steps)
    tangents = [ag.jvp(ag.cumprod, (x,), (e,))[1] for e in np.eye(3)]
    np.testing.assert_array_equal(np.transpose(tangents), steps)


def test_product_over_several_axes_with_zeros():
    x = np.array([[[1.0, 0.0], [2.0, 3.0]], [[0.0, 5.0], [0.0, 7.0]]])
    g = gradient_of(lambda x: ag.prod(x, axis=(0, 2)), x)
    np.testing.assert_array_equal(g, [[[0, 0], [0, 0]], [[0, 0], [42, 0]]])


def test_long_products_neither_overflow_nor_divide():
    x = np.full(2000, 0.5)
    x[::2] = 2.0
    np.testing.assert_allclose(ag.grad(ag.prod)(x), 1 / x)
    np.testing.assert_allclose(gradient_of(lambda x: ag.cumprod(x)[-1:], x), 1 / x)


@pytest.mark.parametrize("value", [0.0, 0.1, -3.3, 1e20, 1e-300])
@pytest.mark.parametrize("name", ["std", "nanstd"])
def test_std_of_a_constant_has_gradient_zero(name, value):
    f = getattr(ag, name)
    for n in (1, 3, 7, 100):
        x = np.full(n, value)
        if name == "nanstd":
            x = np.append(x, np.nan)
        np.testing.assert_array_equal(ag.grad(f)(x), 0.0 * np.nan_to_num(x))
        np.testing.assert_array_equal(ag.jvp(f, (x,), (np.ones_like(x),))[1], 0.0)
        np.testing.assert_array_equal(ag.hvp(f)(x, np.ones_like(x)), 0.0 * np.nan_to_num(x))


def test_std_is_zero_only_in_the_constant_rows():
    x = np.array([[0.1, 0.1, 0.1], [1.0, 2.0, 4.0]])
    g = gradient_of(lambda x: ag.std(x, axis=1), x)
    np.testing.assert_array_equal(g[0], 0.0)
    np.testing.assert_allclose(g[1], ag.grad(ag.std)(x[1]))
    assert ag.grad(ag.var)(x[0]).max() < 1e-15


@pytest.mark.parametrize("name", ["max", "min"])
def test_ties_share_evenly_in_every_mode(name):
    f = getattr(ag, name)
    x = np.array([[2.0, 2.0, 1.0], [3.0, 3.0, 3.0]]) * (1 if name == "max" else -1)
    shares = np.array([[0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    np.testing.assert_allclose(gradient_of(lambda x: f(x, axis=1), x), shares)
    t = np.arange(6.0).reshape(2, 3)
    tangent = ag.jvp(lambda x: f(x, axis=1), (x,), (t,))[1]
    np.testing.assert_allclose(tangent, (t * shares).sum(1))

    def square(x):
        return ag.sum(f(x, axis=1) ** 2)

    expected = np.zeros((6, 6))
    for i in range(2):
        at = slice(3 * i, 3 * i + 3)
        expected[at, at] = 2 * np.outer(shares[i], shares[i])
    np.testing.assert_allclose(ag.hessian(square)(x).reshape(6, 6), expected)


def test_nan_in_max_takes_the_gradient_it_caused():
    g = gradient_of(lambda x: ag.max(x, axis=1), [[1.0, np.nan, 3.0], [1.0, 2.0, 0.0]])
    np.testing.assert_array_equal(g, [[0, 1, 0], [0, 1, 0]])


@pytest.mark.parametrize(
    "name",
    [
        "sum",
        "mean",
        "prod",
        "max",
        "min",
        "ptp",
        "var",
        "std",
        "median",
        "logsumexp",
        "softmax",
        "log_softmax",
        "cumsum",
        "cumprod",
        "nanmean",
        "nanstd",
        "sort",
        "diff",
        "trapezoid",
    ],
)
def test_float32_stays_float32(name):
    x = Tensor(draw(3, 4, dtype=np.float32), requires_grad=True)
    out = getattr(ag, name)(x, axis=0)
    assert out.dtype == np.float32
    (out * out).sum().backward()
    assert x.grad.dtype == np.float32


def test_large_and_infinite_entries_of_softmax():
    inf = np.inf
    x = np.array([[1000.0, 1000.0, -1000.0], [-1e5, -1e5, -inf], [5.0, -inf, -inf]])
    expected = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    np.testing.assert_array_equal(ag.softmax(x), expected)
    np.testing.assert_allclose(
        ag.logsumexp(x, 1), [1000 + np.log(2), -1e5 + np.log(2), 5.0], rtol=1e-15
    )
    np.testing.assert_allclose(gradient_of(lambda x: ag.logsumexp(x, 1), x), expected)
    np.testing.assert_array_equal(np.exp(ag.log_softmax(x)), expected)
    assert np.isfinite(ag.jacobian(ag.softmax)(x)).all()
    assert np.isfinite(ag.hessian(lambda x: ag.logsumexp(x, 1)[0])(x)).all()


def test_logsumexp_of_nothing_but_infinity():
    x = np.array([[-np.inf, -np.inf], [np.inf, 1.0], [np.inf, np.inf], [0.0, 0.0]])
    np.testing.assert_array_equal(ag.logsumexp(x, 1), [-np.inf, np.inf, np.inf, np.log(2)])
    _, pull = ag.vjp(lambda x: ag.logsumexp(x, 1), x)
    np.testing.assert_allclose(pull(np.ones(4))[0], [[0, 0], [1, 0], [0.5, 0.5], [0.5, 0.5]])


def test_equal_elements_keep_their_order():
    x = np.array([2.0, 1.0, 2.0, 1.0])
    np.testing.assert_array_equal(ag.jacobian(ag.sort)(x), np.eye(4)[[1, 3, 0, 2]])
    np.testing.assert_array_equal(ag.grad(ag.median)(x), [0.5, 0, 0, 0.5])


def test_left_out_elements_get_no_gradient():
    x = np.array([1.0, np.nan, 3.0])
    np.testing.assert_array_equal(ag.grad(ag.nanmean)(x), [0.5, 0, 0.5])
    np.testing.assert_array_equal(ag.grad(ag.nanmax)(x), [0, 0, 1])
    np.testing.assert_array_equal(ag.grad(ag.nanprod)(x), [3, 0, 1])
    np.testing.assert_array_equal(ag.grad(ag.nanmedian)(x), [0.5, 0, 0.5])


# What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*REDUCTIONS, *WITHOUT_NAN, "cumsum", "cumprod", "median"])
@pytest.mark.parametrize("key", ["out", "where"])
def test_keywords_that_cannot_be_recorded_are_named(name, key):
    theirs = getattr(np, name)
    if key == "where" and name in ("ptp", "cumsum", "cumprod", "median"):
        pytest.skip("NumPy has no where= there")
    value = np.zeros(()) if key == "out" else np.array([True, False])
    with pytest.raises(UnsupportedError, match=f"{key}="):
        theirs(Tensor([1.0, 2.0]), **{key: value})


def test_quantiles_have_no_derivative_in_q():
    with pytest.raises(TypeError, match="quantile has no derivative with respect to q"):
        ag.grad(lambda q: ag.quantile(np.arange(3.0), q))(0.5)


# Methods and observers ------------------------------------------------------------------------


def test_methods():
    x = draw(3, 4)
    t = Tensor(x)
    for name in ("sum", "mean", "prod", "max", "min", "var", "std", "cumsum", "cumprod"):
        same(getattr(t, name)(axis=0), getattr(x, name)(axis=0))
    same(t.clip(-0.5, 0.5), x.clip(-0.5, 0.5))
    same(t.round(1), x.round(1))
    same(t.softmax(0), ag.softmax(x, 0))
    for name in ("argmax", "argmin", "any", "all"):
        ours, theirs = getattr(t, name)(axis=0), getattr(x, name)(axis=0)
        assert isinstance(ours, np.ndarray)
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(t.argsort(0), x.argsort(0))
    np.testing.assert_array_equal(t.nonzero(), x.nonzero())


def test_observers_give_plain_results():
    t = Tensor([3.0, 1.0, 2.0], requires_grad=True)
    assert ag.argmax(t) == 0 and type(ag.argmax(t)) is np.intp
    np.testing.assert_array_equal(ag.argsort(t), [1, 2, 0])
    assert type(ag.isnan(t)) is np.ndarray and not ag.any(ag.isnan(t))
    assert ag.all(ag.greater(t, 0)) and ag.count_nonzero(t) == 3
    assert ag.less(Value(1.0), 2.0) and ag.allclose([t, t], [t.data, t.data])


def test_reductions_of_values():
    v = Value(3.0)
    out = ag.logsumexp(ag.stack([v, Value(1.0), v]))
    out.backward()
    np.testing.assert_allclose(v.grad, 2 * np.exp(3) / (2 * np.exp(3) + np.exp(1)))
