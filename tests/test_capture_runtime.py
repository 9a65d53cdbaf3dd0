"""How a plan is replayed: what it hands out, whose memory it holds, and in which error state."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor
from autograd.capturing.lowering import Repair, lower
from autograd.capturing.plan.hollow import forget
from autograd.capturing.program import Array, Program, Step
from autograd.extend import effect, primitive, reads_only

BIG = 5000  # numbers: more than is handed out as a copy


def training(width: int = 64) -> tuple[Any, Any, Callable[[Any, Any], Any]]:
    model = nn.Sequential(nn.Linear(width, width, rng=0), nn.Tanh(), nn.Linear(width, 3, rng=1))
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.losses.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return model, optimizer, step


def batch(k: int, width: int = 64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(k)
    return (
        rng.normal(size=(16, width)).astype(np.float32),
        rng.normal(size=(16, 3)).astype(np.float32),
    )


class both:
    """A step with one parameter, eager and captured: they agree to the bit in each call."""

    def __init__(self, f: Callable[[Any, Any], Any]) -> None:
        self._f = f
        self._leaves: list[Any] = [None, None]
        self.captured = ag.capture(lambda x: self._step(1, x))

    def _step(self, k: int, x: Any) -> Any:
        self._leaves[k].zero_grad()
        loss = self._f(self._leaves[k], x)
        loss.backward()
        return loss

    def __call__(self, x: np.ndarray) -> np.ndarray:
        if self._leaves[0] is None:
            self._leaves = [Tensor(np.ones(len(x)), requires_grad=True) for _ in range(2)]
        a, b = self._step(0, Tensor(x)), self.captured(x)
        grads = [leaf.grad for leaf in self._leaves]
        assert a.numpy().tobytes() == b.numpy().tobytes()
        assert grads[0].tobytes() == grads[1].tobytes()
        return grads[1]


# What is handed out ------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, BIG])
def test_results_stay_what_they_are_however_many_are_kept(n: int) -> None:
    call = ag.capture(lambda x: x * 2.0 + 1.0)
    given = [np.arange(n) + 0.5 * k for k in range(8)]
    kept = [call(x) for x in given]
    views = [call(x).data[1:] for x in given]  # whose whole array nobody names
    for x, y, z in zip(given, kept, views, strict=True):
        assert np.array_equal(y.numpy(), x * 2.0 + 1.0)
        assert np.array_equal(z, (x * 2.0 + 1.0)[1:])


@pytest.mark.parametrize("n", [3, BIG])
def test_one_array_returned_twice_is_two(n: int) -> None:
    def twice(x: Any) -> Any:
        y = x * 2.0
        return y, y, y.reshape(-1, 1)

    call = ag.capture(twice)
    for _ in range(5):
        a, b, c = call(np.ones(n))
        a.data[...] = 7.0
        assert (b.numpy() == 2.0).all() and (c.numpy() == 2.0).all()


def test_writing_to_a_returned_gradient_leaves_grad_alone() -> None:
    w = Tensor(np.ones(BIG), requires_grad=True)

    @ag.capture
    def step(x: Any) -> Any:
        w.zero_grad()
        g = w * x
        (g * x).sum().backward()
        return g

    for k in range(6):
        g = step(np.full(BIG, float(k)))
        g.data[...] = -1.0
        assert w.grad is not None and (w.grad == float(k) ** 2).all()


def test_gradients_that_somebody_keeps_stay_what_they_are() -> None:
    eager, captured = training(), training()
    call = ag.capture(captured[2])
    expected, kept = [], []
    for k in range(8):
        eager[2](*batch(k))
        call(*batch(k))
        expected.append([p.grad.copy() for p in eager[0].parameters()])
        kept.append([p.grad for p in captured[0].parameters()])
    assert all(
        np.array_equal(a, b) for xs, ys in zip(expected, kept, strict=True) for a, b in zip(xs, ys)
    )


def test_gradients_that_are_cleared_first_need_one_set_of_arrays() -> None:
    _, _, step = training()
    call = ag.capture(step)
    for k in range(8):
        call(*batch(k))
    (plan,) = call.plans
    assert [bound is None for bound in plan._bound] == [False, True]


def test_an_effect_that_fails_before_anything_is_computed_leaves_the_plan_usable() -> None:
    fail = [False]
    seen = []

    def gate() -> None:
        seen.append(None)
        if fail[0]:
            raise KeyError("shut")

    @ag.capture
    def call(x: Any) -> Any:
        effect(gate)
        return x * 2.0

    for k in range(8):
        fail[0] = k == 4
        if fail[0]:
            with pytest.raises(KeyError):
                call(np.full(3, float(k)))
        else:
            assert (call(np.full(3, float(k))).numpy() == 2.0 * k).all()
    assert len(seen) == 8


# Memory ------------------------------------------------------------------------------------------


def test_a_plan_keeps_no_recorded_numbers() -> None:
    n = 200_000

    def f(x: Any) -> Any:
        return ag.sum(ag.tanh(x) * ag.exp(-x * x) + ag.log1p(x * x))

    call = ag.capture(ag.value_and_grad(f))
    x = np.linspace(-1.0, 1.0, n)
    tracemalloc.start()
    try:
        for _ in range(4):
            call(x)
        live, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (plan,) = call.plans
    # The arrays that it records would take some twenty times 1.6 MB.
    assert live < plan.bytes + 4 * x.nbytes + 2_000_000


def test_what_was_recorded_first_holds_no_numbers_either() -> None:
    n = 100_000
    call = ag.capture(lambda x: ag.sum(ag.exp(ag.tanh(x * 2.0) + 1.0)))
    x = np.ones(n)
    tracemalloc.start()
    try:
        call(x)
        live, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert live < x.nbytes


def test_forgotten_arrays_keep_all_but_their_numbers() -> None:
    wide = np.ones((60, 40, 5))
    kinds = [
        wide, wide.T, wide[::-2, :, ::-1], np.broadcast_to(wide[0], wide.shape), wide[:0],
        wide.astype(np.int8)[3], np.asfortranarray(wide), wide[5, 5, 5:5], np.ones(()),
    ]  # fmt: skip
    arrays = [Array(x) for x in kinds]
    constant = Array(wide, "constant")
    forget(Program([Step("op", "f", abs, (arrays[:4], {"a": arrays[4]}), {"b": constant}, ())]))
    forget(Program([], arrays[4:], []))
    for a, x in zip(arrays, kinds, strict=True):
        assert (a.shape, a.dtype, a.sample.strides) == (x.shape, x.dtype, x.strides)
        assert a.sample.flags.c_contiguous == x.flags.c_contiguous
    assert constant.sample is wide
    assert not any(a.sample.any() for a in arrays[:4])


# Steps that go another way -----------------------------------------------------------------------


def test_a_choice_that_keeps_going_another_way_is_right_in_every_call() -> None:
    def forward(x: Any) -> Any:
        return x * 2.0 if x.sum() > 0 else x * -3.0

    def rule(g: Any, out: Any, x: Any) -> Any:
        return (g * (2.0 if x.sum() > 0 else -3.0),)

    forked = primitive(forward, vjp=rule, name="forked")

    call = both(lambda w, x: ag.sum(forked(w * x) * forked(x + w)))
    for k in range(24):
        call(np.linspace(-1.0, 1.0, BIG) + (0.5 if k % 3 else -1.5) + k / 100)
    (plan,) = call.captured.plans
    assert {"forked"} == {s.name for s in plan._missed.whole}
    assert any(s.kind == "op" and s.name == "forked" for s in plan.steps)


# Error states ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, BIG])
def test_zero_times_infinity_is_noticed_in_the_calls_that_have_it(n: int) -> None:
    # At 0 the rule of exp gives 0, and that of multiply multiplies it by log(0).
    call = both(lambda w, x: ag.sum(ag.exp(w * ag.log(x))))
    good, bad = np.linspace(0.5, 2.0, n), np.linspace(0.0, 2.0, n)
    with np.errstate(all="ignore"):
        for x in (good, good, bad, good, bad, bad, bad, bad, bad, good, bad):
            assert np.isfinite(call(x)).all()


def test_a_call_with_zero_times_infinity_does_not_slow_down_the_next() -> None:
    call = both(lambda w, x: ag.sum(ag.exp(w * ag.log(x))))
    good, bad = np.array([1.0, 2.0]), np.array([0.0, 2.0])
    with np.errstate(all="ignore"):
        for x in (good, good, good, bad, good, good, good):
            call(x)
    (plan,) = call.captured.plans
    assert list(plan._missed._counts.values()) == [1]


def test_a_replay_is_as_silent_as_the_call_and_changes_no_error_state() -> None:
    w = Tensor(np.array([1.0, 2.0]), requires_grad=True)

    @ag.capture
    def step(x: Any) -> Any:
        w.zero_grad()
        y = ag.sum(ag.sqrt(w * x))
        y.backward()
        return y

    with np.errstate(all="raise"):
        before = np.geterr()
        for x in ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0.0, 1.0]):
            step(np.array(x))  # at 0 the rule divides by zero, which no walk minds
        assert w.grad is not None and np.isnan(w.grad[0])
        with pytest.raises(FloatingPointError):
            step(np.array([-1.0, 1.0]))
        assert np.geterr() == before
        assert np.isfinite(step(np.array([4.0, 1.0])).item())


# What is kept, and what is made again ------------------------------------------------------------


def with_a_look(marked: bool) -> Any:
    """A step between whose forward and backward an effect looks at something."""

    def nothing(x: np.ndarray) -> None:
        return None

    look = reads_only(nothing) if marked else nothing

    def f(w: Any, x: Any) -> Any:
        y = ag.exp(w * ag.log(x))
        effect(look, y)
        return ag.sum(ag.exp(-y) * y)

    return both(f)


def test_what_a_forward_made_is_made_again_rather_than_kept() -> None:
    good = np.linspace(0.5, 2.0, BIG)
    sizes = []
    for marked in (True, False):
        call = with_a_look(marked)
        for _ in range(4):
            call(good)
        (plan,) = call.captured.plans
        repairs = [s.function for s in plan.steps if isinstance(s.function, Repair)]
        assert any(repair.again for repair in repairs) is marked
        sizes.append(plan.bytes)
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize("marked", [True, False])
def test_zero_times_infinity_after_a_look(marked: bool) -> None:
    call = with_a_look(marked)
    good, bad = np.linspace(0.5, 2.0, BIG), np.linspace(0.0, 2.0, BIG)
    with np.errstate(all="ignore"):
        for x in (good, good, bad, good, bad, bad, bad, bad, bad, good, bad):
            assert np.isfinite(call(x)).all()


def test_a_mask_that_was_drawn_is_kept_for_what_is_made_again() -> None:
    rngs = [np.random.default_rng(3), np.random.default_rng(3)]
    turn: list[int] = []

    def f(w: Any, x: Any) -> Any:
        turn.append(0)
        h = ag.exp(w * ag.log(x))
        h = ag.dropout(ag.tanh(ag.dropout(h, 0.5, rng=f.rng)) * h, 0.5, rng=f.rng)
        return ag.sum(h * h)

    leaves = [Tensor(np.ones(BIG), requires_grad=True) for _ in range(2)]

    def step(k: int, x: Any) -> Any:
        f.rng = rngs[k]  # type: ignore[attr-defined]
        leaves[k].zero_grad()
        loss = f(leaves[k], x)
        loss.backward()
        return loss

    captured = ag.capture(lambda x: step(1, x))
    good, bad = np.linspace(0.5, 2.0, BIG), np.linspace(0.0, 2.0, BIG)
    with np.errstate(all="ignore"):
        for x in (good, good, bad, good, bad, bad, bad, bad, bad, good):
            a, b = step(0, Tensor(x)), captured(x)
            assert a.numpy().tobytes() == b.numpy().tobytes()
            assert leaves[0].grad.tobytes() == leaves[1].grad.tobytes()  # type: ignore[union-attr]
    (plan,) = captured.plans
    assert any(s.function.again for s in plan.steps if isinstance(s.function, Repair))


def test_equal_steps_whose_ifs_go_different_ways_are_told_apart() -> None:
    def forward(x: Any) -> Any:
        return x * 2.0 if x.sum() > 0 else x * -3.0

    def rule(g: Any, out: Any, x: Any) -> Any:
        return (g * (2.0 if x.sum() > 0 else -3.0),)

    forked = primitive(forward, vjp=rule, name="forked")
    call = both(lambda w, x: ag.sum(forked(w * x) * forked(w - x) * forked(x - 9.0)))
    for k in range(6):
        call(np.linspace(0.5, 0.75, 32) + k / 100)
    (plan,) = call.captured.plans
    assert not plan._missed.whole


def test_constants_made_from_shapes_are_right_in_each_of_several_equal_steps() -> None:
    def forward(x: Any) -> Any:
        return x + np.cumsum(np.ones_like(x))

    counted = primitive(forward, vjp=lambda g, out, x: (g,), name="counted")
    call = both(lambda w, x: ag.sum(counted(counted(counted(w * x)) * 2.0) ** 2))
    for k in range(5):
        call(np.full(BIG, 1.0 + k))


def test_a_captured_derivative_called_with_one_array_twice_and_then_another() -> None:
    call = ag.capture(lambda x: ag.value_and_grad(lambda x: ag.sum(x * x * x))(x))
    x, y = np.linspace(0.0, 1.0, 7), np.linspace(-2.0, 1.0, 7)
    for given in (x, x, y, x, y):
        value, gradient = call(given)
        assert np.array_equal(value, (given * given * given).sum())
        assert np.allclose(gradient, 3 * given**2, rtol=1e-15, atol=0)


def test_numbers_are_given_up_when_the_last_step_that_reads_them_is_lowered() -> None:
    x = Array(np.ones(BIG), "input", 0)
    kept, spent = (
        Program([Step("op", "double", lambda x: x + x, (x,), {}, (y,))], [x], [y])
        for y in (Array(np.full(BIG, 2.0)), Array(np.full(BIG, 2.0)))
    )
    lower(kept)
    assert x.sample.all() and kept.outputs[0].sample.all()
    lowered = lower(spent, spend=True)
    assert [s.name for s in lowered.steps if s.kind != "check"] == ["add"]
    assert not x.sample.any() and not spent.outputs[0].sample.any()
