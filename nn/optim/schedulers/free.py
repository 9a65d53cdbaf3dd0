"""A learning rate that follows a function of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..base import Optimizer
from .base import Scheduler, check_optimizer, for_each_group

__all__ = ["LambdaLR"]


class LambdaLR(Scheduler):
    """The first learning rate times ``lr_lambda(t)``.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    lr_lambda : callable or sequence of callable
        The factor at step t, for all groups or for each. It is no part of the state.
    last_epoch, every
        As for :class:`Scheduler`.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> optimizer = nn.optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.schedulers.LambdaLR(optimizer, lambda t: 0.5**t)
    >>> scheduler.preview(3).ravel()
    array([1.  , 0.5 , 0.25])
    """

    _unsaved = (*Scheduler._unsaved, "lr_lambdas")

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
        *,
        every: str | None = None,
    ) -> None:
        check_optimizer(self, optimizer)
        self.lr_lambdas = for_each_group(self, optimizer, lr_lambda=lr_lambda)
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"LambdaLR: lr_lambda is a function of the step, got {function!r}")
        super().__init__(optimizer, last_epoch, every=every)

    def _rates(self, first: bool) -> list[float]:
        return [
            float(base * function(self.last_epoch))
            for function, base in zip(self.lr_lambdas, self.base_lrs)
        ]
