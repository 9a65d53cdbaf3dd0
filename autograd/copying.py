"""Copying and pickling of nodes, whole graphs included, without recursion.

A node cannot simply hand its parents to ``pickle``: a chain of a thousand ops would overflow the
interpreter's stack. So the first node met lists everything behind it, leaves first; each entry then
finds its parents already written and refers to them. Nodes met later, by another way, are the same
objects to the pickler, so what was shared stays shared.

Hooks are functions of the running program and are left behind, and so is the scope that a node was
recorded in, whose modules would be copied along.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["Copied", "behind", "deepcopy_node", "write_after"]


class _Writing(threading.local):
    def __init__(self) -> None:
        # Nodes that a tape being pickled lists: their parents have been written before them.
        self.listed: set[int] = set()


_writing = _Writing()


def _parents(node: Any) -> tuple:
    parents = node.parents
    # A released node knows no parents any more; it is copied as what it still holds.
    return tuple(parents) if isinstance(parents, (tuple, list)) else ()


def behind(node: Any) -> list[Any]:
    """Everything ``node`` was computed from, each after its parents; without ``node`` itself."""
    pending: dict[int, int] = {id(node): 0}
    stack = [node]
    while stack:
        for parent in _parents(stack.pop()):
            if parent is not None:
                if id(parent) in pending:
                    pending[id(parent)] += 1
                else:
                    pending[id(parent)] = 1
                    stack.append(parent)
    order: list[Any] = []
    ready = [node]
    while ready:
        last = ready.pop()
        order.append(last)
        for parent in _parents(last):
            if parent is not None:
                pending[id(parent)] -= 1
                if not pending[id(parent)]:
                    ready.append(parent)
    return order[:0:-1]


def _state(node: Any) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for kind in type(node).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("__") and hasattr(node, name):
                state[name] = getattr(node, name)
    state.update(getattr(node, "__dict__", {}))
    for name in ("hooks", "scope"):
        if name in state:
            state[name] = None
    return state


def _rebuild(kind: type, state: dict[str, Any]) -> Any:
    node: Any = object.__new__(kind)
    for name, x in state.items():
        setattr(node, name, x)
    return node


class _Tape:
    """Some nodes, each after its parents, as one flat list in a pickle."""

    def __init__(self, nodes: list[Any]) -> None:
        self.nodes = nodes

    def _entries(self) -> Iterator[Any]:
        new = {id(node) for node in self.nodes} - _writing.listed
        try:
            _writing.listed |= new
            yield from self.nodes
        except GeneratorExit:
            _writing.listed -= new
            raise
        # The pickler may ask for many entries before it writes the first.
        yield _End(new)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return list, (), None, self._entries()


class _End:
    """Closes a tape when it is written."""

    def __init__(self, new: set[int]) -> None:
        self.new = new

    def __reduce_ex__(self, protocol: Any) -> Any:
        _writing.listed -= self.new
        return bool, ()


class _Call:
    """What makes an object again, to be written after a tape."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.call


def _read_after(tape: list[Any], x: Any) -> Any:
    return x


def write_after(node: Any, make: Any, args: tuple) -> tuple:
    """How to pickle ``make(*args)`` where ``args`` hold ``node``: after everything behind it."""
    return _read_after, (_Tape([*behind(node), node]), _Call(make, args))


class Copied:
    """A node that can be copied, deep-copied and pickled with the graph behind it."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> Any:
        if id(self) in _writing.listed or not any(p is not None for p in _parents(self)):
            return _rebuild, (type(self), _state(self))
        return _read_after, (_Tape(behind(self)), _Call(_rebuild, (type(self), _state(self))))

    def __copy__(self) -> Any:
        return _rebuild(type(self), _state(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return deepcopy_node(self, memo)


def deepcopy_node(root: Any, memo: dict[int, Any]) -> Any:
    """A deep copy of ``root`` and of everything behind it that ``memo`` does not hold yet."""
    for node in (*behind(root), root):
        if id(node) not in memo:
            made = object.__new__(type(node))
            memo[id(node)] = made
            for name, x in _state(node).items():
                setattr(made, name, copy.deepcopy(x, memo))
    return memo[id(root)]
