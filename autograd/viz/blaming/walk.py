"""Derivatives of what is computed already, with no trace left: no ``grad`` filled, no hook run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...graph import pull, push, reaching, topological
from ...modes import enable_grad
from ...op import walking
from ...value import Value

__all__ = ["Walk", "leaves", "norm"]


def leaves(roots: Sequence[Any]) -> list[Any]:
    """The leaves behind nodes, in the order in which the formula first uses them."""
    found: dict[Any, None] = {}
    for node in reversed(topological(roots)):
        if node.op is None:
            found[node] = None
        for parent in node.parents:
            if parent is not None and parent.op is None:
                found[parent] = None
    return list(found)


class Walk:
    """The part of a recorded graph between ``roots`` and ``targets``, ready for many walks.

    The derivatives are the graph's own: hooks, which may replace a gradient or keep a note of it,
    do not run. A target stops the walk, as if it were a variable of its own.
    """

    def __init__(self, roots: Iterable[Any], targets: Sequence[Any]) -> None:
        self.targets = targets
        order = topological(roots)
        self.within, _ = reaching(order, targets)
        self.order = [node for node in order if node in self.within]

    def pull(self, seeds: Mapping[Any, Any]) -> list[np.ndarray]:
        """The cotangents of the targets, zeros where none arrived."""
        inside = {node: g for node, g in seeds.items() if node in self.within}
        with walking(), enable_grad(), np.errstate(all="ignore"):
            found = pull(
                self.order, inside, within=self.within, keep=self.targets, quiet=self.within
            )
        return [
            np.array(found[node]) if node in found else np.zeros_like(node.data)
            for node in self.targets
        ]

    def push(self, tangents: Sequence[np.ndarray]) -> dict[Any, Any]:
        """The tangents of all nodes, given the targets'."""
        known = {
            node: float(t) if isinstance(node, Value) else np.asarray(t, node.data.dtype)
            for node, t in zip(self.targets, tangents, strict=True)
        }
        with walking(), enable_grad(), np.errstate(all="ignore"):
            return push(self.order, known)


def norm(arrays: Iterable[Any]) -> float:
    """The Euclidean norm of several arrays together, where their squares would overflow too."""
    parts = [np.asarray(x, dtype=float).ravel() for x in arrays]
    top = max((float(np.abs(x).max()) for x in parts if x.size), default=0.0)
    if top == 0.0 or not np.isfinite(top):
        return top if top == 0.0 else float("nan")
    return top * float(np.sqrt(sum(float(np.square(x / top).sum()) for x in parts)))
