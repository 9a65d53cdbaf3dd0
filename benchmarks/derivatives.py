"""Ways to differentiate numerically, side by side: ``python -m benchmarks.derivatives``.

For each method, over all smooth cases: the median and worst relative error, how many cases are off
by more than 1e-6, how often the function is called, and of how many results the error estimate is
too small by more than a factor of four. SciPy and numdifftools take part where they are installed.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.testing import numeric_derivative

from .derivative_cases import CASES, Case

__all__ = ["METHODS", "Score", "main", "score", "table"]

Method = Callable[[Callable[[Any], Any], float], tuple[float, float | None]]
"""Gives a derivative and its error, ``None`` if it claims none."""

OFF = 1e-6
ROUND_OFF = 1e-15


def forward(step: float) -> Method:
    """One-sided difference of a fixed step."""
    return lambda f, x: ((f(x + step) - f(x)) / step, None)


def central(step: float) -> Method:
    """Central difference of a fixed step."""
    return lambda f, x: ((f(x + step) - f(x - step)) / (2 * step), None)


def ridders(f: Callable[[Any], Any], x: float) -> tuple[float, float | None]:
    """Neville's table over falling steps, stopped when it gets worse (Ridders 1982)."""
    ratio, step = 2.0, 0.1 * (abs(x) or 1.0)
    rows: list[list[float]] = []
    found, error = np.nan, np.inf
    for k in range(10):
        row = [float((f(x + step) - f(x - step)) / (2 * step))]
        for j in range(1, k + 1):
            factor = ratio ** (2 * j)
            row.append((factor * row[j - 1] - rows[-1][j - 1]) / (factor - 1))
            claim = max(abs(row[j] - row[j - 1]), abs(row[j] - rows[-1][j - 1]))
            if claim <= error:
                found, error = row[j], claim
        if rows and abs(row[-1] - rows[-1][-1]) >= 2 * error:
            break
        rows.append(row)
        step /= ratio
    return found, error


def numdifftools(f: Callable[[Any], Any], x: float) -> tuple[float, float | None]:
    """``numdifftools.Derivative`` as it comes."""
    from numdifftools import Derivative

    found = Derivative(np.vectorize(f, otypes=[float]), full_output=True)(x)
    if len(found) == 2:  # a value and the rest, in older releases
        return float(found[0]), float(found[1].error_estimate)
    return float(found.estimate), float(found.error_estimate)


def scipy(f: Callable[[Any], Any], x: float) -> tuple[float, float | None]:
    """``scipy.differentiate.derivative`` as it comes."""
    from scipy.differentiate import derivative

    found = derivative(np.vectorize(f, otypes=[float]), x)
    return float(found.df), float(found.error)


def ladder(f: Callable[[Any], Any], x: float) -> tuple[float, float | None]:
    """Ours."""
    found = numeric_derivative(f, x)
    return found.value, found.error


def complex_step(f: Callable[[Any], Any], x: float) -> tuple[float, float | None]:
    """The imaginary part, where there is one; nothing tells whether there should be."""
    return float(np.imag(f(complex(x, 1e-20))) / 1e-20), None


METHODS: dict[str, Method] = {
    "forward, 1.5e-8": forward(1.5e-8),
    "central, 1e-3": central(1e-3),
    "central, 1e-4": central(1e-4),
    "central, 1e-6": central(1e-6),
    "central, 5e-7": central(5e-7),
    "Ridders": ridders,
    "numdifftools": numdifftools,
    "SciPy differentiate": scipy,
    "ladder (ours)": ladder,
    "complex step, 1e-20": complex_step,
}


@dataclass(frozen=True)
class Score:
    """What a method made of the cases."""

    errors: list[float]
    """Relative errors; infinite where the method gave no number."""
    calls: list[int]
    understated: int | None
    """Claims too small by more than four times; ``None`` if the method makes none."""


def score(method: Method, cases: tuple[Case, ...] = CASES) -> Score:
    """Run a method on all cases.

    Raises
    ------
    ImportError
        If the method is a package's that is not installed.
    """
    errors, calls, understated = [], [], None
    for case in cases:
        count = 0

        def counted(x: Any, f: Callable[[Any], Any] = case.f) -> Any:
            nonlocal count
            count += 1
            # NumPy's numbers divide by zero and leave domains without raising.
            return f(np.complex128(x) if isinstance(x, complex) else np.float64(x))

        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, claim = method(counted, case.x)
        off = abs(value - case.true)
        errors.append(float(off / abs(case.true) if case.true else off) if off == off else np.inf)
        calls.append(count)
        if claim is not None:
            # NaN is no number, so no claim about one can be right.
            right = off <= 4 * claim + ROUND_OFF * abs(case.true)
            understated = (understated or 0) + (not right and value == value)
    return Score(errors, calls, understated)


def table() -> str:
    """The comparison, as a table in Markdown."""
    lines = [
        "| method | median | worst | above 1e-6 | calls | claims short by over 4x |",
        "|---|---|---|---|---|---|",
    ]
    for name, method in METHODS.items():
        cases = tuple(c for c in CASES if c.analytic) if method is complex_step else CASES
        try:
            s = score(method, cases)
        except ImportError as error:
            lines.append(f"| {name} | not installed ({error.name}) | | | | |")
            continue
        lines.append(
            f"| {name} | {np.median(s.errors):.1e} | {max(s.errors):.1e} "
            f"| {sum(e > OFF for e in s.errors)} of {len(cases)} | {np.median(s.calls):.0f} "
            f"| {'none made' if s.understated is None else s.understated} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Print the table."""
    print(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
