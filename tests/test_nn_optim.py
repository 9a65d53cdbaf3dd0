"""Optimizers against their formulas, and laws that hold for every one there is."""

import copy
import json
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from nn import optim
from nn.optim import settings
from nn.optim.clip import clip_grad_norm, clip_grad_norm_, clip_grad_value, clip_grad_value_
from nn.optim.wolfe import Point, _within, strong_wolfe

Update = Callable[[np.ndarray, np.ndarray, int, dict[str, Any]], np.ndarray]


def kinds(base: type = optim.Optimizer) -> list[type]:
    """Every optimizer there is."""
    found = []
    for kind in base.__subclasses__():
        found += [kind] * (not kind.__name__.startswith("_")) + kinds(kind)
    return sorted(found, key=lambda kind: kind.__name__)


KINDS = kinds()

# Settings off the defaults, which change what is kept or done; every class is also tried as it is.
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "SGD": [{"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}],
    "Adagrad": [{"lr_decay": 0.1, "initial_accumulator_value": 0.5, "weight_decay": 0.1}],
    "RMSprop": [{"momentum": 0.5, "centered": True, "weight_decay": 0.1}],
    "Adadelta": [{"weight_decay": 0.1}],
    "Adam": [{"amsgrad": True, "weight_decay": 0.1}],
    "AdamW": [{"amsgrad": True}],
    "NAdam": [{"decoupled_weight_decay": True, "weight_decay": 0.1}],
    "RAdam": [{"decoupled_weight_decay": True, "weight_decay": 0.1, "betas": (0.9, 0.9)}],
    "Adamax": [{"weight_decay": 0.1}],
    "Lion": [{"weight_decay": 0.1}],
    "LBFGS": [{"line_search_fn": "strong_wolfe", "max_iter": 3, "history_size": 2}],
}
MADE = [
    pytest.param(kind, {**options, "lr": 0.05}, id=f"{kind.__name__}-{i}")
    for kind in KINDS
    for i, options in enumerate([{}, *OPTIONS.get(kind.__name__, [])])
]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
every_made = pytest.mark.parametrize(("kind", "options"), MADE)


class Run:
    """An optimizer with three parameters in one or two groups, and a loss for them."""

    def __init__(self, kind: type, options: dict[str, Any], dtype: Any = np.float32) -> None:
        rng = np.random.default_rng(0)
        shapes: list[tuple[int, ...]] = [(4, 3), (), (5,)]
        self.params = [ag.Tensor(rng.normal(size=s), True, dtype=dtype) for s in shapes]
        self.goals = [rng.normal(size=s).astype(dtype) for s in shapes]
        groups: list[Any] = [{"params": self.params}]
        if kind is not optim.LBFGS:
            groups = [{"params": self.params[:2]}, {"params": self.params[2:], "lr": 0.02}]
        self.optimizer = kind(groups, **options)
        self.t = 0

    def closure(self) -> Any:
        self.optimizer.zero_grad()
        # Every third step the last parameter has no gradient.
        used = list(zip(self.params, self.goals))[: 2 if self.t % 3 == 1 else 3]
        loss = sum(((p - goal) ** 2 + 0.1 * np.cos(3 * p)).sum() for p, goal in used)
        loss.backward(retain_graph=False)
        return loss

    def steps(self, n: int) -> None:
        for _ in range(n):
            self.optimizer.step(self.closure)
            self.t += 1

    def numbers(self) -> bytes:
        return b"".join(p.numpy().tobytes() for p in self.params)


def through_json(state: Any) -> Any:
    """What is left of a state whose arrays were stored apart and whose rest was stored as JSON."""
    arrays: list[np.ndarray] = []

    def apart(x: Any) -> Any:
        if type(x) is np.ndarray:
            arrays.append(x.copy())
            return {"array": len(arrays) - 1}
        if type(x) is dict:
            return {k: apart(v) for k, v in x.items()}
        return [apart(v) for v in x] if type(x) is list else x

    def together(x: Any) -> Any:
        if isinstance(x, dict):
            return arrays[x["array"]] if "array" in x else {k: together(v) for k, v in x.items()}
        return [together(v) for v in x] if isinstance(x, list) else x

    return together(json.loads(json.dumps(apart(state), allow_nan=False)))


# Formulas, written down once more -----------------------------------------------------------------


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


def lion(lr: float, decay: float, b1: float = 0.9, b2: float = 0.99):  # type: ignore[no-untyped-def]
    def update(p: np.ndarray, g: np.ndarray, t: int, kept: dict[str, Any]) -> np.ndarray:
        m = kept.get("m", np.zeros_like(p))
        kept["m"] = b2 * m + (1 - b2) * g
        return p - lr * (np.sign(b1 * m + (1 - b1) * g) + decay * p)

    return update


def rmsprop(lr: float, alpha: float, momentum: float):  # type: ignore[no-untyped-def]
    def update(p: np.ndarray, g: np.ndarray, t: int, kept: dict[str, Any]) -> np.ndarray:
        square = kept["s"] = alpha * kept.get("s", 0) + (1 - alpha) * g**2
        mean = kept["m"] = alpha * kept.get("m", 0) + (1 - alpha) * g
        v = kept["v"] = momentum * kept.get("v", 0) + g / (np.sqrt(square - mean**2) + 1e-8)
        return p - lr * v

    return update


def adamax(lr: float, b1: float = 0.9, b2: float = 0.999):  # type: ignore[no-untyped-def]
    def update(p: np.ndarray, g: np.ndarray, t: int, kept: dict[str, Any]) -> np.ndarray:
        m = kept["m"] = b1 * kept.get("m", 0) + (1 - b1) * g
        u = kept["u"] = np.maximum(b2 * kept.get("u", 0), abs(g) + 1e-8)
        return p - lr / (1 - b1**t) * m / u

    return update


def adagrad(lr: float, decay: float, first: float):  # type: ignore[no-untyped-def]
    def update(p: np.ndarray, g: np.ndarray, t: int, kept: dict[str, Any]) -> np.ndarray:
        total = kept["s"] = kept.get("s", first) + g**2
        return p - lr / (1 + (t - 1) * decay) * g / (np.sqrt(total) + 1e-10)

    return update


def adadelta(rho: float, eps: float):  # type: ignore[no-untyped-def]
    def update(p: np.ndarray, g: np.ndarray, t: int, kept: dict[str, Any]) -> np.ndarray:
        square = kept["s"] = rho * kept.get("s", 0) + (1 - rho) * g**2
        moved = kept.get("m", 0)
        step = g * np.sqrt((moved + eps) / (square + eps))
        kept["m"] = rho * moved + (1 - rho) * step**2
        return p - step

    return update


def nadam(lr: float, slower: float, b1: float = 0.9, b2: float = 0.999):  # type: ignore[no-untyped-def]
    def mu(t: int) -> float:
        return b1 * (1 - 0.96 ** (t * slower) / 2)

    def update(p: np.ndarray, g: np.ndarray, t: int, kept: dict[str, Any]) -> np.ndarray:
        product = math.prod(mu(i) for i in range(1, t + 1))
        m = kept["m"] = b1 * kept.get("m", 0) + (1 - b1) * g
        v = kept["v"] = b2 * kept.get("v", 0) + (1 - b2) * g * g
        ahead = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product)
        return p - lr * ahead / (np.sqrt(v / (1 - b2**t)) + 1e-8)

    return update


