"""The part of a graph that lies between a root and a leaf, its gradient and local derivatives."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...graph import Node, pull, reaching, topological
from ...op import walking
from ...value import Value

__all__ = ["Between", "Step", "between", "gradient", "is_scalar", "local_derivatives"]


class Step(NamedTuple):
    """One edge, walked from a result to an operand."""

    position: int
    source: Any
    local: float


@dataclass(slots=True)
class Between:
    """All nodes on paths from ``root`` to ``leaf``: results before operands, the leaf last."""

    root: Any
    leaf: Any
    order: list[Any]
    inside: set[Node]

    @property
    def seed(self) -> Any:
        """The root's derivative with respect to itself."""
        return 1.0 if isinstance(self.root, Value) else np.ones_like(self.root.data)

    @property
    def hooked(self) -> bool:
        """Whether hooks, which ``backward`` runs and nothing here does, may change gradients."""
        return any(node.hooks for node in self.order)

    def operands(self, node: Any) -> list[tuple[int, Any]]:
        """The operands that lie on a path, with their positions; one used twice is there twice."""
        if node is self.leaf:
            return []
        return [(i, p) for i, p in enumerate(node.parents) if p is not None and p in self.inside]


def between(root: Any, leaf: Any) -> Between | None:
    """The nodes on paths from ``root`` to ``leaf``; ``None`` if there is no path."""
    if root is leaf:
        return Between(root, leaf, [leaf], {leaf})
    order = topological([root])
    inside, _ = reaching(order, [leaf])
    if root not in inside:
        return None
    nodes = [node for node in order if node in inside and node is not leaf]
    return Between(root, leaf, [*nodes, leaf], inside)


class _All(Container[Any]):
    def __contains__(self, x: object) -> bool:
        return True


def gradient(dag: Between) -> Any:
    """The derivative of the root with respect to the leaf; no ``grad`` changes, no hook runs."""
    with walking(), np.errstate(all="ignore"):
        seeds = {dag.root: dag.seed}
        found = pull(dag.order, seeds, within=dag.inside, keep=[dag.leaf], quiet=_All())
    if dag.leaf in found:
        return found[dag.leaf]
    return 0.0 if isinstance(dag.leaf, Value) else np.zeros_like(dag.leaf.data)


def is_scalar(dag: Between) -> bool:
    """Whether each node holds one number, so that each local derivative is one too."""
    return all(
        isinstance(node, Value) or (isinstance(node.data, np.ndarray) and node.data.size == 1)
        for node in dag.order
    ) and not any(hasattr(p, "k") for p in dag.order if p is not dag.leaf)


def local_derivatives(dag: Between) -> dict[Any, list[Step]]:
    """For each node of a scalar graph its steps to operands on a path."""
    steps: dict[Any, list[Step]] = {}
    with np.errstate(all="ignore"):
        for node in dag.order:
            operands = dag.operands(node)
            if not operands:
                steps[node] = []
                continue
            one = 1.0 if isinstance(node, Value) else np.ones_like(node.data)
            wanted = [p if p is not None and p in dag.inside else None for p in node.parents]
            pulled = node.pull(one, wanted, False)
            steps[node] = [Step(i, p, _number(pulled[i])) for i, p in operands]
    return steps


def _number(x: Any) -> float:
    return 0.0 if x is None else float(np.asarray(x).item())
