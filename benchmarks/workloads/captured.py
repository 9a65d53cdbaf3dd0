"""``autograd.capture``, for as long as it may not be there: its contenders are then absent."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

__all__ = ["capture", "there"]

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def there() -> Wrap:
    """``autograd.capture``.

    Raises
    ------
    ImportError
        If this version has none.
    """
    found = getattr(importlib.import_module("autograd"), "capture", None)
    if not callable(found):
        raise ImportError("autograd.capture is not there yet")
    return found


def capture(f: Callable[..., Any]) -> Callable[..., Any]:
    """``autograd.capture(f)``."""
    return there()(f)
