"""What comes between the gradients and the next step: clipping, schedules, callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from autograd.extend import effect

from .. import optim
from ..callbacks import Callback, Progress

__all__ = ["Clip", "Ending"]


@dataclass(frozen=True)
class Clip:
    """Limits to the gradients of all that an optimizer trains.

    Parameters
    ----------
    norm, value : float, optional
        The longest gradient, and the largest component of it.
    """

    norm: float | None
    value: float | None

    def __bool__(self) -> bool:
        return self.norm is not None or self.value is not None

    def __call__(self, optimizer: optim.Optimizer) -> None:
        """Clip, also in each replay of a captured step."""
        if self:
            effect(self._clip, optimizer)

    def _clip(self, optimizer: optim.Optimizer) -> None:
        # Looked up each time: there may be more groups by now.
        trained = [p for group in optimizer.param_groups for p in group["params"]]
        if self.norm is not None:
            optim.clip_grad_norm(trained, float(self.norm))
        if self.value is not None:
            optim.clip_grad_value(trained, float(self.value))


class Ending:
    """What follows a step: it is counted, the schedule moves on, and callbacks hear of it.

    Parameters
    ----------
    callbacks : iterable of Callback
        Of which those that ask for it are told.
    schedule : callable, optional
        Called after each step.
    changed : callable
        Called after the callbacks, which may have changed anything.
    """

    def __init__(
        self,
        callbacks: Iterable[Callback],
        schedule: Callable[[], Any] | None,
        changed: Callable[[], None],
    ) -> None:
        self._calls = [
            c.on_step_end for c in callbacks if type(c).on_step_end is not Callback.on_step_end
        ]
        self._schedule = schedule
        self._changed = changed

    def __call__(self, state: Progress, loss: float) -> None:
        state.loss = loss
        state.step += 1
        if self._schedule is not None:
            self._schedule()
        if self._calls:
            for call in self._calls:
                call(state)
            self._changed()
