"""How long each step of a plan takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..program import Step

if TYPE_CHECKING:
    from ..plan import Plan

__all__ = ["seconds"]


def seconds(plan: Plan, inputs: Sequence[np.ndarray], n: int) -> dict[Step, float]:
    """The least time that the calls of each step took in ``n`` runs, by the step."""
    found: dict[Step, float] = {}
    for step, _, least in plan.timed(inputs, n):
        found[step] = found.get(step, 0.0) + least
    return found
