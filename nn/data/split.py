"""Some examples to train on and others to judge by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from ..arrays import check_finite
from ..counting import count
from ..seed import Rng, generator
from .checks import length

__all__ = ["k_fold", "train_test_split", "train_validation_test_split"]

# "auto", a bool, or an array of classes.
Stratify: TypeAlias = Any


def train_test_split(
    *arrays: Any, test_size: float = 0.2, stratify: Stratify = "auto", rng: Rng = 0
) -> tuple[np.ndarray, ...]:
    """Hold some examples out: ``x_train, x_test, y_train, y_test``, and so on for more arrays.

    Parameters
    ----------
    *arrays : array
        Examples, their labels (or targets), and what else belongs to them.
    test_size : float or int
        The share that is held out, between 0 and 1, or the number of examples.
    stratify : "auto", bool or array
        Whether to hold the same share of every class out. "auto" does so by the second array if
        that has class numbers or names, two or more of each; a regression's targets are left
        alone. True insists; an array has the classes to go by.
    rng : Generator or int
        Decides which.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x, y = np.arange(10), np.repeat([0, 1], 5)
    >>> x_train, x_test, y_train, y_test = nn.data.train_test_split(x, y, test_size=0.4)
    >>> y_test.tolist()
    [0, 0, 1, 1]
    """
    given = tuple(np.asarray(a) for a in arrays)
    n = length(given)
    held_out = _how_many("test_size", test_size, n)
    classes = _classes(given, stratify)
    held = _held(n, held_out, classes, generator(rng))
    return tuple(part for a in given for part in (a[~held], a[held]))


def train_validation_test_split(
    *arrays: Any,
    validation_size: float = 0.2,
    test_size: float = 0.2,
    stratify: Stratify = "auto",
    rng: Rng = 0,
) -> tuple[np.ndarray, ...]:
    """Hold examples out twice: ``x_train, x_validation, x_test, y_train, ...``.

    Parameters
    ----------
    *arrays : array
        Examples, their labels (or targets), and what else belongs to them.
    validation_size, test_size : float or int
        Shares of all examples, or numbers of them.
    stratify : "auto", bool or array
        As for :func:`train_test_split`.
    rng : Generator or int
        Decides which.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x, y = np.arange(10), np.repeat([0, 1], 5)
    >>> parts = nn.data.train_validation_test_split(x, y)
    >>> [len(part) for part in parts]
    [6, 2, 2, 6, 2, 2]
    """
    given = tuple(np.asarray(a) for a in arrays)
    n = length(given)
    validation = _how_many("validation_size", validation_size, n)
    test = _how_many("test_size", test_size, n)
    if validation + test >= n:
        raise ValueError(
            f"{validation} examples for validation and {test} for the test leave none of {n} to "
            "train on"
        )
    classes = _classes(given, stratify)
    rng = generator(rng)
    tests = _held(n, test, classes, rng)
    rest = np.flatnonzero(~tests)
    validations = np.zeros(n, dtype=bool)
    validations[rest] = _held(
        len(rest), validation, None if classes is None else classes[rest], rng
    )
    trained = ~(tests | validations)
    return tuple(part for a in given for part in (a[trained], a[validations], a[tests]))


def k_fold(
    *arrays: Any, folds: int = 5, stratify: Stratify = "auto", rng: Rng = 0
) -> Iterator[tuple[np.ndarray, ...]]:
    """Hold each example out once: ``x_train, x_test, y_train, y_test`` for every fold.

    Parameters
    ----------
    *arrays : array
        Examples, their labels (or targets), and what else belongs to them.
    folds : int
        How many parts to make, each of which is held out in its turn; 2 or more.
    stratify : "auto", bool or array
        As for :func:`train_test_split`: each fold has its share of every class.
    rng : Generator or int
        Decides which.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x, y = np.arange(6), np.repeat([0, 1], 3)
    >>> [y_test.tolist() for _, _, _, y_test in nn.data.k_fold(x, y, folds=3)]
    [[0, 1], [0, 1], [0, 1]]
    """
    given = tuple(np.asarray(a) for a in arrays)
    n = length(given)
    if count("folds", folds, 2) > n:
        raise ValueError(f"{n} examples are too few for {folds} folds")
    classes = _classes(given, stratify)
    order = generator(rng).permutation(n)
    if classes is not None:
        # Class by class and dealt round, no fold gets more than one example above its share.
        order = order[np.argsort(classes[order], kind="stable")]
    fold = np.empty(n, dtype=np.intp)
    fold[order] = np.arange(n) % folds
    return _turns(given, fold, folds)


def _turns(given: tuple, fold: np.ndarray, folds: int) -> Iterator[tuple[np.ndarray, ...]]:
    for k in range(folds):
        held = fold == k
        yield tuple(part for a in given for part in (a[~held], a[held]))


def _held(
    n: int, held_out: int, classes: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:
    """A mask of the examples to hold out."""
    if classes is None:
        chosen = rng.permutation(n)[:held_out]
    else:
        chosen = _share_of_each(classes, held_out, rng)
    held = np.zeros(n, dtype=bool)
    held[chosen] = True
    return held


def _how_many(name: str, size: Any, n: int) -> int:
    """A share or a number of examples as a number that leaves some on both sides."""
    if isinstance(size, (int, np.integer)) and not isinstance(size, bool):
        if not 0 < size < n:
            raise ValueError(
                f"{name} is a share between 0 and 1 or a number of examples from 1 to {n - 1}, "
                f"got {size}"
            )
        return int(size)
    if isinstance(size, bool) or not 0 < size < 1:
        raise ValueError(f"{name} is a share between 0 and 1, got {size}")
    if n < 2:
        raise ValueError(f"{n} examples are too few to hold {size:.0%} out")
    return min(max(1, round(n * size)), n - 1)


def _classes(given: tuple[np.ndarray, ...], stratify: Stratify) -> np.ndarray | None:
    """The class of each example by number, or None where all are dealt with alike."""
    n = len(given[0])
    if isinstance(stratify, str):
        if stratify != "auto":
            raise ValueError(f'stratify is "auto", True, False or the classes, got {stratify!r}')
        if len(given) < 2 or given[1].ndim != 1 or given[1].dtype.kind not in "iubUS":
            return None
        codes, counts = _numbered(given[1])
        return codes if counts.min() >= 2 else None
    if stratify is None or stratify is False:
        return None
    if stratify is True:
        if len(given) < 2:
            raise ValueError("stratify=True goes by the labels: give them as the second array")
        labels = given[1]
    else:
        labels = np.asarray(stratify)
    if labels.shape != (n,):
        raise ValueError(f"stratifying needs one label for each example, got shape {labels.shape}")
    check_finite(labels, "the labels to stratify by")
    codes, counts = _numbered(labels)
    if counts.min() < 2:
        alone = labels[codes == counts.argmin()][0]
        raise ValueError(
            f"class {alone} has a single example: holding a share of every class out needs two or "
            "more of each. For a regression pass stratify=False"
        )
    return codes


def _numbered(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return codes, counts


def _share_of_each(codes: np.ndarray, held_out: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of each class's share, ``held_out`` of them in all.

    Every class has an example on either side, as long as there is room for that.
    """
    counts = np.bincount(codes)
    classes = np.count_nonzero(counts)
    shares = counts * (held_out / len(codes))
    most = counts - np.minimum(counts, len(codes) - held_out >= classes)
    least = np.minimum(most, held_out >= classes)
    takes = np.clip(np.floor(shares).astype(int), least, most)
    while missing := held_out - takes.sum():
        # The total is rounded once, largest remainders first.
        step = 1 if missing > 0 else -1
        short = (shares - takes) * step
        short[takes == (most if step > 0 else least)] = -np.inf
        takes[short.argmax()] += step
    return np.concatenate(
        [rng.permutation(np.flatnonzero(codes == k))[:take] for k, take in enumerate(takes)]
    )
