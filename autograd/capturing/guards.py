"""Whether what a recording found outside of its arguments is still so.

Modules that were called, and those inside them, train or not, and have the same plain settings, the
same tensors and parts, and no hooks; tensors need gradients or not, and have hooks, as they did.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..modes import CHANGES
from .program import Array, Program

__all__ = ["Guards"]

_PLAIN = (bool, int, float, str, type(None))


class Guards:
    """What a recording relies on.

    Parameters
    ----------
    program : Program
        Whose tensors are looked at.
    modules : iterable
        Those that were called.
    """

    __slots__ = ("_alive", "_changes", "_hooked", "_hooks", "_modules", "_settings", "_tensors")

    def __init__(self, program: Program, modules: Iterable[Any]) -> None:
        self._modules = list(modules)
        self._changes = CHANGES[0]
        self._settings, self._alive = _settings(self._modules)
        self._hooked: tuple[int, bool] = (-1, False)
        held: dict[int, tuple[Any, Any]] = {}
        for step in program.steps:
            for x in step.arrays:
                if isinstance(x, Array) and x.kind == "held":
                    held[id(x.holder)] = (x.holder, x.holder._node)
        self._tensors = list(held.values())
        self._hooks = self._now_hooked()

    def hold(self) -> bool:
        """Whether all is as it was."""
        for tensor, node in self._tensors:
            if tensor._node is not node:
                return False
        if CHANGES[0] != self._changes:
            changes = CHANGES[0]
            if _settings(self._modules)[0] != self._settings:
                return False
            if self._now_hooked() != self._hooks:
                return False
            self._changes = changes
        return True

    def _now_hooked(self) -> list[list[Any]]:
        """The hooks that see each tensor's gradient."""
        nodes = [node for _, node in self._tensors]
        return [[] if node is None or not node.hooks else [*node.hooks.values()] for node in nodes]

    def hooked(self) -> bool:
        """Whether somebody wants to see what modules give, which a replay cannot show."""
        changes = CHANGES[0]
        seen, hooked = self._hooked
        if seen != changes:
            hooked = any(getattr(module, "_forward_hooks", ()) for module in self._modules)
            self._hooked = changes, hooked
        return hooked


def _settings(modules: Iterable[Any]) -> tuple[list[tuple], list[Any]]:
    """Plain values by what they are, all else by which object it is; and those objects.

    Parts of modules are looked at too, whether they were called or not.
    """
    found: list[tuple] = []
    alive: list[Any] = []
    pending = list(modules)
    seen = set(map(id, pending))
    while pending:
        module = pending.pop()
        found.append(("training", getattr(module, "training", True)))
        for name, value in getattr(module, "__dict__", {}).items():
            if name in ("training", "_forward_hooks"):
                continue
            for key, x in _items(value):
                if isinstance(x, _PLAIN):
                    found.append((name, key, type(x), x))
                    continue
                found.append((name, key, id(x)))
                alive.append(x)
                if hasattr(x, "training") and id(x) not in seen:
                    seen.add(id(x))
                    pending.append(x)
    return found, alive


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    """What is in a list or dict; anything else alone."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, tuple)):
        return enumerate(value)
    return ((None, value),)
