"""The pytest plugin: a ``gradcheck`` fixture, options, a summary line, pictures of failures.

pytest imports this in every project of the environment, so whatever is not needed to be there is
imported when it is used.
"""

from __future__ import annotations

import argparse
import re
import zlib
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from .check import MODES
from .check import check_grads as _check_grads
from .check import gradcheck as _gradcheck
from .report import GradientError, Report
from .tally import (
    InconclusiveError,
    Tally,
    collecting,
    conclusive,
    counting,
    current,
    record,
    under_hypothesis,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Checker", "gradcheck"]

TALLY = pytest.StashKey[Tally]()
"""Of an item: the verdicts of its checks."""
TOTAL = pytest.StashKey[Counter[str]]()
"""Of the configuration: those of the whole run."""


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a positive number is wanted, got {text!r}")
    return int(text)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("gradients", "gradient checks (autograd.testing)")
    group.addoption(
        "--gradient-examples",
        type=_positive,
        metavar="N",
        help="how many examples each gradient_test tries",
    )
    group.addoption(
        "--gradient-seed",
        type=int,
        metavar="S",
        help="makes the examples and directions of gradient checks the same in every run",
    )
    group.addoption(
        "--gradient-dir",
        metavar="DIR",
        help="where the graphs of wrong gradients are drawn (default: in pytest's cache)",
    )


# The fixture -----------------------------------------------------------------------------------


class Checker:
    """Checks gradients as :func:`autograd.testing.gradcheck` does, and counts the verdicts."""

    def __repr__(self) -> str:
        return "<the gradcheck fixture>"

    def __call__(
        self,
        f: Callable[..., Any],
        *inputs: Any,
        order: int = 1,
        modes: Sequence[str] | None = None,
        seed: int | None = None,
        raise_exception: bool = True,
        allow_inconclusive: bool = False,
        **options: Any,
    ) -> Report:
        """Check a function's derivatives.

        Parameters
        ----------
        f, *inputs, raise_exception, **options
            As for :func:`~autograd.testing.gradcheck`: ``vjp``, ``jvp``, ``parameters``,
            ``locate``.
        order, modes
            As for :func:`~autograd.testing.check_grads`, which is called if either is given.
        seed : int, optional
            The random directions; they follow from the inputs, and ``--gradient-seed``, if not
            given.
        allow_inconclusive : bool
            Return an inconclusive report, and do not fail the test for it.

        Returns
        -------
        Report
            Of the check.

        Raises
        ------
        GradientError
            If the derivative is wrong. The test fails, too, if the check is inconclusive.
        """
        __tracebackhide__ = True
        if seed is None:
            from .property import seed_of

            seed = seed_of(inputs, current().seed)
        options = {**options, "seed": seed, "raise_exception": False}
        if order != 1 or modes is not None:
            report = _check_grads(f, *inputs, order=order, modes=modes or MODES, **options)
        else:
            report = _gradcheck(f, *inputs, **options)
        return self.settle(
            report, raise_exception=raise_exception, allow_inconclusive=allow_inconclusive
        )

    def settle(
        self, report: Report, *, raise_exception: bool = True, allow_inconclusive: bool = False
    ) -> Report:
        """Count the report of any other check, and fail the test if it is no pass."""
        __tracebackhide__ = True
        if report.verdict == "fail" and raise_exception:
            raise GradientError(report.message, report)  # counted when it ends the test
        if under_hypothesis() and not allow_inconclusive:
            return conclusive(report)
        record(report)
        if report.verdict == "inconclusive" and not allow_inconclusive:
            pytest.fail(
                f"inconclusive ({report.reason or 'other'}): {report.message}\n"
                "if that is all there is to know here, pass allow_inconclusive=True"
            )
        return report


@pytest.fixture(scope="session")
def gradcheck() -> Checker:
    """Check a gradient as autograd.testing.gradcheck does; an inconclusive check fails the test."""
    return Checker()


# Counting --------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Count the checks of one test, and of its fixtures."""
    options = item.config.option
    tally = Tally(max_examples=options.gradient_examples, seed=options.gradient_seed)
    item.stash[TALLY] = tally
    with collecting(tally):
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judge the examples of a test with ``@given``, which has no say once it is over."""
    with counting() as examples:
        try:
            result = yield
        except Exception as error:
            # Hypothesis gives up with advice of its own where most examples are rejected.
            refused = type(error).__name__ in ("FailedHealthCheck", "Unsatisfiable")
            if not (refused and examples.vacuous):
                raise
    tally = item.stash[TALLY]
    message = examples.judgement(item.name)
    if message:
        record(Report("inconclusive", message))
        pytest.fail(message, pytrace=False)
    if examples.total:
        tally.counts.update(passed=1, examples=examples.total, conclusive=examples.conclusive)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give pytest's report the counts, and the gradient's report."""
    report = yield
    tally = item.stash.get(TALLY, None)
    if tally is None:
        return report
    counts = tally.take()
    if call.excinfo is not None:
        errors = list(_chain(call.excinfo.value))
        wrong = [error for error in errors if isinstance(error, GradientError)]
        if wrong:
            counts["failed"] = counts.get("failed", 0) or 1
        elif any(isinstance(error, InconclusiveError) for error in errors):
            counts["inconclusive"] = counts.get("inconclusive", 0) or 1
        for error in wrong:
            if section := _section(item, error):
                report.sections.append(("gradient report", section))
    if counts:
        # What has no name of pytest's own travels from a worker as it is.
        report.gradients = counts  # type: ignore[attr-defined]
    return report


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those inside if it is a group."""
    yield error
    for inner in getattr(error, "exceptions", ()):
        yield from _chain(inner)


def pytest_configure(config: pytest.Config) -> None:
    """Start counting."""
    config.stash[TOTAL] = Counter()
    config.pluginmanager.register(_Total(config.stash[TOTAL]), "blamegraph-total")


class _Total:
    """Sums up what the reports bring, on this process or from workers."""

    def __init__(self, counts: Counter[str]) -> None:
        self.counts = counts

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.counts.update(getattr(report, "gradients", {}))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how many checks passed, if there were any."""
    counts = config.stash[TOTAL]
    verdicts = ("passed", "failed", "inconclusive")
    found = ", ".join(f"{counts[v]} {v}" for v in verdicts if counts[v])
    if not found:
        return
    if counts["examples"]:
        found += f" ({counts['conclusive']} of {counts['examples']} examples conclusive)"
    colour = "red" if counts["failed"] else "yellow" if counts["inconclusive"] else "green"
    terminalreporter.write_line(f"gradients: {found}", **{colour: True})


# Failures --------------------------------------------------------------------------------------


def _section(item: pytest.Item, error: GradientError) -> str:
    """What the error itself does not say: other checks that were no pass, where the drawing is."""
    report = error.report
    if report is None:
        return ""
    lines = [p.message for p in report.parts if not p and p.message != report.message]
    picture = _picture(item, report)
    if picture:
        lines.append(f"graph: {picture}")
    return "\n".join(lines)


def _picture(item: pytest.Item, report: Report) -> str:
    """Draw the graph of a failure: the file's name, why there is none, or nothing."""
    from autograd.viz import render

    given = item.config.option.gradient_dir
    cache: Any = getattr(item.config, "cache", None)
    if report.culprit is None or (given is None and cache is None):
        return ""
    try:
        folder = item.config.invocation_params.dir / given if given else cache.mkdir("gradients")
        folder.mkdir(parents=True, exist_ok=True)
        return str(render(report.draw(), folder / f"{_file_name(item.nodeid)}.svg"))
    except Exception as error:  # the test's own failure must not be lost
        return f"could not be drawn: {type(error).__name__}: {error}"


def _file_name(nodeid: str) -> str:
    """A test's name as that of a file, one of its own and no longer than any system takes."""
    name = re.sub(r"[^\w.-]+", "_", nodeid, flags=re.ASCII)[-100:].strip("_.-")
    return f"{name}-{zlib.crc32(nodeid.encode()):08x}"
