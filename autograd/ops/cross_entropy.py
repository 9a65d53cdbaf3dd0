"""Cross-entropy losses, fused with the softmax or the sigmoid before them.

The gradient of a fused loss is probability minus label, with no quotient in it, so it is exact
where a probability is tiny and takes one pass. See Goodfellow, Bengio and Courville 2016, section
6.2.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..effects import effect
from ..op import FACES, composite, plain, primitive, where
from .activations import sigmoid, softplus
from .index import getitem
from .network import ones_of
from .reduce import log_softmax, softmax
from .samples import uniform
from .shape import arrayed

__all__ = ["binary_cross_entropy_with_logits", "softmax_cross_entropy"]

_add = np.add.reduce
_REDUCTIONS = ("mean", "sum", "none")


def _check_reduction(name: str, reduction: str) -> None:
    if reduction not in _REDUCTIONS:
        raise ValueError(f"{name}: reduction={reduction!r}; it takes 'mean', 'sum' or 'none'")


def _is_finite(x: Any) -> bool:
    # The math module is ten times faster, and knows only numbers.
    return math.isfinite(x) if isinstance(x, float | np.floating) else bool(np.isfinite(x))


def _reduced(losses: Any, reduction: str) -> Any:
    if reduction == "none":
        return losses
    total = _add(losses, axis=None)
    return total / losses.size if reduction == "mean" else total


def _reduced_op(losses: Any, reduction: str) -> Any:
    """The same, with ops."""
    if reduction == "none":
        return losses
    return losses.sum() / losses.size if reduction == "mean" else losses.sum()


def _weight(g: Any, n: int, reduction: str) -> Any:
    """The cotangent of each example's loss."""
    return g / n if reduction == "mean" else g


# Integer labels ---------------------------------------------------------------------------------


def _relative(logits: Any, labels: Any) -> tuple:
    """exp(logit - the label's logit), 0 at the label; the sum of each row; the labels' places.

    With the label's logit for zero there is no maximum to look for, and the loss log(1 + sum)
    keeps its digits where it is small. An infinite sum tells that exp overflowed. Places count
    through all elements: taking by one index takes 0.3 us where a pair of them takes 1 us.
    """
    n, classes = labels.size, logits.shape[-1]
    x = logits.reshape((n, classes))
    places = np.arange(0, n * classes, classes) + labels.reshape(-1).astype(np.intp, copy=False)
    e = np.exp(x - x.take(places)[:, None])
    e.put(places, 0)
    # The product takes half the time of a sum over short rows.
    return e, e.dot(ones_of(classes, e.dtype)), places


def _class_losses(
    logits: Any,
    labels: Any,
    reduction: str = "mean",
    kept: list | None = None,
    others: Callable | None = None,
) -> Any:
    _check_shape(logits, labels)
    counted = None
    if _has_others(labels, logits.shape[-1]):
        counted = _counted(labels, logits.shape, others)
        logits, labels = _where(counted, logits), _where(counted, labels)
    with np.errstate(over="ignore", invalid="ignore"):
        relative = _relative(logits, labels)
    losses = np.log1p(relative[1])
    total = _add(losses)
    well = _is_finite(total)
    if kept is not None:
        kept[:] = [relative, counted] if well else []
    if not well:
        x = logits.reshape((labels.size, logits.shape[-1]))
        losses = -log_softmax(x, axis=-1).take(relative[2])
    if counted is not None:
        losses = losses * counted.reshape(-1)
    if reduction == "none":
        return losses.reshape(labels.shape)
    if counted is not None or not well:
        total = _add(losses)
    return total / _number(labels, counted) if reduction == "mean" else total


def _number(labels: Any, counted: Any) -> int:
    """Of how many losses the mean is taken; that of none is 0."""
    return labels.size if counted is None else int(np.count_nonzero(counted)) or 1


def _check_shape(logits: Any, labels: Any) -> None:
    if labels.shape != logits.shape[:-1]:
        cure = "check that they come from the same batch"
        if labels.shape == logits.shape:
            cure = "for one-hot labels convert them to floats, as probabilities"
        elif labels.size == logits.size // max(logits.shape[-1:], default=1):
            cure = f"use labels.reshape{logits.shape[:-1]}"
        raise ValueError(
            f"softmax_cross_entropy: logits of shape {logits.shape} take class labels of shape "
            f"{logits.shape[:-1]}, got {labels.shape}; {cure}"
        )


