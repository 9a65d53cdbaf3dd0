"""What may stand inside a captured function beside plain ops; what is refused, in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value
from autograd.containers import flatten
from autograd.errors import CaptureError
from autograd.extend import capturing, effect
from nn import scalar

HERE = r"test_capture_refusals\.py:\d+"


def outcomes(make: Callable[[], tuple[Callable[..., Any], list[Tensor]]]) -> list[list[np.ndarray]]:
    """What six calls give, and leave behind in some tensors, without and with capture."""
    both = []
    for captured in (False, True):
        function, state = make()
        call = ag.capture(function) if captured else function
        seen = []
        for k in range(6):
            x = np.arange(3.0) + k
            seen.append(np.array(call(x if captured else Tensor(x)).numpy()))
            seen += [t.numpy().copy() for t in state]
        both.append(seen)
    return both


def assert_same(make: Callable[[], tuple[Callable[..., Any], list[Tensor]]]) -> None:
    eager, captured = outcomes(make)
    assert not all(np.array_equal(x, eager[0]) for x in eager[:: len(eager) // 6])
    for a, b in zip(eager, captured, strict=True):
        assert np.array_equal(a, b)


# Writing in place -------------------------------------------------------------------------------


@pytest.mark.parametrize("clear", ["zero_grad", "none"])
def test_parameters_updated_by_hand(clear: str) -> None:
    def make() -> Any:
        w = Tensor(np.linspace(1, 2, 3), requires_grad=True)

        def step(x: Any) -> Any:
            nonlocal w
            if clear == "none":
                w.grad = None
            else:
                w.zero_grad()
            loss = ((w * x) ** 2).sum()
            loss.backward()
            with ag.no_grad():
                w -= 0.01 * w.grad
            return loss + (w * x).sum()  # reads what was written

        return step, [w]

    assert_same(make)


def test_a_rate_that_is_an_argument_is_read_anew() -> None:
    w = Tensor([1.0], requires_grad=True)

    @ag.capture
    def step(rate: Any) -> None:
        nonlocal w
        w.zero_grad()
        w.sum().backward()
        with ag.no_grad():
            w -= rate * w.grad

    for k in range(5):
        step(np.float64(k) * np.ones(1))
    assert w.tolist() == [1.0 - 10.0]


def test_buffers_are_written_in_each_call() -> None:
    def make() -> Any:
        kept = Tensor(np.zeros(3))

        def f(x: Any) -> Any:
            nonlocal kept
            kept *= 0.9
            kept += 0.1 * x
            kept[0] = 5.0
            kept[1:] = x[1:] * 2.0
            return kept * x

        return f, [kept]

    assert_same(make)


def test_what_the_function_makes_moves_on() -> None:
    def make() -> Any:
        w = Tensor(np.linspace(1, 2, 3), requires_grad=True)

        def f(x: Any) -> Any:
            w.zero_grad()
            y = x * 1.0
            same = y
            y += 1.0
            y[0] = w[0]
            y[1:] *= 2.0
            part = y[:2]
            part -= w[:2]
            buffer = ag.zeros(3)
            buffer[1] = x[1]
            detached = w.detach() if w._pinned else w * 1.0
            detached += x
            (same * same).sum().backward()
            return y * same + buffer + detached

        return f, [w]

    assert_same(make)


def test_a_copy_inside_does_not_write_to_the_original() -> None:
    def make() -> Any:
        w = Tensor(np.linspace(1, 2, 3))

        def f(x: Any) -> Any:
            y = w * x  # so that the tape knows w
            z = w.detach()
            z += x
            return y + z

        return f, [w]

    assert_same(make)


def test_stale_gradients_are_noticed() -> None:
    w = Tensor(np.ones(3), requires_grad=True)

    @ag.capture
    def step(x: Any) -> Any:
        w.zero_grad()
        (w * x).sum().backward()
        g = w.grad
        nn.optim.clip_grad_norm([w], 0.1)
        return g * 1.0

    with pytest.raises(CaptureError, match=f"changed in place.*{HERE}"):
        step(np.arange(3.0))


def test_a_gradient_that_is_gone_is_noticed() -> None:
    w = Tensor(np.ones(3), requires_grad=True)
    w.sum().backward()
    f = ag.capture(lambda x: w.grad * x)
    for _ in range(3):
        f(np.ones(3))
    w.zero_grad()
    with pytest.raises(CaptureError, match="has none now"):
        f(np.ones(3))


# What is refused --------------------------------------------------------------------------------

W = Tensor(np.ones(3), requires_grad=True)
KEPT = Tensor(np.zeros(3))


def to_argument(x: Any) -> Any:
    x += 1.0
    return x


def to_data(x: Any) -> Any:
    W.data -= x
    return x


def to_gradient(x: Any) -> Any:
    W.zero_grad()
    (W * x).sum().backward()
    W.grad[0] = 0.0
    return x * 1.0


def sets_gradient(x: Any) -> Any:
    W.grad = np.zeros(3)
    return x * 1.0


def to_part(x: Any) -> Any:
    part = KEPT[1:]
    part += x[1:]
    return x * 1.0


def with_gradient(x: Any) -> Any:
    KEPT[0] = (W * x).sum()
    return x * 1.0


def prints(x: Any) -> Any:
    print(x)
    return x * 1.0


def branches(x: Any) -> Any:
    return x * 2.0 if x.sum() > 0 else x


def hooks(x: Any) -> Any:
    y = W * x
    y.register_hook(lambda g: g * 2.0)
    y.sum().backward()
    return y


def takes_values(x: Any) -> Any:
    return sum(x.to_values(), Value(0.0))


@pytest.mark.parametrize(
    ("f", "what", "cure"),
    [
        (to_argument, "on an argument", r"x = x \+ 1"),
        (to_data, r"\.data", r"p -= lr \* p\.grad"),
        (to_gradient, r"on \.grad", "effect"),
        (sets_gradient, r"\.grad =", "p.grad = None"),
        (to_part, "part of a tensor from outside", "on all"),
        (with_gradient, "with a gradient", "effect"),
        (prints, "print", "outside"),
        (branches, "choice", r"autograd\.where"),
        (hooks, "hook", "Hook parameters"),
        (takes_values, r"to_values\(\)", "tensors alone"),
        (lambda x: x * x.max().item(), r"item\(\)", "effect"),
        (lambda x: x + x.numpy(), r"numpy\(\)", "effect"),
    ],
)
def test_the_line_and_the_cure_are_named(f: Callable[[Any], Any], what: str, cure: str) -> None:
    with pytest.raises(CaptureError, match=f"(?s){what}.*{HERE}.*{cure}|{what}.*{cure}.*{HERE}"):
        ag.capture(f)(np.arange(1.0, 4.0))
    W.zero_grad()
    assert float(Tensor([2.0]).sum()) == 2.0 and not capturing()  # nothing is left open


def test_a_leaf_that_records_is_refused_as_ever() -> None:
    def f(x: Any) -> Any:
        w = W
        w -= x
        return w

    with pytest.raises(ag.errors.InPlaceError, match="leaf"):
        ag.capture(f)(np.ones(3))


def test_a_constant_is_not_returned_as_a_result() -> None:
    for f in (lambda x: W, lambda x: {"n": np.arange(3), "x": x}):
        with pytest.raises(CaptureError, match="nothing in it has made"):
            ag.capture(f)(np.ones(3))


# Derivatives inside -----------------------------------------------------------------------------

X = np.random.default_rng(0).normal(size=(5, 4))
Y = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
V = np.random.default_rng(1).normal(size=(3, 1))


def logistic(w: Any) -> Any:
    z = X @ w
    return (ag.softplus(z) - Y * z).mean()


def mlp(p: Any) -> Any:
    return (ag.tanh(X @ p["a"]) @ p["b"]).sum()


def bent(w: Any) -> Any:
    return ag.tanh(X @ w)


DERIVATIVES: dict[str, Callable[[Any], Any]] = {
    "grad": ag.grad(logistic),
    "value_and_grad": ag.value_and_grad(logistic),
    "grad of grad": ag.grad(lambda w: ag.grad(logistic)(w).sum()),
    "vjp": lambda w: ag.vjp(bent, w)[1](np.ones(5)),
    "jvp": lambda w: ag.jvp(bent, (w,), (np.ones(4),)),
    "jacobian by rows": ag.jacobian(lambda w: bent(w)[:2]),
    "jacobian by columns": ag.jacobian(bent),
    "hessian": ag.hessian(logistic),
    "hvp": lambda w: ag.hvp(logistic)(w, np.ones(4)),
    "hvp of a network": lambda w: ag.hvp(mlp)(
        {"a": w.reshape(4, 1) * np.ones(3), "b": V}, {"a": np.ones((4, 3)), "b": V}
    ),
    "checkpoint": ag.grad(ag.checkpoint(logistic)),
    "vectorize": lambda w: ag.vectorize(lambda x: ag.tanh(x @ w))(X),
    "vectorize of grad": lambda w: ag.vectorize(lambda x: ag.grad(lambda w: ag.tanh(x @ w))(w))(X),
    "used further": lambda w: ag.grad(logistic)(w) * 2.0 + ag.jvp(bent, (w,), (w,))[1].sum(),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives_are_taken_anew_in_each_replay(name: str) -> None:
    # To round-off: their rules run on nodes, as in derivatives of derivatives.
    f = DERIVATIVES[name]
    captured = ag.capture(f)
    for k in range(5):
        w = np.linspace(-1, 1, 4) + 0.3 * k
        expected, found = (flatten(g(w))[0] for g in (f, captured))
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(b.numpy(), a, rtol=1e-12, atol=1e-14)
    assert len(captured.plans) == 1


def test_derivatives_of_parameters_inside_a_step() -> None:
    w = Tensor(np.linspace(-1, 1, 4), requires_grad=True)

    @ag.capture
    def penalised() -> Any:
        w.zero_grad()
        g = ag.grad(logistic)(w)
        loss = logistic(w) + (g * g).sum()
        loss.backward()
        return loss

    for k in range(5):
        w.data = np.linspace(-1, 1, 4) * k
        penalised()
        twin = Tensor(w.numpy(), requires_grad=True)
        g = ag.grad(logistic)(twin)
        (logistic(twin) + (g * g).sum()).backward()
        np.testing.assert_allclose(w.grad, twin.grad, rtol=1e-12)


# Values -----------------------------------------------------------------------------------------

LABELS, SHARES, SIGNS = [0, 2, 1, 0], [[1.0, 0.0, 0.5]] * 4, [[1, -1, 1]] * 4


def of_sigmoids(rows: Any, targets: Any) -> Any:
    return scalar.binary_cross_entropy([[z.sigmoid() for z in row] for row in rows], targets)


def of_softmax(rows: Any, targets: Any) -> Any:
    pairs = [pair for row, t in zip(rows, targets) for pair in zip(scalar.softmax(row), t)]
    return sum(p * c for p, c in pairs)


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (scalar.cross_entropy, LABELS),
        (scalar.mse_loss, SHARES),
        (scalar.l1_loss, SHARES),
        (scalar.hinge_loss, SIGNS),
        (scalar.binary_cross_entropy_with_logits, SHARES),
        (of_sigmoids, SHARES),
        (of_softmax, SHARES),
    ],
)
def test_losses_of_values_are_captured(loss: Any, target: Any) -> None:
    def trained(captured: bool) -> list[float]:
        weights = [[Value(0.3 * i - 0.2 * j + 0.1) for i in range(2)] for j in range(3)]

        def cost(xs: Any) -> Any:
            return loss([[a * x + b * y for a, b in weights] for x, y in xs], target)

        call = ag.capture(cost) if captured else cost
        seen = []
        for k in range(6):
            made = call((3.0 * np.random.default_rng(k).normal(size=(4, 2))).tolist())
            made.backward()
            seen.append(made.data)
            for p in [p for row in weights for p in row]:
                seen.append(p.grad)
                p.data -= 0.1 * p.grad
                p.grad = 0.0
        return seen

    np.testing.assert_allclose(trained(True), trained(False), rtol=1e-10, atol=1e-12)


def test_a_training_step_of_values_shows_how_to_write_it() -> None:
    w = Value(2.0)

    def step(x: Any) -> Any:
        w.grad = 0.0
        loss = (w * x - 1.0) ** 2
        loss.backward()
        w.data -= 0.1 * w.grad
        return loss

    with pytest.raises(CaptureError, match=r"loss = f\(x\); loss\.backward\(\)"):
        ag.capture(step)(3.0)


def test_an_effect_among_values_is_refused() -> None:
    w = Value(2.0)
    with pytest.raises(CaptureError, match=f"of values, at .*{HERE}"):
        ag.capture(lambda x: (w * x, effect(lambda: None))[0])(3.0)
