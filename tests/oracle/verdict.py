"""Who is right where two sides differ: a third opinion, by differences and by mpmath."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag

from .compare import Disagreement, Result, compare
from .programs import Program
from .sides import function, prepare, run_ours, run_steps

__all__ = ["judge", "smallest"]

# NumPy's names in mpmath, where a value and not a derivative is in dispute.
EXACT = {
    "absolute": "fabs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctanh": "atanh",
    "cbrt": "cbrt",
    "cos": "cos",
    "cosh": "cosh",
    "digamma": "digamma",
    "erf": "erf",
    "erfc": "erfc",
    "exp": "exp",
    "expm1": "expm1",
    "gammaln": "loggamma",
    "log": "log",
    "log10": "log10",
    "log1p": "log1p",
    "sin": "sin",
    "sinh": "sinh",
    "sqrt": "sqrt",
    "tan": "tan",
    "tanh": "tanh",
}


def smallest(program: Program, trouble: Disagreement) -> tuple[Program, Disagreement]:
    """A part of the program on which the same sides still differ in the same."""

    def differs(part: Program) -> Disagreement | None:
        again = Result(0, "")
        compare(part, (trouble.oracle,), again)
        return again.trouble if again.trouble and again.trouble.what == trouble.what else None

    if trouble.oracle == "ours":
        return program, trouble
    for step in program.steps:
        part = program.upto(step.name)
        found = differs(part)
        if found:
            return part, found
    for name in list(program.terms):
        part = program.without({name})
        found = differs(part) if part.terms else None
        if found:
            program, trouble = part, found
    return program, trouble


def judge(program: Program, trouble: Disagreement) -> str:
    """One line that says whose fault it is, and how we know."""
    if trouble.oracle == "ours":
        return "ours is wrong: " + trouble.message.strip().splitlines()[-1]
    try:
        program = program.cast("float64")
        with np.errstate(all="ignore"):
            ours = run_ours(program)[trouble.what]
            theirs = prepare(program, trouble.oracle, careful=True)(program.inputs)[trouble.what]
            if trouble.what == "value":
                return _judge_value(program, trouble.oracle)
            return _judge_derivative(program, trouble, ours, theirs)
    except Exception as error:
        return f"undecided: the third opinion failed with {type(error).__name__}: {error}"


def _judge_value(program: Program, oracle: str) -> str:
    ours, theirs = run_steps(program, "ours"), run_steps(program, oracle)
    for i, (step, a, b) in enumerate(zip(program.steps, ours, theirs, strict=True)):
        if a.shape == b.shape and np.allclose(a, b, rtol=1e-12, atol=1e-13):
            continue
        where = f"{step.name} = {step.texts['ours']}"
        if a.shape != b.shape:
            return f"undecided: {where} has shape {a.shape} here, {b.shape} in {oracle}"
        exact = EXACT.get(step.op)
        if exact is None:
            return f"undecided: the first step that differs is {where}"
        import mpmath

        # The function's argument, not the step's input: rows bring their inputs into the domain.
        inside = dataclasses.replace(step, texts={"ours": _argument(step.texts["ours"])})
        part = dataclasses.replace(program, steps=[*program.steps[:i], inside])
        argument = run_steps(part, "ours")[-1]
        at = np.unravel_index(int(np.argmax(np.abs(a - b))), a.shape)
        with mpmath.workdps(50):
            right = float(mpmath.re(getattr(mpmath, exact)(mpmath.mpf(float(argument[at])))))
        return _between(right, 1e-15 * abs(right), a[at], b[at], oracle, f"mpmath at {where}")
    return "undecided: no single step differs"


def _argument(text: str) -> str:
    return text[text.index("(") :]


def _judge_derivative(
    program: Program, trouble: Disagreement, ours: list[Any], theirs: list[Any]
) -> str:
    from autograd.testing import numeric_directional

    mine, other = (np.concatenate([np.ravel(x) for x in xs]) for xs in (ours, theirs))
    if mine.shape != other.shape:
        return f"undecided: {mine.size} numbers here, {other.size} in {trouble.oracle}"
    k = int(np.argmax(np.where(np.isnan(mine - other), np.inf, np.abs(mine - other))))
    f = function(program, "ours")
    if trouble.what in ("gradient", "backward()"):
        found = numeric_directional(f, program.inputs, _basis(program, k))
    elif trouble.what == "forward mode":
        found = numeric_directional(f, program.inputs, program.direction)
    else:
        found = numeric_directional(_element(f, program, k), program.inputs, program.direction)
    if found.kind != "smooth":
        return f"undecided: the point is not smooth ({found.kind}), where conventions differ"
    how = f"finite differences of our {'gradient' if 'Hess' in trouble.what else 'value'}"
    return _between(float(found.value), float(found.error), mine[k], other[k], trouble.oracle, how)


def _basis(program: Program, k: int) -> list[Any]:
    """The ``k``-th of all the inputs' elements as a direction."""
    direction: list[Any] = []
    for x in program.inputs:
        v = np.zeros(np.shape(x))
        if 0 <= k < v.size:
            v.flat[k] = 1.0
        k -= v.size
        direction.append(float(v) if program.scalar else v)
    return direction


def _element(f: Callable[..., Any], program: Program, k: int) -> Callable[..., float]:
    """The ``k``-th element of our gradient, as a function of the inputs."""
    gradient = ag.grad(f, argnums=tuple(range(len(program.inputs))))

    @functools.wraps(f)
    def element(*xs: Any) -> float:
        return float(np.concatenate([np.ravel(g) for g in gradient(*xs)])[k])

    return element


def _between(right: float, error: float, mine: float, other: float, oracle: str, how: str) -> str:
    """Which of two numbers is the right one."""
    off, their_off, apart = abs(mine - right), abs(other - right), abs(mine - other)
    figures = f"(right {right:.17g} +- {error:.1g}, ours {mine:.17g}, {oracle}'s {other:.17g})"
    if 8 * error > apart:
        return f"undecided: {how} cannot resolve the difference {figures}"
    ours_fits, theirs_fits = (
        off <= max(4 * error, apart / 8),
        their_off <= max(4 * error, apart / 8),
    )
    if not ours_fits and not theirs_fits:
        return f"both are wrong, by {how} {figures}"
    # In single precision, and where a term of the program is lost, both can be near enough.
    loser = oracle if ours_fits else "ours"
    return f"{loser} is wrong, by {how} {figures}"
