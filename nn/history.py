"""What a training run leaves behind: one row of figures for each epoch."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["History"]


class History:
    """Figures by epoch: ``history["loss"]`` is a list, ``history[-1]`` the last epoch's dict.

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

    def append(self, row: dict[str, float]) -> None:
        """Add an epoch."""
        self._rows.append(dict(row))

    @property
    def names(self) -> list[str]:
        """What was measured."""
        return list(self._rows[0]) if self._rows else []

    def __getitem__(self, key: str | int) -> list[float] | dict[str, float]:
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(f"{key!r} was not measured; there are {', '.join(self.names)}")
            return [row[key] for row in self._rows]
        return dict(self._rows[key])

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, float]]:
        return iter(self._rows)

    def __repr__(self) -> str:
        if not self._rows:
            return "History(no epochs)"
        last = ", ".join(f"{k}={v:.4g}" for k, v in self._rows[-1].items())
        return f"History({len(self)} epochs, last: {last})"
