"""Memory layout is none of an op's business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import transforms
from ...errors import NotDifferentiableError
from .case import Case, directions, pull
from .words import broken, same

__all__ = ["layout_does_not_matter", "repeated_rows_do_not_matter"]

CAUSE = "forward or a rule reshapes, views or writes in place by memory order"


def layout_does_not_matter(case: Case) -> None:
    """Strided, reversed, Fortran-ordered and read-only inputs and cotangents give the same."""
    if case.params.get("order") in ("A", "K"):
        return  # which say that it does
    _, g = directions(case)
    pulled = pull(case, case.xs, g)
    for arrange, called in LAYOUTS:
        xs = [arrange(x) for x in case.xs]
        _values_agree(case, xs, case.outs, called)
        _gradients_agree(case, _gradient(case, xs, g), pulled, called)
    for arrange, called in LAYOUTS:
        found = pull(case, case.xs, [arrange(c) for c in g])
        _gradients_agree(case, found, pulled, f"{called} cotangent")


def repeated_rows_do_not_matter(case: Case) -> None:
    """So do inputs made by ``np.broadcast_to``: one row of memory read many times."""
    if case.params.get("order") in ("A", "K"):
        return
    xs = [np.broadcast_to(x[:1], x.shape) if x.ndim and x.size else x for x in case.xs]
    copies = [x.copy() for x in xs]
    _, g = directions(case)
    try:
        outs = case.plain_floats(*copies)
        pulled = _gradient(case, copies, g)
    except (ArithmeticError, ValueError, NotDifferentiableError):
        return  # equal rows are no point of its domain: a singular matrix
    if not all(np.isfinite(a).all() for a in (*outs, *pulled)):
        return
    _values_agree(case, xs, outs, "broadcast (zero-stride)")
    _gradients_agree(case, _gradient(case, xs, g), pulled, "broadcast (zero-stride)")


def _gradient(case: Case, xs: Sequence[Any], g: Sequence[Any]) -> tuple:
    """Reverse mode on these very arrays: ``vjp`` would copy them first."""

    def total(*inputs: Any) -> Any:
        return sum((y * c).sum() for y, c in zip(case.floats(*inputs), g, strict=True))

    return transforms.grad(total, argnums=tuple(range(len(xs))))(*xs)


def _values_agree(case: Case, xs: Sequence[Any], outs: Sequence[Any], called: str) -> None:
    try:
        found = case.plain_floats(*xs)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        broken(case, f"it fails on a {called} input: {error}", "forward writes to its input")
    for a, b in zip(found, outs, strict=True):
        same(case, f"the result of a {called} input", a, "of a contiguous one", b, cause=CAUSE)


def _gradients_agree(case: Case, found: Any, pulled: Any, called: str) -> None:
    for which, a, b in zip(case.names, found, pulled, strict=True):
        what = f"the gradient for {which} with a {called}"
        same(case, what, a, "with a contiguous one", b, 1e-11, CAUSE)


def _strided(x: np.ndarray) -> np.ndarray:
    if x.ndim == 0:
        return x
    wide = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan)
    wide[..., ::2] = x
    return wide[..., ::2]


def _reversed(x: np.ndarray) -> np.ndarray:
    return x if x.ndim == 0 else x[::-1].copy()[::-1]


def _fortran(x: np.ndarray) -> np.ndarray:
    return np.array(x, order="F")


def _read_only(x: np.ndarray) -> np.ndarray:
    locked = x.copy()
    locked.flags.writeable = False
    return locked


LAYOUTS = (
    (_strided, "strided"),
    (_reversed, "reversed"),
    (_fortran, "Fortran-ordered"),
    (_read_only, "read-only"),
)