def _has_others(labels: Any, classes: int) -> Any:
    """Whether there are labels that are no class.

    Negative numbers are huge ones without a sign, so one look finds both ends; a product of
    booleans tells whether any holds, in a quarter of the time of ``any``.
    """
    beyond = labels.reshape(-1).astype(np.intp, copy=False).view(np.uintp) >= classes
    return beyond.dot(beyond)


def _counted(labels: Any, shape: tuple[int, ...], others: Callable | None) -> Any:
    """Which examples count, of shape (..., 1), where some labels are no class."""
    # The array itself, which a stand-in refuses: in captured steps the op is run as it is.
    labels = np.asarray(labels)
    if others is None:
        raise IndexError(
            f"softmax_cross_entropy: labels from {labels.min()} to {labels.max()} for logits of "
            f"shape {shape}, whose classes are 0 to {shape[-1] - 1}"
        )
    return np.asarray(others(labels, tuple(shape)))[..., None]


def _where(counted: Any, x: Any) -> Any:
    """Logits or labels with 0 for the examples that do not count, whatever they hold there."""
    return where(counted if x.ndim == counted.ndim else counted[..., 0], x, x.dtype.type(0))


def _minus_one_hot(logits: Any, labels: Any) -> Any:
    e, rest, places = _relative(logits, labels)
    if _is_finite(rest.dot(rest)):
        total = rest + 1
        e = e / total[:, None]
        e.put(places, -rest / total)
    else:
        e = softmax(logits.reshape(e.shape), axis=-1)
        e.put(places, e.take(places) - 1)
    return e.reshape(logits.shape)


def _minus_one_hot_rule(t: Any, out: Any, logits: Any) -> Any:
    # The Jacobian of softmax, diag(p) - p p^T, is symmetric: one rule for both modes.
    p = softmax(logits, axis=-1)
    tp = t * p
    return tp - p * tp.sum(axis=-1, keepdims=True)


def _class_samples(rng: Any) -> list:
    return [
        ((uniform(rng, 4, 3), rng.integers(0, 3, 4)), {}),
        ((uniform(rng, 4, 3), rng.integers(0, 3, 4)), {"reduction": "none"}),
        ((uniform(rng, 2, 2, 3), rng.integers(0, 3, (2, 2))), {"reduction": "sum"}),
        ((uniform(rng, 3), np.array(1)), {}),
    ]


softmax_minus_one_hot = primitive(
    lambda logits, labels: _minus_one_hot(logits, labels),
    vjp=(lambda g, out, logits, labels: _minus_one_hot_rule(g, out, logits), None),
    jvp=lambda t, out, logits, labels: _minus_one_hot_rule(t[0], out, logits),
    name="softmax_minus_one_hot",
    label="p − y",
    promotes=False,
    samples=lambda rng: [(args, {}) for args, _ in _class_samples(rng)],
    doc="``softmax(logits)`` less 1 at the label: the gradient of the cross-entropy.",
)


def _class_rule(
    g: Any,
    out: Any,
    logits: Any,
    labels: Any,
    reduction: str,
    kept: list | None,
    others: Callable | None,
) -> Any:
    if kept and type(logits) not in FACES:
        return _kept_rule(g, logits, labels, reduction, *kept)
    # Nodes compute anew what the forward pass kept, to be differentiated.
    counts: Any = None
    n: Any = labels.size
    if others is not None:
        # Other examples may count in other replays of a captured step.
        ask = effect if type(logits) in FACES else _ask
        counts = ask(_counts, labels, logits.shape, logits.dtype, others)
        n, labels = ask(_number_of, counts), ask(_without, labels, counts)
        logits = only_counted(logits, counts)
    g = _weight(g, n, reduction)
    if reduction == "none":
        g = g.reshape((*g.shape, 1))
    residue = softmax_minus_one_hot(logits, labels) * g
    return residue if counts is None else only_counted(residue, counts)


only_counted: Any = primitive(
    lambda x, counts: np.where(counts != 0, x, x.dtype.type(0)),
    vjp=(lambda g, out, x, counts: only_counted(g, counts), None),
    jvp=lambda t, out, x, counts: only_counted(t[0], counts),
    name="only_counted",
    label="counted",
    promotes=False,
    samples=lambda rng: [((uniform(rng, 4, 3), np.array([[1.0], [0.0], [1.0], [1.0]])), {})],
    reference=lambda x, counts: x * counts,
    doc="Rows of ``x`` where ``counts`` is not 0, and zeros elsewhere, whatever is there.",
)


