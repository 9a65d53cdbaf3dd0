"""Which groups a level draws as one box: all below those that it opens.

A level is a set of open groups. A node is in the box of the outermost group around it that is not
open, and stands for itself where all are.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from ..pieces import Group

__all__ = ["LEVELS", "boxed", "check_path", "ladder", "opened"]

LEVELS = ("auto", "nodes", "neurons", "layers", "model")


def opened(groups: Mapping[str, Group], level: str | int, more: Iterable[str] = ()) -> set[str]:
    """The groups that are open at a level.

    Parameters
    ----------
    groups : dict
        All groups by path.
    level : {"neurons", "layers", "model"} or int
        Boxes for the innermost groups, for what is directly inside the outermost ones, for the
        outermost ones; or for groups ``level`` deep, from 1.
    more : iterable of str
        Paths to open beside, with all that is around them.

    Examples
    --------
    >>> paths = {"mlp": "", "mlp.l0": "mlp", "mlp.l0.n0": "mlp.l0", "mlp.l0.n1": "mlp.l0"}
    >>> groups = {path: Group(path, "", parent) for path, parent in paths.items()}
    >>> sorted(opened(groups, "neurons")), sorted(opened(groups, 1))
    (['mlp', 'mlp.l0'], [])
    """
    inner = _inner(groups)
    depth = _depths(groups)
    result: set[str] = set()
    if level == "neurons":
        result = set(inner)
    elif level == "layers":
        for path in groups:
            if depth[path] == 1:
                result |= _down_to_layers(path, inner)
    elif isinstance(level, int):
        result = {path for path in inner if depth[path] < level}
    for path in more:
        check_path(groups, path)
        while path:
            result.add(path)
            path = groups[path].parent
    return result


def check_path(groups: Mapping[str, Group], path: str) -> None:
    """Raise a ValueError if there is no such group to open."""
    if path in groups:
        return
    near = difflib.get_close_matches(path, groups, 1, 0.5)
    known = ", ".join(list(groups)[:8]) + (", ..." if len(groups) > 8 else "")
    raise ValueError(
        f"open={path!r} names no group of this graph"
        + (f"; did you mean {near[0]!r}? " if near else ". ")
        + (f"There are {known}" if groups else "It has none: use autograd.scope(name)")
    )


def ladder(groups: Mapping[str, Group]) -> list[str | int]:
    """Levels with boxes for groups, from the finest to the coarsest."""
    if not groups:
        return []
    deepest = max(_depths(groups).values())
    steps: list[str | int] = ["neurons", *range(deepest - 1, 1, -1), "layers", "model"]
    return sorted(steps, key=lambda level: -len(opened(groups, level)))


def boxed(groups: Mapping[str, Group], open_: set[str]) -> dict[str, str]:
    """The box that nodes of each path are in, empty for those that stand for themselves."""
    result = {"": ""}
    for path in groups:
        chain = [path]
        while groups[chain[-1]].parent:
            chain.append(groups[chain[-1]].parent)
        result[path] = next((p for p in reversed(chain) if p not in open_), "")
    return result


def _inner(groups: Mapping[str, Group]) -> dict[str, list[str]]:
    """The groups directly inside each that has any."""
    inner: dict[str, list[str]] = {}
    for path, group in groups.items():
        if group.parent:
            inner.setdefault(group.parent, []).append(path)
    return inner


def _depths(groups: Mapping[str, Group]) -> dict[str, int]:
    """How many groups deep each is, the outermost being 1."""
    depths: dict[str, int] = {"": 0}
    for path, group in groups.items():  # outer ones first
        depths[path] = depths[group.parent] + 1
    return depths


def _down_to_layers(path: str, inner: Mapping[str, list[str]]) -> set[str]:
    """A group, and those within it that are nothing but a wrapper around one that has layers."""
    result = set()
    while path in inner:
        result.add(path)
        if len(inner[path]) > 1:
            break
        path = inner[path][0]
        if path not in inner:
            break
    return result
