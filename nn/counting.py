"""Whole numbers among arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["count"]


def count(name: str, value: Any, least: int) -> int:
    """``value`` as a whole number that is ``least`` or more.

    Examples
    --------
    >>> from nn.counting import count
    >>> count("batch_size", 0, 1)
    Traceback (most recent call last):
        ...
    ValueError: batch_size is 1 or more, got 0
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} is {least} or more, got {value}")
    return int(value)
