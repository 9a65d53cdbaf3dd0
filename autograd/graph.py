"""The DAG: which node comes when, and how cotangents and tangents travel. No calculus, no arrays.

A node answers four questions: its ``parents``, how it pulls a cotangent back to them (``pull``),
how it pushes their tangents forward (``push``), and whether it is a leaf. Everything here is
iterative: a chain of a million nodes is an ordinary graph.

Order comes from counting consumers (Kahn 1962), not from a sorted or a recursive walk. The
smallest case that breaks a breadth-first walk: ``a = x * 2; b = a + x``, where ``x`` is met before
``a`` has sent its share.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from sys import getrefcount
from typing import Any

from .copying import Copied
from .errors import FreedGraphError

__all__ = ["Freed", "Node", "Parts", "pull", "pull_scalars", "push", "reaching", "topological"]


class Node(Copied):
    """What a graph is made of.

    ``parents`` holds the nodes it was computed from, ``None`` where an input needs no gradient;
    ``op`` is ``None`` for a leaf; ``hooks`` and ``retain`` as in ``Tensor.register_hook`` and
    ``Tensor.retain_grad``; ``closed`` marks a leaf that nobody will ask a derivative for.
    """

    __slots__ = ()

    hooks: Any = None
    retain: Any = False
    closed: Any = False

    def pull(self, g: Any, wanted: Sequence[Any], lift: bool) -> Sequence[Any]:
        """Cotangents for the parents, given this node's; recorded ones if ``lift``.

        ``wanted`` holds ``None`` for the parents that are to get none.
        """
        raise NotImplementedError

    def push(self, tangents: Sequence[Any], lift: bool) -> Any:
        """This node's tangent, given its parents' (``None`` where zero)."""
        raise NotImplementedError

    def received(self, g: Any, lift: bool) -> Any:
        """Run the hooks: look at, or replace, the complete cotangent before it is pulled."""
        return g

    def deposit(self, g: Any, ours: bool) -> None:
        """Add a complete cotangent to ``grad``; ``ours`` tells that the buffer may be kept."""
        raise NotImplementedError

    def release(self) -> None:
        """Let go of the parents and of what was saved for the rules."""
        raise NotImplementedError


class Freed:
    """Stands for the parents of a released node; walking over it says what happened."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __iter__(self) -> Iterator[Any]:
        raise FreedGraphError(
            f"the graph behind {self.name} was already released by backward(retain_graph=False); "
            "run the forward computation again, or keep the graph with "
            "backward(retain_graph=True)"
        )


class Parts(dict[int, Any]):
    """The cotangent of a node with several outputs: a dict from output number to cotangent."""

    __slots__ = ()

    def __add__(self, other: Parts) -> Parts:
        total = Parts(self)
        total += other
        return total

    def __iadd__(self, other: Parts) -> Parts:
        for k, g in other.items():
            self[k] = self[k] + g if k in self else g
        return self


def topological(roots: Iterable[Any]) -> list[Any]:
    """``roots`` and all nodes with parents that they depend on, each before its parents.

    Leaves are left out, unless they are roots: nothing comes after them, and there are as many of
    them as of the others in a network's graph. Those that are roots come last: the smallest case
    is ``vjp`` of ``lambda x: (2 * x, x)``, where ``x`` gets from both.
    """
    pending: dict[Any, int] = {}
    stack: list[Any] = []
    leaves: dict[Any, None] = {}
    for root in roots:
        if root.op is None:
            leaves[root] = None
        elif root not in pending:
            pending[root] = 0
            stack.append(root)
    first = list(stack)
    while stack:
        for parent in stack.pop().parents:
            if parent is not None and parent.op is not None:
                if parent in pending:
                    pending[parent] += 1
                else:
                    pending[parent] = 1
                    stack.append(parent)
    ready = [root for root in first if pending[root] == 0]
    order: list[Any] = []
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            if parent is not None and parent.op is not None:
                left = pending[parent] - 1
                pending[parent] = left
                if not left:
                    ready.append(parent)
    order += leaves
    return order


