"""Ops and rules become single NumPy calls when a step is captured, with the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.capturing.lowering import lower
from autograd.capturing.lowering.agree import Agreement
from autograd.capturing.program import Array, Program, Step
from autograd.containers import flatten
from autograd.extend import primitive

from .nn_cases import MODULES, Case

CASES = [(kind, i, case) for kind, cases in MODULES.items() for i, case in enumerate(cases)]


def opaque(f: Callable[..., Any], *arrays: np.ndarray) -> list[tuple[str, str]]:
    """The ops and rules that are run as they are in a captured call of ``f`` and its gradient."""

    def step(*xs: Any) -> Any:
        total = sum((t * t).sum() for t in flatten(f(*xs))[0] if t.dtype.kind == "f")
        if total.requires_grad:
            total.backward()
        return total

    plan = ag.capture(step).plan(*arrays)
    return [(s.kind, s.name) for s in plan.program.steps if s.kind in ("op", "rule")]


def leaf(rng: np.random.Generator, *shape: int) -> ag.Tensor:
    return ag.Tensor(rng.normal(size=shape).astype(np.float32), requires_grad=True)


@pytest.mark.parametrize(
    ("kind", "case"), [(k, c) for k, _, c in CASES], ids=[f"{k.__name__}-{i}" for k, i, _ in CASES]
)
def test_every_layer_is_lowered(kind: type, case: Case) -> None:
    module = case.make({"dtype": np.float32, "rng": 0})
    assert not opaque(module, *case.given(np.float32))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ag.sum(x, axis=0),
        lambda x: ag.sum(x, axis=-1, keepdims=True),
        lambda x: ag.mean(x),
        lambda x: x[0],
        lambda x: x[1:, ::2],
        lambda x: x[np.array([0, 2, 0])],
        lambda x: x[:, np.array([1, 1, 3])],
    ],
)
def test_reductions_and_indices_are_lowered(f: Callable[[Any], Any]) -> None:
    rng = np.random.default_rng(0)
    w = leaf(rng, 3, 4)
    assert opaque(lambda x: f(w * x), rng.normal(size=(3, 4)).astype("f")) == []


GEOMETRIES = [
    {},
    {"padding": 1},
    {"stride": 2, "padding": (1, 0)},
    {"dilation": (1, 2)},
    {"groups": 2, "padding": "same"},
]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize("batch", [2, 40])  # in one block and in several
def test_a_captured_convolution_is_the_same_to_the_bit(geometry: dict, batch: int) -> None:
    rng = np.random.default_rng(1)
    w, b = leaf(rng, 4, 4 // geometry.get("groups", 1), 3, 3), leaf(rng, 4)

    def step(x: Any) -> Any:
        h = ag.max_pool2d(ag.relu(ag.conv2d(x, w, b, **geometry)), 2)
        w.grad = b.grad = None
        h.mean().backward()
        return h

    same_in_every_call(step, [w, b], lambda: rng.normal(size=(batch, 4, 11, 9)).astype("f"))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_captured_recurrence_is_the_same_to_the_bit(kind: str, dtype: Any) -> None:
    rng = np.random.default_rng(2)
    layer = getattr(nn, kind)(3, 5, rng=0, dtype=dtype)

    def step(x: Any) -> Any:
        states = layer(x)[0]
        layer.zero_grad()
        (states[-1] * states[-1]).mean().backward()
        return states

    same_in_every_call(step, layer.parameters(), lambda: rng.normal(size=(6, 4, 3)).astype(dtype))


def same_in_every_call(
    step: Callable[[Any], Any], parameters: list[Any], draw: Callable[[], np.ndarray]
) -> None:
    captured = ag.capture(step)
    for _ in range(5):
        x = draw()
        expected = [step(x).numpy(), *(p.grad.copy() for p in parameters)]
        found = [captured(x).numpy(), *(p.grad for p in parameters)]
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_array_equal(a, b, strict=True)
    steps = captured.plan(draw()).program.steps
    assert not [s.name for s in steps if s.kind in ("op", "rule") or s.function is np.where]


def test_gates_that_overflow_are_shut_in_both() -> None:
    x = np.full((2, 1, 8), -500, np.float32)
    weight, state = np.zeros((8, 2), np.float32), np.ones((1, 2), np.float32)
    with np.errstate(all="raise", under="ignore"):
        for _ in range(4):
            hs, cs = ag.capture(ag.lstm_scan)(x, state, state, weight)
            assert not hs.any() and not cs.any()


@pytest.mark.parametrize("order", ["C", "F"])
def test_states_may_lie_in_memory_in_any_order(order: Any) -> None:
    rng = np.random.default_rng(3)
    x, h, w = rng.normal(size=(3, 4, 15)), rng.normal(size=(4, 5)), rng.normal(size=(15, 5))
    bias = rng.normal(size=15)

    def gradients(*arrays: np.ndarray) -> Any:
        f = lambda *xs: (ag.gru_scan(*xs) ** 2).sum()
        return ag.grad(f, argnums=(0, 1, 2, 3))(*arrays)

    turned = [np.asarray(a, order=order) for a in (x, h, w, bias)]
    for a, b in zip(gradients(x, h, w, bias), gradients(*turned), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


# What stand-ins must not change -----------------------------------------------------------------


def one(forward: Callable[..., Any], *samples: np.ndarray, n: int = 1) -> Program:
    """A program of ``n`` equal steps, one after another."""
    inputs = [Array(x, "input", k) for k, x in enumerate(samples)]
    steps, last = [], inputs[0]
    for _ in range(n):
        made = Array(np.asarray(forward(last.sample, *samples[1:])))
        steps.append(Step("op", "f", forward, (last, *inputs[1:]), {}, (made,)))
        last = made
    return Program(steps, inputs, [last])


def by_type(x: Any) -> Any:
    """The sum in another order for anything but an array."""
    return x.sum(axis=0) if type(x) is np.ndarray else x[::-1].sum(axis=0)


@pytest.mark.parametrize("shape", [(9,), (5, 1), (33, 40), (200, 300)])
def test_another_order_for_stand_ins_is_found(shape: tuple[int, ...]) -> None:
    # What was recorded says nothing: ones add up to the same in any order.
    lowered = lower(one(by_type, np.ones(shape, np.float32)))
    assert [s.kind for s in lowered.steps if s.name == "f"] == ["op"]


def test_another_order_in_a_rule_is_found() -> None:
    op = primitive(
        lambda x: x * 1,
        vjp=lambda g, out, x: g * (1.0 / 3.0) if type(g) is np.ndarray else g / 3.0,
        name="third",
    )
    w = ag.Tensor(np.ones(7), requires_grad=True)
    assert opaque(lambda x: op(w) * x, np.full(7, 3.0)) == [("rule", "third")]


def test_a_copy_in_rows_is_one_for_stand_ins_too() -> None:
    columns = np.arange(12.0).reshape(3, 4).T
    lowered = lower(one(lambda x: x.astype(float, order="C", copy=False), columns))
    assert [s.name for s in lowered.steps if s.kind != "check"] == ["astype"]


def test_equal_steps_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Step] = []
    once = Agreement._once

    def noted(self: Agreement, step: Step, *args: Any) -> bool:
        seen.append(step)
        return once(self, step, *args)

    monkeypatch.setattr(Agreement, "_once", noted)
    lowered = lower(one(lambda x, y: np.tanh(x) * y, np.ones((8, 8)), np.ones(8), n=50))
    assert len({id(step) for step in seen}) == 1
    assert sum(step.name == "tanh" for step in lowered.steps) == 50


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.ones((6, 4)), np.ones((5, 4))),
        (np.ones((6, 6)), np.ones((6, 6), np.dtype("f8").newbyteorder())),
        (np.ones((6, 6)), np.ones((6, 6), order="F")),
    ],
    ids=["shape", "dtype", "order"],
)
def test_steps_that_differ_are_told_apart(first: np.ndarray, second: np.ndarray) -> None:
    def f(x: Any) -> Any:
        odd = x.shape == second.shape and x.dtype == second.dtype and x.strides == second.strides
        return by_type(x) if odd else x.sum(axis=0)

    a, b = one(f, first), one(f, second)
    steps = [*a.steps, *b.steps]
    inputs = [*a.inputs, *b.inputs]
    lowered = lower(Program(steps, inputs, [*a.outputs, *b.outputs]))
    assert [s.results for s in lowered.steps if s.kind == "op"] == [b.steps[0].results]
    assert any(s.name == "add.reduce" for s in lowered.steps)


def test_one_array_given_twice_is_told_from_two() -> None:
    def f(x: Any, y: Any) -> Any:
        return (x[::-1] if x is y else x).sum(axis=0)

    x, y = (Array(np.ones((9, 2)), "input", k) for k in range(2))
    made = [Array(np.full(2, 9.0)) for _ in range(2)]
    steps = [Step("op", "f", f, pair, {}, (z,)) for pair, z in zip([(x, y), (x, x)], made)]
    lowered = lower(Program(steps, [x, y], made))
    assert [s.results for s in lowered.steps if s.kind == "op"] == [(made[1],)]
