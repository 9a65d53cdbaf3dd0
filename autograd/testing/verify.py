"""One check of one function in one mode: along two random directions, with a verdict.

A rule is compared with differences along random directions: <v, J u> against <vjp(v), u>, one
number each, whatever the sizes. Two directions are tried, one of absolute size and one relative to
each coordinate; where outputs are of very different sizes, a third that weighs them alike. *Pass*
means agreement to within the numeric error, and an error small enough for that to mean something;
*fail* is confirmed at one element or in a fresh direction, at a smooth point; anything else (a
kink, the edge of a domain, noise) is *inconclusive* and never a pass.

The smallest case that breaks the ordinary tolerance test: relu at 0, where a right rule "fails".
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from .compare import Comparer, Comparison
from .element import confirm
from .line import Probe, flat
from .proportion import disproportion
from .report import Report, failed
from .structure import structure, tangent_structure
from .subject import Subject, directions

__all__ = ["verify"]

RETRIES = 2
"""Fresh directions where one cannot tell."""

MIXED = 1e4
"""Outputs whose sizes differ by more than this are also checked at weights of their own."""


@np.errstate(all="ignore")
def verify(subject: Subject, mode: str, seed: int, title: str) -> Report:
    """Check one mode (``reverse`` or ``forward``) of one function."""
    rng = np.random.default_rng(seed)
    # First, or a rule would be blamed for what the function does.
    probe, again = _probe(subject), _probe(subject)
    if not np.array_equal(probe.start, again.start, equal_nan=True):
        return Report(
            "inconclusive",
            f"{title}: the function gives another result when called again; fix its seed, or "
            "switch random layers off with model.eval()",
            "not repeatable",
        )
    wrong = structure(subject, rng) if mode == "reverse" else tangent_structure(subject, rng)
    if wrong is not None:
        return failed(f"{title}: {wrong}")
    odd, layout = disproportion(subject, mode, rng) or ("", False)
    if odd and not layout:
        return failed(f"{title}: {odd}")
    comparer = Comparer(subject, mode, probe)
    n_out = probe.start.size
    if n_out == 0 or sum(subject.sizes) == 0:
        return Report("pass", f"{title}: shapes and dtypes agree; there are no elements")
    doubts = []
    for u, v, extra in _along(subject, probe.start, rng):
        found = comparer.compare(u, v)
        for _ in range(RETRIES):
            if found.verdict != "inconclusive" or found.numeric.kind != "smooth" or extra:
                break
            # The terms have cancelled, so that no digit is left to compare.
            u, v = u * rng.choice([-1.0, 1.0], u.size), directions(rng, v.size)
            found = comparer.compare(u, v)
        if found.verdict == "fail":
            report = confirm(comparer, u, v, rng, seed, title)
            if report.verdict == "fail":
                return report
        elif found.verdict == "inconclusive":
            report = _doubtful(found, f"{title}: {{}} ({mode} mode, seed {seed})")
        else:
            continue
        if not extra:
            doubts.append(report)
    if odd:
        return failed(f"{title}: {odd}")  # of the layout: an element that is wrong says more
    if doubts:
        return doubts[0]
    return Report("pass", f"{title}: {mode} mode agrees with differences in two directions")


def _probe(subject: Subject) -> Probe:
    """The function near the point."""
    try:
        return Probe(subject.evaluate, subject.xs)
    except TypeError as error:
        foreign = [name for name in ("torch", "jax") if name in sys.modules]
        if foreign and not subject.has_own_rules:
            error.add_note(
                f"if {subject.name} takes the tensors of another library, check "
                + " or ".join(f"from_{name}({subject.name})" for name in foreign)
            )
        raise


def _along(
    subject: Subject, start: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray, bool]]:
    """Two directions and cotangents, and an extra pair where outputs differ much in size.

    One direction is of absolute size, the others are relative to each coordinate. The smallest case
    that needs the extra: ``x * abs(x)`` at 1e-4 and 1e4, where the first output is lost in the
    rounding of the second. Coordinates that are not finite stay where they are.
    """
    x = flat(subject.xs)
    finite = np.isfinite(x)
    size = np.where(finite, np.abs(x), 0.0)
    size[size < NOTHING] = 0.0
    usual = float(np.mean(size)) if np.any(size > 0) else 1.0
    relative = np.where(size > 0, size, usual) * finite
    yield directions(rng, x.size) * finite, directions(rng, start.size), False
    yield directions(rng, x.size) * relative, directions(rng, start.size), False
    out = np.abs(start)
    seen = np.isfinite(out) & (out > NOTHING)
    if seen.any() and out[seen].max() > MIXED * out[seen].min():
        weights = 1 / np.where(seen, out, out[seen].max())
        if any(np.asarray(x).dtype.itemsize < 8 for x in subject.xs):
            weights = np.minimum(weights, LARGEST)
        yield directions(rng, x.size) * relative, directions(rng, start.size) * weights, True


NOTHING = 1e-150
"""Steps relative to a smaller coordinate would underflow."""

LARGEST = 1e30
"""Larger weights than this would overflow in single precision."""

REASONS = {
    "kink": "the function has a kink here",
    "jump": "the function jumps here",
    "edge": "the point is at the edge of the domain, or the result is not finite",
    "noisy": "the function is too noisy here",
}


def _doubtful(found: Comparison, text: str) -> Report:
    d = found.numeric
    if found.rounded:
        why = (
            f"single precision leaves no digits here: {found.analytic:.6g} against {d.value:.6g}; "
            "in double precision the rule agrees"
        )
        return Report("inconclusive", text.format(why), "no power")
    if d.kind == "smooth" and d.error <= 1e-3 * abs(d.value):
        why = (
            f"rounding leaves too few digits of the rule to tell: {found.analytic:.6g} against "
            f"{d.value:.6g} ± {d.error:.1g}"
        )
        return Report("inconclusive", text.format(why), "no power")
    if d.kind == "smooth":
        why = (
            f"the numeric derivative is too uncertain to tell: {d.value:.6g} ± {d.error:.1g} "
            f"against {found.analytic:.6g}"
        )
        return Report("inconclusive", text.format(why), "no power")
    why = f"{REASONS[d.kind]}; choose another point"
    return Report("inconclusive", text.format(why), d.kind)
