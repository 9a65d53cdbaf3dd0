"""Optimizers by scikit-learn's names and parameters, and its rules for the learning rate."""

from __future__ import annotations

import inspect
import math
from typing import Any

from autograd import Tensor

from .. import optim
from ..optim.joined import _Joined

__all__ = ["RULES", "LearningRate", "make_optimizer"]

RULES = ("adaptive", "constant", "invscaling")


class _Adam(optim.Adam):
    """Adam with epsilon beside the root of the mean square as it is, before its correction.

    That is the order of computation at the end of section 2 of Kingma and Ba 2015, which
    scikit-learn takes; dividing PyTorch's epsilon by the correction gives the same step.
    """

    taken = 0

    def _step(self) -> None:
        self.taken += 1
        for group in self.param_groups:
            correction = math.sqrt(1.0 - group["betas"][1] ** self.taken)
            group["eps"] = self.defaults["eps"] / correction
        super()._step()


class _SGD(_Joined, optim.SGD):
    """nn.optim's, small parameters at once."""


def make_optimizer(estimator: Any, parameters: list[Tensor]) -> optim.Optimizer:
    """The optimizer that an estimator's parameters describe."""
    solver = estimator.solver
    settings: dict[str, Any] = {"lr": float(estimator.learning_rate_init)}
    if not isinstance(solver, str):
        optimizer = solver(parameters, **settings, **(estimator.solver_params or {}))
        if not isinstance(optimizer, optim.Optimizer):
            raise TypeError(f"solver made {optimizer!r:.80}, where an nn.optim.Optimizer is due")
        return optimizer
    kind = optim.get(solver)
    known = inspect.signature(kind).parameters
    if solver == "sgd":
        settings["momentum"] = float(estimator.momentum)
        settings["nesterov"] = bool(estimator.nesterovs_momentum and estimator.momentum > 0)
        kind = _SGD
    elif "betas" in known and "eps" in known:  # Adam and its kin
        settings["betas"] = (float(estimator.beta_1), float(estimator.beta_2))
        settings["eps"] = float(estimator.epsilon)
        if solver == "adam":
            kind = _Adam
    return kind(parameters, **{**settings, **(estimator.solver_params or {})})


class LearningRate:
    """scikit-learn's "constant", "invscaling" and "adaptive", or a schedule of nn.optim.

    The first three are scikit-learn's to the letter: they have no effect on "adam", and the
    velocity of "sgd" holds the learning rate at which it was gathered.
    """

    def __init__(self, estimator: Any, optimizer: optim.Optimizer, steps: int) -> None:
        self.optimizer = optimizer
        self.rule = estimator.learning_rate
        self.start = float(estimator.learning_rate_init)
        self.power = float(estimator.power_t)
        self.schedule: optim.schedulers.Scheduler | None = None
        if not isinstance(self.rule, str) or self.rule not in RULES:
            self.schedule = optim.schedulers.get(
                self.rule, optimizer, epochs=int(estimator.max_iter), steps=steps
            )
            self.rule = "schedule"
        elif isinstance(estimator.solver, str) and estimator.solver == "adam":
            self.rule = "constant"

    def current(self) -> float:
        """The learning rate now."""
        return float(self.optimizer.param_groups[0]["lr"])

    def after_step(self) -> None:
        """Move on after a step."""
        if self.schedule is not None and self.schedule.every == "step":
            self.schedule.step()

    def after_epoch(self, seen: int, loss: float) -> None:
        """Move on after an epoch, ``seen`` examples into the training."""
        if self.rule == "invscaling":
            self._set(self.start / (seen + 1) ** self.power)
        elif self.schedule is not None and self.schedule.every == "epoch":
            self.schedule.step(loss)

    def ends(self) -> bool:
        """Whether training is over when it no longer improves; "adaptive" first goes lower."""
        if self.rule != "adaptive" or self.current() <= 1e-6:
            return True
        self._set(self.current() / 5.0)
        return False

    def _set(self, rate: float) -> None:
        before = self.current()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if isinstance(self.optimizer, optim.SGD) and rate != before:
            # The velocity of nn.optim is multiplied by the rate of the present step.
            for kept in self.optimizer.state.values():
                if "momentum_buffer" in kept:
                    kept["momentum_buffer"] *= before / rate
