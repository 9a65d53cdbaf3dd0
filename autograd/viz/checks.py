"""Checks of what users give, with messages that name it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["at_least_one", "check_folder"]


def at_least_one(**given: Any) -> None:
    """Raise unless each argument is a whole number of at least 1.

    Examples
    --------
    >>> at_least_one(digits=0)
    Traceback (most recent call last):
    ValueError: digits is a whole number of at least 1, got 0
    """
    for name, n in given.items():
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            raise ValueError(f"{name} is a whole number of at least 1, got {n!r}")


def check_folder(path: Path) -> None:
    """Raise if the folder that a file is to be written to is not there."""
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"cannot write {str(path)!r}: there is no folder {str(path.parent)!r}; make it first"
        )
