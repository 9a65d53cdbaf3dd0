"""Integers and booleans: values as on arrays, no gradient, and no harm to their neighbours'."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ... import transforms
from ...errors import NotDifferentiableError
from .case import Case, directions, pull
from .outcomes import attempt, values_agree
from .words import broken, same

__all__ = ["integers_are_numbers"]


def integers_are_numbers(case: Case) -> None:
    """Integer and boolean arguments alone, refused a gradient, and beside floating ones."""
    for what, convert in (("integers", _integers), ("booleans", _booleans)):
        whole = [convert(x) for x in case.xs]
        leaves = list(case.leaves)
        for i, x in zip(case.where, whole, strict=True):
            leaves[i] = x
        values_agree(case, what, leaves)
        refused, _ = attempt(partial(transforms.vjp, case.floats, *whole))
        if not isinstance(refused, NotDifferentiableError):
            broken(
                case,
                f"a gradient for {what} was not refused: "
                + (f"{type(refused).__name__}: {refused}" if refused else "a gradient came back"),
            )
        for k in range(len(case.xs) if len(case.xs) > 1 else 0):
            _beside(case, what, k, whole[k])


def _integers(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(x), dtype=np.int64)


def _booleans(x: np.ndarray) -> np.ndarray:
    return np.asarray(x > 0)


def _beside(case: Case, what: str, k: int, constant: Any) -> None:
    """One input holds integers, the others floats: as if it held the same numbers as floats."""
    leaves = list(case.leaves)
    leaves[case.where[k]] = np.asarray(constant, dtype=float)
    floating = case.with_leaves(leaves)
    leaves[case.where[k]] = constant
    mixed = case.with_leaves(leaves)
    _, g = directions(case)
    failure, outs = attempt(lambda: floating.plain_floats(*floating.xs))
    if failure or not all(np.isfinite(y).all() for y in outs):
        return  # whole numbers are no point of its domain
    failure, expected = attempt(lambda: pull(floating, floating.xs, g))
    if failure:
        return
    where = f"with {what} in {case.names[k]}"
    # What it refuses on arrays it may refuse here: NumPy does not subtract booleans.
    failure, found = attempt(lambda: mixed.plain_floats(*mixed.xs))
    if isinstance(failure, TypeError):
        return
    if failure:
        raise failure
    if len(found) != len(outs):
        return  # a result has the dtype of one input: what is set in an integer array is cut off
    for a, b in zip(found, outs, strict=True):
        same(case, f"{where}, the result", a, "with the same as floats", b)
    rest = [b for i, b in enumerate(expected) if i != k]
    for which, a, b in zip(mixed.names, pull(mixed, mixed.xs, g), rest, strict=True):
        same(
            case,
            f"{where}, the gradient for {which}",
            a,
            "with the same as floats",
            b,
            1e-11,
            "a rule computes in integers: it divides, or makes zeros_like of an integer array",
        )
