"""What can be wrong with a rule before any number is compared: shapes, dtypes, side effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import RuleError, describe
from ..op import plain
from .report import position
from .subject import Subject, cotangents

__all__ = ["structure"]


def structure(subject: Subject, rng: np.random.Generator) -> str | None:
    """What is wrong with a vjp before any number is compared: shapes, dtypes, side effects."""
    name = subject.name
    before = [np.array(x) for x in subject.xs]
    outputs, _, pull = subject.reverse()
    if changed := _changed(subject.xs, before):
        return f"{name} writes to its input {subject.names[changed[0]]} in place; work on a copy"
    vs = cotangents(outputs, rng)
    kept = [np.array(v) for v in vs]
    try:
        pulled = pull(vs)
    except RuleError as error:
        return str(error)
    if len(pulled) != len(subject.xs):
        return (
            f"the vjp of {name} gives {len(pulled)} cotangents for {len(subject.xs)} inputs; give "
            "one for each, in order"
        )
    for g, x, which in zip(pulled, subject.xs, subject.names, strict=True):
        if g is None:
            return f"the vjp of {name} gives None for {which}, which is {describe(x)}"
    first = [np.array(plain(g)) for g in pulled]
    for g, x, which in zip(first, subject.xs, subject.names, strict=True):
        if g.shape != np.shape(x):
            return (
                f"the cotangent for {which} has shape {g.shape}, and {which} has shape "
                f"{np.shape(x)}: is a sum over a broadcast axis, or a transpose, missing?"
            )
        if isinstance(x, np.ndarray) and g.dtype != x.dtype:
            return (
                f"the cotangent for {which} is {g.dtype}, and {which} is {x.dtype}: a gradient has "
                "the dtype of its input"
            )
    if changed := _changed(subject.xs, before):
        return f"the vjp of {name} writes to the input {subject.names[changed[0]]} in place"
    if _changed(vs, kept):
        return (
            f"the vjp of {name} writes to the cotangent it is given, which others may hold: "
            "use g * y in place of g *= y"
        )
    again = pull([_like(v, old) for v, old in zip(vs, kept, strict=True)])
    second = [np.asarray(plain(h)) for h in again]
    for g, h, which in zip(first, second, subject.names, strict=True):
        at = _first_difference(g, h)
        if at is not None:
            return (
                f"the vjp of {name} gives another cotangent for {which} when it is called again: "
                f"{which}{position(at)} is {g[at]} and then {h[at]}. A "
                "rule must not keep state between calls"
            )
    return None


def _changed(xs: Sequence[Any], before: Sequence[np.ndarray]) -> list[int]:
    return [
        i
        for i, (x, old) in enumerate(zip(xs, before, strict=True))
        if isinstance(x, np.ndarray) and not np.array_equal(x, old, equal_nan=True)
    ]


def _first_difference(g: np.ndarray, h: np.ndarray) -> tuple[int, ...] | None:
    """Where two results that should be equal are not, beyond the order of summation."""
    if g.shape != h.shape:
        return (0,) * g.ndim
    size = float(np.max(np.abs(g), initial=0.0, where=np.isfinite(g)))
    slack = 64 * float(np.finfo(g.dtype).eps) * size if g.dtype.kind == "f" else 0.0
    with np.errstate(all="ignore"):
        same = (np.abs(g - h) <= slack) | (g == h) | (np.isnan(g) & np.isnan(h))
    if same.all():
        return None
    return tuple(int(i) for i in np.argwhere(~same)[0])


def _like(x: Any, numbers: np.ndarray) -> Any:
    return float(numbers) if isinstance(x, float) else numbers.copy()
