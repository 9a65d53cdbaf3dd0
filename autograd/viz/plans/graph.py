"""A plan's boxes as a graph to draw: what flows between them, frames for forward and backward."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...capturing.lowering import leaves
from ...capturing.passes.memory import roots
from ...capturing.program import Array
from ...capturing.showing.names import called, named
from ...capturing.showing.rows import BACKWARD, FORWARD, Row, size
from ..model import Edge, Group, Model, Vertex
from .boxes import Box

if TYPE_CHECKING:
    from ...capturing.plan import Plan

__all__ = ["HOT", "WARM", "as_model"]

WARM, HOT = 0.08, 0.2
"""The parts of the time from which a box stands out."""
MOST_OWNERS = 3


class _Flow:
    """Who made what, while boxes are entered one after another."""

    def __init__(self, plan: Plan, model: Model) -> None:
        self.model = model
        self.root = roots(plan.program)
        self._names = named(plan.program)
        self._maker: dict[Array, int] = {}
        self._effects: dict[Array | None, int] = {}

    def enter_leaves(self, reads: list[Array]) -> None:
        """Vertices for inputs and tensors; they come before what uses them."""
        for x in reads:
            x = self.root.get(x, x)
            if x not in self._maker and x.kind in ("input", "held"):
                about = [("", f"{x.dtype} {x.shape}"), ("", f"{size(x):,} B")]
                self._maker[x] = self.vertex("leaf", self._names[x], None, about).id

    def enter(self, id: int, reads: list[Array], writes: set[Array], effect: bool) -> None:
        """Arrows to a vertex from what it reads; later ones come from it for what it writes."""
        sources = [self._maker.get(self.root.get(x, x)) for x in reads]
        if effect:
            # An effect goes on from what another has written.
            sources.append(self._effects.get(next(iter(writes), None)))
            self._effects.update((x, id) for x in writes)
            writes = {x for x in writes if x.kind == "made"}
        for source in dict.fromkeys(sources):
            if source is not None:
                edges = self.model.edges
                edges.append(Edge(source, id, len(edges), look="flow"))
        self._maker.update((x, id) for x in writes)

    def vertex(
        self, kind: str, name: str | None, symbol: str | None, about: list[tuple[str, str]]
    ) -> Vertex:
        made = Vertex(
            len(self.model.vertices), kind, name, symbol, symbol, "", None, None, about=about
        )
        self.model.vertices.append(made)
        return made


def as_model(plan: Plan, found: list[Box], digits: int) -> Model:
    """The graph of boxes, which are in the order in which they run."""
    model = Model()
    flow = _Flow(plan, model)
    total = math.fsum(row.seconds or 0.0 for row in _all_rows(found))
    outputs = {flow.root.get(x, x) for x in plan.program.outputs}
    frames = _frames(model, found, total)
    for box in found:
        reads = [x for row in box.rows for x in leaves((row.step.operands, row.step.keywords))]
        made = [x for row in box.rows for x in (*row.step.results, *row.step.writes)]
        writes = {flow.root.get(x, x) for x in made if x is not None}
        flow.enter_leaves(reads)
        vertex = _vertex(flow, box, total, digits)
        vertex.group = frames.get(id(box), "")
        if writes & outputs:
            vertex.about.append(("gives", "the result"))
        flow.enter(vertex.id, reads, writes, effect=box.first.kind == "effect")
    model.total = len(model.vertices)
    return model


def _all_rows(found: list[Box]) -> list[Row]:
    """The rows that have times: of a fused group the group's."""
    return list({id(row): row for box in found for row in ([box.fused] if box.fused else box.rows)}
                .values())  # fmt: skip


def _vertex(flow: _Flow, box: Box, total: float, digits: int) -> Vertex:
    row = box.first
    owners = ", ".join(_owners(box))
    symbol = owners
    if box.level == "calls" or row.kind == "effect":
        symbol = called(row.step)
    elif box.level == "lines":
        symbol = row.line or owners
    about = []
    if box.level == "lines" and row.line and row.kind != "effect":
        about.append(("ops", owners))
    made = [each.made for each in box.rows if each.made]
    if made and box.level != "lines":
        about.append(("makes", made[-1]))
    if box.calls > 1:
        about.append(("calls", f"{box.calls:,}"))
    if row.kind == "as it is":
        about.append(("runs", "as it is"))
    if row.kind == "effect":
        about.append(("", "effect"))
    if box.bytes and box.fused is None:
        about.append(("bytes", f"{box.bytes:,}"))
    if box.calls == 1:
        vertex = flow.vertex("op", None, symbol, about)
    else:
        vertex = flow.vertex("group", symbol, None, about)
    vertex.line = row.step.line
    vertex.root = row.kind == "effect"
    vertex.members = box.calls
    if box.seconds is not None and total:
        share = box.seconds / total
        about.append(("time", f"{box.seconds * 1e6:.{digits}g} us, {share:.0%}"))
        vertex.look = "hot" if share >= HOT else "warm" if share >= WARM else None
    return vertex


def _owners(box: Box) -> list[str]:
    """The ops in a box, with how often."""
    counts: dict[str, set[int]] = {}
    for row in box.rows:
        counts.setdefault(row.owner, set()).add(id(getattr(row.step, "origin", None) or row.step))
    shown = [name + (f" ×{len(n)}" if len(n) > 1 else "") for name, n in counts.items()]
    more = len(shown) - MOST_OWNERS
    return shown if more <= 0 else [*shown[:MOST_OWNERS], f"{more} more"]


def _frames(model: Model, found: list[Box], total: float) -> dict[int, str]:
    """Frames for forward and backward, and for fused groups in them; the path of each box's."""
    paths: dict[int, str] = {}
    members: dict[str, list[Box]] = {}
    fused: dict[int, tuple[str, Row]] = {}
    for box in found:
        phase = (box.fused or box.first).phase
        outer = phase if phase in (FORWARD, BACKWARD) else ""
        if outer:
            members.setdefault(outer, []).append(box)
        paths[id(box)] = outer
        if box.fused is not None:
            path = f"{outer}.fused {len(fused)}".lstrip(".")
            paths[id(box)], _ = fused.setdefault(id(box.fused), (path, box.fused))
    for outer, inside in members.items():
        seconds = math.fsum(row.seconds or 0.0 for row in _all_rows(inside))
        title = _title(sum(box.calls for box in inside), seconds, total)
        model.groups[outer] = Group(outer, title, "", len(inside))
    for path, row in fused.values():
        share = f", {(row.seconds or 0.0) / total:.0%}" if total else ""
        outer, title = path.rpartition(".")[0], f"{len(row.inner):,} calls in blocks{share}"
        model.groups[path] = Group(path, title, outer, len(row.inner))
    return paths


def _title(calls: int, seconds: float, total: float) -> str:
    share = f", {seconds / total:.0%} of the time" if seconds else ""
    return f"{calls:,} call{'' if calls == 1 else 's'}{share}"
