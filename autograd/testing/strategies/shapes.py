"""Shapes, mostly of two axes, and shapes that broadcast together.

A true matrix came up in 6 of 400 draws of Hypothesis's own shapes, and a forgotten transpose shows
on nothing else.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .choose import Choose, from_draw, pick

__all__ = ["broadcastable", "broadcastable_shapes", "draw_shape", "shapes"]

Shape = tuple[int, ...]


def draw_shape(
    choose: Choose, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4
) -> Shape:
    """A shape drawn with ``choose``; see :func:`shapes`."""
    # Two axes half of the time.
    dims = [d for d in range(min_dims, max_dims + 1) for _ in range(3 if d == 2 else 1)]
    return tuple(choose(min_side, max_side) for _ in range(pick(choose, dims)))


@st.composite
def shapes(
    draw: Any, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4
) -> Shape:
    """Shapes of arrays, half of them with two axes.

    Parameters
    ----------
    min_dims, max_dims : int
        The number of axes.
    min_side, max_side : int
        The length of an axis. ``min_side=0`` allows arrays without elements.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(shapes(), lambda s: len(s) == 2 and s[0] != s[1])
    (1, 2)
    """
    if not 0 <= min_dims <= max_dims or not 0 <= min_side <= max_side:
        raise ValueError(
            f"no shape has {min_dims} to {max_dims} axes of length {min_side} to {max_side}"
        )
    return draw_shape(from_draw(draw), min_dims, max_dims, min_side, max_side)


def broadcastable(
    choose: Choose,
    n: int,
    min_dims: int = 0,
    max_dims: int = 3,
    min_side: int = 1,
    max_side: int = 4,
) -> tuple[Shape, ...]:
    """Shapes drawn with ``choose``; see :func:`broadcastable_shapes`."""
    full = draw_shape(choose, min_dims, max_dims, min_side, max_side)
    if n == 1:
        return (full,)
    if min_side <= 1 and choose(0, 3) == 3:
        # As for an outer product: each axis is one shape's own, and the others have a one there.
        owners = [choose(0, n - 1) for _ in full]
        return tuple(
            tuple(side if owner == k else 1 for side, owner in zip(full, owners, strict=True))
            for k in range(n)
        )
    return tuple([narrowed(choose, full, min_dims, min_side) for _ in range(n)])


def narrowed(choose: Choose, full: Shape, min_dims: int = 0, min_side: int = 1) -> Shape:
    """A shape that broadcasts to ``full``: the same, without leading axes, or with ones."""
    missing = pick(choose, (0, 0, *range(1, len(full) - min_dims + 1)))
    kept = full[missing:]
    if min_side > 1 or not kept or choose(0, 1) == 0:
        return kept
    return tuple(1 if choose(0, 1) else side for side in kept)


@st.composite
def broadcastable_shapes(
    draw: Any,
    n: int = 2,
    min_dims: int = 0,
    max_dims: int = 3,
    min_side: int = 1,
    max_side: int = 4,
) -> tuple[Shape, ...]:
    """Tuples of shapes that broadcast together.

    Missing axes, ones on either side and no axis at all come up often: that is where the sums of
    gradient rules are forgotten.

    Parameters
    ----------
    n : int
        How many shapes.
    min_dims, max_dims, min_side, max_side : int
        As for :func:`shapes`.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import find
    >>> find(broadcastable_shapes(2), lambda s: np.broadcast_shapes(*s) not in s)
    ((2, 1), (1, 2))
    """
    return broadcastable(from_draw(draw), n, min_dims, max_dims, min_side, max_side)
