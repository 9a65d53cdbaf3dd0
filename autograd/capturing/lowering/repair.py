"""What is run where lowered steps cannot go on: the recorded steps between two effects."""

from __future__ import annotations

from typing import Any

from ..program import Array, Program, Step
from .call import Call, Repair, leaves
from .sharing import Shared, kept_of

__all__ = ["rule_steps", "with_repairs"]


def with_repairs(
    program: Program, lowered: dict[Step, list[Call]], kept: dict[int, Shared]
) -> Program:
    """The program with lowered steps in the place of the recorded ones.

    Parameters
    ----------
    program : Program
    lowered : dict
        The calls of each step that has some; the others stay as they are.
    kept : dict
        Lists that forwards and rules share.
    """
    rules = rule_steps(program)
    steps: list[Step] = []
    # What has run since an effect may have written to a tensor, and since the last effect.
    before: list[Step] = []
    run: list[Step] = []
    for step in (*program.steps, None):
        if step is not None and step.kind != "effect":
            run.append(step)
            continue
        for each in run:
            steps += lowered[each] if each in lowered else [_as_it_is(each, rules)]
        if run:
            steps.append(_repair(run, before, lowered, rules, kept))
        before = [*before, *run] if step is not None and _only_reads(step) else []
        run = []
        if step is not None:
            steps.append(step)
    return Program(steps, program.inputs, program.outputs)


def rule_steps(program: Program) -> set[Step]:
    """The steps of a backward walk: rules, and the sums between them."""
    found: set[Step] = set()
    walk = False
    for step in program.steps:
        if step.kind in ("op", "rule"):
            walk = step.kind == "rule"
        if walk and step.kind != "effect":
            found.add(step)
    return found


def _only_reads(effect: Step) -> bool:
    function = effect.function
    return getattr(getattr(function, "func", function), "reads_only", False)


def _as_it_is(step: Step, rules: set[Step]) -> Call:
    made = Call(step.kind, step.name, step.function, step.operands, step.keywords, step.results)
    made.several, made.writes, made.line, made.note = (
        step.several, step.writes, step.line, step.note,
    )  # fmt: skip
    made.rule, made.origin = step in rules, step
    return made


def _repair(
    run: list[Step],
    before: list[Step],
    lowered: dict[Step, list[Call]],
    rules: set[Step],
    kept: dict[int, Shared],
) -> Step:
    """The step that keeps what the recorded steps of a run need."""
    # A rule whose forward ran before the last effect finds its list filled by running that again.
    inside = set(run)
    refill = dict.fromkeys(
        shared
        for step in run
        if step.kind == "rule" and kept_of(step) in kept
        for shared in kept[kept_of(step)].steps
        if shared.kind == "op" and shared not in inside
    )
    run = [*refill, *run]
    needs = _needs(run)
    again: list[Step] = []
    if before and any(step in rules for step in run):
        # A walk reads nearly all that the forward has made, which would be kept until its end.
        again = _makers(needs, before, lowered, rules)
        needs = _needs([*again, *run])
    return Step("check", "repair", Repair(run, tuple(needs), again), tuple(needs))


def _needs(run: list[Step]) -> dict[Array, None]:
    """The arrays that steps read and have not made themselves."""
    inside: set[Array] = set()
    needs: dict[Array, None] = {}
    for step in run:
        for x in leaves((step.operands, step.keywords)):
            if x.kind == "made" and x not in inside:
                needs[x] = None
        inside.update(x for x in step.results if x is not None)
    return needs


def _makers(
    needs: Any, before: list[Step], lowered: dict[Step, list[Call]], rules: set[Step]
) -> list[Step]:
    """The steps that can make some arrays once more.

    Those that make NumPy calls alone: of what stayed opaque, nobody knows whether it does the same
    a second time.
    """
    maker: dict[Any, Step] = {}
    for step in before:
        if step not in rules and (step.kind == "numpy" or step in lowered):
            maker.update((x, step) for x in step.results)
    found: set[Step] = set()
    pending = list(needs)
    while pending:
        made_by = maker.get(pending.pop())
        if made_by is not None and made_by not in found:
            found.add(made_by)
            pending += leaves((made_by.operands, made_by.keywords))
    return [step for step in before if step in found]