def reaching(order: Sequence[Any], targets: Iterable[Any]) -> tuple[set[Any], set[Any]]:
    """The nodes of ``order`` that depend on ``targets``, and those that depend on open leaves.

    Open are all leaves but ``targets`` themselves and the closed ones, the inputs of transforms
    that are over.
    """
    reach = set(targets)
    opened = {t for t in reach if any(p is not None for p in t.parents)}
    for node in reversed(order):
        if node in reach:
            continue
        if node.op is None:
            if not node.closed:
                opened.add(node)
            continue
        inside = leads = False
        for p in node.parents:
            if p is None:
                continue
            if p in reach:
                inside = True
                leads = leads or p in opened
            else:
                leads = leads or p in opened or (p.op is None and not p.closed)
        if inside:
            reach.add(node)
        if leads:
            opened.add(node)
    return reach, opened


def pull(
    order: Sequence[Any],
    seeds: Mapping[Any, Any],
    *,
    within: set[Node] | None = None,
    lift: bool = False,
    keep: Iterable[Node] = (),
    quiet: Container[Node] = (),
    deposit: bool = False,
    free: bool = False,
    check: Callable[[Any, Any, Any], None] | None = None,
    add: Callable[[Any, Any], Any] | None = None,
) -> dict[Node, Any]:
    """Reverse walk: send cotangents from ``seeds`` to the nodes they came from.

    Parameters
    ----------
    order : sequence of nodes
        As :func:`topological` gives it.
    seeds : mapping
        Cotangents to start from.
    within : set of nodes, optional
        Only these receive cotangents (see :func:`reaching`).
    lift : bool
        Rules run on nodes, so that the result can be differentiated again.
    keep : iterable of nodes
        Where the walk stops: their cotangents are returned and not pulled further.
    quiet : collection of nodes
        Those in ``keep`` that may get more from elsewhere: their hooks do not run yet.
    deposit : bool
        Add each complete cotangent to its node's ``grad``.
    free : bool
        Release each node once it has been pulled, and deposit in leaves alone.
    check : callable, optional
        ``check(node, parent, cotangent)`` looks at everything that is sent.
    add : callable, optional
        What adds two cotangents up, in place of ``+``.

    Returns
    -------
    dict
        The cotangents of the nodes in ``keep`` that received one.
    """
    cotangents: dict[Any, Any] = dict(seeds)
    kept = set(keep)
    result: dict[Node, Any] = {}
    # Nodes whose cotangent sits in a buffer that nobody else holds: further terms go in place.
    owned: set[Any] = set()
    take = cotangents.pop
    held_by = cotangents.get
    for node in order:
        g = take(node, None)
        if g is None:
            if free:
                node.release()
            continue
        ours = node in owned
        if node.hooks and node not in quiet:
            seen = node.received(g, lift)
            if seen is not g:
                g, ours = seen, False
        if deposit and (not free or node.op is None or node.retain):
            node.deposit(g, ours)
        if node in kept:
            result[node] = g
            continue
        parents = node.parents
        if not parents:
            continue
        if within is None:
            wanted = parents
        else:
            wanted = [p if p is not None and p in within else None for p in parents]
        last = g
        for parent, ct in zip(parents, node.pull(g, wanted, lift)):
            if ct is None:
                continue
            if check is not None:
                check(node, parent, ct)
            held = held_by(parent)
            if held is None:
                cotangents[parent] = ct
                # A leaf keeps what it is sent, unless others may see it: a rule may hand on its
                # own cotangent, a view of it, or one array twice.
                if parent.op is None and ct is not g and ct is not last and _fresh(ct):
                    owned.add(parent)
                last = ct
            elif lift:
                cotangents[parent] = held + ct
            elif add is not None:
                cotangents[parent] = add(held, ct)
            elif parent in owned:
                held += ct
                cotangents[parent] = held
            else:
                if getrefcount(ct) == _SENT and _fresh(ct):
                    ct += held  # nobody else holds what the rule has made
                    cotangents[parent] = ct
                else:
                    cotangents[parent] = held + ct
                owned.add(parent)
        if free:
            node.release()
    # What is left has reached the leaves.
    for node, g in cotangents.items():
        ours = node in owned
        if node.hooks and node not in quiet:
            seen = node.received(g, lift)
            if seen is not g:
                g, ours = seen, False
        if deposit:
            node.deposit(g, ours)
        if node in kept:
            result[node] = g
    return result


