"""A timed comparison: check that contenders agree, then time them in turn."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from .comparison import Comparison
from .process import Absent, Broken, Process
from .workload import Workload

__all__ = ["Effort", "compare", "difference"]


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    fleets: int = 3
    """Fresh sets of processes."""
    rounds: int = 6
    """Rounds in each."""
    turn: float = 0.1
    """Seconds a contender runs in a round, at least two steps unless one takes a second:
    collections come in lumps."""
    budget: float = 25.0
    """Seconds for the rounds of a fleet; there are fewer, but two at least, where they are slow."""
    longest: float = 60.0
    """Seconds on one workload after which no further fleet is started."""


def difference(result: dict[str, Any], reference: dict[str, Any]) -> float:
    """Largest difference between the arrays both have, relative to the largest entry."""
    worst = 0.0
    for name in result.keys() & reference.keys():
        found, right = _arrays(result[name]), _arrays(reference[name])
        if len(found) != len(right):
            return float("inf")
        for x, y in zip(found, right):
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
    workload: Workload,
    effort: Effort,
    seed: int,
    say: Callable[[str], None],
    threads: int = 1,
) -> Comparison:
    """Time the contenders of a workload against one another."""
    done = Comparison(workload, threads)
    rng = random.Random(f"{seed} {workload.name}")
    began = perf_counter()
    for fleet in range(effort.fleets):
        if fleet and perf_counter() - began > effort.longest:
            break
        processes = _start(done, say if fleet == 0 else lambda line: None)
        try:
            _rounds(done, processes, effort, rng, say)
            _memory(done, processes)
        finally:
            for process in processes.values():
                process.close()
    done.took = perf_counter() - began
    for name in done.seconds:
        say(f"{done.name}: {name}: {done.time(name).median:.4g} us / {workload.unit}")
    return done


def _start(done: Comparison, say: Callable[[str], None]) -> dict[str, Process]:
    processes: dict[str, Process] = {}
    reference: dict[str, Any] = {}
    for contender in done.workload.contenders:
        name = contender.name
        if name in done.absent or name in done.wrong:
            continue
        try:
            process = Process(done.workload.name, contender, done.threads)
        except Absent as error:
            done.absent[name] = str(error)
            say(f"{done.workload.name}: {name}: absent: {error}")
            continue
        except Broken as error:
            _leave_out(done, name, f"failed: {error}", say)
            continue
        result = process.about.pop("result")
        off = difference(result, reference)
        if off > done.workload.tolerance:
            _leave_out(done, name, f"results differ by {off:.1e}", say)
            process.close()
            continue
        # The first to have it: ours, but for what only others have.
        reference = result | reference
        done.about[name] = process.about
        processes[name] = process
    return processes


def _leave_out(done: Comparison, name: str, why: str, say: Callable[[str], None]) -> None:
    """A peer that fails or gives other results is as good as absent, one of ours is wrong."""
    ours = next(c for c in done.workload.contenders if c.name == name).home == "ours"
    (done.wrong if ours else done.absent)[name] = why
    done.seconds.pop(name, None)
    say(f"{done.workload.name}: {name}: {why}")


def _rounds(
    done: Comparison,
    processes: dict[str, Process],
    effort: Effort,
    rng: random.Random,
    say: Callable[[str], None],
) -> None:
    steps: dict[str, int] = {}
    round_takes = 0.0
    for name, process in list(processes.items()):
        try:
            once = _warm(process)
            if once < effort.turn / 4:
                once = process.seconds(int(effort.turn / 4 / once))
        except Broken as error:
            _leave_out(done, name, f"failed: {error}", say)
            processes.pop(name).close()
            continue
        done.seconds.setdefault(name, [])
        steps[name] = max(2 if once < 1.0 else 1, int(effort.turn / once))
        round_takes += steps[name] * once
    rounds = effort.rounds
    if round_takes:
        rounds = min(rounds, max(2, int(effort.budget / round_takes)))
    for _ in range(rounds):
        order = list(processes)
        rng.shuffle(order)
        for name in order:
            try:
                seconds = processes[name].seconds(steps[name])
            except Broken as error:
                _leave_out(done, name, f"failed: {error}", say)
                processes.pop(name).close()
                continue
            done.seconds[name].append(seconds)


def _warm(process: Process) -> float:
    """Run some first steps: the seconds of the last. Recordings are planned in the fourth."""
    process.seconds(1)
    spent, once = 0.0, 0.0
    for _ in range(4):
        once = process.seconds(1)
        spent += once
        if spent > 2.0:
            break
    return once


def _memory(done: Comparison, processes: dict[str, Process]) -> None:
    for name, process in processes.items():
        found = process.memory()
        known = done.memory.setdefault(name, found)
        done.memory[name] = {key: max(known[key], found[key]) for key in found}
