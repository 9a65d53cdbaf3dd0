"""The neurons of 1943 and 1958, the smooth one, and what each can and cannot do."""

from __future__ import annotations

import itertools
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Value
from autograd.viz import render
from nn.neurons import (
    ConvergenceWarning,
    McCullochPitts,
    Perceptron,
    SigmoidNeuron,
    plot_activation,
    truth_table,
)

PAIRS = list(itertools.product((0, 1), repeat=2))
XOR = [0, 1, 1, 0]


# McCulloch and Pitts --------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("AND", all),
        ("OR", any),
        ("NAND", lambda x: not all(x)),
        ("NOR", lambda x: not any(x)),
    ],
)
def test_boolean_functions_of_one_unit(name: str, meaning: Any, n: int) -> None:
    unit = getattr(McCullochPitts, name)(n)
    for *inputs, out in unit.truth_table():
        assert out == meaning(inputs)
        assert unit(inputs) == unit(*inputs) == out
    assert len(unit.truth_table()) == 2**n


def test_not() -> None:
    unit = McCullochPitts.NOT()
    assert unit(0) == unit([0]) == 1
    assert unit(1) == unit([1]) == 0
    assert unit([0, 1, 1]).tolist() == unit([[0], [1], [1]]).tolist() == [1, 0, 0]


def functions_of_one_unit(relative: bool) -> set[tuple[int, ...]]:
    """The outputs for all four pairs, of every unit with two inputs.

    Sums go from -2 to 2, so a threshold of 3 is never reached, one of -3 always, and fractions do
    what the next integer does.
    """
    return {
        tuple(McCullochPitts(threshold, places, n_inputs=2, relative=relative)(PAIRS).tolist())
        for threshold in range(-3, 4)
        for places in ([], [0], [1], [0, 1])
    }


def test_no_single_unit_computes_exclusive_or() -> None:
    absolute = functions_of_one_unit(relative=False)
    assert absolute == {
        (0, 0, 0, 0),
        (1, 1, 1, 1),
        (0, 0, 0, 1),  # and
        (0, 1, 1, 1),  # or
        (1, 0, 0, 0),  # nor
        (1, 1, 0, 0),  # not x0
        (1, 0, 1, 0),  # not x1
        (0, 1, 0, 0),  # x1 and not x0
        (0, 0, 1, 0),  # x0 and not x1
    }
    relative = functions_of_one_unit(relative=True)
    assert (1, 1, 1, 0) in relative - absolute  # nand
    assert tuple(XOR) not in absolute | relative
    assert tuple(1 - x for x in XOR) not in absolute | relative


