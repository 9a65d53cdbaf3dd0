"""Nothing but the result: an op writes to nothing it is given, and remembers nothing."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import transforms
from ...containers import flatten
from ...op import plain
from ...tensor import Tensor
from .case import Case, directions
from .words import broken, same

__all__ = ["leaves_arguments_alone", "remembers_nothing"]


def leaves_arguments_alone(case: Case) -> None:
    """Inputs, parameters, the cotangent and the result are as before."""
    case = case.with_leaves([_copied(x) for x in case.leaves])
    _, g = directions(case)
    params = copy.deepcopy(case.params)
    arguments, cotangents = _kept(case.leaves), _kept(g)

    def unchanged(who: str) -> None:
        _compare(case, who, "its argument", arguments, case.leaves)
        _compare(case, who, "its parameters", _kept(flatten(params)[0]), flatten(case.params)[0])
        _compare(case, who, "the cotangent it is given", cotangents, g)

    case.call(*case.xs)
    unchanged("forward")
    transforms.vjp(case.floats, *case.xs)[1](tuple(g))
    unchanged("the vjp")
    transforms.jvp(case.floats, tuple(case.xs), tuple(np.ones_like(x) for x in case.xs))
    unchanged("the jvp")
    nodes = [Tensor(x, requires_grad=True) for x in case.xs]
    outs = case.floats(*nodes)
    results = _kept([plain(y) for y in outs])
    recorded = [y for y in zip(outs, g, strict=True) if getattr(y[0], "requires_grad", False)]
    if recorded:
        sum((y * c).sum() for y, c in recorded).backward()
    _compare(case, "the vjp", "its input", _kept(case.xs), [n.data for n in nodes])
    _compare(case, "the vjp", "the result", results, [plain(y) for y in outs])


def _copied(x: Any) -> Any:
    return x.copy("K") if isinstance(x, np.ndarray) else x


def _kept(xs: Sequence[Any]) -> list[Any]:
    return [np.array(x) if isinstance(x, np.ndarray) else x for x in xs]


def _compare(case: Case, who: str, what: str, before: Sequence[Any], now: Sequence[Any]) -> None:
    for old, new in zip(before, now, strict=True):
        if isinstance(old, np.ndarray):
            equal = np.array_equal(old, new, equal_nan=old.dtype.kind in "fc")
        else:
            equal = old is new or bool(np.all(old == new)) or old != old
        if not equal:
            broken(
                case,
                f"{who} writes to {what}: it was {old!r} and is {new!r}",
                "an in-place operation; others hold that array: write g * y for g *= y, "
                "x.copy() before x[...] = 0",
            )


def remembers_nothing(case: Case) -> None:
    """The same question has the same answer, whatever was asked in between."""
    _, g = directions(case)
    for a, b in zip(case.plain_floats(*case.xs), case.outs, strict=True):
        same(
            case,
            "the result of a second call",
            a,
            "that of the first",
            b,
            1e-14,
            "forward draws random numbers or keeps state; make what it draws an argument",
        )
    back = transforms.vjp(case.floats, *case.xs)[1]
    first = [np.array(c) for c in back(tuple(g))]
    back(tuple(2.0 * c for c in g))
    fresh = transforms.vjp(case.floats, *case.xs)[1]
    for called, again in (("a second", back(tuple(g))), ("a fresh", fresh(tuple(g)))):
        for which, a, b in zip(case.names, again, first, strict=True):
            same(
                case,
                f"the gradient for {which} of {called} backward pass",
                a,
                "that of the first",
                b,
                1e-14,
                "the rule keeps state between calls, or writes to an array it saved",
            )
