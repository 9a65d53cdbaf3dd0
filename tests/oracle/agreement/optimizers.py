"""Optimizers: 20 steps from the same place, on gradients of the same function.

The gradients are computed with NumPy from the parameters that each side has arrived at, so that
what differs once goes on to differ. There are two groups with settings of their own, a parameter
without axes, and one that goes without a gradient now and then. States are compared by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from nn import optim

from .row import Row, apart

STEPS = 20
SHAPES = [(4, 3), (3,), (), (2, 2)]
_rng = np.random.default_rng(7)
STARTS = [_rng.normal(size=shape) for shape in SHAPES]
GOALS = [_rng.normal(size=shape) for shape in SHAPES]
SIZES = [10.0 ** _rng.uniform(-2, 1, size=shape) for shape in SHAPES]


def gradient(i: int, p: np.ndarray, t: int) -> np.ndarray | None:
    """Of parameter ``i`` at step ``t``; signs turn, sizes differ, and sometimes there is none."""
    if i == 1 and t % 5 == 3:
        return None
    return np.asarray(SIZES[i] * (p - GOALS[i]) + 0.3 * np.cos(5 * p + t))


def run_ours(make: Callable[..., Any], steps: range, state: Any = None) -> tuple[Any, Any, Any]:
    params = [ag.Tensor(x, requires_grad=True) for x in STARTS]
    optimizer = make(params)
    if state is not None:
        params_then, kept = state
        with ag.no_grad():
            for p, x in zip(params, params_then):
                p[...] = x
        optimizer.load_state_dict(kept)
    for t in steps:
        for i, p in enumerate(params):
            p.grad = gradient(i, p.numpy(), t)
        optimizer.step()
    return [p.numpy() for p in params], optimizer.state_dict()["state"], optimizer


def run_theirs(make: Callable[..., Any], steps: range) -> tuple[Any, Any, Any]:
    import torch

    params = [torch.nn.Parameter(torch.tensor(x)) for x in STARTS]
    optimizer = make(params)
    for t in steps:
        for i, p in enumerate(params):
            g = gradient(i, p.detach().numpy().copy(), t)
            p.grad = None if g is None else torch.tensor(g)
        optimizer.step()
    state = optimizer.state_dict()["state"]
    kept = {i: {k: v for k, v in s.items() if v is not None} for i, s in state.items()}
    return (
        [p.detach().numpy().copy() for p in params],
        {i: s for i, s in kept.items() if s},
        optimizer,
    )


def groups(params: list[Any], own: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"params": params[:2]}, {"params": params[2:], **own}]


def compare(name: str, settings: dict[str, Any], own: dict[str, Any], *, resume: bool) -> float:
    import torch

    def ours(params: list[Any]) -> Any:
        return getattr(optim, name)(groups(params, own), **settings)

    def theirs(params: list[Any]) -> Any:
        return getattr(torch.optim, name)(groups(params, own), **settings)

    # Else PyTorch keeps NAdam's product of momentums in float32.
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        expected = run_theirs(theirs, range(STEPS))[:2]
        if not resume:
            return apart(run_ours(ours, range(STEPS))[:2], expected)
        half = STEPS // 2
        params, _, optimizer = run_theirs(theirs, range(half))
        found = run_ours(ours, range(half, STEPS), (params, optimizer.state_dict()))[:2]
        return apart(found, expected)
    finally:
        torch.set_default_dtype(before)


# Settings of the optimizer, and of its second group.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}, {"lr": 0.03}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}, {"weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}, {"momentum": 0.0}),
    ("SGD", {"lr": 0.02, "momentum": 0.8, "nesterov": True}, {"weight_decay": 0.1}),
    ("SGD", {"lr": 0.02, "momentum": 0.5, "maximize": True}, {"weight_decay": 0.1}),
    ("Adagrad", {}, {"lr": 0.5}),
    ("Adagrad", {"lr": 0.2, "lr_decay": 0.1, "initial_accumulator_value": 0.5}, {"eps": 0.1}),
    ("Adagrad", {"lr": 0.2, "weight_decay": 0.1, "maximize": True}, {"weight_decay": 0.0}),
    ("RMSprop", {}, {"lr": 0.05}),
    ("RMSprop", {"alpha": 0.8, "centered": True}, {"eps": 0.1}),
    ("RMSprop", {"momentum": 0.7}, {"weight_decay": 0.1, "momentum": 0.0}),
    ("RMSprop", {"momentum": 0.7, "centered": True, "maximize": True}, {"alpha": 0.5}),
    ("Adadelta", {}, {"lr": 0.5}),
    ("Adadelta", {"rho": 0.5, "eps": 1e-3, "weight_decay": 0.1}, {"maximize": True}),
    ("Adam", {}, {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3}, {"betas": (0.0, 0.9)}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1}, {"weight_decay": 0.0}),
    ("Adam", {"lr": 0.1, "betas": (0.9, 0.5), "amsgrad": True}, {"amsgrad": False}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}, {"maximize": False}),
    ("AdamW", {}, {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.3}, {"weight_decay": 0.0}),
    ("AdamW", {"lr": 0.1, "betas": (0.9, 0.5), "amsgrad": True, "maximize": True}, {}),
    ("NAdam", {}, {"lr": 0.1}),
    ("NAdam", {"lr": 0.1, "momentum_decay": 0.1, "weight_decay": 0.1}, {"betas": (0.5, 0.9)}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}, {"eps": 0.1}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}, {"maximize": False}),
    ("RAdam", {}, {"lr": 0.1}),
    ("RAdam", {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.1}, {"betas": (0.5, 0.5)}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}, {"eps": 0.1}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}, {"maximize": False}),
    ("Adamax", {}, {"lr": 0.1}),
    ("Adamax", {"lr": 0.1, "betas": (0.5, 0.8), "weight_decay": 0.1}, {"eps": 0.1}),
    ("Adamax", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}, {"maximize": False}),
    ("Rprop", {}, {"lr": 0.1}),
    ("Rprop", {"etas": (0.3, 1.7), "step_sizes": (0.005, 0.05)}, {"etas": (0.9, 1.01)}),
    ("Rprop", {"maximize": True}, {"maximize": False}),
]


def words(name: str, settings: dict[str, Any], own: dict[str, Any]) -> str:
    first = ", ".join(f"{k}={v}" for k, v in settings.items())
    second = ", ".join(f"{k}={v}" for k, v in own.items())
    return f"{name}({first})" + (f" and ({second})" if own else "")


ROWS = [
    Row(
        "optimizer",
        words(*case),
        lambda case=case: compare(*case, resume=False),  # type: ignore[misc]
    )
    for case in CASES
]

# PyTorch's state, taken over halfway.
RESUMED = {
    "SGD": {"lr": 0.1, "momentum": 0.9},
    "Adagrad": {"lr_decay": 0.1},
    "RMSprop": {"momentum": 0.7, "centered": True},
    "Adadelta": {},
    "Adam": {"amsgrad": True},
    "AdamW": {"lr": 0.1},
    "NAdam": {},
    "RAdam": {"betas": (0.9, 0.9)},
    "Adamax": {},
    "Rprop": {},
}
ROWS += [
    Row(
        "optimizer",
        f"{name} from PyTorch's state",
        lambda name=name, settings=settings: compare(  # type: ignore[misc]
            name, settings, {"lr": 0.05}, resume=True
        ),
    )
    for name, settings in RESUMED.items()
]


# L-BFGS, which asks for losses itself -----------------------------------------------------------


def rosenbrock(p: np.ndarray) -> tuple[float, np.ndarray]:
    """Of four numbers, starting far away."""
    a, b = p[:-1], p[1:]
    loss = float(((1 - a) ** 2 + 100 * (b - a * a) ** 2).sum())
    g = np.zeros_like(p)
    g[:-1] += -2 * (1 - a) - 400 * a * (b - a * a)
    g[1:] += 200 * (b - a * a)
    return loss, g


_x = np.random.default_rng(3).normal(size=(12, 4)) * [1.0, 3.0, 0.3, 1.0]
_y = np.tanh(_x @ [1.0, -0.5, 2.0, 0.1]) + 0.1 * _x[:, 0]


def regression(p: np.ndarray) -> tuple[float, np.ndarray]:
    """Squared error of a tanh of a linear model."""
    out = np.tanh(_x @ p)
    gap = out - _y
    return float((gap**2).mean()), 2 / len(_y) * _x.T @ (gap * (1 - out**2))


def wavy(p: np.ndarray) -> tuple[float, np.ndarray]:
    """Many hollows, which a line search meets in all its branches."""
    size = np.array([0.02, 0.05, 0.1, 0.01])
    loss = (size * p * p + 0.3 * np.sin(3 * p) + 0.2 * np.cos(7 * p + 1)).sum()
    return float(loss), 2 * size * p + 0.9 * np.cos(3 * p) - 1.4 * np.sin(7 * p + 1)


def lbfgs(
    f: Callable[[np.ndarray], Any], start: Any, steps: int, settings: dict[str, Any]
) -> float:
    import torch

    start = np.array(start, dtype=float)
    ours = ag.Tensor(start, requires_grad=True)
    theirs = torch.nn.Parameter(torch.tensor(start))
    evaluations: list[list[float]] = [[], []]

    def our_closure() -> float:
        loss, ours.grad = f(ours.numpy())
        evaluations[0].append(loss)
        return loss

    def their_closure() -> float:
        loss, g = f(theirs.detach().numpy().copy())
        theirs.grad = torch.tensor(g)
        evaluations[1].append(loss)
        return loss

    a, b = optim.LBFGS([ours], **settings), torch.optim.LBFGS([theirs], **settings)
    for _ in range(steps):
        a.step(our_closure)
        b.step(their_closure)
    state, expected = a.state_dict()["state"][0], b.state_dict()["state"][0]
    expected = {k: v for k, v in expected.items() if k != "al"}
    return max(apart(ours.numpy(), theirs), apart(*evaluations), apart(state, expected))


_FAR = [-1.2, 1.0, -0.5, 2.0]
_ZERO = [0.1, 0.1, 0.1, 0.1]
_WOLFE = {"line_search_fn": "strong_wolfe"}
LBFGS: list[tuple[str, Any, Any, int, dict[str, Any]]] = [
    ("Rosenbrock, strong_wolfe", rosenbrock, _FAR, 1, {"max_iter": 15, **_WOLFE}),
    (
        "Rosenbrock, strong_wolfe, history_size=2",
        rosenbrock,
        _FAR,
        1,
        {"max_iter": 15, "history_size": 2, **_WOLFE},
    ),
    ("Rosenbrock, lr=0.001", rosenbrock, _FAR, 3, {"max_iter": 5, "lr": 1e-3}),
    ("regression", regression, _ZERO, 4, {"max_iter": 4, "lr": 0.5}),
    ("regression, strong_wolfe", regression, _ZERO, 3, {"max_iter": 4, **_WOLFE}),
    ("regression, strong_wolfe, max_eval=3", regression, _ZERO, 4, {"max_eval": 3, **_WOLFE}),
    (
        "regression to its tolerances",
        regression,
        _ZERO,
        2,
        {"max_iter": 100, "tolerance_change": 1e-5, **_WOLFE},
    ),
]
ROWS += [
    Row(
        "optimizer",
        f"LBFGS: {name}",
        lambda case=case: lbfgs(*case),  # type: ignore[misc]
        # Rosenbrock's Hessian has a condition number of thousands, and each direction is solved
        # with an approximation of it: round-off of dot products grows from one to the next.
        **({"bound": 1e-11} if case[0] is rosenbrock else {}),
    )
    for name, *case in LBFGS
]


def wavy_searches(max_eval: int) -> float:
    starts = np.random.default_rng(11).uniform(-4, 4, size=(60, 4))
    return max(
        lbfgs(wavy, start, 1, {"lr": 0.05 * 1.1**i, "max_iter": 1, "max_eval": max_eval, **_WOLFE})
        for i, start in enumerate(starts)
    )


ROWS += [
    Row("optimizer", f"LBFGS: 60 line searches, max_eval={n}", lambda n=n: wavy_searches(n))  # type: ignore[misc]
    for n in (25, 5)
]
