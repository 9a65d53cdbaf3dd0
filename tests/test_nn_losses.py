"""Losses against their definitions, and what they say about wrong outputs, truths and settings."""

from __future__ import annotations

import copy
import inspect
import math
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from nn import losses

from .nn_cases.losses import CLASSES, FUNCTIONS, LOSSES, REDUCTIONS, LossCase

CASES = [pytest.param(case, id=case.name) for case in LOSSES]


def log_softmax(z: np.ndarray) -> np.ndarray:
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def example(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(6, 4)), rng.integers(0, 4, 6)


# Loss and cost ----------------------------------------------------------------------------------


def counts(case: LossCase, shape: tuple[int, ...]) -> np.ndarray:
    """What each example counts for in the mean, where class numbers come with weights."""
    labels = case.inputs[1]
    if case.function.__name__ not in ("cross_entropy", "nll_loss") or labels.dtype.kind == "f":
        return np.ones(shape)
    kept = labels != case.settings.get("ignore_index", -100)
    weight = case.settings.get("weight", np.ones(3))
    return weight[np.where(kept, labels, 0)] * kept


@pytest.mark.parametrize("case", CASES)
def test_the_cost_is_the_mean_of_the_losses(case: LossCase) -> None:
    each, total, cost = (case.call(reduction=r) for r in ("none", "sum", "mean"))
    weights = counts(case, each.shape)
    assert each.sum() == pytest.approx(total, rel=1e-13)
    assert each.sum() / weights.sum() == pytest.approx(cost, rel=1e-13)
    assert case.call() == cost, "the mean unless told otherwise"
    # One loss for each example, and (or) each element of it.
    assert each.shape == case.inputs[0].shape[: each.ndim] or case.settings.get("axis") == 1


@pytest.mark.parametrize("case", CASES)
def test_classes_are_the_functions_with_settings(case: LossCase) -> None:
    loss = CLASSES[case.function](**case.settings)
    assert loss(*case.inputs) == case.call()
    inputs = [p.name for p in inspect.signature(case.function).parameters.values()]
    assert loss(**dict(zip(inputs, case.inputs))) == case.call()
    apart = copy.copy(loss)
    apart.reduction = "none"
    np.testing.assert_array_equal(apart(*case.inputs), case.call(reduction="none"))
    assert all(getattr(loss, key) is value for key, value in case.settings.items())


def test_a_class_has_the_names_of_its_function() -> None:
    assert len(CLASSES) == len(FUNCTIONS) == 19
    for function, kind in CLASSES.items():
        parameters = inspect.signature(function).parameters.values()
        settings = {p.name: p.default for p in parameters if p.default is not p.empty}
        given = inspect.signature(kind).parameters
        assert {p.name: p.default for p in given.values()} == settings
        assert vars(kind()) == settings and settings["reduction"] == "mean"
        assert f":func:`{function.__name__}`" in (kind.__doc__ or "")
        assert "Parameters\n---" in (kind.__doc__ or "")
    assert repr(nn.losses.HuberLoss(delta=2.0)) == "HuberLoss(delta=2.0, reduction='mean')"
    shown = repr(losses.NLLLoss(np.ones(3), ignore_index=0))
    assert shown.startswith("NLLLoss(weight=[1., 1., 1.], ignore_index=0, axis=-1")


@pytest.mark.parametrize("kind", CLASSES.values(), ids=lambda kind: kind.__name__)
def test_settings_are_checked_when_a_loss_is_made(kind: Any) -> None:
    with pytest.raises(ValueError, match=r"mean, sum, none.*not 'average'"):
        kind(reduction="average")
    with pytest.raises(TypeError, match=rf"'size_average'.*the settings are {kind.__name__}\("):
        kind(size_average=True)
    with pytest.raises(TypeError, match=rf"the loss is called as {kind.__name__}\(\.\.\.\)\("):
        kind(np.ones(3), np.ones(3), np.ones(3), np.ones(3))
    for setting, wrong in {
        "beta": -1.0, "delta": 0.0, "eps": math.nan, "label_smoothing": 1.5, "margin": math.inf,
        "p": 0.5, "weight": [1.0, -1.0], "pos_weight": [math.nan],
    }.items():  # fmt: skip
        if setting in inspect.signature(kind).parameters:
            with pytest.raises(ValueError, match=rf"{kind.__name__}: {setting} (is|holds)"):
                kind(**{setting: wrong})
            with pytest.raises(TypeError, match=rf"{kind.__name__}: {setting} (is a number|hold)"):
                kind(**{setting: "much"})


