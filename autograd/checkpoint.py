"""``checkpoint``: store a function's inputs in place of everything it computes on the way.

The forward call runs ``f``, notes which nodes from outside it used (arguments, and whatever it
closes over, such as a model's weights), and drops the graph in between. The reverse walk runs ``f``
again and pulls through the new graph (Griewank and Walther 2000, Algorithm 799).

The smallest case that breaks a naive version: ``checkpoint(lambda x: x * w)(x)``, where ``w`` is no
argument and must get its gradient all the same.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .border import Item
from .containers import Tree, flatten
from .errors import InPlaceError
from .graph import Parts, pull, push, reaching, topological
from .modes import collecting, enable_grad, modes
from .op import Op
from .ops.arithmetic import positive
from .tensor import InputNode, OutputNode, Tensor, TensorNode, _handle, current
from .value import Value

__all__ = ["checkpoint"]

CHECKPOINT = Op(lambda *xs: xs, name="checkpoint", doc="A function whose graph is made again.")
CHECKPOINT.multiple = True


class _Call:
    """One call of a checkpointed function: how to run it again."""

    def __init__(self, f: Callable[..., Any], tree: Tree, leaves: list) -> None:
        self.f = f
        self.tree = tree
        self.leaves = leaves
        self.generators: dict[Any, Any] = {}

    def run(self, handles: Sequence[Any]) -> tuple[list, Tree]:
        args, kwargs = self.tree.build(list(handles))
        return flatten(self.f(*args, **kwargs))


class CheckpointNode(TensorNode):
    """A checkpointed call in the graph; ``data`` holds the outputs, ``args`` what to run again."""

    __slots__ = ("call", "entries", "outer")

    call: _Call
    entries: list[int]  # which leaves of the call's arguments are nodes
    outer: list[Any]  # the nodes it closes over

    def pull(self, g: Any, wanted: Sequence[Any], lift: bool) -> Sequence[Any]:
        outputs, targets = self._again(lift)
        seeds: dict[Any, Any] = {}
        for k, ct in g.items():
            node = _node(outputs[k])
            if node is not None:
                seeds[node] = seeds[node] + ct if node in seeds else ct
        order = topological(seeds)
        within, _ = reaching(order, targets)
        with enable_grad():
            found = pull(
                order, seeds, within=within, lift=lift, keep=targets, quiet=set(self.outer)
            )
        return [found.get(t) for t in targets]

    def push(self, tangents: Sequence[Any], lift: bool) -> Any:
        outputs, targets = self._again(lift)
        order = topological([n for n in map(_node, outputs) if n is not None])
        known = {n: t for n, t in zip(targets, tangents, strict=True) if t is not None}
        with enable_grad():
            found = push(order, known, lift)
        return Parts({k: found.get(_node(x)) for k, x in enumerate(outputs)})

    def _again(self, lift: bool) -> tuple[list, list]:
        """Outputs of a new run, and the nodes in it that stand for the parents."""
        handles = list(self.call.leaves)
        fresh = []
        for i, parent in zip(self.entries, self.parents, strict=False):
            handles[i] = _entry(handles[i], parent, lift)
            fresh.append(_node(handles[i]))
        with enable_grad(), _rewound(self.call.generators):
            outputs, _ = self.call.run(handles)
        for k, (x, y) in enumerate(zip(outputs, self.data, strict=True)):
            if not _equal(_plain(x), y):
                raise RuntimeError(
                    f"checkpoint: {_name(self.call.f)} gave another result when it was run again "
                    f"for the gradient (output {k}), which would make the gradient wrong. It must "
                    "not depend on anything that changed since: data written in place, or random "
                    "numbers other than those of autograd's own ops"
                )
        return outputs, fresh + self.outer

    def deposit(self, g: Any, ours: bool) -> None:
        """Its outputs keep their own gradients."""

    def release(self) -> None:
        super().release()
        self.call = None  # type: ignore[assignment]


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that recomputes in place of storing.

    Results and gradients are those of ``f``; between its call and the reverse walk only its
    arguments and results stay in memory. Random draws of autograd's ops (dropout) are repeated
    exactly.

    Parameters
    ----------
    f : callable
        Takes and returns numbers, arrays, tensors, values, or containers of them. It is run once
        for the result and once more for each reverse walk.

    Raises
    ------
    RuntimeError
        During ``backward``, if the second run gives another result than the first.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor, checkpoint
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda x: np.exp(np.sin(x)))(x).sum().backward()
    >>> x.grad.round(4)
    array([ 1.2534, -1.0331])
    """

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not modes.recording:
            return f(*args, **kwargs)
        leaves, tree = flatten((args, kwargs))
        entries = [i for i, x in enumerate(leaves) if _node(x) is not None]
        call = _Call(f, tree, [_store(x) for x in leaves])
        handles = list(call.leaves)
        for i in entries:
            handles[i] = _entry(handles[i], None, False)
        started = [_node(handles[i]) for i in entries]
        fresh = set(started)
        created: list[Any] = []
        with collecting(created, call.generators):
            outputs, out_tree = call.run(handles)
        if any(_node(handles[i]) is not node for i, node in zip(entries, started, strict=True)):
            raise InPlaceError(
                f"checkpoint: {_name(f)} writes to its argument in place; it runs on a stand-in "
                "for it, so the caller would not see the write. Start from x.copy() in there"
            )
        if modes.generators is not None:
            # An outer checkpoint must rewind what this one drew from.
            for generator, state in call.generators.items():
                modes.generators.setdefault(generator, state)
        outer = _outside([n for n in map(_node, outputs) if n is not None], set(created), fresh)
        parents = tuple(_node(leaves[i]) for i in entries) + tuple(outer)
        if not parents:
            return out_tree.build(outputs)
        data = tuple(_plain(x) for x in outputs)
        node = CheckpointNode(CHECKPOINT, parents, (), {}, data)
        node.call, node.entries, node.outer = call, entries, outer
        if modes.created is not None:
            modes.created.append(node)
        return out_tree.build([_leave(x, node, k) for k, x in enumerate(outputs)])

    return wrapped


