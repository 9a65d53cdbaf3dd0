"""Where the time of our own workloads goes: ``python -m benchmarks.profiling [names]``.

Of the eager step first the shares of recording, backward and the rest, measured with nothing in
the way; then cProfile's table, whose proportions favour small functions but which names them. Of
the captured step the calls of its plan, each timed alone, and their sum beside the step's time.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import statistics
from time import perf_counter
from typing import Any

from .machine import pin
from .workload import CAPTURED, OURS, Task, Workload
from .workloads import WORKLOADS

__all__ = ["shares"]

WARM = 5  # a captured step replays at its full speed from then on
USUAL = ("scalar-mlp", "small-tensor", "step-2-sgd")


def shares(task: Task, steps: int) -> dict[str, float]:
    """Median seconds of the parts of a step; recording and backward need ``task.forward``."""
    parts: dict[str, list[float]] = {"step": [], "record": [], "backward": [], "free": []}
    gc.collect()
    for _ in range(steps):
        start = perf_counter()
        task.step()
        parts["step"].append(perf_counter() - start)
        if task.forward is None:
            continue
        start = perf_counter()
        loss: Any = task.forward()
        recorded = perf_counter()
        loss.backward()
        pulled = perf_counter()
        del loss
        freed = perf_counter()
        parts["record"].append(recorded - start)
        parts["backward"].append(pulled - recorded)
        parts["free"].append(freed - pulled)
    return {name: statistics.median(times) for name, times in parts.items() if times}


def _print_plan(plan: str, task: Task, steps: int) -> None:
    seconds = []
    for _ in range(steps):
        start = perf_counter()
        task.step()
        seconds.append(perf_counter() - start)
    print(plan)
    print(f"the step takes {statistics.median(seconds) * 1e6:.1f} us\n")


def _print(workload: Workload, task: Task, steps: int, sort: str, rows: int) -> None:
    task.result()
    if task.profile is not None:
        _print_plan(task.profile(), task, steps)
        return
    for name, seconds in shares(task, steps).items():
        each = seconds / workload.units * 1e6
        print(f"{name:>9}: {seconds * 1e6:10.1f} us, {each:8.3f} us a {workload.unit}")
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(steps):
        task.step()
    profile.disable()
    pstats.Stats(profile).sort_stats(sort).print_stats(rows)


def main() -> None:
    """Profile a contender of ours in this process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiling", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(WORKLOADS)}")
    parser.add_argument("--contender", help="both, eager and captured, by default")
    parser.add_argument("--steps", type=int, default=0, help="about a second's worth by default")
    parser.add_argument("--sort", default="tottime", help="as for pstats")
    parser.add_argument("--rows", type=int, default=25)
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in WORKLOADS]
    if unknown:
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    pin(0)
    for name in options.names or USUAL:
        workload = WORKLOADS[name]
        known = {c.name: c for c in workload.contenders}
        chosen = [options.contender] if options.contender else [OURS, CAPTURED]
        if options.contender and options.contender not in known:
            parser.error(f"{name} has no {options.contender!r}, but {', '.join(known)}")
        for who in chosen:
            if who not in known:
                continue
            print(f"{workload.title}: {who}\n")
            task = known[who].build()
            for _ in range(WARM):
                start = perf_counter()
                task.step()
            steps = options.steps or max(3, int(1.0 / (perf_counter() - start)))
            _print(workload, task, steps, options.sort, options.rows)


if __name__ == "__main__":
    main()