@pytest.mark.parametrize("case", CASES)
def test_single_precision_stays(case: LossCase) -> None:
    for reduction in REDUCTIONS:
        xs = [ag.Tensor(x, requires_grad=True) for x in case.given(np.float32)]
        # The truth in double precision, as NumPy makes it.
        out = case.call(*xs, dtype=np.float64 if len(xs) == 1 else np.float32, reduction=reduction)
        assert out.dtype == np.float32
        out.sum().backward()
        assert all(x.grad.dtype == np.float32 for x in xs)


def test_weights_and_variances_follow_the_outputs() -> None:
    x = np.ones((2, 3), np.float32)
    for out in (
        losses.gaussian_nll_loss(x, x, np.full((2, 3), 2.0)),
        losses.gaussian_nll_loss(x, x, 2.0),
        losses.binary_cross_entropy(x, x, np.full(3, 2.0)),
        losses.binary_cross_entropy_with_logits(x, x, 2.0, pos_weight=np.ones(3)),
        losses.cross_entropy(x, [0, 1], np.ones(3), label_smoothing=0.1),
    ):
        assert out.dtype == np.float32


@pytest.mark.parametrize("case", CASES)
def test_lists_and_tensors_will_do(case: LossCase) -> None:
    lists = [x.tolist() for x in case.inputs]
    assert case.function(*lists, **case.settings) == case.call()
    tensors = [ag.Tensor(x) for x in case.inputs]
    assert case.function(*tensors, **case.settings).item() == pytest.approx(case.call(), rel=1e-15)


# Definitions ------------------------------------------------------------------------------------


def test_cross_entropy_and_its_gradient() -> None:
    z, y = example()
    each = -log_softmax(z)[np.arange(6), y]
    np.testing.assert_allclose(losses.cross_entropy(z, y, reduction="none"), each)
    t = ag.Tensor(z, requires_grad=True)
    loss = losses.cross_entropy(t, y)
    loss.backward()
    np.testing.assert_allclose(loss.item(), each.mean())
    p = np.exp(log_softmax(z)) - np.eye(4)[y]
    np.testing.assert_allclose(t.grad, p / 6, atol=1e-15)
    np.testing.assert_allclose(losses.nll_loss(log_softmax(z), y), each.mean())
    one_hot = np.eye(4)[y]
    np.testing.assert_allclose(losses.cross_entropy(z, one_hot), each.mean())


def test_categorical_cross_entropy_of_two_classes_is_the_binary_one() -> None:
    z = np.random.default_rng(1).normal(size=9)
    y = np.arange(9) % 2
    two = np.stack([np.zeros(9), z], axis=1)
    for reduction in REDUCTIONS:
        categorical = losses.cross_entropy(two, y, reduction=reduction)
        for binary in (
            losses.binary_cross_entropy_with_logits(z, y, reduction=reduction),
            losses.binary_cross_entropy(sigmoid(z), y, reduction=reduction),
            losses.soft_margin_loss(z, 2 * y - 1, reduction=reduction),
        ):
            np.testing.assert_allclose(categorical, binary, rtol=1e-13)
    # Also with a weight for the yes, and with probabilities for labels.
    np.testing.assert_allclose(
        losses.cross_entropy(two, y, [1.0, 3.0], reduction="sum"),
        losses.binary_cross_entropy_with_logits(z, y, pos_weight=3.0, reduction="sum"),
    )
    q = np.linspace(0, 1, 9)
    np.testing.assert_allclose(
        losses.cross_entropy(two, np.stack([1 - q, q], axis=1)),
        losses.binary_cross_entropy_with_logits(z, q),
    )


