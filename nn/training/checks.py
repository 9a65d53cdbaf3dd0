"""Data and labels looked at before any work is done with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor, no_grad

from .. import losses
from ..arrays import check_finite, plain
from ..evaluating import in_evaluation
from ..layers.embedding import reads_indices
from ..losses.names import function_name
from ..module import Module
from .truth import Truth, truth_of

__all__ = ["check_data", "check_inputs", "rehearse"]


def check_data(model: Module, x: Any, y: Any, which: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels as arrays of fitting dtypes and equal length, all of them finite."""
    inputs = check_inputs(model, x, which)
    truth = plain(y)
    if truth.dtype.kind not in "fiub":
        raise TypeError(
            f"the {which} labels hold {_found(truth)}, not numbers; number the classes, for "
            "example with names, y = np.unique(labels, return_inverse=True)"
        )
    if truth.ndim == 0 or len(truth) != len(inputs):
        raise ValueError(
            f"the {which} data has {len(inputs)} examples and labels of shape {truth.shape}"
        )
    if truth.dtype.kind == "f":
        check_finite(truth, f"the {which} labels")
        if inputs.dtype.kind == "f":
            truth = truth.astype(inputs.dtype)
    return inputs, truth


def check_inputs(model: Module, x: Any, which: str) -> np.ndarray:
    """Inputs as an array of the model's dtype; whole numbers stay so for an embedding."""
    if not isinstance(model, Module):
        raise TypeError(f"the model comes first, then x: got {type(model).__name__}, no nn.Module")
    try:
        array = plain(x)
    except ValueError as error:
        raise ValueError(f"the {which} data is no array: are rows of one length? {error}") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"the {which} data holds {_found(array)}, not numbers; leave out or encode what is "
            "text (nn.data.one_hot), fill what is missing, and pass x.astype(float)"
        )
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"the {which} dataset is empty (shape {array.shape})")
    if array.dtype.kind == "f":
        check_finite(array, f"the {which} data")
    elif reads_indices(model):
        return array
    dtype = next((p.dtype for p in model.parameters()), None)
    if dtype is None:
        return array
    with np.errstate(over="ignore"):
        cast = array.astype(dtype, copy=False)
    if array.dtype.itemsize > cast.dtype.itemsize:
        check_finite(cast, f"the {which} data in the model's {cast.dtype}")
    return cast


def rehearse(
    model: Module, loss: Callable[[Any, Any], Any], inputs: np.ndarray, truth: np.ndarray
) -> tuple[Truth, np.ndarray]:
    """Try model and loss on two examples, and the loss's own check on all labels.

    Returns
    -------
    kind : Truth
        What the labels are.
    truth : array
        The labels; those of one output for each example have its axis, shape (n, 1), as a loss of
        ``nn.losses`` compares like with like.
    """
    kind = truth_of(loss, truth)
    try:
        with in_evaluation(model), no_grad():
            out = model(Tensor(inputs[:2]))
            if kind.kind != "classes" and np.shape(out) == (*truth[:2].shape, 1) and _ours(loss):
                truth = truth[..., None]
            # All labels first: their range says more than that of two.
            if kind.kind == "classes" and truth.min() >= 0:
                shape = [len(truth), *np.shape(out)[1:]]
                shape.append(shape.pop(kind.axis))
                losses.check_labels(truth, tuple(shape), kind.ignored)
            elif function_name(loss).startswith("binary_cross_entropy"):
                losses.check_probabilities(truth, function_name(loss))
            cost = loss(out, truth[:2])
    except (TypeError, ValueError) as error:
        if len(inputs) > 2:
            error.add_note(f"(Tried with the first 2 of {len(inputs)} examples, before training.)")
        raise
    if np.size(plain(cost)) != 1:
        raise ValueError(
            f"the loss gives shape {np.shape(cost)} where one number is due; reduce it with .mean()"
        )
    return kind, truth


def _ours(loss: Callable[[Any, Any], Any]) -> bool:
    """Whether a loss compares outputs and truth of one shape, as all of ours do."""
    return getattr(loss, "__module__", "").startswith("nn.losses")


def _found(array: np.ndarray) -> str:
    """The first item that is no number, with its place."""
    for place, item in np.ndenumerate(array):
        if not isinstance(item, (int, float, np.number, np.bool_)):
            return f"{array.dtype} ({str(item)[:40]!r} at {list(place)})"
    return str(array.dtype)
