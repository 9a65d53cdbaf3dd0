"""What it costs to import each library, and how much it installs."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..compare import Effort
from ..machine import ROOT, interpreter
from ..report import Section
from .child import ask

__all__ = ["measure"]

AT_MOST = 1.3
TIMES = 10  # that each is imported, and once before
_TIMED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
_NEEDED = ("numpy", "graphviz", "safetensors")  # what ours requires


@dataclass(frozen=True)
class _Library:
    modules: str
    distribution: str = ""
    home: str = "peers"


LIBRARIES = {
    "numpy": _Library("numpy", "numpy", "ours"),
    "autograd": _Library("autograd", "", "ours"),
    "autograd, nn": _Library("autograd, nn", "", "ours"),
    "micrograd": _Library("micrograd.engine", "micrograd"),
    "mygrad": _Library("mygrad", "mygrad"),
    "HIPS autograd": _Library("autograd.numpy", "autograd", "hips"),
    "tinygrad": _Library("tinygrad", "tinygrad"),
    "torch": _Library("torch", "torch"),
    "jax": _Library("jax.numpy", "jax"),
    "scikit-learn": _Library("sklearn.neural_network", "scikit-learn"),
}


def _time(library: _Library) -> float:
    python = interpreter(library.home)
    if python is None:
        raise RuntimeError("not installed (make bench-peers)")
    # A peer must not find this checkout, which the working folder would offer it.
    apart = () if library.home == "ours" else ("-P",)
    return ask(*apart, "-c", _TIMED.format(library.modules), python=python)


def _folder(path: Path) -> int:
    files = (p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return sum(p.stat().st_size for p in files)


def _sizes(library: _Library) -> tuple[int, int]:
    script = str(Path(__file__).with_name("installed.py"))
    if library.distribution:
        python = interpreter(library.home) or sys.executable
        alone, together = ask("-P", script, library.distribution, python=python)
        return alone, together
    alone = sum(_folder(ROOT / name) for name in library.modules.split(", "))
    return alone, alone + ask("-P", script, *_NEEDED)[1]


def measure(effort: Effort, say: Callable[[str], None]) -> Section:
    """Best of many fresh processes, interleaved: the best is what is not disturbed."""
    times: dict[str, list[float]] = {name: [] for name in LIBRARIES}
    failures: dict[str, str] = {}
    rng = random.Random(0)
    for _ in range(1 + min(TIMES, effort.fleets * effort.rounds)):
        for name in rng.sample(list(LIBRARIES), len(LIBRARIES)):
            if name in failures:
                continue
            try:
                times[name].append(_time(LIBRARIES[name]))
            except RuntimeError as error:
                failures[name] = str(error)
    # The first of each may have written bytecode.
    best = {name: min(t[1:]) for name, t in times.items() if name not in failures}
    base = best["numpy"]
    sizes = {name: _sizes(LIBRARIES[name]) for name in best}
    rows = []
    for name, seconds in best.items():
        say(f"imports: {name}: {seconds * 1e3:.1f} ms")
        alone, together = sizes[name]
        rows.append(
            [name, f"{seconds * 1e3:.1f}", f"{seconds / base:.2f}"]
            + [f"{alone / 1e6:,.1f}", f"{together / 1e6:,.1f}"]
        )
    ours = best.get("autograd, nn")
    goals = []
    if ours is not None:
        text = f"import autograd, nn ≤ {AT_MOST} × import numpy"
        goals.append((text, ours / base, ours / base <= AT_MOST))
    header = ["import", "best ms", "× numpy", "MB alone", "MB with what it needs"]
    data = {"seconds": times, "bytes": sizes}
    return Section(
        "imports", "Import time and installed size", header, rows, goals, failures, data=data
    )
