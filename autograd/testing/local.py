"""One node of a recorded graph as a function of its own, with its own rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..graph import Parts
from ..op import Op
from ..tensor import OutputNode, TensorNode
from ..value import Bound, Value
from .joints import is_joint
from .subject import Subject

__all__ = ["Local", "local_of"]


@dataclass(frozen=True)
class Local:
    """An op at one point."""

    op: Op
    args: tuple
    """All its inputs, as plain floats and arrays."""
    params: dict[str, Any]
    where: tuple[int, ...]
    """Which of them are differentiated."""
    slopes: tuple[float, ...] | None = None
    """What a value kept as its local derivatives."""
    memory: tuple[str, ...] = ()
    """Parameters that are lists in which ``forward`` keeps something for the rule."""

    def moved(self, args: tuple) -> Local:
        """The op at another point, where nothing is recorded."""
        return replace(self, args=args, slopes=None)

    @property
    def scalar(self) -> bool:
        """Whether it is an op on floats, as values have it."""
        return all(isinstance(self.args[i], float) for i in self.where)

    @property
    def names(self) -> list[str]:
        """What the inputs are called."""
        named = list(self.op.input_names)
        if len(named) == len(self.args):
            return named
        return ["x"] if len(self.args) == 1 else [f"x{i + 1}" for i in range(len(self.args))]

    @property
    def shown(self) -> dict[str, Any]:
        """The parameters that the caller chose."""
        return {k: x for k, x in self.params.items() if k not in self.memory}

    def call(self, *xs: Any) -> Any:
        """The op as a function of the differentiated inputs."""
        return self.op.run(self._fill(xs), self._fresh())

    def _fresh(self) -> dict[str, Any]:
        """The parameters of one call: what it keeps is its own."""
        return {**self.params, **{k: [] for k in self.memory}}

    def subject(self, mode: str) -> Subject:
        """This op and its rule, to be checked."""

        def call(*xs: Any) -> Any:
            return self.call(*xs)

        call.__name__ = self.op.name
        rules = {"vjp": self._vjp()} if mode == "reverse" else {"jvp": self._jvp()}
        subject = Subject(call, [self.args[i] for i in self.where], **rules)
        subject.names = [self.names[i] for i in self.where]
        subject.movable = False  # the rules hold what was computed at this point
        return subject

    def _fill(self, xs: Sequence[Any]) -> tuple:
        full = list(self.args)
        for i, x in zip(self.where, xs, strict=True):
            full[i] = x if isinstance(x, float) else np.asarray(x)
        return tuple(full)

    def _slopes(self) -> tuple[float, ...]:
        op: Any = self.op
        out = op.run(self.args, self.params)
        return tuple(float(op.local(i, out, self.args, self.params)) for i in self.where)

    def _vjp(self) -> Callable[..., tuple]:
        n = len(self.where)
        if self.scalar:
            slopes = self.slopes if self.slopes is not None else self._slopes()
            return lambda *given: tuple(d * given[n] if given[n] else 0.0 for d in slopes)
        params = self._fresh()
        out = _arrays(self.op.run(self.args, params))
        wanted = [True if i in self.where else None for i in range(len(self.args))]

        def vjp(*given: Any) -> tuple:
            found = self.op.vjp(given[n], out, self._fill(given[:n]), params, wanted)
            return tuple(found[i] for i in self.where)

        return vjp

    def _jvp(self) -> Callable[..., Any]:
        n = len(self.where)
        if self.scalar:
            slopes = self.slopes if self.slopes is not None else self._slopes()
            return lambda *given: sum(d * t for d, t in zip(slopes, given[n:], strict=True))
        params = self._fresh()
        out = _arrays(self.op.run(self.args, params))
        node = TensorNode(self.op, (None,) * len(self.args), self.args, params, out)

        def jvp(*given: Any) -> Any:
            tangents: list[Any] = [None] * len(self.args)
            for i, t in zip(self.where, given[n:], strict=True):
                tangents[i] = np.asarray(t)
            tangent = node.push(tangents, False)
            return tuple(tangent.values()) if isinstance(tangent, Parts) else tangent

        return jvp


def _arrays(out: Any) -> Any:
    return tuple(map(np.asarray, out)) if isinstance(out, tuple) else np.asarray(out)


def local_of(node: Any) -> Local | None:
    """The op that made a node, at the numbers it had; ``None`` for leaves and for bookkeeping."""
    if node.op is None or isinstance(node, OutputNode) or is_joint(node):
        return None
    if isinstance(node, Value):
        return _of_value(node)
    if is_joint(node) or any(isinstance(p, Value) for p in node.parents):
        return None
    return _of_tensor(node)


def _of_value(node: Value) -> Local | None:
    by = node._by
    pairs = ((node.a, node.da), (node.b, node.db))[: by.arity]
    data = tuple(x.data if isinstance(x, Value) else float(x) for x, _ in pairs)
    slots = [k for k, (_, d) in enumerate(pairs) if d is not None]
    slopes = tuple(float(d) for _, d in pairs if d is not None)
    if type(by) is Bound:
        op, params, args = by.op, dict(by.params), by.fill(data)
        where = tuple(by.where[k] for k in slots)
    else:
        op, params, args, where = by, {}, data, tuple(slots)
    return Local(op, args, params, where, slopes) if where else None


def _of_tensor(node: TensorNode) -> Local | None:
    parents = node.parents
    # A linear op may keep stand-ins of its inputs; the parents have the numbers.
    args = tuple(
        x if p is None or p.data is None else p.data
        for x, p in zip(node.args, parents, strict=True)
    )
    where = tuple(i for i, p in enumerate(parents) if p is not None)
    if not where or not all(isinstance(args[i], np.ndarray) for i in where):
        return None
    op: Any = node.op
    return Local(op, args, dict(node.params), where, memory=_memory(op, args, node.params))


def _memory(op: Op, args: tuple, params: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for name, x in params.items():
        if type(x) is list and op.defaults.get(name) is None:
            empty: list[Any] = []
            try:
                op.run(args, {**params, name: empty})
            except Exception:  # it is a list that says something, such as the order of axes
                continue
            if empty:
                found.append(name)
    return tuple(found)
