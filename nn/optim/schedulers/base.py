"""What all schedules share: the walk over the groups, and the state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..base import Optimizer, _plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Scheduler"]


class Scheduler:
    """Base class: subclasses say in ``_rate`` what a learning rate becomes.

    A schedule sets the optimizer's learning rates when it is made and at each ``step``. Like
    PyTorch's, most compute the next rate from the present one, so that several schedules of one
    optimizer multiply.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates to change, those of all groups.
    last_epoch : int
        How far an earlier run came, if this one goes on with its optimizer's state; -1 to start.
    every : "epoch" or "step", optional
        When :func:`nn.fit` is to call ``step``; as the class says unless given.

    Attributes
    ----------
    last_epoch : int
        How many steps were made.
    base_lrs : list of float
        The learning rate each group started with.
    """

    every: str = "epoch"
    _unsaved: ClassVar[tuple[str, ...]] = ("every", "optimizer")

    def __init__(
        self, optimizer: Optimizer, last_epoch: int = -1, *, every: str | None = None
    ) -> None:
        self.optimizer = check_optimizer(self, optimizer)
        if every is not None:
            if every not in ("epoch", "step"):
                raise ValueError(
                    f"{type(self).__name__}: every is 'epoch' or 'step', got {every!r}"
                )
            self.every = every
        self.base_lrs = self._base(last_epoch)
        self.last_epoch = last_epoch
        self._last_lr: list[float] = []
        self._begin()

    def _base(self, last_epoch: int) -> list[float]:
        for i, group in enumerate(self.optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{type(self).__name__}: to go on from last_epoch={last_epoch}, load the "
                    f"optimizer's state first; group {i} has no 'initial_lr'"
                )
        return [float(group["initial_lr"]) for group in self.optimizer.param_groups]

    def _begin(self) -> None:
        """Set the rates of the first step."""
        self.last_epoch += 1
        self._set(self._rates(first=True))

    def _restart(self) -> None:
        """Start anew, as if nothing had happened since the schedule was made."""
        for group, base in zip(self.optimizer.param_groups, self.base_lrs):
            group["lr"] = base
        self.last_epoch = -1
        self._begin()

    def step(self, metric: Any = None) -> None:
        """Go on to the next learning rates, after the optimizer's ``step``.

        Parameters
        ----------
        metric : float, optional
            The figure that :class:`ReduceLROnPlateau` watches; other schedules need none.
        """
        if len(self.base_lrs) != len(self.optimizer.param_groups):
            raise RuntimeError(
                f"{type(self).__name__} was made for {len(self.base_lrs)} parameter groups and the "
                f"optimizer has {len(self.optimizer.param_groups)} now; make it after the last "
                "add_param_group"
            )
        self.last_epoch += 1
        self._set(self._rates(first=False))

    def _rates(self, first: bool) -> list[float]:
        groups = self.optimizer.param_groups
        return [
            self._rate(float(group["lr"]), base, first)
            for group, base in zip(groups, self.base_lrs)
        ]

    def _rate(self, lr: float, base: float, first: bool) -> float:
        """The rate at ``last_epoch`` of a group that has ``lr`` now and started with ``base``.

        The ``first`` rate of a schedule that goes on from an earlier one is the present one.
        """
        raise NotImplementedError

    def _set(self, rates: list[float]) -> None:
        for group, lr in zip(self.optimizer.param_groups, rates):
            group["lr"] = lr
        self._last_lr = rates

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group, as last set here."""
        return list(self._last_lr)

    # Looking ahead -------------------------------------------------------------------------------

    def preview(self, steps: int) -> np.ndarray:
        """The learning rates from now on, without going there.

        Parameters
        ----------
        steps : int
            How many.

        Returns
        -------
        array (steps, groups)

        Examples
        --------
        >>> import nn
        >>> from autograd import tensor
        >>> optimizer = nn.optim.SGD([tensor([1.0], requires_grad=True)], lr=8.0)
        >>> nn.optim.schedulers.StepLR(optimizer, 2, gamma=0.5).preview(6).ravel()
        array([8., 8., 4., 4., 2., 2.])
        """
        groups = self.optimizer.param_groups
        before, settings = self.state_dict(), [dict(group) for group in groups]
        rates = []
        try:
            for i in range(steps):
                if i:
                    self.step()
                rates.append([float(group["lr"]) for group in groups])
        finally:
            self.load_state_dict(before)
            for group, then in zip(groups, settings):
                group.update(then)
        return np.array(rates).reshape(steps, len(groups))

    def plot(self, steps: int, ax: Axes | None = None) -> Axes:
        """Draw the learning rates from now on, a line for each group.

        Parameters
        ----------
        steps : int
            How many.
        ax : matplotlib.axes.Axes, optional
            Where to; a new figure unless given.
        """
        import matplotlib.pyplot as plt

        rates = self.preview(steps)
        if ax is None:
            ax = plt.figure(figsize=(6, 3), layout="constrained").add_subplot()
        for i, column in enumerate(rates.T):
            ax.step(range(steps), column, where="post", label=f"group {i}")
        ax.set(xlabel=self.every, ylabel="learning rate", title=type(self).__name__)
        if rates.shape[1] > 1:
            ax.legend()
        return ax

    # State ---------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """All that a schedule made in the same way needs to go on from here, as JSON's values."""
        return {k: _plain(v) for k, v in vars(self).items() if k not in self._unsaved}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where :meth:`state_dict` was taken, with the learning rates of then."""
        name = type(self).__name__
        own = [k for k in vars(self) if k not in self._unsaved]
        if not isinstance(state, Mapping) or set(state) != set(own):
            given = ", ".join(map(str, state)) if isinstance(state, Mapping) else repr(state)
            raise ValueError(
                f"{name}: this is not its state, which has {', '.join(own)}; got {given:.200}"
            )
        count = len(self.optimizer.param_groups)
        if len(state["_last_lr"]) != count:
            raise ValueError(
                f"{name}: the state is of {len(state['_last_lr'])} parameter groups, and the "
                f"optimizer has {count}"
            )
        vars(self).update(_plain(dict(state)))
        self._set(self._last_lr)

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{k}={v!r}"
            for k, v in vars(self).items()
            if not k.startswith("_") and k not in (*self._unsaved, "base_lrs")
        )
        return f"{type(self).__name__}({shown})"


def check_optimizer(owner: object, optimizer: Any) -> Optimizer:
    """Refuse what is not an optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{_name(owner)} schedules an optimizer, got {type(optimizer).__name__}")
    return optimizer


def for_each_group(owner: object, optimizer: Optimizer, **settings: Any) -> list[Any]:
    """One setting as a list over the optimizer's groups."""
    ((name, value),) = settings.items()
    count = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise ValueError(
            f"{_name(owner)}: {name} has {len(value)} values for {count} parameter groups"
        )
    return list(value)


def check_count(owner: object, **counts: Any) -> None:
    """Refuse what is not a whole number from 1 up."""
    for name, n in counts.items():
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            raise ValueError(f"{_name(owner)}: {name} is a whole number from 1 up, got {n!r}")


def check_between(owner: object, low: float, high: float, **numbers: Any) -> None:
    """Refuse what is not a number from ``low`` to ``high``."""
    for name, x in numbers.items():
        if not isinstance(x, (int, float, np.number)) or not low <= x <= high:
            limits = f"from {low} to {high}" if high != float("inf") else f"from {low} up"
            raise ValueError(f"{_name(owner)}: {name} is a number {limits}, got {x!r}")


def _name(owner: Any) -> str:
    return getattr(owner, "__qualname__", type(owner).__name__)
