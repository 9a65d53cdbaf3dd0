"""A program's steps as plain data to be shown: what each calls, makes, costs, and comes from."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..lowering import Assume, Repair, leaves
from ..passes.fuse import Fused
from ..program import Array, Program, Step
from .names import called, inside, named, said, written

if TYPE_CHECKING:
    from ..plan import Plan

__all__ = ["BACKWARD", "BOTH", "EFFECT", "FORWARD", "Row", "rows", "size"]

FORWARD, BACKWARD, BOTH, EFFECT = "forward", "backward", "forward and backward", "effect"
NAME = re.compile(r"v\d+")
PRODUCTS = (np.dot, np.matmul)
TELLING = 4096
"""Bytes from which a rate says something of the call rather than of calling."""
UNSAID = ("kept", "out", "mode", "order", "others")
"""Keywords that a reader does not miss."""


@dataclass(slots=True)
class Row:
    """One step."""

    step: Step
    kind: str
    """``call``: one NumPy call; ``view``: made once, when the plan is; ``as it is``: an op or rule
    that runs whole; ``check``: whether an ``if`` inside an op goes the way it went; ``fused``;
    ``effect``; ``repair``: what is run again where a check fails."""
    phase: str
    """``forward``, ``backward``, both for a fused group, or ``effect``."""
    owner: str
    """The op, or the rule, that the user's code ran."""
    line: str
    """The user's source line, without its folder."""
    text: str
    """The call, with names for arrays."""
    made: str
    """What it makes: dtype and shape."""
    bytes: int
    place: str
    """Where that lies, in a plan."""
    flops: int
    """Multiplications and additions of a matrix product, else 0."""
    moved: int
    """Bytes that it reads and writes."""
    seconds: float | None = None
    inner: list[Row] = field(default_factory=list)
    """The calls of a fused group."""

    @property
    def rate(self) -> str:
        """Of a product the operations a second, of anything else the bytes."""
        if not self.seconds or self.moved < TELLING:
            return ""
        if self.flops:
            return f"{self.flops / self.seconds / 1e9:.3g} GFLOP/s"
        return f"{self.moved / self.seconds / 1e9:.3g} GB/s"


def size(x: Array) -> int:
    """Bytes of an array's numbers."""
    return math.prod(x.shape) * x.dtype.itemsize


def rows(
    program: Program, plan: Plan | None = None, seconds: Mapping[Step, float] | None = None
) -> list[Row]:
    """A row for each step.

    Parameters
    ----------
    program : Program
    plan : Plan, optional
        The plan that lays this very program out: its places in memory are said.
    seconds : mapping of Step to float, optional
        What each took.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = Array(np.ones(3), "input", 0), Array(np.ones(3))
    >>> (row,) = rows(Program([Step("op", "exp", np.exp, (x,), {}, (y,))], [x], [y]))
    >>> row.phase, row.text, row.made, row.bytes
    ('forward', 'v1 = exp(in0)', 'float64 (3,)', 24)
    """
    names = named(program)
    found: list[Row] = []
    phase, walk = FORWARD, False
    for step in program.steps:
        origin = _origin(step)
        if step.kind == "effect":
            here = EFFECT
        else:
            if origin.kind in ("op", "rule"):
                walk = origin.kind == "rule"
            # What belongs to no op adds up cotangents of the walk that is on.
            here = phase = BACKWARD if walk else FORWARD
        row = _row(step, names, here, plan)
        if calls := inside(step):
            row.inner = [_row(call, names, _phase_of(call, phase), None) for call in calls]
            phases = {inner.phase for inner in row.inner}
            row.phase = phases.pop() if len(phases) == 1 else BOTH
            row.owner = ", ".join(dict.fromkeys(inner.owner for inner in row.inner))
            row.line = ", ".join(dict.fromkeys(x.line for x in row.inner if x.line))
        row.seconds = None if seconds is None else seconds.get(step)
        found.append(row)
    return found


def _origin(step: Step) -> Step:
    return getattr(step, "origin", None) or step


def _phase_of(step: Step, otherwise: str) -> str:
    return {"op": FORWARD, "rule": BACKWARD}.get(_origin(step).kind, otherwise)


def _kind(step: Step) -> str:
    if isinstance(step.function, Fused):
        return "fused"
    if isinstance(step.function, Repair):
        return "repair"
    if step.kind == "check":
        return "check"
    return {"op": "as it is", "rule": "as it is", "numpy": "call"}.get(step.kind, step.kind)


def _row(step: Step, names: dict[Array, str], phase: str, plan: Plan | None) -> Row:
    given = leaves((step.operands, step.keywords))
    targets = list(dict.fromkeys(x for x in (*step.results, *step.writes) if x is not None))
    fresh = [x for x in targets if x not in given]
    out = math.prod(targets[0].shape) if targets else 0
    product = step.function in PRODUCTS and isinstance(step.operands[0], Array)
    width = step.operands[0].shape[-1] if product and step.operands[0].shape else 1
    kind = _kind(step)
    return Row(
        step=step,
        kind=kind,
        phase=phase,
        owner=called(_origin(step)),
        line=os.path.basename(step.line or ""),
        text=_text(step, kind, names, targets),
        made=", ".join(f"{x.dtype} {x.shape}" for x in targets) if kind != "effect" else "",
        bytes=0 if kind in ("view", "effect") else sum(size(x) for x in fresh),
        place="" if plan is None else _place(plan, step, kind, targets, given, names),
        flops=2 * out * width if product else 0,
        moved=sum(size(x) for x in dict.fromkeys((*given, *targets))),
    )


def _text(step: Step, kind: str, names: dict[Array, str], targets: list[Array]) -> str:
    if kind == "repair":
        return "run the recorded steps again if a check has failed"
    if isinstance(step.function, Assume):
        truth = "true" if step.function.expected else "false"
        return f"check that {said(step.operands[0], names)} is {truth} again"
    operands = [said(x, names) for x in step.operands]
    operands += [
        f"{k}={said(x, names)}"
        for k, x in step.keywords.items()
        if k not in UNSAID and x is not None
    ]
    call = f"{called(step)}({', '.join(operands)})"
    if kind == "effect" or not targets:
        return call
    results = [names[x] for x in targets]
    if kind == "view" and not any(map(NAME.fullmatch, set(results) - {operands[0]})):
        return call  # it is written out wherever it is used
    if kind == "view":
        call = written(step, names) or call
    return f"{', '.join(results)} = {call}"


def _place(
    plan: Plan,
    step: Step,
    kind: str,
    targets: list[Array],
    given: list[Array],
    names: dict[Array, str],
) -> str:
    """Where in memory a step's results lie."""
    if kind in ("effect", "check", "repair"):
        return ""
    layout = plan.buffers.layout
    if kind == "view":
        return "a view, made once"
    places = []
    for x in targets:
        root = layout.root.get(x, x)
        offset = layout.place(root)
        if x in given or x in step.writes:
            places.append("in place")
        elif root in layout.outside:
            places.append("own")
        elif offset is None:
            places.append("")
        else:
            over = (y for y in given if layout.place(layout.root.get(y, y)) == offset)
            first = next(over, None)
            places.append(f"+{offset:,}" + (f" over {names[first]}" if first is not None else ""))
    return ", ".join(dict.fromkeys(places))
