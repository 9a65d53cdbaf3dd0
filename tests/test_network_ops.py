"""Layers and losses as functions: values, stability at the ends of the range, and errors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, grad, value_and_grad


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def leaf(x, dtype=None):
    return Tensor(x, dtype=dtype, requires_grad=True)


# Linear -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 3), (3,), (2, 5, 3), (0, 3)])
@pytest.mark.parametrize("with_bias", [True, False])
def test_linear(rng, shape, with_bias):
    x, w = rng.normal(size=shape), rng.normal(size=(2, 3))
    b = rng.normal(size=2) if with_bias else None
    out = ag.linear(leaf(x), w, b)
    np.testing.assert_allclose(out.numpy(), x @ w.T + (b if with_bias else 0))
    assert out.op.label == "linear"


def test_linear_computes_only_what_is_wanted(rng):
    x, w, b = rng.normal(size=(4, 3)), leaf(rng.normal(size=(2, 3))), leaf(np.zeros(2))
    ag.linear(x, w, b).sum().backward()
    np.testing.assert_allclose(w.grad, np.ones((4, 2)).T @ x)
    np.testing.assert_allclose(b.grad, [4.0, 4.0])


def test_linear_promotes_as_numpy_does():
    x, w = np.ones((2, 3), np.float32), np.ones((2, 3), np.float32)
    assert ag.linear(leaf(x, np.float32), w, np.ones(2, np.float32)).dtype == np.float32
    assert ag.linear(leaf(x, np.float32), w, np.ones(2)).dtype == np.float64


@pytest.mark.parametrize(
    ("x", "weight", "bias", "words"),
    [
        ((4, 10), (5, 12), None, r"x of shape \(4, 10\) has 10 features .* takes 12"),
        ((4, 10), (10, 12), None, "pass weight.T"),
        ((4, 2, 5), (3, 10), None, r"x.reshape\(len\(x\), 10\)"),
        ((4, 3), (2, 3), (3,), r"gives 2 features, and bias has shape \(3,\)"),
        ((4, 3), (2, 3), (1,), r"takes one number for each, shape \(2,\)"),
        ((4, 3), (3,), None, r"weight of shape \(out_features, in_features\)"),
    ],
)
def test_errors_of_linear(x, weight, bias, words):
    b = None if bias is None else np.ones(bias)
    with pytest.raises(ValueError, match=words):
        ag.linear(leaf(np.ones(x)), np.ones(weight), b)


# Embedding and dropout --------------------------------------------------------------------------


def test_embedding_adds_up_repeated_rows():
    w = leaf(np.arange(8.0).reshape(4, 2))
    out = ag.embedding(w, np.array([[1, 3], [1, 1]]))
    np.testing.assert_array_equal(out.numpy(), w.data[[[1, 3], [1, 1]]])
    out.sum().backward()
    np.testing.assert_array_equal(w.grad, [[0, 0], [3, 3], [0, 0], [1, 1]])


def test_errors_of_embedding():
    w = leaf(np.ones((4, 2)))
    for wrong in ([4], [-1]):
        with pytest.raises(IndexError, match=r"whose rows are 0 to 3"):
            ag.embedding(w, np.array(wrong))
    with pytest.raises(TypeError, match="astype"):
        ag.embedding(w, np.array([1.0]))


def test_dropout():
    x = np.ones((100, 100), np.float32)
    t = leaf(x, np.float32)
    out = ag.dropout(t, 0.25, rng=np.random.default_rng(3))
    assert out.dtype == np.float32
    assert set(np.unique(out.numpy())) == {np.float32(0), np.float32(1 / 0.75)}
    assert out.numpy().mean() == pytest.approx(1.0, abs=0.02)
    out.sum().backward()
    np.testing.assert_array_equal(t.grad, out.numpy())
    again = ag.dropout(t, 0.25, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(again.numpy(), out.numpy())
    np.testing.assert_array_equal(ag.dropout(t, 0.0).numpy(), x)
    assert not ag.dropout(t, 1.0).numpy().any()
    with pytest.raises(ValueError, match="probability"):
        ag.dropout(t, 1.5)


# Cross-entropy ----------------------------------------------------------------------------------


def slow_cross_entropy(x, labels):
    x = x - x.max(-1, keepdims=True)
    logp = x - np.log(np.exp(x).sum(-1, keepdims=True))
    return -np.take_along_axis(logp, labels[..., None], -1)[..., 0]


@pytest.mark.parametrize("shape", [(5, 3), (3,), (2, 4, 3)])
def test_cross_entropy_of_classes(rng, shape):
    x, labels = rng.normal(size=shape), rng.integers(0, 3, shape[:-1])
    expected = slow_cross_entropy(x, labels)
    none = ag.softmax_cross_entropy(leaf(x), labels, "none")
    np.testing.assert_allclose(none.numpy(), expected)
    mean, gradient = value_and_grad(ag.softmax_cross_entropy)(x, labels)
    np.testing.assert_allclose(mean, expected.mean())
    p = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    np.testing.assert_allclose(gradient, (p - np.eye(3)[labels]) / max(labels.size, 1))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, bool])
def test_dtypes_of_labels(rng, dtype):
    x, labels = rng.normal(size=(4, 2)), np.array([0, 1, 1, 0])
    result = ag.softmax_cross_entropy(leaf(x), labels.astype(dtype))
    np.testing.assert_allclose(result.item(), slow_cross_entropy(x, labels).mean())


def test_one_hot_probabilities_and_classes_agree(rng):
    x, labels = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    a = value_and_grad(ag.softmax_cross_entropy)(x, labels)
    b = value_and_grad(ag.softmax_cross_entropy)(x, np.eye(3)[labels])
    np.testing.assert_allclose(a[0], b[0])
    np.testing.assert_allclose(a[1], b[1], atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_far_out(dtype):
    x = np.array([[1e4, 0.0, -1e4], [0.0, 1e4, 0.0], [-np.inf, 0.0, 1.0]], dtype)
    labels = np.array([0, 2, 1])
    with np.errstate(all="raise", under="ignore"):
        loss, gradient = value_and_grad(
            lambda x: ag.softmax_cross_entropy(x, labels, reduction="sum")
        )(x)
    assert loss == pytest.approx(1e4 + np.log(1 + np.e), rel=1e-6)
    p = 1 / (1 + np.e)
    expected = [[0, 0, 0], [0, 1, -1], [0, p - 1, 1 - p]]
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)
    assert gradient.dtype == dtype


def test_an_impossible_label_costs_infinity_and_has_a_gradient():
    x = np.array([[-np.inf, 0.0, 0.0]])
    loss, gradient = value_and_grad(ag.softmax_cross_entropy)(x, np.array([0]))
    assert loss == np.inf
    np.testing.assert_allclose(gradient, [[-1.0, 0.5, 0.5]])


def test_small_losses_keep_their_digits():
    x = np.array([[40.0, 0.0]], np.float32)
    loss, gradient = value_and_grad(ag.softmax_cross_entropy)(x, np.array([0]))
    assert loss == pytest.approx(np.exp(-40), rel=1e-6)
    np.testing.assert_allclose(gradient, [[-np.exp(-40), np.exp(-40)]], rtol=1e-5)


def test_memory_layout_of_logits_does_not_matter(rng):
    x, labels = np.asfortranarray(rng.normal(size=(4, 3))), np.array([0, 2, 1, 1])
    loss, gradient = value_and_grad(ag.softmax_cross_entropy)(x, labels)
    other = value_and_grad(ag.softmax_cross_entropy)(np.ascontiguousarray(x), labels)
    np.testing.assert_allclose(loss, other[0])
    np.testing.assert_allclose(gradient, other[1])


@pytest.mark.parametrize(
    ("labels", "error", "words"),
    [
        (np.array([0, 1, 3]), IndexError, "labels from 0 to 3 .* 0 to 2"),
        (np.array([0, -1, 1]), IndexError, "labels from -1"),
        (np.array([[0], [1], [2]]), ValueError, r"labels.reshape\(3,\)"),
        (np.eye(3, dtype=int), ValueError, "one-hot"),
        (np.array([0.0, 1.0, 2.0]), ValueError, "astype"),
        (np.array([0, 1]), ValueError, "same batch"),
    ],
)
def test_labels_that_do_not_fit(labels, error, words):
    with pytest.raises(error, match=words):
        ag.softmax_cross_entropy(leaf(np.zeros((3, 3))), labels)


def test_binary_cross_entropy_is_stable():
    x, y = np.array([1e4, -1e4, 1e4, 0.0]), np.array([1.0, 0.0, 0.0, 1.0])
    with np.errstate(all="raise", under="ignore"):
        losses = ag.binary_cross_entropy_with_logits(leaf(x), y, "none").numpy()
    np.testing.assert_allclose(losses, [0.0, 0.0, 1e4, np.log(2)])
    gradient = grad(ag.binary_cross_entropy_with_logits)(x, y)
    np.testing.assert_allclose(gradient, np.array([0.0, 0.0, 1.0, -0.5]) / 4)


def test_errors_of_binary_cross_entropy():
    with pytest.raises(ValueError, match=r"reshape\(logits.shape\)"):
        ag.binary_cross_entropy_with_logits(leaf(np.ones((3, 1))), np.ones(3))
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none'"):
        ag.binary_cross_entropy_with_logits(leaf(np.ones(3)), np.ones(3), "average")


def test_cross_entropies_agree_for_two_classes(rng):
    x = rng.normal(size=6)
    y = rng.integers(0, 2, 6)
    both = np.stack([np.zeros(6), x], axis=1)
    np.testing.assert_allclose(
        ag.binary_cross_entropy_with_logits(x, y), ag.softmax_cross_entropy(both, y)
    )


def test_losses_keep_float32(rng):
    x = leaf(rng.normal(size=(3, 2)), np.float32)
    for loss in (
        ag.softmax_cross_entropy(x, [0, 1, 0]),
        ag.softmax_cross_entropy(x, np.full((3, 2), 0.5, np.float32)),
        ag.binary_cross_entropy_with_logits(x, np.ones((3, 2), int)),
    ):
        x.zero_grad()
        loss.backward()
        assert loss.dtype == x.grad.dtype == np.float32


# Normalisation ----------------------------------------------------------------------------------


def test_layer_norm(rng):
    x, w, b = rng.normal(size=(4, 2, 3)), rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    out = ag.layer_norm(leaf(x), w, b, eps=0.0).numpy()
    mean, std = x.mean((1, 2), keepdims=True), x.std((1, 2), keepdims=True)
    np.testing.assert_allclose(out, (x - mean) / std * w + b)
    assert ag.layer_norm(leaf(x)).numpy().mean(-1) == pytest.approx(0, abs=1e-15)
    with pytest.raises(ValueError, match=r"weight of shape \(3, 2\).*takes shape \(2, 3\)"):
        ag.layer_norm(leaf(x), w.T)


def test_layer_norm_of_a_constant_row():
    gradient = grad(lambda x: (ag.layer_norm(x) * np.array([1.0, 2.0, 4.0])).sum())(np.ones((1, 3)))
    assert np.isfinite(gradient).all()


def test_batch_norm_moves_its_running_statistics(rng):
    x = rng.normal(size=(6, 3, 2)).astype(np.float32)
    mean, var = np.zeros(3, np.float32), np.ones(3, np.float32)
    out = ag.batch_norm(leaf(x, np.float32), mean, var, training=True, momentum=0.5)
    assert out.dtype == np.float32
    np.testing.assert_allclose(mean, 0.5 * x.mean((0, 2)), rtol=1e-5)
    np.testing.assert_allclose(var, 0.5 + 0.5 * x.var((0, 2), ddof=1), rtol=1e-5)
    held = mean.copy()
    out = ag.batch_norm(leaf(x, np.float32), mean, var)
    expected = (x - mean[:, None]) / np.sqrt(var[:, None] + 1e-5)
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(mean, held)
    buffer = Tensor(np.zeros(3, np.float32))
    ag.batch_norm(leaf(x, np.float32), buffer, None, training=True)
    assert buffer.numpy().any() and not buffer.requires_grad


def test_errors_of_batch_norm():
    with pytest.raises(ValueError, match="larger batches"):
        ag.batch_norm(leaf(np.ones((1, 3))), training=True)
    with pytest.raises(ValueError, match="batch, features"):
        ag.batch_norm(leaf(np.ones(3)))
    with pytest.raises(ValueError, match="running_mean"):
        ag.batch_norm(leaf(np.ones((2, 3))), np.ones(2), np.ones(2))


# Attention --------------------------------------------------------------------------------------


def test_attention_looks_where_it_may(rng):
    q, k, v = (rng.normal(size=(2, 4, 3)) for _ in range(3))
    out = ag.scaled_dot_product_attention(leaf(q), k, v, is_causal=True).numpy()
    np.testing.assert_allclose(out[:, 0], v[:, 0])
    nowhere = np.ones((4, 4), bool)
    nowhere[1] = False
    f = lambda q: ag.scaled_dot_product_attention(q, k, v, nowhere)
    assert not f(q)[:, 1].any()
    gradient = grad(lambda q: (f(q) ** 2).sum())(q)
    assert np.isfinite(gradient).all() and not gradient[:, 1].any()
    added = np.where(nowhere, 0.0, -1e9)
    np.testing.assert_allclose(ag.scaled_dot_product_attention(q, k, v, added)[:, 0], f(q)[:, 0])
    with pytest.raises(ValueError, match="query of shape"):
        ag.scaled_dot_product_attention(leaf(q), k[..., :2], v)
