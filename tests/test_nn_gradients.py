"""Every module and every loss of ``nn`` has right gradients, of its parameters as of its inputs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import partial
from typing import Any

import numpy as np
import pytest

import nn
from autograd.testing import GradientError, check_grads, gradcheck
from nn import losses, scalar

from .nn_cases import MODULES, Case, X
from .nn_cases.losses import CLASSES, FUNCTIONS, LOSSES, LossCase

DOUBLE: dict[str, Any] = {"dtype": np.float64, "rng": 0}
SINGLE: dict[str, Any] = {"dtype": np.float32, "rng": 0}

# Modules without a forward of their own.
ABSTRACT = {nn.Module, nn.ModuleList}


def _modules() -> set[type]:
    """All modules that ``nn`` declares, losses apart."""
    found = set()
    for info in pkgutil.walk_packages(nn.__path__, "nn."):
        if info.name.startswith(("nn.demo", "nn.sklearn")):  # no modules, and one needs an extra
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
    pytest.param(case, id=f"{kind.__name__}-{i}")
    for kind, cases in MODULES.items()
    for i, case in enumerate(cases)
]


@pytest.mark.parametrize("case", CASES)
def test_module_to_second_order_in_both_modes(case: Case) -> None:
    assert check_grads(case.make(DOUBLE), *case.given(np.float64), order=case.order)


@pytest.mark.parametrize("case", CASES)
def test_module_in_single_precision(case: Case) -> None:
    model, inputs = case.make(SINGLE), case.given(np.float32)
    assert gradcheck(model, *inputs)
    out = model(*inputs)
    for x in out if isinstance(out, tuple) else (out,):
        assert x.dtype == np.float32


@pytest.mark.parametrize("case", [case for case in CASES if case.values[0].batch is not None])
def test_module_on_no_examples(case: Case) -> None:
    model, inputs = case.make(DOUBLE), case.none(np.float64)
    model(*inputs)
    report = gradcheck(model, *inputs)
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
LOSS_CASES = [pytest.param(case, id=case.name) for case in LOSSES]


def test_no_loss_escapes() -> None:
    tried = {case.function for case in LOSSES}
    assert tried == set(FUNCTIONS.values())
    assert tried == set(CLASSES), "a class for each function"
    assert {losses.get(name) for name in losses.names()} <= tried


@pytest.mark.parametrize("case", LOSS_CASES)
def test_loss_to_second_order_in_both_modes(case: LossCase) -> None:
    assert check_grads(case.call, *case.given())
    assert gradcheck(partial(case.call, reduction="none"), *case.given())


@pytest.mark.parametrize("case", LOSS_CASES)
def test_loss_in_single_precision(case: LossCase) -> None:
    assert gradcheck(partial(case.call, dtype=np.float32), *case.given(np.float32))
    assert case.call(dtype=np.float32).dtype == np.float32


def test_divergence_of_a_batch() -> None:
    case = next(case for case in LOSSES if case.function is losses.kl_div)
    assert check_grads(partial(case.call, reduction="batchmean"), *case.given())


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


SCORES = [[0.5, -1.0, 2.0], [0.25, 1.5, -0.75]]
CHANCES = [[0.125, 0.75, 0.5], [0.875, 0.5, 0.25]]
SCALAR_TARGETS: dict[str, list] = {
    "binary_cross_entropy": [[0.0, 0.25, 1.0], [1.0, 1.0, 0.0]],
    "binary_cross_entropy_with_logits": [[0.0, 0.25, 1.0], [1.0, 1.0, 0.0]],
    "cross_entropy": [0, 1],
    "hinge": [[1, 1, -1], [-1, 1, -1]],
    "l1": [[0.125, 2.0, 0.5], [1.0, 0.5, -0.25]],
    "mse": [[0.125, 2.0, 0.5], [1.0, 0.5, -0.25]],
}


@pytest.mark.parametrize("name", scalar.LOSSES)
def test_scalar_loss(name: str) -> None:
    scores = CHANCES if name == "binary_cross_entropy" else SCORES
    assert check_grads(lambda z: scalar.LOSSES[name](z, SCALAR_TARGETS[name]), scores)


@pytest.mark.parametrize("name", ["mse", "l1", "binary_cross_entropy_with_logits"])
def test_scalar_loss_in_its_target(name: str) -> None:
    assert check_grads(scalar.LOSSES[name], SCORES, CHANCES)


def test_scalar_softmax() -> None:
    assert check_grads(scalar.softmax, SCORES[0])


def test_a_wrong_layer_is_caught() -> None:
    class Halved(nn.Linear):
        def forward(self, x: Any) -> Any:
            return 0.5 * super().forward(x) + 0.5 * super().forward(x).detach()

    with pytest.raises(GradientError, match=r"0\.5 times(.|\n)*not linked"):
        gradcheck(Halved(3, 2, **DOUBLE), X)
