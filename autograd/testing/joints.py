"""What joins the parts of a graph and has no rule on arrays: checkpoints, values and tensors.

Each is done here once more by hand, to compare with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..border import Item, SpreadNode, collect
from ..checkpoint import CheckpointNode
from ..graph import Parts
from ..op import plain
from ..tensor import TensorNode
from .recording import node_of, ordered

__all__ = ["ChangedError", "is_joint", "outputs_of", "pulled", "pushed", "total"]


def is_joint(node: Any) -> bool:
    """Whether a node joins parts of the graph and has no rule of its own."""
    return isinstance(node, (Item, SpreadNode, CheckpointNode)) or (
        isinstance(node, TensorNode) and node.op is collect
    )


def outputs_of(node: Any) -> list[Any] | None:
    """The several outputs that a node has, ``None`` if it has one."""
    if isinstance(node, SpreadNode):
        return list(node.data.ravel())
    return list(node.data) if isinstance(node, CheckpointNode) else None


def total(a: Any, b: Any) -> Any:
    """The sum of two cotangents; not by the sum that parts have, which may be what is wrong."""
    if not isinstance(a, Parts):
        return a + b
    return Parts({k: a[k] + b[k] if k in a and k in b else a.get(k, b.get(k)) for k in {**a, **b}})


# Backwards ------------------------------------------------------------------------------------


def pulled(node: Any, g: Any) -> Sequence[Any]:
    """Cotangents for the parents of a joint."""
    if isinstance(node, Item):
        return (Parts({node.k: g}),)
    if isinstance(node, SpreadNode):
        flat = np.zeros(node.data.size, node.data.dtype)
        for k, part in g.items():
            flat[k] = part
        return (flat.reshape(node.data.shape),)
    if isinstance(node, CheckpointNode):
        return _pulled_again(node, g)
    return [float(np.ravel(g)[k]) for k in node.params["where"]]


def _pulled_again(node: CheckpointNode, g: Any) -> list[Any]:
    outputs, targets = again(node)
    found: dict[Any, Any] = {}
    for k, ct in g.items():
        _add(found, node_of(outputs[k]), ct)
    for inner in reversed(ordered(node_of(x) for x in outputs)):
        if inner in found and inner.op is not None and inner not in targets:
            for parent, ct in zip(inner.parents, inner.pull(found[inner], inner.parents, False)):
                if ct is not None:
                    _add(found, parent, ct)
    return [found.get(t) for t in targets]


def _add(found: dict[Any, Any], node: Any, ct: Any) -> None:
    if node is not None:
        # Copied: a rule may hand on one array twice, or a view.
        kept = ct if isinstance(ct, (float, Parts)) else np.array(ct)
        found[node] = total(found[node], kept) if node in found else kept


# Forwards -------------------------------------------------------------------------------------


def pushed(node: Any, tangents: Sequence[Any]) -> Any:
    """The tangent of a joint, of its outputs in a list if it has several."""
    if isinstance(node, Item):
        return tangents[0][node.k]
    if isinstance(node, SpreadNode):
        return np.ravel(tangents[0]).tolist()
    if isinstance(node, CheckpointNode):
        return _pushed_again(node, tangents)
    flat = np.zeros(node.params["size"], node.data.dtype)
    for k, t in zip(node.params["where"], tangents, strict=True):
        flat[k] = 0.0 if t is None else t
    return flat.reshape(node.params["shape"])


def _pushed_again(node: CheckpointNode, tangents: Sequence[Any]) -> Any:
    outputs, targets = again(node)
    found = {n: t for n, t in zip(targets, tangents, strict=True) if t is not None}
    for inner in ordered(node_of(x) for x in outputs):
        incoming = [None if p is None else found.get(p) for p in inner.parents]
        if inner not in found and any(t is not None for t in incoming):
            found[inner] = inner.push(incoming, False)
    return Parts({k: found.get(node_of(x)) for k, x in enumerate(outputs)})


class ChangedError(ArithmeticError):
    """A checkpointed function gave another result when it ran again."""


def again(node: CheckpointNode) -> tuple[list[Any], list[Any]]:
    """A checkpointed function's outputs from another run, and the nodes of its arguments."""
    outputs, targets = node._again(False)
    for k, (x, y) in enumerate(zip(outputs, node.data, strict=True)):
        if not np.array_equal(np.asarray(plain(x)), np.asarray(y), equal_nan=True):
            raise ChangedError(
                f"it gives another result when it runs again for the gradient (output {k})"
            )
    return outputs, targets
