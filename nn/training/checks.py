"""Data and labels looked at before any work is done with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor, no_grad

from .. import losses
from ..layers.embedding import Embedding
from ..module import Module
from .truth import Truth, truth_of

__all__ = ["check_data", "check_inputs", "plain", "rehearse"]


def plain(x: Any) -> np.ndarray:
    """An array, or a tensor's numbers."""
    return x.detach().numpy() if isinstance(x, Tensor) else np.asarray(x)


def check_data(model: Module, x: Any, y: Any, which: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels as arrays of fitting dtypes and equal length, all of them finite."""
    inputs = check_inputs(model, x, which)
    truth = plain(y)
    if truth.dtype.kind not in "fiub":
        raise TypeError(
            f"the {which} labels hold {truth.dtype}, not numbers; number the classes, for example "
            "with np.unique(labels, return_inverse=True)"
        )
    if truth.ndim == 0 or len(truth) != len(inputs):
        raise ValueError(
            f"the {which} data has {len(inputs)} examples and labels of shape {truth.shape}"
        )
    if truth.dtype.kind == "f":
        _check_finite(truth, f"the {which} labels")
        if inputs.dtype.kind == "f":
            truth = truth.astype(inputs.dtype)
    return inputs, truth


def check_inputs(model: Module, x: Any, which: str) -> np.ndarray:
    """Inputs as an array of the model's dtype; whole numbers stay so for an embedding."""
    array = plain(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"the {which} data holds {array.dtype}, not numbers")
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"the {which} dataset is empty (shape {array.shape})")
    if array.dtype.kind == "f":
        _check_finite(array, f"the {which} data")
    elif _reads_indices(model):
        return array
    dtype = next((p.dtype for p in model.parameters()), None)
    return array if dtype is None else array.astype(dtype, copy=False)


def rehearse(
    model: Module, loss: Callable[[Any, Any], Any], inputs: np.ndarray, truth: np.ndarray
) -> Truth:
    """Try model and loss on two examples, and the loss's own check on all labels."""
    out = _try(model, inputs[:2])
    with no_grad():
        cost = loss(out, truth[:2])
    if np.size(plain(cost)) != 1:
        raise ValueError(
            f"the loss gives shape {np.shape(cost)} where one number is due; reduce it with .mean()"
        )
    kind = truth_of(loss, truth)
    if kind.kind == "classes" and truth.min() >= 0:
        losses.check_labels(truth, (len(truth), *np.shape(out)[1:]))
    elif kind.kind in ("logit", "probability"):
        losses.check_probabilities(truth)
    return kind


def _try(model: Module, inputs: np.ndarray) -> Any:
    was_training = model.training
    model.eval()
    try:
        with no_grad():
            return model(Tensor(inputs))
    finally:
        model.train(was_training)


def _reads_indices(model: Module) -> bool:
    return any(isinstance(module, Embedding) for module in model.modules())


def _check_finite(array: np.ndarray, what: str) -> None:
    # A sum is finite only if all terms are, and costs no mask; it may overflow, hence the rest.
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()):
            return
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{what} holds {np.count_nonzero(bad)} numbers that are not finite, the first "
            f"({array[place]}) at {list(place)}; fill or drop them first"
        )
