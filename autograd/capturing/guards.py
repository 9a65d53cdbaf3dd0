"""Whether what a recording found outside of its arguments is still so.

Modules that were called train or not, and have the same plain settings and no hooks; tensors need
gradients or not, as they did.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..modes import CHANGES
from .program import Array, Program

__all__ = ["Guards"]

_PLAIN = (bool, int, float, str, type(None), tuple)


class Guards:
    """What a recording relies on.

    Parameters
    ----------
    program : Program
        Whose tensors are looked at.
    modules : iterable
        Those that were called.
    """

    __slots__ = ("_changes", "_modules", "_settings", "_tensors")

    def __init__(self, program: Program, modules: Iterable[Any]) -> None:
        self._modules = list(modules)
        self._changes = CHANGES[0]
        self._settings = list(map(_settings, self._modules))
        held: dict[int, tuple[Any, Any]] = {}
        for step in program.steps:
            for x in step.arrays:
                if isinstance(x, Array) and x.kind == "held":
                    held[id(x.holder)] = (x.holder, x.holder._node)
        self._tensors = list(held.values())

    def hold(self) -> bool:
        """Whether all is as it was."""
        for tensor, node in self._tensors:
            if tensor._node is not node:
                return False
        if CHANGES[0] != self._changes:
            changes = CHANGES[0]
            if list(map(_settings, self._modules)) != self._settings:
                return False
            self._changes = changes
        return True

    def hooked(self) -> bool:
        """Whether somebody wants to see what modules give, which a replay cannot show."""
        return any(getattr(module, "_forward_hooks", ()) for module in self._modules)


def _settings(module: Any) -> list[tuple[str, Any]]:
    """The plain values among a module's attributes, whether it trains among them."""
    own = [
        (name, x)
        for name, x in getattr(module, "__dict__", {}).items()
        if isinstance(x, _PLAIN) and name not in ("training", "_forward_hooks")
    ]
    return [("training", getattr(module, "training", True)), *own]
