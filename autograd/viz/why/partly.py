"""A gradient of which some elements are zero: units that are dead for every example."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...value import Value
from .causes import RECTIFIERS, dead_units
from .diagnosis import Cause, share
from .site import Names, Site
from .walk import Walk
from .wording import CURES

__all__ = ["partly_dead"]


def partly_dead(leaf: Any, g: Any, seen: Walk, names: Names) -> tuple[list[Cause], str]:
    """Rectifiers with dead units, if they are the likely reason for zeros in ``g``."""
    array = np.asarray(g)
    dead = array == 0
    if array.ndim == 0 or not dead.any():
        return [], ""
    causes = []
    for node in seen.sizes:
        if node.op is None or node.op.name not in RECTIFIERS or isinstance(node, Value):
            continue
        units, word = dead_units(Site(node).args[0])
        if not units.any():
            continue
        message = f"{share(units)} {word} are negative or 0 for every example"
        line = getattr(node, "line", None)
        where = names.call(node)
        causes.append(Cause("dead_relu", node, "relu", where, message, CURES["dead_relu"], line))
    return causes[:3], f"{share(dead)} of its elements get no gradient"