def test_class_weights_are_repeated_examples() -> None:
    z, y = example()
    weight = np.array([1.0, 2.0, 0.0, 3.0])
    again = np.repeat(np.arange(6), weight[y].astype(int))
    for f, x in ((losses.cross_entropy, z), (losses.nll_loss, log_softmax(z))):
        np.testing.assert_allclose(f(x, y, weight), f(x[again], y[again]))
        np.testing.assert_allclose(f(x, y, weight=weight, reduction="none"),
                                   weight[y] * f(x, y, reduction="none"))  # fmt: skip


def test_label_smoothing_mixes_the_truth_with_chance() -> None:
    z, y = example()
    mixed = 0.8 * np.eye(4)[y] + 0.2 / 4
    each = -(mixed * log_softmax(z)).sum(axis=1)
    for truth in (y, np.eye(4)[y]):
        smoothed = losses.cross_entropy(z, truth, label_smoothing=0.2, reduction="none")
        np.testing.assert_allclose(smoothed, each)


@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.1}, {"weight": [1.0, 2.0, 3.0, 4]}])
def test_ignored_examples_are_as_good_as_absent(settings: dict[str, Any]) -> None:
    z, y = example()
    kept = np.array([True, False, True, True, False, True])
    labels = np.where(kept, y, -1)
    z[1] = np.nan
    z[4, 0] = np.inf
    t = ag.Tensor(z, requires_grad=True)
    cost = losses.cross_entropy(t, labels, ignore_index=-1, **settings)
    cost.backward()
    short = ag.Tensor(z[kept], requires_grad=True)
    due = losses.cross_entropy(short, y[kept], **settings)
    due.backward()
    assert cost.item() == pytest.approx(due.item(), rel=1e-14)
    np.testing.assert_allclose(t.grad[kept], short.grad, rtol=1e-14)
    assert not t.grad[~kept].any()
    if not settings.get("label_smoothing"):
        logs = ag.Tensor(np.where(kept[:, None], log_softmax(example()[0]), np.nan))
        assert losses.nll_loss(logs, labels, ignore_index=-1, **settings).item() == pytest.approx(
            due.item()
        )


def test_a_batch_of_ignored_examples_costs_nothing() -> None:
    z = ag.Tensor(example()[0], requires_grad=True)
    losses.cross_entropy(z, np.full(6, -100)).backward()
    assert not z.grad.any()
    assert losses.cross_entropy(z, np.full(6, 1), [1.0, 0.0, 1.0, 1.0]).item() == 0
    assert losses.nll_loss(np.full((2, 3), -1.0), [-100, -100]) == 0


def test_classes_on_the_second_axis_are_asked_for() -> None:
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(2, 3, 3)), rng.integers(0, 3, (2, 3))
    # Of this shape both layouts fit; nothing is guessed.
    last, second = losses.cross_entropy(z, y), losses.cross_entropy(z, y, axis=1)
    assert last == losses.cross_entropy(z.reshape(6, 3), y.ravel())
    assert second == losses.cross_entropy(z.swapaxes(1, 2), y) != last
    with pytest.raises(ValueError, match="pass axis=1"):
        losses.cross_entropy(np.zeros((2, 3, 5)), np.zeros((2, 5), dtype=int))


def test_quantities() -> None:
    a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 1.5]])
    assert losses.mse_loss(a, b, reduction="none").tolist() == [[4.0, 0.25]]
    assert losses.half_mse_loss(a, b, reduction="none").tolist() == [[2.0, 0.125]]
    assert losses.l1_loss(a, b, reduction="none").tolist() == [[2.0, 0.5]]
    assert losses.huber_loss(a, b, reduction="none").tolist() == [[1.5, 0.125]]
    assert losses.huber_loss(a, b, delta=0.25, reduction="sum") == 0.25 * (2.5 - 0.25)
    assert losses.smooth_l1_loss(a, b, beta=0.25, reduction="sum") == 2.5 - 0.25
    assert losses.smooth_l1_loss(a, b, beta=0) == losses.l1_loss(a, b)
    x = ag.Tensor(a, requires_grad=True)
    losses.mse_loss(x, b).backward()
    np.testing.assert_allclose(x.grad, a - b)


