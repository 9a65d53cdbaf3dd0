"""Optimizers against their formulas, written down once more."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from nn import optim

Update = Callable[[np.ndarray, np.ndarray, int, dict[str, Any]], np.ndarray]


def sgd(lr: float, momentum: float = 0, decay: float = 0, nesterov: bool = False, damp: float = 0):  # type: ignore[no-untyped-def]
    def update(p: np.ndarray, g: np.ndarray, t: int, kept: dict[str, Any]) -> np.ndarray:
        g = g + decay * p
        if momentum:
            v = g if t == 1 else momentum * kept["v"] + (1 - damp) * g
            kept["v"] = v
            g = g + momentum * v if nesterov else v
        return p - lr * g

    return update


def adam(lr: float, decay: float = 0, decoupled: bool = False, b1: float = 0.9, b2: float = 0.999):  # type: ignore[no-untyped-def]
    def update(p: np.ndarray, g: np.ndarray, t: int, kept: dict[str, Any]) -> np.ndarray:
        if decoupled:
            p = p * (1 - lr * decay)
        else:
            g = g + decay * p
        m = kept["m"] = b1 * kept.get("m", 0) + (1 - b1) * g
        v = kept["v"] = b2 * kept.get("v", 0) + (1 - b2) * g * g
        return p - lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + 1e-8)

    return update


CASES = [
    (lambda ps: optim.SGD(ps, lr=0.1), sgd(0.1)),
    (lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9), sgd(0.1, 0.9)),
    (lambda ps: optim.SGD(ps, lr=0.05, momentum=0.8, nesterov=True), sgd(0.05, 0.8, 0, True)),
    (lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9, dampening=0.3), sgd(0.1, 0.9, damp=0.3)),
    (lambda ps: optim.SGD(ps, lr=0.1, weight_decay=0.01, momentum=0.5), sgd(0.1, 0.5, 0.01)),
    (lambda ps: optim.Adam(ps, lr=0.02), adam(0.02)),
    (lambda ps: optim.Adam(ps, lr=0.02, weight_decay=0.1), adam(0.02, 0.1)),
    (lambda ps: optim.AdamW(ps, lr=0.02), adam(0.02, 0.01, True)),
    (lambda ps: optim.Adam(ps, betas=(0.5, 0.9)), adam(1e-3, b1=0.5, b2=0.9)),
]


@pytest.mark.parametrize(("make", "update"), CASES)
def test_twenty_steps_follow_the_formula(make: Any, update: Update) -> None:
    rng = np.random.default_rng(0)
    start, target = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    p = ag.Tensor(start, requires_grad=True)
    optimizer = make([p])
    expected, kept = start, {}
    for t in range(1, 21):
        optimizer.zero_grad()
        ((p - target) ** 2 + np.cos(p)).sum().backward(retain_graph=t % 2 == 0)
        g = 2 * (expected - target) - np.sin(expected)
        expected = update(expected, g, t, kept)
        optimizer.step()
        np.testing.assert_allclose(p.numpy(), expected, rtol=1e-10, atol=1e-12)


def test_parameters_keep_dtype_identity_and_leafhood() -> None:
    p = ag.Tensor(np.ones(3, dtype=np.float32), requires_grad=True)
    for optimizer in (optim.SGD([p], lr=0.1), optim.Adam([p]), optim.AdamW([p])):
        optimizer.zero_grad()
        (p * p).sum().backward()
        optimizer.step()
        assert p.dtype == np.float32 and p.is_leaf and p.requires_grad
        assert p.grad is not None and p.grad.dtype == np.float32


def test_a_step_leaves_the_gradient_and_the_recorded_graph_alone() -> None:
    p = ag.Tensor([1.0, 2.0], requires_grad=True)
    loss = (p * p).sum()
    loss.backward()
    grad = p.grad.copy()
    optim.SGD([p], lr=0.5).step()
    np.testing.assert_array_equal(p.grad, grad)
    p.zero_grad()
    loss.backward()  # the graph saw the old numbers
    np.testing.assert_array_equal(p.grad, grad)


def test_parameters_without_gradient_stay() -> None:
    p, q = (ag.Tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = optim.Adam([p, q], lr=0.1)
    p.sum().backward()
    optimizer.step()
    assert p.item() != 1 and q.item() == 1


def test_groups_have_settings_of_their_own() -> None:
    p, q = (ag.Tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [p]}, {"params": [q], "lr": 1.0}], lr=0.25)
    (p + q).sum().backward()
    optimizer.step()
    assert (p.item(), q.item()) == (0.75, 0.0)
    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.step()
    assert p.item() == 0.25


def test_wrong_settings_answer_at_once() -> None:
    p = ag.Tensor([1.0], requires_grad=True)
    for lr in (0, -0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="learning rate is a positive number"):
            optim.SGD([p], lr=lr)
    with pytest.raises(ValueError, match="no parameters"):
        optim.Adam([])
    with pytest.raises(ValueError, match="twice"):
        optim.Adam([p, p])
    with pytest.raises(TypeError, match="leaf tensors"):
        optim.Adam([ag.Tensor([1.0])])
    with pytest.raises(ValueError, match="betas"):
        optim.Adam([p], betas=(1.0, 0.9))
    with pytest.raises(ValueError, match="nesterov"):
        optim.SGD([p], nesterov=True)
    with pytest.raises(TypeError, match="no setting 'lrr'"):
        optim.SGD([{"params": [p], "lrr": 1}])


def test_training_frees_its_graphs() -> None:
    import gc
    import tracemalloc

    model = nn.MLP(8, [16], 2, rng=0)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    x, y = np.ones((32, 8), dtype=np.float32), np.zeros(32, dtype=int)

    def step() -> None:
        optimizer.zero_grad()
        nn.losses.cross_entropy(model(x), y).backward()
        optimizer.step()

    gc.disable()
    try:
        for _ in range(20):
            step()
        tracemalloc.start()
        for _ in range(10):
            step()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(200):
            step()
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()
        gc.enable()