def test_exclusive_or_of_two_layers() -> None:
    # With absolute inhibition alone: either input, unless the other silences it.
    only_first = McCullochPitts(1, inhibitory=1, n_inputs=2)
    only_second = McCullochPitts(1, inhibitory=0, n_inputs=2)
    either = McCullochPitts.OR()
    assert truth_table(lambda *x: either(only_first(x), only_second(x)), 2).outputs == XOR
    x = np.array(PAIRS)
    assert either(only_first(x), only_second(x)).tolist() == XOR


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_unit_does_what_the_paper_says(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    x = data.draw(st.lists(st.lists(st.integers(0, 1), min_size=n, max_size=n), max_size=5))
    places = data.draw(st.sets(st.integers(0, n - 1)))
    threshold = data.draw(st.integers(-7, 7) | st.floats(-7, 7))
    wanted, counted = [], []
    for row in x:
        excited = sum(v for i, v in enumerate(row) if i not in places)
        inhibited = sum(row) - excited
        wanted.append(int(inhibited == 0 and excited >= threshold))
        counted.append(int(excited - inhibited >= threshold))
    rows = np.array(x).reshape(len(x), n)
    unit = McCullochPitts(threshold, places, n_inputs=n)
    assert unit(rows).tolist() == wanted
    assert unit(rows).dtype.kind == "i"
    assert McCullochPitts(threshold, places, relative=True)(rows).tolist() == counted
    if n > 1 or len(x) == 1:
        assert [unit(tuple(row)) for row in x] == wanted


@pytest.mark.parametrize("x", [[True, False], (1.0, 0.0), np.array([1, 0]), ag.tensor([1.0, 0.0])])
def test_unit_takes_what_a_learner_types(x: Any) -> None:
    out = McCullochPitts.OR()(x)
    assert out == 1
    assert type(out) is int


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda u: u([1, 2]), ValueError, "0 or 1, got 2 at input 1. Compare"),
        (lambda u: u([[0, 1], [0.5, 1]]), ValueError, "got 0.5 at input 0 of example 1"),
        (lambda u: u([math.nan, 1]), ValueError, "got nan at input 0"),
        (lambda u: u(["a", "b"]), TypeError, r"0 or 1, got \['a', 'b'\]"),
        (lambda u: u([1, 0, 1]), ValueError, "got 3 inputs where 2 are due"),
        (lambda u: u(1), ValueError, "got 1 inputs where 2 are due"),
        (lambda u: u(), TypeError, "without inputs"),
        (lambda u: u([[1, 0], [1]]), ValueError, "examples of equal length"),
        (lambda u: u.truth_table(3), ValueError, "got 3 inputs where 2 are due"),
        (lambda u: McCullochPitts(1, 2, n_inputs=2), ValueError, "outside the places 0 to 1"),
        (lambda u: McCullochPitts(1, -1), ValueError, "start at 0"),
        (lambda u: McCullochPitts(1, [True, False]), TypeError, "got True or False. np.flatnon"),
        (lambda u: McCullochPitts(1, "x"), TypeError, "places of the inhibitory inputs"),
        (lambda u: McCullochPitts(1, 2)([1, 0]), ValueError, "too few to have an inhibitory one"),
        (lambda u: McCullochPitts(1).truth_table(), ValueError, "say how many, with n_inputs="),
        (lambda u: McCullochPitts("2"), TypeError, "needs a number as its threshold, got '2'"),
        (lambda u: McCullochPitts(math.nan), TypeError, "needs a number as its threshold"),
        (lambda u: McCullochPitts.AND(0), ValueError, "n_inputs of 1 or more"),
        (lambda u: McCullochPitts(1).truth_table(13), ValueError, "1 to 12 inputs, got 13"),
    ],
)
def test_wrong_use_of_a_unit(call: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        call(McCullochPitts.AND())


def test_unit_is_shown() -> None:
    unit = McCullochPitts(2, [3, 1], n_inputs=4)
    assert repr(unit) == "McCullochPitts(threshold=2, inhibitory=[1, 3], n_inputs=4)"
    assert eval(repr(McCullochPitts.NAND(3))).truth_table().outputs == [1] * 7 + [0]
    source = unit.draw().source
    assert source.count("odot") == 2
    assert "≥ 2" in source
    assert "silences the unit" in source
    assert "odot" not in McCullochPitts(1).draw(3).source
    table = repr(McCullochPitts.AND(11).truth_table())
    assert {len(line) for line in table.splitlines()} == {len("x0 ") * 10 + len("x10 | out")}


# The perceptron -------------------------------------------------------------------------------

LEARNED = [([[0, 0], [0, 1], [1, 0], [1, 1]], y) for y in ([0, 0, 0, 1], [0, 1, 1, 1])]


def test_worked_numbers() -> None:
    step = Perceptron(weights=[0.5, -1], bias=1)
    assert step.decision_function([12, 4]) == 3
    assert step([12, 4]) == step.forward((12, 4)) == step.predict([12, 4]) == 1
    assert step([[12, 4], [0, 2], [2, 2]]).tolist() == [1, 0, 1]  # z is 3, -1 and 0
    assert step([2, 2]) == 1
    smooth = SigmoidNeuron(weights=[0.5, -1], bias=1)
    assert smooth.decision_function([12, 4]) == 3
    assert smooth.predict_proba([12, 4]) == pytest.approx(1 / (1 + math.exp(-3)), rel=1e-15)
    assert smooth([12, 4]).item() == smooth.predict_proba([12, 4])


def test_tanh_is_a_stretched_sigmoid() -> None:
    z = np.linspace(-30, 30, 401)
    np.testing.assert_allclose(np.tanh(z), 2 * ag.sigmoid(2 * z) - 1, atol=4e-16)
    for one in (-3.0, -0.1, 0.0, 2.0):
        assert Value(one).tanh().data == pytest.approx(
            2 * (2 * Value(one)).sigmoid().data - 1, abs=4e-16
        )


def test_rule_by_hand() -> None:
    neuron = Perceptron().partial_fit([[2, 1], [-1, 3]], [0, 1], lr=0.5)
    # z = 0 fires, wrongly: w = -0.5 (2, 1), b = -0.5. Then z = 1 - 1.5 - 0.5 = -1 does not fire,
    # wrongly: w = (-1, -0.5) + 0.5 (-1, 3), b = 0.
    assert neuron.weights.tolist() == [-1.5, 1.0]
    assert neuron.bias == 0.0
    assert (neuron.mistakes_, neuron.n_iter_, neuron.converged_) == (2, 1, False)


@pytest.mark.parametrize(("x", "y"), LEARNED)
def test_perceptron_learns_and_or(x: list, y: list) -> None:
    neuron = Perceptron().fit(x, y)
    assert neuron.converged_
    assert neuron.predict(x).tolist() == y
    assert neuron.score(x, y) == 1.0
    assert 1 < neuron.n_iter_ <= neuron.mistakes_ + 1


def test_perceptron_says_that_exclusive_or_is_beyond_it() -> None:
    neuron = Perceptron()
    with pytest.warns(ConvergenceWarning, match="50 passes.*not linearly separable"):
        neuron.fit(PAIRS, XOR, epochs=50)
    assert not neuron.converged_
    assert neuron.n_iter_ == 50
    assert neuron.mistakes_ >= 50
    assert neuron.score(PAIRS, XOR) <= 0.75


def separable(rng: np.random.Generator, n: int, d: int, gap: float) -> tuple[Any, Any, float]:
    """Random points at least ``gap`` away from a random hyperplane, labelled by its sides.

    The third is the distance of the nearest from that plane, with a 1 appended to each.
    """
    normal, offset = rng.normal(size=d), rng.normal()
    unit = normal / np.linalg.norm(normal)
    x = rng.normal(size=(n, d))
    distance = x @ unit + offset
    x += np.where(distance >= 0, gap, -gap)[:, None] * unit
    distance = x @ unit + offset
    if (distance > 0).all() or (distance < 0).all():
        x[0] -= 2 * distance[0] * unit  # to the other side
    distance = x @ unit + offset
    return x, distance > 0, abs(distance).min() / math.hypot(1, offset)


def widest_gap(x: np.ndarray, y: np.ndarray, best: float) -> float:
    """γ of data with a 1 appended, from below: better than ``best`` by a rule for the nearest.

    Krauth and Mézard (1987): this tends to the best hyperplane.
    """
    signed = np.column_stack([x, np.ones(len(x))]) * np.where(y, 1.0, -1.0)[:, None]
    u = signed.sum(axis=0)
    for _ in range(1000):
        margins = signed @ u
        best = max(best, margins.min() / np.linalg.norm(u))
        u = u + signed[margins.argmin()]
    return best


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 40),
    d=st.integers(1, 6),
    gap=st.sampled_from([0.05, 0.3, 1.0]),
    lr=st.sampled_from([1.0, 0.1, 30.0]),
    shuffle=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_mistakes_are_bounded_on_separable_data(
    seed: int, n: int, d: int, gap: float, lr: float, shuffle: bool
) -> None:
    x, y, gamma = separable(np.random.default_rng(seed), n, d, gap)
    assert 0 < y.sum() < n
    radius = math.sqrt((x * x).sum(axis=1).max() + 1)
    bound = (radius / widest_gap(x, y, gamma)) ** 2
    neuron = Perceptron().fit(x, y, lr=lr, shuffle=shuffle, seed=seed, epochs=math.ceil(bound) + 1)
    assert neuron.converged_
    assert neuron.mistakes_ <= bound
    assert neuron.score(x, y) == 1.0


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 60), d=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_blocks_do_what_one_example_after_another_does(seed: int, n: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-3, 4, (n, d)), rng.permutation(np.arange(n) % 2)
    weights, bias, mistakes = [0] * d, 0, 0
    for _ in range(3):
        for row, truth in zip(x.tolist(), y.tolist()):
            error = truth - int(sum(w * v for w, v in zip(weights, row)) + bias >= 0)
            weights = [w + error * v for w, v in zip(weights, row)]
            bias += error
            mistakes += abs(error)
    neuron = Perceptron()
    for _ in range(3):
        neuron.partial_fit(x, y)
    assert neuron.weights.tolist() == weights
    assert (neuron.bias, neuron.mistakes_, neuron.n_iter_) == (bias, mistakes, 3)
    again = Perceptron()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        again.fit(x, y, epochs=3)
    # fit stops where a pass is without mistakes, after which nothing changes.
    assert again.weights.tolist() == weights
    assert again.mistakes_ == mistakes


