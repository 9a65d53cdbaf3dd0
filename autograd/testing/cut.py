"""Where a function leaves the graph: an operand that changes with the inputs unlinked to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import Op, plain
from ..value import Value
from .culprit import Culprit, called, made
from .local import Local, local_of
from .recording import Recording, record
from .smallest import code, smallest
from .subject import Subject, directions

__all__ = ["cut", "unlinked"]


def cut(subject: Subject, recording: Recording, order: list, seed: int) -> Culprit | None:
    """An operand that is no node and yet changes when the inputs do."""
    rng = np.random.default_rng([seed, 3])
    us = subject.shaped(1e-3 * directions(rng, sum(subject.sizes)))
    moved = record(subject.call, [x + u for x, u in zip(subject.xs, us, strict=True)])
    twins = dict(zip(recording.created, moved.created))
    for node in order:
        twin = twins.get(node)
        if node.op is None or twin is None:
            continue
        if twin.op is None or twin.op.name != node.op.name:
            break
        for i, (x, y) in enumerate(zip(_constants(node), _constants(twin))):
            if x is not None and y is not None and _differ(x, y):
                name = node.op.name
                what = (
                    f"operand {i + 1} of {name} changes with the inputs and is not linked to "
                    "them, so no gradient flows through it"
                )
                look = (
                    "look for .detach(), .data, .item(), float(), no_grad() or a NumPy call on "
                    "plain data where it comes from"
                )
                owner = recording.owners.get(node)
                if owner is not None and owner.op is not None:
                    name = owner.op.name
                    what = f"the derivative rule of {name}: in it, {what}"
                    look = (
                        "it is right to first order and loses the second: " + look + " (in a rule, "
                        "also plain(x)), and write the rule with ops"
                    )
                lines = [f"to blame: {what}", *called(recording, node), "  " + look]
                program = "" if owner is None else _second_order_program(owner, seed)
                if program:
                    lines.append("smallest case found:")
                    lines += ["    " + line for line in program.splitlines()]
                return made("cut", name, lines, node, recording, program=program)
    return None


def _second_order_program(node: Any, seed: int) -> str:
    """The smallest case at which an op's second derivative is wrong."""
    from .check import check_grads  # which imports this module

    def wrong(point: Local) -> bool:
        def call(*xs: Any) -> Any:
            full = list(point.args)
            for i, x in zip(point.where, xs, strict=True):
                full[i] = x
            return point.op(*full, **point.shown)

        inputs = [point.args[i] for i in point.where]
        report = check_grads(call, *inputs, raise_exception=False, locate=False, seed=seed)
        return report.verdict == "fail"

    local = local_of(node)
    if local is None or not wrong(local):
        return ""
    return code(smallest(local, wrong), "both")


def unlinked(subject: Subject, recording: Recording, seed: int) -> Culprit | None:
    """A result that changes with the inputs, though nothing that leads to it was recorded."""
    rng = np.random.default_rng([seed, 3])
    us = subject.shaped(1e-3 * directions(rng, sum(subject.sizes)))
    moved = record(subject.call, [x + u for x, u in zip(subject.xs, us, strict=True)])
    for x, y in zip(recording.outputs, moved.outputs):
        if _differ(plain(x), plain(y)):
            lines = [
                "to blame: the result changes with the inputs, and nothing that leads from them "
                "to it was recorded",
                "  look for .detach(), .data, .item(), float(), no_grad() or a NumPy call on "
                "plain data",
            ]
            return made("cut", "the result", lines, None, recording)
    return None


def _constants(node: Any) -> list[Any]:
    """The operands of a node that are plain data, ``None`` for nodes."""
    if isinstance(node, Value):
        local = local_of(node)
        if local is None or not isinstance(local.op, Op):
            return []
        return [None if i in local.where else x for i, x in enumerate(local.args)]
    return [
        x if p is None else None
        for x, p in zip(getattr(node, "args", ()), node.parents, strict=False)
    ]


def _differ(x: Any, y: Any) -> bool:
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind != "f" or x.shape != y.shape:
        return False
    return not np.array_equal(x, y, equal_nan=True)
