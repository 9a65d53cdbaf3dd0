"""A captured function does in every call what the function does, bit for bit, or says why not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor
from autograd.containers import flatten
from autograd.errors import CaptureError
from autograd.extend import effect

from .nn_cases import MODULES, Case

CALLS = 5
CASES = [(kind, i, case) for kind, cases in MODULES.items() for i, case in enumerate(cases)]


def state_of(module: Any) -> list[np.ndarray]:
    if hasattr(module, "named_state"):
        return [t.numpy() for _, t in module.named_state()]
    return [p.numpy() for p in getattr(module, "parameters", list)()]


def moved(arrays: tuple[np.ndarray, ...], k: int) -> tuple[np.ndarray, ...]:
    """Other numbers for each call; indices and labels stay what they are."""
    rng = np.random.default_rng(k)
    return tuple(
        (x + 0.1 * rng.normal(size=x.shape)).astype(x.dtype) if x.dtype.kind == "f" else x
        for x in arrays
    )


def run(case: Case, captured: bool) -> tuple[list[Any], list[np.ndarray]]:
    module = case.make({"dtype": np.float64, "rng": 0})
    parameters = module.parameters() if hasattr(module, "parameters") else []
    optimizer = nn.optim.SGD(parameters, lr=0.01) if parameters else None

    def step(*xs: Any) -> Any:
        if optimizer:
            optimizer.zero_grad()
        floats = [t for t in flatten(module(*xs))[0] if t.dtype.kind == "f"]
        loss = sum((t * t).sum() for t in floats)
        if optimizer:
            loss.backward()
            optimizer.step()
        return loss

    call: Callable[..., Any] = ag.capture(step) if captured else step
    seen = [np.asarray(plain(call(*moved(case.given(np.float64), k)))) for k in range(CALLS)]
    return seen, state_of(module)


def plain(x: Any) -> Any:
    return x.numpy() if isinstance(x, Tensor) else x


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return len(a) == len(b) and all(
        x.dtype == y.dtype and np.array_equal(x, y, equal_nan=x.dtype.kind == "f")
        for x, y in zip(a, b)
    )


# Whole models -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "case"), [(k, c) for k, _, c in CASES], ids=[f"{k.__name__}-{i}" for k, i, _ in CASES]
)
def test_a_step_of_every_module_is_the_same_to_the_bit(kind: type, case: Case) -> None:
    results, state = run(case, False)
    again, state_again = run(case, True)
    assert same(results, again)
    assert same(state, state_again)


OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda p: nn.optim.SGD(p, lr=0.1),
    "momentum": lambda p: nn.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "Adam": lambda p: nn.optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: nn.optim.AdamW(p, lr=0.01),
    "RMSprop": lambda p: nn.optim.RMSprop(p, lr=0.01),
    "Adagrad": lambda p: nn.optim.Adagrad(p, lr=0.01),
    "Lion": lambda p: nn.optim.Lion(p, lr=0.001),
    "Rprop": lambda p: nn.optim.Rprop(p, lr=0.01),
}


def train(make: Callable[[Any], Any], captured: bool, clip: float | None = None) -> list[Any]:
    model = nn.MLP(4, [8, 8], 3, rng=0, norm="batch", dropout=0.3)
    optimizer = make(model.parameters())
    schedule = nn.optim.schedulers.CosineAnnealingLR(optimizer, 10)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        out = model(x)
        loss = nn.losses.cross_entropy(out, y)
        loss.backward()
        if clip is not None:
            nn.optim.clip_grad_norm(model.parameters(), clip)
        optimizer.step()
        return loss, {"out": out}

    call: Callable[..., Any] = ag.capture(step) if captured else step
    rng = np.random.default_rng(1)
    seen: list[Any] = []
    for _ in range(12):
        x = rng.normal(size=(6, 4)).astype(np.float32)
        loss, parts = call(x, rng.integers(0, 3, 6))
        schedule.step()
        seen += [loss.numpy(), parts["out"].numpy()]
    return seen + state_of(model) + [p.grad for p in model.parameters()]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_is_the_same_to_the_bit(name: str) -> None:
    assert same(train(OPTIMIZERS[name], False), train(OPTIMIZERS[name], True))


def test_clipping_is_part_of_the_step() -> None:
    make = OPTIMIZERS["SGD"]
    clipped = train(make, False, clip=0.1)
    assert same(clipped, train(make, True, clip=0.1))
    assert not same(clipped, train(make, False))


# Signatures -------------------------------------------------------------------------------------


def counted() -> tuple[Any, list[int]]:
    """A captured function, and how often its Python code has run."""
    runs: list[int] = []

    @ag.capture
    def double(x: Any, power: int = 1) -> Any:
        runs.append(1)
        return (x * 2.0) ** power

    return double, runs


def test_the_python_code_runs_twice_for_each_signature() -> None:
    double, runs = counted()
    for k in range(5):
        assert double(np.full(3, float(k))).tolist() == [2.0 * k] * 3
    assert len(runs) == 2
    for k in range(5):
        assert double(np.full((2, 2), float(k))).tolist() == [[2.0 * k] * 2] * 2
    assert len(runs) == 4
    assert double(np.full(3, 1.0, np.float32)).dtype == np.float32
    assert len(runs) == 5
    assert double(np.full(3, 3.0), power=2).tolist() == [36.0] * 3
    assert len(runs) == 6
    assert double(np.full(3, 9.0)).tolist() == [18.0] * 3
    assert len(runs) == 6


def test_plans_are_bounded_in_number() -> None:
    double, _ = counted()
    for n in range(1, 60):
        for _ in range(3):
            double(np.zeros(n))
    assert 1 <= len(double.plans) <= 16


def test_training_and_evaluation_have_plans_of_their_own() -> None:
    model = nn.Sequential(nn.Linear(3, 3, rng=0), nn.Dropout(0.5, rng=0))
    forward = ag.capture(lambda x: model(x))
    x = np.ones((2, 3), np.float32)
    for _ in range(3):
        forward(x)
    model.eval()
    for _ in range(4):
        assert np.array_equal(forward(x).numpy(), model(x).numpy())
    model.train()
    draws = {forward(x).numpy().tobytes() for _ in range(6)}
    assert len(draws) > 1
    assert len(forward.plans) == 2


def test_no_grad_is_another_signature() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    f = ag.capture(lambda x: (w * x).sum())
    for _ in range(3):
        f(np.ones(2))
    with ag.no_grad():
        for k in range(4):
            assert f(np.full(2, float(k))).item() == 3.0 * k


# What comes from outside ------------------------------------------------------------------------


def test_inputs_may_be_aliased_overlapping_and_changed_between_calls() -> None:
    f = ag.capture(lambda x, y: (x * y, x - y))
    base = np.arange(6.0)
    for k in range(5):
        base += k
        x, y = base[:4], base[2:]
        product, gap = f(x, y)
        assert np.array_equal(product.numpy(), x * y) and np.array_equal(gap.numpy(), x - y)
    square, zero = f(x, x)
    assert np.array_equal(square.numpy(), x * x) and not zero.numpy().any()
    flipped, _ = f(base[::-1][:4], base[:4])
    assert np.array_equal(flipped.numpy(), base[::-1][:4] * base[:4])


def test_the_callers_array_is_never_written() -> None:
    f = ag.capture(lambda x: x.exp() + x)
    x = np.arange(4.0)
    kept = x.copy()
    for _ in range(4):
        f(x)
    assert np.array_equal(x, kept)


def test_results_kept_over_later_calls_stay_what_they_are() -> None:
    w = Tensor(np.arange(3.0), requires_grad=True)

    @ag.capture
    def f(x: Any) -> Any:
        w.zero_grad()
        y = w * x
        y.sum().backward()
        return y

    kept, grads, views = [], [], []
    for k in range(8):
        kept.append(f(np.full(3, float(k))))
        grads.append(w.grad)
        views.append(w.grad[1:])
    for k, (y, g, v) in enumerate(zip(kept, grads, views)):
        assert y.tolist() == [0.0, k, 2.0 * k]
        assert g.tolist() == [k] * 3 and v.tolist() == [k] * 2


def test_parameters_may_be_replaced_or_written_between_calls() -> None:
    w = Tensor(np.ones(3), requires_grad=True)
    f = ag.capture(lambda x: (w * x).sum())
    x = np.arange(3.0)
    for k in range(6):
        if k % 2:
            w.data = np.full(3, float(k))
        else:
            w.data[...] = k + 0.5
        assert f(x).item() == (w.numpy() * x).sum()


def test_constants_written_in_place_are_read_anew() -> None:
    scale = np.ones(3)
    f = ag.capture(lambda x: x * scale)
    for k in range(6):
        scale[...] = k
        assert f(np.ones(3)).tolist() == [k] * 3


def test_gradients_add_up_where_nobody_clears_them() -> None:
    w = Tensor(np.ones(2), requires_grad=True)

    @ag.capture
    def f(x: Any) -> None:
        (w * x).sum().backward()

    for _ in range(5):
        f(np.array([1.0, 2.0]))
    assert w.grad.tolist() == [5.0, 10.0]
    w.zero_grad()
    f(np.array([1.0, 2.0]))
    assert w.grad.tolist() == [1.0, 2.0]


def test_hooks_on_parameters_run_in_every_call() -> None:
    w = Tensor(np.ones(2), requires_grad=True)
    seen: list[Any] = []
    w.register_hook(lambda g: seen.append(g.copy()) or g * 10.0)

    @ag.capture
    def f(x: Any) -> None:
        w.zero_grad()
        (w * x).sum().backward()

    for k in range(5):
        f(np.full(2, float(k)))
        assert w.grad.tolist() == [10.0 * k] * 2
    assert [g[0] for g in seen] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_containers_go_in_and_come_out() -> None:
    @ag.capture
    def f(batch: dict[str, Any]) -> Any:
        x, (y, n) = batch["x"], batch["more"]
        return {"sum": x + y, "n": n, "list": [x * n, None]}

    for k in range(4):
        out = f({"x": np.full(2, float(k)), "more": (np.ones(2), 3)})
        assert out["sum"].tolist() == [k + 1.0] * 2
        assert out["n"] == 3 and out["list"][1] is None
        assert out["list"][0].tolist() == [3.0 * k] * 2


def test_one_captured_function_inside_another() -> None:
    inner = ag.capture(lambda x: x * 2.0)
    outer = ag.capture(lambda x: inner(x) + 1.0)
    for k in range(5):
        assert outer(np.full(2, float(k))).tolist() == [2.0 * k + 1.0] * 2


def test_an_exception_leaves_the_plan_usable() -> None:
    fail = [False]

    def maybe() -> None:
        if fail[0]:
            raise KeyError("half-way")

    w = Tensor(np.ones(2), requires_grad=True)

    @ag.capture
    def f(x: Any) -> Any:
        y = x * 2.0
        effect(maybe)
        return (y + 1.0) * w

    for k in range(6):
        fail[0] = k == 4
        if fail[0]:
            with pytest.raises(KeyError):
                f(np.full(2, float(k)))
        else:
            assert f(np.full(2, float(k))).tolist() == [2.0 * k + 1.0] * 2


def test_several_threads() -> None:
    f = ag.capture(lambda x: (x * 2.0 + 1.0).exp().log())
    wrong: list[Any] = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(60):
            x = rng.normal(size=(5, 7))
            if not np.allclose(f(x).numpy(), x * 2 + 1, rtol=1e-12):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# What cannot be captured --------------------------------------------------------------------------


def branch(x: Any) -> Any:
    return x * 2.0 if x.sum() > 0 else x


def reads(x: Any) -> Any:
    return x * x.max().item()


def to_numpy(x: Any) -> Any:
    return x + np.exp(x.numpy())


def reads_data(x: Any) -> Any:
    return x + x.data


def counts(x: Any) -> Any:
    return range(int(x[0]))


@pytest.mark.parametrize("f", [branch, reads, to_numpy, reads_data, counts])
def test_what_leaves_the_graph_is_refused_with_the_line(f: Callable[[Any], Any]) -> None:
    with pytest.raises(CaptureError, match=r"test_capture\.py:\d+"):
        ag.capture(f)(np.array([1.0, 2.0]))
    # Nothing is left open.
    assert float(Tensor([2.0]).sum()) == 2.0


def test_a_gradient_read_inside_is_refused() -> None:
    w = Tensor(np.ones(2), requires_grad=True)

    @ag.capture
    def f(x: Any) -> None:
        (w * x).sum().backward()
        w.data -= 0.1 * w.grad

    with pytest.raises(CaptureError, match="optim"):
        f(np.ones(2))


def test_numbers_drawn_outside_of_the_tape_are_found() -> None:
    rng = np.random.default_rng(0)
    f = ag.capture(lambda x: x + rng.normal(size=x.shape))
    f(np.ones(3))
    with pytest.raises(CaptureError, match="other numbers the second time"):
        f(np.ones(3))


def test_python_numbers_that_change_are_found() -> None:
    calls = [0]

    @ag.capture
    def f(x: Any) -> Any:
        calls[0] += 1
        return x * float(calls[0])

    f(np.ones(3))
    with pytest.raises(CaptureError, match="the second time"):
        f(np.ones(3))


def test_an_argument_that_needs_a_gradient_is_refused() -> None:
    with pytest.raises(CaptureError, match="detach"):
        ag.capture(lambda x: x * 2)(Tensor([1.0], requires_grad=True))


def test_an_effect_happens_in_every_call() -> None:
    seen: list[float] = []

    @ag.capture
    def f(x: Any) -> Any:
        y = x.sum()
        effect(lambda y: seen.append(float(y)), y)
        noise = effect(lambda: np.full(2, float(len(seen))))
        return x + noise

    for k in range(6):
        assert f(np.full(2, float(k))).tolist() == [k + k + 1.0] * 2
    assert seen == [2.0 * k for k in range(6)]


def test_capture_wants_a_function() -> None:
    with pytest.raises(TypeError, match="takes a function"):
        ag.capture(3)


# What is guarded -------------------------------------------------------------------------------


def test_a_changed_setting_of_a_module_is_seen() -> None:
    model = nn.Sequential(nn.LeakyReLU(0.1))
    f = ag.capture(lambda x: model(x))
    x = np.array([-1.0, 2.0])
    for _ in range(4):
        assert f(x).tolist() == [-0.1, 2.0]
    model[0].negative_slope = 0.5
    for _ in range(4):
        assert f(x).tolist() == [-0.5, 2.0]


def test_a_parameter_that_is_frozen_gets_no_gradient() -> None:
    layer = nn.Linear(2, 2, rng=0)

    @ag.capture
    def f(x: Any) -> None:
        layer.zero_grad()
        layer(x).sum().backward()

    for _ in range(4):
        f(np.ones((1, 2), np.float32))
    layer.weight.requires_grad_(False)
    for _ in range(4):
        f(np.ones((1, 2), np.float32))
        assert layer.weight.grad is None and layer.bias.grad is not None


def test_forward_hooks_see_every_call() -> None:
    layer = nn.Linear(2, 2, rng=0)
    f = ag.capture(lambda x: layer(x))
    x = np.ones((1, 2), np.float32)
    for _ in range(4):
        f(x)
    seen: list[Any] = []
    with layer.register_forward_hook(lambda module, args, out: seen.append(out.numpy())):
        for _ in range(3):
            f(x)
    f(x)
    assert len(seen) == 3 and np.array_equal(seen[0], f(x).numpy())


# Functions of values ----------------------------------------------------------------------------


def test_functions_of_values_are_captured_too() -> None:
    model, twin = (nn.scalar.MLP(2, [3, 1], activation="tanh", rng=0) for _ in range(2))
    points = [([0.5, -1.0], 1.0), ([2.0, 0.25], -1.0)]

    def loss_of(model: Any) -> Callable[[], Any]:
        return lambda: sum((model(x) - y) ** 2 for x, y in points)

    captured = ag.capture(loss_of(model))
    for _ in range(6):
        for m, loss in ((model, captured()), (twin, loss_of(twin)())):
            m.zero_grad()
            loss.backward()
            for p in m.parameters():
                p.data -= 0.1 * p.grad
    assert len(captured.plans) == 1
    for p, q in zip(model.parameters(), twin.parameters()):
        assert p.data == pytest.approx(q.data, rel=1e-12)
    drawn = captured().draw()
    assert "to blame" not in drawn.source


def test_a_function_of_both_kinds_is_refused() -> None:
    w, t = ag.Value(2.0), Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(CaptureError, match="values"):
        ag.capture(lambda: (t * w).sum())()


def test_a_number_read_out_of_a_value_is_refused() -> None:
    w = ag.Value(2.0)
    with pytest.raises(CaptureError, match="read a number"):
        ag.capture(lambda: w * w.data)()
    with pytest.raises(CaptureError, match="read a number"):
        ag.capture(lambda: w * 2.0 if w > 0 else w)()