def _node(x: Any) -> Any:
    if isinstance(x, Value):
        return x
    return current(x)._node if isinstance(x, Tensor) else None


def _plain(x: Any) -> Any:
    if isinstance(x, Value):
        return x._data
    return current(x)._data if isinstance(x, Tensor) else x


def _equal(x: Any, y: Any) -> bool:
    """Whether two runs gave the same numbers; what is no number has no gradient to spoil."""
    x, y = np.asarray(x), np.asarray(y)
    if y.dtype.kind not in "biuf":
        return True
    return np.array_equal(x, y, equal_nan=y.dtype.kind == "f")


def _store(x: Any) -> Any:
    """An argument as it is now; nobody outside can change it later."""
    if isinstance(x, Tensor):
        return _handle(x._data.copy("K") if x._pinned else current(x)._data, None)
    if isinstance(x, np.ndarray):
        return x.copy()
    return x


def _entry(x: Any, parent: Any, lift: bool) -> Any:
    """A stored argument as a node of a new run; tied to its parent if the run is lifted."""
    if isinstance(x, Value):
        return positive(x) if lift else Value(x._data)
    if lift:
        return positive(_handle(x._data, parent))
    return _handle(x._data, InputNode(None, (), (), {}, x._data))


def _outside(roots: list, created: set, fresh: set) -> list:
    """The nodes a recorded run used that were made before it."""
    found: list[Any] = []
    seen = set(roots)
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in fresh:
            continue
        if node not in created:
            found.append(node)
            continue
        for parent in node.parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return found


def _leave(x: Any, node: CheckpointNode, k: int) -> Any:
    inner = _node(x)
    if inner is None:
        return x
    if isinstance(x, Value):
        v = Item(x._data)
        v._by = CHECKPOINT
        v.a = node
        v.da = 1.0
        v.k = k
        out: Any = v
    else:
        child = OutputNode(CHECKPOINT, (node,), (), {}, x._data)
        child.k = k
        out = _handle(x._data, child)
    if modes.created is not None:
        modes.created.append(_node(out))
    return out


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", "the function") + "()"


@contextlib.contextmanager
def _rewound(generators: dict[Any, Any]) -> Iterator[None]:
    """Generators at the states they had before the first run, and back again."""
    now = {g: g.bit_generator.state for g in generators}
    for g, state in generators.items():
        g.bit_generator.state = state
    try:
        yield
    finally:
        for g, state in now.items():
            g.bit_generator.state = state