def radam(lr: float, b1: float = 0.9, b2: float = 0.999):  # type: ignore[no-untyped-def]
    def update(p: np.ndarray, g: np.ndarray, t: int, kept: dict[str, Any]) -> np.ndarray:
        m = kept["m"] = b1 * kept.get("m", 0) + (1 - b1) * g
        v = kept["v"] = b2 * kept.get("v", 0) + (1 - b2) * g * g
        rho = 2 / (1 - b2) - 1
        now = rho - 2 * t * b2**t / (1 - b2**t)
        if now <= 5:
            return p - lr * m / (1 - b1**t)
        r = math.sqrt((now - 4) * (now - 2) * rho / ((rho - 4) * (rho - 2) * now))
        return p - lr * r * m / (1 - b1**t) / ((np.sqrt(v) + 1e-8) / math.sqrt(1 - b2**t))

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
    (lambda ps: optim.Lion(ps, lr=0.01, weight_decay=0.2), lion(0.01, 0.2)),
    (lambda ps: optim.Lion(ps, lr=0.01, betas=(0.5, 0.8)), lion(0.01, 0, 0.5, 0.8)),
    (
        lambda ps: optim.RMSprop(ps, lr=0.02, alpha=0.9, momentum=0.5, centered=True),
        rmsprop(0.02, 0.9, 0.5),
    ),
    (lambda ps: optim.Adamax(ps, lr=0.02), adamax(0.02)),
    (
        lambda ps: optim.Adagrad(ps, lr=0.1, lr_decay=0.2, initial_accumulator_value=0.5),
        adagrad(0.1, 0.2, 0.5),
    ),
    (lambda ps: optim.Adadelta(ps, rho=0.8, eps=1e-3), adadelta(0.8, 1e-3)),
    (lambda ps: optim.NAdam(ps, lr=0.02, momentum_decay=0.1), nadam(0.02, 0.1)),
    (lambda ps: optim.RAdam(ps, lr=0.02), radam(0.02)),
    (lambda ps: optim.RAdam(ps, lr=0.02, betas=(0.8, 0.9)), radam(0.02, 0.8, 0.9)),
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


