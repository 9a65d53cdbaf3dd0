"""A layered layout in NumPy: where boxes and edges of a drawing go, without Graphviz.

The four steps of Sugiyama, Tagawa and Toda (1981), each a module: ranks, slots for edges that pass
through a column, order, coordinates; then routes. Everything is iterative, deterministic and at
most ``n log n`` in the size of the graph.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .coordinates import coordinates
from .order import order
from .ranks import ranks
from .relax import relax
from .route import ARROW, routes
from .slots import make_slots

__all__ = ["ARROW", "Layout", "layered", "ranks"]

# Pixels. Room on either side of a box, of a label, of an edge that passes.
BOX, LABEL, PASSING = 9.0, 3.0, 5.0
TURN, STEEP, WIDEST_TURN = 18.0, 0.2, 64.0
"""Room along the flow for a curve: at least, for each pixel it goes sideways, and at most."""
DIRECTIONS = ("LR", "RL", "TB", "BT")


@dataclass(slots=True)
class Layout:
    """Where everything goes: x to the right, y downwards, from 0."""

    x: np.ndarray
    y: np.ndarray
    """The centre of each vertex."""
    label_x: np.ndarray
    label_y: np.ndarray
    """A point on each edge beside which its label has room: above it where the flow is horizontal,
    to the right of it where it is vertical. NaN for an edge too long to have a place of its own."""
    routes: list[np.ndarray]
    """Points along each edge: straight from the first to the second, in a curve to the third, and
    so on."""
    width: float
    height: float
    columns: np.ndarray
    """The column of each vertex."""


def layered(
    width: np.ndarray,
    height: np.ndarray,
    source: np.ndarray,
    target: np.ndarray,
    label_width: np.ndarray,
    label_height: np.ndarray,
    direction: str = "LR",
) -> Layout:
    """Lay a graph out in columns, or in rows, along the flow.

    Parameters
    ----------
    width, height : numpy.ndarray of float
        The sizes of the vertices' boxes.
    source, target : numpy.ndarray of int
        The ends of the edges, which may be parallel but not run in circles.
    label_width, label_height : numpy.ndarray of float
        The sizes of the edges' labels; zero for none.
    direction : {"LR", "RL", "TB", "BT"}
        Where edges point.

    Returns
    -------
    Layout
        Boxes and labels do not overlap.

    Examples
    --------
    >>> import numpy as np
    >>> one, none = np.ones(2) * 20, np.zeros(1)
    >>> layout = layered(one, one, np.array([0]), np.array([1]), none, none)
    >>> bool(layout.x[0] < layout.x[1]), bool(layout.y[0] == layout.y[1])
    (True, True)
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is one of {', '.join(DIRECTIONS)}; got {direction!r}")
    flat = direction in ("LR", "RL")
    if not flat:
        width, height = height, width
        label_width, label_height = label_height, label_width
    n, m = len(width), len(source)
    slots = make_slots(ranks(n, source, target), source, target)
    total = len(slots.column)
    edge = np.repeat(np.arange(m), slots.count)
    # A label goes on one side of its edge, the one it is read from.
    up = np.concatenate([height / 2 + BOX, np.full(total - n, PASSING)])
    down = up.copy()
    has = slots.label >= 0
    # From one column to the next, what has no label is a single curve and needs no room between.
    direct = (slots.count == 1) & (label_width == 0)
    up[slots.label[direct]] = down[slots.label[direct]] = 0.0
    named = slots.label[has & (label_width > 0)]
    (up if flat else down)[named] = label_height[has & (label_width > 0)] + LABEL
    # Operands come before results, so numbers give the order in which the formula reads.
    wish = np.concatenate([np.arange(n), (source[edge] + target[edge]) / 2])
    in_order, place = order(slots.column, slots.tail, slots.head, wish)
    ends = np.cumsum(np.bincount(slots.column))
    listed = in_order.tolist()
    columns = [listed[a:b] for a, b in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]
    across = coordinates(columns, place, slots.tail, slots.head, n, up, down)
    across = relax(across, columns, slots, source, target, up, down)
    across -= (across - up).min() - BOX
    left, right = _columns(slots.column, slots.tail, slots.head, across, width, slots.label,
                           label_width)  # fmt: skip
    passing = replace(slots, first=np.where(direct, -1, slots.first),
                      count=np.where(direct, 0, slots.count))  # fmt: skip
    paths = routes(passing, source, target, width / 2, left, right, across, height / 2)
    middle = (left + right) / 2
    at = np.where(has, slots.label, 0) if total else slots.label
    label_along = np.where(has, middle[slots.column[at]], np.nan)
    label_across = np.where(has, across[at], np.nan)
    long, tall = float(right[-1]), float((across + down).max()) - BOX
    layout = Layout(
        middle[slots.column[:n]], across[:n], label_along, label_across, paths, long, tall,
        slots.column[:n] // 2,
    )  # fmt: skip
    return _turned(layout, direction)


def _columns(
    column: np.ndarray,
    tail: np.ndarray,
    head: np.ndarray,
    across: np.ndarray,
    width: np.ndarray,
    label: np.ndarray,
    label_width: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Where each column begins and ends along the flow; steep edges get more room to turn."""
    wide = np.zeros(int(column.max()) + 1)
    np.maximum.at(wide, column[: len(width)], width)
    has = label >= 0
    np.maximum.at(wide, column[label[has]], label_width[has])
    steepest = np.zeros(len(wide))  # of the segments that leave each column
    np.maximum.at(steepest, column[tail], np.abs(across[head] - across[tail]))
    turn = np.clip(TURN + STEEP * steepest, TURN, WIDEST_TURN)
    turn[1::2] += ARROW  # before the boxes
    left = np.concatenate([[0.0], np.cumsum((wide + turn)[:-1])])
    return left, left + wide


def _turned(layout: Layout, direction: str) -> Layout:
    """A layout from left to right, made to run another way."""
    if direction in ("RL", "BT"):
        layout.x, layout.label_x = layout.width - layout.x, layout.width - layout.label_x
        for points in layout.routes:
            points[:, 0] = layout.width - points[:, 0]
    if direction in ("TB", "BT"):
        layout.x, layout.y = layout.y, layout.x
        layout.label_x, layout.label_y = layout.label_y, layout.label_x
        layout.routes = [points[:, ::-1] for points in layout.routes]
        layout.width, layout.height = layout.height, layout.width
    return layout