@pytest.mark.parametrize(
    "labels", [["no", "yes"], [False, True], [-1, 1], [1, 2], [-0.5, 7.25], [0, 1]]
)
def test_labels_of_any_two_values(labels: list) -> None:
    x = [[0.0, 1.0], [1.0, 0.0], [0.25, 1.0], [1.0, 0.5]]
    y = [labels[i] for i in (0, 1, 0, 1)]
    neuron = Perceptron().fit(x, y)
    assert neuron.classes_.tolist() == labels
    assert neuron.predict(x).tolist() == y
    assert neuron.predict(x[1]) == labels[1]
    assert neuron([x[0], x[1]]).tolist() == [0, 1]


def test_shuffling_has_a_seed() -> None:
    x, y, _ = separable(np.random.default_rng(3), 60, 3, 0.05)
    runs = [Perceptron().fit(x, y, shuffle=True, seed=seed) for seed in (0, 0, 1)]
    assert all(run.converged_ for run in runs)
    assert runs[0].weights.tolist() == runs[1].weights.tolist() != runs[2].weights.tolist()
    plain = [Perceptron().fit(x, y) for _ in range(2)]
    assert plain[0].weights.tolist() == plain[1].weights.tolist() != runs[0].weights.tolist()


def test_fit_starts_anew_and_from_given_weights() -> None:
    x, y = LEARNED[0]
    neuron = Perceptron().fit(x, y)
    first = neuron.weights.tolist(), neuron.mistakes_
    assert (neuron.fit(x, y).weights.tolist(), neuron.mistakes_) == first
    trained = Perceptron(neuron.weights, neuron.bias).fit(x, y)
    assert (trained.mistakes_, trained.n_iter_, trained.converged_) == (0, 1, True)
    assert neuron.partial_fit(x, y).converged_