def _ask(function: Callable, *operands: Any) -> Any:
    return function(*operands)


def _counts(labels: Any, shape: tuple[int, ...], dtype: np.dtype, others: Callable) -> Any:
    """1 for each example that counts and 0 for the others, of shape (..., 1)."""
    if _has_others(labels, shape[-1]):
        return _counted(labels, shape, others).astype(dtype)
    return np.ones((*labels.shape, 1), dtype)


def _number_of(counts: Any) -> Any:
    return np.asarray(_number(counts, counts), dtype=counts.dtype)


def _without(labels: Any, counts: Any) -> Any:
    return _where(counts.astype(bool), labels)


def _kept_rule(
    g: Any, logits: Any, labels: Any, reduction: str, relative: tuple, counted: Any
) -> Any:
    e, rest, places = relative
    g = _weight(g, _number(labels, counted), reduction)
    node = type(g) in FACES
    if reduction == "none":
        g = g.reshape((*g.shape, 1) if node else (labels.size,))
    # One factor for each row, so that the exponentials are gone through once.
    share = (1 if node else g) / (rest + 1)
    if counted is not None:
        share = np.where(counted.reshape(-1), share, 0)
    residue = e * share[:, None]
    residue.put(places, -rest * share)
    residue = residue.reshape(logits.shape)
    return residue * g if node else residue


def _class_reference(
    logits: Any, labels: Any, reduction: str = "mean", others: Callable | None = None
) -> Any:
    counted = None
    if others is not None and _has_others(labels, logits.shape[-1]):
        counted = _counted(labels, logits.shape, others)
        logits, labels = _where(counted, logits), _where(counted, labels)
    index = (*np.indices(labels.shape, sparse=True), labels)
    losses = -getitem(log_softmax(logits, axis=-1), index)
    if counted is None:
        return _reduced_op(losses, reduction)
    losses = losses * counted[..., 0]
    if reduction == "mean":
        return losses.sum() / _number(labels, counted)
    return _reduced_op(losses, reduction)


_class_cross_entropy = primitive(
    _class_losses,
    vjp=(_class_rule, None),
    name="_class_cross_entropy",
    label="cross-entropy",
    promotes=False,
    samples=_class_samples,
    reference=_class_reference,
    doc="Cross-entropy of a softmax with class numbers.",
)


# Probabilities as labels ------------------------------------------------------------------------


def _probability_losses(logits: Any, labels: Any, reduction: str = "mean") -> Any:
    with np.errstate(invalid="ignore"):
        terms = labels * log_softmax(logits, axis=-1)
    losses = -_add(terms, axis=-1)
    if not _is_finite(_add(losses, axis=None)):
        # A class of probability 0 costs nothing, though its logit be -inf: a class masked out.
        losses = -_add(np.where(labels == 0, np.zeros_like(terms), terms), axis=-1)
    return _reduced(losses, reduction)


