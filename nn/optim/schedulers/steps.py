"""Learning rates that fall in steps."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from ..base import Optimizer
from .base import Scheduler, check_between, check_count

__all__ = ["MultiStepLR", "StepLR"]


class StepLR(Scheduler):
    """Multiply by ``gamma`` every ``step_size`` epochs.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    step_size : int
        Epochs between two falls.
    gamma : float
        What to multiply by.
    last_epoch, every
        As for :class:`Scheduler`.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> optimizer = nn.optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.schedulers.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for _ in range(4):
    ...     scheduler.step()
    >>> optimizer.param_groups[0]["lr"]
    0.25
    """

    def __init__(
        self,
        optimizer: Optimizer,
        step_size: int,
        gamma: float = 0.1,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_count(self, step_size=step_size)
        check_between(self, 0.0, inf, gamma=gamma)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        falls = self.last_epoch and self.last_epoch % self.step_size == 0
        return lr * self.gamma if falls else lr


class MultiStepLR(Scheduler):
    """Multiply by ``gamma`` at each milestone.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    milestones : iterable of int
        The epochs at which to multiply; one named twice counts twice.
    gamma : float
        What to multiply by.
    last_epoch, every
        As for :class:`Scheduler`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_between(self, 0.0, inf, gamma=gamma)
        self.milestones = sorted(int(m) for m in milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        return lr * self.gamma ** self.milestones.count(self.last_epoch)
