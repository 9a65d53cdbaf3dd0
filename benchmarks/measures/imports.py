"""What it costs to import the packages, against NumPy alone; and how much they install."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..compare import Effort
from ..machine import ROOT
from ..report import Section
from .child import ask

__all__ = ["measure"]

AT_MOST = 1.3
_TIMED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
IMPORTS = ("numpy", "autograd", "autograd, nn")


def _size(folder: Path) -> int:
    files = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return sum(p.stat().st_size for p in files)


def measure(effort: Effort, say: Callable[[str], None]) -> Section:
    """Best of many fresh processes, interleaved: the best is what is not disturbed."""
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    failures = {}
    rng = random.Random(0)
    for _ in range(1 + effort.fleets * effort.rounds):
        for name in rng.sample(IMPORTS, len(IMPORTS)):
            if name in failures:
                continue
            try:
                times[name].append(ask("-c", _TIMED.format(name)))
            except RuntimeError as error:
                failures[name] = str(error)
    # The first of each may have written bytecode.
    best = {name: min(t[1:]) for name, t in times.items() if name not in failures}
    base = best["numpy"]
    for name, seconds in best.items():
        say(f"imports: {name}: {seconds * 1e3:.1f} ms")
    sizes = {
        "numpy": _size(Path(np.__file__).parent),
        "autograd": _size(ROOT / "autograd"),
        "autograd, nn": _size(ROOT / "autograd") + _size(ROOT / "nn"),
    }
    rows = [
        [name, f"{s * 1e3:.1f}", f"{s / base:.2f}", f"{sizes[name] / 1e3:,.0f}"]
        for name, s in best.items()
    ]
    ours = best.get("autograd, nn")
    goals = []
    if ours is not None:
        text = f"import autograd, nn ≤ {AT_MOST} × import numpy"
        goals.append((text, ours / base, ours / base <= AT_MOST))
    header = ["import", "best ms", "× numpy", "installed kB"]
    data = {"seconds": times, "bytes": sizes}
    return Section("imports", "Import time and installed size", header, rows, goals, failures, data)
