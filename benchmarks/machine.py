"""Where things run: interpreters, the pinned core, and how the machine is described."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "cores", "describe", "environment", "interpreter", "pin"]

ROOT = Path(__file__).resolve().parent.parent
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def interpreter(home: str) -> str | None:
    """The Python that has the contenders of ``home``; ``None`` if there is none.

    ``make bench-peers`` makes those of the peers; the variables ``BENCH_PEERS`` and ``BENCH_HIPS``
    name others.
    """
    if home == "ours":
        return sys.executable
    path = os.environ.get(f"BENCH_{home.upper()}") or str(ROOT / ".bench" / home / "bin/python")
    return path if os.access(path, os.X_OK) else None


def environment(threads: int = 1) -> dict[str, str]:
    """Environment of a contender: so many threads, and nobody's Python settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return kept | dict.fromkeys(_THREADS, str(threads)) | {"PYTHONHASHSEED": "0"}


def cores(threads: int = 1) -> list[int]:
    """The cores to measure on: the last ones, which have the fewest interrupts to serve."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    return sorted(os.sched_getaffinity(0))[-threads:]


def pin(pid: int, threads: int = 1) -> None:
    """Keep a process on those cores, where the system can."""
    which = cores(threads)
    if which:
        os.sched_setaffinity(pid, which)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "unknown")


def _revision() -> str:
    def git(*args: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *args], capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    try:
        return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain") else "")
    except OSError:
        return "unknown"


def describe() -> dict[str, Any]:
    """The machine and the moment, for the report."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "revision": _revision(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "measured on": cores(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
    }
