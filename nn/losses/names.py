"""Losses by the names people type."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ..suggest import unknown

__all__ = ["function_name", "get", "named", "names"]

F = TypeVar("F", bound=Callable[..., Any])

_BY_NAME: dict[str, Callable[..., Any]] = {}
_ALIASES: list[str] = []
_BY_KEY: dict[str, str] = {}
# Losses of more than outputs and truth, which a training loop cannot call.
_OTHERS: dict[str, str] = {}


def _key(name: str) -> str:
    """What two spellings of a name have in common."""
    letters = "".join(c for c in name.lower() if c.isalnum())
    return letters.removesuffix("loss") or letters


def named(*aliases: str) -> Callable[[F], F]:
    """Enter a loss under its function's name, less ``_loss``, and under others."""

    def enter(function: F) -> F:
        name = function.__name__.removesuffix("_loss")
        parameters = inspect.signature(function).parameters.values()
        inputs = [p.name for p in parameters if p.default is p.empty]
        if len(inputs) == 2:
            _BY_NAME[name] = function
            _ALIASES.extend(aliases)
        else:
            _OTHERS[name] = f"{function.__name__}({', '.join(inputs)})"
        for spelling in (name, *aliases):
            assert _BY_KEY.setdefault(_key(spelling), name) == name, f"{spelling} is taken"
        return function

    return enter


def names() -> list[str]:
    """The names that :func:`get` knows, each of which has further spellings.

    Examples
    --------
    >>> import nn
    >>> nn.losses.names()[:3]
    ['binary_cross_entropy', 'binary_cross_entropy_with_logits', 'cross_entropy']
    """
    return sorted(_BY_NAME)


def get(loss: str | Callable[..., Any]) -> Callable[..., Any]:
    """A loss given by name, or any function of outputs and truth as it is.

    Capitals, hyphens, underscores and a ``loss`` at the end do not matter, and usual names will
    do: "mse", "squared_error" and "MSELoss" are one.

    Examples
    --------
    >>> import nn
    >>> nn.losses.get("mean_absolute_error").__name__
    'l1_loss'
    """
    if isinstance(loss, str):
        name = _BY_KEY.get(_key(loss))
        if name in _BY_NAME:
            return _BY_NAME[name]
        if name is not None:
            raise ValueError(
                f"{loss!r} is {_OTHERS[name]}, and takes more than outputs and truth: give a "
                "function of those two that calls it"
            )
        cure = "Any function of outputs and truth that gives a number will do as well"
        raise unknown("loss", loss, _BY_NAME, cure, _ALIASES)
    if isinstance(loss, type):
        loss = loss()
    if not callable(loss):
        raise TypeError(f"a loss is a name or a function of outputs and truth, not {loss!r}")
    return loss


def function_name(loss: Callable[..., Any]) -> str:
    """The name of the function that a loss is, or that its class is made from; "" without one.

    Examples
    --------
    >>> import nn
    >>> from nn.losses.names import function_name
    >>> function_name(nn.MSELoss()), function_name(nn.losses.mse_loss)
    ('mse_loss', 'mse_loss')
    """
    return getattr(getattr(type(loss), "function", loss), "__name__", "")
