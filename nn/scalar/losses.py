"""Losses of ``Value``s: how wrong outputs are, by the names of :mod:`nn.losses`.

Each takes the outputs of one example or a list of those of several, and the truth in the same
shape. The loss of one example is a number; the cost of several is the mean of their losses.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import autograd as ag
from autograd.extend import capturing

from .activations import logsumexp

__all__ = [
    "LOSSES",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "hinge_loss",
    "l1_loss",
    "mse_loss",
]


def mse_loss(outputs: Any, targets: Any) -> Any:
    """(z - y)², its mean over all outputs.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.scalar import mse_loss
    >>> mse_loss(Value(3.0), 1.0).data, mse_loss([Value(3.0), Value(1.0)], [1.0, 1.0]).data
    (4.0, 2.0)
    """
    return _mean((z - y) * (z - y) for z, y in _pairs(outputs, targets))


def l1_loss(outputs: Any, targets: Any) -> Any:
    """\\|z - y\\|, its mean over all outputs."""
    return _mean(abs(z - y) for z, y in _pairs(outputs, targets))


def hinge_loss(outputs: Any, targets: Any) -> Any:
    """max(0, 1 - y z) for targets y of 1 or -1, its mean over all outputs."""
    pairs = list(_pairs(outputs, targets))
    if any(not _holds(y, lambda y: y in (-1, 1)) for _, y in pairs):
        raise ValueError("hinge_loss needs targets of 1 or -1")
    return _mean(ag.relu(1 - y * z) for z, y in pairs)


def binary_cross_entropy(outputs: Any, targets: Any) -> Any:
    """-y log p - (1 - y) log(1 - p) for probabilities p, its mean over all outputs.

    No logarithm is below -100, as in PyTorch; the form with logits needs no such bound.
    """
    pairs = list(_pairs(outputs, targets))
    if not all(_holds(x, _is_probability) for pair in pairs for x in pair):
        raise ValueError("binary_cross_entropy needs outputs and targets from 0 to 1")
    low = -100.0
    return _mean(
        -(y * ag.maximum(ag.log(p), low) + (1 - y) * ag.maximum(ag.log1p(-p), low))
        for p, y in pairs
    )


def binary_cross_entropy_with_logits(outputs: Any, targets: Any) -> Any:
    """-y log p - (1 - y) log(1 - p) where p = sigmoid(z), its mean over all outputs.

    log p is -softplus(-z) and log(1 - p) is -softplus(z), which are right where p is 0 or 1 in
    floating point.
    """
    pairs = list(_pairs(outputs, targets))
    if not all(_holds(y, _is_probability) for _, y in pairs):
        raise ValueError("binary_cross_entropy_with_logits needs targets from 0 to 1")
    return _mean(y * ag.softplus(-z) + (1 - y) * ag.softplus(z) for z, y in pairs)


def cross_entropy(logits: Any, labels: Any) -> Any:
    """-log p of the right class where p = softmax(z): log of the sum of exp(z_j), minus z_label.

    Parameters
    ----------
    logits : list of Value, or a list of those
        One number for each class, of one example or of several.
    labels : int, or list of int
        The right class of each example.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.scalar import cross_entropy
    >>> round(cross_entropy([Value(0.0)] * 10, 3).data, 4)
    2.3026
    """
    several = len(logits) > 0 and _is_list(logits[0])
    rows, classes = (logits, labels) if several else ([logits], [labels])
    if not _is_list(classes) or len(classes) != len(rows):
        raise ValueError(f"cross_entropy got {len(rows)} examples and the labels {labels!r}")
    return _mean(logsumexp(z) - z[_label(y, len(z))] for z, y in zip(rows, classes))


LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy_with_logits": binary_cross_entropy_with_logits,
    "cross_entropy": cross_entropy,
    "hinge": hinge_loss,
    "l1": l1_loss,
    "mse": mse_loss,
}


def _mean(losses: Iterator[Any]) -> Any:
    terms = list(losses)
    if not terms:
        raise ValueError("the loss of no outputs is not defined")
    return sum(terms[1:], terms[0]) / len(terms)


def _pairs(outputs: Any, targets: Any) -> Iterator[tuple[Any, Any]]:
    """Outputs with their targets, out of lists that are nested alike."""
    if not _is_list(outputs):
        if _is_list(targets):
            raise ValueError(f"there are {len(targets)} targets for one output")
        yield outputs, targets
        return
    if not _is_list(targets) or len(outputs) != len(targets):
        raise ValueError(
            f"there are {len(outputs)} outputs in a list, and the targets are {targets!r}"
        )
    for z, y in zip(outputs, targets):
        yield from _pairs(z, y)


def _holds(x: Any, rule: Callable[[Any], bool]) -> bool:
    """Whether a number is as it should be, unless a captured function may not look at it."""
    return rule(x) if not (isinstance(x, ag.Value) and capturing()) else True


def _is_probability(x: Any) -> bool:
    return 0 <= x <= 1


def _is_list(x: Any) -> bool:
    return hasattr(x, "__len__")


def _label(y: Any, classes: int) -> int:
    place = operator.index(y)
    if not 0 <= place < classes:
        raise ValueError(f"cross_entropy got the label {y}; the classes are 0 to {classes - 1}")
    return place