def test_partial_fit_with_one_class_in_a_batch() -> None:
    neuron = Perceptron().partial_fit([[1.0]], ["b"], classes=["a", "b"])
    assert neuron.classes_.tolist() == ["a", "b"]
    for _ in range(5):
        neuron.partial_fit([[-1.0]], ["a"]).partial_fit([[1.0]], ["b"], classes=["b", "a"])
    assert neuron.predict([[2.0], [-2.0]]).tolist() == ["b", "a"]
    with pytest.raises(ValueError, match="got the label 'c'; it knows 'a' and 'b'"):
        neuron.partial_fit([[0.0]], ["c"])
    with pytest.raises(ValueError, match="cannot go on with classes"):
        neuron.partial_fit([[0.0]], ["a"], classes=["a", "c"])
    with pytest.raises(ValueError, match="the labels have 1: 'b'; in partial_fit give both"):
        Perceptron().partial_fit([[1.0]], ["b"])


X2 = [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize("kind", [Perceptron, SigmoidNeuron])
@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda n: n.fit([[math.nan, 0.0], [1, 2]], [0, 1]), ValueError, r"got nan at \[0, 0\]"),
        (lambda n: n.fit([[0, math.inf], [1, 2]], [0, 1]), ValueError, r"got inf at \[0, 1\]"),
        (lambda n: n.fit([1, 2], [0, 1]), ValueError, r"x.reshape\(-1, 1\)"),
        (lambda n: n.fit(X2, [0, 1, 1]), ValueError, r"2 examples and labels of shape \(3,\)"),
        (lambda n: n.fit(X2, [[0], [1]]), ValueError, r"drop the last axis: y\[:, 0\]"),
        (lambda n: n.fit(np.zeros((0, 2)), []), ValueError, r"no data \(shape \(0, 2\)\)"),
        (lambda n: n.fit([["a"], ["b"]], [0, 1]), TypeError, "takes numbers, got <U1"),
        (lambda n: n.fit([[1, 2], [3]], [0, 1]), ValueError, "examples of equal length"),
        (lambda n: n.fit(X2, [0, 1], lr=0.0), ValueError, "learning rate above 0, got lr=0.0"),
        (lambda n: n.fit(X2, [0, 1], lr=math.nan), ValueError, "learning rate above 0"),
        (lambda n: n.fit(X2, [0, 1], epochs=0), ValueError, "epochs of 1 or more"),
        (lambda n: n.predict([0, 1]), RuntimeError, "no weights yet: call fit first"),
        (lambda n: n.draw(), RuntimeError, "no weights"),
        (lambda n: n.fit(X2, [0, 1]).predict([1, 2, 3]), ValueError, r"one example \(2,\)"),
        (lambda n: type(n)([1, 2]).fit([[1], [2]], [0, 1]), ValueError, "has 2 inputs and got"),
        (lambda n: type(n)([1]).predict([1, 2]), ValueError, r"become several examples by x.resh"),
        (lambda n: type(n)([[1, 2]]), ValueError, "one weight for each input"),
        (lambda n: type(n)([1, math.nan]), ValueError, r"got nan at \[1\]"),
    ],
)
def test_wrong_use_of_a_neuron(kind: type, use: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        use(kind())


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 1], "the labels have 1: 1"),
        ([0, 1, 2], "the labels have 3: 0, 1, 2"),
        ([0.0, math.nan], "labels that are not finite"),
    ],
)
def test_perceptron_needs_two_classes(labels: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Perceptron().fit(np.eye(3)[: len(labels)], labels)


def test_neurons_are_shown() -> None:
    assert repr(Perceptron()) == "Perceptron()"
    assert repr(SigmoidNeuron()) == "SigmoidNeuron()"
    for kind in (Perceptron, SigmoidNeuron):
        neuron = kind([0.5, -1], bias=1)
        assert repr(neuron) == f"{kind.__name__}(weights=[0.5, -1.0], bias=1.0)"
        source = neuron.draw().source
        assert source.count("dashed") == 1
        assert "label=-1 " in source


# The smooth neuron ------------------------------------------------------------------------------


def logistic_data(n: int = 60, d: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Noisy labels, which no hyperplane parts: the best weights are finite."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(n, d))
    chance = 1 / (1 + np.exp(-(x @ rng.normal(size=d) + 0.3)))
    return x, (rng.random(n) < chance).astype(float)


def newton(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights and bias of the greatest likelihood."""
    a = np.column_stack([x, np.ones(len(x))])
    w = np.zeros(a.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-(a @ w)))
        w -= np.linalg.solve(a.T @ (a * (p * (1 - p))[:, None]), a.T @ (p - y))
    return w


def test_logistic_regression_is_a_network_of_two_layers() -> None:
    x, y = logistic_data()
    best = newton(x, y)
    model = nn.MLP(3, [], 1, dtype=float, rng=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=2.0)
    inputs = ag.tensor(x)
    for _ in range(600):
        optimizer.zero_grad()
        nn.losses.binary_cross_entropy_with_logits(model(inputs), y[:, None]).backward()
        optimizer.step()
    found = np.concatenate([p.numpy().ravel() for p in model.parameters()])
    np.testing.assert_allclose(found, best, atol=1e-8)


def test_sigmoid_neuron_finds_the_greatest_likelihood() -> None:
    x, y = logistic_data()
    neuron = SigmoidNeuron().fit(x, y, lr=2.0, epochs=600)
    np.testing.assert_allclose(
        [*neuron.weights.numpy(), neuron.bias.item()], newton(x, y), atol=1e-8
    )
    assert neuron.costs[:100] == sorted(set(neuron.costs[:100]), reverse=True)
    assert len(neuron.costs) == 600


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "mse", lambda p, y: abs(p - y).mean()])
def test_one_step_of_gradient_descent_by_hand(loss: Any) -> None:
    x, y = logistic_data(7)
    w, b = np.array([0.5, -1.0, 2.0]), 0.25
    p = 1 / (1 + np.exp(-(x @ w + b)))
    dz = {"binary_cross_entropy": p - y, "mse": 2 * (p - y) * p * (1 - p)}.get(
        loss, np.sign(p - y) * p * (1 - p)
    )
    neuron = SigmoidNeuron(w, b).fit(x, y, loss=loss, lr=0.5, epochs=1)
    np.testing.assert_allclose(neuron.weights.numpy(), w - 0.5 * x.T @ dz / 7, rtol=1e-13)
    assert neuron.bias.item() == pytest.approx(b - 0.5 * dz.mean(), rel=1e-13)


def test_a_sure_and_wrong_neuron_learns_from_cross_entropy_only() -> None:
    stuck, moved = (
        SigmoidNeuron([20.0]).fit([[1.0], [1.0]], [0, 0], loss=loss, lr=0.5, epochs=20)
        for loss in ("mse", "binary_cross_entropy")
    )
    assert stuck.weights.item() == pytest.approx(20.0, abs=1e-6)
    assert moved.weights.item() < 16


def test_sigmoid_neuron_takes_examples_one_by_one_and_together() -> None:
    neuron = SigmoidNeuron([0.5, -1.0], bias=1)
    x = [[12, 4], [0, 2], [2.0, 2.0], [-1, 800]]
    together = neuron.predict_proba(x)
    assert together.tolist() == [neuron.predict_proba(tuple(row)) for row in x]
    assert neuron(np.array(x)).numpy().tolist() == together.tolist()
    assert neuron.predict(x).tolist() == [neuron.predict(row) for row in x] == [1, 0, 1, 0]
    assert neuron.predict(x, threshold=0.6).tolist() == [1, 0, 0, 0]
    assert type(neuron.predict(x[0])) is int
    assert SigmoidNeuron(n_inputs=2).predict_proba([1, 2]) == 0.5


def test_sigmoid_neuron_is_a_module() -> None:
    neuron = SigmoidNeuron([0.5, -1.0], bias=1, dtype=np.float32)
    assert [name for name, _ in neuron.named_parameters()] == ["weights", "bias"]
    twin = SigmoidNeuron(n_inputs=2, dtype=np.float32)
    twin.load_state_dict(neuron.state_dict())
    assert twin([12, 4]).item() == neuron([12, 4]).item()
    assert neuron([12, 4]).dtype == np.float32
    assert neuron.fit(X2, [0, 1]).weights.dtype == np.float32
    model = nn.Sequential(nn.Linear(3, 2, rng=0), neuron)
    assert model(np.ones((4, 3), dtype="float32")).shape == (4,)
    with pytest.raises(nn.module.FeatureError, match="layer '1': SigmoidNeuron has 2 inputs"):
        nn.Sequential(nn.Linear(3, 4), neuron)(np.ones((4, 3)))


def test_gradients_go_from_a_neuron_into_values() -> None:
    neuron = SigmoidNeuron([0.5, -1.0], bias=1)
    x = [Value(2.0), Value(1.0)]
    neuron(x).backward()
    slope = math.exp(-1) / (1 + math.exp(-1)) ** 2
    assert [v.grad for v in x] == pytest.approx([0.5 * slope, -slope])
    assert neuron.weights.grad.tolist() == pytest.approx([2 * slope, slope])
    twin = neuron.to_scalar()
    y = [Value(2.0), Value(1.0)]
    twin(y).backward()
    assert [v.grad for v in y] == pytest.approx([v.grad for v in x], rel=1e-15)
    assert [p.grad for p in twin.parameters()] == pytest.approx([2 * slope, slope, slope])


@pytest.mark.parametrize("y", [[-1, 1], [1, 2], ["no", "yes"], [math.nan, 1.0]])
def test_sigmoid_neuron_answers_between_zero_and_one(y: list) -> None:
    with pytest.raises(ValueError, match="make them 0 and 1"):
        SigmoidNeuron().fit(X2, y)


def test_sigmoid_neuron_names_its_losses() -> None:
    with pytest.raises(ValueError, match="no loss is called 'bnary'"):
        SigmoidNeuron().fit(X2, [0, 1], loss="bnary")


def test_a_steep_sigmoid_is_a_step() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    ax = plot_activation([1, 1000], ax=Figure().add_subplot())
    gentle, steep = (line for line in ax.lines if line.get_label().startswith("sigmoid"))
    z, y = gentle.get_data()
    np.testing.assert_allclose(y, 1 / (1 + np.exp(-z)), rtol=1e-12)
    z, y = steep.get_data()
    np.testing.assert_allclose(y[z != 0], (z > 0)[z != 0], atol=1e-4)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "sigmoid(z)", "sigmoid(1000 z)", "step(z)",
    ]  # fmt: skip
    own = plot_activation()
    assert own.figure.axes == [own]
    import matplotlib.pyplot as plt

    plt.close(own.figure)


def test_single_neurons_are_drawn_without_graphviz(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograd.viz.output._renderers", lambda format: iter(()))
    unit = McCullochPitts(2, [1, 3], n_inputs=4)
    neurons = (unit, Perceptron(weights=[0.5, -1], bias=1), SigmoidNeuron([0.5, -1], bias=1))
    for neuron in neurons:
        svg = render(neuron.draw(), tmp_path / "neuron.svg").read_text(encoding="utf-8")
        # Each input's wire is there, with the look that it has.
        wires = neuron.draw().source.count(" -> ")
        assert svg.count('<g class="edge">') == wires
        assert svg.count("stroke-dasharray") == (2 if neuron is unit else 1)
        pytest.importorskip("matplotlib")
        picture = render(neuron.draw(), tmp_path / "neuron.png").read_bytes()
        assert picture[:4] == b"\x89PNG"
    # A ring where it inhibits, an arrow where it does not.
    svg = unit.draw().pipe("svg").decode()
    assert svg.count('r="3.5"') == 2
    assert svg.count('Z"') == 2
