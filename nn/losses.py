"""Losses: how wrong a model's outputs are, as functions and as classes.

Each takes the outputs first and the truth second, and ``reduction="mean"``, ``"sum"`` or
``"none"`` (the loss of each example, where the others give the cost over the data).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd import softmax_cross_entropy

__all__ = [
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "L1Loss",
    "MSELoss",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "get",
    "l1_loss",
    "mse_loss",
    "names",
]

_REDUCTIONS = ("mean", "sum", "none")


def mse_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Squared difference of ``input`` and ``target``, of one shape."""
    _check_shapes("mse_loss", input, target)
    difference = input - target
    return _reduce(difference * difference, reduction)


def l1_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Absolute difference of ``input`` and ``target``, of one shape."""
    _check_shapes("l1_loss", input, target)
    return _reduce(abs(input - target), reduction)


def cross_entropy(logits: Any, labels: Any, *, reduction: str = "mean") -> Any:
    """Minus the log-probability of the right class.

    Parameters
    ----------
    logits : Tensor or array (..., classes)
        Scores before softmax: the softmax is part of the loss, where it cannot overflow.
    labels : array
        The right class of each example, integers (...) from 0 to classes - 1; or probabilities,
        floats of the shape of ``logits``.
    reduction : str
        "mean", "sum" or "none".

    Examples
    --------
    >>> import numpy as np, nn
    >>> round(float(nn.losses.cross_entropy(np.zeros((3, 10)), [1, 2, 3])), 4)
    2.3026
    """
    if reduction not in _REDUCTIONS:
        raise _no_reduction(reduction)
    try:
        return softmax_cross_entropy(logits, labels, reduction=reduction)
    except (IndexError, TypeError, ValueError):
        check_labels(labels, np.shape(logits))
        raise


def binary_cross_entropy_with_logits(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Minus the log-probability of a yes (``target`` 1) or no (0), from logits.

    Targets between 0 and 1 are probabilities. For two classes this is :func:`cross_entropy` of the
    logits ``[0, input]``.
    """
    _check_shapes("binary_cross_entropy_with_logits", input, target)
    check_probabilities(target)
    if reduction not in _REDUCTIONS:
        raise _no_reduction(reduction)
    return ag.binary_cross_entropy_with_logits(input, target, reduction=reduction)


def check_labels(labels: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Labels as an integer array, or the error that tells what is wrong with them."""
    given = _plain(labels)
    if given.shape != shape[:-1]:
        raise ValueError(_wrong_labels(given, shape))
    if given.dtype.kind not in "iu":
        if given.dtype.kind != "b" and given.size:
            raise TypeError(
                f"labels are class numbers of an integer dtype, got {given.dtype}"
                + ("; convert them with .astype(int)" if given.dtype.kind == "f" else "")
            )
        given = given.astype(np.intp)
    if given.size:
        low, high = np.minimum.reduce(given, axis=None), np.maximum.reduce(given, axis=None)
        if low < 0 or high >= shape[-1]:
            raise ValueError(
                f"labels run from {low} to {high}, but logits of shape {shape} are for the "
                f"{shape[-1]} classes 0 to {shape[-1] - 1}"
            )
    return given


def check_probabilities(target: Any) -> None:
    """Refuse targets of binary cross-entropy that are not from 0 to 1."""
    given = _plain(target)
    if given.size and not (given.min() >= 0 and given.max() <= 1):
        raise ValueError(
            "binary_cross_entropy_with_logits needs targets from 0 to 1; they run from "
            f"{given.min()} to {given.max()}"
        )


def _wrong_labels(given: np.ndarray, shape: tuple[int, ...]) -> str:
    if not shape:
        return "cross_entropy needs logits of shape (..., classes), got a single number"
    message = (
        f"logits of shape {shape} need labels of shape {shape[:-1]}, one class number for each "
        f"example, got shape {given.shape}"
    )
    if given.shape == shape:
        return f"{message}. If they are one-hot, pass labels.argmax(axis=-1)"
    if given.shape == (*shape[:-1], 1):
        return f"{message}. Drop the last axis: labels[..., 0]"
    return message


def _plain(x: Any) -> np.ndarray:
    return x.detach().numpy() if isinstance(x, ag.Tensor) else np.asarray(x)


def _check_shapes(name: str, input: Any, target: Any) -> None:
    a, b = np.shape(input), np.shape(target)
    if a != b:
        raise ValueError(
            f"{name} compares like with like: outputs have shape {a}, targets {b}" + _cure(a, b)
        )


def _cure(a: tuple[int, ...], b: tuple[int, ...]) -> str:
    if a == (*b, 1):
        return ". Give the targets that axis: targets[..., None]"
    if b == (*a, 1):
        return ". Take that axis from the targets: targets[..., 0]"
    return ""


def _reduce(loss: Any, reduction: str) -> Any:
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise _no_reduction(reduction)


def _no_reduction(reduction: str) -> ValueError:
    return ValueError(f"reduction is one of {', '.join(_REDUCTIONS)}, not {reduction!r}")


class _Loss:
    """A loss with its settings, called like the function."""

    function: Callable[..., Any]

    def __init__(self, *, reduction: str = "mean") -> None:
        if reduction not in _REDUCTIONS:
            raise _no_reduction(reduction)
        self.reduction = reduction

    def __call__(self, input: Any, target: Any) -> Any:
        return type(self).function(input, target, reduction=self.reduction)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(reduction={self.reduction!r})"


class MSELoss(_Loss):
    """:func:`mse_loss` with its settings."""

    function = staticmethod(mse_loss)


class L1Loss(_Loss):
    """:func:`l1_loss` with its settings."""

    function = staticmethod(l1_loss)


class CrossEntropyLoss(_Loss):
    """:func:`cross_entropy` with its settings."""

    function = staticmethod(cross_entropy)


class BCEWithLogitsLoss(_Loss):
    """:func:`binary_cross_entropy_with_logits` with its settings."""

    function = staticmethod(binary_cross_entropy_with_logits)


_BY_NAME: dict[str, Callable[..., Any]] = {
    "binary_cross_entropy": binary_cross_entropy_with_logits,
    "cross_entropy": cross_entropy,
    "l1": l1_loss,
    "mse": mse_loss,
}


def names() -> list[str]:
    """The names that :func:`get` knows."""
    return sorted(_BY_NAME)


def get(loss: str | Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A loss given by name, or any function of outputs and truth as it is."""
    if isinstance(loss, str):
        if loss not in _BY_NAME:
            raise ValueError(
                f"no loss is called {loss!r}; there are {', '.join(names())}. Any function "
                "of outputs and truth that gives a number will do as well"
            )
        return _BY_NAME[loss]
    if isinstance(loss, type):
        loss = loss()
    if not callable(loss):
        raise TypeError(f"a loss is a name or a function of outputs and truth, not {loss!r}")
    return loss
