"""What a model's parameters are called, which layer they sit in, and their numbers.

Tensors come one by one; the ``Value``s of a scalar network together by layer, as the weights and
the biases of an array would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import describe
from ...tensor import Tensor, plain_array
from ...value import Value

__all__ = ["Source", "array_of", "sources"]


class Source:
    """One array of parameters: a tensor, or numbers that are a layer's weights or biases."""

    __slots__ = ("labels", "layer", "name", "node", "nodes")

    def __init__(self, name: str, layer: str, nodes: Sequence[Any], labels: list[str]) -> None:
        self.name = name
        self.layer = layer
        self.nodes = nodes
        self.node = None if labels else nodes[0]
        self.labels = labels

    def value(self) -> np.ndarray:
        """The numbers, which may be the parameter's own array."""
        if self.node is not None:
            return array_of(self.node)
        return np.array([p.data for p in self.nodes], dtype=float)

    def grad(self) -> np.ndarray | None:
        """The gradient, ``None`` where there is none."""
        if self.node is not None:
            found = self.node.grad
            return None if found is None else array_of(found)
        return np.array([p.grad for p in self.nodes], dtype=float)


def array_of(x: Any) -> np.ndarray:
    """The numbers of an array, of a tensor of ours, or of another library's that has detach()."""
    if isinstance(x, (Tensor, Value)):
        return np.asarray(plain_array(x))
    return np.asarray(x.detach() if hasattr(x, "detach") else x)


def sources(model: Any) -> list[Source]:
    """A model's parameters: of ``named_parameters()``, else of ``parameters()``."""
    if hasattr(model, "named_parameters"):
        named = list(model.named_parameters())
    elif hasattr(model, "parameters"):
        named = [
            (getattr(p, "label", None) or f"p{k}", p) for k, p in enumerate(model.parameters())
        ]
    else:
        raise TypeError(
            "a FlowRecorder watches a model, which has named_parameters() or parameters(); got "
            f"{describe(model)}"
        )
    found: list[Source] = []
    numbers: dict[tuple[str, str], list[tuple[str, Any]]] = {}
    for name, p in named:
        if isinstance(p, Value):
            what = "bias" if name.rpartition(".")[2].startswith("b") else "weight"
            numbers.setdefault((_layer_of_number(name), what), []).append((name, p))
        else:
            found.append(Source(name, layer_of(name), [p], []))
    for (layer, what), pairs in numbers.items():
        labels, nodes = [label for label, _ in pairs], [p for _, p in pairs]
        found.append(Source(f"{layer}.{what}", layer, nodes, labels))
    return found


def layer_of(name: str) -> str:
    """The dotted name of what holds a parameter: ``"enc.0.weight"`` sits in ``"enc.0"``."""
    return name.rpartition(".")[0]


def _layer_of_number(label: str) -> str:
    """``l0.n1.w2``, weight 2 of neuron 1, sits in ``l0``."""
    parts = label.split(".")
    return ".".join(parts[:-2]) or parts[0] if len(parts) > 1 else "parameters"
