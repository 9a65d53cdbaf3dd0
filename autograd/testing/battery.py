"""``check_op``: all laws for one declared op, ours or a user's, in one line."""

from __future__ import annotations

import inspect
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .culprit import count
from .laws import LAWS, Case, Law, cases_of
from .report import GradientError, Report

__all__ = ["DTYPES", "FACES", "ORDERS", "Trial", "check_op", "chosen_laws", "hold"]

ORDERS, FACES, DTYPES = (1, 2), ("tensor", "value"), ("float64", "float32")


def check_op(
    op: Any,
    *,
    points: Iterable[tuple[Any, dict[str, Any]]] | None = None,
    orders: Sequence[int] = ORDERS,
    faces: Sequence[str] = FACES,
    dtypes: Sequence[str] = DTYPES,
    skip: Sequence[str] = (),
    raise_exception: bool = True,
    seed: int = 0,
) -> Report:
    """Hold a declared op to every law: values, gradients of both orders, and good behaviour.

    Among the laws: gradients fit their inputs and are the slope of the function, reverse mode
    equals forward mode, second derivatives agree in four mixes of modes, ``Value`` equals
    ``Tensor``, float32 stays, memory layout and sharing do not matter, nothing is written to or
    remembered, integers are constants, and what arrays refuse is refused.

    Parameters
    ----------
    op : Op or callable
        Declared with :mod:`autograd.extend`, or any function of arrays that is made of ops.
    points : iterable of (args, params), optional
        Where to try it. By default the op's own ``samples``, or points from its ``domain``; an
        elementwise op with neither is tried between -2 and 2.
    orders : sequence of {1, 2}
        Leave out 2 if the rules are plain NumPy, so that there is no second derivative.
    faces : sequence of {"tensor", "value"}
        Leave out ``value`` if the op is not for numbers.
    dtypes : sequence of {"float64", "float32"}
        Leave out ``float32`` if the op is for double precision alone.
    skip : sequence of str
        Names of laws that the op need not obey, as a failure tells them.
    raise_exception : bool
        Raise when a law is broken. Otherwise look at the report.
    seed : int
        The points and directions; the same seed repeats a check exactly.

    Returns
    -------
    Report
        True only if every law holds. ``parts`` has one report for each law.

    Raises
    ------
    GradientError
        If a law is broken, or if fewer than half of the points told anything. The message names
        the law, the point and a likely cause.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.extend import elementwise
    >>> from autograd.testing import check_op
    >>> gauss = elementwise(lambda x: np.exp(-x * x), lambda y, x: -2 * x * y, name="gauss")
    >>> bool(check_op(gauss))
    True
    >>> wrong = elementwise(lambda x: np.exp(-x * x), lambda y, x: -x * y, name="wrong")
    >>> print(check_op(wrong, raise_exception=False).message)  # doctest: +ELLIPSIS
    check_op: wrong breaks a law: the gradient is the slope of the function [equals_differences]
      wrong: d/d(x) is wrong   [confirmed at one element]
        x -> out   analytic -0.249250579   numeric -0.4985011581 ± ...   (smooth)
        reverse mode, seed 0; x is 1.27874
        hint: the rule's number is 0.5 times the right one
      at wrong(()), point 1 of 4, seed 0
      also broken, maybe for the same reason: second_order
    """
    name = getattr(op, "__name__", type(op).__name__)
    laws = chosen_laws(orders, faces, dtypes, skip)
    cases = cases_of(op, seed, points)
    if not cases:
        raise ValueError(
            f"check_op does not know where to try {name}: declare it with domain=((low, high), "
            "...) or samples=lambda rng: [(args, params), ...], or pass points=[(args, params)]"
        )
    trials = [Trial(law) for law in laws]
    for k, case in enumerate(cases):
        hold(case, trials, f"at {case!r}, point {k + 1} of {len(cases)}, seed {seed}")
    report = _sum(name, trials, len(cases), f"seed {seed}")
    if report.verdict == "fail" and raise_exception:
        cause = next((t.error for t in trials if t.error is not None), None)
        raise GradientError(report.message, report) from cause
    return report


def chosen_laws(
    orders: Sequence[int], faces: Sequence[str], dtypes: Sequence[str], skip: Sequence[str]
) -> list[Law]:
    names = [law.name for law in LAWS]
    for what, given, known in (
        ("orders", orders, ORDERS),
        ("faces", faces, FACES),
        ("dtypes", dtypes, DTYPES),
        ("skip", skip, names),
    ):
        wrong = given if isinstance(given, str) else [x for x in given if x not in known]
        if wrong:
            raise ValueError(
                f"{what} is a sequence of {', '.join(map(repr, known))}; got {given!r}"
            )
    return [
        law
        for law in LAWS
        if law.order in orders
        and law.face in faces
        and law.dtype in dtypes
        and law.name not in skip
    ]


