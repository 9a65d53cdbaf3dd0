"""Memory that stays with the process between the steps of a training loop.

When a step has freed its arrays, the C library gives the end of its memory back to the system, and
the next step has it mapped anew, page by page: at 100,000 numbers that took four times as long as
the arithmetic. Whatever lies at the end and is still in use prevents it. So an array that nobody
writes to, and whose pages are therefore never mapped, is made where memory is fullest, between
forward and backward, and kept until the next.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np

from .modes import modes

__all__ = ["keep_room"]

# Bytes of an array from which on it matters; and above which the C library maps each by itself.
_LEAST, _MOST = 1 << 14, 1 << 25
# After the first few calls only one in so many looks.
_EVERY = 16


class _Room(threading.local):
    calls = 0
    held: Any = None


_room = _Room()


def keep_room(arrays: Iterable[Any], spare: int = 0) -> None:
    """Keep the memory that is taken now, and some more, if any of ``arrays`` is large.

    Parameters
    ----------
    arrays : iterable
        What a walk is going to read.
    spare : int
        How many more arrays as large as the largest there will be at once, where the walk does not
        free those it has read.

    Examples
    --------
    >>> import numpy as np
    >>> keep_room([np.ones(100_000)])
    """
    if modes.tape is not None:  # what a recording makes lives on, and is not made again
        return
    n = _room.calls
    _room.calls = n + 1
    if n >= 4 and n % _EVERY:
        return
    largest = max((getattr(x, "nbytes", 0) for x in arrays), default=0)
    if not _LEAST <= largest <= _MOST:
        _room.held = None
        return
    # As large as the largest, it finds no place between the others. The old one goes last.
    below = [np.empty(largest, np.uint8) for _ in range(spare)]
    _room.held = np.empty(largest, np.uint8)
    del below
