"""Arguments for declared ops, from what their declarations say."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ...op import Op
from .choose import Choose, from_draw, pick
from .points import smooth
from .probe import is_smooth
from .shapes import broadcastable

__all__ = ["SEEDS", "conditions", "from_domain", "op_inputs", "run", "samples_at", "variables"]

Sample = tuple[tuple, dict[str, Any]]

SEEDS = 16
"""From how many seeds an op's samples are made."""
FLAT = 2.0**-8
"""Singular values below this part of the largest make a matrix singular, or nearly so."""


@st.composite
def op_inputs(draw: Any, op: Any) -> Sample:
    """Arguments and parameters that a declared op may be tried with.

    From the op's ``domain``: distinct dyadic numbers inside, in shapes that broadcast together.
    From its ``samples``: those it makes, with fewer digits where the op is as smooth there.

    Parameters
    ----------
    op : Op or composite
        Declared with ``domain=`` or ``samples=``.

    Returns
    -------
    strategy of (args, params)
        Call ``op(*args, **params)``.

    Examples
    --------
    >>> import autograd as ag
    >>> from hypothesis import find
    >>> find(op_inputs(ag.log), lambda sample: sample[0][0].shape == (2,))
    ((array([0.25  , 0.3125]),), {})
    """
    choose = from_draw(draw)
    domain, samples = getattr(op, "domain", None), getattr(op, "samples", None)
    if domain is not None and (samples is None or choose(0, 1) == 0):
        return from_domain(choose, op), dict(op.defaults)
    if samples is None:
        raise ValueError(
            f"{getattr(op, 'name', op)} says nowhere where it may be tried: declare it with "
            "domain=((low, high), ...) or samples=lambda rng: [(args, params), ...]"
        )
    found = samples_at(op, choose(0, SEEDS - 1))
    args, params = pick(choose, found)
    return tuple(_copied(x) for x in args), dict(params)


def from_domain(choose: Choose, op: Op) -> tuple[np.ndarray, ...]:
    """Arrays inside an elementwise op's domain, in shapes that broadcast together."""
    shapes = broadcastable(choose, len(op.domain))
    return tuple(
        np.array([choose(0, 1) == 0 for _ in range(int(np.prod(s)))], bool).reshape(s)
        if d == "boolean"
        else smooth(choose, s, d)
        for d, s in zip(op.domain, shapes, strict=True)
    )


def _copied(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return type(x)(_copied(y) for y in x)
    return x.copy() if isinstance(x, np.ndarray) else x


@functools.lru_cache(maxsize=4096)
def samples_at(op: Any, seed: int) -> tuple[Sample, ...]:
    """An op's own samples for a seed, rounded to a few digits where it stays smooth."""
    found = op.samples(np.random.default_rng(seed))
    return tuple((_rounded(op, tuple(args), dict(params)), dict(params)) for args, params in found)


def variables(op: Any, args: tuple) -> list[int]:
    """Which arguments have a derivative."""
    declared = getattr(op, "differentiable", None)
    return [
        i
        for i, x in enumerate(args)
        if getattr(getattr(x, "dtype", None), "kind", "") == "f"
        and (declared is None or declared[i])
    ]


def run(op: Any, args: Iterable[Any], params: dict[str, Any]) -> list[np.ndarray]:
    """An op's outputs on plain arrays."""
    out = op(*args, **params)
    return list(map(np.asarray, out if isinstance(out, (tuple, list)) else [out]))


def _rounded(op: Any, args: tuple, params: dict[str, Any]) -> tuple:
    """The arguments with fewer binary digits, if the op is smooth there as well."""
    where = variables(op, args)
    if not where or not isinstance(op, Op):
        return args

    def at(*xs: Any) -> list[np.ndarray]:
        full = list(args)
        for i, x in zip(where, xs, strict=True):
            full[i] = x
        return run(op, full, params)

    for digits in (8, 64, 1024):
        xs = [np.asarray(np.round(args[i] * digits) / digits, args[i].dtype) for i in where]
        if all(_as_good(x, args[i]) for x, i in zip(xs, where, strict=True)) and is_smooth(at, xs):
            full = list(args)
            for i, x in zip(where, xs, strict=True):
                full[i] = x
            return tuple(full)
    return args


def _as_good(x: np.ndarray, original: np.ndarray) -> bool:
    """Whether rounding has kept the numbers apart, and what hidden conditions there may be."""
    if np.unique(np.abs(x)).size < np.unique(np.abs(original)).size or np.any(x == 0):
        return bool(np.array_equal(x, original))
    return not conditions(original) - conditions(x)


def conditions(x: Any) -> set[str]:
    """Properties of an argument that an op may rely on without saying so."""
    x = np.asarray(x)
    found = set()
    if x.size and np.all(x >= 0):
        found.add("not negative")
        if np.all(x <= 1):
            found.add("at most one")
        if x.ndim and np.allclose(x.sum(axis=-1), 1.0, rtol=1e-14, atol=0.0):
            found.add("sums to one")
    if x.ndim >= 2 and x.size and min(x.shape[-2:]) > 1 and np.isfinite(x).all():
        sizes = np.linalg.svd(x, compute_uv=False)
        if np.all(sizes[..., -1] > FLAT * sizes[..., 0]):
            found.add("full rank")
    if x.ndim >= 2 and x.shape[-1] == x.shape[-2] > 1:
        if np.allclose(x, np.swapaxes(x, -1, -2), rtol=1e-12, atol=1e-12):
            found.add("symmetric")
        if np.allclose(x @ np.swapaxes(x, -1, -2), np.eye(x.shape[-1]), atol=1e-12):
            found.add("orthogonal")
    return found
