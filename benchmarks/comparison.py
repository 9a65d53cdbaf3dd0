"""What a timed comparison found, and its form in JSON."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .workload import Goal, Workload

__all__ = ["Comparison", "Spread", "as_data", "from_data"]


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        if len(samples) < 2:
            return cls(samples[0], samples[0], samples[0])
        low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, low, high)


@dataclass
class Comparison:
    """What came of a workload."""

    workload: Workload
    threads: int = 1
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Seconds a step in every round; entry i of all contenders was measured in one round."""
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    """Those of ours whose results differ, or that failed: not timed."""
    memory: dict[str, dict[str, int]] = field(default_factory=dict)
    """Bytes resident: ``built`` before the first step, ``peak`` while timed (the most of all)."""
    took: float = 0.0
    """Seconds for all of it."""

    @property
    def name(self) -> str:
        """The workload's, and how many threads if there are several."""
        return self.workload.name + self._threads()

    @property
    def title(self) -> str:
        """The same for people."""
        return self.workload.title + self._threads()

    def _threads(self) -> str:
        return f", {self.threads} threads" if self.threads > 1 else ""

    def time(self, name: str) -> Spread:
        """Microseconds a unit."""
        return Spread.of([s / self.workload.units * 1e6 for s in self.seconds[name]])

    def ratio(self, name: str, against: str) -> Spread:
        """How many times as long as ``against`` it takes: the median over rounds."""
        pairs = zip(self.seconds[name], self.seconds[against], strict=True)
        return Spread.of([s / t for s, t in pairs])

    def reached(self, goal: Goal) -> Spread | None:
        """The figure that a goal is about, ``None`` if one of the two was not measured."""
        names = {goal.contender, goal.against or goal.contender}
        if not names <= self.seconds.keys():
            return None
        if goal.against is None:
            return self.time(goal.contender)
        return self.ratio(goal.contender, goal.against)


def as_data(done: Comparison) -> dict[str, Any]:
    """All of it for JSON."""
    workload = done.workload
    kept = {k: getattr(workload, k) for k in ("name", "title", "units", "unit", "family")}
    return {
        "workload": kept | {"goals": [dataclasses.asdict(goal) for goal in workload.goals]},
        "units": workload.units,
        "threads": done.threads,
        "seconds_per_step": {
            name: [float(f"{s:.5g}") for s in times] for name, times in done.seconds.items()
        },
        "about": done.about,
        "absent": done.absent,
        "wrong": done.wrong,
        "memory": done.memory,
        "took": round(done.took, 1),
    }


def from_data(data: dict[str, Any]) -> Comparison:
    """What :func:`as_data` made it of, without the contenders."""
    about = dict(data["workload"])
    goals = tuple(Goal(**goal) for goal in about.pop("goals"))
    keys = ("threads", "about", "absent", "wrong", "memory", "took")
    return Comparison(
        Workload(**about, contenders=(), goals=goals),
        seconds=data["seconds_per_step"],
        **{key: data[key] for key in keys},
    )
