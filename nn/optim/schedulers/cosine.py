"""Learning rates that fall along a cosine, once or again and again."""

from __future__ import annotations

from math import cos, inf, pi

from ..base import Optimizer
from .base import Scheduler, check_between, check_count

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


class CosineAnnealingLR(Scheduler):
    """Half a cosine down to ``eta_min`` in ``T_max`` epochs, and up again after that.

    Loshchilov and Hutter (2017), without restarts: eta_min + (lr - eta_min) (1 + cos(pi t / T_max))
    / 2, computed from one epoch to the next.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    T_max : int
        Epochs to the bottom.
    eta_min : float
        The learning rate there.
    last_epoch, every
        As for :class:`Scheduler`.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> optimizer = nn.optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.schedulers.CosineAnnealingLR(optimizer, T_max=4)
    >>> scheduler.preview(6).ravel().round(3)
    array([1.   , 0.854, 0.5  , 0.146, 0.   , 0.146])
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,
        eta_min: float = 0.0,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_count(self, T_max=T_max)
        check_between(self, 0.0, inf, eta_min=eta_min)
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        if first:
            return lr
        t, total, low = self.last_epoch, self.T_max, self.eta_min
        if (t - 1 - total) % (2 * total) == 0:
            # The step from the very bottom, from which no factor leads up.
            return lr + (base - low) * (1 - cos(pi / total)) / 2
        return (1 + cos(pi * t / total)) / (1 + cos(pi * (t - 1) / total)) * (lr - low) + low


class CosineAnnealingWarmRestarts(Scheduler):
    """Half a cosine down to ``eta_min``, again and again from the top (Loshchilov and Hutter 2017).

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    T_0 : int
        Epochs of the first fall.
    T_mult : int
        Each fall takes as many times as long as the one before.
    eta_min : float
        The learning rate at the bottom.
    last_epoch, every
        As for :class:`Scheduler`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_count(self, T_0=T_0, T_mult=T_mult)
        check_between(self, 0.0, inf, eta_min=eta_min)
        self.T_0 = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch, every=every)

    def _rate(self, lr: float, base: float, first: bool) -> float:
        # t epochs into a fall of length total
        t, total = self.last_epoch, self.T_0
        if self.T_mult == 1:
            t %= total
        while t >= total:
            t -= total
            total *= self.T_mult
        return self.eta_min + (base - self.eta_min) * (1 + cos(pi * t / total)) / 2
