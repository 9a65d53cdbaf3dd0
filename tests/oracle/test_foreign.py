"""Gradients of PyTorch and JAX, checked by our checker: right ones pass, wrong ones are named."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from autograd.testing import GradientError, from_jax, from_torch, gradcheck
from autograd.testing.foreign import Foreign

pytestmark = [
    pytest.mark.oracle,
    # Theirs: raised when its forward mode is first used.
    pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning"),
]

X = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])
W = np.array([[1.0, 0.5, -2.0], [0.25, -0.75, 1.25]])


def report(f: Foreign, *inputs: Any, seed: int = 0) -> Any:
    return gradcheck(f, *inputs, raise_exception=False, seed=seed)


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.fixture(scope="module")
def jax() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("jax")


# PyTorch --------------------------------------------------------------------------------------


def test_right_functions_of_torch_pass(torch: Any) -> None:
    functional = torch.nn.functional
    indices = np.array([2, 0, 2])
    for f, *inputs in (
        (functional.softplus, X),
        (functional.softplus, X.astype(np.float32)),
        (torch.matmul, X, W),
        (torch.sin, 0.5),
        (lambda x, i: x[i], X, indices),
        (lambda x, k: x**k, X, 3),
        (lambda x: torch.max(x, dim=0), X),
        (lambda d: {"product": d["x"] @ d["w"], "sum": d["x"].sum()}, {"x": X, "w": W}),
        (lambda x, unused: torch.exp(x), X, W),
        (functional.cross_entropy, X, np.array([0, 1, 1])),
        (torch.nn.MSELoss(), X, W.T.copy()),
    ):
        for seed in range(3):
            assert report(from_torch(f), *inputs, seed=seed)


def test_a_closure_of_double_precision_passes(torch: Any) -> None:
    weight = torch.tensor(W, requires_grad=True)
    assert report(from_torch(lambda x: torch.tanh(x @ weight)), X)
    assert weight.grad is None


def test_a_closure_of_single_precision_is_explained(torch: Any) -> None:
    weight = torch.tensor(W, dtype=torch.float32)
    with pytest.raises(RuntimeError) as caught:
        report(from_torch(lambda x: x @ weight), X.astype(np.float32))
    assert "close over tensors of single precision? Pass them" in caught.value.__notes__[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_modules_of_torch_pass_with_their_parameters(torch: Any, dtype: Any) -> None:
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Tanh())
    before = model[1].running_mean.clone()
    f = from_torch(model)
    assert list(f.parameters) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert report(f, f.parameters, X.astype(dtype))
    assert torch.equal(model[1].running_mean, before)
    assert model[0].weight.dtype is torch.float32 and model[0].weight.grad is None
    memory = from_torch(nn.LSTM(2, 3))
    assert report(memory, memory.parameters, X.astype(dtype))


def test_frozen_parameters_are_held_constant(torch: Any) -> None:
    layer = torch.nn.Linear(2, 3)
    layer.weight.requires_grad_(False)
    f = from_torch(layer)
    assert list(f.parameters) == ["bias"]
    assert report(f, f.parameters, X)


def test_values_are_those_of_torch(torch: Any) -> None:
    layer = torch.nn.Linear(2, 3)
    f = from_torch(layer)
    x = X.astype(np.float32)
    found = f(f.parameters, x)
    np.testing.assert_array_equal(found, layer(torch.from_numpy(x)).detach().numpy())
    assert found.dtype == np.float32
    assert f.__name__ == "Linear" and repr(f) == "<PyTorch function Linear>"


def test_forward_mode_of_torch_passes(torch: Any) -> None:
    f = from_torch(lambda x, w: (torch.tanh(x @ w), x.sum(), torch.zeros(2)))
    assert gradcheck(f, X, W, jvp=f.jvp)


def cube(torch: Any, backward: Any) -> Any:
    """A function of PyTorch's own kind, with a rule that is to be tried."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return backward(ctx.saved_tensors[0], g)

    return from_torch(Cube.apply)


def test_a_planted_bug_in_torch_is_named_by_its_element(torch: Any) -> None:
    def wrong_at_one(x: Any, g: Any) -> Any:
        found = 3 * x**2 * g
        found[2, 1] *= 1.5
        return found

    assert report(cube(torch, lambda x, g: 3 * x**2 * g), X)
    f = cube(torch, wrong_at_one)
    with pytest.raises(
        GradientError, match=r"Cube: d/d(.|\n)*\[2, 1\] -> out\[2, 1\](.|\n)*1\.5 t"
    ):
        gradcheck(f, X)


def test_a_backward_of_torch_that_writes_to_its_cotangent_fails(torch: Any) -> None:
    def writes(x: Any, g: Any) -> Any:
        g *= 3 * x**2
        return g

    found = report(cube(torch, writes), X)
    assert found.verdict == "fail" and "writes to the cotangent" in found.message


