"""Numbers as they stand in a page's JSON: whole, with nan and inf as words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..figures import describe_gradient, size_of

__all__ = ["EXACT", "PAINTED", "exact", "gradient_text", "painted", "zero"]

EXACT = 16
"""Arrays of up to this many elements are in the page in full precision."""
PAINTED = 64
"""And of up to this many with three digits, for a small heat map."""


def exact(x: Any) -> Any:
    """A float that reads back as itself, or a list of them; ``None`` if it is too large for that.

    Examples
    --------
    >>> import numpy as np
    >>> exact(0.1), exact(float("nan")), exact(np.array([1.0, -np.inf]))
    (0.1, 'nan', [1.0, '-inf'])
    """
    if x is None or isinstance(x, (dict, tuple)):
        return None
    if isinstance(x, np.ndarray):
        if x.size > EXACT:
            return None
        return _listed(x.astype(float).tolist())
    x = float(x)
    return x if math.isfinite(x) else str(x)


def _listed(x: Any) -> Any:
    # As deep as an array has axes, 64 at most.
    return [_listed(part) for part in x] if isinstance(x, list) else exact(x)


def painted(x: Any) -> list[Any] | None:
    """A small array as its number of columns and its elements, to be shown as a heat map."""
    if not isinstance(x, np.ndarray) or x.ndim == 0 or not 1 < x.size <= PAINTED:
        return None
    return [x.shape[-1], *(exact(float(f"{e:.3g}")) for e in x.astype(float).ravel().tolist())]


def gradient_text(g: Any, digits: int) -> str:
    """What the box of a vertex says beside ``grad``."""
    if isinstance(g, dict):
        return ""
    rows = describe_gradient(g, digits)
    return rows[0][1] if rows else ""


def zero(x: Any) -> bool:
    """Whether no gradient is in ``x``."""
    return x is None or size_of(x) == 0.0
