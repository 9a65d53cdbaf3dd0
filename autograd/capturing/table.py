"""A plan as text: its steps after each pass, and how long each takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .program import Array, Program, Step

if TYPE_CHECKING:
    from .plan import Plan

__all__ = ["profile", "table"]


def _names(program: Program) -> dict[Array, str]:
    names: dict[Array, str] = {}
    for step in program.steps:
        for x in (*step.arrays, *step.results, *step.writes):
            if x is not None and x not in names:
                names[x] = x.name or f"{x.kind[0]}{len(names)}"
    return names


def _row(step: Step, names: dict[Array, str], where: str) -> str:
    made = [x for x in (step.results or step.writes) if x is not None]
    shown = ", ".join(f"{names[x]}: {x.dtype}{list(x.shape)}" for x in made)
    reads = ", ".join(
        names.get(x, "?") if isinstance(x, Array) else _short(x) for x in step.operands
    )
    size = sum(x.sample.nbytes for x in made)
    more = "  ".join(x for x in (where, step.line and f"at {step.line}", step.note) if x)
    return f"  {step.kind:6} {shown:34} = {step.name}({reads})  {size} B  {more}".rstrip()


def _short(x: object) -> str:
    text = repr(x)
    return text if len(text) <= 24 else text[:21] + "..."


def table(plan: Plan) -> str:
    """The steps as recorded, lowered and after each pass; places in memory for the last."""
    lines = []
    for name, program in plan.stages:
        last = program is plan.program
        names = _names(program)
        lines.append(f"{name}: {len(program.steps)} steps")
        for step in program.steps:
            lines.append(_row(step, names, _where(plan, step) if last else ""))
    lines.append(f"{plan.bytes} bytes in buffers")
    return "\n".join(lines)


def _where(plan: Plan, step: Step) -> str:
    layout = plan.buffers.layout
    places = []
    for x in step.results:
        if x is None:
            continue
        root = layout.root.get(x, x)
        offset = layout.place(root)
        whole = "" if root is x else "in "
        places.append(f"{whole}+{offset}" if offset is not None else f"{whole}own buffer")
    return ", ".join(places)


def profile(plan: Plan, inputs: Sequence[np.ndarray], n: int) -> str:
    """The least time that each call took in ``n`` runs, the longest first."""
    times: dict[str, list[float]] = {}
    for name, seconds in plan.timed(inputs, n):
        times.setdefault(name, []).append(seconds)
    rows = sorted(times.items(), key=lambda item: -sum(item[1]))
    total = sum(sum(found) for found in times.values())
    lines = [
        f"{sum(found) * 1e6:10.1f} us {sum(found) / total:5.0%}  {len(found):4} x {name}"
        for name, found in rows
    ]
    return "\n".join([*lines, f"{total * 1e6:10.1f} us in all"])
