"""From ops and rules to single NumPy calls: they are run again on stand-ins that note the calls.

What a stand-in cannot do, or does with another result, leaves the step as it was recorded: it is
run with real arrays in each replay. An ``if`` on a number goes the way it went, and the plan looks
whether it still does; where not, the steps between the last effect and the next are run as they
were recorded (see ``Repair``).
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from ...op import walking
from ..program import Array, Program, Step
from .call import Assume, Call, Repair, leaves, replaced
from .standin import StandIn
from .tracer import Tracer

__all__ = ["Assume", "Call", "Repair", "leaves", "lower", "replaced", "rule_steps"]


def lower(program: Program, opaque: Container[Step] = ()) -> Program:
    """The same program in single NumPy calls, where that can be.

    Parameters
    ----------
    program : Program
    opaque : container of steps
        Steps to leave as they are.
    """
    kept = _kept_lists(program)
    shut: set[Step] = set()
    shared: _Shared | None
    for shared in kept.values():
        if any(step in opaque for step in shared.steps):
            shut |= shared.steps
    rules = rule_steps(program)
    lowered: dict[Step, list[Step]] = {}
    for step in program.steps:
        if step.kind in ("op", "rule"):
            shared = kept.get(_kept(step))
            done = None
            if step not in opaque and step not in shut:
                done = _lowered(step, step.kind == "rule", shared)
            if done is not None:
                lowered[step] = done
            elif shared is not None:
                # Forward and rule share what stand-ins would put there: all of them or none.
                shut |= shared.steps
    for each in kept.values():
        each.kept[:] = each.real
    for step in shut:
        lowered.pop(step, None)
    steps: list[Step] = []
    run: list[Step] = []
    for step in program.steps:
        if step.kind == "effect":
            steps += _with_repair(run, lowered, rules, kept)
            run = []
            steps.append(step)
        else:
            run.append(step)
    return Program(steps + _with_repair(run, lowered, rules, kept), program.inputs, program.outputs)


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


def _kept(step: Step) -> int:
    params = step.keywords if step.kind == "op" else getattr(step.function, "params", {})
    return id(params.get("kept"))


class _Shared:
    """A list that a forward leaves something in for its rule, and the steps that share it."""

    def __init__(self, kept: list) -> None:
        self.kept = kept
        self.real = list(kept)
        self.traced: list = []
        self.steps: set[Step] = set()


def _kept_lists(program: Program) -> dict[int, _Shared]:
    found: dict[int, _Shared] = {}
    for step in program.steps:
        kept = step.keywords.get("kept")
        if step.kind == "op" and type(kept) is list:
            found.setdefault(id(kept), _Shared(kept))
    for step in program.steps:
        if _kept(step) in found:
            found[_kept(step)].steps.add(step)
    return found


def _with_repair(
    run: list[Step], lowered: dict[Step, list[Step]], rules: set[Step], kept: dict[int, _Shared]
) -> list[Step]:
    steps: list[Step] = []
    for step in run:
        if step in lowered:
            steps += lowered[step]
            continue
        operands, keywords = step.operands, step.keywords
        made = Call(step.kind, step.name, step.function, operands, keywords, step.results)
        made.several, made.writes, made.line, made.note = (
            step.several, step.writes, step.line, step.note,
        )  # fmt: skip
        made.rule, made.origin = step in rules, step
        steps.append(made)
    if not run:
        return steps
    # A rule whose forward ran before the last effect finds its list filled by running that again.
    run = [
        *(
            shared
            for step in run
            if step.kind == "rule" and _kept(step) in kept
            for shared in kept[_kept(step)].steps
            if shared.kind == "op" and shared not in run
        ),
        *run,
    ]
    inside: set[Array] = set()
    needs: dict[Array, None] = {}
    for step in run:
        for x in leaves((step.operands, step.keywords)):
            if x.kind == "made" and x not in inside:
                needs[x] = None
        inside.update(x for x in step.results if x is not None)
    return [*steps, Step("check", "repair", Repair(run, tuple(needs)), tuple(needs))]


def _lowered(step: Step, rule: bool, shared: _Shared | None) -> list[Step] | None:
    """The calls a step makes, or ``None`` if it stays as it is."""
    try:
        with walking() if rule else np.errstate():
            if shared is not None:
                shared.kept[:] = shared.real
            reference = _run(step, lambda x: x.sample if isinstance(x, Array) else x)
            tracer = Tracer(step, rule, StandIn)
            if shared is not None and rule:
                # The forward's stand-ins, noted in the rule's own list of calls.
                shared.kept[:] = replaced(
                    shared.traced, lambda x: StandIn(tracer, x.array) if type(x) is StandIn else x
                )
            found = _run(step, tracer.enter)
        names = _names(step, reference, found, tracer)
        if names is None or (shared is None and not _agrees(step, rule)):
            return None
        if shared is not None and not rule:
            shared.traced = replaced(
                list(shared.kept),
                lambda x: StandIn(tracer, names.get(x.array, x.array)) if type(x) is StandIn else x,
            )
        return _renamed(tracer.calls, names)
    except Exception:  # whatever an op makes of a stand-in: it is run as it is
        return None


def _agrees(step: Step, rule: bool) -> bool:
    """Whether stand-ins give the same bits for other numbers too.

    An op that asks for the type of its operands may add up in another order for stand-ins, and a
    few rows often sum to the same bits in any order.
    """
    rng = np.random.default_rng(0)
    read = leaves((step.operands, step.keywords))
    few = sum(x.sample.size for x in read) < 4096
    return all(_agrees_once(step, rule, rng, k % 2 - 0.5) for k in range(10 if few else 1))


def _agrees_once(step: Step, rule: bool, rng: np.random.Generator, low: float) -> bool:
    read = leaves((step.operands, step.keywords))
    others = {x: Array(_other(x.sample, rng, low)) for x in read}
    tracer = Tracer(step, rule, StandIn)
    with walking() if rule else np.errstate(), np.errstate(all="ignore"):
        try:
            reference = _run(step, lambda x: others[x].sample if isinstance(x, Array) else x)
        except Exception:
            return True  # those numbers are none that it takes
        found = _run(step, lambda x: tracer.enter(others[x]) if isinstance(x, Array) else x)
    return all(
        a is b or (type(b) is StandIn and np.asarray(a).tobytes() == b.array.sample.tobytes())
        for a, b in zip(reference, found, strict=True)
    )


def _other(x: np.ndarray, rng: np.random.Generator, low: float) -> np.ndarray:
    if x.dtype.kind != "f":
        return x
    other = np.empty_like(x, subok=False)
    return np.multiply(x, rng.uniform(low, 1.5, x.shape), out=other, casting="unsafe")


def _run(step: Step, by: Any) -> tuple:
    keywords = {k: x if k == "kept" else replaced(x, by) for k, x in step.keywords.items()}
    result = step.function(*(replaced(x, by) for x in step.operands), **keywords)
    return tuple(result) if step.several else (result,)


def _names(step: Step, reference: tuple, found: tuple, tracer: Tracer) -> dict[Array, Array] | None:
    """Which arrays of the trace are the step's results; ``None`` if they differ in one bit."""
    if not len(reference) == len(found) == len(step.results):
        return None
    names: dict[Array, Array] = {}
    for expected, x, result in zip(reference, found, step.results, strict=True):
        if result is None or x is None:
            if x is not None or result is not None:
                return None
            continue
        if type(x) is not StandIn or not _same(np.asarray(expected), x.array.sample, result):
            return None
        if x.array is result:
            continue
        if result.kind != "made" or result in leaves((step.operands, step.keywords)):
            return None
        if x.array in tracer.made and x.array not in names:
            names[x.array] = result
        else:
            tracer.call(np.ndarray.copy, (x,), {"order": "K"})
            names[tracer.calls[-1].results[0]] = result  # type: ignore[index]
    return names


def _renamed(calls: list[Call], names: dict[Array, Array]) -> list[Step]:
    def name(a: Any) -> Any:
        return names.get(a, a) if isinstance(a, Array) else a

    for call in calls:
        call.operands = tuple(replaced(x, name) for x in call.operands)
        call.keywords = {k: replaced(x, name) for k, x in call.keywords.items()}
        call.results = tuple(map(name, call.results))
        call.writes = tuple(map(name, call.writes))
    return list(calls)


def _same(a: np.ndarray, b: np.ndarray, recorded: Array) -> bool:
    return (
        a.shape == b.shape == recorded.shape
        and a.dtype == b.dtype == recorded.dtype
        and b.strides == recorded.sample.strides
        and a.tobytes() == b.tobytes()
    )