def test_huber_is_smooth_at_zero_and_finite_far_out() -> None:
    f = lambda x: losses.huber_loss(x, np.zeros(4), reduction="sum")
    x = np.array([0.0, 0.5, -3.0, 1e300])
    assert ag.grad(f)(x).tolist() == [0.0, 0.5, -1.0, 1.0]
    assert ag.hessian(f)(x).diagonal().tolist() == [1.0, 1.0, 0.0, 0.0]


def test_margins() -> None:
    x, y = np.array([2.0, 0.5, -1.0, 0.25]), np.array([1, 1, 1, -1])
    assert losses.hinge_loss(x, y, reduction="none").tolist() == [0, 0.5, 2, 1.25]
    assert losses.hinge_loss(x, y, p=2, reduction="none").tolist() == [0, 0.25, 4, 1.5625]
    np.testing.assert_allclose(losses.soft_margin_loss(x, y, reduction="none"),
                               np.log1p(np.exp(-x * y)))  # fmt: skip
    scores = np.array([[1.0, 3.0, 2.5], [0.0, 5.0, 1.0]])
    assert losses.multi_margin_loss(scores, [1, 0], reduction="none").tolist() == [0.5 / 3, 8 / 3]
    weighed = losses.multi_margin_loss(scores, [1, 0], p=2, weight=[2.0, 1.0, 1.0])
    assert weighed == pytest.approx((0.25 / 3 + 2 * 40 / 3) / 2)
    distance, alike = np.array([0.25, 3.0, 0.25, 3.0]), np.array([1, 1, -1, -1])
    embedded = losses.hinge_embedding_loss(distance, alike, reduction="none")
    assert embedded.tolist() == [0.25, 3, 0.75, 0]
    # Right by exactly the margin: the corner, where the derivative is 0.
    assert ag.grad(losses.hinge_loss)(np.array([1.0]), np.array([1])).tolist() == [0.0]


def test_distributions() -> None:
    from math import exp, lgamma, log, pi

    p, q = np.array([[0.5, 0.5, 0.0]]), np.array([[0.25, 0.5, 0.25]])
    assert losses.kl_div(np.log(q), p, reduction="sum") == pytest.approx(0.5 * log(2))
    assert losses.kl_div(np.log(q), p) == pytest.approx(0.5 * log(2) / 3)
    some = p[:, :2], np.log(q[:, :2])
    logs = losses.kl_div(some[1], np.log(some[0]), log_target=True, reduction="none")
    np.testing.assert_allclose(logs, losses.kl_div(some[1], some[0], reduction="none"))
    both = np.repeat(p, 2, axis=0), np.repeat(np.log(q), 2, axis=0)
    assert losses.kl_div(both[1], both[0], reduction="batchmean") == pytest.approx(0.5 * log(2))
    for mean, n in ((0.7, 20), (12.0, 9)):
        exact = mean - n * log(mean) + lgamma(n + 1)
        full = losses.poisson_nll_loss([log(mean)], [n], full=True)
        assert full == pytest.approx(exact, abs=1 / (12 * n))  # Stirling's error
        rate = losses.poisson_nll_loss([mean], [n], log_input=False)
        assert rate == pytest.approx(losses.poisson_nll_loss([log(mean)], [n]), rel=1e-7)
    never = losses.poisson_nll_loss([0.0], [2], log_input=False, eps=0.5)
    assert never == pytest.approx(-2 * log(0.5))
    density = exp(-0.5 * (1.5 / 2) ** 2) / math.sqrt(2 * pi * 4)
    assert losses.gaussian_nll_loss([1.0], [2.5], [4.0], full=True) == pytest.approx(-log(density))


