"""Activations: as modules, as functions and by name, and what they say to wrong use."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from nn import activations

ROOT = Path(__file__).resolve().parent.parent
X = np.array([-7.0, -2.5, -1.0, -0.25, 0.0, 0.5, 1.0, 2.0, 6.5, 25.0])

# Each by its definition, written with Python's floats.
DEFINITIONS: dict[str, Any] = {
    "arctan": math.atan,
    "celu": lambda x: x if x > 0 else math.exp(x) - 1,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "gelu": lambda x: x * 0.5 * math.erfc(-x / math.sqrt(2)),
    "gelu_tanh": lambda x: (
        0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    ),
    "hardtanh": lambda x: min(max(x, -1), 1),
    "identity": lambda x: x,
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "log_sigmoid": lambda x: -math.log1p(math.exp(-x)),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "prelu": lambda x: x if x > 0 else 0.25 * x,
    "relu": lambda x: max(x, 0),
    "relu6": lambda x: min(max(x, 0), 6),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "square_nonlinearity": lambda x: (
        math.copysign(1, x) if abs(x) > 2 else x - math.copysign(x * x / 4, x)
    ),
    "tanh": math.tanh,
}
ALIASES = {
    "linear": nn.Identity,
    "logistic": nn.Sigmoid,
    "expit": nn.Sigmoid,
    "swish": nn.SiLU,
    "sqnl": nn.SQNL,
    "atan": nn.Arctan,
    "parametric_relu": nn.PReLU,
    "leakyrelu": nn.LeakyReLU,
    "logsigmoid": nn.LogSigmoid,
    "logsoftmax": nn.LogSoftmax,
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_values_are_those_of_the_definition(name: str) -> None:
    found = np.asarray(ag.Tensor(activations.get(name)(X)).numpy())
    np.testing.assert_allclose(found, [DEFINITIONS[name](x) for x in X], rtol=1e-12, atol=1e-15)


def test_every_name_is_tested_here() -> None:
    assert set(activations.names()) == {*DEFINITIONS, *ALIASES, "softmax", "log_softmax"}


@pytest.mark.parametrize("name", ALIASES)
def test_second_names(name: str) -> None:
    assert type(activations.get(name)) is ALIASES[name]
    assert type(activations.get(name.upper())) is ALIASES[name]


@pytest.mark.parametrize(
    "name", [name for name in DEFINITIONS if name not in ("identity", "gelu_tanh")]
)
def test_the_function_of_the_same_name_does_the_same(name: str) -> None:
    function = getattr(activations, name)
    args = (0.25,) if name == "prelu" else ()
    expected = ag.Tensor(activations.get(name)(X)).numpy()
    # The module's threshold replaces softplus by x where they are 2e-9 apart.
    np.testing.assert_allclose(function(X, *args), expected, rtol=1e-10)


def test_softmax_and_its_logarithm_along_each_axis() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    for dim in (0, 1, -1):
        p = nn.Softmax(dim=dim)(x)
        np.testing.assert_allclose(p, np.exp(x) / np.exp(x).sum(axis=dim, keepdims=True))
        np.testing.assert_allclose(nn.LogSoftmax(dim=dim)(x), np.log(p))
        np.testing.assert_array_equal(activations.softmax(x, axis=dim), p)
    assert nn.Softmax().dim == nn.LogSoftmax().dim == -1


def test_extremes_stay_finite_and_keep_their_dtype() -> None:
    far = np.array([-1e4, -100.0, 100.0, 1e4], dtype=np.float32)
    for name in activations.names():
        layer = activations.get(name)
        x = ag.Tensor(far, requires_grad=True)
        out = layer(x)
        out.sum().backward()
        assert out.dtype == x.grad.dtype == np.float32, name
        assert np.isfinite(out.numpy()).all() and np.isfinite(x.grad).all(), name


def test_nan_comes_through() -> None:
    for name in activations.names():
        with np.errstate(invalid="ignore"):  # NumPy's logaddexp remarks on it
            out = activations.get(name)(ag.Tensor([np.nan, 1.0]))
        assert np.isnan(out.numpy()[0]), name


def test_settings_are_used_and_shown() -> None:
    x = np.array([-3.0, 3.0])
    assert nn.LeakyReLU(0.5)(x).tolist() == [-1.5, 3]
    assert nn.Hardtanh(-2.0, 0.5)(x).tolist() == [-2, 0.5]
    np.testing.assert_allclose(nn.ELU(2.0)(x), [2 * math.expm1(-3), 3])
    np.testing.assert_allclose(nn.CELU(2.0)(x), [2 * math.expm1(-1.5), 3])
    np.testing.assert_allclose(nn.Softplus(2.0)(x), np.log1p(np.exp(2 * x)) / 2)
    assert nn.Softplus(2.0, threshold=5.9)(x)[1] == 3
    assert nn.Softplus(2.0, threshold=6.0)(x)[1] != 3  # the threshold itself is not beyond it
    assert nn.Softplus()(np.array([20.5]))[0] == 20.5
    assert nn.Softplus(threshold=None)(np.array([20.5]))[0] == 20.5 + math.log1p(math.exp(-20.5))
    assert repr(nn.GELU("tanh")) == "GELU(approximate='tanh')"
    assert repr(nn.Hardtanh()) == "Hardtanh(min_val=-1.0, max_val=1.0)"
    assert repr(nn.PReLU(3)) == "PReLU(num_parameters=3)"
    assert repr(nn.ReLU().eval()) == "ReLU()"


def test_prelu_learns_a_slope_for_each_channel() -> None:
    layer = nn.PReLU(3, init=0.5, dtype=float)
    x = ag.Tensor(np.full((2, 3, 4), -2.0), requires_grad=True)
    out = layer(x)
    out.sum().backward()
    np.testing.assert_array_equal(out.numpy(), np.full((2, 3, 4), -1.0))
    np.testing.assert_array_equal(layer.weight.grad, [-16.0] * 3)
    assert nn.PReLU()(np.ones(5)).shape == (5,)
    assert layer(np.ones((5, 3))).shape == (5, 3)
    for shape in ((3,), (2, 4), (3, 4, 3)):
        with pytest.raises(ValueError, match="axis 1 has to have length 3"):
            layer(np.ones(shape))


def test_the_dtype_of_parameters_travels_with_the_name() -> None:
    assert activations.get("prelu", dtype=float).weight.dtype == np.float64
    assert activations.get(nn.PReLU, dtype=float).weight.dtype == np.float64
    assert activations.get("prelu").weight.dtype == np.float32
    assert isinstance(activations.get("relu", dtype=float), nn.ReLU)
    model = nn.MLP(2, [3, 3], 1, activation="prelu", dtype=float)
    assert all(p.dtype == np.float64 for p in model.parameters())
    assert len(model.parameters()) == 8


def test_get_takes_modules_classes_and_functions() -> None:
    layer = nn.ELU(0.5)
    assert activations.get(layer) is layer
    assert isinstance(activations.get(nn.Mish), nn.Mish)
    assert repr(activations.get(np.sin)) == "Function(sin)"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rleu", r"no activation is called 'rleu'; did you mean 'relu'\? There are arctan, celu"),
        ("sotfmax", r"did you mean 'softmax'\?"),
        ("swihs", r"did you mean 'swish'\?"),
        ("zzz", r"called 'zzz'; there are arctan, .*tanh\. Any function of one tensor"),
    ],
)
def test_unknown_names_list_the_names_and_suggest_the_closest(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        activations.get(name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.GELU("fast"), "'none' or 'tanh', got 'fast'"),
        (lambda: nn.Hardtanh(1.0, -1.0), "min_val < max_val"),
        (lambda: nn.Softplus(0.0), "cannot be 0"),
        (lambda: nn.CELU(0.0), "cannot be 0"),
        (lambda: nn.PReLU(0), "1 or more"),
    ],
)
def test_wrong_settings_answer_at_once(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_what_is_no_activation() -> None:
    with pytest.raises(TypeError, match="a name, a function or a module, not 3"):
        activations.get(3)  # type: ignore[arg-type]


def test_gelu_without_scipy_gives_the_same_values() -> None:
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "import numpy as np, nn\n"
        "print(nn.GELU()(np.linspace(-6, 6, 13)).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    expected = [DEFINITIONS["gelu"](x) for x in np.linspace(-6, 6, 13)]
    np.testing.assert_allclose(eval(done.stdout), expected, rtol=1e-14)
