"""What there is to check at a kink: that the rule's slope lies between those of the two sides.

The smallest case that no tolerance serves: ``relu`` at 0, where 0, 1/2 and 1 are all right, and -1
and 2 are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .compare import AGREE
from .foreign import Foreign
from .ladder import Derivative
from .line import Probe, flat
from .numeric import full_slopes
from .report import Evidence, Report, combine, failed, position
from .structure import structure
from .subject import Subject, cotangents, directions

__all__ = ["check_subgradient"]

COORDINATES = 32
"""Coordinates, and outputs, that are looked at one by one; more are drawn at random."""

ONE_SIDED = 1e-6
"""How well a slope on one side is known, relative to its size."""

NEARBY = 2.0**-20
"""How far off, relative to the point, the slopes of the pieces around a kink are taken."""

PIECES = 24


def check_subgradient(
    f: Callable[..., Any],
    *inputs: Any,
    vjp: Any = None,
    directions: int = 4,
    raise_exception: bool = True,
    seed: int = 0,
) -> Report:
    """Check reverse mode where ``f`` may have kinks: ``relu`` at 0, ties of ``max``.

    A gradient g at a kink is right if it is a convex combination of the gradients around it, a
    member of Clarke's generalized gradient; for convex and for concave ``f`` that means that along
    every direction u the number <g, u> lies between the one-sided slopes of ``f``, and where ``f``
    is smooth it means the derivative (Clarke, "Optimization and Nonsmooth Analysis", 1983, sections
    2.1 and 2.2). For other kinks, such as that of ``abs(x) - abs(y)``, the slopes of the pieces
    around the point count as well.

    Parameters
    ----------
    f, *inputs, vjp, raise_exception, seed
        As for :func:`gradcheck`.
    directions : int
        How many random directions to try besides those of the coordinates.

    Returns
    -------
    Report
        True only if every slope could be told, and every one of the rule's is admissible.

    Raises
    ------
    GradientError
        If one is not. Note that a function may be smooth while what it is made of is not:
        relu(x) - relu(-x) is x, and the chain rule makes 0 of it at 0.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import relu
    >>> from autograd.testing import check_subgradient
    >>> bool(check_subgradient(relu, np.array([0.0, 1.0, -2.0])))
    True
    >>> report = check_subgradient(
    ...     relu,
    ...     np.array([0.0]),
    ...     vjp=lambda x, g: g * np.where(x == 0, 2.0, x > 0),
    ...     raise_exception=False,
    ... )
    >>> print(report.message)
    check_subgradient: relu: not a subgradient   [seed 0]
      x[0] -> out[0]   analytic 2   between 0 and 1   (kink)
    """
    if vjp is None and isinstance(f, Foreign):
        vjp = f.vjp
    subject = Subject(f, inputs, vjp)
    title = f"check_subgradient: {subject.name}"
    rng = np.random.default_rng(seed)
    wrong = structure(subject, rng)
    if wrong is not None:
        return failed(f"{title}: {wrong}").settle(raise_exception)
    with np.errstate(all="ignore"):
        rows = _Rows(subject, rng)
        found = [
            _look(rows, u, told, f"{title}: {{}}   [seed {seed}]", rng)
            for u, told in _along(subject, directions, rng)
        ]
    return combine(found, lambda n: f"{title}: admissible along {n} directions").settle(
        raise_exception
    )


class _Rows:
    """Some rows of the Jacobian as the rule has it."""

    def __init__(self, subject: Subject, rng: np.random.Generator) -> None:
        self.subject = subject
        self.probe = Probe(subject.evaluate, subject.xs)
        outputs, _, self.pull = subject.reverse()
        self.shapes = self.probe.shapes
        sizes = [int(np.prod(s)) for s in self.shapes]
        every = np.arange(sum(sizes))
        if len(every) > COORDINATES:
            every = np.sort(rng.choice(every, COORDINATES, replace=False))
        self.outputs = every
        ends = np.cumsum(sizes)
        rows = []
        for k in every.tolist():
            vs = cotangents(outputs, rng)
            which = int(np.searchsorted(ends, k, side="right"))
            for i, v in enumerate(vs):
                one = np.zeros(np.size(v))
                if i == which:
                    one[k - (ends[i] - sizes[i])] = 1.0
                vs[i] = 1.0 * one[0] if isinstance(v, float) else _like(one, v)
            rows.append(flat(self.pull(vs)))
        self.jacobian = np.array(rows).reshape(len(every), -1)

    def target(self, k: int) -> str:
        """The name of an output element."""
        for i, shape in enumerate(self.shapes):
            size = int(np.prod(shape))
            if k < size:
                at = tuple(int(j) for j in np.unravel_index(k, shape)) if shape else ()
                return f"out{'' if len(self.shapes) == 1 else f' {i}'}{position(at)}"
            k -= size
        raise IndexError(k)


def _like(flat_numbers: np.ndarray, v: Any) -> Any:
    return flat_numbers.reshape(np.shape(v)).astype(v.dtype)


def _along(
    subject: Subject, count: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, str]]:
    """Directions and their names: of coordinates, and random ones of absolute and relative size."""
    x = flat(subject.xs)
    every = np.arange(x.size)
    if x.size > COORDINATES:
        every = np.sort(rng.choice(every, COORDINATES, replace=False))
    ends = np.cumsum(subject.sizes)
    for k in every.tolist():
        which = int(np.searchsorted(ends, k, side="right"))
        shape = np.shape(subject.xs[which])
        inner = k - int(ends[which]) + subject.sizes[which]
        at = tuple(int(j) for j in np.unravel_index(inner, shape)) if shape else ()
        yield np.where(np.arange(x.size) == k, 1.0, 0.0), f"{subject.names[which]}{position(at)}"
    size = np.where(x != 0, np.abs(x), 1.0)
    for n in range(count):
        yield directions(rng, x.size) * (size if n % 2 else 1.0), f"random direction {n + 1}"


@dataclass(frozen=True)
class _Range:
    """The slopes that are admissible along a direction, for each output."""

    low: np.ndarray
    high: np.ndarray
    slack: np.ndarray


def _admissible(d: Derivative) -> _Range:
    kink = d.kind == "kink"
    low = np.where(kink, np.fmin(d.left, d.right), d.value)
    high = np.where(kink, np.fmax(d.left, d.right), d.value)
    size = np.maximum(np.abs(low), np.abs(high))
    return _Range(low, high, np.where(kink, ONE_SIDED * size, 4 * d.error + AGREE * size))


def _look(rows: _Rows, u: np.ndarray, told: str, text: str, rng: np.random.Generator) -> Report:
    """One direction: every output's slope by the rule against the admissible ones."""
    us = _shaped(rows.subject, u)
    d = full_slopes(rows.probe, us)
    d = Derivative(
        *(getattr(d, n)[rows.outputs] for n in ("value", "error", "kind", "left", "right"))
    )
    terms = np.where(u == 0, 0.0, rows.jacobian * u)
    slopes = np.add.reduce(terms, axis=1)
    known = (d.kind == "smooth") | (d.kind == "kink")
    if not known.all():
        kind = str(d.kind[int(np.argmin(known))])
        return Report("inconclusive", text.format(f"{told}: the point is of kind {kind}"), kind)
    allowed = _admissible(d)
    outside = _outside(slopes, allowed)
    if outside.any():
        around = _around(rows, us, allowed, rng)
        outside &= _outside(slopes, around)
        allowed = around
    if outside.any():
        k = int(np.argmax(outside))
        return _wrong(rows, k, told, slopes[k], allowed, d, text)
    size = np.maximum(np.maximum(np.abs(allowed.low), np.abs(allowed.high)), np.abs(slopes))
    whole = np.abs(rows.probe.start[rows.outputs]) + np.add.reduce(np.abs(terms), axis=1)
    # A slope of zero is known as well as doubles can tell it.
    usual = AGREE * (float(np.max(whole, initial=0.0)) or 1.0)
    if not np.all((allowed.slack <= 0.01 * size) | (allowed.slack <= usual)):
        return Report(
            "inconclusive", text.format(f"{told}: the slopes are too uncertain"), "no power"
        )
    return Report("pass", text.format(f"admissible along {told}"))


