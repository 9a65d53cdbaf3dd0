"""The exceptions Blamegraph raises and the words they share.

Every class derives from the built-in exception a NumPy or PyTorch user would expect, so
``except TypeError`` and ``except RuntimeError`` keep working.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AnomalyError",
    "CaptureError",
    "FreedGraphError",
    "InPlaceError",
    "NotDifferentiableError",
    "RuleError",
    "UnsupportedError",
    "describe",
]


class NotDifferentiableError(TypeError):
    """A gradient was asked for where none is defined: integer data, a dropped graph."""


class UnsupportedError(TypeError):
    """A NumPy function or keyword that cannot be recorded."""


class RuleError(RuntimeError):
    """A derivative rule returned something that cannot be a derivative."""


class FreedGraphError(RuntimeError):
    """``backward`` walked a graph whose saved arrays were already released."""


class InPlaceError(RuntimeError):
    """An in-place write that would make a gradient wrong."""


class CaptureError(RuntimeError):
    """A captured function does what a replay could not do again."""


class AnomalyError(RuntimeError):
    """A value or gradient became NaN or infinite inside ``detect_anomaly()``."""


def describe(x: Any) -> str:
    """Say what ``x`` is in a few words: type, shape and dtype.

    Examples
    --------
    >>> import numpy as np
    >>> describe(np.zeros((2, 3), np.float32))
    'ndarray of shape (2, 3), float32'
    >>> describe(2.0)
    'float 2.0'
    """
    kind = type(x).__name__
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        return f"{kind} of shape {tuple(x.shape)}, {x.dtype}"
    text = repr(x)
    return f"{kind} {text if len(text) <= 40 else text[:37] + '...'}"
