"""A recorded graph as plain data, to be drawn: vertices and edges with their numbers.

An edge runs from an operand to the result it went into, one for each use: ``x * x`` has two. It
carries the local derivative and, once ``backward`` has run, the *contribution*: what travelled back
along it, the local derivative times the result's gradient. The contributions of all edges out of a
vertex add up to its gradient, and that is the chain rule.

Everything is iterative and linear in the size of the graph. Of a large graph the vertices nearest
to the root are kept, and the others are counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..border import Item, collect
from ..errors import describe
from ..graph import Freed, Node, Parts, topological
from ..op import Elementwise
from ..ops.index import getitem
from ..tensor import Tensor, TensorNode, current
from ..value import FREED, Bound, Value
from .checks import at_least_one
from .figures import in_short
from .groups import grouping, label_of
from .pieces import HIDDEN, Edge, Group, Model, Vertex
from .titles import Titles, marked_nodes

__all__ = ["HIDDEN", "Edge", "Group", "Model", "Vertex", "build", "titles", "trace"]


def build(root: Any, max_nodes: int | None = None, mark: Any = None) -> Model:
    """Describe the graph behind ``root``.

    Parameters
    ----------
    root : Value, Tensor, or an iterable of them
        What was computed.
    max_nodes : int, optional
        Keep this many vertices, those with the fewest steps to a root, or to what is marked.
        Constants come on top.
    mark : Value, Tensor, node, label, or an iterable of them, optional
        Vertices to make stand out.

    Raises
    ------
    TypeError
        If there is nothing to draw in ``root``.
    ValueError
        If what is marked is not in the graph.
    """
    return trace(root, max_nodes, mark)[0]


def trace(
    root: Any, max_nodes: int | None = None, mark: Any = None
) -> tuple[Model, dict[Node, int]]:
    """As :func:`build`, with the vertex of each node that is shown."""
    if max_nodes is not None:
        at_least_one(max_nodes=max_nodes)
    roots, extra = _roots(root)
    by_distance = _by_distance(roots)
    marked = set() if mark is None else marked_nodes(mark, _whole(by_distance))
    if marked:
        by_distance = _around(marked, by_distance)
    shown = by_distance if max_nodes is None else by_distance[:max_nodes]
    hidden = by_distance[len(shown) :]
    kept = dict.fromkeys(shown)
    order = _operands_first(shown, kept)
    parts = _gathered(by_distance)
    model = Model(total=len(by_distance) + len(extra), hidden=len(hidden))
    # Of all nodes: those of a group are counted, and take their turns, shown or not.
    everything = _whole(by_distance) if hidden else order
    groups = grouping(everything)
    turns = _turns(roots, everything)
    is_root = set(roots)
    ids: dict[Any, int] = {}
    for node in order:
        edges = _edges(node, parts.get(node))
        for position, (source, constant, edge) in enumerate(edges):
            edge.position = position
            if source is None:
                vertex = _constant(len(model.vertices), constant)
                vertex.group = groups.path_of(node)
                model.vertices.append(vertex)
                edge.source = vertex.id
            else:
                edge.source = ids[source] if source in kept else HIDDEN
                edge.share = _share(edge.contribution, getattr(source, "grad", None))
        vertex = _vertex(len(model.vertices), node, node in is_root)
        vertex.name = groups.name_of(node)
        vertex.marked = node in marked
        vertex.group = groups.path_of(node)
        vertex.line = getattr(node, "line", None)
        vertex.turn = turns.get(node)
        model.vertices.append(vertex)
        ids[node] = vertex.id
        for _, _, edge in edges:
            edge.target = vertex.id
            model.edges.append(edge)
    # Vertices that are shown may also be used by some that are not.
    cut = {ids[p]: None for node in hidden for p in _parents(node) if p in kept}
    model.edges += [Edge(source, HIDDEN, 0) for source in cut]
    for t in extra:
        vertex = _constant(len(model.vertices), t)
        vertex.root = True
        vertex.name = label_of(t)
        model.vertices.append(vertex)
    model.groups = groups.groups
    return model, ids


def _turns(roots: Sequence[Any], order: Sequence[Any]) -> dict[Any, int]:
    """When the reverse walk comes to each node; to a leaf once its last user has been there."""
    if any(type(node.parents) is Freed for node in order):  # no walk will come through here again
        return {node: k for k, node in enumerate(reversed(order))}
    uses: dict[Any, int] = {}
    for node in order:
        for parent in _parents(node):
            if parent.op is None:
                uses[parent] = uses.get(parent, 0) + 1
    turns: dict[Any, int] = {}
    for node in topological(roots):
        if node in uses:
            continue  # a root that is a leaf, and used by another
        turns[node] = len(turns)
        for parent in _parents(node):
            if parent.op is None:
                uses[parent] -= 1
                if not uses[parent]:
                    turns[parent] = len(turns)
    return turns


def titles(roots: Iterable[Any]) -> Titles:
    """What all that is behind some nodes is called in their drawing."""
    return Titles(_whole(_by_distance(list(roots))))


def _share(contribution: Any, g: Any) -> float | None:
    """The part of the gradient ``g`` that came along an edge, with its sign: <c, g> / |g|²."""
    if type(contribution) is float and type(g) is float:
        share = contribution / g if g else math.nan
        return share if math.isfinite(share) else None
    if contribution is None or g is None or isinstance(contribution, dict):
        return None
    with np.errstate(all="ignore"):
        c, g = np.asarray(contribution, dtype=float), np.asarray(g, dtype=float)
        top = float(np.abs(g).max()) if g.size else 0.0
        if not top or not np.isfinite(top) or c.shape != g.shape:
            return None
        scaled = g / top  # the squares of a gradient of 1e-200 would vanish
        share = float(np.vdot(c / top, scaled) / np.vdot(scaled, scaled))
    return share if np.isfinite(share) else None


def _roots(root: Any) -> tuple[list[Node], list[Tensor]]:
    """The nodes to start from, and the tensors that have none."""
    items = [root] if isinstance(root, (Value, Tensor, Node)) else root
    if isinstance(items, Mapping) or not isinstance(items, Iterable) or _is_other(items):
        raise _not_to_draw(items)
    nodes: dict[Node, None] = {}
    extra = []
    stack = list(items)[::-1]
    while stack:
        item = stack.pop()
        if isinstance(item, Node):
            nodes[item] = None
        elif isinstance(item, Tensor):
            node = current(item)._node
            if node is None:
                extra.append(item)
            else:
                nodes[node] = None
        elif isinstance(item, (list, tuple)):
            stack.extend(item[::-1])
        else:
            raise _not_to_draw(item)
    if not nodes and not extra:
        raise TypeError("draw was given an empty list; give it a Value or a Tensor")
    return list(nodes), extra


def _is_other(x: Any) -> bool:
    """Whether it can be iterated over and is no container of nodes."""
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    plain = hasattr(x, "__array__") and kind != "O"
    return isinstance(x, (str, bytes)) or plain or _is_module(x)


def _is_module(x: Any) -> bool:
    return hasattr(x, "named_parameters") or hasattr(x, "parameters")


def _not_to_draw(x: Any) -> TypeError:
    kind = type(x).__name__
    if _is_module(x):
        got = f"the model {kind}: model.draw() draws it, and draw(loss) what it has computed"
    elif isinstance(x, Mapping):
        got = f"a {kind}: give what is in it, such as list(it.values())"
    elif hasattr(x, "__array__"):
        got = f"{describe(x)}: plain data has no graph. Compute from Tensor(x, requires_grad=True)"
    else:
        got = describe(x)
    return TypeError(f"give a Value, a Tensor or a list of them to draw, got {got}")


# Order ----------------------------------------------------------------------------------------


def _parents(node: Any) -> list[Any]:
    parents = node.parents
    return [] if type(parents) is Freed else [p for p in parents if p is not None]


def _by_distance(roots: Sequence[Node]) -> list[Node]:
    """All nodes behind ``roots``, those with fewer steps to a root first."""
    found = dict.fromkeys(roots)
    queue = list(found)
    for node in queue:  # the list grows as it is read
        for parent in _parents(node):
            if parent not in found:
                found[parent] = None
                queue.append(parent)
    return queue


def _around(marked: set[Node], nodes: list[Node]) -> list[Node]:
    """``nodes`` by their steps, up or down, from those that are marked."""
    near: dict[Node, list[Node]] = {node: [] for node in nodes}
    for node in nodes:
        for parent in _parents(node):
            near[node].append(parent)
            near[parent].append(node)
    found = dict.fromkeys(node for node in nodes if node in marked)
    queue = list(found)
    for node in queue:
        for other in near[node]:
            if other not in found:
                found[other] = None
                queue.append(other)
    return [*found, *(node for node in nodes if node not in found)]


def _operands_first(nodes: Sequence[Node], kept: dict[Node, None]) -> list[Node]:
    """``nodes`` with operands before results, in the order in which the formula reads."""
    waiting: dict[Node, list[Node]] = {}
    done: dict[Node, None] = {}
    for start in nodes:
        stack = [start]
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
                continue
            left = waiting.get(node)
            if left is None:
                left = waiting[node] = [p for p in reversed(_parents(node)) if p in kept]
            if left:
                parent = left.pop()
                if parent not in done:
                    stack.append(parent)
            else:
                done[node] = None
                stack.pop()
    return list(done)


def _whole(nodes: Sequence[Node]) -> list[Node]:
    """All of ``nodes``, operands before results."""
    return _operands_first(nodes, dict.fromkeys(nodes))


# Numbers --------------------------------------------------------------------------------------


def _gathered(nodes: Iterable[Any]) -> dict[Node, Parts]:
    """The cotangents of nodes with several outputs, put together from their outputs'."""
    parts: dict[Node, Parts] = {}
    for node in nodes:
        if _is_part(node) and node.grad is not None:
            for hub in _parents(node):
                parts[hub] = parts.get(hub, Parts()) + Parts({node.k: node.grad})
    return parts


