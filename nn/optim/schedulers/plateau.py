"""A learning rate that falls when nothing gets better."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from ..base import Optimizer
from .base import Scheduler, check_between, for_each_group

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(Scheduler):
    """Multiply by ``factor`` once a metric has not improved for more than ``patience`` epochs.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    mode : "min" or "max"
        Whether less is better, or more.
    factor : float
        What to multiply by; less than 1.
    patience : int
        How many epochs without improvement to let pass.
    threshold : float
        The least improvement that counts.
    threshold_mode : "rel" or "abs"
        Whether the threshold is a part of the best so far, or a difference.
    cooldown : int
        Epochs after a fall that do not count.
    min_lr : float or sequence of float
        The lowest learning rate, for all groups or for each.
    eps : float
        A fall by no more than this is left out.
    every
        As for :class:`Scheduler`.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> optimizer = nn.optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.schedulers.ReduceLROnPlateau(optimizer, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
        *,
        every: str | None = None,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"ReduceLROnPlateau: mode is 'min' or 'max', got {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f"ReduceLROnPlateau: threshold_mode is 'rel' or 'abs', got {threshold_mode!r}"
            )
        check_between(self, 0.0, 1.0, factor=factor)
        if factor == 1:
            raise ValueError("ReduceLROnPlateau: factor is below 1: the learning rate is to fall")
        check_between(self, 0, inf, patience=patience, threshold=threshold, cooldown=cooldown)
        check_between(self, 0.0, inf, eps=eps)
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.eps = eps
        self.best: float | None = None  # before the first metric
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        super().__init__(optimizer, every=every)
        self.min_lrs = for_each_group(self, optimizer, min_lr=min_lr)

    def step(self, metric: Any = None) -> None:
        """Look at the metric, and lower the learning rates if it is time.

        Parameters
        ----------
        metric : float
            The figure to watch. NaN is no improvement.
        """
        if metric is None:
            raise TypeError(
                "ReduceLROnPlateau.step takes the figure to watch, as in "
                "scheduler.step(validation_loss)"
            )
        metric = float(metric)
        if self._is_better(metric):
            self.best = metric
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        super().step()

    def _is_better(self, metric: float) -> bool:
        sign = 1.0 if self.mode == "min" else -1.0
        if self.best is None:
            return sign * metric < inf
        if self.threshold_mode == "rel":
            return sign * metric < sign * self.best * (1.0 - sign * self.threshold)
        return sign * metric < sign * self.best - self.threshold

    def _rates(self, first: bool) -> list[float]:
        rates = [float(group["lr"]) for group in self.optimizer.param_groups]
        if self.num_bad_epochs <= self.patience:
            return rates
        self.num_bad_epochs = 0
        self.cooldown_counter = self.cooldown
        lower = [max(lr * self.factor, low) for lr, low in zip(rates, self.min_lrs)]
        return [new if lr - new > self.eps else lr for lr, new in zip(rates, lower)]
