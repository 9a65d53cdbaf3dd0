"""Arrays dealt out in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..counting import count
from ..seed import Rng, generator
from .checks import length, rows

__all__ = ["batches"]


def batches(
    *arrays: Any,
    batch_size: int,
    shuffle: bool = True,
    rng: Rng = None,
    drop_last: bool = False,
) -> Iterator[tuple[Any, ...]]:
    """Deal out rows of ``arrays`` in batches, shuffled together.

    Parameters
    ----------
    *arrays : array or Tensor
        As long as one another.
    batch_size : int
        Rows in a batch; the last one may be smaller.
    shuffle : bool
        Whether rows come in random order.
    rng : Generator or int, optional
        Decides that order. The same number gives the same order; a generator goes on from one
        epoch to the next.
    drop_last : bool
        Leave a smaller last batch out.

    Examples
    --------
    >>> import numpy as np, nn
    >>> [len(x) for (x,) in nn.data.batches(np.arange(10), batch_size=4)]
    [4, 4, 2]
    """
    arrays = tuple(rows(a) for a in arrays)
    n = length(arrays)
    if count("batch_size", batch_size, 1) > n:
        raise ValueError(f"batch_size is from 1 to the number of examples, {n}; got {batch_size}")
    order = generator(rng).permutation(n) if shuffle else np.arange(n)
    return _deal(arrays, order, n - n % batch_size if drop_last else n, batch_size)


def _deal(arrays: tuple, order: np.ndarray, end: int, size: int) -> Iterator[tuple[Any, ...]]:
    for start in range(0, end, size):
        chosen = order[start : start + size]
        yield tuple(a[chosen] for a in arrays)
