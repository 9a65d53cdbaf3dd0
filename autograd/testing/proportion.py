"""Whether a rule is linear in what it is given, whatever the size, the sign and the memory layout.

Random directions are all of about one size, and do not see a rule that clips its cotangent, takes
its absolute value, or reads it as if it were contiguous. The smallest case: ``max(g, 0) * cos(x)``
of one number, which is right for every positive cotangent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..op import plain
from .report import position
from .subject import Subject, cotangents, directions

__all__ = ["disproportion"]

FACTORS = (-(2.0**12), 2.0**-12)
"""Powers of two, so that a linear rule's result is scaled without any rounding."""


def disproportion(subject: Subject, mode: str, rng: np.random.Generator) -> tuple[str, bool] | None:
    """What is wrong with a rule that is not linear, by its results for the same, scaled.

    And whether it is a matter of the memory layout alone.
    """
    if mode == "reverse":
        outputs, _, apply = subject.reverse()
        given, word = cotangents(outputs, rng), "cotangent"
    else:
        apply = subject.forward
        given, word = subject.shaped(directions(rng, sum(subject.sizes))), "tangent"
    # Copies: a rule may hand on what it is given.
    first = [np.array(plain(x)) for x in apply(list(map(_copy, given)))]
    for factor in FACTORS:
        scaled = [factor * x for x in given]
        # One of the two in another layout too, which costs no further call unless it matters.
        apart = factor < 0
        found = apply([_apart(x) for x in scaled] if apart else scaled)
        at = _unlike(first, found, factor)
        if at is None:
            continue
        if apart and _unlike(first, apply(list(map(_copy, scaled))), factor) is None:
            return (
                f"the {_rule(mode)} of {subject.name} gives another result when the {word} it is "
                "given is not contiguous in memory: it may be a slice or a transpose of another "
                "array",
                True,
            )
        k, where = at
        place = f"{_names(subject, mode, len(first))[k]}{position(where)}"
        return (
            f"the {_rule(mode)} of {subject.name} is not linear in the {word} it is given: times "
            f"{factor:g}, the result at {place} is {plain(found[k])[where]:.6g} where it should be "
            f"{factor * first[k][where]:.6g}",
            False,
        )
    return None


def _rule(mode: str) -> str:
    return "vjp" if mode == "reverse" else "jvp"


def _names(subject: Subject, mode: str, n: int) -> list[str]:
    if mode == "reverse":
        return subject.names
    return ["out"] if n == 1 else [f"out {k}" for k in range(n)]


def _copy(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def _apart(x: Any) -> Any:
    """The same numbers, not next to one another."""
    if not isinstance(x, np.ndarray):
        return x
    room = np.empty((*x.shape, 2), x.dtype)
    room[..., 0] = x
    return room[..., 0]


def _unlike(
    first: Sequence[np.ndarray], found: Sequence[Any], factor: float
) -> tuple[int, tuple[int, ...]] | None:
    """Which array, and where in it, is not ``factor`` times what it was."""
    for k, (a, b) in enumerate(zip(first, found, strict=True)):
        b = np.asarray(plain(b))
        if a.shape != b.shape or a.dtype.kind != "f":
            continue
        limits = np.finfo(a.dtype)
        size = float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))
        # Another layout is summed in another order, and (g + 1) - 1 is linear enough.
        slack = 64 * float(np.sqrt(limits.eps)) * size
        # What leaves the range of the dtype says nothing.
        slack += float(limits.tiny) / min(abs(factor), 1.0)
        with np.errstate(all="ignore"):
            off = np.isfinite(a) & np.isfinite(b) & (np.abs(b / factor - a) > slack)
        if off.any():
            return k, tuple(int(i) for i in np.argwhere(off)[0])
    return None
