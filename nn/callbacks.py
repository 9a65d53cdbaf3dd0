"""Looking in on a training run, and ending it."""

from __future__ import annotations

from typing import Any

from .history import History

__all__ = ["Callback", "Progress", "as_callback"]

METHODS = ("on_start", "on_step_end", "on_epoch_end", "on_end", "close")


class Progress:
    """Where a training run is.

    Attributes
    ----------
    model, optimizer, scheduler : Module, Optimizer, Scheduler or None
        What is trained, by what.
    epochs, epoch, step : int
        Epochs to go through, the present one (counted from 1), and steps so far.
    loss : float
        Of the last step.
    history : History
        The epochs so far.
    stop : bool or str
        Set it to end the run after this epoch; a string says why.
    """

    def __init__(self, model: Any, optimizer: Any, epochs: int, scheduler: Any = None) -> None:
        self.model = model
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.epochs = epochs
        self.epoch = 0
        self.step = 0
        self.loss = float("nan")
        self.history = History()
        self.stop: bool | str = False


class Callback:
    """Base class: write the methods you need. A plain function does for ``on_epoch_end``.

    One that gathers something which a resumed run cannot do without also has ``state_dict()``, a
    dict of numbers, strings, lists, dicts and arrays, and ``load_state_dict(state)``.

    Examples
    --------
    >>> import numpy as np, nn
    >>> class Steps(nn.Callback):
    ...     def on_step_end(self, progress):
    ...         print(progress.step, end=" ")
    >>> x, y = np.eye(4), [0, 1, 1, 0]
    >>> _ = nn.fit(nn.Linear(4, 2), x, y, batch_size=2, epochs=2, callbacks=[Steps()])
    1 2 3 4
    """

    def on_start(self, progress: Progress) -> None:
        """Before the first step."""

    def on_step_end(self, progress: Progress) -> None:
        """After each step of the optimizer; the gradients are still there."""

    def on_epoch_end(self, progress: Progress) -> None:
        """After each epoch, once its figures are in ``progress.history``."""

    def on_end(self, progress: Progress) -> None:
        """After the last epoch, also of a run that was stopped or interrupted."""

    def close(self) -> None:
        """After every run, also one that ended in an error: take away what was put anywhere."""


class _Watcher(Callback):
    """Something with the methods of a callback that is none by birth."""

    def __init__(self, given: Any) -> None:
        for name in (*METHODS, "state_dict", "load_state_dict"):
            method = getattr(given, name, None)
            if method is not None:
                setattr(self, name, method)

    # A method of its own is what tells a callback that wants to hear of each step.
    def on_step_end(self, progress: Progress) -> None:
        pass


def as_callback(given: Any) -> Callback:
    """A callback as it is, or one made of what has its methods, or of a function for each epoch."""
    if isinstance(given, Callback):
        return given
    if any(hasattr(given, name) for name in METHODS[:-1]):
        if isinstance(given, type):
            name = given.__name__
            raise TypeError(f"{name} is a class: make a callback of it with {name}(...)")
        return _Watcher(given)
    if not callable(given):
        raise TypeError(
            "a callback is an nn.Callback, a function, or something with methods such as "
            f"on_step_end(progress); not {given!r}"
        )
    callback = Callback()
    callback.on_epoch_end = given  # type: ignore[method-assign]
    return callback
