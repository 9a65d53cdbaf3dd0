"""When parts of the picture are to be seen, and where: what both forms are made from."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Clock", "Cue"]

FLOW_FROM, FLOW_TO = 0.3, 0.75
"""The part of a step in which its contributions travel."""
REST = 0.5
"""The part of a step that the untouched picture is shown for at first."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The times of a film of ``count`` steps."""

    count: int
    seconds: float

    def at(self, step: float) -> float:
        """When a step begins."""
        return (step + REST) * self.seconds

    @property
    def end(self) -> float:
        """When the last step is over."""
        return self.at(self.count)

    @property
    def length(self) -> float:
        """With the finished picture."""
        return self.end + 2 * self.seconds


@dataclass(frozen=True, slots=True)
class Cue:
    """Opacity over time: ``low``, then 1 from ``start``, and ``low`` again from ``stop``.

    With a ``path`` the part travels along it meanwhile.
    """

    start: float
    stop: float | None = None
    low: float = 0.0
    path: tuple[tuple[float, float], ...] = field(default=())

    def opacity(self, time: float) -> float:
        """At a time."""
        shown = time >= self.start and (self.stop is None or time < self.stop)
        return 1.0 if shown else self.low

    def place(self, time: float) -> tuple[float, float]:
        """Where on the path it is."""
        if not self.path or self.stop is None:
            return 0.0, 0.0
        part = min(max((time - self.start) / (self.stop - self.start), 0.0), 1.0)
        k = part * (len(self.path) - 1)
        i = min(int(k), len(self.path) - 2)
        (x0, y0), (x1, y1) = self.path[i], self.path[i + 1]
        return x0 + (k - i) * (x1 - x0), y0 + (k - i) * (y1 - y0)
