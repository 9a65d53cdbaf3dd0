"""One cycle: up, and down to almost nothing."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, inf, pi

from ..base import Optimizer
from .base import Scheduler, check_between, check_count, check_optimizer, for_each_group

__all__ = ["OneCycleLR"]


class OneCycleLR(Scheduler):
    """Rise to ``max_lr`` and fall far below the start, in one run (Smith and Topin 2018).

    Stepped after each batch. The momentum (or the first of the betas) goes the other way.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates and momentums. Its own learning rate does not matter.
    max_lr : float or sequence of float
        The top, for all groups or for each.
    total_steps : int, optional
        Steps in all; or give the two that follow.
    epochs, steps_per_epoch : int, optional
        Whose product they are.
    pct_start : float
        The part of the steps that rises.
    anneal_strategy : "cos" or "linear"
        How it goes from one rate to the next.
    cycle_momentum : bool
        Whether momentum moves too.
    base_momentum, max_momentum : float or sequence of float
        Momentum at the top of the learning rate, and at its ends.
    div_factor : float
        The first learning rate is max_lr / div_factor.
    final_div_factor : float
        The last one is the first one / final_div_factor.
    three_phase : bool
        Fall to the start as fast as it rose, and then to the last rate.
    last_epoch, every
        As for :class:`Scheduler`.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> optimizer = nn.optim.Adam([tensor([1.0], requires_grad=True)])
    >>> scheduler = nn.optim.schedulers.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    >>> scheduler.preview(10).ravel().round(2)
    array([0.04, 0.52, 1.  , 0.95, 0.81, 0.61, 0.39, 0.19, 0.05, 0.  ])
    """

    every = "step"

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_optimizer(self, optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: pass total_steps, or both epochs and steps_per_epoch")
            check_count(self, epochs=epochs, steps_per_epoch=steps_per_epoch)
            total_steps = epochs * steps_per_epoch
        check_count(self, total_steps=total_steps)
        check_between(self, 0.0, 1.0, pct_start=pct_start)
        for name, factor in (("div_factor", div_factor), ("final_div_factor", final_div_factor)):
            check_between(self, 0.0, inf, **{name: factor})
            if factor == 0:
                raise ValueError(f"OneCycleLR: {name} is above 0")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"OneCycleLR: anneal_strategy is 'cos' or 'linear', got {anneal_strategy!r}"
            )
        settings = optimizer.defaults
        if cycle_momentum and "momentum" not in settings and "betas" not in settings:
            raise ValueError(
                f"OneCycleLR: {type(optimizer).__name__} has neither momentum nor betas; pass "
                "cycle_momentum=False"
            )
        self.total_steps = total_steps
        self.pct_start = pct_start
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.three_phase = three_phase
        self.max_lrs = for_each_group(self, optimizer, max_lr=max_lr)
        self.div_factor = div_factor
        self.min_lrs = [lr / div_factor / final_div_factor for lr in self.max_lrs]
        self.base_momentums = for_each_group(self, optimizer, base_momentum=base_momentum)
        self.max_momentums = for_each_group(self, optimizer, max_momentum=max_momentum)
        if wrong := [m for m in self.base_momentums + self.max_momentums if not 0 <= m < 1]:
            raise ValueError(f"OneCycleLR: a momentum is from 0 up to, not including, 1: {wrong}")
        super().__init__(optimizer, last_epoch, every=every)

    def _base(self, last_epoch: int) -> list[float]:
        super()._base(-1)  # the rates the optimizer was made with stay on record
        return [lr / self.div_factor for lr in self.max_lrs]

    def _rates(self, first: bool) -> list[float]:
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"OneCycleLR was made for total_steps={self.total_steps} and is asked for more"
            )
        return self._along(self.base_lrs, self.max_lrs, self.min_lrs)

    def _set(self, rates: list[float]) -> None:
        super()._set(rates)
        if not self.cycle_momentum:
            return
        momentums = self._along(self.max_momentums, self.base_momentums, self.max_momentums)
        for group, momentum in zip(self.optimizer.param_groups, momentums):
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum

    def _along(self, start: list[float], top: list[float], last: list[float]) -> list[float]:
        """Where each group is now on its way from ``start`` over ``top`` to ``last``."""
        t, total = self.last_epoch, self.total_steps
        legs = [(self.pct_start * total - 1.0, start, top)]
        if self.three_phase:
            legs.append((2 * self.pct_start * total - 2.0, top, start))
        legs.append((total - 1.0, legs[-1][2], last))
        begin = 0.0
        while len(legs) > 1 and t > legs[0][0]:
            begin = legs.pop(0)[0]
        end, origin, goal = legs[0]
        part = (t - begin) / (end - begin) if end != begin else 1.0
        between = _cosine if self.anneal_strategy == "cos" else _line
        return [between(a, b, part) for a, b in zip(origin, goal)]


def _cosine(a: float, b: float, part: float) -> float:
    return b + (a - b) / 2.0 * (cos(pi * part) + 1.0)


def _line(a: float, b: float, part: float) -> float:
    return (b - a) * part + a
