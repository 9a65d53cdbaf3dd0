"""Indices of every kind that NumPy takes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from .choose import Choose, from_draw, pick

__all__ = ["draw_index", "indices"]

Shape = tuple[int, ...]


@st.composite
def indices(draw: Any, shape: Any, advanced: bool = True) -> Any:
    """Indices that are valid for arrays of a shape.

    Integers of either sign, slices with steps, ``...``, ``None``; and unless ``advanced`` is false
    boolean masks, integer arrays with repeats, and mixtures of arrays and slices.

    Parameters
    ----------
    shape : tuple of int, or strategy
        The shape of what is indexed.
    advanced : bool
        Whether arrays are among the indices.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import find
    >>> find(indices((3, 4)), lambda i: True)
    0
    >>> x = np.arange(12.0).reshape(3, 4)
    >>> find(indices((3, 4)), lambda i: x[i].size > x.size)
    array([[0, 0],
           [0, 0]])
    """
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    return draw_index(from_draw(draw), shape, advanced)


def draw_index(choose: Choose, shape: Shape, advanced: bool = True) -> Any:
    """An index drawn with ``choose``; see :func:`indices`."""
    form = choose(0, 7) if advanced else choose(0, 3)
    if form == 0 and shape and shape[0]:
        return choose(0, shape[0] - 1)
    if form == 4:
        return _mask(choose, shape)
    if form == 5 and shape and shape[0]:
        return _places(choose, shape[0], _array_shape(choose))
    common = _array_shape(choose) if form == 7 else ()
    written = choose(1, len(shape)) if shape else 0
    behind = choose(0, written)  # axes written after an ellipsis
    items: list[Any] = []
    masks = form == 6
    for axis in (*range(written - behind), *range(len(shape) - behind, len(shape))):
        side = shape[axis]
        kind = choose(0, 4)
        if common and kind >= 2 and side:
            items.append(_places(choose, side, pick(choose, (common, common[-1:]))))
        elif masks and kind >= 2:
            # A second mask would have to select as many.
            masks = False
            items.append(_mask(choose, (side,)))
        elif kind == 0 and side:
            items.append(choose(-side, side - 1) if choose(0, 1) else choose(0, side - 1))
        else:
            items.append(_slice(choose, side))
    if behind or not shape:
        items.insert(written - behind, Ellipsis)
    if choose(0, 5) == 5:
        items.insert(choose(0, len(items)), None)
    return items[0] if len(items) == 1 else tuple(items)


def _slice(choose: Choose, side: int) -> slice:
    form = choose(0, 5)
    if form in (0, 4, 5):
        return slice(None)
    if form == 1:
        return slice(None, None, pick(choose, (-1, 2, -2)))
    start = choose(0, max(side - 1, 0))
    stop = choose(start + 1, max(side, start + 1))
    return slice(start, stop) if form == 2 else slice(start - side or None, stop)


def _array_shape(choose: Choose) -> Shape:
    return pick(choose, ((2,), (3,), (1,), (2, 2)))


def _places(choose: Choose, side: int, shape: Shape) -> np.ndarray:
    places = [choose(0, 2 * side - 1) for _ in range(math.prod(shape))]
    # 0, 1, ... and then from behind.
    return np.array([i if i < side else side - 1 - i for i in places], int).reshape(shape)


def _mask(choose: Choose, shape: Shape) -> np.ndarray:
    n = math.prod(shape)
    chosen = [choose(0, 1) == 0 for _ in range(n)]
    return np.array(chosen, bool).reshape(shape)
