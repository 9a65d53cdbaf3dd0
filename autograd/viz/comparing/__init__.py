"""Two backward passes compared: what changed, by how much, and where their gradients part."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..model import Model, trace
from .change import Tolerance
from .graph import Graph
from .matching import match
from .merged import merged
from .merging import merge
from .parting import Parting, parting
from .result import Difference

__all__ = ["Difference", "Parting", "diff", "snapshot"]


def diff(
    graph_a: Any,
    graph_b: Any,
    *,
    rtol: float = 1e-7,
    atol: float = 1e-12,
    digits: int = 4,
) -> Difference:
    """Compare two graphs: the same network before and after a step, or with one thing changed.

    Vertices are matched by their labels, by the names of parameters in their modules, and by what
    is computed from what. Of each it is said whether it is the same, changed (in its value,
    gradient, op or parameters), added or removed. The first op, walking back from the root, that
    was sent the same gradient in both and sent back another is named: that is where to look.

    Parameters
    ----------
    graph_a, graph_b : Value, Tensor, a list of them, or Model
        The roots of the two graphs. Leaves that both of them use have one value and one gradient
        now; for a graph as it was before a step, give its :func:`snapshot`.
    rtol, atol : float
        Numbers x and y are the same if |x - y| ≤ atol + rtol · max(|x|, |y|).
    digits : int
        Significant digits of numbers.

    Returns
    -------
    Difference
        It prints as a summary and shows itself as a picture in notebooks.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import diff
    >>> def loss(activation):
    ...     x, w = Value(0.5, label="x"), Value(-2.0, label="w")
    ...     y = activation(x * w) + 3.0
    ...     y.backward()
    ...     return y
    >>> print(diff(loss(Value.tanh), loss(Value.sin)).summary(top=2))
    5 nodes: 5 changed
    the gradients part at sin (v3): 0.42 → 0.5403, sent to × (v2)
      another op: tanh → sin
    replaced: tanh → sin (v3)
    largest changes in gradient:
      x  -0.8399 → -1.081  22.3 %
      w  0.21 → 0.2702     22.3 %
      and 1 more
    """
    if not (rtol >= 0 and atol >= 0):
        raise ValueError(f"rtol and atol are not negative, got rtol={rtol}, atol={atol}")
    (first, of_a), (second, of_b) = _described(graph_a), _described(graph_b)
    table: dict[Any, int] = {}
    a, b = Graph(first, table), Graph(second, table)
    near = Tolerance(rtol, atol)
    model, places, uses = merged(a, b, merge(a, b, match(a, b)), near, digits)
    at = parting(model, places, uses, near, digits)
    found = Difference(model, places, at, _shared(first, of_a, of_b))
    if found.culprit is not None:
        model.vertices[found.culprit].marked = True
    return found


def snapshot(root: Any) -> Model:
    """The graph behind ``root`` as it is now, with copies of its numbers.

    A training step changes values and gradients of the parameters in place, in every graph that
    uses them; what this returns stays.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import diff, snapshot
    >>> w = Value(1.0, label="w")
    >>> loss = w * w
    >>> loss.backward()
    >>> before = snapshot(loss)
    >>> w.data, w.grad = w.data - 0.1 * w.grad, 0.0
    >>> loss = w * w
    >>> loss.backward()
    >>> diff(before, loss).model.vertices[0].about
    [('value', '1 → 0.8'), ('grad', '2 → 1.6')]
    """
    model, _ = _described(root)
    for vertex in model.vertices:
        vertex.data, vertex.grad = _copied(vertex.data), _copied(vertex.grad)
    for edge in model.edges:
        edge.local, edge.contribution = _copied(edge.local), _copied(edge.contribution)
    return model


def _copied(x: Any) -> Any:
    if isinstance(x, tuple):
        return tuple(map(_copied, x))
    if isinstance(x, dict):
        return type(x)((k, _copied(v)) for k, v in x.items())
    return np.array(x) if isinstance(x, np.ndarray) else x


def _described(graph: Any) -> tuple[Model, dict[Any, int]]:
    return (graph, {}) if isinstance(graph, Model) else trace(graph)


def _shared(first: Model, of_a: dict[Any, int], of_b: dict[Any, int]) -> list[str]:
    """A remark on leaves that cannot differ, being the same ones."""
    shared = [first.vertices[k].title for node, k in of_a.items() if node in of_b]
    if not shared or of_a.keys() == of_b.keys():
        return []
    names = ", ".join(shared[:3]) + (f" and {len(shared) - 3:,} more" if len(shared) > 3 else "")
    return [
        f"both graphs use {names}, of which value and gradient are as they are now: take "
        "snapshot(loss) before the step to compare with what they were"
    ]
