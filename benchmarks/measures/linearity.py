"""Chains of up to a million ops: time and memory an op must not grow with the length."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ..compare import Effort
from ..memory import peak_memory, resident_memory
from ..report import Section
from .child import ask

__all__ = ["measure"]

SIZES = (10_000, 100_000, 1_000_000)
# An op of the longest chain may cost this many times one of the chain a tenth as long. (The
# shortest fits in the caches and never meets a full collection.)
GROWTH = 1.5


def _leaf(face: str) -> Any:
    import autograd as ag

    return ag.Value(1.0) if face == "Value" else ag.Tensor([1.0, 2.0], requires_grad=True)


def _chain(face: str, n: int) -> dict[str, float]:
    x = leaf = _leaf(face)
    y = x * 0.5
    (y if face == "Value" else y.sum()).backward()
    del y
    leaf.grad = 0.0 if face == "Value" else None
    before = resident_memory()
    start = perf_counter()
    for _ in range(n // 2):
        x = x * 0.999999
        x = x + 1e-6
    recorded = perf_counter()
    graph = resident_memory() - before
    if face == "Value":
        x.backward()
    else:
        x.sum().backward()
    pulled = perf_counter()
    del x
    freed = perf_counter()
    assert leaf.grad is not None
    return {
        "record": recorded - start,
        "backward": pulled - recorded,
        "free": freed - pulled,
        "graph": graph,
        "peak": peak_memory() - before,
    }


def measure(effort: Effort, say: Callable[[str], None]) -> Section:
    """Record, run backward and free chains of growing length, each in a fresh process."""
    rows, failures, data, growth = [], {}, {}, {}
    for face in ("Value", "Tensor"):
        costs = []
        for n in SIZES:
            name = f"{face} {n}"
            try:
                runs = [ask("-m", __name__, face, str(n)) for _ in range(effort.fleets)]
            except RuntimeError as error:
                failures[name] = str(error)
                continue
            best = {key: min(run[key] for run in runs) for key in runs[0]}
            data[name] = best
            total = best["record"] + best["backward"] + best["free"]
            costs.append(total / n)
            rows.append(
                [face, f"{n:,}"]
                + [f"{best[part]:.3f}" for part in ("record", "backward", "free")]
                + [f"{total / n * 1e9:.0f}", f"{best['peak'] / 1e6:.1f}"]
                + [f"{best['graph'] / n:.0f}", f"{best['peak'] / n:.0f}"]
            )
            say(f"linearity: {name}: {total / n * 1e9:.0f} ns an op, {best['peak'] / n:.0f} B")
        if len(costs) == len(SIZES):
            growth[face] = costs[-1] / costs[-2]
    goals = [
        (f"{face}: an op of the longest chain ≤ {GROWTH} × one of a tenth as long", x, x <= GROWTH)
        for face, x in growth.items()
    ]
    header = ["face", "ops", "record s", "backward s", "free s", "ns / op", "peak MB"]
    header += ["graph B / op", "peak B / op"]
    title = "Linearity: chains of products and sums (best of the processes)"
    return Section("linearity", title, header, rows, goals, failures, data=data)


if __name__ == "__main__":
    print(json.dumps(_chain(sys.argv[1], int(sys.argv[2]))))
