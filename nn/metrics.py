"""Figures for people, where losses are for the optimizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from .suggest import unknown

__all__ = [
    "accuracy",
    "confusion_matrix",
    "decide",
    "mean_absolute_error",
    "mean_squared_error",
    "named_metrics",
    "r2_score",
]

Metric: TypeAlias = Callable[[np.ndarray, np.ndarray], float]


def decide(outputs: np.ndarray, cut: float = 0.0) -> np.ndarray:
    """Class numbers from logits: the largest of several, or whether a single one is above ``cut``.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.metrics import decide
    >>> decide(np.array([[2.0, 1.0], [0.0, 3.0]]))
    array([0, 1])
    """
    if outputs.ndim >= 2 and outputs.shape[-1] > 1:
        return outputs.argmax(axis=-1)
    return (outputs > cut).astype(np.int64)


def accuracy(outputs: Any, labels: Any) -> float:
    """The share of examples whose decision is the label.

    Outputs are logits, as models give them, or decisions: class numbers, or yes and no. For the
    probabilities of a single output pass ``p > 0.5``.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.accuracy(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0]))
    0.5
    >>> nn.accuracy([0, 2, 1], [0, 2, 2])
    0.6666666666666666
    """
    outputs, labels = np.asarray(outputs), np.asarray(labels)
    if len(outputs) != len(labels) or not len(labels):
        raise ValueError(f"accuracy of {len(outputs)} outputs against {len(labels)} labels")
    decided = outputs.dtype.kind in "biu" and outputs.size == labels.size
    said = outputs if decided else decide(outputs)
    return float(np.mean(said.reshape(labels.shape) == labels))


def confusion_matrix(predicted: Any, labels: Any, classes: int | None = None) -> np.ndarray:
    """Counts, true classes down and predicted ones across.

    Parameters
    ----------
    predicted, labels : array of integers
        Class numbers from 0, one of each for every example.
    classes : int, optional
        How many there are; one more than the largest number unless given.

    Examples
    --------
    >>> import nn
    >>> nn.confusion_matrix([0, 1, 1], [0, 1, 0]).tolist()
    [[1, 1], [0, 1]]
    """
    predicted, labels = np.asarray(predicted), np.asarray(labels)
    if predicted.shape != labels.shape or predicted.dtype.kind not in "iu":
        raise ValueError(
            f"confusion_matrix compares class numbers: got {predicted.dtype} of shape "
            f"{predicted.shape} and labels of shape {labels.shape}"
        )
    n = classes or int(max(predicted.max(initial=-1), labels.max(initial=-1))) + 1
    for what, given in (("predictions", predicted), ("labels", labels)):
        if given.size and not 0 <= given.min() <= given.max() < n:
            raise ValueError(
                f"confusion_matrix: {what} run from {given.min()} to {given.max()} where there are "
                f"{n} classes, counted from 0"
            )
    table = np.zeros((n, n), dtype=np.int64)
    np.add.at(table, (labels, predicted), 1)
    return table


def mean_squared_error(outputs: Any, truth: Any) -> float:
    """The mean of the squared differences."""
    outputs, truth = _alike("mean_squared_error", outputs, truth)
    return float(np.mean((outputs - truth) ** 2))


def mean_absolute_error(outputs: Any, truth: Any) -> float:
    """The mean of the absolute differences."""
    outputs, truth = _alike("mean_absolute_error", outputs, truth)
    return float(np.mean(np.abs(outputs - truth)))


def r2_score(outputs: Any, truth: Any) -> float:
    """R², the share of the variance that is explained: 1 - sum((y - z)²) / sum((y - mean y)²).

    Of several outputs the mean of theirs, as in scikit-learn; a constant truth counts 1 if it is
    met exactly, else 0.

    Examples
    --------
    >>> import nn
    >>> nn.r2_score([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    0.5
    """
    outputs, truth = _alike("r2_score", outputs, truth)
    left = ((truth - outputs) ** 2).reshape(len(truth), -1).sum(axis=0)
    there = ((truth - truth.mean(axis=0)) ** 2).reshape(len(truth), -1).sum(axis=0)
    share = 1 - left / np.where(there > 0, there, 1.0)
    return float(np.where(there > 0, share, left == 0).mean())


def _alike(name: str, outputs: Any, truth: Any) -> tuple[np.ndarray, np.ndarray]:
    outputs, truth = np.asarray(outputs, dtype=float), np.asarray(truth, dtype=float)
    if outputs.shape != truth.shape or not truth.size:
        raise ValueError(
            f"{name} compares like with like: outputs have shape {outputs.shape}, the truth "
            f"{truth.shape}"
        )
    return outputs, truth


_BY_NAME: dict[str, Metric] = {
    "accuracy": accuracy,
    "mae": mean_absolute_error,
    "mse": mean_squared_error,
    "r2": r2_score,
}


def named_metrics(given: Any) -> dict[str, Metric]:
    """Metrics by name from a list of names and functions of outputs and truth, or from a dict."""
    if given is None:
        return {}
    if isinstance(given, str) or callable(given):
        given = [given]
    if not isinstance(given, Mapping):
        listed = list(given)
        given = {
            m if isinstance(m, str) else getattr(m, "__name__", type(m).__name__): m for m in listed
        }
        if len(given) < len(listed):
            raise ValueError(
                "two of the metrics have one name; name them with a dict: there are "
                f"{', '.join(map(repr, given))}"
            )
    found: dict[str, Metric] = {}
    for name, metric in given.items():
        if isinstance(metric, str):
            if metric not in _BY_NAME:
                cure = "Any function of outputs and truth that gives a number will do as well"
                raise unknown("metric", metric, _BY_NAME, cure)
            metric = _BY_NAME[metric]
        if not callable(metric):
            raise TypeError(f"a metric is a name or a function of outputs and truth: {metric!r}")
        if name in ("loss", "val_loss", "lr", "seconds"):
            raise ValueError(f"a metric cannot be called {name!r}: fit has a figure of that name")
        found[name] = metric
    return found
