"""Schedules: the learning rates, and momentums, of 60 steps and two groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from nn import optim
from nn.optim import schedulers

from .row import Row, apart

STEPS = 60


def groups(tensor: Callable[[], Any]) -> list[dict[str, Any]]:
    return [{"params": [tensor()], "lr": 0.4}, {"params": [tensor()], "lr": 0.05}]


def sides(momentum: str = "momentum") -> tuple[Any, Any]:
    """An optimizer of ours and one of theirs."""
    import torch

    ours = groups(lambda: ag.Tensor([1.0], requires_grad=True))
    theirs = groups(lambda: torch.nn.Parameter(torch.ones(1)))
    if momentum == "betas":
        return optim.Adam(ours), torch.optim.Adam(theirs)
    return optim.SGD(ours, momentum=0.9), torch.optim.SGD(theirs, momentum=0.9)


def settings(optimizer: Any) -> list[list[float]]:
    """What a schedule may have changed."""
    return [
        [float(group["lr"]), float(group["momentum"] if "momentum" in group else group["betas"][0])]
        for group in optimizer.param_groups
    ]


def follow(
    optimizer: Any, makers: tuple[Callable[[Any], Any], ...], metrics: Any, steps: int
) -> list[Any]:
    """The settings of each step, and the learning rates that the schedules say."""
    made = [make(optimizer) for make in makers]
    found = [(settings(optimizer), [list(map(float, s.get_last_lr())) for s in made])]
    for t in range(1, steps):
        optimizer.step()
        for scheduler in made:
            if metrics is None:
                scheduler.step()
            else:
                scheduler.step(metrics[t])
        found.append((settings(optimizer), [list(map(float, s.get_last_lr())) for s in made]))
    return found


def compare(
    *makers: Callable[[Any, Any], Any],
    metrics: Any = None,
    steps: int = STEPS,
    momentum: str = "momentum",
) -> float:
    """``makers`` take the module of the schedules, ours or PyTorch's, and the optimizer."""
    import torch

    ours, theirs = sides(momentum)
    return apart(
        follow(ours, tuple(lambda o, m=m: m(schedulers, o) for m in makers), metrics, steps),
        follow(
            theirs,
            tuple(lambda o, m=m: m(torch.optim.lr_scheduler, o) for m in makers),
            metrics,
            steps,
        ),
    )


def resumed(name: str, options: dict[str, Any], last_epoch: int) -> float:
    """Go on with ``last_epoch=`` from the groups that an earlier run has left."""
    import torch

    rates = []
    for module, optimizer in zip((schedulers, torch.optim.lr_scheduler), sides()):
        follow(optimizer, (lambda o: getattr(module, name)(o, **options),), None, last_epoch + 1)  # noqa: B023
        rates.append(
            follow(
                optimizer,
                (lambda o: getattr(module, name)(o, last_epoch=last_epoch, **options),),  # noqa: B023
                None,
                20,
            )
        )
    return apart(*rates)


def row(name: str, *makers: Callable[[Any, Any], Any], **options: Any) -> Row:
    return Row("schedule", name, lambda: compare(*makers, **options))


def plain(name: str, **options: Any) -> Row:
    words = ", ".join(f"{k}={v}" for k, v in options.items())
    return row(f"{name}({words})", lambda module, o: getattr(module, name)(o, **options))


def plateau(name: str, metrics: Any, **options: Any) -> Row:
    return row(
        f"ReduceLROnPlateau, {name}",
        lambda module, o: module.ReduceLROnPlateau(o, **options),
        metrics=metrics,
    )


_rng = np.random.default_rng(5)
# Falls, stays, rises, and is NaN once.
_LOSSES = np.concatenate([np.linspace(1, 0.2, 15), np.full(20, 0.2), _rng.uniform(0.1, 0.3, 25)])
_LOSSES[40] = np.nan

