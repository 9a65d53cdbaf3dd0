"""Losses of classes: how improbable a model held what was true.

Classes are on the last axis, unless ``axis=1`` says that they are where PyTorch has them. Nothing
is guessed from shapes: outputs of shape (n, 3, 3) would fit either way.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import autograd as ag
from autograd import softmax_cross_entropy
from autograd.extend import effect

from .base import Loss, fitting, reduced, weighted
from .checks import (
    REDUCTIONS,
    arrayed,
    cast,
    check_labels,
    check_log_probabilities,
    check_probabilities,
    check_reduction,
    check_settings,
    labels_or_error,
    paired,
    same_shape,
    truth_like,
)
from .names import named

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "MultiLabelSoftMarginLoss",
    "NLLLoss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "class_weights",
    "cross_entropy",
    "multilabel_soft_margin_loss",
    "nll_loss",
]

_IGNORED = -100
_LOWEST = -100.0


# One class of several ---------------------------------------------------------------------------


@named(
    "ce",
    "log_loss",
    "softmax_cross_entropy",
    "categorical_cross_entropy",
    "sparse_categorical_cross_entropy",
)
def cross_entropy(
    logits: Any,
    labels: Any,
    weight: Any = None,
    *,
    ignore_index: int = _IGNORED,
    label_smoothing: float = 0.0,
    axis: int = -1,
    reduction: str = "mean",
) -> Any:
    """Minus the log-probability of the right class.

    Goodfellow, Bengio and Courville (2016), *Deep Learning*, section 6.2.2; label smoothing is
    Szegedy et al. (2016), *Rethinking the Inception architecture*, section 7.

    Parameters
    ----------
    logits : Tensor or array (..., classes)
        Scores before softmax: the softmax is part of the loss, where it cannot overflow.
    labels : array
        The right class of each example, integers (...) from 0 to classes - 1; or probabilities,
        floats of the shape of ``logits``.
    weight : array (classes,), optional
        What an example of each class counts for. The mean is then the weighted one, except with
        probabilities, where it is over the number of examples as in PyTorch.
    ignore_index : int
        A label that stands for no label: those examples have loss and gradient 0 and are left out
        of the mean. If all are, it is 0.
    label_smoothing : float
        The share of the truth that is spread over all classes alike.
    axis : int
        Where the classes are; 1 is PyTorch's place for them when there are further axes.
    reduction : {"mean", "sum", "none"}
        The mean over the examples (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import numpy as np, nn
    >>> round(float(nn.losses.cross_entropy(np.zeros((3, 10)), [1, 2, 3])), 4)
    2.3026
    >>> nn.losses.cross_entropy(np.zeros((2, 2)), [1, -100], reduction="none").round(4)
    array([0.6931, 0.    ])
    """
    if reduction not in REDUCTIONS:
        check_reduction(reduction)
    logits, labels = arrayed(logits), arrayed(labels)
    usual = weight is None and axis == -1 and not label_smoothing and labels.dtype.kind != "f"
    # An index that is a class would not be noticed.
    if usual and (ignore_index < 0 or ignore_index >= max(logits.shape[-1:], default=0)):
        try:
            return softmax_cross_entropy(logits, labels, reduction, _others(ignore_index))
        except (IndexError, TypeError, ValueError, ag.errors.CaptureError):
            pass  # what follows tells what is wrong
    check_settings("cross_entropy", weight=weight, label_smoothing=label_smoothing)
    if labels.dtype.kind == "f" and labels.ndim == logits.ndim:
        if ignore_index != _IGNORED:
            raise ValueError("ignore_index is for class numbers, and the labels are probabilities")
        return _soft(logits, labels, weight, label_smoothing, axis, reduction)
    logits, given, kept, counts = _chosen(
        "cross_entropy", logits, labels, weight, ignore_index, axis
    )
    if label_smoothing:
        # All of it is one cross-entropy with probabilities, scaled by what the examples count.
        truth = effect(
            _smoothed, given, kept, weight, label_smoothing, tuple(logits.shape), logits.dtype
        )
        losses = softmax_cross_entropy(logits, truth, reduction="none")
    else:
        losses = softmax_cross_entropy(logits, given, reduction="none") * counts
    return _weighted_mean(losses, counts, reduction)


@functools.cache
def _others(ignore_index: int) -> Any:
    # One object for each: two recordings of a step are compared.
    return functools.partial(_counted, ignore_index)


def _counted(ignore_index: int, labels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return labels_or_error(labels, shape, ignore_index) != ignore_index


def _smoothed(
    right: np.ndarray,
    kept: np.ndarray,
    weight: Any,
    smoothing: float,
    shape: tuple[int, ...],
    dtype: np.dtype,
) -> np.ndarray:
    """Probabilities, times what they count, for class numbers of which a share is spread."""
    by_class = np.ones(shape[-1]) if weight is None else np.asarray(weight).astype(float)
    truth = np.empty(shape, dtype)
    truth[...] = by_class * (smoothing / shape[-1])
    right = right[..., None]
    own = (1 - smoothing) * by_class[right]
    np.put_along_axis(truth, right, np.take_along_axis(truth, right, -1) + own, -1)
    truth *= kept[..., None]
    return truth


def _soft(
    logits: Any, labels: Any, weight: Any, label_smoothing: float, axis: int, reduction: str
) -> Any:
    """Cross-entropy with a probability for each class."""
    labels = truth_like("cross_entropy", logits, labels)
    same_shape("cross_entropy", logits, labels)
    check_probabilities(labels, "cross_entropy", "probabilities")
    if axis != -1:
        logits, labels = ag.moveaxis(logits, axis, -1), ag.moveaxis(labels, axis, -1)
    if label_smoothing:
        labels = labels * (1 - label_smoothing) + label_smoothing / logits.shape[-1]
    if weight is not None:
        labels = labels * class_weights("cross_entropy", weight, logits)
    return softmax_cross_entropy(logits, labels, reduction=reduction)


@named("negative_log_likelihood")
def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = _IGNORED,
    axis: int = -1,
    reduction: str = "mean",
) -> Any:
    """Minus the log-probability of the right class, from log-probabilities.

    :func:`cross_entropy` of logits is this of their ``log_softmax``.

    Parameters
    ----------
    input : Tensor or array (..., classes)
        Log-probabilities, as ``ag.log_softmax`` gives them.
    target : array (...)
        The right class of each example, integers from 0 to classes - 1.
    weight : array (classes,), optional
        What an example of each class counts for; the mean is then the weighted one.
    ignore_index : int
        A label that stands for no label, as for :func:`cross_entropy`.
    axis : int
        Where the classes are; 1 is PyTorch's place for them when there are further axes.
    reduction : {"mean", "sum", "none"}
        The mean over the examples (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import numpy as np, nn
    >>> p = np.array([[0.5, 0.5], [0.25, 0.75]])
    >>> nn.losses.nll_loss(np.log(p), [0, 0], reduction="none").round(4)
    array([0.6931, 1.3863])
    """
    check_settings("nll_loss", weight=weight)
    input, given, _, counts = _chosen(
        "nll_loss", arrayed(input), arrayed(target), weight, ignore_index, axis
    )
    check_log_probabilities("nll_loss", input)
    return _weighted_mean(-right_ones(input, given) * counts, counts, reduction)


def _chosen(
    name: str, logits: Any, labels: Any, weight: Any, ignore_index: int, axis: int
) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray]:
    """Logits with the classes last, labels that are classes, which count, and how much.

    Where a label is to be ignored the logits are 0: whatever they hold, NaN included, stays out of
    loss and gradient.
    """
    if axis != -1:
        logits = ag.moveaxis(logits, axis, -1)
    given = check_labels(labels, tuple(logits.shape), ignore_index)
    kept = given != ignore_index
    # While a step is captured they are nodes: others may be ignored in other calls.
    if isinstance(kept, ag.Tensor) or not kept.all():
        given = effect(_without_ignored, given, kept)
        logits = ag.where(kept[..., None], logits, 0.0)
    counts = kept.astype(logits.dtype if logits.dtype.kind == "f" else float)
    if weight is not None:
        counts = counts * of_classes(class_weights(name, weight, logits), given)
    return logits, given, kept, counts


def _without_ignored(given: np.ndarray, kept: np.ndarray) -> np.ndarray:
    return np.where(kept, given, np.zeros_like(given))


def class_weights(name: str, weight: Any, logits: Any) -> Any:
    """One constant for each class, in the dtype of ``logits``."""
    if isinstance(weight, ag.Tensor) and weight.requires_grad:
        raise TypeError(f"{name}: weight is a constant; pass weight.detach()")
    weights = arrayed(weight)
    if tuple(weights.shape) != tuple(logits.shape[-1:]):
        raise ValueError(
            f"{name}: weight has shape {tuple(weights.shape)}; it takes one number for each of the "
            f"{logits.shape[-1]} classes"
        )
    return cast(weights, logits.dtype if logits.dtype.kind == "f" else float)


def right_ones(scores: Any, given: Any) -> Any:
    """The score of the right class of each example."""
    # The way of embedding takes the places as an operand, which a captured step reads anew.
    places = effect(_right_places, given, scores.shape[-1])
    return ag.embedding(scores.reshape((-1, 1)), places)[..., 0]


def _right_places(given: np.ndarray, classes: int) -> np.ndarray:
    return np.arange(given.size).reshape(given.shape) * classes + given.astype(np.intp, copy=False)


def of_classes(weights: Any, given: Any) -> Any:
    """The weight of the class of each example."""
    return effect(np.take, weights, given)


def _weighted_mean(losses: Any, counts: Any, reduction: str) -> Any:
    if reduction != "mean":
        return reduced(losses, reduction)
    return losses.sum() / effect(_total, counts, losses.dtype)


def _total(counts: np.ndarray, dtype: np.dtype) -> np.ndarray:
    # A batch in which nothing counts costs nothing, rather than 0 / 0.
    return np.asarray(counts.sum(dtype=np.float64) or 1.0, dtype=dtype)


# Yes or no --------------------------------------------------------------------------------------


@named("bce", "binary_crossentropy")
def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean"
) -> Any:
    """Minus the log-probability of a yes (``target`` 1) or no (0), from probabilities.

    The logarithm is never below -100, as in PyTorch, so that the loss stays finite; beyond, where
    it is constant, the gradient is 0. :func:`binary_cross_entropy_with_logits` needs no such bound
    and is the one to train with.

    Parameters
    ----------
    input : Tensor or array
        Probabilities, as a sigmoid gives them.
    target : array
        The truth, of the same shape: 0 or 1, or probabilities.
    weight : array, optional
        Factors of the losses, of a shape that broadcasts to theirs.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.binary_cross_entropy([0.5, 0.0], [1, 1], reduction="none").round(4)
    array([  0.6931, 100.    ])
    """
    name = "binary_cross_entropy"
    input, target = paired(name, input, target)
    check_probabilities(input, name, "outputs")
    check_probabilities(target, name)
    losses = -(target * _log(input) + (1 - target) * _log_of_rest(input))
    return reduced(weighted(name, losses, weight), reduction)


def _log(p: Any) -> Any:
    inside = p > np.exp(_LOWEST)
    return ag.where(inside, ag.log(ag.where(inside, p, 1.0)), _LOWEST)


def _log_of_rest(p: Any) -> Any:
    inside = p < 1
    return ag.where(inside, ag.log1p(-ag.where(inside, p, 0.0)), _LOWEST)


@named("bce_with_logits", "bce_logits", "logistic", "sigmoid_cross_entropy")
def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    pos_weight: Any = None,
    reduction: str = "mean",
) -> Any:
    """Minus the log-probability of a yes (``target`` 1) or no (0), from logits.

    Targets between 0 and 1 are probabilities. For two classes this is :func:`cross_entropy` of the
    logits ``[0, input]``.

    Parameters
    ----------
    input : Tensor or array
        Scores before the sigmoid, which is part of the loss, where it cannot overflow.
    target : array
        The truth, of the same shape: 0 or 1, or probabilities.
    weight : array, optional
        Factors of the losses, of a shape that broadcasts to theirs.
    pos_weight : array, optional
        What a yes counts for where a no counts for 1, likewise.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.binary_cross_entropy_with_logits([0.0, -1e4], [1, 1], reduction="none").round(4)
    array([6.931e-01, 1.000e+04])
    """
    name = "binary_cross_entropy_with_logits"
    input, target = paired(name, input, target)
    check_probabilities(target, name)
    check_reduction(reduction)
    if weight is None and pos_weight is None:
        return ag.binary_cross_entropy_with_logits(input, target, reduction=reduction)
    if pos_weight is None:
        losses = ag.binary_cross_entropy_with_logits(input, target, reduction="none")
    else:
        check_settings(name, pos_weight=pos_weight)
        more = fitting(name, "pos_weight", pos_weight, input) - 1
        losses = (1 - target) * input + (1 + more * target) * ag.softplus(-input)
    return reduced(weighted(name, losses, weight), reduction)


@named("multilabel_soft_margin")
def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean"
) -> Any:
    """Binary cross-entropy of each label from its logit, and the mean over an example's labels.

    Parameters
    ----------
    input : Tensor or array (..., labels)
        Scores before the sigmoid.
    target : array
        Whether each label holds, 0 or 1, of the same shape.
    weight : array (labels,), optional
        What each label counts for.
    reduction : {"mean", "sum", "none"}
        The mean over the examples (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import numpy as np, nn
    >>> loss = nn.losses.multilabel_soft_margin_loss(np.zeros((2, 3)), np.eye(2, 3))
    >>> round(float(loss), 4)
    0.6931
    """
    name = "multilabel_soft_margin_loss"
    losses = binary_cross_entropy_with_logits(input, target, reduction="none")
    if not losses.ndim:
        raise ValueError(f"{name} needs outputs of shape (..., labels), got a single number")
    return reduced(weighted(name, losses, weight).mean(axis=-1), reduction)


class CrossEntropyLoss(Loss, of=cross_entropy):
    """:func:`cross_entropy` with its settings."""


class NLLLoss(Loss, of=nll_loss):
    """:func:`nll_loss` with its settings."""


class BCELoss(Loss, of=binary_cross_entropy):
    """:func:`binary_cross_entropy` with its settings."""


class BCEWithLogitsLoss(Loss, of=binary_cross_entropy_with_logits):
    """:func:`binary_cross_entropy_with_logits` with its settings."""


class MultiLabelSoftMarginLoss(Loss, of=multilabel_soft_margin_loss):
    """:func:`multilabel_soft_margin_loss` with its settings."""
