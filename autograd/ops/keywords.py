"""NumPy keywords and arguments that cannot be recorded: refused by name, with a way round."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from ..errors import NotDifferentiableError, UnsupportedError
from ..op import FACES, plain

__all__ = ["given", "refuse", "require_constant"]


def refuse(name: str, given: dict[str, Any]) -> None:
    """Raise for keywords of NumPy's that cannot be recorded, unless they ask for nothing."""
    for key, value in given.items():
        if value is None or value is np._NoValue or (key == "where" and value is True):
            continue
        if key == "overwrite_input" and not value:
            continue
        _refuse(name, key)


def _refuse(name: str, key: str) -> NoReturn:
    cure = {
        "out": "Use the returned value",
        "where": "Use autograd.where(mask, x, neutral element) before",
        "initial": "Combine it with the result, as in autograd.maximum(result, initial)",
    }.get(key, "Combine ops instead")
    raise UnsupportedError(f"{name}() does not take {key}=. {cure}.")


def require_constant(name: str, argument: str, x: Any) -> Any:
    """The plain value of an argument in which there is no derivative; an error if one is wanted."""
    if type(x) in FACES and getattr(x, "requires_grad", True):
        raise NotDifferentiableError(
            f"{name} has no derivative with respect to {argument}; pass a plain number or array, "
            "or .detach() it, if it is constant"
        )
    return plain(x)


def given(keepdims: Any) -> bool:
    """``keepdims`` as a bool; NumPy's wrappers pass a marker where it was left out."""
    return keepdims is not np._NoValue and bool(keepdims)