def test_vectors() -> None:
    a = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 0.0]])
    b = np.array([[4.0, 3.0], [0.0, 2.0], [1.0, 1.0]])
    alike = losses.cosine_embedding_loss(a, b, np.ones(3), reduction="none")
    np.testing.assert_allclose(alike, [1 - 24 / 25, 1, 1])
    unlike = losses.cosine_embedding_loss(a, b, -np.ones(3), margin=0.5, reduction="none")
    np.testing.assert_allclose(unlike, [24 / 25 - 0.5, 0, 0])
    near, far = np.zeros((1, 2)), np.array([[3.0, 4.0]])
    assert losses.triplet_margin_loss(near, near, far) == 0
    assert losses.triplet_margin_loss(near, far, near) == pytest.approx(6, rel=1e-5)
    assert losses.triplet_margin_loss(near, far, near, p=1) == pytest.approx(8, rel=1e-5)
    assert losses.triplet_margin_loss(near, far, far, margin=0.5) == 0.5
    swapped = losses.triplet_margin_loss(near, far, far * 0.9, swap=True)
    assert swapped == pytest.approx(1 + 5 - 0.5, rel=1e-5)


# Extreme numbers --------------------------------------------------------------------------------

HUGE = {np.float32: 3e38, np.float64: 1e308}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_logits_stay_finite(dtype: Any) -> None:
    big = HUGE[dtype] / 4
    row = [[big, -big, 0.0]]
    for name, truth in {
        "cross_entropy": [0],
        "multi_margin_loss": [0],
        "binary_cross_entropy_with_logits": [[1.0, 0.0, 0.5]],
        "multilabel_soft_margin_loss": [[0.0, 1.0, 0.5]],
        "soft_margin_loss": [[-1.0, 1.0, 1.0]],
        "hinge_loss": [[-1, 1, 1]],
        "huber_loss": [[0.0, 0.0, 0.0]],
        "l1_loss": [[0.0, 0.0, 0.0]],
    }.items():
        for reduction in ("mean", "none"):
            z = ag.Tensor(np.array(row, dtype), requires_grad=True)
            out = FUNCTIONS[name](z, truth, reduction=reduction)
            out.sum().backward()
            assert np.isfinite(out.numpy()).all() and np.isfinite(z.grad).all(), name
    z = ag.Tensor(np.array(row, dtype), requires_grad=True)
    losses.cross_entropy(z, [1], [1.0, 2.0, 3.0], label_smoothing=0.1).backward()
    assert np.isfinite(z.grad).all()


def test_a_class_masked_out_costs_nothing() -> None:
    z = np.array([[0.5, -np.inf, 1.0]])
    for truth in ([0], [[0.25, 0.0, 0.75]]):
        t = ag.Tensor(z, requires_grad=True)
        cost = losses.cross_entropy(t, truth)
        cost.backward()
        without = losses.cross_entropy(z[:, [0, 2]], np.delete(np.eye(3)[[0]], 1, 1)
                                       if truth == [0] else np.array([[0.25, 0.75]]))  # fmt: skip
        assert cost.item() == pytest.approx(float(without))
        assert np.isfinite(t.grad).all() and t.grad[0, 1] == 0


def test_x_log_x_at_zero() -> None:
    divergence = lambda logs, p: losses.kl_div(logs, p, reduction="sum")
    p, logs = np.array([[1.0, 0.0]]), np.array([[-1.0, -np.inf]])
    assert divergence(logs, p) == 1
    by_logs, by_p = ag.grad(divergence, argnums=(0, 1))(logs, p)
    assert by_logs.tolist() == [[-1, 0]] and by_p.tolist() == [[2, 0]]
    z = ag.Tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    y = ag.Tensor([0.0, 1.0, 1.0, 0.0], requires_grad=True)
    each = losses.binary_cross_entropy(z, y, reduction="none")
    each.sum().backward()
    assert each.numpy().tolist() == [0, 0, 100, 100]
    # The slope of -log(1 - p) at 0 and of -log(p) at 1; 0 where the bound holds.
    assert z.grad.tolist() == [1, -1, 0, 0]
    assert y.grad.tolist() == [100, -100, 100, -100]
    n = ag.Tensor([0.0, 1.0, 2.0], requires_grad=True)
    losses.poisson_nll_loss(np.zeros(3), n, full=True).backward()
    assert np.isfinite(n.grad).all()


