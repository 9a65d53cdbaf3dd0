"""Calls like the last one take a short way, which sees all that the long one sees."""

from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.errors import CaptureError


def _captured() -> Any:
    @ag.capture
    def f(x: Any, *more: Any, scale: float = 1.0) -> Any:
        y = x * 2 * scale
        for z in more:
            y = y + z
        return y

    for _ in range(4):
        f(np.ones(3))
    return f


@pytest.mark.parametrize(
    "args",
    [
        (np.arange(3.0, dtype=np.float32),),
        (np.arange(4.0),),
        (np.arange(3.0).reshape(1, 3),),
        (ag.Tensor(np.arange(3.0)),),
        (ag.Tensor(np.arange(6.0))[::2],),
        (np.arange(6.0)[::-2],),
        (np.arange(3.0), np.ones(3)),
        (np.arange(3.0), 5),
        (np.arange(3.0).astype(">f8"),),
    ],
)
def test_other_arguments_are_told_apart(args: tuple) -> None:
    f = _captured()
    for _ in range(4):
        got = f(*args)
        want = sum((np.asarray(a) for a in args[1:]), np.asarray(args[0]) * 2)
        np.testing.assert_array_equal(got.numpy(), want)
        assert got.numpy().dtype.kind == "f" and got.numpy().itemsize == want.itemsize
        assert f(np.ones(3), scale=3.0).numpy().tolist() == [6, 6, 6]
        assert f(np.ones(3)).numpy().tolist() == [2, 2, 2]


def test_a_view_that_was_written_through_its_base_is_read_anew() -> None:
    f = _captured()
    base = ag.Tensor(np.zeros(6))
    view = base[:3]
    for k in range(4):
        base[:3] = k
        assert f(view).numpy().tolist() == [2 * k] * 3


def test_a_gradient_that_is_needed_is_still_refused() -> None:
    f = _captured()
    with pytest.raises(CaptureError, match="requires a gradient"):
        f(ag.Tensor(np.ones(3), True))


def test_no_grad_and_other_modules_settings_are_seen() -> None:
    drop = nn.Dropout(0.5, rng=0)
    f = ag.capture(lambda x: drop(x) * (2 if ag.is_grad_enabled() else 1))
    x = np.ones(100)
    for _ in range(4):
        assert set(f(x).numpy()) == {0, 4}
    drop.eval()
    for _ in range(4):
        assert set(f(x).numpy()) == {2}
        with ag.no_grad():
            assert set(f(x).numpy()) == {1}
    drop.train()
    assert set(f(x).numpy()) == {0, 4}


def test_plans_in_use_are_not_dropped_for_others() -> None:
    f = _captured()
    plan = f.plan(np.ones(3))
    for k in range(4, 40):
        f(np.ones(3))
        f(np.ones(k)), f(np.ones(k))
    assert f.plan(np.ones(3)) is plan


def test_views_of_what_is_written_elsewhere_are_read_anew() -> None:
    base = ag.Tensor(np.arange(6.0))
    view = base[2:4]
    f = ag.capture(lambda x: (view * x).sum())
    for k in range(8):
        assert f(np.ones(2)).item() == base.numpy()[2:4].sum()
        base[2:4] = k
        if k == 5:
            base.data[...] = 7
        if k == 6:
            base.data = np.ones(6)


def test_a_graph_keeps_the_numbers_it_was_made_with() -> None:
    w = ag.Tensor([1.0, 2.0], True)
    optimizer = nn.optim.SGD([w], lr=0.1)

    @ag.capture
    def step(x: Any) -> None:
        optimizer.zero_grad()
        (w * w * x).sum().backward()
        optimizer.step()

    for _ in range(5):
        step(np.ones(2))
    before = w.numpy()
    y = (w**3).sum()
    for _ in range(3):
        step(np.ones(2))
    optimizer.zero_grad()
    y.backward()
    np.testing.assert_array_equal(w.grad, 3 * before**2)


def test_replays_write_parameters_in_place() -> None:
    w = ag.Tensor(np.ones(3), True)
    optimizer = nn.optim.SGD([w], lr=0.1)

    @ag.capture
    def step(x: Any) -> None:
        optimizer.zero_grad()
        (w * x).sum().backward()
        optimizer.step()

    for _ in range(4):
        step(np.ones(3))
    memory = w.data
    for k in range(3):
        step(np.ones(3))
        assert w.data is memory
        assert w.numpy()[0] == pytest.approx(1 - 0.1 * (5 + k))


def test_a_hook_registered_after_the_recording_is_called() -> None:
    p = ag.Tensor(np.ones(3), requires_grad=True)
    optimizer = nn.optim.SGD([p], lr=0.5)

    @ag.capture
    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (p * x).sum()
        loss.backward()
        optimizer.step()
        return loss

    x = np.arange(3.0)
    for _ in range(4):
        step(x)
    before, seen = p.numpy().copy(), []
    hook = p.register_hook(lambda g: seen.append(g) or g * 0)
    for _ in range(4):
        step(x)
    assert len(seen) == 4
    np.testing.assert_array_equal(p.numpy(), before)
    hook.remove()
    step(x)
    np.testing.assert_array_equal(p.numpy(), before - 0.5 * x)


def test_anomalies_are_looked_for_in_a_function_that_has_a_plan() -> None:
    step = ag.capture(lambda x: ag.log(x).sum())
    for _ in range(3):
        step(np.ones(2))
    with ag.detect_anomaly(), pytest.raises(ag.errors.AnomalyError, match="log"):
        step(np.zeros(2))
    assert step(np.ones(2)).item() == 0.0


def test_gradients_returned_from_inside_are_those_of_the_call() -> None:
    slope = ag.capture(lambda x: ag.value_and_grad(lambda x: (x * x).sum())(x))
    x = np.arange(3.0)
    slope(x), slope(x)
    value, gradient = slope(x + 1)
    assert float(value) == 14.0
    np.testing.assert_array_equal(gradient, [2.0, 4.0, 6.0])