def _fresh(ct: Any) -> bool:
    return getattr(ct, "base", ct) is None


def _calibrate() -> int:
    for _, ct in zip([None], [object()]):
        return getrefcount(ct)
    raise AssertionError


# What the interpreter counts for a cotangent that a rule has sent and does not hold itself.
_SENT = _calibrate()


def push(order: Sequence[Any], tangents: Mapping[Any, Any], lift: bool = False) -> dict:
    """Forward walk: the tangent of every node of ``order`` that depends on ``tangents``."""
    known: dict[Any, Any] = dict(tangents)
    for node in reversed(order):
        if node in known:
            continue
        incoming = [None if p is None else known.get(p) for p in node.parents]
        if any(t is not None for t in incoming):
            tangent = node.push(incoming, lift)
            if tangent is not None:
                known[node] = tangent
    return known


def pull_scalars(root: Any) -> bool:
    """Reverse walk over nodes with one or two operands in slots; fills their ``grad``.

    Works on nodes with the slots ``a b da db n grad _by``: operands, local derivatives (``None``
    where an operand needs no gradient), a consumer count that is zero between walks, and the
    gradient. Returns ``False``, with nothing changed, when the graph holds other nodes too.

    Measured at 0.6 us a node against 0.9 us with an order list and a dict of counts, which is why
    both walks are written out for two operands.
    """
    if root._by is None:
        root.grad += 1.0
        return True
    earlier: list[tuple[Any, float]] = []
    stack = [root]
    pop = stack.pop
    append = stack.append
    try:
        if root.grad:
            earlier.append((root, root.grad))
            root.grad = 0.0
        while stack:
            node = pop()
            if node.da is not None:
                a = node.a
                if a._by is not None:
                    n = a.n
                    if n == 0:
                        append(a)
                        if a.grad:
                            earlier.append((a, a.grad))
                            a.grad = 0.0
                    a.n = n + 1
            if node.db is not None:
                a = node.b
                if a._by is not None:
                    n = a.n
                    if n == 0:
                        append(a)
                        if a.grad:
                            earlier.append((a, a.grad))
                            a.grad = 0.0
                    a.n = n + 1
    except AttributeError:
        # A node of the other face has no count: undo, and let the general walk do it.
        _reset_counts(root)
        for node, grad in earlier:
            node.grad = grad
        return False
    try:
        root.grad = 1.0
        append(root)
        while stack:
            node = pop()
            g = node.grad
            d = node.da
            if d is not None:
                a = node.a
                # A zero cotangent stays zero through a pole, where d is infinite.
                if g:
                    a.grad += d * g
                if a._by is not None:
                    n = a.n
                    if n == 1:
                        append(a)
                    a.n = n - 1
            d = node.db
            if d is not None:
                a = node.b
                if g:
                    a.grad += d * g
                if a._by is not None:
                    n = a.n
                    if n == 1:
                        append(a)
                    a.n = n - 1
    except BaseException:
        _reset_counts(root)
        raise
    for node, grad in earlier:
        node.grad += grad
    return True


def _reset_counts(root: Any) -> None:
    seen = {root}
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node.parents, Freed):
            continue
        for parent in node.parents:
            if parent is not None and parent not in seen and hasattr(parent, "n"):
                parent.n = 0
                seen.add(parent)
                stack.append(parent)