def test_rprop_steps_grow_turn_and_stay_within_their_bounds() -> None:
    p = ag.Tensor([0.0], requires_grad=True)
    optimizer = optim.Rprop([p], lr=0.1, etas=(0.5, 2.0), step_sizes=(0.06, 0.3))
    places = []
    for g in (1.0, 5.0, 5.0, -1.0, -1.0, -0.0, 2.0):
        p.grad = [g]
        optimizer.step()
        places.append(p.item())
    # 0.1, 0.2, 0.3 (not 0.4); the sign turns: stay, and halve; then as if for the first time.
    np.testing.assert_allclose(places, [-0.1, -0.3, -0.6, -0.6, -0.45, -0.45, -0.6])


def test_the_variance_of_equal_gradients_is_not_negative() -> None:
    # A running mean square less the squared mean may come out as -1e-18.
    p = ag.Tensor(np.ones(50), requires_grad=True)
    optimizer = optim.RMSprop([p], centered=True, alpha=0.5, eps=1e-3)
    for _ in range(200):
        p.grad = np.linspace(0.1, 3, 50)
        optimizer.step()
    assert np.isfinite(p.numpy()).all()


# They get there ----------------------------------------------------------------------------------

SCALES, GOAL = np.array([1.0, 10.0, 100.0]), np.array([1.0, -2.0, 0.5])


def quadratic(p: Any) -> Any:
    return 0.5 * (SCALES * (p - GOAL) ** 2).sum()


def rosenbrock(p: Any) -> Any:
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


# Settings for the two, and the loss to reach on the first, which starts at 33.
REACHED: dict[str, tuple[dict[str, Any], float, dict[str, Any]]] = {
    "SGD": ({"lr": 0.009, "momentum": 0.9}, 1e-18, {"lr": 1e-4, "momentum": 0.99}),
    "Adagrad": ({"lr": 1.0}, 1e-18, {"lr": 1.0}),
    "RMSprop": ({"lr": 0.02}, 1e-18, {"lr": 0.002, "alpha": 0.9}),
    "Adadelta": ({"lr": 10.0}, 1e-18, {"eps": 1e-5, "rho": 0.999}),
    "Adam": ({"lr": 0.1}, 1e-18, {"lr": 0.05}),
    "AdamW": ({"lr": 0.1, "weight_decay": 0.0}, 1e-18, {"lr": 0.05, "weight_decay": 0.0}),
    "NAdam": ({"lr": 0.1}, 1e-18, {"lr": 0.02}),
    "RAdam": ({"lr": 0.015, "betas": (0.9, 0.99)}, 1e-15, {"lr": 0.003, "betas": (0.9, 0.99)}),
    "Adamax": ({"lr": 0.1}, 1e-18, {"lr": 0.2}),
    "Lion": ({"lr": 0.01}, 1e-3, {"lr": 0.002}),
    "Rprop": ({}, 1e-9, {}),
    "LBFGS": (
        {"line_search_fn": "strong_wolfe", "max_iter": 30},
        1e-9,
        {"line_search_fn": "strong_wolfe", "max_iter": 60},
    ),
}


def descend(kind: type, options: dict[str, Any], f: Any, start: Any, steps: int) -> float:
    p = ag.Tensor(np.array(start, dtype=float), requires_grad=True)
    optimizer = kind([p], **options)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = f(p)
        loss.backward(retain_graph=False)
        return loss

    for _ in range(1 if kind is optim.LBFGS else steps):
        optimizer.step(closure)
    return float(f(p).item())


@every_kind
def test_a_badly_scaled_bowl(kind: type) -> None:
    options, bound, _ = REACHED[kind.__name__]
    assert descend(kind, options, quadratic, [0, 0, 0], 500) < bound


@every_kind
def test_rosenbrocks_valley(kind: type) -> None:
    # From 24.2; the bottom of the valley before its bend is at 4.
    options = REACHED[kind.__name__][2]
    assert descend(kind, options, rosenbrock, [-1.2, 1], 2000) < 0.05