def _probability_weight(g: Any, logits: Any, reduction: str) -> Any:
    g = _weight(g, logits.size // max(logits.shape[-1], 1), reduction)
    return g.reshape((*g.shape, 1)) if reduction == "none" else g


def _probability_rule(g: Any, out: Any, logits: Any, labels: Any, reduction: str) -> Any:
    # The sum is 1 for probabilities; labels are taken as they come.
    total = labels.sum(axis=-1, keepdims=True)
    weight = _probability_weight(g, logits, reduction)
    return (softmax(logits, axis=-1) * total - labels) * weight


_probability_cross_entropy = primitive(
    _probability_losses,
    vjp=(
        _probability_rule,
        lambda g, out, logits, labels, reduction: (
            -(log_softmax(logits, axis=-1) * _probability_weight(g, logits, reduction))
        ),
    ),
    name="_probability_cross_entropy",
    label="cross-entropy",
    samples=lambda rng: [
        ((uniform(rng, 4, 3), uniform(rng, 4, 3, low=0.1)), {"reduction": reduction})
        for reduction in _REDUCTIONS
    ],
    reference=lambda logits, labels, reduction="mean": _reduced_op(
        -(labels * log_softmax(logits, axis=-1)).sum(axis=-1), reduction
    ),
    doc="Cross-entropy of a softmax with a probability for each class.",
)


@composite(
    samples=lambda rng: [
        ((uniform(rng, 4, 3), rng.integers(0, 3, 4)), {}),
        ((uniform(rng, 4, 3), uniform(rng, 4, 3, low=0.1)), {"reduction": "sum"}),
    ]
)
def softmax_cross_entropy(
    logits: Any, labels: Any, reduction: str = "mean", others: Callable | None = None
) -> Any:
    """Cross-entropy between ``softmax(logits)`` and labels, in one stable op.

    Parameters
    ----------
    logits : array of shape (..., classes)
    labels : array
        Class numbers, of shape (...), or probabilities, of the shape of ``logits``.
    reduction : {'mean', 'sum', 'none'}
        What becomes of the losses of the examples.
    others : callable, optional
        Asked where some labels are no class, which is an error otherwise: ``others(labels, shape)``
        gets them as an array, and the shape of ``logits``, and tells which examples count. The rest
        has loss and gradient 0 and no part in the mean.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad, softmax_cross_entropy
    >>> grad(softmax_cross_entropy)(np.zeros((1, 2)), np.array([0]))
    array([[-0.5,  0.5]])
    """
    _check_reduction("softmax_cross_entropy", reduction)
    if type(labels) is np.ndarray and labels.dtype.kind in "iu" and type(logits) in FACES:
        params: dict[str, Any] = {"reduction": reduction, "kept": [], "others": others}
        return FACES[type(logits)].apply(_class_cross_entropy, (logits, labels), params)
    logits, labels = arrayed(logits), arrayed(labels)
    kind = labels.dtype.kind
    if kind != "f":
        if kind == "b":
            labels = plain(labels).astype(np.intp)
        return _class_cross_entropy(logits, labels, reduction=reduction, kept=[], others=others)
    if labels.shape != logits.shape:
        raise ValueError(
            f"softmax_cross_entropy: labels of dtype {labels.dtype} are probabilities and take the "
            f"shape of logits, {tuple(logits.shape)}, got {tuple(labels.shape)}; convert class "
            "numbers with .astype(int)"
        )
    return _probability_cross_entropy(logits, labels, reduction=reduction)


# Binary -----------------------------------------------------------------------------------------


def _binary_losses(logits: Any, targets: Any, reduction: str = "mean") -> Any:
    # log(1 + exp(x)) - x y, with the exponential of negative numbers only.
    losses = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))
    return _reduced(losses, reduction)


def _binary_reference(logits: Any, targets: Any, reduction: str = "mean") -> Any:
    return _reduced_op(softplus(logits) - logits * targets, reduction)


_binary_cross_entropy = primitive(
    _binary_losses,
    vjp=(
        lambda g, out, x, y, reduction: (sigmoid(x) - y) * _weight(g, x.size, reduction),
        lambda g, out, x, y, reduction: -x * _weight(g, x.size, reduction),
    ),
    name="_binary_cross_entropy",
    label="cross-entropy",
    samples=lambda rng: [
        ((uniform(rng, 4, 1), uniform(rng, 4, 1, low=0.1)), {"reduction": reduction})
        for reduction in _REDUCTIONS
    ],
    reference=_binary_reference,
    doc="Cross-entropy of a sigmoid.",
)


@composite(
    samples=lambda rng: [
        ((uniform(rng, 4), uniform(rng, 4, low=0.1)), {}),
        ((uniform(rng, 4, 2), rng.integers(0, 2, (4, 2))), {"reduction": "none"}),
    ]
)
def binary_cross_entropy_with_logits(logits: Any, targets: Any, reduction: str = "mean") -> Any:
    """Cross-entropy between ``sigmoid(logits)`` and targets, in one stable op.

    Parameters
    ----------
    logits : array
    targets : array of the same shape
        0 or 1, or probabilities in between.
    reduction : {'mean', 'sum', 'none'}
        What becomes of the losses of the elements.
    """
    name = "binary_cross_entropy_with_logits"
    _check_reduction(name, reduction)
    logits, targets = arrayed(logits), arrayed(targets)
    if logits.shape != targets.shape:
        raise ValueError(
            f"{name}: logits of shape {tuple(logits.shape)} and targets of shape "
            f"{tuple(targets.shape)}; they take one shape, because broadcasting (n, 1) against "
            f"(n,) would compare everything with everything: use targets.reshape(logits.shape)"
        )
    return _binary_cross_entropy(logits, targets, reduction=reduction)
