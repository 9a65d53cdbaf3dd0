"""What ``explain`` returns: the paths and numbers as data, and how they show themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...graph import Node
from .names import Names

__all__ = ["Explanation", "Path"]


@dataclass(frozen=True, slots=True)
class Path:
    """One way from the root back to the leaf."""

    nodes: tuple[Node, ...]
    """From root to leaf."""
    names: tuple[str, ...]
    positions: tuple[int, ...]
    """Which operand each step goes to; what tells the two paths of ``x * x`` apart."""
    factors: tuple[float, ...]
    """The local derivatives; between arrays the size of what travels back, at each node."""
    product: Any
    """What the path contributes to the gradient."""
    share: float
    """Its part of the gradient, NaN if that is zero or not finite; all shares add up to 1."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chain rule between two nodes, with numbers.

    ``str`` is for terminals, ``latex`` for papers; a notebook shows the formula.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import draw, explain
    >>> x = Value(3.0, label="x")
    >>> y = x * x + x
    >>> told = explain(y, x, k=1)
    >>> told.count, told.total, told.remainder
    (3, 7.0, 4.0)
    >>> picture = draw(y, mark=told.nodes)
    """

    root: Node | None
    leaf: Node | None
    names: Names
    paths: list[Path]
    """Those with the largest contributions, the largest first."""
    count: int
    """How many paths there are."""
    total: Any
    """The derivative: a float, or an array of the leaf's shape."""
    scalar: bool = True
    """Whether each step's derivative is one number."""
    digits: int = 4
    examined: int = 0
    """How many paths were compared; all of them except in large graphs of arrays."""
    hooked: bool = False
    """Whether hooks, which do not run here, may change what ``backward`` gives."""
    notes: list[str] = field(default_factory=list)
    """Why there is no path, if there is none."""

    @property
    def nodes(self) -> list[Node]:
        """The nodes on the paths shown, each once, to light them in a drawing."""
        return list(dict.fromkeys(node for path in self.paths for node in path.nodes))

    @property
    def shown(self) -> Any:
        """What the paths shown contribute together: :attr:`total` less :attr:`remainder`."""
        if self.scalar and all(math.isfinite(path.product) for path in self.paths):
            return math.fsum(path.product for path in self.paths)
        with np.errstate(all="ignore"):
            return sum(path.product for path in self.paths)

    @property
    def remainder(self) -> Any:
        """What the other paths contribute."""
        with np.errstate(all="ignore"):
            return self.total - self.shown

    @property
    def latex(self) -> str:
        """The chain rule as an ``aligned`` environment."""
        from .latex import to_latex

        return to_latex(self)

    def __str__(self) -> str:
        from .text import to_text

        return to_text(self)

    def __repr__(self) -> str:
        paths = "1 path" if self.count == 1 else f"{self.count_text} paths"
        size = "" if np.ndim(self.total) else f" = {self.total:.{self.digits}g}"
        return f"<Explanation of {self.names.derivative}{size}: {paths}>"

    @property
    def count_text(self) -> str:
        """The number of paths in a few characters."""
        from .text import count_text

        return count_text(self.count)

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"

    def _repr_markdown_(self) -> str:
        from .latex import to_markdown

        return to_markdown(self)
