"""What nodes are called in every form: the user's labels, the modules' names, else a number.

The numbers are those of a drawing of the whole graph, where constants take part in the count.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import describe
from ..graph import Freed, Node
from ..tensor import Tensor, current
from ..value import Bound, Value
from .groups import grouping

__all__ = ["Titles", "marked_nodes", "node_of", "operands"]


class Titles:
    """Names for the nodes of a graph.

    Parameters
    ----------
    nodes : sequence of Node
        A recorded graph, operands before results, in the order in which it is drawn.

    Examples
    --------
    >>> from autograd import Value
    >>> x, y = Value(2.0), Value(3.0, label="y")
    >>> z = x * y
    >>> titles = Titles([x, y, z])
    >>> titles.title(x), titles.title(y), titles.title(z)
    ('v0', 'y', 'v2')
    """

    def __init__(self, nodes: Sequence[Any]) -> None:
        self.name_of = grouping(nodes).name_of
        """The name that somebody gave a node, or ``None``."""
        self.numbers: dict[Any, int] = {}
        at = 0
        for node in nodes:
            at += sum(p is None for p, _ in operands(node))
            self.numbers[node] = at
            at += 1

    def title(self, node: Any) -> str:
        """The name, or the number that a drawing gives the node."""
        return self.name_of(node) or f"v{self.numbers[node]}"

    def find(self, label: str, where: str = "behind the root") -> Any:
        """The one node of a name, or of a name that ends in ``label`` after a dot.

        Raises
        ------
        ValueError
            If there is none, or more than one; it tells the names that are there.
        """
        by_name: dict[str, list[Any]] = {}
        for node in reversed(self.numbers):  # from the result
            if name := self.name_of(node):
                by_name.setdefault(name, []).append(node)
        names = [label] if label in by_name else [n for n in by_name if n.endswith(f".{label}")]
        found = [node for name in names for node in by_name[name]]
        if len(found) == 1:
            return found[0]
        if len(names) > 1:
            raise ValueError(
                f"{len(names)} names {where} end in {label!r}: {_listed(names[:8])}; give more of "
                "the one you mean"
            )
        if found:
            raise ValueError(
                f"{len(found)} nodes {where} are labelled {label!r}; pass the one you mean itself "
                "in place of its label"
            )
        near = difflib.get_close_matches(label, by_name, n=3) or list(by_name)[:8]
        hint = f"labels there: {_listed(near)}" if near else "nothing there has a label"
        raise ValueError(f"no node {where} is labelled {label!r}; {hint}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def marked_nodes(mark: Any, nodes: Sequence[Any]) -> set[Any]:
    """The nodes of a graph that are to stand out.

    Parameters
    ----------
    mark : Value, Tensor, node, str, or a list of them, optional
        Nodes, or their labels.
    nodes : sequence of Node
        The graph, operands before results.

    Raises
    ------
    TypeError
        If something is neither.
    ValueError
        If something is not in the graph.
    """
    if mark is None:
        return set()
    single = isinstance(mark, (Value, Tensor, Node, str)) or not isinstance(mark, Iterable)
    stack = [mark] if single else list(mark)[::-1]
    known, titles, found = set(nodes), None, set()
    while stack:
        item = stack.pop()
        if isinstance(item, (list, tuple)):
            stack.extend(item[::-1])
            continue
        if isinstance(item, str):
            titles = titles or Titles(nodes)
            found.add(titles.find(item, "in the graph"))
            continue
        if not isinstance(item, (Value, Tensor, Node)):
            raise TypeError(
                f"mark is a Value, a Tensor, a label or a list of them, got {describe(item)}"
            )
        node = node_of(item)
        if node not in known:
            raise ValueError(
                f"mark is not in the graph that is drawn: {describe(item)}; "
                "autograd.viz.why_zero(root, it) tells why"
            )
        found.add(node)
    return found


def node_of(x: Any) -> Any:
    """The node behind a value or tensor; ``None`` if it records nothing."""
    if isinstance(x, Tensor):
        return current(x)._node
    return x if isinstance(x, Node) else None


def operands(node: Any) -> list[tuple[Node | None, Any]]:
    """All operands as (node, ``None``) or (``None``, constant)."""
    if type(node.parents) is Freed or node.op is None:
        return []
    if hasattr(node, "k"):
        return [(node.parents[0], None)]
    if not isinstance(node, Value):
        # Of a checkpoint, what its function closes over comes after the operands.
        return [(p, node.args[i] if p is None else None) for i, p in enumerate(node.parents)]
    slots = ((node.a, node.da), (node.b, node.db))[: node._by.arity]
    own = [(None, x) if d is None else (x, None) for x, d in slots]
    if type(node._by) is not Bound:
        return own
    full: list[tuple[Node | None, Any]] = [(None, x) for x in node._by.args]
    for i, operand in zip(node._by.where, own, strict=True):
        full[i] = operand
    return full
