"""What a drawing shows, as plain data: vertices, edges and groups with their numbers.

No layout, no colour, nothing of the engine: what :func:`autograd.viz.build` makes of a recorded
graph, what every form of drawing reads, and what is written as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["HIDDEN", "Edge", "Group", "Model", "Vertex"]

HIDDEN = -1
"""The edge end that stands for all vertices not shown."""


@dataclass(slots=True)
class Vertex:
    """One value in the graph: a leaf, a constant, or the result of an op."""

    id: int
    kind: str
    """``leaf``, ``op``, ``constant``, or ``group``: a box that stands for several."""
    name: str | None
    """The user's label."""
    op: str | None
    """The op's name, ``None`` for leaves and constants."""
    symbol: str | None
    """How the op is written in drawings."""
    params: str
    """The op's parameters that are not at their defaults."""
    data: Any
    """A float, an array, a tuple of arrays, or ``None`` if it was released."""
    grad: Any
    """A float or an array; ``None`` if no gradient arrived."""
    root: bool = False
    freed: bool = False
    """Whether ``backward(retain_graph=False)`` has let go of what it was computed from."""
    marked: bool = False
    """Whether it is to stand out."""
    group: str = ""
    """The dotted path of the innermost group it is in, empty outside of all."""
    line: str | None = None
    """The source line that called the op, ``file:line``, where that was recorded."""
    turn: int | None = None
    """Its place in the reverse walk, the root's being 0; ``None`` for constants."""
    members: int = 1
    """How many nodes a group stands for."""
    about: list[tuple[str, str]] = field(default_factory=list)
    """Rows of (what, text) in place of value and gradient: what a group says of itself, and how a
    vertex of two compared graphs changed."""
    look: str | None = None
    """How it compares with another graph's: ``added``, ``removed``, ``changed`` or ``same``. Or, of
    a plan's calls, ``warm`` and ``hot`` for those that take much of the time."""

    @property
    def title(self) -> str:
        """The label, or a short name made from the number."""
        return self.name if self.name else f"v{self.id}"


@dataclass(slots=True)
class Edge:
    """One use of a value by an op."""

    source: int
    target: int
    position: int
    """Which operand of the target it is."""
    local: Any = None
    """The local derivative, where the op works element by element; a float or an array."""
    contribution: Any = None
    """What came back along this edge; ``None`` if no gradient did. Between groups, for uses of one
    number alone, their sum."""
    problem: str | None = None
    """What the op's rule raised when it was asked."""
    share: float | None = None
    """Its signed part in the source's gradient g: <c, g> / |g|² for the contribution c. Those of
    all uses of a value add up to 1. Between groups, where all uses are of one value."""
    count: int = 1
    """How many uses it stands for, between groups."""
    size: float | None = None
    """Between groups, the sizes of the contributions it stands for, added up."""
    look: str | None = None
    """As a vertex's. Or ``flow``, for an arrow that stands for no derivative, as between the layers
    of a model; ``skip``, if there is a longer way around it."""


@dataclass(slots=True)
class Group:
    """Nodes that belong together: what a module's call, or a ``scope``, recorded."""

    path: str
    """The dotted path, such as ``encoder.0``."""
    title: str
    """What it is, such as the class of the module; empty for a scope."""
    parent: str
    """The path of the group around it, empty if there is none."""
    members: int = 0
    """How many nodes are in it, those of inner groups included, shown or not."""
    calls: int = 1
    """How many times it was called, or entered."""


@dataclass(slots=True, repr=False)
class Model:
    """A graph to draw; operands come before results."""

    vertices: list[Vertex] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    total: int = 0
    """How many vertices the graph has, constants not counted."""
    hidden: int = 0
    """How many of them are not shown."""
    groups: dict[str, Group] = field(default_factory=dict)
    """Groups by path, outer ones first."""
    notes: list[str] = field(default_factory=list)
    """What is not shown, in words, beside ``hidden``."""

    def __repr__(self) -> str:
        shown = sum(v.kind != "constant" or v.root for v in self.vertices)
        parts = [f"{shown:,} vertices", f"{len(self.edges):,} edges"]
        if shown != self.total:
            parts[0] += f" for {self.total:,} nodes"
        if self.groups:
            parts.append(f"{len(self.groups):,} groups")
        return f"<Model: {', '.join(parts)}; draw(it) draws it>"

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None, **_: Any
    ) -> dict[str, Any]:
        from . import draw

        lines = [repr(self)]
        bundle: dict[str, Any] = {}
        try:
            bundle = draw(self)._repr_mimebundle_()
        except Exception as error:  # a notebook would show the traceback in place of the model
            lines.append(f"no picture: {type(error).__name__}: {error}")
        return {**bundle, "text/plain": "\n".join(lines)}

    @property
    def freed(self) -> bool:
        """Whether parts of the graph were released, so that it ends early."""
        return any(v.freed for v in self.vertices)

    def uses(self, vertex: Vertex) -> list[Edge]:
        """The edges out of a vertex, to the ops that used it."""
        return [e for e in self.edges if e.source == vertex.id]
