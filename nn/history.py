"""What a training run leaves behind: one row of figures for each epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["History"]


class History:
    """Figures by epoch: ``history["loss"]`` is a list, ``history[-1]`` the last epoch's dict.

    Attributes
    ----------
    seconds : float
        How long the run took.
    best_epoch : int
        The epoch (counted from 1) with the best ``monitor``; 0 before there is one.
    examples : int
        How many examples an epoch has.
    monitor : str
        What "best" goes by: ``val_loss``, or ``loss`` without held-out data, unless asked for.
    stopped : str
        Why the run ended before its last epoch; empty if it did not.
    captured : str
        Whether its steps were recorded and replayed: "yes", or why not, or until when.

    Examples
    --------
    >>> from nn import History
    >>> history = History()
    >>> history.append({"loss": 2.0})
    >>> history.append({"loss": 1.0})
    >>> history["loss"], history[-1]
    ([2.0, 1.0], {'loss': 1.0})
    """

    def __init__(self) -> None:
        self._rows: list[dict[str, float]] = []
        self.seconds = 0.0
        self.examples = 0
        self.best_epoch = 0
        self.monitor = "loss"
        self.stopped = ""
        self.captured = ""

    def append(self, row: dict[str, float]) -> None:
        """Add an epoch."""
        self._rows.append(dict(row))

    @property
    def names(self) -> list[str]:
        """What was measured."""
        return list(self._rows[0]) if self._rows else []

    def __getitem__(self, key: str | int) -> Any:
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(f"{key!r} was not measured; there are {', '.join(self.names)}")
            return [row[key] for row in self._rows]
        return dict(self._rows[key])

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, float]]:
        return iter(self._rows)

    def __repr__(self) -> str:
        if not self._rows:
            return "History(no epochs)"
        last = ", ".join(f"{k}={v:.4g}" for k, v in self._rows[-1].items())
        captured = ", captured" * (self.captured == "yes")
        return f"History({len(self)} epochs{captured}, last: {last})"

    def to_dict(self) -> dict[str, Any]:
        """All of it as lists, numbers and strings, for :meth:`from_dict` or a JSON file."""
        return {
            "rows": [dict(row) for row in self._rows],
            "seconds": self.seconds,
            "examples": self.examples,
            "best_epoch": self.best_epoch,
            "monitor": self.monitor,
            "stopped": self.stopped,
            "captured": self.captured,
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> History:
        """The history that :meth:`to_dict` was called on.

        Examples
        --------
        >>> from nn import History
        >>> history = History()
        >>> history.append({"loss": 2.0})
        >>> History.from_dict(history.to_dict())["loss"]
        [2.0]
        """
        history = cls()
        for row in state["rows"]:
            history.append(row)
        history.seconds = state["seconds"]
        history.examples = state["examples"]
        history.best_epoch = state["best_epoch"]
        history.monitor = state["monitor"]
        history.stopped = state["stopped"]
        history.captured = state.get("captured", "")
        return history

    def plot(self) -> Figure:
        """Each figure against the epochs, training and held-out data in one plot.

        Returns
        -------
        matplotlib.figure.Figure
            A notebook shows it; ``history.plot().savefig("curves.svg")`` writes it.

        Raises
        ------
        ImportError
            Without matplotlib (``pip install 'blamegraph[viz]'``).
        ValueError
            Before the first epoch has ended.
        """
        from .curves import plot

        return plot(self)

    def _repr_html_(self) -> str | None:
        try:
            from .curves import as_html

            return as_html(self)
        except (ImportError, ValueError):
            return None
