"""Kills the run at random moments, some of them amid the writing of a checkpoint."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nn.checkpoint import read, unpack

__all__ = ["Outcome", "differences", "torment"]

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Outcome:
    """What a run that was killed ``kills`` times arrived at, beside the one that was not."""

    kills: int
    starting: int
    writing: int
    first: int
    last: int
    epochs: int
    steps: int
    different: list[str]

    def __str__(self) -> str:
        verdict = (
            f"different: {', '.join(self.different)}"
            if self.different
            else "weights, optimizer, scheduler and history equal bit for bit"
        )
        return (
            f"a run of {self.epochs} epochs ({self.steps} steps) killed {self.kills} times, after "
            f"checkpoints {self.first} to {self.last}, {self.writing} times amid writing one and "
            f"{self.starting} times before it was under way: {verdict}"
        )


def torment(times: int, folder: Path, seed: int = 0) -> Outcome:
    """Run once in peace and once with ``times`` kills, and compare."""
    rng = np.random.default_rng(seed)
    _finish(folder / "peace")
    peace = _result(folder / "peace")
    steps = _steps(peace)
    checkpoints = folder / "checkpoints"
    checkpoints.mkdir()
    starting = writing = 0
    reached = []
    # Well before the end, which a slow parent must not miss.
    for target in np.sort(rng.integers(max(steps - 200, 1), size=times)):
        child = _start(folder / "war", checkpoints)
        # One in eight early on; half of the others as soon as a file is seen to be written.
        if rng.random() < 0.125:
            time.sleep(rng.uniform(0.0, 0.2))
            starting += 1
        else:
            assert child.stdout is not None and child.stdout.readline() == "training\n"
            _await(lambda: _newest(checkpoints) >= target)  # noqa: B023
            time.sleep(rng.uniform(0.0, 0.006))
            if rng.random() < 0.5:
                _await(lambda: bool(_half_written(checkpoints)))
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        assert child.returncode == -signal.SIGKILL, f"it ended by itself: {child.returncode}"
        writing += bool(_half_written(checkpoints))
        reached.append(_newest(checkpoints))
    _finish(folder / "war", checkpoints)
    different = differences(peace, _result(folder / "war"))
    # Once more, when there is nothing left to do.
    _finish(folder / "again", checkpoints)
    different += differences(peace, _result(folder / "again"))
    epochs = len(peace[1]["history"]["rows"])
    return Outcome(times, starting, writing, min(reached), max(reached), epochs, steps, different)


def differences(one: Any, two: Any) -> list[str]:
    """The names of what differs in the least bit."""
    (arrays, rest), (others, other) = one, two
    names = [
        name
        for name in sorted(arrays.keys() | others.keys())
        if name not in arrays or name not in others or not _same(arrays[name], others[name])
    ]
    return names + [name for name in rest if rest[name] != other.get(name)]


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _start(*folders: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.kill.child", *map(str, folders)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _finish(*folders: Path) -> None:
    child = _start(*folders)
    child.communicate()
    assert child.returncode == 0, f"it ended with {child.returncode}"


def _await(ready: Callable[[], bool]) -> None:
    """Return once it is so, or after ten seconds."""
    limit = time.monotonic() + 10.0
    while not ready() and time.monotonic() < limit:
        time.sleep(0.0002)  # on a single core the child needs it


def _half_written(folder: Path) -> bool:
    return any(name.endswith(".tmp") for name in os.listdir(folder))


def _newest(folder: Path) -> int:
    """The number of the last whole checkpoint."""
    numbers = [name[5:-12] for name in os.listdir(folder) if name.startswith("step-")]
    return max(map(int, numbers), default=0)


def _result(folder: Path) -> tuple[dict[str, np.ndarray], Any]:
    (path,) = folder.glob("step-*")
    saved = read(path)
    return saved.arrays, saved.state


def _steps(result: tuple[dict[str, np.ndarray], Any]) -> int:
    return unpack(*result)["optimizer"]["state"][0]["step"]
