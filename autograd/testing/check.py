"""Gradient checks with three verdicts: pass, fail and inconclusive.

A rule is compared with differences along random directions: <v, J u> against <vjp(v), u>, one
number each, whatever the sizes. Two directions are tried, one of absolute size and one relative to
each coordinate. *Pass* means agreement to within the numeric error, and an error small enough for
that to mean something; *fail* is confirmed at one element or in a fresh direction, at a smooth
point; anything else (a kink, the edge of a domain, noise) is *inconclusive* and never a pass.

The smallest case that breaks the ordinary tolerance test: relu at 0, where a right rule "fails".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import transforms
from ..containers import flatten
from .compare import Comparer, Comparison
from .culprit import confirm
from .line import Probe, flat
from .report import GradientError, Report
from .structure import structure
from .subject import Subject, cotangents, directions

__all__ = ["check_grads", "gradcheck"]

MODES = ("reverse", "forward")


def gradcheck(
    f: Callable[..., Any],
    *inputs: Any,
    vjp: Any = None,
    jvp: Any = None,
    raise_exception: bool = True,
    seed: int = 0,
) -> Report:
    """Check a function's reverse-mode derivative against differences.

    Parameters
    ----------
    f : callable
        Takes floats and arrays (or containers of them), returns a number, an array or a container.
        It is called with ``Value`` and ``Tensor`` arguments; with plain ones if ``vjp`` or ``jvp``
        is given.
    *inputs : float, array, Value, Tensor or containers of them
        Where to check. Integers and anything else without a floating dtype are held constant.
    vjp : callable, or tuple of callables, optional
        Check this rule in place of the engine's: ``vjp(*inputs, cotangent)`` gives the cotangents
        of the inputs, as a tuple if there are several; or one such rule for each input.
    jvp : callable, optional
        Check this rule: ``jvp(*inputs, *tangents)`` gives the output's tangent.
    raise_exception : bool
        Raise when the rule is wrong. Otherwise look at the report.
    seed : int
        The random directions; the same seed repeats a check exactly.

    Returns
    -------
    Report
        True only if the check passed: neither for a wrong rule nor where nothing can be said (at a
        kink, at the edge of the domain). So write ``assert gradcheck(...)``.

    Raises
    ------
    GradientError
        If the rule is wrong. The message names the element, the two numbers and a likely cause.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import gradcheck
    >>> x = np.array([0.5, -1.0, 2.0])
    >>> bool(gradcheck(np.tanh, x))
    True
    >>> gradcheck(np.tanh, x, vjp=lambda x, g: g * (1 - np.tanh(x)))
    Traceback (most recent call last):
        ...
    autograd.testing.report.GradientError: gradcheck: tanh: d/d(x) is wrong   [confirmed at one ...
    """
    subject = Subject(f, inputs, vjp, jvp)
    modes = ["reverse"] if jvp is None else ["forward"] if vjp is None else list(MODES)
    title = f"gradcheck: {subject.name}"
    reports = [_check(subject, mode, seed, title) for mode in modes]
    return _outcome(reports, raise_exception)


def _outcome(reports: Sequence[Report], raise_exception: bool) -> Report:
    for verdict in ("fail", "inconclusive"):
        for report in reports:
            if report.verdict == verdict:
                if verdict == "fail" and raise_exception:
                    raise GradientError(report.message)
                return report
    if len(reports) == 1:
        return reports[0]
    return Report("pass", f"{len(reports)} checks agree, the last: {reports[-1].message}")


def check_grads(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 2,
    modes: Sequence[str] = MODES,
    raise_exception: bool = True,
    seed: int = 0,
) -> Report:
    """Check a function's derivatives up to an order, in every mix of the modes.

    Parameters
    ----------
    f, *inputs, raise_exception, seed
        As for :func:`gradcheck`.
    order : int
        The highest order to check.
    modes : sequence of {"reverse", "forward"}
        The modes to check and to combine: both give ``2 + 4`` checks at order 2.

    Returns
    -------
    Report
        True only if every check passed.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import check_grads
    >>> bool(check_grads(lambda x: np.sum(np.sin(x) * x), np.array([0.5, 1.0])))
    True
    """
    if order < 1:
        raise ValueError(f"order is a positive number, got {order}")
    for mode in modes:
        if mode not in MODES:
            raise ValueError(f"modes are {' and '.join(MODES)}; got {mode!r}")
    start = Subject(f, inputs)
    reports = []
    level: list[tuple[str, Subject]] = [("", start)]
    for k in range(1, order + 1):
        deeper = []
        for path, subject in level:
            for mode in modes:
                through = f"{mode} over {path}" if path else mode
                title = f"check_grads: {start.name}, order {k} ({through})"
                report = _check(subject, mode, seed, title)
                reports.append(report)
                if report.verdict == "fail":
                    return _outcome(reports, raise_exception)
                if k < order:
                    derived = _derivative(subject, mode, seed)
                    deeper.append((through, derived))
        level = deeper
    return _outcome(reports, raise_exception)


def _derivative(subject: Subject, mode: str, seed: int) -> Subject:
    """A function's derivative in a fixed direction, as a function to be checked itself."""
    rng = np.random.default_rng([seed, 1])
    if mode == "reverse":
        outputs, tree = flatten(subject.call(*subject.xs))
        cotangent = tree.build(cotangents(outputs, rng))

        def derived(*xs: Any) -> Any:
            return transforms.vjp(subject.call, *xs)[1](cotangent)

    else:
        tangents = tuple(subject.shaped(directions(rng, sum(subject.sizes))))

        def derived(*xs: Any) -> Any:
            return transforms.jvp(subject.call, xs, tangents)[1]

    derived.__name__ = subject.name
    made = Subject(derived, subject.xs)
    made.names = subject.names
    return made


# One check ---------------------------------------------------------------------------------


def _along(subject: Subject, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Two directions: of absolute size, and relative to each coordinate.

    Coordinates that are not finite stay where they are.
    """
    x = flat(subject.xs)
    finite = np.isfinite(x)
    size = np.where(finite, np.abs(x), 0.0)
    usual = float(np.mean(size)) if np.any(size > 0) else 1.0
    yield directions(rng, x.size) * finite
    yield directions(rng, x.size) * np.where(size > 0, size, usual) * finite


@np.errstate(all="ignore")
def _check(subject: Subject, mode: str, seed: int, title: str) -> Report:
    """Check one mode of one function."""
    rng = np.random.default_rng(seed)
    if mode == "reverse":
        wrong = structure(subject, rng)
        if wrong is not None:
            return Report("fail", f"{title}: {wrong}")
    comparer = Comparer(subject, mode)
    n_out = sum(int(np.prod(s)) for s in comparer.shapes)
    repeated = Probe(subject.evaluate, subject.xs).start
    if not np.array_equal(repeated, comparer.probe.start, equal_nan=True):
        return Report(
            "inconclusive", f"{title}: the function gives another result when called again"
        )
    if n_out == 0 or sum(subject.sizes) == 0:
        return Report("pass", f"{title}: nothing to compare, there are no elements")
    doubts = []
    for u in _along(subject, rng):
        v = directions(rng, n_out)
        found = comparer.compare(u, v)
        if found.verdict == "fail":
            report = confirm(comparer, u, v, rng, seed, title)
            if report.verdict == "fail":
                return report
            doubts.append(report.message)
        elif found.verdict == "inconclusive":
            doubts.append(f"{title}: {_why(found)} ({mode} mode, seed {seed})")
    if doubts:
        return Report("inconclusive", doubts[0])
    return Report("pass", f"{title}: {mode} mode agrees with differences in two directions")


def _why(found: Comparison) -> str:
    d = found.numeric
    if d.kind == "smooth":
        return (
            f"the numeric derivative is too uncertain to tell: {d.value:.6g} ± {d.error:.1g} "
            f"against {found.analytic:.6g}"
        )
    reason = {
        "kink": "the function has a kink here",
        "jump": "the function jumps here",
        "edge": "the point is at the edge of the domain, or the result is not finite",
        "noisy": "the function is too noisy here",
    }[d.kind]
    return f"{reason}; choose another point"
