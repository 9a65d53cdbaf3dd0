"""Learning rates that fall smoothly: exponentials and powers."""

from __future__ import annotations

from math import inf

from ..base import Optimizer
from .base import Scheduler, check_between, check_count

__all__ = ["ExponentialLR", "InverseScalingLR", "PolynomialLR"]


class ExponentialLR(Scheduler):
    """Multiply by ``gamma`` at every step.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    gamma : float
        What to multiply by.
    last_epoch, every
        As for :class:`Scheduler`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        gamma: float,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_between(self, 0.0, inf, gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        return lr if first else lr * self.gamma


class PolynomialLR(Scheduler):
    """Fall to zero as (1 - t / total_iters)^power.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    total_iters : int
        Steps until zero.
    power : float
        The power; 1 is a straight line.
    last_epoch, every
        As for :class:`Scheduler`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_count(self, total_iters=total_iters)
        check_between(self, 0.0, inf, power=power)
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        t, total = self.last_epoch, self.total_iters
        if first or t > total:
            return lr
        return lr * ((1.0 - t / total) / (1.0 - (t - 1) / total)) ** self.power


class InverseScalingLR(Scheduler):
    """Fall as lr / (1 + t)^power_t, scikit-learn's ``"invscaling"``; PyTorch has no such schedule.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    power_t : float
        The power.
    samples : int
        By how much t grows in a step; scikit-learn counts examples, and steps once an epoch.
    last_epoch, every
        As for :class:`Scheduler`.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> optimizer = nn.optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.schedulers.InverseScalingLR(optimizer, samples=99)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        power_t: float = 0.5,
        samples: int = 1,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_between(self, 0.0, inf, power_t=power_t)
        check_count(self, samples=samples)
        self.power_t = power_t
        self.samples = samples
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        return base / (1 + self.samples * self.last_epoch) ** self.power_t
