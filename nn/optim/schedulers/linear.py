"""Learning rates that start off scaled, and warm up."""

from __future__ import annotations

from ..base import Optimizer
from .base import Scheduler, check_between, check_count

__all__ = ["ConstantLR", "LinearLR", "LinearWarmup"]


class ConstantLR(Scheduler):
    """The learning rate times ``factor`` for the first ``total_iters`` epochs, then as it was.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    factor : float
        What to multiply by at first; above 0 and at most 1.
    total_iters : int
        For how long.
    last_epoch, every
        As for :class:`Scheduler`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        _check_start(self, factor=factor)
        check_count(self, total_iters=total_iters)
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        if self.last_epoch == 0:
            return lr * self.factor
        return lr * (1.0 / self.factor) if self.last_epoch == self.total_iters else lr


class LinearLR(Scheduler):
    """A straight line from ``start_factor`` to ``end_factor`` times the learning rate.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    start_factor : float
        What the first learning rate is multiplied by; above 0 and at most 1.
    end_factor : float
        What it is multiplied by from step ``total_iters`` on; from 0 to 1.
    total_iters : int
        Steps from the one to the other.
    last_epoch, every
        As for :class:`Scheduler`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        _check_start(self, start_factor=start_factor)
        check_between(self, 0.0, 1.0, end_factor=end_factor)
        check_count(self, total_iters=total_iters)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        t = self.last_epoch
        if t == 0:
            return lr * self.start_factor
        if first or t > self.total_iters:
            return lr
        rise = self.end_factor - self.start_factor
        return lr * (1.0 + rise / (self.total_iters * self.start_factor + (t - 1) * rise))


class LinearWarmup(Scheduler):
    """Rise to the learning rate in ``total_iters`` steps of the optimizer: 1/n, 2/n, ... n/n of it.

    What PyTorch writes ``LinearLR(optimizer, 1 / n, total_iters=n - 1)``, stepped after each batch.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    total_iters : int
        How many steps have a part of the learning rate, the last of them all of it.
    last_epoch, every
        As for :class:`Scheduler`.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> optimizer = nn.optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.schedulers.LinearWarmup(optimizer, total_iters=4)
    >>> scheduler.preview(6).ravel()
    array([0.25, 0.5 , 0.75, 1.  , 1.  , 1.  ])
    """

    every = "step"

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 100,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_count(self, total_iters=total_iters)
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        t = self.last_epoch
        if t == 0:
            return lr / self.total_iters
        return lr if first or t >= self.total_iters else lr * ((t + 1) / t)


def _check_start(owner: Scheduler, **factors: float) -> None:
    for name, x in factors.items():
        check_between(owner, 0.0, 1.0, **{name: x})
        if x == 0:
            raise ValueError(f"{type(owner).__name__}: {name} is above 0: no rate rises from 0")
