"""Figures for people, where losses are for the optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["accuracy", "confusion_matrix", "count_correct", "decide"]


def decide(outputs: np.ndarray) -> np.ndarray:
    """Class numbers from logits: the largest of several, or whether a single one is above 0."""
    if outputs.ndim >= 2 and outputs.shape[-1] > 1:
        return outputs.argmax(axis=-1)
    return (outputs > 0).astype(np.int64)


def count_correct(outputs: np.ndarray, labels: np.ndarray) -> int:
    """How many of the decisions are the labels."""
    return int(np.count_nonzero(decide(outputs).reshape(labels.shape) == labels))


def accuracy(outputs: Any, labels: Any) -> float:
    """The share of examples whose decision is the label.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.accuracy(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0]))
    0.5
    """
    outputs, labels = np.asarray(outputs), np.asarray(labels)
    if len(outputs) != len(labels) or not len(labels):
        raise ValueError(f"accuracy of {len(outputs)} outputs against {len(labels)} labels")
    return count_correct(outputs, labels) / labels.size


def confusion_matrix(predicted: Any, labels: Any, classes: int | None = None) -> np.ndarray:
    """Counts, true classes down and predicted ones across.

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
    table = np.zeros((n, n), dtype=np.int64)
    np.add.at(table, (labels, predicted), 1)
    return table
