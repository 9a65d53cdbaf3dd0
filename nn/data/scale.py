"""Columns brought to one size."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import check_finite

__all__ = ["Standardiser", "standardise"]


class Standardiser:
    """Columns with mean 0 and standard deviation 1, by the figures of the data it was fitted to.

    Fit it to the training data and transform the rest with the same: figures that have seen the
    test data tell about it.

    Attributes
    ----------
    mean, scale : array
        What is subtracted from the columns and what they are divided by, once fitted. A constant
        column is divided by 1, and becomes 0.

    Examples
    --------
    >>> import numpy as np, nn
    >>> scaler = nn.data.Standardiser().fit([[0.0, 5.0], [2.0, 5.0]])
    >>> scaler.transform([[4.0, 5.0]])
    array([[3., 0.]])
    >>> scaler.inverse_transform([[3.0, 0.0]])
    array([[4., 5.]])
    >>> scaler
    Standardiser(2 columns)
    """

    def __init__(self) -> None:
        self.mean: np.ndarray | None = None
        self.scale: np.ndarray | None = None

    def fit(self, x: Any, y: Any = None) -> Standardiser:
        """Take mean and deviation of each column of ``x``; ``y`` is for pipelines, and ignored."""
        x = _numbers(x)
        if not len(x):
            raise ValueError("the dataset is empty")
        mean = x.mean(axis=0)
        scale = x.std(axis=0)
        # Round-off leaves a constant column with a tiny spread; do not blow that up.
        tiny = 10 * np.finfo(x.dtype).eps * np.abs(mean)
        self.mean, self.scale = mean, np.where(scale > tiny, scale, np.ones_like(scale))
        return self

    def transform(self, x: Any) -> np.ndarray:
        """The columns of ``x``, scaled."""
        x, mean, scale = self._fitting(x)
        return (x - mean) / scale

    def fit_transform(self, x: Any, y: Any = None) -> np.ndarray:
        """:meth:`fit` to ``x`` and give it scaled."""
        return self.fit(x).transform(x)

    def inverse_transform(self, x: Any) -> np.ndarray:
        """Scaled columns, as they were."""
        x, mean, scale = self._fitting(x)
        return x * scale + mean

    def _fitting(self, x: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if self.mean is None or self.scale is None:
            raise RuntimeError("this Standardiser has seen no data: call fit(x_train) first")
        x = _numbers(x)
        if x.shape[1:] != self.mean.shape:
            raise ValueError(
                f"this Standardiser was fitted to examples of shape {self.mean.shape}, and these "
                f"have shape {x.shape[1:]}"
            )
        return x, self.mean, self.scale

    def __repr__(self) -> str:
        return f"Standardiser({'not fitted' if self.mean is None else _columns(self.mean)})"


def standardise(
    x: Any, *, mean: Any = None, scale: Any = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns with mean 0 and standard deviation 1, and the ``mean`` and ``scale`` used.

    Pass those back for further data, or use a :class:`Standardiser`. A constant column becomes 0.

    Examples
    --------
    >>> from nn.data import standardise
    >>> z, mean, scale = standardise([[0.0, 5.0], [2.0, 5.0]])
    >>> z.tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    >>> standardise([[4.0, 5.0]], mean=mean, scale=scale)[0].tolist()
    [[3.0, 0.0]]
    """
    x = _numbers(x)
    if mean is None or scale is None:
        fitted = Standardiser().fit(x)
        mean = fitted.mean if mean is None else mean
        scale = fitted.scale if scale is None else scale
    return (x - mean) / scale, mean, scale


def _numbers(x: Any) -> np.ndarray:
    x = np.asarray(x)
    if x.dtype.kind not in "fiub":
        raise TypeError(f"the data holds {x.dtype}, not numbers")
    if not x.ndim:
        raise ValueError(f"data is an array of examples, and {x} is a single number")
    check_finite(x, "the data")
    return x if x.dtype.kind == "f" else x.astype(float)


def _columns(mean: np.ndarray) -> str:
    return f"{mean.size} column{'s' * (mean.size != 1)}"