def test_vectors_of_zeros_and_equal_vectors_have_gradients() -> None:
    zero = ag.Tensor(np.zeros((2, 3)), requires_grad=True)
    losses.cosine_embedding_loss(zero, zero, [1, -1]).backward()
    assert np.isfinite(zero.grad).all()
    losses.triplet_margin_loss(zero, zero, zero).backward()
    assert np.isfinite(zero.grad).all()


def test_variances_too_small_can_grow() -> None:
    var = ag.Tensor([0.0, 1e-9, 2.0], requires_grad=True)
    x = np.array([0.1, 0.0, 1.0])
    cost = losses.gaussian_nll_loss(x, np.zeros(3), var, eps=1e-4, reduction="sum")
    cost.backward()
    v = np.array([1e-4, 1e-4, 2.0])
    assert cost.item() == pytest.approx((np.log(v) + x**2 / v).sum() / 2)
    np.testing.assert_allclose(var.grad, (1 / v - x**2 / v**2) / 2)


def test_nan_outputs_are_for_the_training_loop_to_report() -> None:
    z = np.array([[np.nan, 1.0]])
    assert math.isnan(losses.mse_loss(z, [[1.0, 1.0]]))
    assert math.isnan(losses.cross_entropy(z, [0]))


# Wrong truths -----------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"weight": np.ones(4)}, {"label_smoothing": 0.1}])
def test_labels_that_do_not_fit(settings: dict[str, Any]) -> None:
    z, y = example()
    f = lambda labels: losses.cross_entropy(z, labels, **settings)
    with pytest.raises(ValueError, match=r"labels run from \d to 4, .* 0 to 3"):
        f(np.append(y[:-1], 4))
    with pytest.raises(ValueError, match="labels run from -1"):
        f(np.append(y[:-1], -1))
    with pytest.raises(ValueError, match=r"one-hot, pass labels\.argmax"):
        f(np.eye(4, dtype=int)[y])
    with pytest.raises(ValueError, match=r"Drop the last axis: labels\[\.\.\., 0\]"):
        f(y[:, None])
    with pytest.raises(ValueError, match=r"need labels of shape \(6,\)"):
        f(y[:3])
    with pytest.raises(TypeError, match=r"astype\(int\)"):
        f(y.astype(float))
    with pytest.raises(TypeError, match="class numbers"):
        f(np.array(list("abcdab")))
    with pytest.raises(ValueError, match=r"outputs have shape \(6, 4\), targets \(6, 3\)"):
        f(np.ones((6, 3)))
    with pytest.raises(ValueError, match=r"probabilities from 0 to 1; they run from 0\.0 to 2\.0"):
        f(2 * np.eye(4)[y])
    with pytest.raises(ValueError, match="1 NaN, the first at \\[0, 0\\]"):
        f(np.where(np.arange(24).reshape(6, 4) == 0, np.nan, 0.25))
    with pytest.raises(ValueError, match="mean, sum, none"):
        losses.cross_entropy(z, y, reduction="avg", **settings)


def test_other_losses_of_classes_look_at_labels_as_well() -> None:
    z, y = example()
    for f in (losses.nll_loss, losses.multi_margin_loss):
        with pytest.raises(ValueError, match=r"one-hot, pass labels\.argmax"):
            f(z, np.eye(4, dtype=int)[y])
        with pytest.raises(ValueError, match="labels run from 9"):
            f(z, np.full(6, 9))
        with pytest.raises(TypeError, match=r"astype\(int\)"):
            f(z, y.astype(float))
        with pytest.raises(ValueError, match="single number"):
            f(np.array(1.0), np.array(0))