def test_lbfgs_takes_few_evaluations_and_stops() -> None:
    p = ag.Tensor([-1.2, 1.0], requires_grad=True)
    optimizer = optim.LBFGS([p], max_iter=200, line_search_fn="strong_wolfe")
    losses = []

    def closure() -> Any:
        optimizer.zero_grad()
        loss = rosenbrock(p)
        loss.backward(retain_graph=False)
        losses.append(loss.item())
        return loss

    first = optimizer.step(closure)
    assert first.item() == losses[0]
    assert min(losses) < 1e-8 and len(losses) < 60
    count = len(losses)
    optimizer.step(closure)
    optimizer.step(closure)
    assert len(losses) < count + 8


def test_lbfgs_backs_off_where_the_loss_is_not_finite() -> None:
    p = ag.Tensor([5.0], requires_grad=True)
    optimizer = optim.LBFGS([p], lr=1e2, max_iter=50, line_search_fn="strong_wolfe")
    places = []

    def closure() -> Any:
        optimizer.zero_grad()
        with np.errstate(invalid="ignore", divide="ignore"):
            loss = (p - np.log(p)).sum()  # NaN below zero, lowest at 1
            loss.backward(retain_graph=False)
        places.append(p.item())
        return loss

    optimizer.step(closure)
    assert min(places) < 0
    assert abs(p.item() - 1) < 1e-3


def test_a_line_search_stops_at_a_rise_behind_which_it_falls_again() -> None:
    def at(t: float) -> Point:
        slope = -1.0 - 2 * t
        return Point(t, -t - t * t + (110.5 if t > 5 else 0.0), np.array([slope]), slope)

    found, used = strong_wolfe(at, at(0.0), 0.1, longest=1.0, tolerance=1e-9, tries=20)
    assert 1 < found.t <= 5 and found.value == at(found.t).value and used <= 21


def test_a_line_search_keeps_off_the_ends_of_its_bracket() -> None:
    def bowl(lowest: float) -> list[Point]:
        return [Point(t, (t - lowest) ** 2, np.zeros(1), 2 * (t - lowest)) for t in (0.0, 1.0)]

    assert _within(bowl(1.5), close=False) == (0.9, False)
    assert _within(bowl(-0.5), close=False) == (0.1, False)
    assert _within(bowl(0.75), close=True) == (0.75, False)
    assert _within(bowl(0.95), close=False) == (pytest.approx(0.95), True)
    assert _within(bowl(0.95), close=True) == (0.9, False)


def test_lbfgs_keeps_to_its_evaluations() -> None:
    p = ag.Tensor([0.0], requires_grad=True)
    optimizer = optim.LBFGS([p], max_eval=6, line_search_fn="strong_wolfe")

    def closure() -> Any:
        p.grad = [-1.0]
        return -p.item()  # for ever down, so that the search goes on for as long as it may

    optimizer.step(closure)
    assert optimizer.state[p]["func_evals"] == 7  # and the search's first, as PyTorch counts


# Laws of every optimizer -------------------------------------------------------------------------


def test_the_walk_finds_them_all() -> None:
    assert {kind.__name__.lower() for kind in KINDS} == set(optim.names())
    assert {kind.__name__ for kind in KINDS} <= set(optim.__all__)
    assert all(optim.get(kind.__name__) is kind for kind in KINDS)


@every_made
def test_a_run_goes_on_from_its_state_bit_for_bit(kind: type, options: dict[str, Any]) -> None:
    whole = Run(kind, options)
    whole.steps(5)
    whole.optimizer.param_groups[-1]["lr"] = 0.0625
    numbers, state = [p.numpy() for p in whole.params], whole.optimizer.state_dict()
    kept = through_json(state)
    whole.steps(7)

    again = Run(kind, options)
    again.steps(2)  # leaves traces that loading has to undo
    with ag.no_grad():
        for p, x in zip(again.params, numbers):
            p[...] = x
    again.optimizer.load_state_dict(kept)
    again.t = 5
    assert again.optimizer.param_groups[-1]["lr"] == 0.0625
    again.steps(7)
    assert again.numbers() == whole.numbers()
    assert repr(again.optimizer) == repr(whole.optimizer)


@every_made
def test_a_run_starts_anew_from_a_state_of_the_start(kind: type, options: dict[str, Any]) -> None:
    run, other = Run(kind, options), Run(kind, options)
    run.optimizer.load_state_dict(run.optimizer.state_dict())
    other.steps(4)
    with ag.no_grad():
        for p, q in zip(other.params, run.params):
            p[...] = q.detach()
    other.optimizer.load_state_dict(through_json(run.optimizer.state_dict()))
    assert not other.optimizer.state
    run.steps(4)
    other.t = 0
    other.steps(4)
    assert other.numbers() == run.numbers()