def _is_part(node: Any) -> bool:
    """Whether a node is one of several outputs, and only hands its gradient on."""
    return hasattr(node, "k")


def _edges(node: Any, parts: Parts | None) -> list[tuple[Node | None, Any, Edge]]:
    """The operands of a node: (node or ``None``, constant, edge)."""
    if not _parents(node):
        return []
    if _is_part(node):
        return [(node.parents[0], None, Edge(0, 0, 0, None, node.grad))]
    if isinstance(node, Value):
        return _value_edges(node)
    return _tensor_edges(node, parts)


def _value_edges(node: Value) -> list[tuple[Node | None, Any, Edge]]:
    edges: list[tuple[Node | None, Any, Edge]] = []
    g = node.grad
    for x, d in ((node.a, node.da), (node.b, node.db))[: node._by.arity]:
        if d is None:
            edges.append((None, x, Edge(0, 0, 0)))
        else:
            d = float(d) if isinstance(d, (bool, np.bool_)) else d  # relu's, x > 0
            # As backward has it: a zero stays zero through an infinite derivative.
            edges.append((x, None, Edge(0, 0, 0, d, d * g if g else 0.0)))
    if type(node._by) is Bound:
        bound = node._by
        full: list[tuple[Node | None, Any, Edge]] = [(None, x, Edge(0, 0, 0)) for x in bound.args]
        for i, edge in zip(bound.where, edges, strict=True):
            full[i] = edge
        return full
    return edges


