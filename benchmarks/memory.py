"""What a process knows of its own memory. Imported by every contender's process: light."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path

__all__ = ["forget_peak", "peak_memory", "resident_memory"]


def _status(field: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(x.split()[1]) * 1024 for x in lines if x.startswith(field)), None)


def peak_memory() -> int:
    """The most bytes this process has had in memory."""
    # On Linux a child's ru_maxrss starts at what its parent had when it was forked.
    peak = _status("VmHWM:")
    if peak is None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak *= 1 if sys.platform == "darwin" else 1024
    return peak


def resident_memory() -> int:
    """The bytes this process has in memory now (the peak, where the system does not tell)."""
    now = _status("VmRSS:")
    return peak_memory() if now is None else now


def forget_peak() -> None:
    """Let the peak count from now on, where the system can: imports would hide a small one."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
