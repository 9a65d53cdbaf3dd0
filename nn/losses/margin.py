"""Losses of margins: nothing more to gain once an example is right by enough."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag

from .base import Loss, reduced
from .checks import (
    arrayed,
    check_labels,
    check_settings,
    check_signs,
    paired,
    same_shape,
    truth_like,
)
from .classification import class_weights, of_classes, right_ones
from .names import named

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "MultiMarginLoss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "hinge_loss",
    "multi_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]


# Labels -1 and 1 --------------------------------------------------------------------------------


@named("svm")
def hinge_loss(
    input: Any, target: Any, *, p: int = 1, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    """max(0, margin - target input), for labels -1 and 1; its derivative at the corner is 0.

    The loss of support vector machines: Cortes and Vapnik (1995), *Support-vector networks*. With
    ``margin=0`` it is the perceptron's.

    Parameters
    ----------
    input : Tensor or array
        Scores, whose sign is the decision.
    target : array
        Labels -1 and 1, of the same shape; from 0 and 1 they are ``2 * y - 1``.
    p : {1, 2}
        The power: 2 is the squared hinge.
    margin : float
        By how much a decision has to be right to cost nothing.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.hinge_loss([2.0, 0.5, -1.0], [1, 1, 1], reduction="none").tolist()
    [0.0, 0.5, 2.0]
    """
    _check_power("hinge_loss", p, margin)
    input, target = paired("hinge_loss", input, target)
    check_signs("hinge_loss", target)
    short = ag.relu(margin - target * input)
    return reduced(short if p == 1 else short * short, reduction)


@named()
def soft_margin_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """log(1 + exp(-target input)), for labels -1 and 1.

    Binary cross-entropy from a logit, in the labels of margins.

    Parameters
    ----------
    input : Tensor or array
        Scores, whose sign is the decision.
    target : array
        Labels -1 and 1, of the same shape; from 0 and 1 they are ``2 * y - 1``.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.soft_margin_loss([0.0, 1e4], [1, -1], reduction="none").round(4)
    array([6.931e-01, 1.000e+04])
    """
    input, target = paired("soft_margin_loss", input, target)
    check_signs("soft_margin_loss", target)
    return reduced(ag.softplus(-target * input), reduction)


@named()
def hinge_embedding_loss(
    input: Any, target: Any, *, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    """Distances of pairs: small where alike (1), beyond ``margin`` where not (-1).

    The distance itself for the one, max(0, margin - distance) for the other. Hadsell, Chopra and
    LeCun (2006), *Dimensionality reduction by learning an invariant mapping*, has it squared.

    Parameters
    ----------
    input : Tensor or array
        Distances.
    target : array
        Whether the two are alike, 1 or -1, of the same shape.
    margin : float
        From where on the unlike cost nothing.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.hinge_embedding_loss([0.25, 0.25, 3.0], [1, -1, -1], reduction="none").tolist()
    [0.25, 0.75, 0.0]
    """
    name = "hinge_embedding_loss"
    check_settings(name, margin=margin)
    input, target = paired(name, input, target)
    check_signs(name, target)
    return reduced(ag.where(target > 0, input, ag.relu(margin - input)), reduction)


# Class numbers ----------------------------------------------------------------------------------


@named("multiclass_hinge", "categorical_hinge")
def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    *,
    reduction: str = "mean",
) -> Any:
    """By how much the scores of wrong classes come closer than ``margin`` to that of the right one.

    The sum of max(0, margin - input[target] + input[i])ᵖ over the wrong classes i, divided by the
    number of all classes; after Crammer and Singer (2001), *On the algorithmic implementation of
    multiclass kernel-based vector machines*.

    Parameters
    ----------
    input : Tensor or array (..., classes)
        Scores, the largest of which is the decision.
    target : array (...)
        The right class of each example, integers from 0 to classes - 1.
    p : {1, 2}
        The power.
    margin : float
        By how much the right class has to lead to cost nothing.
    weight : array (classes,), optional
        What an example of each class counts for; the mean stays that over the examples.
    reduction : {"mean", "sum", "none"}
        The mean over the examples (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.multi_margin_loss([[2.0, 0.5], [1.0, 1.5]], [0, 0], reduction="none").tolist()
    [0.0, 0.75]
    """
    name = "multi_margin_loss"
    _check_power(name, p, margin)
    check_settings(name, weight=weight)
    input = arrayed(input)
    labels = check_labels(target, tuple(input.shape))
    classes = input.shape[-1]
    short = ag.relu(margin - right_ones(input, labels)[..., None] + input)
    if p == 2:
        short = short * short
    labels = labels[..., None]
    wrong = ag.not_equal(np.arange(classes), labels).astype(input.dtype)
    if weight is not None:
        wrong = wrong * of_classes(class_weights(name, weight, input), labels)
    return reduced((short * wrong).sum(axis=-1) / classes, reduction)


def _check_power(name: str, p: Any, margin: Any) -> None:
    check_settings(name, margin=margin)
    if p not in (1, 2):
        raise ValueError(f"{name}: p is 1 or 2, got {p!r}")


# Vectors ----------------------------------------------------------------------------------------


@named()
def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, *, margin: float = 0.0, reduction: str = "mean"
) -> Any:
    """Directions of pairs of vectors: the same where alike (1), else (-1) apart by enough.

    1 - cos(input1, input2) for the one, max(0, cos(input1, input2) - margin) for the other. A
    vector of zeros has cosine 0 with all others.

    Parameters
    ----------
    input1, input2 : Tensor or array (..., features)
        The pairs.
    target : array (...)
        Whether the two are alike, 1 or -1.
    margin : float
        Up to which cosine the unlike cost nothing.
    reduction : {"mean", "sum", "none"}
        The mean over the pairs (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> a, b = [[1.0, 0.0], [1.0, 0.0]], [[0.0, 2.0], [3.0, 0.0]]
    >>> nn.losses.cosine_embedding_loss(a, b, [1, -1], reduction="none").round(6).tolist()
    [1.0, 1.0]
    """
    name = "cosine_embedding_loss"
    check_settings(name, margin=margin)
    a, b = paired(name, input1, input2)
    if not a.ndim:
        raise ValueError(f"{name} needs vectors, shape (..., features), got single numbers")
    product = (a * b).sum(axis=-1)
    target = truth_like(name, product, target)
    same_shape(name, product, target)
    check_signs(name, target)
    cosine = product / (_length(a) * _length(b))
    return reduced(ag.where(target > 0, 1 - cosine, ag.relu(cosine - margin)), reduction)


def _length(x: Any) -> Any:
    # Off zero, where the root has no derivative, by what round-off hides.
    return ag.sqrt((x * x).sum(axis=-1) + 1e-12)


@named()
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """The anchor closer to its like than to its unlike, by ``margin``.

    max(0, margin + d(anchor, positive) - d(anchor, negative)), where d is the p-norm of the
    difference; Balntas et al. (2016), *Learning local feature descriptors with triplets and
    shallow convolutional neural networks*, section 3.

    Parameters
    ----------
    anchor, positive, negative : Tensor or array (..., features)
        The triplets.
    margin : float
        By how much closer costs nothing.
    p : float
        The norm, 1 or more.
    eps : float
        Added to each difference, so that equal vectors have a derivative.
    swap : bool
        Take the distance from ``positive`` to ``negative`` where that is smaller.
    reduction : {"mean", "sum", "none"}
        The mean over the triplets (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> loss = nn.losses.triplet_margin_loss([[0.0, 0.0]], [[0.0, 1.0]], [[1.5, 0.0]])
    >>> round(float(loss), 4)
    0.5
    """
    name = "triplet_margin_loss"
    check_settings(name, margin=margin, p=p, eps=eps)
    anchor, positive = paired(name, anchor, positive)
    anchor, negative = paired(name, anchor, negative)
    if not anchor.ndim:
        raise ValueError(f"{name} needs vectors, shape (..., features), got single numbers")

    def distance(a: Any, b: Any) -> Any:
        return ag.linalg.vector_norm(a - b + eps, ord=p, axis=-1)

    away = distance(anchor, negative)
    if swap:
        away = ag.minimum(away, distance(positive, negative))
    return reduced(ag.relu(margin + distance(anchor, positive) - away), reduction)


class HingeLoss(Loss, of=hinge_loss):
    """:func:`hinge_loss` with its settings."""


class SoftMarginLoss(Loss, of=soft_margin_loss):
    """:func:`soft_margin_loss` with its settings."""


class HingeEmbeddingLoss(Loss, of=hinge_embedding_loss):
    """:func:`hinge_embedding_loss` with its settings."""


class MultiMarginLoss(Loss, of=multi_margin_loss):
    """:func:`multi_margin_loss` with its settings."""


class CosineEmbeddingLoss(Loss, of=cosine_embedding_loss):
    """:func:`cosine_embedding_loss` with its settings."""


class TripletMarginLoss(Loss, of=triplet_margin_loss):
    """:func:`triplet_margin_loss` with its settings."""
