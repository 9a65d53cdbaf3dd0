"""Wrong outputs, truths and settings of losses, answered before they do harm.

A truth of shape (n,) against outputs of shape (n, 1) would broadcast to all pairs and train on
them without a word; labels 0 and 1 where -1 and 1 are due would leave one class out. Checks look
at the truth and not at the outputs, whose NaN is for training to report: except where a loss takes
probabilities, and outputs beyond them are logits in the wrong place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd.extend import effect, reads_only

__all__ = [
    "arrayed",
    "cast",
    "check_from_0",
    "check_labels",
    "check_log_probabilities",
    "check_number",
    "check_probabilities",
    "check_reduction",
    "check_settings",
    "check_signs",
    "labels_or_error",
    "paired",
    "same_shape",
    "truth_like",
]

REDUCTIONS = ("mean", "sum", "none")


def arrayed(x: Any) -> Any:
    """Nodes and arrays as they are, numbers and lists as an array (a tensor if nodes are in it)."""
    if hasattr(x, "dtype"):
        return x
    array = np.asarray(x)
    return ag.asarray(x) if array.dtype == object else array


def cast(x: Any, dtype: Any) -> Any:
    """``x`` in another dtype; replays of a captured step read an array from outside anew."""
    return effect(np.ndarray.astype, x, dtype) if type(x) is np.ndarray else x.astype(dtype)


# Outputs beside the truth -----------------------------------------------------------------------


def paired(name: str, input: Any, target: Any) -> tuple[Any, Any]:
    """Outputs and truth of one shape, the truth in the outputs' dtype and without NaN."""
    input = arrayed(input)
    target = truth_like(name, input, target)
    same_shape(name, input, target)
    return input, target


def same_shape(name: str, input: Any, target: Any) -> None:
    """Refuse what would broadcast."""
    a, b = tuple(input.shape), tuple(target.shape)
    if a == b:
        return
    cure = ""
    if a == (*b, 1):
        cure = ". Give the targets that axis: targets[..., None]"
    elif b == (*a, 1):
        cure = ". Take that axis from the targets: targets[..., 0]"
    raise ValueError(f"{name} compares like with like: outputs have shape {a}, targets {b}{cure}")


def truth_like(name: str, input: Any, target: Any) -> Any:
    """The truth as numbers of the outputs' dtype; a NaN in it is an error."""
    target = arrayed(target)
    kind = target.dtype.kind
    if kind not in "fiub":
        raise TypeError(f"{name}: targets hold {target.dtype}, not numbers")
    if kind == "f":
        effect(_check_nan, name, target)
    constant = not getattr(target, "requires_grad", False)
    if constant and input.dtype.kind == "f" and target.dtype != input.dtype:
        # float64 targets, NumPy's default, would take a float32 model's loss along.
        target = cast(target, input.dtype)
    return target


@reads_only
def _check_nan(name: str, numbers: np.ndarray) -> None:
    # The largest is NaN if any is, and takes no mask to find.
    largest = np.maximum.reduce(numbers, axis=None) if numbers.size else 0.0
    if largest != largest:
        place = [int(i) for i in np.argwhere(np.isnan(numbers))[0]]
        raise ValueError(
            f"{name}: targets hold {np.count_nonzero(np.isnan(numbers))} NaN, the first at "
            f"{place}; fill or drop those examples first"
        )


# Class numbers ----------------------------------------------------------------------------------


def check_labels(labels: Any, shape: tuple[int, ...], ignore_index: int | None = None) -> Any:
    """Labels as an integer array, or the error that tells what is wrong with them.

    Parameters
    ----------
    labels : array of integers
    shape : tuple of int
        Shape of the logits, (..., classes).
    ignore_index : int, optional
        A label that need not be a class.
    """
    return effect(labels_or_error, arrayed(labels), shape, ignore_index)


@reads_only
def labels_or_error(given: Any, shape: tuple[int, ...], ignore_index: int | None) -> np.ndarray:
    """The plain form of :func:`check_labels`."""
    if given.shape != shape[:-1] or not shape:
        raise ValueError(_wrong_shape(given, shape))
    if given.dtype.kind not in "iu":
        if given.dtype.kind != "b" and given.size:
            raise TypeError(_no_integers(given))
        given = given.astype(np.intp)
    if given.size:
        counted = given if ignore_index is None else given[given != ignore_index]
        if not counted.size:
            return given
        low, high = np.minimum.reduce(counted, axis=None), np.maximum.reduce(counted, axis=None)
        if low < 0 or high >= shape[-1]:
            raise ValueError(_beyond(int(low), int(high), shape))
    return given


def _no_integers(given: np.ndarray) -> str:
    message = f"labels are class numbers of an integer dtype, got {given.dtype}"
    if given.dtype.kind != "f":
        return message
    if (given == np.floor(given)).all():
        return f"{message}; convert them with .astype(int)"
    return f'{message} with parts of a whole; for quantities take another loss, such as "mse"'


def _beyond(low: int, high: int, shape: tuple[int, ...]) -> str:
    classes = shape[-1]
    if classes == 1:
        return (
            f"labels run from {low} to {high}, but logits of shape {shape} are for a single class: "
            f"give the last layer {high + 1} outputs"
            + (", or take binary_cross_entropy_with_logits" * (high == 1))
        )
    message = (
        f"labels run from {low} to {high}, but logits of shape {shape} are for the {classes} "
        f"classes 0 to {classes - 1}"
    )
    if low == 1 and high == classes:
        return f"{message}; count from 0: labels - 1"
    if low == -1 and high == 1 and classes == 2:
        return f"{message}; for labels -1 and 1 pass (labels + 1) // 2"
    if low >= 0:
        return f"{message}; give the last layer {high + 1} outputs, or check the labels"
    return message


