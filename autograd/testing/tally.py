"""Verdicts counted: of the checks of a test, and of the examples of a property.

A property whose examples are mostly inconclusive has tested nothing, however green it is: the
smallest case is ``relu`` at random floats, where every second example has a zero in it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .report import Report

__all__ = [
    "Examples",
    "InconclusiveError",
    "Tally",
    "collecting",
    "conclusive",
    "counting",
    "current",
    "record",
    "under_hypothesis",
]


class InconclusiveError(AssertionError):
    """Too little could be told for a test to mean anything."""


@dataclass
class Examples:
    """How many examples of a property told something, and why the others did not."""

    conclusive: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first: str = ""
    """The message of the first that was inconclusive."""

    @property
    def total(self) -> int:
        return self.conclusive + self.reasons.total()

    @property
    def vacuous(self) -> bool:
        """Whether fewer than half were conclusive."""
        return self.conclusive < self.reasons.total()

    def hopeless(self, wanted: int) -> bool:
        """Whether the test is vacuous even if all of the rest is conclusive."""
        return self.reasons.total() > wanted

    def add(self, report: Report) -> None:
        """Count one example."""
        if report.verdict != "inconclusive":
            self.conclusive += 1
            return
        self.first = self.first or report.message
        self.reasons[report.reason or "other"] += 1

    def clear(self) -> None:
        """Forget what was counted."""
        self.conclusive, self.first = 0, ""
        self.reasons.clear()

    def judgement(self, name: str) -> str:
        """What to say of a property that tested next to nothing; nothing of any other."""
        if not self.vacuous:
            return ""
        why = ", ".join(f"{n} {reason}" for reason, n in self.reasons.most_common())
        first = self.first.replace("\n", "\n    ")
        return (
            f"{name}: this test is vacuous: of {self.total} examples only {self.conclusive} "
            f"told anything about the gradient, {self.reasons.total()} were inconclusive ({why})\n"
            f"  the first of them: {first}\n"
            "  draw other points: narrow the domain (domain=(0.5, 2), or {'x': (0.5, 2)}) to where "
            "the function is smooth and finite, or take distinct numbers away from zero "
            "(autograd.testing.strategies.smooth_points)"
        )


@dataclass
class Tally:
    """The verdicts of what is run, and what the person who runs it asked for."""

    counts: Counter[str] = field(default_factory=Counter)
    """Of ``passed``, ``failed`` and ``inconclusive`` checks, and of examples."""
    max_examples: int | None = None
    seed: int | None = None

    def take(self) -> dict[str, int]:
        """What was counted since it was last asked for."""
        counts = {key: n for key, n in self.counts.items() if n}
        self.counts.clear()
        return counts


# The innermost is the one that counts. A test may run tests itself.
_tallies: list[Tally] = []
_properties: list[Examples] = []


@contextmanager
def collecting(tally: Tally) -> Iterator[Tally]:
    """Count the checks made inside in a tally."""
    _tallies.append(tally)
    try:
        yield tally
    finally:
        _tallies.remove(tally)


@contextmanager
def counting() -> Iterator[Examples]:
    """Count the examples that :func:`conclusive` is given inside."""
    examples = Examples()
    _properties.append(examples)
    try:
        yield examples
    finally:
        _properties.pop()


def current() -> Tally:
    """The tally that counts now; one that nobody reads if there is none."""
    return _tallies[-1] if _tallies else Tally()


VERDICTS = {"pass": "passed", "fail": "failed", "inconclusive": "inconclusive"}


def record(report: Report) -> Report:
    """Count a check in the summary of the test run, if there is one; the report itself."""
    current().counts[VERDICTS[report.verdict]] += 1
    return report


def under_hypothesis() -> bool:
    """Whether a Hypothesis test is running."""
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and hypothesis.currently_in_test_context()


def conclusive(report: Report) -> Report:
    """Let Hypothesis look elsewhere where a check cannot tell anything.

    For the checks in a test of your own with ``@given``. An inconclusive one rejects the example,
    with an event for Hypothesis's statistics; with the pytest plugin, a test of whose examples
    fewer than half are conclusive fails.

    Parameters
    ----------
    report : Report
        Of a check; with ``raise_exception=False`` or not.

    Returns
    -------
    Report
        If it is a pass.

    Raises
    ------
    GradientError
        If the check failed.
    InconclusiveError
        If it is inconclusive, and Hypothesis is not running, so that there is no other example.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import given, strategies as st
    >>> from autograd.testing import conclusive, gradcheck
    >>> @given(st.floats(-2, 2, width=16))
    ... def test_abs(x):
    ...     conclusive(gradcheck(np.abs, x))  # not at zero
    >>> test_abs()
    """
    __tracebackhide__ = True
    if _properties:
        _properties[-1].add(report)
    if report.verdict == "inconclusive":
        if not under_hypothesis():
            raise InconclusiveError(report.message)
        from hypothesis import event, reject

        event(f"inconclusive: {report.reason or 'other'}")
        reject()
    return report.settle()
