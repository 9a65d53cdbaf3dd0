"""A section of the report, and the whole of it for people (Markdown) and programs (JSON)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Section", "about", "as_json", "from_json", "markdown", "short"]


@dataclass
class Section:
    """One table of the report."""

    name: str
    title: str
    header: list[str]
    rows: list[list[str]]
    goals: list[tuple[str, float, bool]] = field(default_factory=list)
    """What was aimed at, the figure, and whether it is reached."""
    failures: dict[str, str] = field(default_factory=dict)
    """What is not in the table, and why."""
    notes: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The section in Markdown."""
        lines = [f"## {self.title}", "", _row(self.header), _row(["---"] * len(self.header))]
        lines += [_row(row) for row in self.rows]
        lines.append("")
        lines += [f"- {note}" for note in self.notes]
        lines += [f"- not measured: {name} ({why})" for name, why in self.failures.items()]
        lines += [
            f"- goal: {text}: {figure:.3g}, {'reached' if ok else '**missed**'}"
            for text, figure, ok in self.goals
        ]
        return lines + ([""] if lines[-1] else [])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def short(x: float) -> str:
    """Three digits, or all those before the point."""
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:.3g}"


def about(machine: dict[str, Any]) -> str:
    """Where, when and how it was measured, and what the figures are."""
    return (
        f"{machine['date']}, revision {machine['revision']}, {machine['processor']} "
        f"({machine['cores']} cores, one used unless it says otherwise), "
        f"Python {machine['python']}, made by `{machine['command']}`. "
        "Times are medians over the rounds; a ratio is the median of the ratios within a round. "
        'Memory is what is resident at most; "for steps" is how much of it came after the '
        "contender was built, before its first step."
    )


def markdown(machine: dict[str, Any], sections: Sequence[Section]) -> str:
    """The whole report."""
    lines = ["# Benchmarks", "", about(machine), ""]
    for one in sections:
        lines += one.lines()
    return "\n".join(lines).rstrip() + "\n"


def as_json(machine: dict[str, Any], sections: Sequence[Section]) -> dict[str, Any]:
    """All of it with every sample."""
    return {"machine": machine, "sections": [dataclasses.asdict(one) for one in sections]}


def from_json(data: dict[str, Any]) -> tuple[dict[str, Any], list[Section]]:
    """The machine and the sections that :func:`as_json` was given."""
    sections = [Section(**one) for one in data["sections"]]
    for one in sections:
        one.goals = [(text, figure, ok) for text, figure, ok in one.goals]
    return data["machine"], sections
