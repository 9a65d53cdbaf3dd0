"""One number from a rule against the same number from differences."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Comparison:
    verdict: str
    analytic: float
    numeric: Derivative
    rounded: bool = False
    """Whether the rule is right in double precision, and single precision leaves no digits."""


class Comparer:
    """Compares <v, J u> from a rule with the same number from differences."""

    def __init__(self, subject: Subject, mode: str) -> None:
        self.subject = subject
        self.mode = mode
        self.probe = Probe(subject.evaluate, subject.xs)
        self.pulled: tuple[bytes, list[Any]] | None = None
        if mode == "reverse":
            self.outputs, _, self.pull = subject.reverse()
        else:
            self.outputs, _ = flatten(subject.evaluate(*subject.xs))
        self.shapes = [np.shape(plain(x)) for x in self.outputs]
        precisions = [np.finfo(x.dtype).eps for x in subject.xs if isinstance(x, np.ndarray)]
        self.eps = float(max(precisions, default=EPS))

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
        return float(np.sum(terms)), float(np.sum(np.abs(terms)))

    def compare(
        self, u: np.ndarray, v: np.ndarray, quick: bool = True, provisional: bool = False
    ) -> Comparison:
        """One verdict; from the quick form of the numeric derivative if that is clearly enough.

        A ``provisional`` failure may come from it too, and must be confirmed.
        """
        us = [None if not np.any(part) else part for part in map(_double, self.subject.shaped(u))]
        a, terms = self.analytic(u, v)
        weighted = float(np.linalg.norm(v * self.probe.start))
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
            if self.eps > EPS and close and self._right_in_doubles(u, v, d):
                return Comparison("inconclusive", a, d, rounded=True)
            return Comparison("fail", a, d)
        # A derivative that is zero as far as doubles can tell agrees with a rule that says so.
        resolved = slack <= 0.01 * size or slack <= AGREE * (weighted + terms)
        return Comparison("pass" if resolved else "inconclusive", a, d)

    def _right_in_doubles(self, u: np.ndarray, v: np.ndarray, d: Derivative) -> bool:
        """Whether the same rule agrees when it is given doubles.

        The smallest case: ``1 - tanh(x) ** 2`` at 9 in single precision, which is off by half.
        """
        doubles = Comparer(self.subject.in_doubles(), self.mode)
        a, terms = doubles.analytic(u, v)
        return abs(a - d.value) <= 4 * d.error + AGREE * max(abs(a), abs(d.value)) + EPS * terms


def _weighted(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Terms of an inner product; what has no weight counts for nothing, NaN included."""
    return np.where(weights == 0, 0.0, x * weights)


def _double(u: Any) -> Any:
    return u if isinstance(u, float) else u.astype(float)
