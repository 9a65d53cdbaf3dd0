"""The NumPy calls that one recorded step makes, if stand-ins show them to the bit."""

from __future__ import annotations

import numpy as np

from ...op import walking
from ..bits import hollow, same_bits
from ..program import Array, Step
from .agree import Agreement, run_step
from .call import Call, leaves, named, replaced
from .sharing import Shared
from .standin import StandIn
from .tracer import Tracer

__all__ = ["traced"]


def traced(step: Step, rule: bool, shared: Shared | None, agrees: Agreement) -> list[Call] | None:
    """The calls a step makes, or ``None`` if it stays as it is."""
    try:
        with walking() if rule else np.errstate():
            if shared is not None:
                shared.kept[:] = shared.real
            reference = run_step(step, lambda x: x.sample if isinstance(x, Array) else x)
            tracer = Tracer(step, rule, StandIn)
            if shared is not None and rule:
                # The forward's stand-ins, noted in the rule's own list of calls.
                shared.kept[:] = replaced(
                    shared.traced, lambda x: StandIn(tracer, x.array) if type(x) is StandIn else x
                )
            found = run_step(step, tracer.enter)
        names = _names(step, reference, found, tracer)
        if names is None:
            return None
        if shared is not None and not rule:
            shared.traced = replaced(
                list(shared.kept),
                lambda x: StandIn(tracer, names.get(x.array, x.array)) if type(x) is StandIn else x,
            )
        calls = _renamed(tracer.calls, names)
        if shared is not None:
            return calls
        del reference, found  # and with them their numbers
        for x in tracer.made:
            x.sample = hollow(x.sample)
        return calls if agrees(step, rule, calls) else None
    except Exception:  # whatever an op makes of a stand-in: it is run as it is
        return None


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


def _renamed(calls: list[Call], names: dict[Array, Array]) -> list[Call]:
    for call in calls:
        call.operands = named(call.operands, names)
        call.keywords = named(call.keywords, names)
        call.results = named(call.results, names)
        call.writes = named(call.writes, names)
    return calls


def _same(a: np.ndarray, b: np.ndarray, recorded: Array) -> bool:
    return (
        b.strides == recorded.sample.strides
        and same_bits(a, b)
        and (b.shape == recorded.shape and b.dtype == recorded.dtype)
    )
