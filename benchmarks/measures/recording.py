"""What it costs until a captured step replays: the first calls, in steps of the eager one."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ..compare import Effort
from ..report import Section, short
from ..workload import CAPTURED, OURS
from .child import ask

__all__ = ["AT_MOST", "NAMES", "measure"]

NAMES = (
    "step-2-sgd",
    "step-2-adam",
    "step-784-128-sgd",
    "step-784-256-sgd",
    "attention",
    "scalar-mlp",
    "scalar-chain-10000",
)
AT_MOST = 25.0
CALLS = 5  # until it replays at its full speed
STEPS, ENOUGH = 30, 2.0  # of each kind, and seconds for them
AGAIN = 3  # further recordings in the same process


def _timed(step: Callable[[], Any]) -> float:
    start = perf_counter()
    step()
    return perf_counter() - start


def _usual(step: Callable[[], Any]) -> float:
    times: list[float] = []
    while len(times) < STEPS and sum(times) < ENOUGH:
        times.append(_timed(step))
    return statistics.median(times)


def recorded(name: str) -> dict[str, Any]:
    """Seconds: of the eager and the replayed step, and of each recording beyond replays."""
    from ..workloads import WORKLOADS

    build = {c.name: c.build for c in WORKLOADS[name].contenders}
    eager_step = build[OURS]().step
    for _ in range(3):
        eager_step()
    eager = _usual(eager_step)
    costs = []
    for _ in range(1 + AGAIN):
        step = build[CAPTURED]().step
        first = [_timed(step) for _ in range(CALLS)]
        replay = _usual(step)
        costs.append(sum(first) - CALLS * replay)
    return {"eager": eager, "replay": replay, "costs": costs}


def measure(effort: Effort, say: Callable[[str], None]) -> Section:
    """The median over fresh processes."""
    rows, goals, failures, data = [], [], {}, {}
    for name in NAMES:
        try:
            runs = [ask("-m", __name__, name) for _ in range(effort.fleets)]
        except RuntimeError as error:
            failures[name] = str(error)
            continue
        eager, replay, first, later = (
            statistics.median(found)
            for found in (
                [run["eager"] for run in runs],
                [run["replay"] for run in runs],
                [run["costs"][0] for run in runs],
                [statistics.median(run["costs"][1:]) for run in runs],
            )
        )
        steps = statistics.median(statistics.median(r["costs"][1:]) / r["eager"] for r in runs)
        saved = later / (eager - replay) if eager > replay else float("inf")
        data[name] = runs
        rows.append([name, *(short(x * 1e3) for x in (eager, replay, later))])
        rows[-1] += [short(steps), short(saved), short(first * 1e3)]
        text = f"{name}: recording ≤ {AT_MOST:g} eager steps"
        goals.append((text, steps, steps <= AT_MOST))
        say(f"recording: {name}: {later * 1e3:.1f} ms, {steps:.1f} eager steps")
    header = ["workload", "eager step ms", "replay ms", "recording ms", "in eager steps"]
    header += ["steps until it pays", "first in a process ms"]
    notes = [
        "recording is what the first five calls cost beyond five replays; the first in a process "
        "imports and warms up what capture needs, and is no part of the goal"
    ]
    title = "Recording: what the first calls of a captured step cost"
    return Section("recording", title, header, rows, goals, failures, notes, data)


if __name__ == "__main__":
    print(json.dumps(recorded(sys.argv[1])))
