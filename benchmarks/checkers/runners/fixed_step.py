"""Differences with one step, as they are written by hand, and SciPy's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..checker import FAIL, PASS

__all__ = ["every_element", "largest_error", "scipy_check_grad", "sum_of_outputs"]


def _doubles(inputs: tuple) -> list[Any]:
    return [x.astype(float) if x.dtype.kind == "f" else x for x in inputs]


def _elements(xs: list[Any]) -> Iterator[tuple[int, tuple[int, ...]]]:
    for i, x in enumerate(xs):
        if x.dtype.kind == "f":
            for at in np.ndindex(x.shape):
                yield i, at


def _central(f: Any, xs: list[Any], step: float) -> Any:
    """A row for each element of the inputs: the outputs' differences."""
    rows = []
    for i, at in _elements(xs):
        sides = []
        for h in (step, -step):
            moved = [x.copy() for x in xs]
            moved[i][at] += h
            sides.append(np.ravel(f(*moved)))
        rows.append((sides[0] - sides[1]) / (2 * step))
    return np.array(rows)


def _pulled(rule: Any, xs: list[Any], g: Any) -> Any:
    """The cotangents of all floating inputs in one row."""
    found = rule(*xs, g)
    parts = []
    for x, y in zip(xs, found, strict=True):
        if x.dtype.kind == "f":
            if np.shape(y) != x.shape:
                raise ValueError(f"a cotangent of shape {np.shape(y)} for {x.shape}")
            parts.append(np.ravel(y))
    return np.concatenate(parts)


def _jacobian(f: Any, rule: Any, xs: list[Any]) -> Any:
    out = np.asarray(f(*xs))
    columns = []
    for at in np.ndindex(out.shape):
        g = np.zeros(out.shape)
        g[at] = 1.0
        columns.append(_pulled(rule, xs, g))
    return np.array(columns).T


def every_element() -> Any:
    def check(f: Any, rule: Any, inputs: tuple, seed: int) -> str:
        xs = _doubles(inputs)
        same = np.allclose(_jacobian(f, rule, xs), _central(f, xs, 1e-6))
        return PASS if same else FAIL

    return check


def largest_error() -> Any:
    def check(f: Any, rule: Any, inputs: tuple, seed: int) -> str:
        xs = _doubles(inputs)
        error = np.max(np.abs(_jacobian(f, rule, xs) - _central(f, xs, 1e-3)))
        return PASS if error < 1e-4 else FAIL

    return check


def sum_of_outputs() -> Any:
    def check(f: Any, rule: Any, inputs: tuple, seed: int) -> str:
        xs = _doubles(inputs)
        analytic = _pulled(rule, xs, np.ones(np.shape(f(*xs))))
        numeric = _central(f, xs, 1e-6).sum(axis=1)
        return PASS if np.allclose(analytic, numeric, rtol=1e-2, atol=1e-2) else FAIL

    return check


def scipy_check_grad() -> Any:
    from scipy.optimize import check_grad

    def check(f: Any, rule: Any, inputs: tuple, seed: int) -> str:
        xs = _doubles(inputs)
        g = np.random.default_rng(seed).standard_normal(np.shape(f(*xs)))
        where = [i for i, x in enumerate(xs) if x.dtype.kind == "f"]
        ends = np.cumsum([xs[i].size for i in where])[:-1]

        def filled(flat: Any) -> list[Any]:
            full = list(xs)
            for i, part in zip(where, np.split(flat, ends), strict=True):
                full[i] = part.reshape(xs[i].shape).copy()
            return full

        error = check_grad(
            lambda flat: np.sum(g * f(*filled(flat))),
            lambda flat: _pulled(rule, filled(flat), np.array(g)),
            np.concatenate([np.ravel(xs[i]) for i in where]),
        )
        return PASS if error < 1e-6 else FAIL

    return check
