"""Looking in on a training run, and ending it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .history import History

__all__ = ["Callback", "GradientNorms", "Progress"]


class Progress:
    """Where a training run is.

    Attributes
    ----------
    model, optimizer : Module, Optimizer
        What is trained, by what.
    epochs, epoch, step : int
        Epochs to go through, the present one (counted from 1), and steps so far.
    loss : float
        Of the last step.
    history : History
        The epochs so far.
    stop : bool
        Set it to end the run after this epoch.
    """

    def __init__(self, model: Any, optimizer: Any, epochs: int) -> None:
        self.model = model
        self.optimizer = optimizer
        self.epochs = epochs
        self.epoch = 0
        self.step = 0
        self.loss = float("nan")
        self.history = History()
        self.stop = False


class Callback:
    """Base class: write the methods you need. A plain function does for ``on_epoch_end``."""

    def on_start(self, progress: Progress) -> None:
        """Before the first epoch."""

    def on_step_end(self, progress: Progress) -> None:
        """After each step of the optimizer; the gradients are still there."""

    def on_epoch_end(self, progress: Progress) -> None:
        """After each epoch, once its figures are in ``progress.history``."""


class GradientNorms(Callback):
    """Collects the Euclidean norm of each parameter's gradient, averaged over each epoch.

    ``norms`` maps the parameters' names to lists with a number for each epoch.
    """

    def __init__(self) -> None:
        self.norms: dict[str, list[float]] = {}
        self._sums: dict[str, float] = {}
        self._steps = 0

    def on_start(self, progress: Progress) -> None:
        self._parameters = list(progress.model.named_parameters())
        self.norms = {name: [] for name, _ in self._parameters}
        self._clear()

    def on_step_end(self, progress: Progress) -> None:
        for name, parameter in self._parameters:
            g = parameter.grad
            if g is not None:
                self._sums[name] += float(np.sqrt(np.vdot(g, g)))
        self._steps += 1

    def on_epoch_end(self, progress: Progress) -> None:
        for name, total in self._sums.items():
            self.norms[name].append(total / max(self._steps, 1))
        self._clear()

    def _clear(self) -> None:
        self._sums = {name: 0.0 for name, _ in self._parameters}
        self._steps = 0
