"""First derivatives: they fit, both modes agree, and they are what differences say."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...op import Bilinear, Elementwise, Linear
from ..numeric import numeric_directional
from ..report import GradientError, Report, position
from ..subject import Subject
from ..verify import verify
from .case import Case, directions, dot, pull, push, size
from .words import ROUNDING, broken, close

__all__ = [
    "equals_differences",
    "gradients_are_finite",
    "gradients_fit_inputs",
    "reverse_equals_forward",
    "rule_is_linear",
]


def gradients_fit_inputs(case: Case) -> None:
    """Gradients and tangents have the shapes and dtypes of what they belong to."""
    t, g = directions(case)
    for which, x, ct in zip(case.names, case.xs, pull(case, case.xs, g), strict=True):
        _fits(case, f"the gradient for {which}", ct, which, x)
    for y, tangent in zip(case.outs, push(case, case.xs, t), strict=True):
        _fits(case, "the tangent of the result", np.asarray(tangent), "the result", y)


def _fits(case: Case, what: str, got: Any, which: str, x: Any) -> None:
    if got.shape != x.shape:
        broken(
            case,
            f"{what} has shape {got.shape}, and {which} has shape {x.shape}",
            "a sum over a broadcast axis, keepdims or a transpose is missing in the rule",
        )
    if got.dtype != x.dtype:
        broken(
            case,
            f"{what} is {got.dtype}, and {which} is {x.dtype}",
            "the rule makes an array of a fixed dtype: use np.zeros_like(x) for np.zeros(shape)",
        )


def gradients_are_finite(case: Case) -> Report | None:
    """No nan and no inf where the function is smooth."""
    if not all(np.isfinite(y).all() for y in case.outs):
        return Report("inconclusive", f"{case.name}: the result is not finite here", "edge")
    _, g = directions(case)
    for k, ct in enumerate(pull(case, case.xs, g)):
        bad = ~np.isfinite(ct)
        if bad.any():
            at = tuple(int(i) for i in np.argwhere(bad)[0])
            return _not_finite(case, k, at, float(ct[at]), g)
    return None


def _not_finite(case: Case, k: int, at: tuple[int, ...], got: float, g: list) -> Report:
    us: list[Any] = [None] * len(case.xs)
    us[k] = np.zeros(case.xs[k].shape)
    us[k][at] = 1.0
    d = numeric_directional(lambda *xs: case.plain_floats(*xs), case.xs, us, g)
    where = f"{case.names[k]}{position(at)}"
    if d.kind == "smooth":
        broken(
            case,
            f"the gradient for {where} is {got} where {where} is {float(case.xs[k][at]):.6g} and "
            f"the function is smooth (its slope is {d.value:.6g} ± {d.error:.1g})",
            "the rule multiplies 0 by inf, or divides by something that is zero here",
        )
    return Report("inconclusive", f"{case.name}: the gradient is {got} at a {d.kind}", d.kind)


def rule_is_linear(case: Case) -> None:
    """The pull of 2 g is twice that of g: a vjp is linear in its cotangent, and keeps no state."""
    _, g = directions(case)
    back = lambda c: pull(case, case.xs, c)
    once, twice = back(g), back([2.0 * c for c in g])
    for which, a, b in zip(case.names, twice, once, strict=True):
        scale = float(np.max(np.abs(b), initial=0.0))
        off = np.abs(a - 2.0 * b)
        if np.any(off > ROUNDING * scale):
            at = np.unravel_index(int(np.argmax(off)), off.shape)
            where = f"{which}{position(tuple(int(i) for i in at))}"
            broken(
                case,
                f"the gradient for {where} is {b[at]:.12g} for a cotangent g and {a[at]:.12g} for "
                "2 g, which should be twice as much",
                "the rule ignores the cotangent or is not linear in it, or it keeps state",
            )


def reverse_equals_forward(case: Case) -> None:
    """<g, J t> = <J^T g, t>."""
    t, g = directions(case)
    pushed, pulled = push(case, case.xs, t), pull(case, case.xs, g)
    a, b = dot(g, pushed), dot(pulled, t)
    if abs(a - b) <= ROUNDING * (size(g, pushed) + size(pulled, t)):
        return
    cause = _two_modes(case.function)
    for k, which in enumerate(case.names):
        alone = [x if i == k else np.zeros_like(x) for i, x in enumerate(t)]
        pushed = push(case, case.xs, alone)
        _agree(case, f" (t along {which})", g, pushed, [pulled[k]], [t[k]], cause)
    _agree(case, "", g, push(case, case.xs, t), pulled, t, cause)


def _agree(
    case: Case, along: str, g: list, pushed: Any, pulled: Any, t: Sequence[Any], cause: str
) -> None:
    scale = size(g, pushed) + size(pulled, t)
    one, two = f"<g, J t>{along} by forward mode", "<J^T g, t> by reverse mode"
    close(case, one, dot(g, pushed), two, dot(pulled, t), scale, cause)


def _two_modes(function: Any) -> str:
    if isinstance(function, Linear):
        return "the transpose is not the adjoint of forward: <g, f(t)> = <transpose(g), t>"
    if isinstance(function, Bilinear):
        return "a transpose is not the adjoint of forward with the other input held"
    if isinstance(function, Elementwise):
        return "the rules of the two modes were changed apart from one another"
    if getattr(function, "jvp_rule", None) is not None:
        return "the vjp and the jvp are not derivatives of one function"
    return "the vjp is not linear in its cotangent"


def equals_differences(case: Case) -> Report | None:
    """The gradient is the slope of the function, as numeric differences find it."""
    if not sum(x.size for x in case.xs) or not sum(y.size for y in case.outs):
        return Report("inconclusive", f"{case.name}: there are no elements", "nothing to check")

    def function(*xs: Any) -> tuple:
        return case.floats(*xs)

    function.__name__ = case.name
    names = [name.replace(" ", "_") for name in case.names]
    if all(name.isidentifier() for name in names) and len(set(names)) == len(names):
        function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in names]
        )
    report = verify(Subject(function, tuple(case.xs)), "reverse", case.seed, case.name)
    if report.verdict == "fail":
        raise GradientError(report.message, report)
    return None if report else report
