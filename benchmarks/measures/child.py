"""Fresh processes of ours, and what they know of their own memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..machine import ROOT, environment, pin

__all__ = ["ask", "peak_memory", "resident_memory"]


def ask(*command: str) -> Any:
    """Run ``python *command`` on the measuring core; the JSON it prints.

    Raises
    ------
    RuntimeError
        With the last line of its error output, if it fails.
    """
    process = subprocess.Popen(
        [sys.executable, "-s", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=ROOT,
        text=True,
    )
    pin(process.pid)
    out, errors = process.communicate()
    if process.returncode:
        raise RuntimeError((errors.strip().splitlines() or [f"exit {process.returncode}"])[-1])
    return json.loads(out)


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
