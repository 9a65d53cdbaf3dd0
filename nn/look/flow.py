"""What flows where in a model: the graph of one pass with each module's part as one block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.viz import build

from ..module import Module
from .forward import Call, Forward, has_matrices, leaves

__all__ = ["Block", "Flow", "follow"]

MOST = 40  # blocks, above which containers are drawn closed
TAG = "blamegraph:tensor:"


@dataclass
class Block:
    """A module's call (``kind`` "module"), an op between modules, or an end of the model."""

    id: str
    kind: str
    title: str
    inside: str = ""
    detail: str = ""
    shape: str = ""
    count: int = 0
    about: str = ""
    closed: bool = False
    """Whether there are modules inside that are not drawn."""
    nodes: int = 1
    """How many nodes of the recorded graph it stands for."""


@dataclass
class Flow:
    """Blocks and arrows ``(from, to, whether it skips others)``."""

    blocks: list[Block] = field(default_factory=list)
    arrows: list[tuple[str, str, bool]] = field(default_factory=list)
    note: str = ""

    def add_module(
        self, name: str, module: Module, shape: str, again: int = 0, nodes: int = 1
    ) -> str:
        """A block for a module; its id."""
        kind = type(module).__name__
        own = name.rpartition(".")[2]
        closed = bool(list(module.children()))
        if own and not own.isdigit():
            kind = f"{own}: {kind}"
        self.blocks.append(
            Block(
                id=f"module:{name}:{again}",
                kind="module",
                title=kind if not again else f"{kind} (again)",
                inside=name.rpartition(".")[0],
                detail=_sizes(module),
                shape=shape,
                count=0 if again else sum(p.size for p in module.parameters()),
                about=name if closed else f"{name} {module!r}".strip(),
                closed=closed,
                nodes=nodes,
            )
        )
        return self.blocks[-1].id


def follow(seen: Forward) -> Flow:
    """The flow of a pass that was watched.

    The modules' outputs are labelled, and the graph behind the model's output is read back from
    its end: a labelled vertex is the block of the module that made it, and reading goes on with
    what that module was given. Vertices met on the way belong to no module: ops between them.
    """
    calls = _chosen(seen.calls)
    tensors = _tensors(seen, calls)
    tags = {f"{TAG}{k}": id(t) for k, t in enumerate(tensors)}
    labels = [t.label for t in tensors]
    try:
        for tag, tensor in zip(tags, tensors):
            tensor.label = tag
        roots = [t for t in tensors if t.requires_grad]
        graph = build(roots, None) if roots else None
    finally:
        for tensor, label in zip(tensors, labels):
            tensor.label = label
    return _Reader(seen, calls, graph, tags).read()


def _chosen(calls: list[Call]) -> list[Call]:
    """The innermost calls, or those less deep inside while there are too many.

    A module with matrices of its own, as attention has, is more than its children: it stays whole.
    """
    whole = {call.name for call in calls if call.name and has_matrices(call.module)}
    calls = [call for call in calls if not any(call.name.startswith(f"{w}.") for w in whole)]
    chosen = leaves(calls)
    depth = max((call.name.count(".") for call in chosen), default=0)
    while len(chosen) > MOST and depth > 0:
        depth -= 1
        chosen = leaves([c for c in calls if c.name.count(".") <= depth])
    return chosen


def _tensors(seen: Forward, calls: list[Call]) -> list[Tensor]:
    """What can be told from its label: the model's ends, and all that goes in and out of calls."""
    held = [*seen.inputs, *seen.outputs]
    for call in calls:
        held += [*call.inputs, *call.outputs]
    return list({id(t): t for t in held}.values())


