"""Initialisers: bounds and spreads by formula, moments by sample, orthogonality exactly."""

import math
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from nn import init

SHAPE = (200, 300)


def empty(*shape: int, dtype: Any = np.float64) -> ag.Tensor:
    return ag.Tensor(np.full(shape, np.nan, dtype=dtype), requires_grad=True)


# Name, settings, and the bound of a uniform or the standard deviation of a normal distribution.
UNIFORM = [
    ("xavier_uniform", {}, math.sqrt(6 / 500)),
    ("xavier_uniform", {"gain": 2.0}, 2 * math.sqrt(6 / 500)),
    ("kaiming_uniform", {}, math.sqrt(2) * math.sqrt(3 / 300)),
    ("kaiming_uniform", {"a": 2.0}, math.sqrt(2 / 5) * math.sqrt(3 / 300)),
    ("kaiming_uniform", {"mode": "fan_out", "nonlinearity": "tanh"}, 5 / 3 * math.sqrt(3 / 200)),
    ("lecun_uniform", {}, math.sqrt(3 / 300)),
    ("uniform", {"a": -0.25, "b": 0.25}, 0.25),
]
NORMAL = [
    ("xavier_normal", {}, math.sqrt(2 / 500)),
    ("xavier_normal", {"gain": 2.0}, 2 * math.sqrt(2 / 500)),
    ("kaiming_normal", {}, math.sqrt(2 / 300)),
    ("kaiming_normal", {"a": 2.0}, math.sqrt(2 / 5 / 300)),
    ("kaiming_normal", {"mode": "fan_out", "nonlinearity": "selu"}, 0.75 / math.sqrt(200)),
    ("lecun_normal", {}, math.sqrt(1 / 300)),
    ("normal", {"std": 0.5}, 0.5),
]


def moments(x: np.ndarray) -> tuple[float, float]:
    """Mean over its standard error, and kurtosis."""
    z = (x - x.mean()) / x.std()
    return abs(x.mean()) / x.std() * math.sqrt(x.size), float((z**4).mean())


@pytest.mark.parametrize(("name", "settings", "bound"), UNIFORM)
def test_uniform_ones(name: str, settings: dict[str, Any], bound: float) -> None:
    tensor = empty(*SHAPE)
    assert getattr(init, name)(tensor, **settings, rng=0) is tensor
    x = tensor.numpy()
    assert np.abs(x).max() <= bound
    assert np.abs(x).max() > 0.999 * bound
    assert x.std() == pytest.approx(bound / math.sqrt(3), rel=0.01)
    mean, kurtosis = moments(x)
    assert mean < 4 and kurtosis == pytest.approx(1.8, abs=0.03)


@pytest.mark.parametrize(("name", "settings", "std"), NORMAL)
def test_normal_ones(name: str, settings: dict[str, Any], std: float) -> None:
    tensor = empty(*SHAPE)
    assert getattr(init, name)(tensor, **settings, rng=1) is tensor
    x = tensor.numpy()
    assert x.std() == pytest.approx(std, rel=0.01)
    mean, kurtosis = moments(x)
    assert mean < 4 and kurtosis == pytest.approx(3, abs=0.08)


def test_fans_count_the_field_of_a_convolution() -> None:
    x = init.kaiming_normal(empty(64, 32, 3, 3), rng=0).numpy()
    assert x.std() == pytest.approx(math.sqrt(2 / (32 * 9)), rel=0.02)
    x = init.kaiming_normal(empty(64, 32, 3, 3), mode="fan_out", rng=0).numpy()
    assert x.std() == pytest.approx(math.sqrt(2 / (64 * 9)), rel=0.02)


@pytest.mark.parametrize(
    ("a", "b", "mean", "std"),
    [(-2.0, 2.0, 0.0, 1.0), (-0.04, 0.04, 0.0, 0.02), (0.0, 10.0, 1.0, 2.0), (1.5, 2.0, 0.0, 1.0),
     (-1.0, 0.5, 0.25, 0.5), (2.0, 9.0, 0.0, 1.0), (-math.inf, 0.5, 0.0, 1.0)],
)  # fmt: skip
def test_truncated_normal(a: float, b: float, mean: float, std: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    x = init.trunc_normal(empty(150, 200), mean, std, a, b, rng=0).numpy()
    assert a <= x.min() and x.max() <= b
    law = stats.truncnorm((a - mean) / std, (b - mean) / std, loc=mean, scale=std)
    assert stats.kstest(x.ravel(), law.cdf).pvalue > 0.01
    assert stats.kstest(x.ravel() + 0.05 * std, law.cdf).pvalue < 1e-6  # and would tell


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (2.0, 1.0), (2.5, 9.0), (-9.0, -2.1)])
def test_truncated_normal_refuses_what_it_cannot_draw(a: float, b: float) -> None:
    with pytest.raises(ValueError, match="a < b, and a mean no more than 2 std outside"):
        init.trunc_normal(empty(3), a=a, b=b)


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (6, 2, 4), (4, 3, 3)])
@pytest.mark.parametrize("gain", [1.0, 1.5])
def test_orthogonal(shape: tuple[int, ...], gain: float) -> None:
    q = init.orthogonal(empty(*shape), gain=gain, rng=3).numpy().reshape(shape[0], -1)
    product = q @ q.T if q.shape[0] <= q.shape[1] else q.T @ q
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-14)


