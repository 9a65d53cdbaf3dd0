"""What is wrong with a run, in plain words.

The thresholds in ``gradient_flags`` and ``unit_flags`` are far from what healthy networks show, so
that a flag means something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .flag import Flag
from .gradient_flags import exploding, nonfinite, vanishing, what_broke
from .series import Series
from .unit_flags import dead, saturated, steps

if TYPE_CHECKING:
    from .recorder import FlowRecorder

__all__ = ["find", "report"]


def find(series: Series) -> list[Flag]:
    """All flags of a run, the worst kind first."""
    if not len(series.steps):
        return []
    with np.errstate(all="ignore"):
        broken = list(nonfinite(series))
        if broken:
            # What is NaN has no slope, so that ReLUs look dead and gradients vanish in its wake.
            series = series.only([r for r in series.records if not what_broke(series, r)])
            if not series.records:
                return broken
        faint = list(vanishing(series))
        still = {name for flag in faint for name in flag.layers}
        return [
            *broken,
            *exploding(series),
            *dead(series),
            *faint,
            *saturated(series),
            *steps(series, still),
        ]


def report(recorder: FlowRecorder) -> str:
    """All flags, one below the other."""
    n = len(recorder.records)
    head = f"{n} record{'' if n == 1 else 's'} of {recorder.steps:,} steps"
    if not n:
        return f"{head}: nothing was recorded yet; call flow.step() after each step"
    flags = recorder.flags()
    if not flags:
        return f"{head}: gradients, steps and activations look healthy"
    return "\n".join([f"{head}:", *(f"- {flag}" for flag in flags)])
