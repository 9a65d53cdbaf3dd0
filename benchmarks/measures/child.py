"""Fresh processes, and the JSON that they print."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from ..machine import ROOT, environment, pin

__all__ = ["ask"]


def ask(*command: str, python: str = sys.executable) -> Any:
    """Run ``python *command`` on the measuring core; the JSON it prints.

    Raises
    ------
    RuntimeError
        With the last line of its error output, if it fails.
    """
    process = subprocess.Popen(
        [python, "-s", *command],
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
