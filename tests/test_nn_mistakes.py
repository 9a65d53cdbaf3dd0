"""A beginner's mistakes: what is wrong is said, with the cure, and nothing is wrong silently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn


def moons(n: int) -> tuple[np.ndarray, np.ndarray]:
    data = nn.data.make_moons(n, noise=0.2, rng=0)
    return data.x, data.y


@pytest.mark.parametrize(
    ("last", "loss", "words"),
    [
        (nn.Softmax(), "cross_entropy", "ends in softmax, and cross_entropy applies it again"),
        (nn.ReLU(), "cross_entropy", "leave the last relu out"),
        (nn.Sigmoid(), "binary_cross_entropy_with_logits", "ends in sigmoid"),
        (nn.Identity(), lambda out, y: ((out - y) ** 2).mean(), "each output with every label"),
    ],
)
def test_what_trains_badly_is_said_once(last: nn.Module, loss: Any, words: str) -> None:
    classes = 2 if loss == "cross_entropy" else 1
    x, y = moons(40)
    y = y[:, None] if loss == "binary_cross_entropy_with_logits" else y
    model = nn.Sequential(nn.Linear(2, classes, rng=0), last)
    with pytest.warns(UserWarning, match=words) as seen:
        nn.fit(model, x, y, loss=loss, epochs=2, seed=0)
    assert len(seen) == 1 and seen[0].filename == __file__


@pytest.mark.parametrize(
    ("last", "loss"),
    [
        (nn.LogSoftmax(), "cross_entropy"),
        (nn.Sigmoid(), "binary_cross_entropy"),
        (nn.ReLU(), "mse"),
        (nn.Identity(), lambda out, y: ((out[:, 0] - y[:, 0]) ** 2).mean()),
        (nn.Identity(), lambda out, y: ((out[:, 0] - y[:, 0]) ** 2).sum()),
    ],
)
def test_what_is_in_order_passes_without_a_word(last: nn.Module, loss: Any) -> None:
    classes = 2 if loss == "cross_entropy" else 1
    x, y = moons(40)
    model = nn.Sequential(nn.Linear(2, classes, rng=0), last)
    nn.fit(model, x, y if classes == 2 else y[:, None], loss=loss, epochs=1)  # warnings are errors


def test_a_loss_that_takes_its_column_passes_without_a_word() -> None:
    nn.fit(
        nn.Linear(2, 1, rng=0), *moons(40), loss=lambda out, y: ((out[:, 0] - y) ** 2).sum(),
        epochs=1, lr=1e-4,
    )  # fmt: skip


def test_probabilities_are_not_squashed_again() -> None:
    x, y = moons(200)

    class Yes(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.MLP(2, [16], 1, rng=0)

        def forward(self, x: Any) -> Any:
            return self.inner(x).sigmoid()

    model = Yes()
    history = nn.fit(
        model, x, y[:, None], loss="binary_cross_entropy", lr=0.02, epochs=40, seed=0
    )  # fmt: skip
    p = nn.predict_proba(model, x)
    np.testing.assert_array_equal(p, nn.predict(model, x))
    said = nn.predict_classes(model, x)[:, 0]
    assert (said == y).mean() > 0.8 and history["accuracy"][-1] > 0.8
    assert nn.predict_classes(model, x, threshold=0.9).sum() == (p > 0.9).sum()
    several = nn.Sequential(nn.Linear(2, 3, rng=0), nn.Softmax())
    np.testing.assert_array_equal(nn.predict_proba(several, x), nn.predict(several, x))


def test_settings_of_a_loss_reach_the_checks_and_the_accuracy() -> None:
    x, y = moons(40)
    kept = np.arange(40) % 4 > 0
    loss = nn.CrossEntropyLoss(ignore_index=255)
    history = nn.fit(
        nn.Linear(2, 2, rng=0), x, np.where(kept, y, 255), loss=loss, lr=1e-9, epochs=1
    )
    right = nn.predict_classes(nn.Linear(2, 2, rng=0), x) == y
    assert history["accuracy"] == [pytest.approx(right[kept].mean())]

    images = np.random.default_rng(0).normal(size=(6, 1, 5, 5))
    model = nn.Conv2d(1, 3, 3, padding=1, rng=0)
    labels = nn.predict(model, images).argmax(axis=1)
    found = nn.evaluate(model, images, labels, loss=nn.CrossEntropyLoss(axis=1))
    assert found["accuracy"] == 1


def test_accuracy_takes_decisions_too() -> None:
    assert nn.accuracy(np.array([0, 2, 1]), np.array([0, 2, 2])) == pytest.approx(2 / 3)
    assert nn.accuracy(np.array([[True], [False]]), [1, 1]) == 0.5
    assert nn.accuracy(np.array([0.5, -2.0]), [1, 0]) == 1


@pytest.mark.parametrize(
    ("x", "y", "error", "words"),
    [
        ([[1, 2], [3]], [0, 1], ValueError, "are rows of one length"),
        ([[1, "a"], [2, "b"]], [0, 1], TypeError, r"'1' at \[0, 0\]"),
        (np.array([[1, "a"], [2, "b"]], object), [0, 1], TypeError, r"'a' at \[0, 1\]"),
        (np.ones((2, 2)), ["cat", "dog"], TypeError, r"'cat' at \[0\]\), not numbers; number"),
        (np.ones((2, 2)), [1, 2], ValueError, "count from 0: labels - 1"),
        (np.ones((2, 2)), [0, 4], ValueError, "give the last layer 5 outputs"),
        (np.ones((2, 2)), [0.0, 1.0], TypeError, r"\.astype\(int\)"),
        (np.ones((2, 2)), [0.5, 1.0], TypeError, 'take another loss, such as "mse"'),
    ],
)
def test_the_cure_is_in_the_message(x: Any, y: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        nn.fit(nn.Linear(2, 2, rng=0), x, y)


def test_a_message_says_that_two_examples_were_tried() -> None:
    with pytest.raises(ValueError) as seen:
        nn.fit(nn.Linear(3, 2), *moons(40))
    assert seen.value.__notes__ == ["(Tried with the first 2 of 40 examples, before training.)"]
    with pytest.raises(
        ValueError, match="single class: give the last layer 2 outputs, or take bin"
    ):
        nn.fit(nn.Linear(2, 1), *moons(40))


def test_the_scalar_network_takes_a_seed_and_a_list() -> None:
    weights = [p.data for p in nn.scalar.MLP(3, [4, 1], rng=0).parameters()]
    assert weights == [p.data for p in nn.scalar.MLP(3, [4, 1], rng=0).parameters()]
    assert len({w for w in weights if w}) == 3 * 4 + 4  # all different; the biases are 0
    with pytest.raises(TypeError, match=r"such as \[4, 1\]"):
        nn.scalar.MLP(3, 4)  # type: ignore[arg-type]


def test_arguments_in_another_order_are_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"the path comes first, report\(path, history"):
        nn.report(nn.MLP(2, [2], 2), "x.html")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the path comes second"):
        nn.save(tmp_path / "x", nn.MLP(2, [2], 2))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="starting values are for a tensor"):
        nn.init.xavier_uniform_(nn.Linear(2, 2))
    with pytest.raises(TypeError):
        nn.fit(np.ones((4, 2)), np.ones(4), nn.MLP(2, [2], 2))
    assert "read_csv" in dir(nn.data)
