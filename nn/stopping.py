"""Early stopping, and the weights of the best epoch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import no_grad

from .callbacks import Callback, Progress
from .counting import count

__all__ = ["EarlyStopping"]

# Figures of which more is better.
_HIGHER = ("accuracy", "r2", "auc", "f1", "precision", "recall", "score")


class EarlyStopping(Callback):
    """Ends a run that no longer gets better, and keeps the weights of its best epoch.

    Parameters
    ----------
    patience : int, optional
        How many epochs without a new best are one too many. ``None`` never stops, and only keeps
        the best weights.
    monitor : str, optional
        The figure to watch: ``val_loss``, or ``loss`` where nothing is held out, unless given.
    min_delta : float
        How much better a figure has to be to count.
    mode : str
        Whether "min" or "max" is best; "auto" takes accuracies, R² and the like as "max".
    restore_best : bool
        Whether the run ends with the best epoch's weights.

    Examples
    --------
    >>> import nn
    >>> x, y = nn.data.load_digits()[:2]
    >>> model = nn.MLP(64, [8], 10, rng=0)
    >>> held_out = x[1500:].reshape(-1, 64), y[1500:]
    >>> stopping = nn.EarlyStopping(patience=1, monitor="val_accuracy")
    >>> history = nn.fit(
    ...     model,
    ...     x[:1500].reshape(-1, 64),
    ...     y[:1500],
    ...     validation=held_out,
    ...     epochs=50,
    ...     seed=0,
    ...     early_stopping=stopping,
    ... )
    >>> len(history) == history.best_epoch + 1 < 50
    True
    """

    def __init__(
        self,
        patience: int | None = 10,
        *,
        monitor: str | None = None,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best: bool = True,
    ) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f'mode is "auto", "min" or "max", not {mode!r}')
        if not min_delta >= 0:
            raise ValueError(f"min_delta is not negative, got {min_delta!r}")
        self.patience = None if patience is None else count("patience", patience, 1)
        self.monitor = monitor
        self.min_delta = float(min_delta)
        self.mode = mode
        self.restore_best = restore_best
        self._forget()

    def _forget(self) -> None:
        self.best = math.nan
        self.best_epoch = 0
        self._weights: list[np.ndarray] = []

    def on_start(self, progress: Progress) -> None:
        self._forget()
        # Parameters and buffers both: a batch norm's running means belong to its weights.
        self._tensors = [tensor for _, tensor in progress.model.named_state()]

    def on_epoch_end(self, progress: Progress) -> None:
        history = progress.history
        name = self.monitor or ("val_loss" if "val_loss" in history else "loss")
        if name not in history:
            raise ValueError(
                f"early stopping watches {name!r}, which was not measured; there are "
                f"{', '.join(history.names)}"
                + ("; give fit validation=(x, y)" if name.startswith("val_") else "")
            )
        history.monitor = name
        value = history[-1][name]
        if self._is_better(value, name):
            self.best, self.best_epoch = value, progress.epoch
            if self._weights:
                for kept, tensor in zip(self._weights, self._tensors):
                    kept[...] = tensor.detach().data
            else:
                self._weights = [tensor.numpy() for tensor in self._tensors]
        history.best_epoch = self.best_epoch
        if self.patience is not None and progress.epoch - self.best_epoch >= self.patience:
            progress.stop = (
                f"no better {name} than the {self.best:.4g} of epoch {self.best_epoch} in "
                f"{self.patience} epoch{'s' * (self.patience != 1)}"
            )

    def on_end(self, progress: Progress) -> None:
        if self.restore_best:
            self.restore()

    def restore(self) -> None:
        """Give the model the weights of the best epoch so far."""
        with no_grad():
            for kept, tensor in zip(self._weights, self._tensors):
                tensor[...] = kept

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs."""
        return {"best": self.best, "best_epoch": self.best_epoch, "weights": list(self._weights)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        self._weights = [np.array(w) for w in state["weights"]]

    def _is_better(self, value: float, name: str) -> bool:
        if math.isnan(self.best):
            return not math.isnan(value)
        if self.wants_more(name):
            return value > self.best + self.min_delta
        return value < self.best - self.min_delta

    def wants_more(self, name: str) -> bool:
        """Whether more of the figure ``name`` is better."""
        if self.mode == "auto":
            return any(word in name for word in _HIGHER)
        return self.mode == "max"