def test_class_weights_that_do_not_fit() -> None:
    z, y = example()
    for f in (losses.cross_entropy, losses.nll_loss, losses.multi_margin_loss):
        with pytest.raises(ValueError, match=r"shape \(3,\); .* each of the 4 classes"):
            f(z, y, weight=np.ones(3))
        with pytest.raises(TypeError, match=r"constant; pass weight\.detach"):
            f(z, y, weight=ag.Tensor(np.ones(4), requires_grad=True))
    with pytest.raises(ValueError, match="ignore_index is for class numbers"):
        losses.cross_entropy(z, np.eye(4)[y], ignore_index=0)


def test_targets_that_would_broadcast_are_refused() -> None:
    column, row = np.full((5, 1), 0.5), np.ones(5)
    elementwise = [f for f in FUNCTIONS.values() if f.__name__ not in (
        "cross_entropy", "nll_loss", "multi_margin_loss", "cosine_embedding_loss",
        "triplet_margin_loss", "gaussian_nll_loss")]  # fmt: skip
    assert len(elementwise) == 13
    for loss in elementwise:
        with pytest.raises(ValueError, match=r"targets\[\.\.\., None\]"):
            loss(column, row)
        with pytest.raises(ValueError, match=r"targets\[\.\.\., 0\]"):
            loss(row, column)
    with pytest.raises(ValueError, match=r"targets\[\.\.\., None\]"):
        losses.gaussian_nll_loss(column, row, 1.0)
    with pytest.raises(ValueError, match=r"var has shape \(3,\)"):
        losses.gaussian_nll_loss(column, column, np.ones(3))
    with pytest.raises(ValueError, match=r"weight of shape \(5,\).*pass weight\[\.\.\., None\]"):
        losses.binary_cross_entropy_with_logits(column, column, weight=row)
    with pytest.raises(ValueError, match=r"pos_weight of shape \(5,\)"):
        losses.binary_cross_entropy_with_logits(column, column, pos_weight=row)
    with pytest.raises(ValueError, match=r"shape \(2,\), targets \(2, 1\)"):
        losses.cosine_embedding_loss(np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 1)))
    with pytest.raises(ValueError, match="vectors"):
        losses.cosine_embedding_loss(1.0, 1.0, 1.0)


def test_probabilities_are_from_0_to_1() -> None:
    p = np.array([0.0, 0.5])
    for f in (losses.binary_cross_entropy, losses.binary_cross_entropy_with_logits):
        with pytest.raises(ValueError, match=r"targets from 0 to 1; they run from 0\.0 to 2\.0"):
            f(p, np.array([0.0, 2.0]))
        with pytest.raises(ValueError, match=r"pass \(y \+ 1\) / 2"):
            f(p, [-1, 1])
    with pytest.raises(ValueError, match=r"these are logits: .* binary_cross_entropy_with_logits"):
        losses.binary_cross_entropy(np.array([-1.0, 0.5]), p)
    with pytest.raises(ValueError, match="run from nan to nan"):
        losses.binary_cross_entropy(np.array([np.nan, 0.5]), p)


def test_logarithms_are_taken_first() -> None:
    p = np.array([[0.25, 0.75], [0.5, 0.5]])
    with pytest.raises(ValueError, match=r"pass ag\.log_softmax\(logits\)"):
        losses.nll_loss(p, [0, 1])
    with pytest.raises(ValueError, match=r"pass ag\.log_softmax\(logits\)"):
        losses.kl_div(p, p)
    with pytest.raises(ValueError, match="pass log_target=True"):
        losses.kl_div(np.log(p), np.log(p))


