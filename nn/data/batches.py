"""Arrays made ready for training: split, scaled, coded, and dealt out in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..seed import Rng, generator

__all__ = ["batches", "one_hot", "standardise", "train_test_split"]


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
        Decides that order.
    drop_last : bool
        Leave a smaller last batch out.

    Examples
    --------
    >>> import numpy as np, nn
    >>> [len(x) for (x,) in nn.data.batches(np.arange(10), batch_size=4)]
    [4, 4, 2]
    """
    n = _length(arrays)
    if not 1 <= batch_size <= n:
        raise ValueError(f"batch_size is from 1 to the number of examples, {n}; got {batch_size}")
    order = generator(rng).permutation(n) if shuffle else np.arange(n)
    return _deal(arrays, order, n - n % batch_size if drop_last else n, batch_size)


def _deal(arrays: tuple, order: np.ndarray, end: int, size: int) -> Iterator[tuple[Any, ...]]:
    for start in range(0, end, size):
        rows = order[start : start + size]
        yield tuple(a[rows] for a in arrays)


def train_test_split(
    x: Any, y: Any, *, test_size: float = 0.2, stratify: bool = True, rng: Rng = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hold some examples out: ``x_train, x_test, y_train, y_test``.

    Parameters
    ----------
    x, y : array
        Examples and their labels (or targets).
    test_size : float
        The share that is held out.
    stratify : bool
        Hold the same share of every class out. Each class then needs two examples or more.
    rng : Generator or int
        Decides which.
    """
    x, y = np.asarray(x), np.asarray(y)
    n = _length((x, y))
    if not 0 < test_size < 1:
        raise ValueError(f"test_size is a share between 0 and 1, got {test_size}")
    rng = generator(rng)
    if stratify:
        if y.ndim != 1:
            raise ValueError(f"stratify=True needs one label for each example, got shape {y.shape}")
        test = _stratified(y, test_size, rng)
    else:
        test = rng.permutation(n)[: max(1, round(n * test_size))]
    held = np.zeros(n, dtype=bool)
    held[test] = True
    if held.all():
        raise ValueError(f"{n} examples are too few to hold {test_size:.0%} out")
    return x[~held], x[held], y[~held], y[held]


def _stratified(y: np.ndarray, test_size: float, rng: np.random.Generator) -> np.ndarray:
    """Indices of each class's share; the total is rounded once, largest remainders first."""
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if counts.min() < 2:
        alone = classes[counts.argmin()]
        raise ValueError(
            f"class {alone} has a single example: holding a share of every class out needs two or "
            "more of each"
        )
    shares = counts * test_size
    takes = np.clip(np.floor(shares).astype(int), 1, counts - 1)
    missing = round(len(y) * test_size) - takes.sum()
    for k in np.argsort(takes - shares, kind="stable")[: max(missing, 0)]:
        takes[k] = min(takes[k] + 1, counts[k] - 1)
    return np.concatenate(
        [rng.permutation(np.flatnonzero(codes == k))[:take] for k, take in enumerate(takes)]
    )


def standardise(
    x: Any, *, mean: Any = None, scale: Any = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns with mean 0 and standard deviation 1, and the ``mean`` and ``scale`` used.

    Pass those back for further data. A constant column becomes 0.

    Examples
    --------
    >>> from nn.data import standardise
    >>> z, mean, scale = standardise([[0.0, 5.0], [2.0, 5.0]])
    >>> z.tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    >>> standardise([[4.0, 5.0]], mean=mean, scale=scale)[0].tolist()
    [[3.0, 0.0]]
    """
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(float)
    if mean is None:
        mean = x.mean(axis=0)
    if scale is None:
        scale = x.std(axis=0)
        # Round-off leaves a constant column with a tiny spread; do not blow that up.
        tiny = 10 * np.finfo(x.dtype).eps * np.abs(mean)
        scale = np.where(scale > tiny, scale, np.ones_like(scale))
    return (x - mean) / scale, mean, scale


def one_hot(labels: Any, classes: int | None = None, dtype: Any = np.float32) -> np.ndarray:
    """Rows with a 1 at the label's place.

    Examples
    --------
    >>> from nn.data import one_hot
    >>> one_hot([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels are class numbers of an integer dtype, got {labels.dtype}")
    if classes is None:
        classes = int(labels.max()) + 1 if labels.size else 0
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(
            f"labels run from {labels.min()} to {labels.max()}; there are {classes} classes, "
            "counted from 0"
        )
    return np.eye(classes, dtype=dtype)[labels]


def _length(arrays: tuple) -> int:
    if not arrays:
        raise ValueError("no arrays given")
    lengths = [len(a) for a in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(f"examples and labels go together, but their numbers are {lengths}")
    if lengths[0] == 0:
        raise ValueError("the dataset is empty")
    return lengths[0]
