"""What is one box in the drawing of a plan: a call, all calls of an op, or those of a line."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import groupby

from ...capturing.showing.rows import Row

__all__ = ["LEVELS", "Box", "boxes"]

LEVELS = ("calls", "ops", "lines")
UNSEEN = ("view", "check", "repair")
"""Kinds of steps that make nothing of their own."""


@dataclass(slots=True)
class Box:
    """Calls that run one after another."""

    rows: list[Row]
    level: str
    fused: Row | None = None
    """The fused group that it is a call of."""

    @property
    def first(self) -> Row:
        return self.rows[0]

    @property
    def calls(self) -> int:
        return sum(len(row.inner) or 1 for row in self.rows)

    @property
    def bytes(self) -> int:
        return sum(row.bytes for row in self.rows)

    @property
    def seconds(self) -> float | None:
        known = [row.seconds for row in self.rows if row.seconds is not None]
        return sum(known) if known else None


def boxes(rows: list[Row], level: str, most: int | None) -> list[Box]:
    """The boxes in the order in which they run, so that none leads back to an earlier one.

    Parameters
    ----------
    rows : list of Row
    level : {"auto", "calls", "ops", "lines"}
        ``"auto"`` is calls if those are at most ``most``, else ops.
    most : int, optional
        What is still too much is joined, neighbours of one phase with each other; effects are not.
    """
    seen = [row for row in rows if row.kind not in UNSEEN]
    found: list[Box] = []
    for each in ("calls", "ops") if level == "auto" else (level,):
        found = _calls(seen) if each == "calls" else _runs(seen, each)
        if most is None or len(found) <= most:
            return found
    return found if most is None else _joined(found, most)


def _calls(rows: list[Row]) -> list[Box]:
    found: list[Box] = []
    for row in rows:
        fused = row if row.inner else None
        found += [Box([each], "calls", fused) for each in row.inner or [row]]
    return found


def _runs(rows: list[Row], level: str) -> list[Box]:
    """Runs of calls of one op, or line; each effect stays by itself."""
    key: Callable[[Row], Hashable] = lambda row: (
        (row.phase, row.line)
        if level == "lines" and row.kind != "effect"
        else id(getattr(row.step, "origin", None) or row.step)
    )
    return [Box(list(run), level) for _, run in groupby(rows, key=key)]


def _joined(found: list[Box], most: int) -> list[Box]:
    """Neighbours of one phase as one box, so many that ``most`` are left, or hardly more."""
    width = -(-len(found) // most)
    joined: list[Box] = []
    for _, run in groupby(found, key=lambda box: box.first.phase):
        each = list(run)
        if each[0].first.kind == "effect":
            joined += each
            continue
        for k in range(0, len(each), width):
            joined.append(Box([row for box in each[k : k + width] for row in box.rows], "ops"))
    return joined
