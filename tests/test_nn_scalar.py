"""The network on values: micrograd's code, and the tensor network's numbers."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Value
from nn import scalar

PROBABILITIES = "binary_cross_entropy"


def draw_truth(rng: np.random.Generator, loss: str, n: int, outputs: int) -> np.ndarray:
    if loss == "cross_entropy":
        return rng.integers(outputs, size=n)
    if loss.startswith("binary_cross_entropy"):
        return rng.random((n, outputs))
    if loss == "hinge":
        return rng.choice([-1.0, 1.0], (n, outputs))
    return rng.normal(size=(n, outputs))


def as_lists(out: list, outputs: int) -> list[list[Any]]:
    """Outputs (n, outputs): a network with one output gives a Value where others give a list."""
    return [[one] for one in out] if outputs == 1 else out


@given(
    seed=st.integers(0, 2**32 - 1),
    nin=st.integers(1, 4),
    hidden=st.lists(st.integers(1, 4), max_size=3),
    outputs=st.integers(1, 3),
    activation=st.sampled_from(sorted(scalar.ACTIVATIONS)),
    loss=st.sampled_from(sorted(scalar.LOSSES)),
)
@settings(max_examples=80, deadline=None)
def test_equal_weights_give_equal_outputs_and_gradients(
    seed: int, nin: int, hidden: list[int], outputs: int, activation: str, loss: str
) -> None:
    model = nn.MLP(nin, hidden, outputs, activation=activation, dtype=float, rng=seed)
    twin = scalar.MLP.from_tensor(model)
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3, nin))
    truth = draw_truth(rng, loss, 3, outputs)

    inputs = ag.tensor(x, requires_grad=True)
    out = model(inputs)
    cost = nn.losses.get(loss)(ag.sigmoid(out) if loss == PROBABILITIES else out, truth)
    cost.backward()

    values = [[Value(v) for v in row] for row in x]
    answers = as_lists([twin(row) for row in values], outputs)
    given = answers
    if loss == PROBABILITIES:
        given = [[v.sigmoid() for v in row] for row in answers]
    scalar_cost = scalar.LOSSES[loss](given, truth.tolist())
    scalar_cost.backward()

    close = dict(rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose([[v.data for v in row] for row in answers], out.numpy(), **close)
    np.testing.assert_allclose(scalar_cost.data, cost.item(), **close)
    np.testing.assert_allclose([[v.grad for v in row] for row in values], inputs.grad, **close)
    dense = [layer for layer in model if isinstance(layer, nn.Linear)]
    assert len(dense) == len(twin.layers)
    for layer, other in zip(dense, twin.layers):
        assert layer.bias is not None
        weight = [[w.grad for w in neuron.w] for neuron in other.neurons]
        np.testing.assert_allclose(weight, layer.weight.grad, **close)
        bias = [neuron.b.grad for neuron in other.neurons]
        np.testing.assert_allclose(bias, layer.bias.grad, **close)


@pytest.mark.parametrize("activation", scalar.ACTIVATIONS)
def test_activation_of_a_value_is_that_of_an_array(activation: str) -> None:
    x = ag.tensor(np.linspace(-9.75, 9.75, 40), requires_grad=True)
    out = nn.activations.get(activation)(x)
    out.sum().backward()
    values = [Value(v) for v in x.numpy()]
    answers = [scalar.ACTIVATIONS[activation](v) for v in values]
    for answer in answers:
        answer.backward()
    close = dict(rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose([v.data for v in answers], out.numpy(), **close)
    np.testing.assert_allclose([v.grad for v in values], x.grad, **close)


def test_activations_without_a_form_on_one_value() -> None:
    modules = {type(nn.activations.get(name)).__name__ for name in nn.activations.names()}
    known = {type(nn.activations.get(name)).__name__ for name in scalar.ACTIVATIONS}
    assert modules - known == {"LogSoftmax", "PReLU", "Softmax"}


@pytest.mark.parametrize("activation", scalar.ACTIVATIONS)
def test_there_and_back(activation: str) -> None:
    model = scalar.MLP(3, [4, 2, 1], activation=activation, rng=random.Random(0))
    twin = model.to_tensor()
    assert isinstance(twin, nn.MLP)
    x = [0.5, -0.25, 2.0]
    assert twin(np.array(x)).item() == pytest.approx(model(x).data, rel=1e-12)
    back = scalar.MLP.from_tensor(twin)
    assert back(x).data == model(x).data
    assert model.to_tensor(np.float32)[0].weight.dtype == np.float32


@pytest.mark.parametrize("activation", scalar.ACTIVATIONS)
def test_activations_keep_their_names(activation: str) -> None:
    twin = scalar.MLP.from_tensor(nn.MLP(2, [2], 1, activation=activation))
    wanted = "linear" if activation == "identity" else activation
    assert twin.layers[0].neurons[0].activation == wanted
    assert [type(layer) for layer in twin.to_tensor()] == [
        type(layer) for layer in nn.MLP(2, [2], 1, activation=activation)
    ]


def test_settings_of_an_activation_are_kept() -> None:
    model = nn.Sequential(
        nn.Linear(2, 3, dtype=float, rng=0),
        nn.LeakyReLU(0.3),
        nn.Dropout(0.5),
        nn.Linear(3, 2, dtype=float, rng=1),
        nn.Sigmoid(),
    )
    twin = scalar.MLP.from_tensor(model)
    x = [-1.0, 0.5]
    wanted = model.eval()(np.array(x)).numpy()
    np.testing.assert_allclose([v.data for v in twin(x)], wanted, rtol=1e-14)
    back = twin.to_tensor()
    assert type(back) is nn.Sequential
    np.testing.assert_allclose(back(np.array(x)).numpy(), wanted, rtol=1e-14)
    assert repr(twin.layers[1]) == "Layer of [SigmoidNeuron(3), SigmoidNeuron(3)]"


def test_an_activation_for_each_layer() -> None:
    model = scalar.MLP(1, [1, 1], activation=["tanh", lambda z: z * z], rng=random.Random(1))
    for p, number in zip(model.parameters(), [2.0, 0.5, 3.0, -1.0]):
        p.data = number
    assert model([0.25]).data == pytest.approx((3 * math.tanh(1.0) - 1) ** 2)
    assert model.to_tensor()(np.array([0.25])).item() == pytest.approx(model([0.25]).data)


def test_state_goes_to_the_tensor_network_and_back() -> None:
    model, tensor = scalar.MLP(3, [4, 2]), nn.MLP(3, [4], 2, dtype=float)
    tensor.load_state_dict(model.state_dict())
    other = scalar.MLP(3, [4, 2])
    other.load_state_dict(tensor.state_dict())
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]
    before = [p.data for p in other.parameters()]
    with pytest.raises(ValueError, match=r"this MLP has .*\(4, 3\).*, the state has"):
        other.load_state_dict(scalar.MLP(3, [5, 2]).state_dict())
    assert [p.data for p in other.parameters()] == before


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Linear(2, 2), nn.Softmax()),
        nn.Sequential(nn.Tanh(), nn.Linear(2, 2)),
        nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Tanh()),
        nn.Linear(2, 2, bias=False),
        nn.Sequential(),
    ],
)
def test_what_has_no_counterpart_is_refused(model: Any) -> None:
    with pytest.raises(ValueError, match=r"no counterpart|no dense layer"):
        scalar.MLP.from_tensor(model)


def test_micrograds_demo() -> None:
    rng = np.random.default_rng(1337)
    random.seed(2)
    angle = rng.uniform(0, math.pi, 40)
    y = np.arange(40) % 2 * 2 - 1
    X = np.column_stack([np.cos(angle) * -y + (y > 0), np.sin(angle) * -y + 0.5 * (y > 0)])
    model = scalar.MLP(2, [8, 8, 1])

    def loss():
        inputs = [list(map(Value, xrow)) for xrow in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]
        return data_loss + reg_loss, sum(accuracy) / len(accuracy)

    for k in range(45):
        total_loss, acc = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
    assert total_loss.data < 0.05
    assert acc == 1.0
    assert str(scalar.Neuron(2)) == "ReLUNeuron(2)"
    assert str(scalar.Neuron(2, nonlin=False)) == "LinearNeuron(2)"


# Losses -----------------------------------------------------------------------------------------


def test_cross_entropy_of_two_classes_is_binary_cross_entropy() -> None:
    for logit in (-2.0, 0.0, 0.7, 30.0):
        for label in (0, 1):
            z, other = Value(logit), Value(logit)
            # Rounding of a logit of 30 is 3.6e-15.
            two = scalar.cross_entropy([Value(0.0), z], label)
            one = scalar.binary_cross_entropy_with_logits(other, label)
            assert two.data == pytest.approx(one.data, rel=1e-12, abs=1e-14)
            two.backward()
            one.backward()
            assert z.grad == pytest.approx(other.grad, rel=1e-12, abs=1e-14)
            row = np.array([[0.0, logit]])
            assert nn.losses.cross_entropy(row, [label]).item() == pytest.approx(
                nn.losses.binary_cross_entropy_with_logits(row[:, 1], [label]).item(),
                rel=1e-12,
                abs=1e-14,
            )


def test_cost_is_the_mean_of_losses() -> None:
    z = [0.5, -1.0, 2.0]
    for name, y in {
        "binary_cross_entropy_with_logits": [1, 0, 1],
        "hinge": [1, -1, -1],
        "l1": [1.0, 2.0, 3.0],
        "mse": [1.0, 2.0, 3.0],
    }.items():
        loss = scalar.LOSSES[name]
        singly = [loss(Value(a), b).data for a, b in zip(z, y)]
        assert loss(list(map(Value, z)), y).data == pytest.approx(sum(singly) / 3)
    rows = [z, z[::-1]]
    singly = [scalar.cross_entropy(row, k) for row, k in zip(rows, (0, 2))]
    assert scalar.cross_entropy(rows, [0, 2]) == pytest.approx(sum(singly) / 2)


def test_losses_by_hand() -> None:
    assert scalar.hinge_loss([Value(0.25), Value(3.0)], [-1, 1]).data == 0.625
    assert scalar.l1_loss(Value(-2.0), 1.0).data == 3.0
    p = math.exp(2) / (math.exp(1) + math.exp(2) + math.exp(-1))
    assert scalar.cross_entropy([Value(1.0), Value(2.0), Value(-1.0)], 1).data == pytest.approx(
        -math.log(p)
    )


def test_cross_entropy_of_probabilities() -> None:
    z = Value(0.75)
    from_logit = scalar.binary_cross_entropy_with_logits(z, 0.25)
    from_chance = scalar.binary_cross_entropy(z.sigmoid(), 0.25)
    assert from_chance.data == pytest.approx(from_logit.data, rel=1e-14)
    sure = [Value(0.0), Value(1.0)]
    right = scalar.binary_cross_entropy(sure, [0, 1])
    wrong = scalar.binary_cross_entropy(sure, [1, 0])
    assert (right.data, wrong.data) == (0.0, 100.0)
    wrong.backward()
    assert [p.grad for p in sure] == [0.0, 0.0]
    with pytest.raises(ValueError, match="outputs and targets from 0 to 1"):
        scalar.binary_cross_entropy(Value(1.5), 1)


def test_losses_do_not_overflow() -> None:
    z = [Value(1e4), Value(-1e4)]
    loss = scalar.cross_entropy(z, 1)
    loss.backward()
    assert (loss.data, z[0].grad, z[1].grad) == (2e4, 1.0, -1.0)
    z = [Value(1e4), Value(-1e4)]
    loss = scalar.binary_cross_entropy_with_logits(z, [0, 1])
    loss.backward()
    assert (loss.data, z[0].grad, z[1].grad) == (1e4, 0.5, -0.5)
    assert scalar.binary_cross_entropy_with_logits(Value(50.0), 1).data == pytest.approx(
        math.exp(-50), rel=1e-12
    )
    assert [p.data for p in scalar.softmax([Value(1e4), Value(1e4)])] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda v: scalar.mse_loss([v, v], [1.0]), ValueError, "2 outputs in a list"),
        (lambda v: scalar.mse_loss([v, v], 1.0), ValueError, "2 outputs in a list"),
        (lambda v: scalar.mse_loss(v, [1.0]), ValueError, "1 targets for one output"),
        (lambda v: scalar.mse_loss([], []), ValueError, "no outputs"),
        (lambda v: scalar.hinge_loss(v, 0), ValueError, "targets of 1 or -1"),
        (
            lambda v: scalar.binary_cross_entropy_with_logits(v, -1),
            ValueError,
            "targets from 0 to 1",
        ),
        (lambda v: scalar.cross_entropy([v, v], 2), ValueError, "classes are 0 to 1"),
        (lambda v: scalar.cross_entropy([v, v], -1), ValueError, "classes are 0 to 1"),
        (lambda v: scalar.cross_entropy([v, v], 0.5), TypeError, "integer"),
        (lambda v: scalar.cross_entropy([[v], [v]], [0]), ValueError, "2 examples and the labels"),
        (lambda v: scalar.softmax([]), ValueError, "at least one"),
        (lambda v: scalar.Neuron(2, activation="rleu"), ValueError, "Any function of one Value"),
        (lambda v: scalar.MLP(2, [2, 1], activation=["tanh"]), ValueError, "2 layers need an act"),
    ],
)
def test_wrong_use(call: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        call(Value(0.5))
