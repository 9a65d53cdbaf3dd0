"""From ops and rules to single NumPy calls: they are run again on stand-ins that note the calls.

What a stand-in cannot do, or does with another result, leaves the step as it was recorded: it is
run with real arrays in each replay. An ``if`` on a number goes the way it went, and the plan looks
whether it still does; where not, the steps between the last effect and the next are run as they
were recorded (see ``Repair``).
"""

from __future__ import annotations

from collections.abc import Container

from ..bits import BIG, hollow
from ..program import Array, Program, Step
from .again import Traces
from .agree import run_step
from .call import Assume, Call, Repair, leaves, named, replaced
from .repair import rule_steps, with_repairs
from .sharing import Shared, kept_lists, kept_of

__all__ = [
    "Assume",
    "Call",
    "Repair",
    "leaves",
    "lower",
    "named",
    "replaced",
    "rule_steps",
    "run_step",
]


def lower(program: Program, opaque: Container[Step] = (), *, spend: bool = False) -> Program:
    """The same program in single NumPy calls, where that can be.

    Parameters
    ----------
    program : Program
    opaque : container of steps
        Steps to leave as they are.
    spend : bool
        Whether to give up the recorded numbers on the way, each when it is read no more.
    """
    kept = kept_lists(program)
    shut: set[Step] = set()
    shared: Shared | None
    for shared in kept.values():
        if any(step in opaque for step in shared.steps):
            shut |= shared.steps
    calls = Traces()
    spent = _spent(program, kept) if spend else {}
    lowered: dict[Step, list[Call]] = {}
    for step in program.steps:
        if step.kind in ("op", "rule"):
            shared = kept.get(kept_of(step))
            done = None
            if step not in opaque and step not in shut:
                done = calls(step, step.kind == "rule", shared)
            if done is not None:
                lowered[step] = done
            elif shared is not None:
                # Forward and rule share what stand-ins would put there: all of them or none.
                shut |= shared.steps
        for x in spent.get(step, ()):
            x.sample = hollow(x.sample)
    for each in kept.values():
        each.kept[:] = each.real
    for step in shut:
        lowered.pop(step, None)
    return with_repairs(program, lowered, kept)


def _spent(program: Program, kept: dict[int, Shared]) -> dict[Step, list[Array]]:
    """The large arrays whose numbers no step reads that comes after a given one."""
    last: dict[Array, Step] = {}
    until: dict[int, Step] = {}
    for step in program.steps:
        until[kept_of(step)] = step
    for step in program.steps:
        # A rule reads what its forward had, too.
        end = until[kept_of(step)] if kept_of(step) in kept else step
        for x in leaves((step.operands, step.keywords, step.results)):
            if x.kind != "constant" and x.sample.nbytes >= BIG:
                last[x] = end
    found: dict[Step, list[Array]] = {}
    for x, step in last.items():
        found.setdefault(step, []).append(x)
    return found
