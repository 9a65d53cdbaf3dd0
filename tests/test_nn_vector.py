"""Parameters and gradients stacked into one vector."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from nn import scalar
from nn.vector import gradients_to_vector, parameters_to_vector, vector_to_parameters


def test_parameters_come_back_as_they_were() -> None:
    model = nn.MLP(3, [4], 2, rng=0)
    before = model.state_dict()
    vector = parameters_to_vector(model.parameters())
    assert vector.shape == (3 * 4 + 4 + 4 * 2 + 2,)
    assert vector.dtype == np.float32
    # Rows of the first weight come first.
    assert vector.numpy()[:3].tolist() == model[0].weight.numpy()[0].tolist()
    assert vector.numpy()[-2:].tolist() == model[2].bias.numpy().tolist()
    vector_to_parameters(np.zeros(vector.shape), model.parameters())
    assert not any(p.numpy().any() for p in model.parameters())
    vector_to_parameters(vector, model)
    for name, array in model.state_dict().items():
        assert array.tolist() == before[name].tolist()
        assert array.dtype == np.float32


def test_gradients_flow_through_the_vector() -> None:
    model = nn.MLP(2, [3], 1, dtype=float, rng=0)
    vector = parameters_to_vector(model)
    (vector**3).sum().backward()
    for p in model.parameters():
        np.testing.assert_allclose(p.grad, 3 * p.data**2)
    np.testing.assert_allclose(gradients_to_vector(model), 3 * vector.numpy() ** 2)


def test_a_step_along_the_gradient_vector_is_gradient_descent() -> None:
    x = np.random.default_rng(0).normal(size=(5, 3))
    model, twin = (nn.MLP(3, [4], 1, dtype=float, rng=7) for _ in range(2))
    for m in (model, twin):
        (m(x) ** 2).sum().backward()
    nn.optim.SGD(model.parameters(), lr=0.1).step()
    moved = parameters_to_vector(twin) - 0.1 * gradients_to_vector(twin)
    vector_to_parameters(moved, twin)
    for a, b in zip(model.parameters(), twin.parameters()):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-15)


def test_a_parameter_without_a_gradient_counts_with_zeros() -> None:
    model = nn.ModuleList([nn.Linear(2, 1, rng=0), nn.Linear(2, 1, rng=0)])
    with pytest.raises(ValueError, match="none of the 4 parameters has a gradient"):
        gradients_to_vector(model.parameters())
    model[1](np.ones((3, 2), dtype="float32")).sum().backward()
    assert gradients_to_vector(model.parameters()).tolist() == [0, 0, 0, 3, 3, 3]


def test_values_are_stacked_too() -> None:
    model = scalar.MLP(2, [2, 1], activation="tanh")
    model([0.5, -1.0]).backward()
    vector = parameters_to_vector(model.parameters())
    assert vector.numpy().tolist() == [p.data for p in model.parameters()]
    assert gradients_to_vector(model.parameters()).tolist() == [p.grad for p in model.parameters()]
    vector_to_parameters(2 * vector, model.parameters())
    assert [p.data for p in model.parameters()] == (2 * vector.numpy()).tolist()
    x = ag.Value(3.0)
    (parameters_to_vector([x, ag.tensor([2.0])]) ** 2).sum().backward()
    assert x.grad == 6.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: vector_to_parameters(np.zeros(9), p), ValueError, r"got shape \(9,\).*of 8"),
        (lambda p: vector_to_parameters(np.zeros((8, 1)), p), ValueError, r"shape \(8,\)"),
        (lambda p: parameters_to_vector([]), ValueError, "no parameters"),
        (lambda p: gradients_to_vector(iter(())), ValueError, "can be used only once"),
        (lambda p: parameters_to_vector([np.zeros(3)]), TypeError, "Tensors or Values, got ndarr"),
    ],
)
def test_wrong_use(call: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        call(nn.Linear(3, 2).parameters())
