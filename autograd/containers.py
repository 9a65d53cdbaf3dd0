"""Nested containers: dicts, lists, tuples, named tuples and dataclasses of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Tree", "flatten", "map_leaves"]


class Tree:
    """The shape of a nested container, without its leaves."""

    __slots__ = ("children", "keys", "kind", "template")

    def __init__(self, kind: str, template: Any, keys: Any, children: list[Tree]) -> None:
        self.kind = kind
        self.template = template
        self.keys = keys
        self.children = children

    def build(self, leaves: list[Any]) -> Any:
        """The container again, with these leaves in order."""
        return self._take(iter(leaves))

    def _take(self, leaves: Any) -> Any:
        if self.kind == "leaf":
            return next(leaves)
        if self.kind == "none":
            return None
        parts = [c._take(leaves) for c in self.children]
        if self.kind == "dict":
            made = dict(zip(self.keys, parts, strict=True))
            kind = type(self.template)
            return made if kind is dict else kind(made)
        if self.kind == "dataclass":
            changes = dict(zip(self.keys, parts, strict=True))
            from dataclasses import replace

            return replace(self.template, **changes)
        if self.kind == "namedtuple":
            return type(self.template)(*parts)
        return type(self.template)(parts)

    def same(self, other: Tree) -> bool:
        """Whether both have the same nesting."""
        return (
            self.kind == other.kind
            and self.keys == other.keys
            and len(self.children) == len(other.children)
            and all(a.same(b) for a, b in zip(self.children, other.children, strict=True))
        )


_LEAF = Tree("leaf", None, None, [])


def flatten(x: Any) -> tuple[list[Any], Tree]:
    """The leaves of a nested container and its shape.

    Examples
    --------
    >>> leaves, tree = flatten({"w": [1.0, 2.0], "b": (3.0,)})
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> tree.build([10, 20, 30])
    {'w': [10, 20], 'b': (30,)}
    """
    leaves: list[Any] = []
    return leaves, _flatten(x, leaves)


def _flatten(x: Any, leaves: list[Any]) -> Tree:
    if x is None:
        return Tree("none", None, None, [])
    if isinstance(x, dict):
        keys = list(x)
        return Tree("dict", x, keys, [_flatten(x[k], leaves) for k in keys])
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return Tree("namedtuple", x, x._fields, [_flatten(y, leaves) for y in x])
    if isinstance(x, (list, tuple)):
        kind = "list" if isinstance(x, list) else "tuple"
        return Tree(kind, x, len(x), [_flatten(y, leaves) for y in x])
    fields = getattr(type(x), "__dataclass_fields__", None)
    if fields is not None:
        keys = [name for name, field in fields.items() if field.init]
        return Tree("dataclass", x, keys, [_flatten(getattr(x, k), leaves) for k in keys])
    leaves.append(x)
    return _LEAF


def map_leaves(function: Callable[[Any], Any], x: Any) -> Any:
    """Apply ``function`` to every leaf, keeping the nesting."""
    leaves, tree = flatten(x)
    return tree.build([function(leaf) for leaf in leaves])
