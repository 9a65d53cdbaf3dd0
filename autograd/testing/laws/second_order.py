"""Second derivatives: four mixes of modes, one number, and it is the slope of the gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import transforms
from ..ladder import Derivative
from ..line import EPS, Probe
from ..numeric import slope_along
from ..report import Report
from .case import Case, directions, dot, pull, push, size
from .words import broken, close

__all__ = ["second_order"]

PLAIN = (
    "the rule reads a plain array (.data, np.asarray, math, a value kept from outside), so what "
    "depends on it is lost; write the rule with ops on its arguments"
)


def second_order(case: Case) -> Report | None:
    """All four mixes of modes give the slope of the gradient, and the Hessian is symmetric."""
    t, g = directions(case)
    u, dg = directions(case, seed=2)
    n = len(t)

    def pulled(*both: Any) -> Any:
        cts = pull(case, both[:n], both[n:])
        return sum((ct * d).sum() for ct, d in zip(cts, u, strict=True))

    def pushed(*both: Any) -> Any:
        tangents = push(case, both[:n], u)
        return sum((ct * y).sum() for ct, y in zip(both[n:], tangents, strict=True))

    def first(*both: Any) -> float:
        return dot(pull(case, both[:n], both[n:]), u)

    point, along = (*case.xs, *g), (*t, *dg)
    numbers = tuple(range(len(point)))
    twice = transforms.grad(pulled, argnums=numbers)(*point)
    value, scale = dot(twice, along), size(twice, along)
    if not np.isfinite(scale):
        return Report("inconclusive", f"{case.name}: the second derivative is not finite", "edge")
    report = _against_differences(case, value, scale, first, point, along)
    one = "the second derivative by reverse over reverse"
    for what, other in (
        ("forward over reverse", transforms.jvp(pulled, point, along)[1]),
        ("reverse over forward", dot(transforms.grad(pushed, argnums=numbers)(*point), along)),
        ("forward over forward", transforms.jvp(pushed, point, along)[1]),
    ):
        close(case, one, value, f"by {what}", float(other), scale, PLAIN)
    _symmetric(case, twice[:n], t, u, g)
    return report


def _against_differences(
    case: Case,
    value: float,
    scale: float,
    first: Callable[..., float],
    point: Sequence[Any],
    along: Sequence[Any],
) -> Report | None:
    """The verdict of differences of the gradient on the second derivative."""
    d = _slope(first, point, along)
    if d.kind != "smooth":
        return Report("inconclusive", f"{case.name}: the gradient has a {d.kind} here", d.kind)
    largest = max(abs(value), abs(d.value))
    slack = 4 * d.error + 1e-9 * largest + 64 * EPS * scale
    if abs(value - d.value) > slack:
        broken(
            case,
            f"the second derivative by reverse over reverse is {value:.10g}, and differences of "
            f"the gradient give {d.value:.10g} ± {d.error:.1g}",
            PLAIN,
        )
    if slack > 0.01 * largest and slack > 1e-9 * scale:
        return Report(
            "inconclusive",
            f"{case.name}: differences of the gradient are too uncertain to tell: "
            f"{d.value:.6g} ± {d.error:.1g}",
            "no power",
        )
    return None


def _slope(f: Callable[..., float], xs: Sequence[Any], us: Sequence[Any]) -> Derivative:
    """The derivative of a number along a direction; the quick form where that is enough."""
    probe, one = Probe(f, xs), np.ones(1)
    d = slope_along(probe, us, one, quick=True)
    if d.kind == "smooth" and d.error <= 1e-7 * abs(d.value):
        return d
    return slope_along(probe, us, one)


def _symmetric(case: Case, curvature: Sequence[Any], t: list, u: list, g: list) -> None:
    def other_way(*xs: Any) -> Any:
        return sum((ct * d).sum() for ct, d in zip(pull(case, xs, g), t, strict=True))

    swapped = transforms.grad(other_way, argnums=tuple(range(len(t))))(*case.xs)
    # Where curvature cancels, what is left is the rounding of terms as large as the gradient.
    terms = 1e-3 * size(pull(case, case.xs, g), t)
    close(
        case,
        "u^T H t",
        dot(swapped, u),
        "t^T H u",
        dot(curvature, t),
        size(swapped, u) + size(curvature, t) + terms,
        "a Hessian is symmetric, and this one is not: part of it is lost. " + PLAIN,
    )
