"""Whether all that a training step runs is the library's own, so that nothing in it can surprise.

A recording keeps the Python numbers that a step found. Layers, losses and optimizers of ``nn`` look
theirs up where a replay would see them change; what others wrote may find them anywhere.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd as ag

from ..activations import Function
from ..module import Module

__all__ = ["foreign", "settings"]


def foreign(model: Module, loss: Callable[..., Any], optimizer: Any) -> str:
    """What of a training step is not the library's own, in words; "" if all is.

    Examples
    --------
    >>> import nn
    >>> from nn.training.ownership import foreign
    >>> model = nn.MLP(2, [3], 1, rng=0)
    >>> sgd = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> foreign(model, nn.losses.mse_loss, sgd)
    ''
    >>> model = nn.MLP(2, [3], 1, activation=lambda x: x * x, rng=0)
    >>> foreign(model, nn.losses.mse_loss, sgd)
    'the module Function (1)'
    """
    for name, module in model.named_modules():
        if _is_written_elsewhere(type(module)) or isinstance(module, Function):
            return f"the module {type(module).__name__}" + (f" ({name})" if name else "")
        for attribute, value in _parts(module):
            if _is_foreign_function(value):
                return f"the function {attribute} of {type(module).__name__}"
    function = loss.func if isinstance(loss, functools.partial) else loss
    if _is_written_elsewhere(function if inspect.isfunction(function) else type(function)):
        return f"the loss {getattr(function, '__name__', type(function).__name__)}"
    if _is_written_elsewhere(type(optimizer)):
        return f"the optimizer {type(optimizer).__name__}"
    return ""


def settings(loss: Callable[..., Any]) -> tuple[Any, ...]:
    """What a loss that is no module goes by, each setting as the object it is."""
    if isinstance(loss, functools.partial):
        return (loss, *loss.args, *loss.keywords.values())
    if isinstance(loss, Module):  # a recording looks at modules itself
        return (loss,)
    return (loss, *getattr(loss, "__dict__", {}).values())


def _is_written_elsewhere(code: Any) -> bool:
    return (getattr(code, "__module__", None) or "").partition(".")[0] != "nn"


def _parts(module: Module) -> Iterator[tuple[str, Any]]:
    """A module's attributes, and what is in those that are lists and dicts."""
    for name, value in vars(module).items():
        if name == "_forward_hooks":
            continue
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(inner, (list, tuple)) or isinstance(value, dict):
            yield from ((name, x) for x in inner)
        else:
            yield name, value


def _is_foreign_function(value: Any) -> bool:
    if not callable(value) or isinstance(value, (Module, type, np.ufunc)):
        return False
    home = getattr(value, "__module__", None) or ""
    if inspect.isfunction(value) or inspect.ismethod(value):
        return home.partition(".")[0] not in ("nn", "autograd")
    # An op: one that users declared is of the same class, but in no place of ours.
    return getattr(ag, getattr(value, "name", ""), None) is not value