@every_made
def test_a_state_is_a_copy(kind: type, options: dict[str, Any]) -> None:
    run = Run(kind, options)
    run.steps(3)
    state = run.optimizer.state_dict()
    before = pickle.dumps(state)
    run.steps(3)
    assert pickle.dumps(state) == before
    other = Run(kind, options)
    other.optimizer.load_state_dict(state)
    other.steps(3)
    assert pickle.dumps(state) == before


@every_made
def test_an_optimizer_is_copied_with_its_parameters(kind: type, options: dict[str, Any]) -> None:
    run = Run(kind, options)
    run.steps(3)
    copies = [copy.deepcopy(run), pickle.loads(pickle.dumps(run))]
    run.steps(4)
    for other in copies:
        other.steps(4)
        assert other.numbers() == run.numbers()


@every_made
def test_dtype_shape_and_leafhood_stay(kind: type, options: dict[str, Any]) -> None:
    run = Run(kind, options, np.float32)
    run.steps(3)
    for p in run.params:
        assert p.dtype == np.float32 and p.is_leaf and p.requires_grad
    if kind is not optim.LBFGS:  # which keeps flat arrays
        for p, state in run.optimizer.state.items():
            for x in state.values():
                assert not isinstance(x, np.ndarray) or (x.dtype, x.shape) == (p.dtype, p.shape)


@every_made
def test_float32_goes_where_float64_goes(kind: type, options: dict[str, Any]) -> None:
    narrow, wide = Run(kind, options, np.float32), Run(kind, options, np.float64)
    narrow.steps(4)
    wide.steps(4)
    for a, b in zip(narrow.params, wide.params):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-4, atol=2e-4)


@every_kind
def test_a_step_leaves_gradients_and_recorded_graphs_alone(kind: type) -> None:
    p = ag.Tensor([1.0, 2.0], requires_grad=True)
    view = p[1:]
    loss = (p * p).sum()
    loss.backward()
    grad = p.grad.copy()
    optimizer = kind([p], lr=0.5)
    optimizer.step(*([lambda: loss] if kind is optim.LBFGS else []))
    np.testing.assert_array_equal(p.grad, grad)
    assert (p.numpy() != [1.0, 2.0]).all() and view.item() == p.numpy()[1]
    p.zero_grad()
    loss.backward()  # the graph saw the old numbers
    np.testing.assert_array_equal(p.grad, grad)


@every_kind
def test_parameters_without_gradient_stay(kind: type) -> None:
    p, q = (ag.Tensor([1.0], requires_grad=True) for _ in range(2))
    options = {"weight_decay": 0.5} if kind in (optim.AdamW, optim.Lion) else {}
    optimizer = kind([p, q], lr=0.1, **options)
    (p * p).sum().backward()
    optimizer.step(*([lambda: 1.0] if kind is optim.LBFGS else []))
    assert p.item() != 1 and q.item() == 1
    assert list(optimizer.state) in ([p], [])


@every_made
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_not_hidden(
    kind: type, options: dict[str, Any], bad: float
) -> None:
    p = ag.Tensor(np.ones(3), requires_grad=True)
    optimizer = kind([p], **options)
    with np.errstate(all="ignore"):
        for g in ([1.0, 1.0, 1.0], [1.0, bad, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]):
            p.grad = g
            optimizer.step(*([lambda: 1.0] if kind is optim.LBFGS else []))
    x = p.numpy()
    assert not np.isfinite(x[1])
    if kind is not optim.LBFGS:  # which moves all in one direction
        assert np.isfinite(x[[0, 2]]).all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not optim.LBFGS])
def test_climbing_is_descending_the_negative(kind: type) -> None:
    rng = np.random.default_rng(1)
    up, down = (ag.Tensor(np.ones(4), requires_grad=True) for _ in range(2))
    decay = {"weight_decay": 0.1} if "weight_decay" in kind([up]).defaults else {}
    climber = kind([up], maximize=True, **decay)
    descender = kind([down], **decay)
    for _ in range(10):
        g = rng.normal(size=4)
        up.grad, down.grad = g, -g
        climber.step()
        descender.step()
    np.testing.assert_array_equal(up.numpy(), down.numpy())


@every_kind
def test_step_returns_the_loss_of_a_closure_that_records(kind: type) -> None:
    p = ag.Tensor([1.0], requires_grad=True)
    optimizer = kind([p])

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (3 * p).sum()
        loss.backward()
        return loss

    with ag.no_grad():
        assert optimizer.step(closure).item() == 3.0
    assert p.item() < 1