def _wrong_shape(given: np.ndarray, shape: tuple[int, ...]) -> str:
    if not shape:
        return "a loss of classes needs outputs of shape (..., classes), got a single number"
    message = (
        f"logits of shape {shape} need labels of shape {shape[:-1]}, one class number for each "
        f"example, got shape {given.shape}"
    )
    if given.shape == shape:
        return (
            f"{message}. If they are one-hot, pass labels.argmax(axis=-1); if they are "
            "probabilities, pass floats"
        )
    if given.shape == (*shape[:-1], 1):
        return f"{message}. Drop the last axis: labels[..., 0]"
    if len(shape) > 2 and given.shape == (shape[0], *shape[2:]):
        return f"{message}. Where the classes are on axis 1, as PyTorch has them, pass axis=1"
    return message


# Ranges -----------------------------------------------------------------------------------------


def check_probabilities(
    target: Any, name: str = "binary_cross_entropy_with_logits", what: str = "targets"
) -> None:
    """Refuse what is not from 0 to 1."""
    effect(_check_probabilities, arrayed(target), name, what)


@reads_only
def _check_probabilities(given: Any, name: str, what: str) -> None:
    if given.size and not (given.min() >= 0 and given.max() <= 1):
        message = f"{name} needs {what} from 0 to 1; they run from {given.min()} to {given.max()}"
        if what == "outputs":
            message += (
                "; these are logits: leave the sigmoid out and use "
                "binary_cross_entropy_with_logits, or put one behind the last layer"
            )
        elif name == "cross_entropy":
            message += '; for class numbers pass integers, for quantities another loss, as "mse"'
        elif given.min() == -1:
            message += "; for labels -1 and 1 pass (y + 1) / 2"
        raise ValueError(message)


def check_log_probabilities(name: str, input: Any) -> None:
    """Refuse what a softmax gives where its logarithm is due.

    Log-probabilities are at most 0, so rows from 0 up that sum to 1 are no such thing.
    """
    effect(_check_log_probabilities, name, arrayed(input))


@reads_only
def _check_log_probabilities(name: str, given: Any) -> None:
    if not given.ndim or given.size == 0 or given.shape[-1] < 2 or given.min() < 0:
        return
    if (abs(given.sum(axis=-1) - 1) < 1e-3).all():
        raise ValueError(
            f"{name} takes log-probabilities, and these are probabilities, whose rows sum to 1; "
            "pass ag.log_softmax(logits) in place of softmax(logits)"
        )


def check_signs(name: str, target: Any) -> None:
    """Refuse labels other than -1 and 1."""
    effect(_check_signs, name, arrayed(target))


def check_from_0(say: Callable[[np.ndarray], str], numbers: Any) -> None:
    """Refuse numbers below 0; ``say(numbers)`` tells what they are and what to do."""
    effect(_check_from_0, say, arrayed(numbers))


@reads_only
def _check_from_0(say: Callable[[np.ndarray], str], numbers: np.ndarray) -> None:
    if numbers.size and numbers.min() < 0:
        raise ValueError(say(numbers))


@reads_only
def _check_signs(name: str, given: Any) -> None:
    if (abs(given) == 1).all():
        return
    message = f"{name} takes labels -1 and 1; they run from {given.min()} to {given.max()}"
    if ((given == 0) | (given == 1)).all():
        message += ". For labels 0 and 1 pass 2 * y - 1"
    raise ValueError(message)


# Settings ---------------------------------------------------------------------------------------


def check_reduction(reduction: Any, allowed: tuple[str, ...] = REDUCTIONS) -> None:
    """Refuse a reduction that is none."""
    if reduction not in allowed:
        raise ValueError(f"reduction is one of {', '.join(allowed)}, not {reduction!r}")


def check_number(owner: str, setting: str, value: Any, rule: str) -> None:
    """Refuse what is no number, or not as ``rule`` says."""
    if isinstance(value, (bool, str)) or np.ndim(value):
        raise TypeError(f"{owner}: {setting} is a number, got {value!r}")
    number = float(value)
    if not (math.isfinite(number) and _RULES[rule](number)):
        raise ValueError(f"{owner}: {setting} is {rule}, got {value!r}")


_RULES: dict[str, Callable[[float], bool]] = {
    "finite": lambda v: True,
    "above 0": lambda v: v > 0,
    "0 or more": lambda v: v >= 0,
    "from 0 to 1": lambda v: 0 <= v <= 1,
    "1 or more": lambda v: v >= 1,
}
# A setting means the same in every loss that has it.
_SETTINGS = {
    "beta": "0 or more",
    "delta": "above 0",
    "eps": "above 0",
    "label_smoothing": "from 0 to 1",
    "margin": "finite",
    "p": "1 or more",
}


def check_settings(owner: str, **settings: Any) -> None:
    """Refuse settings out of their range."""
    for setting, value in settings.items():
        if setting in _SETTINGS:
            check_number(owner, setting, value, _SETTINGS[setting])
        elif setting in ("weight", "pos_weight") and value is not None:
            effect(_check_weights, owner, setting, arrayed(value))


@reads_only
def _check_weights(owner: str, setting: str, weights: np.ndarray) -> None:
    if weights.dtype.kind not in "fiub":
        raise TypeError(f"{owner}: {setting} holds {weights.dtype}, not numbers")
    if not (np.isfinite(weights).all() and weights.min(initial=0) >= 0):
        raise ValueError(f"{owner}: {setting} holds finite numbers from 0 on")
