"""A lowered program in which some steps are as they were recorded."""

from __future__ import annotations

from typing import Any

from ..lowering import Call, rule_steps
from ..program import Program, Step

__all__ = ["with_whole"]


def with_whole(recorded: Program, lowered: Program, whole: set[Step]) -> Program:
    """``lowered`` with the steps in ``whole`` run as they were recorded.

    Without tracing again: the recorded arrays may have no numbers any more.
    """
    # A forward and its rule share the list in which the one leaves something for the other.
    lists = {id(kept) for kept in map(_kept, whole) if kept is not None}
    whole = whole | {step for step in recorded.steps if id(_kept(step)) in lists}
    rules = rule_steps(recorded)
    steps: list[Step] = []
    entered: set[Step] = set()
    for step in lowered.steps:
        origin = getattr(step, "origin", None)
        if origin not in whole:
            steps.append(step)
        elif origin not in entered:
            entered.add(origin)
            call = Call(origin.kind, origin.name, origin.function, origin.operands, origin.keywords)
            call.results, call.several, call.writes = origin.results, origin.several, origin.writes
            call.line, call.note, call.rule, call.origin = (
                origin.line, origin.note, origin in rules, origin,
            )  # fmt: skip
            steps.append(call)
    return Program(steps, lowered.inputs, lowered.outputs)


def _kept(step: Step) -> Any:
    params = step.keywords if step.kind == "op" else getattr(step.function, "params", {})
    return params.get("kept")
