"""A gradient that is not zero and next to nothing: in one place, or a little everywhere."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from ...op import walking
from ..figures import number
from .causes import cause_of
from .diagnosis import Cause
from .site import Names
from .walk import Event, Walk
from .wording import CURES

__all__ = ["fading"]

SHARP = 1e-2
"""A step that leaves less than this has a cause of its own."""


def fading(order: list[Any], leaf: Any, seen: Walk, names: Names) -> list[Cause]:
    """Where a gradient was lost along its strongest path."""
    path = seen.path(leaf)
    steps: list[tuple[float, Any, int | None, float]] = []
    for above, below in pairwise(path):
        _, index, sent = seen.via[below]
        came, left = seen.sizes[above], seen.sizes[below]
        steps.append((sent / came, above, index, sent))
        if left < 1e-6 * sent:
            # Its terms cancel, and only rounding is left.
            steps.append((left / sent, below, None, sent))
    sharp = sorted((s for s in steps if s[0] < SHARP), key=lambda s: s[0])
    gentle = [s for s in steps if SHARP <= s[0] < 1.0]
    lost = -sum(math.log10(s[0]) for s in gentle)
    gradients = seen.again([node for _, node, _, _ in sharp]) if sharp else {}
    gradients[leaf] = seen.gradient
    events = [_event(node, i, gradients[node], sent, seen) for _, node, i, sent in sharp]
    causes = [cause_of(event, names, seen, order) for event in events]
    if gentle and lost >= 3 and lost > -sum(math.log10(s[0]) for s in sharp):
        least, node, _, _ = min(gentle, key=lambda s: s[0])
        ops = sorted({s[1].op.name.lstrip("_") for s in gentle})
        message = (
            f"{len(gentle):,} factors below 1 ({', '.join(ops[:4])}) together take "
            f"{number(10**-lost, 2)} of it, {number(10 ** (-lost / len(gentle)), 2)} each on "
            f"average; the smallest is {number(least, 3)}, here"
        )
        line = getattr(node, "line", None)
        where = names.call(node)
        cure = CURES["vanishing"]
        causes.insert(0, Cause("vanishing", node, node.op.name, where, message, cure, line))
    return causes


def _event(node: Any, index: int | None, g: Any, sent: float, seen: Walk) -> Event:
    if index is None:
        return Event(node, None, g, sent)
    wanted = [p if i == index else None for i, p in enumerate(node.parents)]
    with walking():
        pulled = node.pull(g, wanted, False)[index]
    return Event(node, index, g, seen.sizes[node], pulled)