# One case ---------------------------------------------------------------------------------------


@dataclass
class Trial:
    """What became of one law at all points."""

    law: Law
    held: int = 0
    doubts: list[Report] = field(default_factory=list)
    failure: Report | None = None
    error: Exception | None = None

    @property
    def report(self) -> Report:
        if self.failure is not None:
            return self.failure
        if self.doubts and not self.held:
            return self.doubts[0]
        return Report("pass", f"{self.law.name}: {self.law.says}, at {self.held} points")


def hold(case: Case, trials: Iterable[Trial], where: str) -> None:
    """Hold a case to the laws; where its gradient is not finite, to those without calculus."""
    doubt: Report | None = None
    for trial in trials:
        if doubt is not None and trial.law.calculus:
            trial.doubts.append(doubt)
            continue
        try:
            report = trial.law(case)
        except Exception as error:
            if trial.failure is None:
                trial.failure, trial.error = _failure(case, trial.law, error, where), error
            continue
        if report is None:
            trial.held += 1
            continue
        trial.doubts.append(report)
        if trial.law.name == "gradients_are_finite":
            doubt = report


def _failure(case: Case, law: Law, error: Exception, where: str) -> Report:
    lines = [f"check_op: {case.name} breaks a law: {law.says} [{law.name}]"]
    if isinstance(error, GradientError):
        lines.append(_indented(str(error)))
    else:
        lines.append(_indented(f"{type(error).__name__}: {error}"))
        if place := _place(error):
            lines.append(f"  raised at {place}")
    if law.order == 2 and not isinstance(error, GradientError):
        lines.append(
            "  likely cause: the rule calls what cannot be differentiated again; write it with "
            "ops, or check orders=(1,) alone"
        )
    lines.append(f"  {where}")
    known = error.report if isinstance(error, GradientError) else None
    return Report(
        "fail",
        "\n".join(lines),
        evidence=known.evidence if known else None,
        culprit=known.culprit if known else None,
    )


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


OURS = tuple(str(Path(inspect.getfile(module)).parent) for module in (np, Report))


def _place(error: Exception) -> str:
    """The innermost line of the op's author."""
    package = str(Path(OURS[1]).parent)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((OURS[0], package, "<")):
            return f"{frame.filename}:{frame.lineno}   {frame.line}"
    return ""


# All cases --------------------------------------------------------------------------------------

TELLING = ("equals_differences", "second_order")
"""The laws that may be unable to tell, and that an op has not been tested without."""


def _sum(name: str, trials: Sequence[Trial], points: int, seed: str) -> Report:
    parts = tuple(trial.report for trial in trials)
    broken = [trial for trial in trials if trial.failure is not None]
    if broken:
        first = broken[0].failure
        assert first is not None
        message = first.message
        if len(broken) > 1:
            also = ", ".join(t.law.name for t in broken[1:])
            message += f"\n  also broken, maybe for the same reason: {also}"
        return Report("fail", message, "", first.evidence, first.culprit, parts)
    for trial in trials:
        if trial.law.name not in TELLING:
            continue
        told = [r for r in trial.doubts if r.reason != "nothing to check"]
        if len(told) > trial.held:
            return _vacuous(name, trial, told, parts, seed)
        if trial.doubts and not trial.held:
            return Report(
                "inconclusive",
                f"check_op: {name} was tried on arrays without elements alone",
                "nothing to check",
                parts=parts,
            )
    doubts = max(sum(r.reason != "nothing to check" for r in t.doubts) for t in trials)
    unsure = f", {doubts} of them inconclusive" if doubts else ""
    message = f"check_op: {name} obeys {len(trials)} laws at {count(points, 'point')}{unsure}"
    return Report("pass", message, parts=parts)


def _vacuous(
    name: str, trial: Trial, told: Sequence[Report], parts: tuple[Report, ...], seed: str
) -> Report:
    reasons = ", ".join(f"{n} {why}" for why, n in Counter(r.reason for r in told).most_common())
    return Report(
        "fail",
        f"check_op: {name} was hardly tested: {trial.law.says} [{trial.law.name}]\n"
        f"  of {trial.held + len(told)} points only {trial.held} told anything, {len(told)} were "
        f"inconclusive ({reasons})\n"
        f"  the first of them: {told[0].message}\n"
        "  give it other points: a domain=, samples= or points= away from kinks and poles\n"
        f"  {seed}",
        parts=parts,
    )
