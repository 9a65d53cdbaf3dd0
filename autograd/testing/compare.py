"""One number from a rule against the same number from differences."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..containers import flatten
from ..op import plain
from .ladder import Derivative
from .line import EPS, Probe, flat
from .numeric import slope_along
from .subject import Subject

__all__ = ["Comparer", "Comparison"]

AGREE = 1e-9
"""Relative difference that is always allowed."""

NEARBY = 6
"""Points next to the point at which a rule is asked for its rounding."""

LEVELS = 3
"""How many steps in a row make a slope that the function has on a coarser scale."""

HARDLY = 1e-4
"""Part of a result by which rounding inside of a function may change it."""


@dataclass(frozen=True)
class Comparison:
    verdict: str
    analytic: float
    numeric: Derivative
    rounded: bool = False
    """Whether the rule is right in double precision, and single precision leaves no digits."""


class Comparer:
    """Compares <v, J u> from a rule with the same number from differences."""

    def __init__(self, subject: Subject, mode: str, probe: Probe | None = None) -> None:
        self.subject = subject
        self.mode = mode
        if probe is not None:
            self.probe = probe
        self.pulled: tuple[bytes, list[Any]] | None = None
        if mode == "reverse":
            self.outputs, _, self.pull = subject.reverse()
        else:
            self.outputs, _ = flatten(subject.evaluate(*subject.xs))
        self.shapes = [np.shape(plain(x)) for x in self.outputs]
        precisions = [np.finfo(x.dtype).eps for x in subject.xs if isinstance(x, np.ndarray)]
        self.eps = float(max(precisions, default=EPS))

    @cached_property
    def probe(self) -> Probe:
        """The function near the point; who asks for the rule's numbers alone does not need it."""
        return Probe(self.subject.evaluate, self.subject.xs)

    def vs(self, v: np.ndarray) -> list[Any]:
        """A flat cotangent as one array (or float) for each output."""
        parts = np.split(v, np.cumsum([int(np.prod(s)) for s in self.shapes])[:-1])
        shaped = []
        for x, p in zip(map(plain, self.outputs), parts, strict=True):
            real = isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "f"
            p = p.reshape(np.shape(x))
            shaped.append(p.astype(x.dtype) if real else float(p) if np.ndim(x) == 0 else p)
        return shaped

    def analytic(self, u: np.ndarray, v: np.ndarray) -> tuple[float, float]:
        """The rule's number, and the size of the terms it is the sum of."""
        if self.mode == "reverse":
            key = v.tobytes()
            if self.pulled is None or self.pulled[0] != key:
                self.pulled = key, self.pull(self.vs(v))
            terms = _weighted(flat(self.pulled[1]), u)
        else:
            terms = _weighted(flat(self.subject.forward(self.subject.shaped(u))), v)
        # Roundings are independent of one another: they add up like a random walk.
        return float(np.sum(terms)), _norm(terms)

    def compare(
        self, u: np.ndarray, v: np.ndarray, quick: bool = True, provisional: bool = False
    ) -> Comparison:
        """One verdict; from the quick form of the numeric derivative if that is clearly enough.

        A ``provisional`` failure may come from it too, and must be confirmed.
        """
        us = [None if not np.any(part) else part for part in map(_double, self.subject.shaped(u))]
        a, terms = self.analytic(u, v)
        weighted = _norm(v * self.probe.start)
        if quick and np.isfinite(a):
            d = slope_along(self.probe, us, v, quick=True)
            size = max(abs(a), abs(d.value))
            if d.kind == "smooth" and d.error <= 1e-7 * size:
                if abs(a - d.value) <= 4 * d.error + AGREE * size:
                    return Comparison("pass", a, d)
                if provisional and abs(a - d.value) > 100 * d.error + 1e-3 * size:
                    return Comparison("fail", a, d)
        d = slope_along(self.probe, us, v)
        if d.kind != "smooth":
            return Comparison("inconclusive", a, d)
        if not np.isfinite(a):
            return Comparison("fail", a, d)
        size = max(abs(a), abs(d.value))
        slack = 4 * d.error + AGREE * size + 64 * self.eps * terms
        if abs(d.value) <= 4 * d.error:
            # Where terms cancel, a right rule leaves their rounding: x - (x + 0) has slope 1e-17.
            slack += 64 * self.eps * float(np.linalg.norm(u) * np.linalg.norm(v))
        if abs(a - d.value) > slack:
            close = abs(a - d.value) <= 64 * self.eps * (weighted + terms)
            elsewhere = self.subject.movable and not provisional
            jitter = 4 * self._jitter(u, v) if elsewhere else 0.0
            close = close or abs(a - d.value) <= jitter
            if self.eps > EPS and close and self._right_in_doubles(u, v, d):
                return Comparison("inconclusive", a, d, rounded=True)
            slack += jitter
            if abs(a - d.value) > slack:
                scales = (weighted, jitter)
                if not provisional and self._right_on_a_coarser_scale(us, v, a, d, *scales):
                    return Comparison("inconclusive", a, replace(d, kind="noisy"))
                return Comparison("fail", a, d)
        # A derivative that is zero as far as doubles can tell agrees with a rule that says so.
        resolved = (
            slack <= 0.01 * size
            or slack <= AGREE * (weighted + terms)
            or slack <= AGREE * self._at_a_distance(us, v)
        )
        return Comparison("pass" if resolved else "inconclusive", a, d)

    def _jitter(self, u: np.ndarray, v: np.ndarray) -> float:
        """By how much rounding changes the rule's number: over points a few units away.

        The smallest case: ``expm1(x) / x`` at 1e-8, whose rule subtracts 1e8 from 1e8. The point
        itself is left out, since a rule may be wrong there and nowhere else.
        """
        rng = np.random.default_rng(0)
        found = []
        with suppress(Exception):  # a function may be picky about its points
            for _ in range(NEARBY):
                near = [_nudged(x, rng) for x in self.subject.xs]
                found.append(Comparer(self.subject.at(near), self.mode).analytic(u, v)[0])
        jitter = max(found, default=0.0) - min(found, default=0.0)
        return jitter if np.isfinite(jitter) else 0.0

    def _right_on_a_coarser_scale(
        self,
        us: list[Any],
        v: np.ndarray,
        a: float,
        d: Derivative,
        size: float,
        rounding: float,
    ) -> bool:
        """Whether the rule's slope is the function's until rounding inside makes it another one.

        The smallest case: ``(exp(x) - 1) / x`` at 1e-8. Closer than 1e-16, ``exp(x)`` does not
        change any more, and what is left is ``1e-8 / x``, as smooth as can be.
        """
        line = self.probe.line(us, 4.0 ** -np.arange(26.0), v)
        slopes = (line.above - line.below)[:, 0] / (2 * line.steps)
        off = abs(a - d.value)
        near = np.abs(slopes - a) <= 0.01 * min(max(abs(a), 100 * rounding), off)
        # At a kink nearby, the mean of its two slopes is no slope.
        near &= np.abs(line.above + line.below)[:, 0] / line.steps <= 0.5 * off
        runs = np.convolve(near, np.ones(LEVELS), "valid") == LEVELS
        if not runs.any():
            return False
        # Another slope that close is rounding if it hardly changes the result.
        finest = line.steps[np.flatnonzero(runs)[-1] + LEVELS - 1] / 4
        return bool(off * finest <= HARDLY * (size + abs(a) + rounding))

    def _at_a_distance(self, us: list[Any], v: np.ndarray) -> float:
        """The slope to points at some distance: what a derivative of zero is small against."""
        line = self.probe.line(us, np.array([0.25]), v)
        return float(np.nan_to_num(max(abs(line.above[0, 0]), abs(line.below[0, 0])) / 0.25))

    def _right_in_doubles(self, u: np.ndarray, v: np.ndarray, d: Derivative) -> bool:
        """Whether the same rule agrees when it is given doubles.

        The smallest case: ``1 - tanh(x) ** 2`` at 9 in single precision, which is off by half.
        """
        doubles = Comparer(self.subject.in_doubles(), self.mode)
        a, terms = doubles.analytic(u, v)
        return abs(a - d.value) <= 4 * d.error + AGREE * max(abs(a), abs(d.value)) + EPS * terms


def _norm(x: np.ndarray) -> float:
    """The norm; squares of 1e160 are out of range."""
    largest = float(np.max(np.abs(x), initial=0.0))
    if not 0 < largest < np.inf:
        return largest
    return largest * float(np.linalg.norm(x / largest))


def _weighted(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Terms of an inner product; what has no weight counts for nothing, NaN included."""
    return np.where(weights == 0, 0.0, x * weights)


def _nudged(x: Any, rng: np.random.Generator) -> Any:
    """A point a few units in the last place away; what is 0 stays 0.

    In double precision by so many that what is equal does not stay so: a tie has another slope.
    """
    eps = float(np.finfo(np.asarray(x).dtype).eps)
    most = 1024 if eps == EPS else 4
    by = 1 + eps * rng.integers(1, most, np.shape(x)) * rng.choice([-1, 1], np.shape(x))
    return x * float(by) if isinstance(x, float) else x * by.astype(x.dtype)


def _double(u: Any) -> Any:
    return u if isinstance(u, float) else u.astype(float)
