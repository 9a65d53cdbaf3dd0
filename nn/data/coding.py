"""Classes written as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..counting import count

__all__ = ["one_hot"]


def one_hot(labels: Any, classes: int | None = None, dtype: Any = np.float32) -> np.ndarray:
    """Rows with a 1 at the label's place.

    The way back is ``.argmax(axis=-1)``. Losses of classes take the labels as they are.

    Parameters
    ----------
    labels : array of integers
        Counted from 0.
    classes : int, optional
        How many there are; one more than the largest label unless given.
    dtype : dtype
        Of the result.

    Examples
    --------
    >>> from nn.data import one_hot
    >>> one_hot([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        cure = (
            "number the names with np.unique(labels, return_inverse=True)"
            if labels.dtype.kind in "USO"
            else "convert them with .astype(int)"
        )
        raise TypeError(f"labels are class numbers of an integer dtype, got {labels.dtype}; {cure}")
    if classes is None:
        classes = int(labels.max()) + 1 if labels.size else 0
    else:
        classes = count("classes", classes, 1)
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(
            f"labels run from {labels.min()} to {labels.max()}; there are {classes} classes, "
            "counted from 0"
        )
    return np.eye(classes, dtype=dtype)[labels]
