"""Processes that check programs, one number after another, and may die without harm."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import time
import warnings
from collections.abc import Iterator
from typing import Any

from .compare import Disagreement, Result, check, kind_of
from .paste import paste
from .verdict import judge, smallest

__all__ = ["Finding", "Workers"]

PATIENCE = 600.0
"""Seconds that a program may take."""

LOSSES = 5
"""Processes in a row that may die at once; more means that it is not for the programs."""

Finding = tuple[Result, str | None, str | None]
"""A result, and for a disagreement the verdict and the source of a file that shows it."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def examine(seed: int, number: int, oracles: tuple[str, ...]) -> Finding:
    """Check a program, and if sides differ, cut it down and find out who is right."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = check(seed, number, oracles)
        if result.trouble is None:
            return result, None, None
        if result.program is None:
            verdict = "the generator failed on our side"
        else:
            result.program, result.trouble = smallest(result.program, result.trouble)
            verdict = judge(result.program, result.trouble)
    return result, verdict, paste(result, seed, verdict)


def _work(pipe: Any, seed: int, oracles: tuple[str, ...]) -> None:
    # A parent that was killed leaves a closed pipe.
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            for number in pipe.recv():
                pipe.send(examine(seed, number, oracles))


class _Worker:
    """A process and what it has still to do."""

    def __init__(self, seed: int, oracles: tuple[str, ...]) -> None:
        # Forking a process that holds threads, as PyTorch's and JAX's do, is not safe.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, seed, oracles), daemon=True)
        # Ctrl-C is for the parent, which ends us; what is ignored here, a new process ignores.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.process.start()
        signal.signal(signal.SIGINT, handler)
        theirs.close()
        self.numbers: list[int] = []
        self.heard = time.monotonic()

    def give(self, numbers: list[int]) -> None:
        self.numbers = numbers
        self.heard = time.monotonic()
        if numbers:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.pipe.send(numbers)  # if it is dead, that is heard when it is waited for

    def late(self) -> bool:
        return bool(self.numbers) and time.monotonic() - self.heard > PATIENCE

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Workers:
    """Checks numbers in several processes; a program that kills its process is a finding too."""

    def __init__(self, processes: int, seed: int, oracles: tuple[str, ...]) -> None:
        for name in THREADS:
            os.environ[name] = "1"  # workers with threads of their own would wait for one another
        self.start = lambda: _Worker(seed, oracles)
        self.seed = seed
        self.losses = 0
        self.workers = [self.start() for _ in range(processes)]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *exc: Any) -> None:
        for worker in self.workers:
            worker.end()

    def run(self, chunks: Iterator[list[int]]) -> Iterator[Finding]:
        """The findings, in the order they come in."""
        for worker in self.workers:
            worker.give(next(chunks, []))
        while busy := [worker for worker in self.workers if worker.numbers]:
            ready = multiprocessing.connection.wait([w.pipe for w in busy], timeout=5.0)
            for worker in busy:
                if worker.pipe in ready:
                    yield self._hear(worker)
                elif worker.late():
                    yield self._lost(worker, f"it took over {PATIENCE:.0f} seconds")
            for worker in self.workers:
                if not worker.numbers:
                    worker.give(next(chunks, []))

    def _hear(self, worker: _Worker) -> Finding:
        try:
            finding: Finding = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            worker.process.join()
            return self._lost(worker, f"its process ended with {worker.process.exitcode}")
        worker.heard = time.monotonic()
        worker.numbers = worker.numbers[1:]
        self.losses = 0
        return finding

    def _lost(self, worker: _Worker, why: str) -> Finding:
        """Start a worker in the place of one, to go on behind the program that it was at."""
        self.losses += 1
        if self.losses > LOSSES:
            raise RuntimeError(
                f"{LOSSES} processes in a row ended before they said anything: {why}"
            )
        number, *rest = worker.numbers
        worker.end()
        fresh = self.start()
        self.workers[self.workers.index(worker)] = fresh
        fresh.give(rest)
        result = Result(number, kind_of(number), trouble=Disagreement("crash", "?", why))
        return result, f"undecided: {why}", paste(result, self.seed, why)
