"""Mistakes that train without an error, only badly: said once, before the training."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor, no_grad

from ..arrays import plain
from ..ending import last_op
from ..evaluating import in_evaluation
from ..losses.names import function_name
from ..module import Module

__all__ = ["hint"]

# What a loss of logits applies itself.
_INSIDE = {"cross_entropy": "softmax", "binary_cross_entropy_with_logits": "sigmoid"}


def hint(
    model: Module, loss: Callable[[Any, Any], Any], inputs: np.ndarray, truth: np.ndarray
) -> None:
    """Warn where outputs and loss fit in shape, but not in meaning."""
    name = function_name(loss)
    message = ""
    if name in _INSIDE:
        message = _twice(name, last_op(model, inputs))
    elif _compares_all(model, loss, inputs, truth):
        message = (
            f"the outputs have shape {(len(truth), 1)} and the labels {truth.shape}: the loss "
            "seems to compare each output with every label (NumPy's broadcasting). Pass "
            "y[:, None], or let the loss take outputs[:, 0]"
        )
    if message:
        warnings.warn(message, UserWarning, stacklevel=3)


def _twice(loss: str, last: str) -> str:
    if last == _INSIDE[loss]:
        return (
            f"the model ends in {last}, and {loss} applies it again, so that it trains slowly or "
            f"not at all: leave the {last} out. nn.predict_proba gives probabilities all the same"
        )
    if last == "relu":
        return (
            f"the model ends in relu, and {loss} takes logits, which are below 0 for what is "
            "improbable: leave the last relu out"
        )
    return ""


def _compares_all(
    model: Module, loss: Callable[[Any, Any], Any], inputs: np.ndarray, truth: np.ndarray
) -> bool:
    """Whether (n, 1) against (n,) gives another loss than its examples one by one."""
    if truth.ndim != 1 or len(truth) < 2:
        return False
    with in_evaluation(model), no_grad():
        out = model(Tensor(inputs[:2]))
        if np.shape(out) != (2, 1):
            return False
        both = float(plain(loss(out, truth[:2])))
        single = [float(plain(loss(out[i : i + 1], truth[i : i + 1]))) for i in range(2)]
    return not np.isclose(both, [sum(single), sum(single) / 2], rtol=1e-3).any()
