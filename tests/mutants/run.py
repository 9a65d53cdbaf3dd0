"""Run the table: is each mutant found, named and shrunk, and is nothing said without one?"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.testing import GradientError, Report, check_grads, gradcheck
from autograd.testing.recording import record
from autograd.testing.smallest import smallest

from .engine import ENGINE
from .features import FEATURES
from .mutant import Mutant
from .plant import ops
from .table import RULES

__all__ = ["MUTANTS", "Outcome", "Smallest", "control", "look", "shrink"]

MUTANTS = [*RULES, *ENGINE, *FEATURES]


def control(mutant: Mutant) -> Report:
    """The same check with nothing planted."""
    with np.errstate(all="ignore"):
        return mutant.way(mutant.program, *mutant.inputs)


@dataclass(frozen=True)
class Outcome:
    """What the kit said about a mutant in its own program."""

    found: str
    """What the report of a failure begins with; empty if nothing was found."""
    named: str
    """What it blames."""
    right: bool
    """Whether that is what was planted."""
    report: Report


def look(mutant: Mutant) -> Outcome:
    """Plant it, and check its program."""
    with mutant.plant(), np.errstate(all="ignore"):
        report = mutant.way(mutant.program, *mutant.inputs)
    if report.verdict != "fail":
        return Outcome("", "", False, report)
    named = _named(report, mutant)
    return Outcome(mutant.way.__name__, named, named == mutant.blamed, report)


def _named(report: Report, mutant: Mutant) -> str:
    culprit = report.culprit
    if culprit is None:
        return mutant.blamed if mutant.blamed in report.message else "nothing"
    return culprit.kind if mutant.blamed in ("engine", "cut") else culprit.op


# The smallest case ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Smallest:
    """The smallest case found."""

    ops: int
    elements: int
    checks: int
    """How many the search made here; 0 where the report brings its smallest case along."""
    code: str


BUDGET = 120
"""Checks in one search among random programs."""


def shrink(mutant: Mutant, outcome: Outcome, budget: int = BUDGET) -> Smallest | None:
    """The smallest case: the culprit's own, or of random programs the smallest that fails."""
    culprit = outcome.report.culprit
    if culprit is not None and culprit.program:
        return _pasted(mutant, culprit.program)
    if mutant.draw is None:
        return _of_its_own(mutant)
    return _among_programs(mutant, mutant.draw, budget)


def _pasted(mutant: Mutant, code: str) -> Smallest | None:
    """The code that a report ends with, run: it has to fail."""
    sizes: list[int] = []
    name, check = "gradcheck", gradcheck
    if "check_grads(" in code:
        name, check = "check_grads", check_grads

    def seen(f: Any, *inputs: Any, **options: Any) -> Any:
        sizes.extend(int(np.size(x)) for x in inputs)
        return check(f, *inputs, **options)

    text = code.replace(f"from autograd.testing import {name}\n", "")
    try:
        with mutant.plant(), np.errstate(all="ignore"):
            exec(text, {**{op.name: op for op in ops().values()}, name: seen})
    except GradientError:
        return Smallest(1, sum(sizes), 0, code)
    return None


def _among_programs(mutant: Mutant, draw: dict[str, Any], budget: int) -> Smallest | None:
    from hypothesis import HealthCheck, find, settings
    from hypothesis.errors import NoSuchExample

    from autograd.testing.strategies import programs

    known: dict[str, bool] = {}

    def fails(program: Any) -> bool:
        code = program.code()
        if code not in known:
            if len(known) >= budget and any(known.values()):
                return False
            known[code] = _fails(mutant, program, program.inputs)
        return known[code]

    options = settings(
        max_examples=4 * budget,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        program = find(programs(**draw), fails, settings=options, random=random.Random(0))
    except NoSuchExample:
        return None
    elements = sum(int(np.size(x)) for x in program.inputs)
    return Smallest(len(program.ops), elements, len(known), program.code())


def _fails(mutant: Mutant, program: Callable[..., Any], inputs: Sequence[Any]) -> bool:
    with mutant.plant(), np.errstate(all="ignore"):
        try:
            report = mutant.way(program, *inputs, locate=False)
        except Exception:  # another failure than the one looked for
            return False
    return report.verdict == "fail"


@dataclass(frozen=True)
class _Inputs:
    args: tuple

    def moved(self, args: tuple) -> _Inputs:
        return _Inputs(args)


def _of_its_own(mutant: Mutant) -> Smallest | None:
    """The mutant's own program at the smallest inputs."""
    checks = 0

    def fails(point: _Inputs) -> bool:
        nonlocal checks
        checks += 1
        return _fails(mutant, mutant.program, point.args)

    found = smallest(_Inputs(mutant.inputs), fails).args
    steps = record(mutant.program, found).order()
    n = sum(node.op is not None and node.op.name != "output" for node in steps)
    code = inspect.getsource(mutant.program)
    return Smallest(n, sum(int(np.size(x)) for x in found), checks, code)
