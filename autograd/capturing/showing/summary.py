"""What there is to say of a plan before its steps: how it came about, memory, what is special."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..passes.memory import roots
from ..program import Array, Program, Step
from .rows import Row, rows, size

if TYPE_CHECKING:
    from ..plan import Plan

__all__ = ["counted", "headline", "of_stage", "rows_of", "summary"]


def counted(n: int, what: str) -> str:
    """``1 call``, ``2 calls``.

    Examples
    --------
    >>> counted(1, "call"), counted(2000, "call")
    ('1 call', '2,000 calls')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def headline(plan: Plan, shown: list[Row]) -> str:
    """One line: what a replay is."""
    kinds = Counter(row.kind for row in shown)
    calls = kinds["call"] + kinds["check"] + sum(len(row.inner) for row in shown)
    parts = [counted(calls, "NumPy call"), counted(kinds["effect"], "effect")]
    if kinds["as it is"]:
        parts.insert(1, f"{counted(kinds['as it is'], 'op')} or rules as they are")
    return f"a replay of {counted(len(plan.recorded.steps), 'recorded step')}: " + ", ".join(parts)


def summary(plan: Plan, shown: list[Row]) -> list[tuple[str, str]]:
    """Rows of (what, text)."""
    stages = " → ".join(f"{name} {len(program.steps):,}" for name, program in plan.stages)
    lowered = plan.stages[1][1]
    alone = sum(map(size, _made(lowered)))
    told = [("steps", f"{stages}{_left_out(plan)}"), ("memory", _memory(plan, alone))]
    flops = sum(row.flops for row in shown)
    if flops:
        told.append(("products", f"{flops:,} multiplications and additions"))
    told.append(("as it is", _whole([row for row in shown if row.kind == "as it is"])))
    told += _fused(shown)
    checks = sum(row.kind == "check" for row in shown)
    if checks:
        told.append(
            (
                "checks",
                f"{checks:,}: that each `if` inside an op goes the way it went; where one does "
                "not, the recorded steps around it are run in place of the calls",
            )
        )
    notes = Counter(row.step.note for row in shown if row.step.note and not row.inner)
    told += [("changed", f"{note} ({counted(n, 'step')})") for note, n in notes.items()]
    return told


def _made(program: Program) -> list[Array]:
    root = roots(program)
    made = {root.get(x, x) for step in program.steps for x in step.results if x is not None}
    return [x for x in made if x.kind == "made"]


def _left_out(plan: Plan) -> str:
    from ..plan import ALL_PASSES

    off = [name for name in ALL_PASSES if name not in plan.passes]
    return f"; passes left out: {', '.join(off)}" if off else ""


def _memory(plan: Plan, alone: int) -> str:
    return (
        f"{plan.bytes:,} B in buffers, made once; each array for itself would take {alone:,} B in "
        "every call. +n is a place in the block that arrays share, one after another; `own` has "
        "memory of its own, for it may be kept outside"
    )


def _whole(left: list[Row]) -> str:
    if not left:
        return "nothing: every op and rule has become single NumPy calls"
    counts = Counter(f"{row.owner} ({row.phase})" for row in left)
    names = ", ".join(name + (f" × {n}" if n > 1 else "") for name, n in counts.items())
    return (
        f"{names}: looked at without numbers, they do not tell which NumPy calls they make, or "
        "went another way than when recorded"
    )


def _fused(shown: list[Row]) -> list[tuple[str, str]]:
    groups = [row for row in shown if row.kind == "fused"]
    if not groups:
        return []
    calls = sum(len(row.inner) for row in groups)
    inside = sum(
        size(x)
        for row in groups
        for inner in row.inner
        for x in inner.step.results
        if x is not None and x not in row.step.results
    )
    return [
        (
            "fused",
            f"{counted(calls, 'elementwise call')} in {counted(len(groups), 'group')}, run block "
            f"by block so that {inside:,} B in between stay in cache",
        )
    ]


def of_stage(plan: Plan, stage: str | None) -> tuple[str, Program]:
    """The program of that name; the last one unless named.

    Raises
    ------
    ValueError
        If there is none; it names those there are.
    """
    if stage is None:
        return plan.stages[-1]
    for name, program in plan.stages:
        if name == stage:
            return name, program
    names = ", ".join(name for name, _ in plan.stages)
    raise ValueError(f"this plan has no stage {stage!r}: it has {names}")


def rows_of(
    plan: Plan, stage: str | None, seconds: Mapping[Step, float] | None = None
) -> list[Row]:
    """The rows of a stage, with places in memory for the last."""
    _, program = of_stage(plan, stage)
    return rows(program, plan if program is plan.program else None, seconds)
