"""A timed comparison: check that contenders agree, then time them in turn."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .process import Absent, Broken, Process
from .workload import Goal, Workload

__all__ = ["Comparison", "Effort", "Spread", "compare", "difference"]


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    fleets: int = 3
    """Fresh sets of processes."""
    rounds: int = 6
    """Rounds in each."""
    turn: float = 0.1
    """Seconds a contender runs in a round, at least two steps: collections come in lumps."""


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
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Seconds a step in every round; entry i of all contenders was measured in one round."""
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    """Contenders whose results differ, or that failed: not timed."""

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


def difference(result: dict[str, Any], reference: dict[str, Any]) -> float:
    """Largest difference between the arrays both have, relative to the largest entry."""
    worst = 0.0
    for name in result.keys() & reference.keys():
        for x, y in zip(_arrays(result[name]), _arrays(reference[name]), strict=True):
            if x.shape != y.shape:
                return float("inf")
            if not (np.isfinite(x).all() and np.isfinite(y).all()):
                return float("inf")
            scale = max(float(np.abs(y).max(initial=0.0)), 1e-300)
            worst = max(worst, float(np.abs(x - y).max(initial=0.0)) / scale)
    return worst


def _arrays(result: Any) -> list[np.ndarray]:
    if isinstance(result, list) and result and isinstance(result[0], list):
        return [np.asarray(x, dtype=float) for x in result]
    return [np.asarray(result, dtype=float)]


def compare(
    workload: Workload, effort: Effort, seed: int, say: Callable[[str], None]
) -> Comparison:
    """Time the contenders of a workload against one another."""
    done = Comparison(workload)
    rng = random.Random(f"{seed} {workload.name}")
    for fleet in range(effort.fleets):
        processes = _start(done, say if fleet == 0 else lambda line: None)
        try:
            _rounds(done, processes, effort, rng)
        finally:
            for process in processes.values():
                process.close()
    for name in done.seconds:
        say(f"{workload.name}: {name}: {done.time(name).median:.4g} us a {workload.unit}")
    return done


def _start(done: Comparison, say: Callable[[str], None]) -> dict[str, Process]:
    processes: dict[str, Process] = {}
    reference: dict[str, Any] | None = None
    for contender in done.workload.contenders:
        name = contender.name
        if name in done.absent or name in done.wrong:
            continue
        try:
            process = Process(done.workload.name, contender)
        except Absent as error:
            done.absent[name] = str(error)
            say(f"{done.workload.name}: {name}: absent: {error}")
            continue
        except Broken as error:
            done.wrong[name] = str(error)
            say(f"{done.workload.name}: {name}: failed: {error}")
            continue
        result = process.about.pop("result")
        reference = reference or result
        off = difference(result, reference)
        if off > done.workload.tolerance:
            done.wrong[name] = f"results differ by {off:.1e}"
            say(f"{done.workload.name}: {name}: {done.wrong[name]}")
            process.close()
            continue
        done.about[name] = process.about
        processes[name] = process
    return processes


def _rounds(
    done: Comparison, processes: dict[str, Process], effort: Effort, rng: random.Random
) -> None:
    steps: dict[str, int] = {}
    for name, process in processes.items():
        done.seconds.setdefault(name, [])
        # Warm up, and see how many steps fill a turn.
        process.seconds(1)
        once = process.seconds(1)
        few = max(1, int(effort.turn / 4 / once))
        steps[name] = max(2, int(effort.turn / process.seconds(few)))
    for _ in range(effort.rounds):
        order = list(processes)
        rng.shuffle(order)
        for name in order:
            try:
                seconds = processes[name].seconds(steps[name])
            except Broken as error:
                done.wrong[name] = str(error)
                done.seconds.pop(name, None)
                processes.pop(name).close()
                continue
            done.seconds[name].append(seconds)
