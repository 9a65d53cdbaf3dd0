"""One function under three names: on plain arrays, on tensors, and as NumPy's."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ...containers import flatten
from ...op import NUMPY, plain
from ...tensor import Tensor
from .case import Case, directions, pull
from .words import same

__all__ = ["equals_numpy", "numpy_functions"]


def equals_numpy(case: Case) -> None:
    """The value is NumPy's on plain arrays, and ``np.f(tensor)`` is ``autograd.f(tensor)``."""
    args = case.args(case.xs)
    ours = flatten(case.function(*args, **case.params))[0]
    nodes = [Tensor(x, requires_grad=True) for x in case.xs]
    for a, b in zip(flatten(case.call(*nodes))[0], ours, strict=True):
        same(case, "the result on tensors", a, "on arrays", b)
    for theirs in numpy_functions(case.function):
        _agrees(case, theirs, args, ours, nodes)


def _agrees(case: Case, theirs: Any, args: tuple, ours: list, nodes: list) -> None:
    call = _accepted(theirs, case)
    if call is None:
        return
    name = f"np.{theirs.__name__}"
    try:
        expected = flatten(call(*args))[0]
    except TypeError:
        return  # ours takes more than NumPy: clip with one bound
    for a, b in zip(ours, expected, strict=True):
        same(case, "the result", a, f"{name}'s", b, 1e-9)
    if not nodes:
        return
    dispatched = case.with_function(lambda *a, **_: call(*a))
    dispatched.where, dispatched.xs = case.where, case.xs
    for a, b in zip(flatten(dispatched.call(*nodes))[0], ours, strict=True):
        same(case, f"the result of {name} on tensors", plain(a), "that of the op", b)
    _, g = directions(case)
    through, direct = pull(dispatched, case.xs, g), pull(case, case.xs, g)
    for which, a, b in zip(case.names, through, direct, strict=True):
        same(case, f"the gradient for {which} through {name}", a, "through the op", b)


def numpy_functions(function: Any) -> list[Any]:
    """The NumPy functions that an op or composite answers for."""
    return [theirs for theirs, ours in NUMPY.items() if ours is function]


def _accepted(theirs: Any, case: Case) -> Callable[..., Any] | None:
    """NumPy's function with this case's parameters, or nothing if it does not take them."""
    defaults = getattr(case.function, "defaults", {})
    given = {k: v for k, v in case.params.items() if k not in defaults or v is not defaults[k]}
    if isinstance(theirs, np.ufunc):
        return None if given else theirs
    try:
        inspect.signature(theirs).bind(*case.args(case.xs), **given)
    except TypeError:
        return None
    except ValueError:
        pass  # written in C, without a signature
    return lambda *args: theirs(*args, **given)