def _tensor_edges(node: TensorNode, parts: Parts | None) -> list[tuple[Node | None, Any, Edge]]:
    op: Any = node.op
    g = node.grad if parts is None else parts
    parents = node.parents
    pulled: Sequence[Any] = [None] * len(parents)
    problem = None
    if g is not None:
        try:
            with np.errstate(all="ignore"):
                # A copy: a rule that writes to its cotangent is no reason to spoil node.grad.
                own = g if type(g) is Parts else np.array(g)
                pulled = node.pull(own, parents, False)
        except Exception as error:  # a broken rule must not take its own picture away
            problem = _said(error)
    edges: list[tuple[Node | None, Any, Edge]] = []
    for i, parent in enumerate(parents):
        if parent is None:
            edges.append((None, node.args[i], Edge(0, 0, 0)))
            continue
        edge = Edge(0, 0, 0, None, pulled[i], problem)
        if isinstance(op, Elementwise):
            try:
                edge.local = _local(op, i, node)
            except Exception as error:  # as above, and also before any gradient came
                edge.problem = problem or _said(error)
        elif isinstance(parent, Value) and op is collect:
            edge.local = 1.0  # an element of a tensor put together from values
        edges.append((parent, None, edge))
    return edges


def _local(op: Elementwise, i: int, node: TensorNode) -> Any:
    with np.errstate(all="ignore"):
        d = op.local(i, node.data, node.args, node.params)
    if isinstance(d, (bool, np.bool_)):  # relu's, x > 0
        return float(d)
    return d.astype(float) if isinstance(d, np.ndarray) and d.dtype.kind == "b" else d


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


