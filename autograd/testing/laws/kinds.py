"""What the declaration promises: linearity, and agreement with what a fused op replaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import transforms
from ...op import Bilinear, Linear
from .case import Case, directions, pull
from .words import same

__all__ = ["equals_reference", "is_linear", "reference_second_order"]


def is_linear(case: Case) -> None:
    """f(2x - 3y) = 2 f(x) - 3 f(y), in all arguments together or in each."""
    op = case.function
    rng = np.random.default_rng(3)
    ys = [rng.uniform(-1, 1, x.shape) for x in case.xs]
    if isinstance(op, Linear):
        _linear(case, "its inputs", case.xs, ys)
    elif isinstance(op, Bilinear) and len(case.xs) == 2:
        _linear(case, case.names[0], case.xs, [ys[0], case.xs[1]])
        _linear(case, case.names[1], case.xs, [case.xs[0], ys[1]])


def _linear(case: Case, what: str, xs: Sequence[Any], others: Sequence[Any]) -> None:
    mixed = [2.0 * x - 3.0 * y if x is not y else x for x, y in zip(xs, others, strict=True)]
    for both, one, two in zip(
        case.plain_floats(*mixed),
        case.plain_floats(*xs),
        case.plain_floats(*others),
        strict=True,
    ):
        same(
            case,
            f"f(2x - 3y) in {what}",
            both,
            "2 f(x) - 3 f(y)",
            2.0 * one - 3.0 * two,
            1e-10,
            f"it is declared {case.function.kind} and is not linear in {what}: a constant is "
            "added, say. Declare it as elementwise or primitive",
        )


def equals_reference(case: Case) -> None:
    """A fused rule gives what the composite it replaces gives."""
    other = _reference(case)
    if other is None:
        return
    _, g = directions(case)
    for a, b in zip(case.outs, other.outs, strict=True):
        same(case, "the result", a, "its reference's", b, 1e-10)
    cts, theirs = pull(case, case.xs, g), pull(other, case.xs, g)
    for which, a, b in zip(case.names, cts, theirs, strict=True):
        same(case, f"the gradient for {which}", a, "its reference's", b, 1e-9)


def reference_second_order(case: Case) -> None:
    """So do the second derivatives of a fused rule."""
    other = _reference(case)
    if other is None:
        return
    t, g = directions(case)
    numbers = tuple(range(len(t)))

    def curvature(which: Case) -> Callable[..., Any]:
        return lambda *xs: sum((ct * d).sum() for ct, d in zip(pull(which, xs, g), t))

    ours = transforms.grad(curvature(case), argnums=numbers)(*case.xs)
    theirs = transforms.grad(curvature(other), argnums=numbers)(*case.xs)
    for which, a, b in zip(case.names, ours, theirs, strict=True):
        same(case, f"the second derivative for {which}", a, "its reference's", b, 1e-8)


def _reference(case: Case) -> Case | None:
    reference = getattr(case.function, "reference", None)
    if reference is None:
        return None
    other = case.with_function(reference)
    other.where, other.xs = case.where, case.xs
    return other