@pytest.mark.parametrize("cut", ["detach", "no_grad", "item", "numpy"])
def test_a_dropped_graph_of_torch_is_explained(torch: Any, cut: str) -> None:
    def f(x: Any) -> Any:
        if cut == "detach":
            return 2 * x.detach()
        if cut == "item":
            return 2 * x.sum().item()
        if cut == "numpy":
            return torch.from_numpy(2 * x.detach().numpy())
        with torch.no_grad():
            return 2 * x

    found = report(from_torch(f), X)
    assert found.verdict == "fail"
    assert "no result of f requires grad" in found.message and "torch.no_grad()" in found.message


def test_a_half_dropped_graph_of_torch_fails(torch: Any) -> None:
    found = report(from_torch(lambda x: x * x.detach()), X)
    assert found.verdict == "fail" and "0.5 times" in found.message


def test_random_functions_of_torch_are_no_pass(torch: Any) -> None:
    assert not report(from_torch(torch.nn.Dropout(0.5)), X)


# JAX ------------------------------------------------------------------------------------------


def test_right_functions_of_jax_pass(jax: Any) -> None:
    numpy = jax.numpy
    scale = numpy.ones(2) * 0.3  # single precision, as JAX has it
    for f, *inputs in (
        (jax.nn.gelu, X),
        (jax.nn.gelu, X.astype(np.float32)),
        (numpy.matmul, X, W),
        (jax.jit(numpy.tanh), 0.5),
        (lambda x, i: x[i], X, np.array([2, 0, 2])),
        (lambda p, k: p["x"] ** k @ p["w"], {"x": X, "w": W}, 3),
        (lambda x: (numpy.sin(x), numpy.argmax(x), x.sum()), X),
        (lambda x: x * scale, X),
    ):
        for seed in range(3):
            assert report(from_jax(f), *inputs, seed=seed)
    assert numpy.ones(2).dtype == np.float32


def test_values_are_those_of_jax_in_double_precision(jax: Any) -> None:
    found = from_jax(jax.numpy.exp)(X)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, np.exp(X), rtol=1e-14)
    assert from_jax(jax.numpy.exp)(X.astype(np.float32)).dtype == np.float32


def test_forward_mode_of_jax_passes(jax: Any) -> None:
    numpy = jax.numpy
    f = from_jax(lambda x, w: (numpy.tanh(x @ w), numpy.argmax(x), {"sum": x.sum()}))
    assert gradcheck(f, X, W, jvp=f.jvp)


def test_a_planted_bug_in_jax_is_named_by_its_element(jax: Any) -> None:
    @jax.custom_vjp
    def square(x: Any) -> Any:
        return x * x

    square.defvjp(lambda x: (x * x, x), lambda x, g: ((2 * x * g).at[1, 0].multiply(-1.0),))
    found = report(from_jax(square), X)
    assert found.verdict == "fail"
    assert "[1, 0] -> out[1, 0]" in found.message and "the sign is wrong" in found.message


def test_a_stopped_gradient_of_jax_fails(jax: Any) -> None:
    found = report(from_jax(lambda x: x * jax.lax.stop_gradient(x)), X)
    assert found.verdict == "fail" and "0.5 times" in found.message


# Both -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_cotangents_are_nested_as_the_inputs_are(library: str, request: Any) -> None:
    request.getfixturevalue(library)
    adapter = from_torch if library == "torch" else from_jax
    f = adapter(lambda p, k: {"y": p["x"] ** k})
    found = f.vjp({"x": X}, 2, {"y": np.ones_like(X)})
    assert found[1] is None
    np.testing.assert_allclose(found[0]["x"], 2 * X, rtol=1e-6)
    tangent = f.jvp({"x": X}, 2, {"x": np.ones_like(X)}, 0.0)
    np.testing.assert_allclose(tangent["y"], 2 * X, rtol=1e-6)
    with pytest.raises(TypeError, match="1 results and the cotangent has 2"):
        f.vjp({"x": X}, 2, [np.ones_like(X), np.ones_like(X)])
    with pytest.raises(TypeError, match="a tangent for each input"):
        f.jvp({"x": X}, 2, {"x": X})


def test_a_wrong_gradient_of_torch_itself_is_found(torch: Any) -> None:
    """In 2.13 the gradient is wrong where batch_norm's weight is not contiguous in memory."""

    def normalised(x: Any, weight: Any) -> Any:
        return torch.nn.functional.batch_norm(x, None, None, weight=weight[::2], training=True)

    if not torch.__version__.startswith("2.13."):
        pytest.skip("known of 2.13")
    rng = np.random.default_rng(0)
    f = from_torch(normalised)
    with pytest.raises(GradientError, match=r"normalised: d/d\(x\) is wrong"):
        gradcheck(f, rng.normal(size=(5, 3)), rng.normal(size=6))