def test_momentum_may_be_asked_for_later() -> None:
    for kind in (optim.SGD, optim.RMSprop):
        p = ag.Tensor([1.0], requires_grad=True)
        optimizer = kind([p], lr=0.1)
        for momentum in (0.0, 0.5, 0.5):
            optimizer.param_groups[0]["momentum"] = momentum
            p.grad = [1.0]
            optimizer.step()
        assert optimizer.state[p]["momentum_buffer"].item() > 1


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


# Groups ------------------------------------------------------------------------------------------


def test_groups_have_settings_of_their_own() -> None:
    p, q, r = (ag.Tensor([1.0], requires_grad=True) for _ in range(3))
    optimizer = optim.SGD([{"params": [p]}, {"params": q, "lr": 1.0}], lr=0.25)
    (p + q).sum().backward()
    optimizer.step()
    assert (p.item(), q.item()) == (0.75, 0.0)
    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.add_param_group({"params": [r], "lr": 2.0})
    r.grad = [1.0]
    optimizer.step()
    assert (p.item(), q.item(), r.item()) == (0.25, -1.0, -1.0)
    assert repr(optimizer).count("lr=") == 3 and "(2): lr=2.0" in repr(optimizer)


def test_gradients_are_forgotten_or_filled_with_zeros() -> None:
    p, q = (ag.Tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([p, q])
    p.grad = [3.0]
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0.0] and q.grad is None
    optimizer.zero_grad()
    assert p.grad is None


# Wrong use ---------------------------------------------------------------------------------------

WRONG: dict[str, list[Any]] = {
    "alpha": [-0.1, 1.0, math.nan],
    "amsgrad": ["no", 2],
    "betas": [(1.0, 0.9), (0.9, -0.1), (0.9,), 0.9],
    "centered": [1],
    "dampening": [math.nan, "much"],
    "decoupled_weight_decay": [None],
    "eps": [-1e-8, math.inf],
    "etas": [(1.5, 1.2), (0.5, 0.9), (0.0, 1.2)],
    "history_size": [0, 1.5],
    "initial_accumulator_value": [-1],
    "line_search_fn": ["wolfe"],
    "lr": [0, -0.1, math.nan, math.inf, "fast", True, None],
    "lr_decay": [-1],
    "max_eval": [0],
    "max_iter": [0],
    "maximize": [-1],
    "momentum": [-0.5, math.nan],
    "momentum_decay": [-1],
    "nesterov": [0],
    "rho": [-0.1, 1.1],
    "step_sizes": [(0.0, 1.0), (2.0, 1.0)],
    "tolerance_change": [-1],
    "tolerance_grad": [-1],
    "weight_decay": [-0.1],
}


@every_kind
def test_every_setting_is_checked_and_named(kind: type) -> None:
    p = ag.Tensor([1.0], requires_grad=True)
    good = kind([p])
    assert set(good.defaults) <= set(settings._RULES)
    for name in good.defaults:
        for value in WRONG[name]:
            with pytest.raises(ValueError, match=rf"^{kind.__name__}: .*{name}="):
                kind([{"params": [p], name: value}])


def test_wrong_use_answers_at_once() -> None:
    p = ag.Tensor([1.0], requires_grad=True)
    with pytest.raises(ValueError, match="SGD: a learning rate is a positive number, got lr=0"):
        optim.SGD([p], lr=0)
    with pytest.raises(ValueError, match="no parameters"):
        optim.Adam([])
    with pytest.raises(ValueError, match="twice"):
        optim.Adam([p, p])
    with pytest.raises(ValueError, match="twice"):
        optim.Adam([p]).add_param_group({"params": p})
    with pytest.raises(TypeError, match="leaf tensors"):
        optim.Adam([ag.Tensor([1.0])])
    with pytest.raises(TypeError, match="leaf tensors"):
        optim.Adam([p * 2])
    with pytest.raises(ValueError, match="SGD: nesterov"):
        optim.SGD([p], nesterov=True)
    with pytest.raises(TypeError, match="no setting 'lrr'"):
        optim.SGD([{"params": [p], "lrr": 1}])
    with pytest.raises(TypeError, match="a parameter group is a dict"):
        optim.SGD([p]).add_param_group([p])
    with pytest.raises(TypeError, match=r"model\.parameters\(\)"):
        optim.LBFGS(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="one parameter group"):
        optim.LBFGS([{"params": [p]}, {"params": [ag.Tensor([1.0], requires_grad=True)]}])
    with pytest.raises(TypeError, match="takes a closure"):
        optim.LBFGS([p]).step()
    optimizer = optim.SGD([p])
    optimizer.param_groups[0]["params"].append(ag.Tensor([1.0], requires_grad=True))
    with pytest.raises(RuntimeError, match="add_param_group"):
        optimizer.step()