ROWS = [
    plain("StepLR", step_size=7),
    plain("StepLR", step_size=1, gamma=0.9),
    plain("MultiStepLR", milestones=[5, 5, 30, 12], gamma=0.5),
    plain("MultiStepLR", milestones=[0, 59]),
    plain("ExponentialLR", gamma=0.9),
    plain("ExponentialLR", gamma=1.05),
    plain("CosineAnnealingLR", T_max=60),
    plain("CosineAnnealingLR", T_max=13, eta_min=0.01),
    plain("CosineAnnealingLR", T_max=1),
    plain("CosineAnnealingWarmRestarts", T_0=9),
    plain("CosineAnnealingWarmRestarts", T_0=4, T_mult=2, eta_min=0.02),
    plain("PolynomialLR"),
    plain("PolynomialLR", total_iters=40, power=2.5),
    plain("ConstantLR"),
    plain("ConstantLR", factor=0.25, total_iters=20),
    plain("LinearLR"),
    plain("LinearLR", start_factor=1.0, end_factor=0.0, total_iters=50),
    plain("LinearLR", start_factor=0.01, total_iters=45),
    row(
        "LambdaLR, a function for each group",
        lambda module, o: module.LambdaLR(o, [lambda t: 0.95**t, lambda t: 1 / (1 + t)]),
    ),
    row(
        "LinearWarmup(10) and LinearLR(1/10, total_iters=9)",
        lambda module, o: (
            module.LinearWarmup(o, 10)
            if module is schedulers
            else module.LinearLR(o, 0.1, total_iters=9)
        ),
    ),
    plateau("patience=3", _LOSSES, patience=3),
    plateau(
        "max, factor=0.5, cooldown=4", -_LOSSES, mode="max", factor=0.5, patience=2, cooldown=4
    ),
    plateau("abs, threshold=0.04", _LOSSES, threshold_mode="abs", threshold=0.04, patience=1),
    plateau(
        "max, abs, a lowest rate for each group",
        _LOSSES,
        mode="max",
        threshold_mode="abs",
        patience=0,
        min_lr=[0.01, 0.02],
    ),
    plateau("eps=0.01", _LOSSES, patience=1, factor=0.7, eps=0.01),
    plain("OneCycleLR", max_lr=1.0, total_steps=60),
    plain("OneCycleLR", max_lr=[1.0, 0.1], epochs=6, steps_per_epoch=10, pct_start=0.15),
    plain("OneCycleLR", max_lr=0.5, total_steps=59, anneal_strategy="linear", three_phase=True),
    plain("OneCycleLR", max_lr=0.5, total_steps=60, cycle_momentum=False, final_div_factor=10.0),
    row(
        "OneCycleLR with betas",
        lambda module, o: module.OneCycleLR(
            o, 0.3, total_steps=60, base_momentum=[0.7, 0.8], max_momentum=0.99, div_factor=3.0
        ),
        momentum="betas",
    ),
    row(
        "SequentialLR, three",
        lambda module, o: module.SequentialLR(
            o,
            [
                module.LinearLR(o, 0.1, total_iters=5),
                module.CosineAnnealingLR(o, 20, eta_min=0.001),
                module.StepLR(o, 6, gamma=0.5),
            ],
            milestones=[5, 30],
        ),
    ),
    row(
        "SequentialLR, others",
        lambda module, o: module.SequentialLR(
            o,
            [
                module.ConstantLR(o, 0.5, 3),
                module.ExponentialLR(o, 0.9),
                module.PolynomialLR(o, 10, 2.0),
                module.CosineAnnealingWarmRestarts(o, 7),
                module.MultiStepLR(o, [3, 4]),
                module.LambdaLR(o, lambda t: 1 / (1 + t)),
            ],
            milestones=[8, 16, 30, 40, 50],
        ),
    ),
    row(
        "two at once, which multiply",
        lambda module, o: module.LinearLR(o, 0.1, total_iters=20),
        lambda module, o: module.ExponentialLR(o, 0.95),
    ),
    row(
        "three at once, which multiply",
        lambda module, o: module.ConstantLR(o, 0.5, 10),
        lambda module, o: module.CosineAnnealingLR(o, 25),
        lambda module, o: module.MultiStepLR(o, [5, 30], 0.3),
    ),
]
ROWS += [
    Row(
        "schedule",
        f"{name} with last_epoch=11",
        lambda name=name, options=options: resumed(name, options, 11),  # type: ignore[misc]
    )
    for name, options in {
        "StepLR": {"step_size": 5, "gamma": 0.5},
        "MultiStepLR": {"milestones": [3, 14], "gamma": 0.5},
        "ExponentialLR": {"gamma": 0.9},
        "CosineAnnealingLR": {"T_max": 20},
        "CosineAnnealingWarmRestarts": {"T_0": 20},
        "PolynomialLR": {"total_iters": 25},
        "ConstantLR": {"total_iters": 20},
        "LinearLR": {"total_iters": 20},
        "LambdaLR": {"lr_lambda": lambda t: 0.9**t},
    }.items()
]
