"""Which function writes which layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from ..module import Module

if TYPE_CHECKING:
    from .graph import Graph, Value

__all__ = ["Writer", "kin", "known", "register", "writer_of"]

Writer: TypeAlias = "Callable[[Graph, Module, Value], str]"
W = TypeVar("W", bound="Callable[..., str]")

_TABLE: dict[type[Module], Writer] = {}


def register(*kinds: type[Module]) -> Callable[[W], W]:
    """Declare how modules of these classes are written to an ONNX file.

    Parameters
    ----------
    *kinds : subclasses of Module
        Subclasses of theirs that keep the same ``forward`` are written likewise.

    Returns
    -------
    callable
        A decorator for a function of the graph, the module and its input. It adds nodes with
        ``graph.node(op, *inputs, **attributes)``, which takes arrays and parameters as inputs too,
        and returns the name of the output. The input has ``shape`` and ``dtype``.

    Examples
    --------
    >>> import numpy as np, nn
    >>> class Squared(nn.Module):
    ...     def forward(self, x):
    ...         return x * x
    >>> @nn.onnx.register(Squared)
    ... def squared(graph, module, x):
    ...     return graph.node("Mul", x, x)
    """

    def entered(writer: W) -> W:
        _TABLE.update(dict.fromkeys(kinds, writer))
        return writer

    return entered


def kin(module: Module) -> type[Module] | None:
    """The class by which a module would be written, if it computed what that does."""
    return next((kind for kind in type(module).__mro__ if kind in _TABLE), None)


def writer_of(module: Module) -> Writer | None:
    """The function for a module, unless its class has a ``forward`` of its own."""
    kind = kin(module)
    if kind is None or type(module).forward is not kind.forward:
        return None
    return _TABLE[kind]


def known() -> list[str]:
    """The names of the classes that can be written."""
    return sorted(kind.__name__ for kind in _TABLE)