def test_labels_of_margins_are_signs() -> None:
    x, y = np.array([0.5, 2.0]), np.array([0, 1])
    for f in (losses.hinge_loss, losses.soft_margin_loss, losses.hinge_embedding_loss):
        for labels in (y, y.astype(bool), y.astype(float)):
            with pytest.raises(ValueError, match=r"pass 2 \* y - 1"):
                f(x, labels)
        with pytest.raises(ValueError, match=r"run from -1.* to 3"):
            f(x, [-1, 3])
    with pytest.raises(ValueError, match=r"pass 2 \* y - 1"):
        losses.cosine_embedding_loss(np.eye(2), np.eye(2), y)
    for loss in (losses.hinge_loss, losses.multi_margin_loss):
        with pytest.raises(ValueError, match="p is 1 or 2, got 3"):
            loss(np.eye(2), [[1, 1], [1, 1]] if loss is losses.hinge_loss else [0, 1], p=3)


def test_counts_and_variances_are_not_negative() -> None:
    x = np.array([-1.0, 2.0])
    with pytest.raises(ValueError, match=r"targets are counts, and the least is -1\.0"):
        losses.poisson_nll_loss(x, x)
    with pytest.raises(ValueError, match=r"expected counts.* give them an exp"):
        losses.poisson_nll_loss(x, [1, 2], log_input=False)
    with pytest.raises(ValueError, match=r"variances, and the least is -1\.0"):
        losses.gaussian_nll_loss(x, x, x)


# The losses whose truth is a quantity or a probability.
PLAIN = [
    pytest.param(case, id=case.name)
    for case in LOSSES
    if not case.settings
    and case.inputs[1].dtype.kind == "f"
    and case.function is not losses.cosine_embedding_loss
]


@pytest.mark.parametrize("case", PLAIN)
def test_nan_in_the_truth_is_found(case: LossCase) -> None:
    x, y, *rest = case.inputs
    holed = np.where(np.arange(y.size).reshape(y.shape) == 1, np.nan, y)
    with pytest.raises(ValueError, match=r"1 NaN, the first at \[(0, )?1\]"):
        case.function(x, holed, *rest)
    with pytest.raises((TypeError, ValueError), match=r"not numbers|class number"):
        case.function(x, np.full(y.shape, "yes"), *rest)


# By name ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spellings", "function"),
    [
        ("mse squared_error Mean-Squared-Error MSELoss mse_loss l2 quadratic", losses.mse_loss),
        ("mae l1 absolute_error mean_absolute_error L1Loss", losses.l1_loss),
        ("log_loss ce crossentropy cross-entropy CrossEntropyLoss", losses.cross_entropy),
        ("bce BCELoss binary_crossentropy binary_cross_entropy", losses.binary_cross_entropy),
        ("bce_with_logits BCEWithLogitsLoss", losses.binary_cross_entropy_with_logits),
        ("huber HuberLoss", losses.huber_loss),
        ("hinge svm", losses.hinge_loss),
        ("poisson poisson_nll", losses.poisson_nll_loss),
        ("kl kl_div kullback_leibler_divergence", losses.kl_div),
        ("nll NLLLoss", losses.nll_loss),
    ],
)
def test_losses_by_the_names_people_type(spellings: str, function: Any) -> None:
    for spelling in spellings.split():
        assert losses.get(spelling) is function


def test_every_name_is_its_function() -> None:
    for name in losses.names():
        assert losses.get(name).__name__.removesuffix("_loss") == name
        assert losses.get(CLASSES[losses.get(name)].__name__) is losses.get(name)
    assert len(losses.names()) == 16


def test_unknown_names() -> None:
    with pytest.raises(ValueError, match=r"'hubber'; did you mean 'huber'\? There are .*, mse"):
        losses.get("hubber")
    with pytest.raises(ValueError, match=r"'zzzz'; there are binary_cross_entropy, .*soft_margin"):
        losses.get("zzzz")
    with pytest.raises(
        ValueError, match=r"gaussian_nll_loss\(input, target, var\), and takes more"
    ):
        losses.get("gaussian")
    with pytest.raises(TypeError, match="a loss is a name or a function"):
        losses.get(3)  # type: ignore[arg-type]
    assert losses.get(abs) is abs
    assert isinstance(losses.get(losses.MSELoss), losses.MSELoss)
