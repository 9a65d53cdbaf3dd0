"""Where random numbers come from when nobody passes a generator."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

__all__ = ["Rng", "generator", "manual_seed"]

# A string, and no generator yet: numpy.random loads when it is first touched, which takes longer
# than all of nn.
Rng: TypeAlias = "np.random.Generator | int | None"

_shared: np.random.Generator | None = None


def manual_seed(seed: int) -> np.random.Generator:
    """Make everything in ``nn`` that is given no ``rng`` of its own start from ``seed``.

    Examples
    --------
    >>> import nn
    >>> rng = nn.manual_seed(0)
    >>> first = nn.Linear(2, 2).weight.numpy()
    >>> rng = nn.manual_seed(0)
    >>> bool((first == nn.Linear(2, 2).weight.numpy()).all())
    True
    """
    global _shared
    _shared = np.random.default_rng(seed)
    return _shared


def generator(rng: Rng = None) -> np.random.Generator:
    """The generator to use: the given one, one made from a seed, or the shared one."""
    global _shared
    if rng is not None:
        return np.random.default_rng(rng)
    if _shared is None:
        _shared = np.random.default_rng()
    return _shared