def _outside(slopes: np.ndarray, allowed: _Range) -> np.ndarray:
    inside = (slopes >= allowed.low - allowed.slack) & (slopes <= allowed.high + allowed.slack)
    return ~inside  # NaN is nowhere inside


def _shaped(subject: Subject, u: np.ndarray) -> list[Any]:
    parts = np.split(u, np.cumsum(subject.sizes)[:-1])
    return [
        float(p[0]) if isinstance(x, float) else p.reshape(np.shape(x))
        for p, x in zip(parts, subject.xs, strict=True)
    ]


def _around(rows: _Rows, us: list[Any], allowed: _Range, rng: np.random.Generator) -> _Range:
    """The range with the slopes of the smooth pieces nearby, whose hull Clarke's gradient is."""
    x = flat(rows.subject.xs)
    size = np.where(x != 0, np.abs(x), 1.0)
    low, high = allowed.low.copy(), allowed.high.copy()
    for _ in range(PIECES):
        near = x + NEARBY * size * directions(rng, x.size)
        d = full_slopes(Probe(rows.subject.evaluate, _shaped(rows.subject, near)), us)
        value = np.where(d.kind == "smooth", d.value, np.nan)[rows.outputs]
        low, high = np.fmin(low, value), np.fmax(high, value)
    # A bend changes the slope on the way, by about as much as the way is long.
    bend = 64 * NEARBY * np.maximum(np.abs(low), np.abs(high))
    moved = (low < allowed.low - allowed.slack) | (high > allowed.high + allowed.slack)
    return _Range(low, high, np.where(moved, allowed.slack + bend, allowed.slack))


def _wrong(
    rows: _Rows, k: int, told: str, slope: float, allowed: _Range, d: Derivative, text: str
) -> Report:
    low, high, kind = float(allowed.low[k]), float(allowed.high[k]), str(d.kind[k])
    target = rows.target(int(rows.outputs[k]))
    should = f"between {low:.10g} and {high:.10g}" if kind == "kink" else f"numeric {low:.10g}"
    lines = f"\n  {told} -> {target}   analytic {slope:.10g}   {should}   ({kind})"
    if kind == "smooth":
        lines += (
            "\n  hint: the function is smooth here; if kinks inside it cancel, as in relu(x) - "
            "relu(-x), the chain rule does not know"
        )
    nearest = low if abs(slope - low) <= abs(slope - high) else high
    evidence = Evidence(told, target, float(slope), nearest, float(allowed.slack[k]))
    return Report("fail", text.format("not a subgradient") + lines, evidence=evidence)
