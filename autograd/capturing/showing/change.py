"""What a pass did: the calls that are gone after it, and those that are new."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from .rows import Row

__all__ = ["changes"]


def changes(before: list[Row], after: list[Row]) -> list[str]:
    """Lines that begin with ``-`` for what is gone, ``+`` for what is new.

    Names of arrays are those of each side, which count what that side makes. So calls are compared
    by what they are and by what they work on, not by names.
    """
    old, new = _keyed(before), _keyed(after)
    lines: list[str] = []
    matcher = SequenceMatcher(None, [key for key, _ in old], [key for key, _ in new], False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            continue
        lines += [f"- {_said(row)}" for _, row in old[a:b]]
        lines += [f"+ {_said(row)}" for _, row in new[c:d]]
    return lines


def _keyed(rows: Iterable[Row]) -> list[tuple[Any, Row]]:
    """Each call with a key that is the same on both sides where it is the same call."""
    keyed = []
    for row in rows:
        step = row.step
        shapes = tuple((x.shape, str(x.dtype)) for x in step.arrays)
        keyed.append(((row.kind, step.name, row.phase, row.owner, row.made, shapes), row))
    return keyed


def _said(row: Row) -> str:
    where = f"{row.phase}: {row.owner}" + (f", {row.line}" if row.line else "")
    note = f"; {row.step.note}" if row.step.note else ""
    inner = f", {len(row.inner)} calls" if row.inner else ""
    return f"{row.text}{inner}    ({where}{note})"
