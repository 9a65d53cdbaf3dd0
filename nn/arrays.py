"""Arrays of what is given as data: its numbers, and that they are finite."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor

__all__ = ["check_finite", "plain"]


def plain(x: Any) -> np.ndarray:
    """A tensor's numbers without its graph; anything else as an array."""
    if isinstance(x, Tensor):
        return x.detach().numpy()
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise ValueError(
            f"{np.ma.count_masked(x)} numbers are masked, and a plain array would unmask them: "
            "fill them with x.filled(...), or leave those examples out"
        )
    return np.asarray(x)


def check_finite(array: np.ndarray, what: str) -> None:
    """Refuse NaN and infinities among floats, and name the first.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.arrays import check_finite
    >>> check_finite(np.array([1.0, np.nan]), "the data")
    Traceback (most recent call last):
        ...
    ValueError: the data: 1 of 2 numbers not finite, the first (nan) at [1]; fill or drop them first
    """
    if array.dtype.kind != "f":
        return
    # A sum is finite only if all terms are, and costs no mask; it may overflow, hence the rest.
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()):
            return
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{what}: {np.count_nonzero(bad)} of {array.size} numbers not finite, the first "
            f"({array[place]}) at {list(place)}; fill or drop them first"
        )