def test_orthogonal_matrices_are_all_as_likely() -> None:
    # Each entry of a uniformly drawn one has mean 0 and variance 1/n; without the signs of R the
    # first column leans to one side.
    rng = np.random.default_rng(0)
    drawn = np.stack([init.orthogonal(empty(3, 3), rng=rng).numpy() for _ in range(1500)])
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=0.06)
    np.testing.assert_allclose(drawn.var(axis=0), 1 / 3, atol=0.05)
    assert abs(np.mean(np.linalg.det(drawn) > 0) - 0.5) < 0.06


def test_constants() -> None:
    assert init.zeros(empty(2, 3)).numpy().tolist() == [[0] * 3] * 2
    assert init.ones(empty(2)).numpy().tolist() == [1, 1]
    assert init.constant(empty(2), 0.5).numpy().tolist() == [0.5, 0.5]
    assert init.eye(empty(2, 3)).numpy().tolist() == [[1, 0, 0], [0, 1, 0]]
    with pytest.raises(ValueError, match="eye fills matrices"):
        init.eye(empty(3))


def test_pytorchs_names_are_the_same_functions() -> None:
    plain = {name for name in init.__all__ if name + "_" in init.__all__}
    assert len(plain) == 14
    for name in plain:
        assert getattr(init, name + "_") is getattr(init, name)
    assert {name for name in init.__all__ if name[-1] == "_"} == {name + "_" for name in plain}


def test_tensors_stay_leaves_of_their_dtype() -> None:
    for name in init.names():
        tensor = empty(4, 6, dtype=np.float32)
        init.get(name)(tensor, 0)
        assert tensor.is_leaf and tensor.requires_grad and tensor.dtype == np.float32, name
        assert np.isfinite(tensor.numpy()).all(), name


def test_seeds_repeat_and_generators_go_on() -> None:
    for name in ("normal", "trunc_normal", "orthogonal", "kaiming_uniform"):
        fill = getattr(init, name)
        first, again = fill(empty(4, 5), rng=7).numpy(), fill(empty(4, 5), rng=7).numpy()
        np.testing.assert_array_equal(first, again)
        rng = np.random.default_rng(7)
        np.testing.assert_array_equal(fill(empty(4, 5), rng=rng).numpy(), first)
        assert (fill(empty(4, 5), rng=rng).numpy() != first).any()


def test_gains() -> None:
    table = {"linear": 1, "sigmoid": 1, "conv2d": 1, "tanh": 5 / 3, "relu": math.sqrt(2),
             "selu": 0.75, "leaky_relu": math.sqrt(2 / 1.0001)}  # fmt: skip
    assert {name: init.calculate_gain(name) for name in table} == table
    assert init.calculate_gain("leaky_relu", 1.0) == init.calculate_gain("leaky_relu", param=1.0)
    with pytest.raises(ValueError, match=r"'tahn'; did you mean 'tanh'\?"):
        init.calculate_gain("tahn")


def test_gains_keep_the_variance_through_a_deep_stack() -> None:
    x = np.random.default_rng(0).normal(size=(400, 128))
    model = nn.MLP(128, [128] * 15, 128, init="kaiming_normal", dtype=float, rng=0)
    assert 0.3 < model(x).numpy().var() < 3
    plain = nn.MLP(128, [128] * 15, 128, dtype=float, rng=0)
    assert plain(x).numpy().var() < 1e-2  # PyTorch's own start shrinks from layer to layer


def test_by_name() -> None:
    weight = empty(4, 4)
    init.get("xavier_uniform_")(weight, 3)
    np.testing.assert_array_equal(weight.numpy(), init.xavier_uniform(empty(4, 4), rng=3).numpy())
    init.get("glorot_uniform")(weight, 3)
    np.testing.assert_array_equal(weight.numpy(), init.xavier_uniform(empty(4, 4), rng=3).numpy())
    init.get(lambda tensor: init.constant(tensor, 2.0))(weight, 3)
    assert (weight.numpy() == 2).all()
    with pytest.raises(ValueError, match=r"'xavier'; did you mean 'xavier_\w+'\? There are eye, "):
        init.get("xavier")
    with pytest.raises(TypeError, match="a name or a function of a tensor, not 3"):
        init.get(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["xavier_normal", "kaiming_uniform", "lecun_normal", "orthogonal"])
def test_a_bias_has_no_fans(name: str) -> None:
    with pytest.raises(ValueError, match=r"shape \(3,\) has no fan-in"):
        getattr(init, name)(empty(3))


def test_wrong_modes() -> None:
    with pytest.raises(ValueError, match="'fan_in' or 'fan_out', not 'both'"):
        init.kaiming_normal(empty(2, 2), mode="both")