def test_names() -> None:
    assert optim.get("SGD") is optim.get("sgd") is optim.SGD
    with pytest.raises(ValueError, match=r"did you mean 'rmsprop'\? There are adadelta, .* sgd"):
        optim.get("rms_prop")
    with pytest.raises(ValueError, match="called 'zzz'; there are adadelta"):
        optim.get("zzz")
    with pytest.raises(TypeError, match="is text"):
        optim.get(3)


def refused(change: Callable[[dict[str, Any]], Any], match: str, kind: type = optim.Adam) -> None:
    """A changed state is refused, and nothing has happened."""
    source, run = Run(kind, {}), Run(kind, {"lr": 0.125})
    source.steps(2)
    state = source.optimizer.state_dict()
    change(state)
    before = pickle.dumps(run.optimizer.state_dict())
    with pytest.raises(ValueError, match=match):
        run.optimizer.load_state_dict(state)
    assert pickle.dumps(run.optimizer.state_dict()) == before


def test_states_that_do_not_fit_are_refused_whole() -> None:
    with pytest.raises(ValueError, match="no state of an optimizer"):
        Run(optim.SGD, {}).optimizer.load_state_dict([1, 2])
    refused(lambda s: s.pop("param_groups"), "no state of an optimizer")
    refused(lambda s: s["state"].update({"first": 1}), "no state of an optimizer")
    refused(lambda s: s["param_groups"].pop(), r"groups of \[2\] parameters and .* \[2, 1\]")
    refused(lambda s: s["param_groups"][1].update(params=[]), r"\[2, 0\]")
    refused(lambda s: s["param_groups"][1].update(lr=-1), "Adam: a learning rate")
    refused(lambda s: s["param_groups"][1].update(rho=1), "no setting 'rho'.*another optimizer")
    refused(lambda s: s["param_groups"][1].pop("eps"), "lacks the setting eps")
    refused(lambda s: s["state"].update({7: {"step": 1}}), r"parameters \[7\] of 3")
    refused(lambda s: s["state"][2].pop("exp_avg"), "parameter 2 lacks exp_avg")
    refused(lambda s: s["state"][2].update(sum=1), "parameter 2 has sum")
    refused(lambda s: s["state"][2].update(exp_avg=np.ones(4)), r"shape \(4,\) where \(5,\) is due")
    refused(lambda s: s["param_groups"][0].update(amsgrad=True), "0 lacks max_exp_avg_sq")
    refused(lambda s: s["state"][0].update(sum=1), "has sum", optim.LBFGS)
    refused(lambda s: s["state"][0].pop("d"), "incomplete or of another model", optim.LBFGS)
    refused(lambda s: s["state"][0]["ro"].pop(), "incomplete or of", optim.LBFGS)
    refused(lambda s: s["state"][0].update(d=np.ones(3)), "than one of 18 numbers", optim.LBFGS)


# Clipping ----------------------------------------------------------------------------------------


def with_gradients(*grads: Any, dtype: Any = np.float64) -> list[Any]:
    params = []
    for g in grads:
        p = ag.Tensor(np.zeros(np.shape(g)), requires_grad=True, dtype=dtype)
        p.grad = g
        params.append(p)
    return params


@pytest.mark.parametrize("kind", [0.5, 1, 2.0, 3, math.inf])
def test_gradients_are_scaled_to_a_norm_taken_together(kind: float) -> None:
    rng = np.random.default_rng(0)
    grads = [rng.normal(size=shape) for shape in ((3, 4), (), (5,))]
    params = [*with_gradients(*grads), ag.Tensor([1.0], requires_grad=True)]
    held = [p.grad for p in params]
    flat = np.concatenate([g.ravel() for g in grads])
    expected = np.linalg.norm(flat, kind)
    assert clip_grad_norm(params, 0.5 * expected, kind) == pytest.approx(expected, rel=1e-14)
    for p, g, was in zip(params, grads, held):
        assert p.grad is was
        np.testing.assert_allclose(p.grad, 0.5 * g, rtol=3e-6)
    scaled = np.concatenate([p.grad.ravel() for p in params[:3]])
    assert np.linalg.norm(scaled, kind) <= 0.5 * expected
    assert clip_grad_norm(iter(params), 0.6 * expected, kind) == pytest.approx(0.5 * expected, 1e-5)
    np.testing.assert_array_equal(params[0].grad, scaled[:12].reshape(3, 4))


