"""The op whose rule is wrong: each checked by itself, at the numbers it was recorded with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .culprit import Culprit, called, count, made
from .local import Local, local_of
from .moving import Moving, Paths
from .recording import Recording
from .report import Report
from .smallest import code, smallest
from .subject import Subject
from .verify import verify

__all__ = ["wrong_rule"]

LIMIT = 1000
"""Rules checked in one search; of a larger graph, one of each kind comes first."""


def wrong_rule(
    subject: Subject, recording: Recording, order: list, mode: str, seed: int
) -> Culprit | None:
    """Check the rule of every node, and name the op that is wrong most often."""
    points = [(node, local_of(node)) for node in order]
    ruled = _one_of_each_first([(n, p) for n, p in points if p is not None])
    checked, suspects = min(len(ruled), LIMIT), []
    for node, local in ruled[:LIMIT]:
        report = _check(local, mode, seed)
        if report.verdict != "pass":
            suspects.append((node, local, report))
    wrong = _convicted(suspects, Paths(subject, recording, seed), mode, seed) if suspects else []
    if not wrong:
        return None
    # The op that is wrong most often; of its nodes the first, with the least before it.
    names = [point.local.op.name for _, point, _ in wrong]
    worst = max(dict.fromkeys(names), key=names.count)
    place = {node: k for k, (node, _) in enumerate(points)}
    mine = [w for w in wrong if w[1].local.op.name == worst]
    node, point, report = min(mine, key=lambda w: place[w[0]])
    program = _program(point, mode, seed)
    others = [name for name in dict.fromkeys(names) if name != worst]
    of_all = f" (of {len(ruled)})" if checked < len(ruled) else ""
    lines = [
        f"to blame: {worst}, wrong at {count(len(mine), 'node')} of {checked} checked{of_all}"
        + (f"; also {', '.join(others)}" if others else "; the others agree"),
        *called(recording, node),
        *_what(report, worst),
        "smallest case found:",
        *("    " + line for line in program.splitlines()),
    ]
    return made("rule", worst, lines, node, recording, report, program)


@dataclass(frozen=True)
class _Point:
    """A rule found wrong: by itself, or only in the direction that its operands take."""

    local: Local
    moving: Moving | None = None


def _convicted(
    suspects: Sequence[tuple[Any, Local, Report]], paths: Paths, mode: str, seed: int
) -> list[tuple[Any, _Point, Report]]:
    """Those whose rule is wrong in the direction that their operands take."""
    found = []
    for node, local, report in suspects:
        if report.verdict == "fail" and report.evidence is None:
            found.append((node, _Point(local), report))  # a shape, a dtype, a side effect
            continue
        moving = paths.of(node, local)
        try:
            along = None if moving is None else moving.check(mode, seed)
        except Exception:  # as in _check
            along = None
        if report.verdict == "fail" and (along is None or along.verdict != "pass"):
            found.append((node, _Point(local), report))
        elif along is not None and along.verdict == "fail":
            found.append((node, _Point(local, moving), along))
    return found


def _program(point: _Point, mode: str, seed: int) -> str:
    if point.moving is None:
        small = smallest(point.local, lambda p: _check(p, mode, seed).verdict == "fail")
        return code(small, mode)
    return smallest(point.moving, lambda p: p.check(mode, seed).verdict == "fail").code(mode)


def _check(local: Local, mode: str, seed: int) -> Report:
    try:
        return verify(local.subject(mode), mode, seed, local.op.name)
    except Exception as error:  # an op that cannot be run by itself says nothing about its rule
        return Report("inconclusive", f"{local.op.name}: {error}", "nothing to check")


def _one_of_each_first(points: Sequence[tuple[Any, Local]]) -> list[tuple[Any, Local]]:
    seen = set()
    first: list[tuple[Any, Local]] = []
    rest: list[tuple[Any, Local]] = []
    for node, local in points:
        key = local.op, tuple(np.shape(x) for x in local.args)
        (rest if key in seen else first).append((node, local))
        seen.add(key)
    return first + rest


def _what(report: Report, name: str) -> list[str]:
    """The body of a report, indented: without its title where that only names the op."""
    first, *rest = report.message.splitlines()
    found = [] if report.evidence is not None else ["  " + first.removeprefix(f"{name}: ")]
    return [*found, *rest[:1], *(line for line in rest[1:] if "hint:" in line)]
