"""What a check reports, and what it raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.viz import Drawing

    from .locate import Culprit

__all__ = ["Evidence", "GradientError", "Report", "combine", "failed", "position"]


class GradientError(AssertionError):
    """A derivative rule is wrong; the message says where.

    Attributes
    ----------
    report : Report or None
        The whole report, with the graph to be drawn.
    """

    __module__ = "autograd.testing"  # where users know it from, and the summary line is short

    def __init__(self, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> Any:
        # Test workers send their failures home; graphs and rules stay where they are.
        return GradientError, (str(self),)


@dataclass(frozen=True)
class Evidence:
    """The number that is wrong, and the one it should be.

    Attributes
    ----------
    source, target : str
        The input element, such as ``b[0]``, and the output element, such as ``out[0, 1]``.
    analytic, numeric : float
        What the rule says, and what differences say.
    error : float
        The estimated error of ``numeric``.
    hint : str
        A likely cause, or nothing.
    """

    source: str
    target: str
    analytic: float
    numeric: float
    error: float
    hint: str = ""


@dataclass(frozen=True)
class Report:
    """The outcome of a check; true only if it passed.

    Attributes
    ----------
    verdict : str
        ``pass``, ``fail`` or ``inconclusive``.
    message : str
        What was found, to be read; of a failure the whole story.
    reason : str
        Why a check is inconclusive, in a word or two: ``kink``, ``jump``, ``edge``, ``noisy``, ``no
        power`` (the numeric error is too large to tell), ``not repeatable``, ``nothing to check``.
    evidence : Evidence or None
        The element that is wrong, if the failure is one of numbers.
    culprit : Culprit or None
        The op to blame, if there is a graph and one of its ops is.
    parts : tuple of Report
        The reports that this one sums up.
    """

    verdict: str
    message: str
    reason: str = ""
    evidence: Evidence | None = None
    culprit: Culprit | None = None
    parts: tuple[Report, ...] = ()

    def __bool__(self) -> bool:
        return self.verdict == "pass"

    def __repr__(self) -> str:
        return f"<{self.verdict}: {self.message}>"

    def settle(self, raise_exception: bool = True) -> Report:
        """This report, or the error that a failure is.

        Raises
        ------
        GradientError
            If the verdict is ``fail`` and ``raise_exception`` is true.
        """
        __tracebackhide__ = True  # pytest shows the line that asked
        if self.verdict == "fail" and raise_exception:
            raise GradientError(self.message, self)
        return self

    def draw(self, **options: Any) -> Drawing:
        """Draw the graph of the failure, the node to blame in red.

        Raises
        ------
        ValueError
            If no graph was recorded, or no op is to blame.
        """
        if self.culprit is None:
            raise ValueError("there is no op to blame, so there is no graph to mark it in")
        return self.culprit.draw(**options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        if self.culprit is None:
            return {"text/plain": repr(self)}
        return self.culprit.mimebundle(self.message)


def failed(message: str) -> Report:
    """A report of a failure that no number tells: a shape, a dtype, a side effect."""
    return Report("fail", message)


def combine(reports: Iterable[Report], passed: Callable[[int], str] | None = None) -> Report:
    """The report that several make together.

    The first failure; else the first inconclusive one; else a pass.
    """
    reports = tuple(reports)
    for verdict in ("fail", "inconclusive"):
        for r in reports:
            if r.verdict == verdict:
                return Report(r.verdict, r.message, r.reason, r.evidence, r.culprit, reports)
    if len(reports) == 1:
        return reports[0]
    if not reports:
        return Report("inconclusive", "there was nothing to check", "nothing to check")
    text = passed(len(reports)) if passed else f"all {len(reports)} checks agree"
    return Report("pass", text, parts=reports)


def position(index: tuple[int, ...]) -> str:
    """An index as text: ``[0, 1]``, and nothing for a number."""
    return "[" + ", ".join(map(str, index)) + "]" if index else ""