def test_norms_beyond_the_squares_of_a_dtype() -> None:
    params = with_gradients([3e25, 4e25], dtype=np.float32)
    assert clip_grad_norm(params, 5.0) == pytest.approx(5e25)
    np.testing.assert_allclose(params[0].grad, [3, 4], rtol=1e-6)
    assert clip_grad_norm(with_gradients([3e-30, 4e-30], dtype=np.float32), 1.0) == pytest.approx(
        5e-30
    )
    assert clip_grad_norm(with_gradients([0.0, 0.0]), 1.0) == 0
    assert clip_grad_norm([ag.Tensor([1.0], requires_grad=True)], 1.0) == 0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_norm_that_is_not_finite_shows(bad: float) -> None:
    params = with_gradients([1.0, 1.0], [bad, 1.0])
    with pytest.raises(RuntimeError, match=rf"norm is {bad}, the first .* parameter 1"):
        clip_grad_norm(params, 1.0, error_if_nonfinite=True)
    assert params[0].grad.tolist() == [1, 1]
    with np.errstate(invalid="ignore"):
        total = clip_grad_norm(params, 1.0)
    assert total == bad or (math.isnan(bad) and math.isnan(total))
    # Scaled by NaN, or by 0.
    other = math.nan if math.isnan(bad) else 0.0
    np.testing.assert_array_equal([p.grad for p in params], [[other, other], [math.nan, other]])


def test_gradients_are_cut_to_a_value() -> None:
    params = with_gradients([3.0, -0.5, -7.0, math.nan])
    held = params[0].grad
    clip_grad_value(params, 2)
    assert params[0].grad is held
    np.testing.assert_array_equal(held, [2, -0.5, -2, math.nan])


def test_clipping_takes_a_model_or_one_tensor_and_has_pytorchs_names() -> None:
    assert clip_grad_norm_ is clip_grad_norm and clip_grad_value_ is clip_grad_value
    model = nn.Linear(2, 1, rng=0)
    model(np.ones((3, 2), dtype=np.float32)).sum().backward()
    assert clip_grad_norm(model, 1.0) == pytest.approx(math.sqrt(27))
    clip_grad_value(model.weight, 0.25)
    assert model.weight.grad.tolist() == [[0.25, 0.25]]


def test_wrong_bounds_and_parameters() -> None:
    (p,) = with_gradients([1.0])
    for bound in (0, -1, math.nan):
        with pytest.raises(ValueError, match="max_norm is a positive number"):
            clip_grad_norm([p], bound)
        with pytest.raises(ValueError, match="clip_value is a positive number"):
            clip_grad_value([p], bound)
    with pytest.raises(ValueError, match="norm_type"):
        clip_grad_norm([p], 1.0, -2)
    with pytest.raises(TypeError, match=r"model\.parameters\(\)"):
        clip_grad_norm([p.grad], 1.0)


_LONG = [
    pytest.param(nn.optim.SGD, {"momentum": 0.9, "nesterov": True}, id="SGD"),
    pytest.param(nn.optim.Adam, {"amsgrad": True, "weight_decay": 0.1}, id="Adam"),
    pytest.param(nn.optim.AdamW, {}, id="AdamW"),
    pytest.param(nn.optim.RMSprop, {"momentum": 0.9, "centered": True}, id="RMSprop"),
    pytest.param(nn.optim.NAdam, {}, id="NAdam"),
    pytest.param(nn.optim.RAdam, {}, id="RAdam"),
    pytest.param(nn.optim.Rprop, {}, id="Rprop"),
    pytest.param(nn.optim.Lion, {}, id="Lion"),
    pytest.param(nn.optim.Adagrad, {}, id="Adagrad"),
    pytest.param(nn.optim.Adadelta, {}, id="Adadelta"),
    pytest.param(nn.optim.Adamax, {}, id="Adamax"),
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("kind", "settings"), _LONG)
def test_a_large_parameter_moves_in_blocks_as_it_would_whole(
    kind: Any, settings: dict[str, Any], order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    start = np.asarray(rng.normal(size=(9, 11)), order=order)
    gradients = [np.asarray(rng.normal(size=(9, 11)), order=order) for _ in range(4)]
    found = []
    for block, large in ((1 << 16, 1 << 19), (16, 32)):
        monkeypatch.setattr("nn.optim.blocks._BLOCK", block)
        monkeypatch.setattr("nn.optim.blocks._LARGE", large)
        p = ag.from_numpy(start.copy("K")).requires_grad_()
        optimizer = kind([p], lr=0.1, **settings)
        for g in gradients:
            p.grad = g
            optimizer.step()
        found.append((p.numpy(), optimizer.state_dict()["state"][0]))
    (whole, state), (cut, also) = found
    assert whole.tobytes() == cut.tobytes()
    assert state.keys() == also.keys()
    for name, value in state.items():
        assert np.array_equal(value, also[name]), name
