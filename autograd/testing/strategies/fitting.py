"""Values for the arguments of an op: those at hand brought into its domain, or new ones."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ...op import Elementwise, Op
from ..programs import call
from .decisions import Decisions
from .inputs import conditions
from .matrices import draw_matrix
from .points import intervals
from .probe import is_moderate

__all__ = ["LINEAR", "broadcasts", "fits", "into", "is_fine", "like"]

LINEAR = ("linear", "bilinear", "multilinear")
"""Kinds of op that have neither kinks nor poles."""
SIZE = 40
"""Elements of a value at most."""
AXES = 4
FLATTEST = 2.0**-6


def is_fine(x: Any) -> bool:
    """Whether a value may be used by what follows."""
    return is_moderate(x) and 0 < np.size(x) <= SIZE and np.ndim(x) <= AXES


def broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether one shape broadcasts to the other."""
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def fits(op: Op, sample: Any, inputs: int, value: Any) -> bool:
    """Whether a value may stand where a sample has an array."""
    if isinstance(value, float) or value.ndim == 0:
        return False
    if value.shape != np.shape(sample) and (inputs > 1 or not _takes_any_shape(op)):
        return False
    if _takes_any_numbers(op):
        return True
    return not conditions(sample) - conditions(value)


def _takes_any_numbers(op: Op) -> bool:
    # Where an elementwise op is not smooth is found out by trying.
    return op.kind in LINEAR or isinstance(op, Elementwise)


@functools.cache
def _takes_any_shape(op: Op) -> bool:
    """Our public ops refuse shapes that they cannot do; of others nobody knows."""
    return call(op, (), {}, []).startswith("ag.")


def like(decide: Decisions, op: Op, sample: Any) -> np.ndarray | None:
    """Short numbers in the shape and of the kind of a sample; ``None`` if there are none."""
    shape = np.shape(sample)
    if _takes_any_numbers(op):
        return decide.points(shape)
    known = conditions(sample)
    if known & {"sums to one", "orthogonal"}:
        return None
    domain = (0.0, 1.0) if "at most one" in known else (0.0, 3.0)
    made = decide.points(shape, domain if "not negative" in known else None)
    if known - conditions(made) and len(shape) >= 2:
        kind = "rectangular"
        if "symmetric" in known:
            kind = "spd" if np.all(np.linalg.eigvalsh(sample) > 0) else "symmetric"
        drawn = [
            draw_matrix(decide.number, shape[-2], kind, shape[-1])
            for _ in range(math.prod(shape[:-2]))
        ]
        made = np.array(drawn).reshape(shape)
    return None if known - conditions(made) else made


def into(value: Any, domain: Any) -> tuple[str, Any] | None:
    """A value brought into a domain, as text around its name; ``None`` if it cannot be.

    A straight line with dyadic numbers does it: smooth, and as well conditioned as it can be.

    Examples
    --------
    >>> into(5.0, (0.0, 2.0))
    ('{} - 4.0', 1.0)
    """
    if domain == "boolean":
        return None
    low, high = float(np.min(value)), float(np.max(value))
    pieces = intervals(domain)
    inside = np.zeros(np.shape(value), bool)
    for a, b in pieces:
        margin = (b - a) / 32
        inside |= (value >= a + margin) & (value <= b - margin)
    if inside.all():
        return "{}", value
    a, b = max(pieces, key=lambda piece: piece[1] - piece[0])
    scale = 1.0
    if high > low:
        scale = min(1.0, 2.0 ** math.floor(math.log2(0.75 * (b - a) / (high - low))))
    if scale < FLATTEST:
        return None
    unit = 2.0 ** math.floor(math.log2((b - a) / 16))
    offset = round(((a + b) / 2 - scale * (low + high) / 2) / unit) * unit
    scaled = "{}" if scale == 1.0 else f"{scale} * {{}}"
    if offset == 0:
        return scaled, scale * value
    return f"{scaled} {'+' if offset > 0 else '-'} {abs(offset)}", scale * value + offset