# Vertices -------------------------------------------------------------------------------------


def _constant(id: int, data: Any) -> Vertex:
    if isinstance(data, Tensor):
        data = current(data)._data
    return Vertex(id, "constant", None, None, None, "", data, None)


def _vertex(id: int, node: Any, root: bool) -> Vertex:
    op = node.op
    freed = op is FREED or type(node.parents) is Freed
    grad = node.grad
    if op is None:
        return Vertex(id, "leaf", label_of(node), None, None, "", node.data, grad, root)
    symbol, params = op.label, ""
    if isinstance(node, Item):
        symbol = _place(node)
    elif _is_part(node):
        symbol, params = "output", f"[{node.k}]"
    elif isinstance(node, TensorNode):
        params = _params(op.defaults, node.params)
    elif type(op) is Bound:
        params = _params(op.defaults, op.params)
    if op is getitem:
        symbol, params = params, ""
    return Vertex(id, "op", label_of(node), op.name, symbol, params, node.data, grad, root, freed)


def _place(item: Item) -> str:
    place = np.unravel_index(item.k, item.a.data.shape) if item.a is not None else (item.k,)
    return "[" + ", ".join(str(int(i)) for i in place) + "]"


def _params(defaults: dict[str, Any], params: dict[str, Any]) -> str:
    """Parameters that were given, as they would be written in a call."""
    given = []
    for name, default in defaults.items():
        value = params.get(name, default)
        if name in ("kept", "others"):
            continue  # what an op saves for its gradient, or asks, and nothing that anybody gave
        if value is default or (type(value) is type(default) and _same(value, default)):
            continue
        text = _index(value) if name == "index" else f"{name}={_short(value)}"
        given.append(text)
    return ", ".join(given)


def _same(a: Any, b: Any) -> bool:
    try:
        return isinstance(a, (bool, int, float, str, tuple)) and bool(repr(a) == repr(b))
    except Exception:  # a class of the user's
        return False


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array{value.shape}"
    if isinstance(value, np.dtype):
        return value.name
    if type(value) in (int, float):  # as they were written, not rounded
        return repr(value)
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) else in_short(value)


def _index(index: Any) -> str:
    """An index as it is written between brackets."""
    items = index if isinstance(index, tuple) else (index,)
    return "[" + ", ".join(_index_item(i) for i in items) + "]"


def _index_item(i: Any) -> str:
    if isinstance(i, slice):
        step = "" if i.step is None else f":{i.step}"
        start, stop = ("" if x is None else str(x) for x in (i.start, i.stop))
        return f"{start}:{stop}{step}"
    if i is Ellipsis:
        return "..."
    return _short(i)
