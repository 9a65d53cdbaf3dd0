"""Values and derivatives of elementwise ops in units in the last place, against many digits.

Differences are blind where a derivative is small beside the value: ``1 - tanh(x) ** 2`` has no
right digit at x = 20, and no difference can tell, as tanh does not change there. mpmath can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .. import transforms
from ..op import Elementwise, plain
from .accuracy_references import REFERENCES, Reference
from .exact import exact_derivative, exact_value, mpmath
from .report import Evidence, Report, combine

__all__ = ["check_accuracy", "tail_points"]


def check_accuracy(
    op: Callable[..., Any],
    points: Any = None,
    *,
    reference: Callable[..., Any] | None = None,
    ulps: float | tuple[float, float] | None = None,
    params: Mapping[str, Any] | None = None,
    raise_exception: bool = True,
    seed: int = 0,
) -> Report:
    """Check an elementwise op's value and first derivative against mpmath, in ulps.

    An ulp is the distance from the right number to the next of its precision; results below the
    smallest normal number may be zero. Differences cannot see errors in saturated tails and after
    cancellation; this can.

    Parameters
    ----------
    op : callable
        An elementwise op, or any function of arrays that works element by element.
    points : array, or tuple of arrays, optional
        One for each input. By default, points from the op's domain, and small, large and huge ones
        of either sign, as far as the reference is defined there.
    reference : callable, optional
        The same function for numbers of mpmath, such as ``mpmath.tanh``; its derivative is found
        by itself. The library's own ops have theirs.
    ulps : float or pair of floats, optional
        How far value and derivative may be off; by default 4, or what the table of references says
        for this op.
    params : mapping, optional
        Keyword arguments of ``op`` and of ``reference``.
    raise_exception, seed
        As for :func:`gradcheck`.

    Returns
    -------
    Report
        With the worst point as its evidence.

    Raises
    ------
    GradientError
        If a value or derivative is off by more than ``ulps``.
    ImportError
        If mpmath is not installed.

    Examples
    --------
    >>> import mpmath
    >>> from autograd.extend import elementwise
    >>> from autograd.testing import check_accuracy
    >>> naive = elementwise(np.tanh, lambda out, x: 1 - out * out, name="naive", numpy=())
    >>> report = check_accuracy(
    ...     naive, np.array([0.5, 20.0]), reference=mpmath.tanh, ulps=4, raise_exception=False
    ... )
    >>> report.verdict
    'fail'
    >>> print(report.message)
    naive: d/d(x) at x = 20.0 is 0.0 and should be 1.6993417021166355e-17: off by 5.5e+15 ulps ...
    """
    name = getattr(op, "__name__", type(op).__name__)
    known = REFERENCES.get(name) if reference is None else Reference(_ignoring_module(reference))
    if known is None:
        raise ValueError(
            f"there is no reference for {name}: give the same function for numbers of mpmath, such "
            "as reference=mpmath.tanh"
        )
    bounds = (known.value, known.slope) if ulps is None else np.broadcast_to(ulps, 2).tolist()
    choices = known.params if params is None and reference is None else (params or {},)
    every = [_check(op, name, known, points, bounds, dict(p), seed) for p in choices]
    return combine(every).settle(raise_exception)


def _ignoring_module(reference: Callable[..., Any]) -> Callable[..., Any]:
    return lambda module, *xs, **params: reference(*xs, **params)


VALUE = "the value"

# Points ---------------------------------------------------------------------------------------


def tail_points(rng: np.random.Generator) -> np.ndarray:
    """Numbers of either sign and every size, some of them next to one."""
    exponents = [
        rng.uniform(-1.0, 1.0, 24),
        rng.uniform(0.5, 3.0, 32),
        rng.uniform(-8.0, -1.0, 8),
        rng.uniform(-300.0, -8.0, 6),
        rng.uniform(3.0, 300.0, 6),
    ]
    size = 10.0 ** np.concatenate(exponents)
    near_one = 1 + rng.choice([-1.0, 1.0], 12) * 10.0 ** rng.uniform(-15.0, -1.0, 12)
    return np.concatenate([size, near_one]) * rng.choice([-1.0, 1.0], len(size) + 12)


def _drawn(op: Any, arity: int, rng: np.random.Generator) -> list[np.ndarray]:
    domain: Any = getattr(op, "domain", None) or ((-3.0, 3.0),) * arity
    columns = []
    for interval in domain:
        pair = interval if isinstance(interval[0], tuple) else (interval, interval)
        inside = [rng.uniform(side[0], side[1], 16) for side in pair]
        columns.append(rng.permutation(np.concatenate([*inside, tail_points(rng)])))
    if arity == 2:
        # Inputs that are nearly the same, and much the same in size.
        x = tail_points(rng)
        near = x * (1 + 10.0 ** rng.uniform(-12.0, 1.0, len(x)))
        columns = [np.concatenate([columns[0], x]), np.concatenate([columns[1], near])]
    return columns


# The check ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """The worst of one quantity."""

    ulps: float
    at: tuple[float, ...]
    ours: float
    true: float
    face: str


def _check(
    op: Callable[..., Any],
    name: str,
    known: Reference,
    points: Any,
    bounds: Sequence[float],
    params: dict[str, Any],
    seed: int,
) -> Report:
    exact = known.bound(params)
    if points is None:
        columns = _drawn(op, getattr(op, "arity", None) or 1, np.random.default_rng(seed))
    else:
        columns = [
            np.asarray(plain(p)) for p in (points if isinstance(points, tuple) else (points,))
        ]
    columns = [np.ravel(c) for c in np.broadcast_arrays(*columns)]
    rows = []
    for row in zip(*(c.tolist() for c in columns)):
        if points is not None or known.covers(row):
            value = exact_value(exact, row)
            if value is not None:
                rows.append((row, value))
    if params:
        name += "(" + ", ".join(f"{k}={v!r}" for k, v in params.items()) + ")"
    if not rows:
        return Report("inconclusive", f"{name}: no point is in the domain", "nothing to check")
    dtype = np.result_type(*columns, np.float16) if points is not None else np.dtype(float)
    xs = [np.array([row[i] for row, _ in rows], dtype) for i in range(len(columns))]
    call = partial(op, **params) if params else op
    inputs = getattr(op, "input_names", ()) or ["x"] if len(xs) == 1 else ["x", "y", "z"]
    kept = [i for i in range(len(xs)) if _partial(op, i) is not None]
    worst: dict[str, _Found] = {}
    for face in _faces(op, dtype):
        values, slopes = face(call, xs, kept)
        quantities = {VALUE: (values, [value for _, value in rows])}
        for i, slope in zip(kept, slopes):
            true = [exact_derivative(exact, row, i) for row, _ in rows]
            quantities[f"d/d({inputs[i]})"] = slope, true
        for what, (ours, true) in quantities.items():
            least = known.least if what == VALUE else 0.0
            at = [row for row, _ in rows]
            found = _worst(ours, true, at, dtype, face.__name__.strip("_"), least)
            if found is not None and (what not in worst or found.ulps > worst[what].ulps):
                worst[what] = found
    return _report(name, inputs, worst, bounds, len(rows))


def _partial(op: Any, i: int) -> Any:
    """A constant partial of 0 is one that is checked; ``None`` is no derivative at all."""
    return op.partials[i] if isinstance(op, Elementwise) else 1.0


def _faces(op: Any, dtype: np.dtype) -> list[Callable[..., Any]]:
    faces: list[Callable[..., Any]] = [_arrays]
    if isinstance(op, Elementwise) and dtype == np.float64:
        faces.append(_numbers)
    return faces


@np.errstate(all="ignore")
def _arrays(call: Callable[..., Any], xs: list[np.ndarray], kept: list[int]) -> tuple:
    """Value and partial derivatives of arrays."""

    def f(*moving: np.ndarray) -> Any:
        args = list(xs)
        for i, x in zip(kept, moving):
            args[i] = x
        return call(*args)

    value, pull = transforms.vjp(f, *(xs[i] for i in kept))
    slopes = pull(np.ones_like(value))
    return value, slopes if isinstance(slopes, tuple) else (slopes,)


@np.errstate(all="ignore")
def _numbers(call: Callable[..., Any], xs: list[np.ndarray], kept: list[int]) -> tuple:
    """The same, one number at a time: ops have other code for those."""
    values, slopes = [], []
    for row in zip(*(x.tolist() for x in xs)):
        try:
            value, slope = transforms.value_and_grad(call, argnums=tuple(kept))(*row)
        except (ArithmeticError, ValueError):
            value, slope = np.nan, (np.nan,) * len(kept)
        values.append(value)
        slopes.append(slope)
    return np.array(values), [np.array(s) for s in zip(*slopes)]


def _worst(
    ours: np.ndarray,
    true: Sequence[Any],
    rows: Sequence[tuple[float, ...]],
    dtype: np.dtype,
    face: str,
    least: float,
) -> _Found | None:
    mp = mpmath().mp
    largest, normal = float(np.finfo(dtype).max), float(np.finfo(dtype).tiny)
    found = None
    for x, y, row in zip(ours.tolist(), true, rows, strict=True):
        if y is None or abs(y) > largest:
            continue
        right = float(y)
        size = max(abs(right), least)
        # What is below the smallest normal number may be taken for zero.
        unit = float(np.spacing(np.asarray(size, dtype))) if size >= normal else normal
        ulps = float(abs(mp.mpf(x) - y) / unit) if np.isfinite(x) else np.inf
        if found is None or ulps > found.ulps:
            found = _Found(ulps, row, x, right, face)
    return found


def _report(
    name: str,
    inputs: Sequence[str],
    worst: Mapping[str, _Found],
    bounds: Sequence[float],
    count: int,
) -> Report:
    parts = []
    for what, found in worst.items():
        bound = bounds[what != VALUE]
        place = ", ".join(f"{n} = {x!r}" for n, x in zip(inputs, found.at))
        verdict = "pass" if found.ulps <= bound else "fail"
        message = (
            f"{name}: {what} at {place} is {found.ours!r} and should be {found.true!r}: off by "
            f"{found.ulps:.2g} ulps of {bound:g} allowed ({found.face})"
        )
        evidence = Evidence(place, what, found.ours, found.true, 0.0)
        parts.append(Report(verdict, message, evidence=evidence))
    told = "; ".join(f"{what} within {found.ulps:.2g}" for what, found in worst.items())
    return combine(parts, lambda n: f"{name}: at {count} points, in ulps: {told}")
