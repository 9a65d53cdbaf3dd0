"""A long run of random programs against PyTorch and JAX.

``python -m tests.oracle.fuzz 200000 --seed 2026 --out DIR`` keeps in ``DIR`` what it has done, goes
on where it was stopped when it is started again, and saves each disagreement there as a file to
run. One block in forty is made of what JAX has as well, a fifth is in float32.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.metadata
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .compare import BLOCK
from .progress import Progress, write
from .sides import ORACLES, installed
from .workers import Workers

__all__ = ["main"]

ROOT = Path(__file__).parents[2]


class Watch:
    """A bar on a terminal, else a line every so many programs."""

    def __init__(self, done: int, programs: int, every: int) -> None:
        self.done, self.programs, self.every = done, programs, every
        self.first, self.began = done, time.monotonic()
        self.bar: Any = None
        if sys.stderr.isatty():
            try:
                from tqdm import tqdm
            except ImportError:
                return  # the lines do without
            self.bar = tqdm(total=programs, initial=done, unit=" programs", dynamic_ncols=True)

    def step(self, progress: Progress) -> None:
        """Note one more program."""
        self.done += 1
        trouble = len(progress.disagreements)
        if self.bar is not None:
            self.bar.update()
            self.bar.set_postfix_str(f"{trouble} disagree", refresh=False)
        elif self.done % self.every == 0:
            rate = (self.done - self.first) / (time.monotonic() - self.began)
            left = (self.programs - self.done) / rate / 60
            print(
                f"{self.done:,} of {self.programs:,} programs, {rate:.1f} a second, "
                f"{left:,.0f} min left, {trouble} disagree",
                file=sys.stderr,
                flush=True,
            )

    def say(self, text: str) -> None:
        """A line beside the bar."""
        if self.bar is not None:
            self.bar.write(text, file=sys.stderr)
        else:
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self.bar is not None:
            self.bar.close()


class Stop:
    """Ctrl-C and a plain kill, which wait for what must not be done by halves."""

    def __init__(self) -> None:
        self.waiting = self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True
        if not self.waiting:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def later(self) -> Iterator[None]:
        """Not in here, but right behind it."""
        self.waiting = True
        yield
        self.waiting = False
        if self.asked:
            raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    """Run what is left of the programs; 1 if any disagrees, 130 if stopped, 2 without oracle."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.fuzz", description=__doc__)
    parser.add_argument("programs", type=int, nargs="?", default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=None, help="default: .bench/fuzz/SEED")
    parser.add_argument("--every", type=int, default=1000, help="programs between lines")
    options = parser.parse_args(arguments)
    oracles = installed()
    if not oracles:
        print("neither PyTorch nor JAX is here to compare with: run make fuzz", file=sys.stderr)
        return 2
    for oracle in ORACLES:
        if oracle not in oracles:
            print(f"{oracle} is not installed, the rest goes on without it", file=sys.stderr)
    folder = options.out or Path(".bench") / "fuzz" / str(options.seed)
    progress = Progress.load(folder, options.seed)
    if progress.count:
        print(f"going on after {progress.count:,} programs in {folder}", file=sys.stderr)
    _note_versions(progress)
    stopped = _run(progress, options, oracles)
    report = progress.report()
    write(folder / "report.txt", report + "\n")
    print(report)
    if stopped:
        print("stopped; the same command goes on from here", file=sys.stderr)
    return 1 if progress.disagreements else 130 if stopped else 0


def _run(progress: Progress, options: argparse.Namespace, oracles: tuple[str, ...]) -> bool:
    """Whether it was stopped before the end."""
    stop = Stop()
    watch = Watch(progress.count, options.programs, options.every)
    try:
        with Workers(options.processes, options.seed, oracles) as workers:
            for finding in workers.run(progress.left(options.programs, BLOCK)):
                with stop.later():
                    progress.add(finding)
                watch.step(progress)
                if finding[0].trouble is not None:
                    watch.say(f"program {finding[0].number}: {finding[1]}")
    except KeyboardInterrupt:
        return True
    finally:
        progress.save()
        watch.close()
    return False


def _note_versions(progress: Progress) -> None:
    """Which versions were compared, once for each set of them, and which state of our source."""
    found = {"python": sys.version.split()[0], "source": _digest()}
    for name in ("numpy", "torch", "jax"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    if found not in progress.versions:
        progress.versions.append(found)


def _digest() -> str:
    """A number that changes with the engine, and with the programs and their texts."""
    digest = hashlib.sha256()
    for folder in ("autograd", "tests/oracle"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(main())
