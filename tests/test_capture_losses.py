"""Every loss of ``nn`` inside a captured step: the same bits and the same words as outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor

L = nn.losses
REDUCTIONS = ("mean", "sum", "none")


def quantities(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(6, 4))


def classes(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 4, 6)


def some_ignored(rng: np.random.Generator, index: int = -100) -> np.ndarray:
    # Some calls ignore nothing, some a part, and one all of it.
    return np.where(rng.random(6) < rng.choice([0.0, 0.4, 1.0]), index, rng.integers(0, 4, 6))


def shares(rng: np.random.Generator) -> np.ndarray:
    p = rng.random((6, 4)) * (rng.random((6, 4)) < 0.8) + 0.01 * np.eye(6, 4)
    return p / p.sum(axis=-1, keepdims=True).clip(1e-3)


def yes(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 2, (6, 4)).astype(float)


def signs(rng: np.random.Generator) -> np.ndarray:
    return rng.choice([-1, 1], (6, 4))


def counted(rng: np.random.Generator) -> np.ndarray:
    return rng.poisson(2.0, (6, 4)).astype(float)


W = np.array([0.5, 1.0, 2.0, 0.25])
Target = Callable[[np.random.Generator], Any]


def case(name: str, f: Any, target: Target, enter: Any = lambda z: z, **settings: Any) -> Any:
    """A loss with settings, the truth it takes, and what makes its input of plain scores."""
    shown = "-".join([name, target.__name__, *settings])
    return pytest.param(f, target, settings, enter, id=shown)


CASES = [
    case("cross_entropy", L.cross_entropy, classes),
    case("cross_entropy", L.cross_entropy, shares),
    case("cross_entropy", L.cross_entropy, some_ignored),
    case("cross_entropy", L.cross_entropy, classes, weight=W),
    case("cross_entropy", L.cross_entropy, classes, weight=Tensor(W)),
    case("cross_entropy", L.cross_entropy, some_ignored, weight=W),
    case("cross_entropy", L.cross_entropy, classes, label_smoothing=0.1),
    case("cross_entropy", L.cross_entropy, some_ignored, label_smoothing=0.1, weight=W),
    case("cross_entropy", L.cross_entropy, shares, label_smoothing=0.1, weight=W),
    case("cross_entropy", L.cross_entropy, lambda rng: some_ignored(rng, 9), ignore_index=9),
    case("cross_entropy", L.cross_entropy, classes, lambda z: z.T, axis=0, weight=W),
    case("nll", L.nll_loss, classes, ag.log_softmax),
    case("nll", L.nll_loss, some_ignored, ag.log_softmax, weight=W),
    case("bce", L.binary_cross_entropy, yes, ag.sigmoid),
    case("bce", L.binary_cross_entropy, yes, ag.sigmoid, weight=W),
    case("bce_logits", L.binary_cross_entropy_with_logits, yes),
    case("bce_logits", L.binary_cross_entropy_with_logits, yes, weight=W),
    case("bce_logits", L.binary_cross_entropy_with_logits, yes, pos_weight=W),
    case("multilabel", L.multilabel_soft_margin_loss, yes),
    case("multilabel", L.multilabel_soft_margin_loss, yes, weight=W),
    case("kl", L.kl_div, shares, ag.log_softmax),
    case("kl", L.kl_div, lambda rng: np.log(shares(rng) + 0.1), ag.log_softmax, log_target=True),
    case("poisson", L.poisson_nll_loss, counted),
    case("poisson", L.poisson_nll_loss, counted, full=True),
    case("poisson", L.poisson_nll_loss, counted, ag.exp, log_input=False),
    case("gaussian", L.gaussian_nll_loss, quantities, var=np.full((6, 4), 0.5)),
    case("gaussian", L.gaussian_nll_loss, quantities, var=np.full(6, 0.5), full=True),
    case("hinge", L.hinge_loss, signs),
    case("hinge", L.hinge_loss, signs, p=2, margin=0.5),
    case("soft_margin", L.soft_margin_loss, signs),
    case("hinge_embedding", L.hinge_embedding_loss, signs, abs, margin=0.7),
    case("multi_margin", L.multi_margin_loss, classes),
    case("multi_margin", L.multi_margin_loss, classes, p=2, margin=0.5, weight=W),
    case("mse", L.mse_loss, quantities),
    case("half_mse", L.half_mse_loss, quantities),
    case("l1", L.l1_loss, quantities),
    case("huber", L.huber_loss, quantities, delta=0.5),
    case("smooth_l1", L.smooth_l1_loss, quantities),
    case("smooth_l1", L.smooth_l1_loss, quantities, beta=0),
]


def trained(
    loss: Any, target: Target, settings: Any, enter: Any, reduction: str, dtype: Any, captured: bool
) -> list[np.ndarray]:
    """Losses, and the parameter after it, of eight training steps."""
    w = Tensor(np.random.default_rng(1).normal(size=(4, 4)).astype(dtype), requires_grad=True)
    optimizer = nn.optim.SGD([w], lr=0.1)

    def step(x: Any, truth: Any) -> Any:
        optimizer.zero_grad()
        losses = loss(enter(x @ w), truth, reduction=reduction, **settings)
        losses.sum().backward()
        optimizer.step()
        return losses

    call = ag.capture(step) if captured else step
    seen = []
    for k in range(8):
        rng = np.random.default_rng(k)
        x = rng.normal(size=(6, 4)).astype(dtype)
        seen += [call(Tensor(x), target(rng)).numpy().copy(), w.numpy().copy()]
    return seen


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("loss", "target", "settings", "enter"), CASES)
def test_a_captured_step_is_the_same_to_the_bit(
    loss: Any, target: Target, settings: Any, enter: Any, reduction: str, dtype: Any
) -> None:
    case = (loss, target, settings, enter, reduction, dtype)
    eager, captured = trained(*case, False), trained(*case, True)
    for a, b in zip(eager, captured, strict=True):
        assert a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)
    assert not np.array_equal(eager[1], eager[-1])  # something was learnt


# Checks -----------------------------------------------------------------------------------------

GOOD = np.array([0, 1, 2, 3, 0, 1])
BAD_LABELS = [GOOD + 4, GOOD - 1, np.full(6, 7), GOOD.astype(np.int32) + 1]


def words(call: Callable[..., Any], *args: Any) -> tuple[type, str]:
    with pytest.raises((TypeError, ValueError)) as caught:
        call(*args)
    return caught.type, str(caught.value)


@pytest.mark.parametrize("weight", [None, W])
@pytest.mark.parametrize("bad", BAD_LABELS, ids=["beyond", "below", "far", "int32"])
def test_wrong_labels_are_told_of_in_each_replay(bad: np.ndarray, weight: Any) -> None:
    def loss(z: Any, labels: Any) -> Any:
        return L.cross_entropy(z, labels, weight)

    captured = ag.capture(loss)
    z = np.random.default_rng(0).normal(size=(6, 4))
    for _ in range(4):
        captured(z, GOOD.astype(bad.dtype))
    assert words(captured, z, bad) == words(loss, Tensor(z), bad)
    # It goes on as before.
    assert captured(z, GOOD.astype(bad.dtype)).item() == loss(Tensor(z), GOOD).item()


@pytest.mark.parametrize(
    ("loss", "good", "bad"),
    [
        (L.mse_loss, 1.0, np.nan),
        (L.kl_div, 0.25, -0.5),
        (L.poisson_nll_loss, 2.0, -1.0),
        (L.hinge_loss, 1.0, 0.0),
        (L.binary_cross_entropy_with_logits, 0.5, 1.5),
        (L.cross_entropy, 0.25, -0.25),
        (lambda z, v: L.gaussian_nll_loss(z, z, v), 1.0, -1.0),
    ],
    ids=["nan", "kl", "poisson", "signs", "bce", "shares", "variances"],
)
def test_wrong_targets_are_told_of_in_each_replay(loss: Any, good: float, bad: float) -> None:
    captured = ag.capture(loss)
    z = np.random.default_rng(0).normal(size=(6, 4)) - 3.0
    right = np.full((6, 4), good)
    for _ in range(4):
        captured(z, right)
    wrong = right.copy()
    wrong[2, 1] = bad
    assert words(captured, z, wrong) == words(loss, Tensor(z), wrong)
    np.testing.assert_array_equal(captured(z, right).numpy(), loss(Tensor(z), right).numpy())


def test_weights_that_are_written_are_read_and_checked_anew() -> None:
    weight = np.ones(4)
    captured = ag.capture(lambda z: L.cross_entropy(z, GOOD, weight))
    z = np.random.default_rng(0).normal(size=(6, 4))
    for k in range(6):
        weight[1] = k
        assert captured(z).item() == L.cross_entropy(Tensor(z), GOOD, weight).item()
    weight[1] = -1.0
    with pytest.raises(ValueError, match="finite numbers from 0 on"):
        captured(z)


@pytest.mark.parametrize("index", [-100, 255, 2])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("first", ["none", "some"])
def test_labels_to_be_ignored_may_come_late_and_go(first: str, reduction: str, index: int) -> None:
    z = np.random.default_rng(0).normal(size=(6, 4))
    some, all_of_them = np.where(GOOD == 1, index, GOOD), np.full(6, index)
    early, late = (GOOD, some) if first == "none" else (some, GOOD)

    shift = Tensor(np.zeros(4), requires_grad=True)

    def f(z: Any, labels: Any) -> Any:
        shift.zero_grad()
        losses = L.cross_entropy(z + shift, labels, ignore_index=index, reduction=reduction)
        losses.sum().backward()
        return losses

    captured = ag.capture(f)
    for labels in (early, early, early, late, early, all_of_them, late, late, early):
        x = np.where(labels[:, None] == index, np.nan, z)
        results = []
        for g in (f, captured):
            results.append((g(x, labels).numpy().tobytes(), shift.grad.tobytes()))
        assert results[0] == results[1]
        assert np.isfinite(shift.grad).all()
        assert shift.grad.any() == (labels != index).any()


@pytest.mark.parametrize("bad", [[0, 1, 4, 0, 1, 2], [0, 1, -1, 0, 1, -100]])
def test_a_wrong_label_in_a_late_replay_raises_before_a_weight_moves(bad: list[int]) -> None:
    layer = nn.Linear(3, 4, rng=0)
    optimizer = nn.optim.SGD(layer.parameters(), lr=0.1)

    def step(x: Any, labels: Any) -> Any:
        optimizer.zero_grad()
        loss = L.cross_entropy(layer(x), labels)
        loss.backward(retain_graph=False)
        optimizer.step()
        return loss

    x = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    captured = ag.capture(step)
    for _ in range(4):
        captured(x, GOOD)
    before = layer.weight.numpy()
    with pytest.raises(ValueError, match="labels run from") as eager:
        L.cross_entropy(layer(x), np.array(bad))
    with pytest.raises(ValueError, match="labels run from") as replayed:
        captured(x, np.array(bad))
    assert str(replayed.value).splitlines()[0] == str(eager.value)
    assert (layer.weight.numpy() == before).all()
    assert np.isfinite(captured(x, GOOD).item())
    assert (layer.weight.numpy() != before).any()


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_gradient_of_a_gradient_follows_labels_that_are_ignored_late(mode: str) -> None:
    z = np.random.default_rng(0).normal(size=(6, 4))

    def curvature(z: Any, v: Any, labels: Any) -> Any:
        def loss(z: Any) -> Any:
            return L.cross_entropy(z, labels)

        if mode == "forward":
            return ag.hvp(loss)(z, v)
        return ag.grad(lambda z: (ag.grad(loss)(z) * v).sum())(z)

    captured = ag.capture(curvature)
    for labels in (GOOD, GOOD, GOOD, np.where(GOOD == 1, -100, GOOD), GOOD):
        kept = labels >= 0
        expected = np.zeros_like(z)
        expected[kept] = np.asarray(curvature(z[kept], z[kept], labels[kept]))
        found = np.asarray(captured(np.where(kept[:, None], z, np.nan), z, labels))
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-15)
