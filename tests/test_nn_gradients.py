"""Every module and every loss of ``nn`` has right gradients, of its parameters as of its inputs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd.testing import GradientError, check_grads, gradcheck
from nn import losses, scalar

# Distinct, and off zero, where relu and its kin have a kink.
X = np.array([[0.5, -1.0, 2.0], [0.25, 1.5, -0.75], [-2.5, 0.125, 1.0], [3.0, -0.5, 0.625]])
DOUBLE: dict[str, Any] = {"dtype": np.float64, "rng": 0}
SINGLE: dict[str, Any] = {"dtype": np.float32, "rng": 0}

Factory = Callable[[dict[str, Any]], nn.Module]

MODULES: dict[type, list[Factory]] = {
    nn.Linear: [
        lambda kind: nn.Linear(3, 2, **kind),
        lambda kind: nn.Linear(3, 1, bias=False, **kind),
    ],
    nn.MLP: [
        lambda kind: nn.MLP(3, [4], 2, activation="tanh", **kind),
        lambda kind: nn.MLP(3, [3, 3], 1, activation="softplus", **kind),
    ],
    nn.Sequential: [lambda kind: nn.Sequential(nn.Linear(3, 4, **kind), nn.Sigmoid(), nn.Tanh())],
    nn.Dropout: [lambda kind: nn.Sequential(nn.Linear(3, 4, **kind), nn.Dropout(0.5)).eval()],
    nn.Flatten: [lambda kind: nn.Flatten()],
    nn.ReLU: [lambda kind: nn.ReLU()],
    nn.Tanh: [lambda kind: nn.Tanh()],
    nn.Sigmoid: [lambda kind: nn.Sigmoid()],
    nn.Softplus: [lambda kind: nn.Softplus(), lambda kind: nn.Softplus(beta=2.0)],
    nn.LeakyReLU: [lambda kind: nn.LeakyReLU(), lambda kind: nn.LeakyReLU(0.3)],
    nn.Softmax: [lambda kind: nn.Softmax(), lambda kind: nn.Softmax(axis=0)],
    nn.Identity: [lambda kind: nn.Identity()],
    nn.activations.Function: [lambda kind: nn.activations.Function(np.arctan)],
}
# Modules without a forward of their own.
ABSTRACT = {nn.Module, nn.ModuleList}


def _modules() -> set[type]:
    """All modules that ``nn`` declares, losses apart."""
    found = set()
    for info in pkgutil.walk_packages(nn.__path__, "nn."):
        if info.name.startswith("nn.demo"):
            continue
        module = importlib.import_module(info.name)
        for name, x in inspect.getmembers(module, inspect.isclass):
            if issubclass(x, nn.Module) and x.__module__ == info.name and name[0] != "_":
                found.add(x)
    return found


def test_no_module_escapes() -> None:
    missing = _modules() - set(MODULES) - ABSTRACT
    assert not missing, f"no gradient test for {sorted(m.__name__ for m in missing)}: enter above"


CASES = [
    pytest.param(make, id=f"{kind.__name__}-{i}")
    for kind, makers in MODULES.items()
    for i, make in enumerate(makers)
]


@pytest.mark.parametrize("make", CASES)
def test_module_to_second_order_in_both_modes(make: Factory) -> None:
    assert check_grads(make(DOUBLE), X)


@pytest.mark.parametrize("make", CASES)
def test_module_in_single_precision(make: Factory) -> None:
    model = make(SINGLE)
    assert gradcheck(model, X.astype(np.float32))
    assert model(X.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("make", CASES)
def test_module_on_no_examples(make: Factory) -> None:
    model = make(DOUBLE)
    if isinstance(model, nn.Softmax) and model.axis == 0:
        return  # there is nothing to share a probability among
    model(np.zeros((0, 3)))
    report = gradcheck(model, np.zeros((0, 3)))
    assert report
    assert "no elements" in report.message


def test_dropout_while_training() -> None:
    layer = nn.Dropout(0.5)

    def seeded(x: Any) -> Any:
        nn.manual_seed(3)
        return layer(x)

    assert check_grads(seeded, X)
    assert (np.asarray(seeded(X)) == 0).any()
    report = gradcheck(layer, X)
    assert report.reason == "not repeatable"


# Losses ---------------------------------------------------------------------------------------

LABELS = np.array([0, 2, 1, 1])
CHANCES = np.array([[0.2, 0.7, 1.0], [0.0, 0.5, 0.9], [0.1, 0.3, 0.6], [1.0, 0.0, 0.25]])
TARGETS: dict[str, Any] = {
    "binary_cross_entropy": CHANCES,
    "cross_entropy": LABELS,
    "l1": X[::-1] * 0.3,
    "mse": X[::-1] * 0.3,
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", losses.names())
def test_loss_to_second_order_in_both_modes(name: str, reduction: str) -> None:
    loss, target = losses.get(name), TARGETS[name]
    assert check_grads(lambda z: loss(z, target, reduction=reduction), X)


@pytest.mark.parametrize("name", losses.names())
def test_loss_in_single_precision(name: str) -> None:
    target = TARGETS[name]
    target = target if target.dtype.kind == "i" else target.astype(np.float32)
    assert gradcheck(lambda z: losses.get(name)(z, target), X.astype(np.float32))


@pytest.mark.parametrize("name", ["l1", "mse", "binary_cross_entropy"])
def test_loss_in_its_target(name: str) -> None:
    target = 0.2 + 0.5 * CHANCES
    assert check_grads(losses.get(name), X, target)


@pytest.mark.parametrize("kind", [nn.MSELoss, nn.L1Loss, nn.BCEWithLogitsLoss, nn.CrossEntropyLoss])
def test_loss_classes(kind: type) -> None:
    target = LABELS if kind is nn.CrossEntropyLoss else CHANCES
    assert check_grads(lambda z: kind()(z, target), X)


def test_a_whole_model_with_its_loss() -> None:
    model = nn.MLP(3, [5, 4], 3, activation="tanh", **DOUBLE)
    assert check_grads(
        lambda x: losses.cross_entropy(model(x), LABELS), X, parameters=model, order=2
    )


# On values --------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", scalar.ACTIVATIONS)
def test_scalar_neuron(activation: str) -> None:
    neuron = scalar.Neuron(3, activation=activation)

    def output(w: list, b: Any, x: list) -> Any:
        neuron.w, neuron.b = w, b
        return neuron(x)

    assert check_grads(output, [0.5, -1.0, 2.0], 0.5, [1.5, 0.75, -0.125])


def test_scalar_mlp() -> None:
    model = scalar.MLP(2, [3, 2], activation="tanh")

    def outputs(weights: list, x: list) -> Any:
        given = iter(weights)
        for layer in model.layers:
            for neuron in layer.neurons:
                neuron.w = [next(given) for _ in neuron.w]
                neuron.b = next(given)
        return model(x)

    n = len(model.parameters())
    rng = np.random.default_rng(0)
    assert check_grads(outputs, rng.uniform(-1, 1, n).tolist(), [0.5, -1.5])


def test_a_wrong_layer_is_caught() -> None:
    class Halved(nn.Linear):
        def forward(self, x: Any) -> Any:
            return 0.5 * super().forward(x) + 0.5 * super().forward(x).detach()

    with pytest.raises(GradientError, match=r"0\.5 times(.|\n)*not linked"):
        gradcheck(Halved(3, 2, **DOUBLE), X)
