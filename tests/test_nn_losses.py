"""Losses against their definitions, and what they say about wrong targets."""

import numpy as np
import pytest

import autograd as ag
import nn
from nn import losses


def log_softmax(z: np.ndarray) -> np.ndarray:
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def example(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(6, 4)), rng.integers(0, 4, 6)


def test_cross_entropy_and_its_gradient() -> None:
    z, y = example()
    each = -log_softmax(z)[np.arange(6), y]
    np.testing.assert_allclose(losses.cross_entropy(z, y, reduction="none"), each)
    np.testing.assert_allclose(losses.cross_entropy(z, y, reduction="sum"), each.sum())
    t = ag.Tensor(z, requires_grad=True)
    loss = losses.cross_entropy(t, y)
    loss.backward()
    np.testing.assert_allclose(loss.item(), each.mean())
    p = np.exp(log_softmax(z)) - np.eye(4)[y]
    np.testing.assert_allclose(t.grad, p / 6, atol=1e-15)


def test_two_classes_are_the_binary_case() -> None:
    z = np.random.default_rng(1).normal(size=9)
    y = np.arange(9) % 2
    two = np.stack([np.zeros(9), z], axis=1)
    np.testing.assert_allclose(
        losses.cross_entropy(two, y), losses.binary_cross_entropy_with_logits(z, y.astype(float))
    )


def test_large_logits_stay_finite() -> None:
    z = ag.Tensor([[1e4, -1e4], [-1e4, 1e4]], requires_grad=True)
    loss = losses.cross_entropy(z, [1, 1])
    loss.backward()
    assert loss.item() == 1e4
    assert np.isfinite(z.grad).all()
    assert losses.binary_cross_entropy_with_logits(np.array([1e4, -1e4]), np.array([1.0, 0.0])) == 0


def test_differences() -> None:
    a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])
    assert losses.mse_loss(a, b) == 2.5
    assert losses.l1_loss(a, b, reduction="sum") == 3
    assert losses.mse_loss(a, b, reduction="none").tolist() == [[4.0, 1.0]]
    x = ag.Tensor(a.astype(np.float32), requires_grad=True)
    losses.mse_loss(x, b.astype(np.float32)).backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(x.grad, a - b)


@pytest.mark.parametrize("make", [nn.MSELoss, nn.L1Loss, nn.BCEWithLogitsLoss])
def test_classes_are_the_functions_with_settings(make: type) -> None:
    x, y = np.array([0.5, -1.0]), np.array([1.0, 0.0])
    assert make(reduction="none")(x, y).shape == (2,)
    assert make()(x, y) == make(reduction="sum")(x, y) / 2
    with pytest.raises(ValueError, match="mean, sum, none"):
        make(reduction="average")


def test_labels_that_do_not_fit() -> None:
    z, y = example()
    with pytest.raises(ValueError, match=r"labels run from \d to 4, .* 0 to 3"):
        losses.cross_entropy(z, np.append(y[:-1], 4))
    with pytest.raises(ValueError, match="labels run from -1"):
        losses.cross_entropy(z, np.append(y[:-1], -1))
    with pytest.raises(ValueError, match=r"one-hot, pass labels\.argmax"):
        losses.cross_entropy(z, np.eye(4, dtype=int)[y])
    with pytest.raises(ValueError, match=r"Drop the last axis: labels\[\.\.\., 0\]"):
        losses.cross_entropy(z, y[:, None])
    with pytest.raises(ValueError, match=r"need labels of shape \(6,\)"):
        losses.cross_entropy(z, y[:3])
    with pytest.raises((TypeError, ValueError), match=r"astype\(int\)"):
        losses.cross_entropy(z, y.astype(float))
    with pytest.raises(ValueError, match="mean, sum, none"):
        losses.cross_entropy(z, y, reduction="avg")


def test_targets_that_would_broadcast_are_refused() -> None:
    column, row = np.zeros((5, 1)), np.zeros(5)
    for loss in (losses.mse_loss, losses.l1_loss, losses.binary_cross_entropy_with_logits):
        with pytest.raises(ValueError, match=r"targets\[\.\.\., None\]"):
            loss(column, row)
    with pytest.raises(ValueError, match=r"from 0 to 1; they run from 0\.0 to 2\.0"):
        losses.binary_cross_entropy_with_logits(row[:2], np.array([0.0, 2.0]))


def test_losses_by_name() -> None:
    assert losses.get("mse") is losses.mse_loss
    with pytest.raises(ValueError, match=r"'crossentropy'; there are .*cross_entropy, l1, mse"):
        losses.get("crossentropy")
