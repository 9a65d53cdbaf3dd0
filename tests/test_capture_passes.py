"""Groups of elementwise calls: what joins, what waits, and the same bits in blocks and threads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.capturing.passes import fuse, identities
from autograd.capturing.passes.fuse import Fused
from autograd.capturing.passes.grid import Grid
from autograd.capturing.passes.tree import cuts, total, trusted
from autograd.capturing.plan import blocks, threads
from autograd.capturing.plan.blocks import Blocks, NotAsRecorded
from autograd.capturing.program import Array, Program

from .test_capture_program import Recorder

N = 50_021


def _groups(plan: Any) -> list[Fused]:
    return [step.function for step in plan.program.steps if isinstance(step.function, Fused)]


def _step(loss: Callable, *leaves: ag.Tensor) -> Callable[[], Any]:
    def whole() -> Any:
        for leaf in leaves:
            leaf.grad = None
        made = loss(*leaves)
        made.backward(retain_graph=False)
        return made

    return whole


def _same_as_eager(loss: Callable, *numbers: np.ndarray, groups: int | None = 1) -> Any:
    """Captured and eager steps on new numbers, bit for bit; the plan."""
    leaves = [ag.Tensor(x.copy("K"), requires_grad=True) for x in numbers]
    others = [ag.Tensor(x.copy("K"), requires_grad=True) for x in numbers]
    eager, captured = _step(loss, *others), ag.capture(_step(loss, *leaves))
    rng = np.random.default_rng(1)
    for _ in range(4):
        a, b = eager(), captured()
        assert a.numpy().tobytes() == b.numpy().tobytes()
        for x, y in zip(others, leaves, strict=True):
            np.testing.assert_array_equal(x.grad, y.grad, strict=True)
            new = rng.normal(size=x.shape).astype(x.dtype)
            for t in (x, y):
                t.data[...] = new
    plan = captured.plan()
    assert groups is None or len(_groups(plan)) == groups
    return plan


def _mixed(x: Any) -> Any:
    return (ag.tanh(x) * ag.exp(-x * x) + ag.log1p(x * x)).sum()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(N,), (201, 307), (7, 9, 1001)])
def test_forward_and_backward_are_one_group(shape: tuple, dtype: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 1 << 14)
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    plan = _same_as_eager(_mixed, x)
    (group,) = _groups(plan)
    assert {"tanh", "exp", "log1p", "divide", "add.reduce"} <= {s.name for s in group.steps}
    assert {s.rule for s in group.steps} == {False, True}
    # Of all that lies between, nothing is in memory but the gradient and numbers.
    assert [r.shape for r in group.results if r.sample.size > 1] == [shape]


@pytest.mark.parametrize("order", ["F", "swapped"])
def test_arrays_in_another_order_are_cut_along_memory(order: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 1 << 14)
    x = np.random.default_rng(0).normal(size=(40, 50, 31))
    x = np.asfortranarray(x) if order == "F" else x.transpose(1, 0, 2).copy().transpose(1, 0, 2)
    r = Recorder()
    a = r.input(x)
    y, z = r.step("op", lambda a: (np.tanh(a * a) + a, a - 2), a, several=True)
    plan = r.plan(y, z)
    (group,) = _groups(plan)
    assert len(group.axes) == 1
    for got, want in zip(plan.run([x * 3]), (np.tanh(x * 3 * (x * 3)) + x * 3, x * 3 - 2)):
        np.testing.assert_array_equal(got, want, strict=True)


@pytest.mark.parametrize(
    "shapes", [((300, 1), (257,)), ((1, 257), ()), ((300, 257), (1, 1)), ((257,), (300, 1))]
)
def test_rows_columns_and_numbers_are_spread(shapes: tuple, monkeypatch: Any) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 1 << 13)
    rng = np.random.default_rng(0)
    r = Recorder()
    inputs = [rng.normal(size=s) for s in ((300, 257), *shapes)]
    x, a, b = (r.input(v) for v in inputs)

    def chain(x: Any, a: Any, b: Any) -> Any:
        positive = x > a
        return np.where(positive, np.exp(x * a), b), (x + b).astype(np.float32), positive

    made = r.step("op", chain, x, a, b, several=True)
    plan = r.plan(*made)
    assert len(_groups(plan)) == 1
    for _ in range(2):
        inputs = [rng.normal(size=v.shape) for v in inputs]
        for got, want in zip(plan.run(inputs), chain(*inputs), strict=True):
            np.testing.assert_array_equal(got, want, strict=True)


def test_four_axes_with_leading_and_inner_ones(monkeypatch: Any) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 1 << 10)
    rng = np.random.default_rng(0)
    shapes = [(5, 8, 40, 31), (8, 1, 31), (5, 1, 40, 1), (31,)]
    r = Recorder()
    chain = lambda x, a, b, c: np.exp(x * a - b) / (2 + np.abs(c))
    y = r.step("op", chain, *(r.input(rng.normal(size=s)) for s in shapes))
    plan = r.plan(y)
    assert len(_groups(plan)) == 1
    inputs = [rng.normal(size=s) for s in shapes]
    np.testing.assert_array_equal(plan.run(inputs)[0], chain(*inputs), strict=True)


def test_relu_and_its_mask_stay_in_the_group() -> None:
    x = np.random.default_rng(0).normal(size=(200, 301))
    plan = _same_as_eager(lambda x: (ag.relu(x * 2) * ag.exp(-x)).sum(), x)
    (group,) = _groups(plan)
    assert "bitwise_and" in {s.name for s in group.steps} or "where" in {
        s.name for s in group.steps
    }


def test_what_depends_on_a_group_waits_for_it_and_what_needs_that_starts_another() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(300, 64)), rng.normal(size=(64, 64))

    def loss(x: Any, w: Any) -> Any:
        h = ag.exp(ag.tanh(x))
        return (ag.sin(ag.tanh(h @ w)) * h).sum()

    _same_as_eager(loss, x, w, groups=None)


def test_zero_times_infinity_inside_a_group_is_noticed() -> None:
    x = np.random.default_rng(0).uniform(0.5, 2, size=N)
    loss = lambda x: ag.where(x > 0.25, x * ag.log(x) + ag.sqrt(x), 0.0).sum()
    leaf, other = (ag.Tensor(x.copy(), requires_grad=True) for _ in range(2))
    eager, captured = _step(loss, other), ag.capture(_step(loss, leaf))
    for k in range(5):
        if k == 3:
            for t in (leaf, other):
                t.data[17] = 0.0
        with np.errstate(all="ignore"):
            a, b = eager(), captured()
        assert a.item() == b.item()
        np.testing.assert_array_equal(other.grad, leaf.grad, strict=True)
    assert np.isfinite(leaf.grad).all() and leaf.grad[17] == 0
    assert _groups(captured.plan())


def _hand_made(most: int, rule: bool = False) -> tuple[Blocks, dict[Array, np.ndarray]]:
    """``log(x) * 2`` and its sum, in blocks of 4 KiB."""
    rng = np.random.default_rng(0)
    r = Recorder()
    x = r.input(rng.uniform(1, 2, size=1 << 20))
    y, s = r.step(
        "rule" if rule else "op", lambda x: (np.log(x) * 2, np.log(x).sum()), x, several=True
    )
    r.program.outputs = [y, s]
    from autograd.capturing.lowering import lower

    program = fuse.run(lower(r.program))
    (function,) = [t.function for t in program.steps if isinstance(t.function, Fused)]
    real = {a: a.sample.copy() for a in (*function.operands, *function.results)}
    return Blocks(function, real.__getitem__, block=1 << 18, most=most), real


@pytest.mark.parametrize("most", [1, 2, 3])
def test_threads_give_the_same_bits(most: int) -> None:
    call, real = _hand_made(most)
    assert len(call.shares) == min(most, 3)
    (x, *_), wanted = real, {a: v.copy() for a, v in real.items()}
    for a, v in real.items():
        if a is not x:
            v[...] = 0
    call()
    for a, v in wanted.items():
        assert real[a].tobytes() == v.tobytes()


@pytest.mark.parametrize("most", [1, 3])
def test_the_callers_error_state_holds_in_every_thread(most: int) -> None:
    call, real = _hand_made(most)
    next(iter(real.values()))[-5] = -1.0  # in the last thread's share
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        call()
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        call()
    rule, real = _hand_made(most, rule=True)
    rule()
    next(iter(real.values()))[-5] = -1.0
    with np.errstate(all="raise"), pytest.raises(NotAsRecorded):
        rule()


def test_all_parts_have_ended_when_an_error_arrives() -> None:
    ended, gate = [], threading.Event()

    def fails() -> None:
        raise ZeroDivisionError

    def waits() -> None:
        gate.wait(0.05)
        ended.append(True)

    with pytest.raises(ZeroDivisionError):
        threads.run([fails, waits, waits])
    assert ended == [True, True]
    with pytest.raises(ZeroDivisionError):
        threads.run([waits, fails])
    with pytest.raises(KeyboardInterrupt):
        threads.run([_interrupted, waits])
    assert len(ended) == 4


def _interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("said", "n"), [("1", 1), ("3", 3), ("2,4", 2)])
def test_the_number_of_threads_is_what_the_environment_says(
    said: str, n: int, monkeypatch: Any
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert threads.available() == n
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert threads.available() == len(os.sched_getaffinity(0))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_threads_survive_a_fork_and_the_end_of_the_interpreter() -> None:
    code = """if True:
        import atexit, os, sys
        from autograd.capturing.plan import threads
        found = []
        parts = [lambda: found.append(1)] * 3
        threads.run(parts)
        pid = os.fork()
        threads.run(parts)
        assert len(found) == 6
        if pid:
            assert os.waitpid(pid, 0)[1] == 0
            atexit.register(lambda: (threads.run(parts), print(len(found))))
        else:
            os._exit(0)
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.returncode) == ("9", 0), done.stderr


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_in_parts_add_up_to_numpys_bits(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    assert trusted(np.dtype(dtype))
    for n in (1000, 4099, 100_003):
        x = (rng.normal(size=n) * 10.0 ** rng.integers(-5, 5, n)).astype(dtype)
        for most in (1024, 3000, n):
            places = cuts(n, most)
            assert max(np.diff(places)) <= most and places[0] == 0 and places[-1] == n
            parts = np.array([x[a:b].sum() for a, b in pairwise(places)])
            assert total(parts).tobytes() == x.sum().tobytes()


def test_an_untrusted_order_of_adding_keeps_sums_outside(monkeypatch: Any) -> None:
    from autograd.capturing.passes import elementwise

    monkeypatch.setattr(elementwise, "trusted", lambda dtype: False)
    plan = _same_as_eager(_mixed, np.random.default_rng(0).normal(size=N))
    assert "add.reduce" not in {s.name for g in _groups(plan) for s in g.steps}
    assert "add.reduce" in {s.name for s in plan.program.steps}


def test_what_has_gaps_is_left_alone() -> None:
    x = np.random.default_rng(0).normal(size=(300, 400))
    assert Grid.of(x[:, ::2]) is None
    grid = Grid.of(x)
    assert grid is not None
    assert grid.varies(x[:, ::2]) is None
    assert grid.varies(np.ones((2, 300, 400))) is None
    assert grid.varies(np.broadcast_to(x[:1], x.shape)) == (False, True)
    assert grid.axes([(True, True), (True, True)]) == [[0, 1]]
    assert grid.axes([(True, True), (False, True)]) == [[0], [1]]


def test_the_seed_of_a_backward_is_no_factor() -> None:
    r = Recorder()
    x = r.input(np.arange(6.0).reshape(2, 3))
    one = Array(ag.tensor(1.0)._data, "constant")
    h = r.step("numpy", np.negative, x)
    z = r.step("numpy", np.subtract, r.step("numpy", np.multiply, h, one), 1)
    program = Program(r.program.steps, [x], [z])
    assert len(identities.run(program).steps) == 3  # a constant that may be the user's
    from autograd.tensor import _ONE

    one.sample = _ONE[np.dtype(float)]
    assert [s.name for s in identities.run(program).steps] == ["negative", "subtract"]


def test_a_choice_writes_over_none_of_what_it_chooses_from() -> None:
    def chain(x: Any) -> Any:
        low = x * 2
        high = np.exp(x)
        return np.where(x > 0, high, low) + 1

    r = Recorder()
    plan = r.plan(r.step("op", chain, r.input(np.linspace(-1, 1, N))))
    assert len(_groups(plan)) == 1
    x = np.linspace(-2, 3, N)
    np.testing.assert_array_equal(plan.run([x])[0], chain(x), strict=True)
