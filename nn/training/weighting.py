"""Examples that count for more than others."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from .truth import Truth

__all__ = ["each", "example_weights", "total", "weighted"]


def example_weights(
    sample_weight: Any, class_weight: Any, truth: np.ndarray, kind: Truth
) -> np.ndarray | None:
    """One weight for each example from those of examples and those of classes, or None."""
    weights = None
    if sample_weight is not None:
        weights = np.asarray(sample_weight, dtype=float)
        if weights.shape != truth.shape[:1]:
            raise ValueError(
                f"sample_weight has shape {weights.shape}; it takes one number for each of the "
                f"{len(truth)} examples"
            )
        if not (np.isfinite(weights).all() and weights.min() >= 0 and weights.max() > 0):
            raise ValueError("sample_weight holds finite numbers from 0 on, some of them above 0")
    if class_weight is not None:
        own = _by_class(class_weight, truth, kind)
        weights = own if weights is None else weights * own
    if weights is not None:
        ignored = kind.kind == "classes" and ((truth < 0) | (truth == kind.ignored)).any()
        if ignored and truth.ndim > 1:
            raise ValueError(
                "labels to be ignored go with weights only where each example has one label, and "
                f"these have shape {truth.shape}: write a loss that knows both"
            )
        if kind.kind == "classes" and truth.ndim == 1:
            # Labels to be ignored are not part of the mean that is taken without weights either.
            weights = np.where((truth < 0) | (truth == kind.ignored), 0.0, weights)
        if not weights.any():
            raise ValueError(
                "no example has a weight above 0: sample_weight, class_weight and labels to be "
                "ignored leave nothing to train on"
            )
    return weights


def _by_class(class_weight: Any, truth: np.ndarray, kind: Truth) -> np.ndarray:
    labels = truth.reshape(len(truth), -1)
    if not kind or labels.shape[1] != 1:
        raise ValueError(
            "class_weight needs a loss of class numbers, such as cross_entropy, and one label for "
            "each example; give sample_weight otherwise"
        )
    classes, codes, counts = np.unique(labels[:, 0], return_inverse=True, return_counts=True)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(f'class_weight is a dict or "balanced", not {class_weight!r}')
        return (len(truth) / (len(classes) * counts))[codes]
    if not isinstance(class_weight, Mapping):
        if np.ndim(class_weight) != 1:
            raise TypeError(
                'class_weight is a dict, a sequence of one number for each class or "balanced", '
                f"not {class_weight!r:.80}"
            )
        class_weight = dict(enumerate(class_weight))
    unknown = [c for c in class_weight if c not in classes]
    if unknown:
        raise ValueError(
            f"class_weight names {', '.join(map(repr, unknown))}; the labels are "
            f"{', '.join(str(c) for c in classes[:20])}"
        )
    by_class = np.array([float(class_weight.get(c, 1.0)) for c in classes.tolist()])
    if not (np.isfinite(by_class).all() and by_class.min() >= 0 and by_class.max() > 0):
        raise ValueError(f"class_weight holds finite numbers from 0 on, got {class_weight!r}")
    return by_class[codes]


def each(loss: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """``loss`` without its mean: what it gives for each example."""
    if hasattr(loss, "reduction"):
        if loss.reduction != "mean":
            raise ValueError(
                "sample_weight and class_weight make the mean a weighted one; with them the loss "
                f"has reduction='mean', not {loss.reduction!r}"
            )
        if getattr(loss, "weight", None) is not None and "ignore_index" in vars(loss):
            raise ValueError(
                f"{type(loss).__name__} has class weights of its own, which are part of its mean: "
                "give them to fit as class_weight instead"
            )
        apart = copy.copy(loss)
        apart.reduction = "none"
        return apart
    return partial(loss, reduction="none")


def total(weights: np.ndarray) -> np.ndarray:
    """What :func:`weighted` divides by: the weights' sum, or 1 where they are all 0."""
    return np.asarray(weights.sum() or 1.0, weights.dtype)


def weighted(
    loss_of_each: Callable[[Any, Any], Any], out: Any, truth: Any, weights: Any, total: Any
) -> Any:
    """The weighted mean of the examples' losses."""
    try:
        losses = loss_of_each(out, truth)
    except TypeError as error:
        if "reduction" not in str(error):
            raise
        raise TypeError(
            "weights need the loss of each example: the loss has to take reduction='none', as "
            "those of nn.losses do"
        ) from error
    if np.shape(losses)[:1] != np.shape(weights):
        raise ValueError(
            f"with reduction='none' the loss gives shape {np.shape(losses)} for "
            f"{len(weights)} examples; the first axis has to count them"
        )
    if losses.ndim > 1:
        losses = losses.mean(axis=tuple(range(1, losses.ndim)))
    return (losses * weights).sum() / total
