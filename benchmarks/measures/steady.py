"""Memory over a thousand training steps with the collector off: flat, or something leaks.

With the collector off, whatever sits in a reference cycle stays for good.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from typing import Any

from ..compare import Effort
from ..memory import resident_memory
from ..report import Section
from .child import ask

__all__ = ["measure"]

STEPS = 1_000
WARM = 100
# What the allocator may move by without any object being kept.
ALLOWED = 256 * 1024


def _tasks() -> dict[str, Callable[[], Any]]:
    from autograd import Value

    from ..workloads import small_tensor, training
    from ..workloads.scalar import mlp_task

    return {
        "Value network 2-16-16-1, 2 samples": lambda: mlp_task(Value, samples=2),
        "Tensor chain, graph kept": small_tensor.ours,
        "Tensor chain, graph freed": lambda: small_tensor.ours(retain_graph=False),
        "engine step 2-16-16-2": lambda: training.engine([2, 16, 16, 2], 100),
        "nn step 2-16-16-2": lambda: training.network([2, 16, 16, 2], 100),
    }


def _grow(name: str) -> dict[str, Any]:
    try:
        step = _tasks()[name]().step
    except (ImportError, AttributeError) as error:
        return {"absent": f"{type(error).__name__}: {error}"}
    gc.disable()
    for _ in range(WARM):
        step()
    before = resident_memory()
    for _ in range(STEPS):
        step()
    after = resident_memory()
    return {"before": before, "after": after, "cycles": gc.collect()}


def measure(effort: Effort, say: Callable[[str], None]) -> Section:
    """Growth of the resident memory, and how many objects only the collector would free."""
    rows, goals, failures, data = [], [], {}, {}
    for name in _tasks():
        try:
            found = ask("-m", __name__, name)
        except RuntimeError as error:
            failures[name] = str(error)
            continue
        if "absent" in found:
            failures[name] = f"absent: {found['absent']}"
            continue
        growth = found["after"] - found["before"]
        data[name] = found
        rows.append(
            [name, f"{found['before'] / 1e6:.1f}", f"{growth / 1e3:.0f}", str(found["cycles"])]
        )
        goals.append((f"{name}: growth ≤ {ALLOWED / 1e3:.0f} kB", growth / 1e3, growth <= ALLOWED))
        say(f"memory: {name}: grew by {growth / 1e3:.0f} kB in {STEPS} steps")
    header = ["step", "before MB", "growth kB", "objects left to the collector"]
    title = f"Memory over {STEPS} steps, collector off"
    return Section("memory", title, header, rows, goals, failures, data=data)


if __name__ == "__main__":
    print(json.dumps(_grow(sys.argv[1])))
