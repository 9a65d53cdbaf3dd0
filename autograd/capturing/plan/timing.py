"""How long each call of a plan takes."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter

import numpy as np

from ..program import Step
from .binding import Bound
from .emit import Instruction, assign
from .segment import Otherwise, Segment

__all__ = ["timed"]


def timed(bound: Bound, n: int) -> list[tuple[Step, str, float]]:
    """The step of each call, its name, and the least time that it took in ``n`` runs."""
    segments = [x for x in bound.entries if isinstance(x, Segment)]
    code = [one for segment in segments for one in segment.code]
    steps = [step for segment in segments for step in segment.steps]
    least = [float("inf")] * len(code)
    with np.errstate(all="ignore"):
        for _ in range(n):
            for i, (f, args, keywords) in enumerate(code):
                # Without the effects that give some of the numbers, a choice may go either way.
                with suppress(Otherwise):
                    start = perf_counter()
                    f(*args, **keywords)
                least[i] = min(least[i], perf_counter() - start)
    return [(step, _called(one), t) for step, one, t in zip(steps, code, least, strict=True)]


def _called(one: Instruction) -> str:
    f, args, _ = one
    if f is assign:
        return f"{args[0].name} (as it is)" if args[0].kind in ("op", "rule") else args[0].name
    owner = getattr(f, "__self__", None)
    name = getattr(f, "__name__", type(f).__name__)
    shape = next((x.shape for x in args if isinstance(x, np.ndarray)), ())
    return f"{f'{owner.__name__}.' if isinstance(owner, np.ufunc) else ''}{name} {shape}"