class _Reader:
    """Reads the flow off a graph in which the tensors at hand are labelled."""

    def __init__(self, seen: Forward, calls: list[Call], graph: Any, tags: dict[str, int]) -> None:
        self.seen, self.calls = seen, calls
        self.flow = Flow()
        self.vertices = {} if graph is None else {v.id: v for v in graph.vertices}
        groups = {} if graph is None else graph.groups
        # Paths begin with the model that was called.
        self.members = {path.partition(".")[2]: group.members for path, group in groups.items()}
        self.operands: dict[int, list[int]] = {}
        for edge in () if graph is None else graph.edges:
            self.operands.setdefault(edge.target, []).append(edge.source)
        self.vertex_of = {tags[v.name]: v.id for v in self.vertices.values() if v.name in tags}
        self.tensor_at = {v: t for t, v in self.vertex_of.items()}
        # By tensor, the blocks that gave it, in order: what a module only hands on is given again.
        self.makers: dict[int, list[tuple[int, str]]] = {}
        self.ops: dict[int, str] = {}

    def read(self) -> Flow:
        flow, seen = self.flow, self.seen
        for k, given in enumerate(seen.inputs):
            name = "input" if len(seen.inputs) == 1 else f"input {k + 1}"
            flow.blocks.append(Block(f"input:{k}", "end", name, shape=shape_of(given)))
            self.makers[id(given)] = [(-1, f"input:{k}")]
        times: dict[str, int] = {}
        ids = []
        for k, call in enumerate(self.calls):
            again = times[call.name] = times.get(call.name, -1) + 1
            shape = ", ".join(shape_of(t) for t in call.outputs[:2])
            nodes = self.members.get(call.name, 1)
            ids.append(flow.add_module(call.name, call.module, shape, again, nodes))
            for tensor in call.outputs:
                self.makers.setdefault(id(tensor), []).append((k, ids[-1]))
        for k, (call, block) in enumerate(zip(self.calls, ids)):
            for tensor in call.inputs:
                self._arrow(self._source(tensor, before=k), block)
        for k, tensor in enumerate(seen.outputs):
            name = "output" if len(seen.outputs) == 1 else f"output {k + 1}"
            flow.blocks.append(Block(f"output:{k}", "end", name, shape=shape_of(tensor)))
            self._arrow(self._source(tensor), f"output:{k}")
        self._mark_skips()
        return flow

    def _arrow(self, source: str | None, target: str) -> None:
        if source is not None and (source, target, False) not in self.flow.arrows:
            self.flow.arrows.append((source, target, False))

    def _source(self, tensor: Tensor, before: int | None = None) -> str | None:
        """The block that a tensor comes from; ops between modules get blocks of their own."""
        made = self._maker(id(tensor), before)
        if made is not None:
            return made
        start = self.vertex_of.get(id(tensor))
        if start is None or self.vertices[start].kind != "op":
            return None
        # Operands first, without recursion: functional code may be long.
        stack = [start]
        while stack:
            vertex = stack[-1]
            if vertex in self.ops:
                stack.pop()
                continue
            waiting = [
                o for o in self.operands.get(vertex, ())
                if self.vertices[o].kind == "op" and self._at(o) is None
            ]  # fmt: skip
            if waiting:
                stack += waiting
            else:
                stack.pop()
                self._add_op(vertex)
        return self.ops[start] or None

    def _maker(self, tensor: int, before: int | None = None) -> str | None:
        made = self.makers.get(tensor, [])
        earlier = [block for k, block in made if before is None or k < before]
        return earlier[-1] if earlier else None

    def _at(self, vertex: int) -> str | None:
        """The block of a vertex: "" if only parameters are behind it, None if not known yet."""
        return self._maker(self.tensor_at.get(vertex, 0)) or self.ops.get(vertex)

    def _add_op(self, vertex: int) -> None:
        sources = [s for o in self.operands.get(vertex, ()) if (s := self._at(o))]
        if not sources:
            self.ops[vertex] = ""  # made of parameters and constants alone
            return
        found = self.vertices[vertex]
        if found.op is None or found.symbol is None:
            self.ops[vertex] = sources[0]
            return
        shape = found.data.shape if isinstance(found.data, np.ndarray) else ()
        about = f"{found.op} {found.params}".strip()
        block = Block(f"op:{vertex}", "op", found.symbol, shape=_behind(shape), about=about)
        block.inside = found.group.partition(".")[2]
        self.flow.blocks.append(block)
        self.ops[vertex] = block.id
        for source in sources:
            self._arrow(source, block.id)

    def _mark_skips(self) -> None:
        """An arrow skips others if there is a longer way between its ends."""
        targets: dict[str, list[str]] = {}
        into: dict[str, int] = {}
        for a, b, _ in self.flow.arrows:
            targets.setdefault(a, []).append(b)
            into[b] = into.get(b, 0) + 1

        def another_way(a: str, b: str) -> bool:
            stack = [t for t in targets[a] if t != b]
            met = set(stack)
            while stack:
                for t in targets.get(stack.pop(), ()):
                    if t == b:
                        return True
                    if t not in met:
                        met.add(t)
                        stack.append(t)
            return False

        self.flow.arrows = [
            (a, b, into[b] > 1 and another_way(a, b)) for a, b, _ in self.flow.arrows
        ]


def shape_of(tensor: Tensor) -> str:
    """The shape behind the batch's axis."""
    return _behind(tensor.shape)


def _behind(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{n:,}" for n in shape[1:]) or "one number"


def _sizes(module: Module) -> str:
    """The layer's sizes in short: ``64 → 32``, and the kernel of a convolution."""
    for a, b in (
        ("in_features", "out_features"), ("in_channels", "out_channels"),
        ("input_size", "hidden_size"), ("num_embeddings", "embedding_dim"),
    ):  # fmt: skip
        if isinstance(getattr(module, a, None), int) and isinstance(getattr(module, b, None), int):
            text = f"{getattr(module, a):,} → {getattr(module, b):,}"
            break
    else:
        text = ""
    kernel = getattr(module, "kernel_size", None)
    if kernel is not None:
        kernel = kernel if isinstance(kernel, (tuple, list)) else (kernel,)
        size = " × ".join(map(str, kernel))
        text = f"{text} ({size})" if text else f"kernel {size}"
    p = getattr(module, "p", None)
    return text or (f"p = {p}" if isinstance(p, float) else "")
