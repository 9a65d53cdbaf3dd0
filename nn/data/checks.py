"""What is wrong with data, said before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["check_noise", "length", "rows"]


def rows(x: Any) -> Any:
    """Lists as arrays; what can be indexed by an array (arrays, tensors) as it is."""
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


def length(arrays: Sequence[Any]) -> int:
    """How many examples the arrays hold, all of them as many."""
    if not arrays:
        raise ValueError("no arrays given")
    for a in arrays:
        if not np.ndim(a):
            raise ValueError(f"data is arrays of examples, and {a!r} is a single number")
    lengths = [len(a) for a in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(f"examples and labels go together, but their numbers are {lengths}")
    if lengths[0] == 0:
        raise ValueError("the dataset is empty")
    return lengths[0]


def check_noise(noise: Any) -> None:
    """Refuse what is no amount of noise."""
    if not (np.isfinite(noise) and noise >= 0):
        raise ValueError(f"noise is 0 or more, got {noise!r}")
