"""Semantic zoom: a graph of any size as a small model, in which nothing is dropped unsaid.

Modules and scopes become boxes at the level asked for; what is outside of all is rolled up where
it repeats itself. A box says how many nodes it stands for and how much of the blame it has, and
the totals add up at every level.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..checks import at_least_one
from ..groups import Grouping, grouping
from ..model import build
from ..pieces import Model
from ..titles import marked_nodes
from .boxes import Boxes, cut, how_many
from .compose import Plan, compose
from .cycles import backward_edges
from .levels import LEVELS, boxed, check_path, ladder, opened
from .rollup import Loose, classes, in_a_row, runs
from .skeleton import Skeleton, at_most, skeleton
from .trim import largest_edges, nearest

__all__ = ["LEVELS", "view"]

LOOSE = 24
"""So many nodes beside boxes of groups are drawn one by one."""


def view(
    root: Any,
    *,
    level: str | int = "auto",
    max_nodes: int | None = 200,
    top_edges: int | None = None,
    mark: Any = None,
    open: str | Iterable[str] = (),
) -> Model:
    """Describe the graph behind ``root`` at a level of detail.

    Parameters
    ----------
    root : Value, Tensor, or an iterable of them
        What was computed.
    level : {"auto", "nodes", "neurons", "layers", "model"} or int
        What becomes one box: nothing; each innermost group; what is directly inside the outermost
        groups; each outermost group; or groups this many names deep. ``"auto"`` takes the finest
        of which at most ``max_nodes`` boxes are drawn. Groups are calls of modules and scopes, see
        :class:`autograd.scope`; all calls of a module go into one box.
    max_nodes : int, optional
        Draw at most so many nodes and boxes, constants aside. What is outside of all groups is
        rolled up before anything is hidden; then those nearest to the root are kept.
    top_edges : int, optional
        Draw the largest edges alone, and the largest one out of a box that would have none.
    mark : Value, Tensor, node, label, or an iterable of them, optional
        Nodes to make stand out, or the boxes that they are in.
    open : str or iterable of str
        Paths of groups to show from inside, whatever the level.

    Returns
    -------
    Model
        Vertices of the kind ``group`` stand for several nodes: ``members`` says how many,
        ``about`` what they are. Members of all vertices and ``hidden`` add up to ``total``.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(0.5)
    >>> y = x
    >>> for _ in range(1000):
    ...     y = y.sin()
    >>> [(v.kind, v.name, v.members) for v in view(y).vertices]
    [('leaf', None, 1), ('group', 'sin ×1,000 in a row', 1000)]
    """
    _check(level, max_nodes, top_edges)
    paths = [open] if isinstance(open, str) else list(open)
    if level == "nodes" or (level == "auto" and at_most(root, max_nodes)):
        model = build(root, max_nodes, mark)
        for path in paths:
            check_path(model.groups, path)
    else:
        model = _view(root, level, max_nodes, mark, paths)
    if top_edges is not None:
        largest_edges(model, top_edges)
    return model


def _check(level: str | int, max_nodes: int | None, top_edges: int | None) -> None:
    if level not in LEVELS and (isinstance(level, (bool, str)) or not isinstance(level, int)):
        raise ValueError(
            f"level is one of {', '.join(map(repr, LEVELS))} or a number, got {level!r}"
        )
    if isinstance(level, int) and level < 1:
        raise ValueError(f"level counts groups from the outermost, from 1; got {level}")
    for name, most in (("max_nodes", max_nodes), ("top_edges", top_edges)):
        if most is not None:
            at_least_one(**{name: most})


def _view(root: Any, level: str | int, max_nodes: int | None, mark: Any, paths: list[str]) -> Model:
    graph = skeleton(root)
    groups = grouping(graph.nodes)
    marked = _marked(graph, mark)
    known = {path: k for k, path in enumerate(["", *groups.groups])}
    place = np.array([known[groups.path_of(node)] for node in graph.nodes], dtype=np.int64)
    call = np.array([groups.call_of(node) for node in graph.nodes], dtype=np.int64)
    steps: list[str | int] = [level] if level != "auto" else ladder(groups.groups) or ["model"]
    for step in steps:
        open_ = opened(groups.groups, step, paths)
        of_group = boxed(groups.groups, open_)
        box = np.array([known[of_group[path]] - 1 for path in known], dtype=np.int64)[place]
        boxes, run = _rolled(graph, box, place, marked, max_nodes)
        if max_nodes is None or len(boxes) <= max_nodes:
            break
    plan = _plan(boxes, run, box, groups, marked, call, place)
    starts = boxes.box[marked if marked.any() else graph.roots]
    kept = nearest(boxes, starts.tolist(), max_nodes, bool(marked.any()))
    return compose(plan, kept)


def _marked(graph: Skeleton, mark: Any) -> np.ndarray:
    wanted = set() if mark is None else marked_nodes(mark, graph.nodes)
    if not wanted:
        return np.zeros(len(graph.nodes), dtype=bool)
    return np.array([node in wanted for node in graph.nodes], dtype=bool)


def _rolled(
    graph: Skeleton, box: np.ndarray, place: np.ndarray, marked: np.ndarray, most: int | None
) -> tuple[Boxes, np.ndarray]:
    """Boxes, in which what is outside of groups is rolled up no more than it takes.

    What stands between the calls of boxes that feed one another is rolled up as well: it comes
    again and again.
    """
    labelled = np.array([node.label is not None for node in graph.nodes], dtype=bool)
    loose = Loose(graph, box, place, graph.roots | marked | labelled)
    grouped = how_many(box[box >= 0])
    limit = np.inf if most is None else most
    if grouped:
        limit = min(limit, grouped + LOOSE)
    run = np.arange(len(box))
    names = loose.names
    if how_many(names) > limit:
        run = runs(loose)
        names = np.where(box < 0, run, len(box) + box)
    if how_many(names) > limit or (grouped and _in_circles(cut(graph, names))):
        names = classes(loose, run)
    if how_many(names) > limit:
        names = in_a_row(loose, names)
    return cut(graph, names), run


def _in_circles(boxes: Boxes) -> bool:
    """Whether some box is fed by what it feeds, maybe once for each of many calls."""
    return bool(backward_edges(len(boxes), boxes.source, boxes.target, boxes.first).any())


def _plan(
    boxes: Boxes,
    run: np.ndarray,
    box: np.ndarray,
    groups: Grouping,
    marked: np.ndarray,
    call: np.ndarray,
    place: np.ndarray,
) -> Plan:
    paths = list(groups.groups)
    of = np.full(len(boxes), -1)
    of[boxes.box] = box
    return Plan(
        boxes, [paths[k] if k >= 0 else "" for k in of.tolist()], run, groups, marked, call, place
    )
