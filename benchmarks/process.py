"""The harness's end of a contender's process."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import tempfile
from typing import Any

from .machine import ROOT, environment, interpreter, pin
from .workload import Contender

__all__ = ["Absent", "Broken", "Process"]

PATIENCE = 300.0  # seconds for one reply


class Absent(Exception):
    """A contender that is not installed."""


class Broken(Exception):
    """A contender that failed."""


class Process:
    """One contender, built and ready to be asked for timings."""

    def __init__(self, workload: str, contender: Contender, threads: int = 1) -> None:
        python = interpreter(contender.home)
        if python is None:
            raise Absent("not installed (make bench-peers)")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._process = subprocess.Popen(
            # -P: the folder of the worker must not come first among the places to import from.
            [python, "-P", "-s", str(ROOT / "benchmarks" / "worker.py"), contender.home],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment(threads),
            bufsize=0,
        )
        try:
            pin(self._process.pid, threads)
            request = {"workload": workload, "contender": contender.name, "threads": threads}
            self.about = self._ask(request)
            if "absent" in self.about:
                raise Absent(self.about["absent"])
        except BaseException:
            self.close()
            raise

    def seconds(self, n: int) -> float:
        """Run ``n`` steps: the seconds that each took."""
        return self._ask({"run": n})["seconds"]

    def memory(self) -> dict[str, int]:
        """Bytes: ``built`` before the first step, ``peak`` over all timed so far."""
        return self._ask({"memory": True})

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]
        self._errors.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        reply = b""
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(request).encode() + b"\n")
            while not reply.endswith(b"\n"):
                if not select.select([stdout], [], [], PATIENCE)[0]:
                    raise Broken(f"no reply within {PATIENCE:.0f} s")
                part = stdout.read(1 << 20)
                if not part:
                    break
                reply += part
        if not reply.endswith(b"\n"):
            self._process.wait(5)
            self._errors.seek(0)
            lines = self._errors.read().decode(errors="replace").strip().splitlines()
            raise Broken(lines[-1] if lines else f"exit status {self._process.returncode}")
        return json.loads(reply)
