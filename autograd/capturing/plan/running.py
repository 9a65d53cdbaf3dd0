"""One call of a plan: its calls and effects in order, or the recorded steps where those fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..lowering import Repair
from ..program import Array, Program, Step
from .binding import Bound
from .blocks import NotAsRecorded
from .buffers import Buffers
from .effects import Effect
from .segment import Otherwise, Segment
from .slow import Slow

__all__ = ["Missed", "leading", "run"]

# How often a step may go another way than when it was recorded before it is run as it is.
_PATIENCE = 3


class Missed:
    """How often steps went another way than when they were recorded.

    Attributes
    ----------
    whole : set of Step
        Recorded steps that did so too often.
    again : bool
        Whether there are new ones.
    """

    def __init__(self) -> None:
        self.whole: set[Step] = set()
        self.again = False
        self._counts: dict[Any, int] = {}

    def well(self, segment: Segment, place: int) -> bool:
        """Make a segment's calls; whether they did what the recorded steps would do."""
        if self._counts and self._counts.get(place, 0) > _PATIENCE:
            return False
        try:
            if segment.run() or segment.repair is None:
                return True
            self._count(place)
        except Otherwise as other:
            if self._count(other.origin) > _PATIENCE:
                self.whole.add(other.origin)
                self.again = True
        except Exception as error:
            # The recorded steps raise it in their own words, or know what to do.
            if segment.repair is None:
                raise
            if isinstance(error, NotAsRecorded):
                self._count(place)
        return False

    def _count(self, what: Any) -> int:
        found = self._counts[what] = self._counts.get(what, 0) + 1
        return found


def leading(program: Program) -> list[Step]:
    """The effects before anything is computed, which need none of the plan's arrays."""
    found = []
    for step in program.steps:
        if step.kind != "effect" or step.arrays or step.results or step.keywords:
            break
        found.append(step)
    return found


def run(
    bound: Bound,
    led: int,
    recorded: Program,
    buffers: Buffers,
    missed: Missed,
    unbind: Callable[[], None],
) -> list[np.ndarray]:
    """Run all entries but the first ``led``; the outputs, for the caller to keep.

    ``unbind`` is called where a tensor gets a new array on the way.
    """
    slow: Slow | None = None
    after = False
    for place, entry in enumerate(bound.entries):
        if place < led:
            continue
        if type(entry) is Effect:
            if slow is None:
                entry.run()
            else:
                entry.run_slowly(slow)
            after = True
            continue
        segment: Segment = entry  # type: ignore[assignment]
        if after and slow is None and segment.steps and not buffers.follow():
            # A tensor got a new array: the rest of this call looks each one up.
            unbind()
            slow = _slow(recorded, buffers)
        after = False
        if slow is None:
            if missed.well(segment, place):
                continue
            slow = _slow(recorded, buffers)
        if segment.repair is not None:
            repair: Repair = segment.repair.function  # type: ignore[assignment]
            slow.enter(repair.needs, segment.repair.operands, bound.arrays.__getitem__)
            slow.run(repair)
    if slow is None:
        return bound.outputs()
    outputs = []
    for x, name in zip(bound.program.outputs, recorded.outputs, strict=True):
        slow.enter(name, x, bound.arrays.__getitem__)
        outputs.append(slow.value(name).copy("K"))
    return outputs


def _slow(recorded: Program, buffers: Buffers) -> Slow:
    inputs: dict[Array, np.ndarray] = dict(zip(recorded.inputs, buffers.inputs, strict=True))
    return Slow(recorded, inputs)
