"""A few threads for parts of large work: NumPy computes without the interpreter lock.

There are as many as ``OMP_NUM_THREADS`` says, or as the process may use processors.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context

__all__ = ["available", "run"]

_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}


def available() -> int:
    """How many threads large work may use.

    Examples
    --------
    >>> available() >= 1
    True
    """
    said = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if said.isdecimal() and int(said) > 0:
        return int(said)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(parts: Sequence[Callable[[], None]]) -> None:
    """Run all parts, the first here and the others beside it, each in the caller's context.

    When it returns or raises, none is running any more.

    Examples
    --------
    >>> found = []
    >>> run([lambda: found.append(1), lambda: found.append(2)])
    >>> sorted(found)
    [1, 2]
    """
    first, *rest = parts
    started: list[Future] = []
    left: list[Callable[[], None]] = []
    try:
        for part in rest:
            try:
                started.append(_pool(len(rest)).submit(copy_context().run, part))
            except RuntimeError:  # the interpreter is going down and starts no more work
                left.append(part)
        for part in (first, *left):
            part()
    finally:
        _wait(started)
    for future in started:
        future.result()


def _wait(started: list[Future]) -> None:
    """Until the last has ended, however often the user interrupts."""
    interrupted: KeyboardInterrupt | None = None
    while True:
        try:
            wait(started)
            break
        except KeyboardInterrupt as again:
            interrupted = again
    if interrupted is not None:
        raise interrupted


def _pool(n: int) -> ThreadPoolExecutor:
    with _lock:
        pool = _pools.get(n)
        if pool is None:
            pool = _pools[n] = ThreadPoolExecutor(n, thread_name_prefix="autograd")
        return pool


def _forget() -> None:
    """In a forked process there are no threads but one, and a lock may be held by another."""
    global _lock
    _lock = threading.Lock()
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
