"""Schedules one after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from ..base import Optimizer
from .base import Scheduler, check_count
from .plateau import ReduceLROnPlateau

__all__ = ["SequentialLR"]


class SequentialLR(Scheduler):
    """One schedule up to each milestone, which the next one starts from the first learning rate.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates.
    schedulers : sequence of Scheduler
        Made for that optimizer; none that watches a metric.
    milestones : sequence of int
        The steps at which the second, third ... schedule begins.
    every : "epoch" or "step", optional
        What all of them count here; as they say unless given.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> from nn.optim.schedulers import ExponentialLR, LinearWarmup, SequentialLR
    >>> optimizer = nn.optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> parts = [LinearWarmup(optimizer, 4), ExponentialLR(optimizer, 0.5, every="step")]
    >>> SequentialLR(optimizer, parts, milestones=[4]).preview(7).ravel()
    array([0.25, 0.5 , 0.75, 1.  , 1.  , 0.5 , 0.25])
    """

    _unsaved = (*Scheduler._unsaved, "schedulers")

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[Scheduler],
        milestones: Sequence[int],
        *,
        every: str | None = None,
    ) -> None:
        self.schedulers = list(schedulers)
        self.milestones = [int(m) for m in milestones]
        for i, scheduler in enumerate(self.schedulers):
            if not isinstance(scheduler, Scheduler) or isinstance(scheduler, ReduceLROnPlateau):
                raise TypeError(
                    "SequentialLR takes schedules that need no metric; number "
                    f"{i} is {type(scheduler).__name__}"
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(f"SequentialLR: schedule {i} was made for another optimizer")
        if len(self.milestones) != len(self.schedulers) - 1 or self.milestones != sorted(
            set(self.milestones)
        ):
            raise ValueError(
                f"SequentialLR: between {len(self.schedulers)} schedules there are as many rising "
                f"milestones less one, got {self.milestones}"
            )
        check_count(self, **{f"milestones[{i}]": m for i, m in enumerate(self.milestones)})
        units = {scheduler.every for scheduler in self.schedulers}
        if every is None and len(units) > 1:
            raise ValueError(
                "SequentialLR: some of these schedules count epochs and some steps; say which all "
                "of them are to count here: every='epoch' or every='step'"
            )
        super().__init__(optimizer, every=every or units.pop())

    def _begin(self) -> None:
        self.last_epoch = 0
        self.schedulers[0]._restart()
        self._last_lr = self.schedulers[0].get_last_lr()

    def step(self, metric: Any = None) -> None:
        """Go on to the next learning rates; ``metric`` is not looked at."""
        self.last_epoch += 1
        scheduler = self.schedulers[bisect_right(self.milestones, self.last_epoch)]
        if self.last_epoch in self.milestones:
            scheduler._restart()
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """All that a schedule made in the same way needs to go on from here, as JSON's values."""
        return {**super().state_dict(), "schedulers": [s.state_dict() for s in self.schedulers]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where :meth:`state_dict` was taken, with the learning rates of then."""
        inner = state.get("schedulers", []) if isinstance(state, Mapping) else []
        if len(inner) != len(self.schedulers):
            raise ValueError(
                f"SequentialLR: this state has {len(inner)} schedules in place of "
                f"{len(self.schedulers)}"
            )
        for scheduler, part in zip(self.schedulers, inner):
            scheduler.load_state_dict(part)
        super().load_state_dict({k: v for k, v in state.items() if k != "schedulers"})
