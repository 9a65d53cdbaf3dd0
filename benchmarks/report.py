"""Tables for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .compare import Comparison, Spread
from .workload import OURS, Goal

__all__ = ["Section", "as_json", "markdown", "section"]


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
    data: dict[str, Any] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The section in Markdown."""
        lines = [f"## {self.title}", "", _row(self.header), _row(["---"] * len(self.header))]
        lines += [_row(row) for row in self.rows]
        lines.append("")
        lines += [f"- not measured: {name} ({why})" for name, why in self.failures.items()]
        lines += [
            f"- goal: {text}: {figure:.3g}, {'reached' if ok else '**missed**'}"
            for text, figure, ok in self.goals
        ]
        return lines + ([""] if lines[-1] else [])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _range(spread: Spread) -> str:
    return f"{_short(spread.low)} to {_short(spread.high)}"


def _short(x: float) -> str:
    return f"{x:,.0f}" if x >= 1000 else f"{x:.3g}"


def _goal_text(goal: Goal, unit: str) -> str:
    if goal.against is None:
        return f"{goal.contender} ≤ {goal.at_most:g} us a {unit}"
    limit = f"{goal.at_most:g}" if goal.at_most >= 0.5 else f"1/{1 / goal.at_most:g}"
    return f"{goal.contender} ≤ {limit} × {goal.against}"


def section(done: Comparison) -> Section:
    """The table of a comparison: times, and ratios to ours."""
    workload = done.workload
    base = OURS if OURS in done.seconds else next(iter(done.seconds), None)
    rows = []
    for name in done.seconds:
        time, about = done.time(name), done.about[name]
        cells = [name, about["version"], _short(time.median), _range(time)]
        ratio = done.ratio(name, base)  # type: ignore[arg-type]
        cells += ["1", ""] if name == base else [f"{ratio.median:.3g}", _range(ratio)]
        rows.append(cells)
    goals = []
    for goal in workload.goals:
        figure = done.reached(goal)
        if figure is not None:
            text = _goal_text(goal, workload.unit)
            goals.append((text, figure.median, figure.median <= goal.at_most))
    header = ["contender", "version", f"us / {workload.unit}", "quartiles", f"× {base}"]
    return Section(
        workload.name,
        workload.title,
        [*header, "quartiles"],
        rows,
        goals,
        {**done.absent, **done.wrong},
        {"units": workload.units, "seconds_per_step": done.seconds, "about": done.about},
    )


def markdown(machine: dict[str, Any], sections: Sequence[Section]) -> str:
    """The whole report."""
    lines = ["# Benchmarks", "", _about(machine), ""]
    for one in sections:
        lines += one.lines()
    return "\n".join(lines).rstrip() + "\n"


def _about(machine: dict[str, Any]) -> str:
    return (
        f"{machine['date']}, revision {machine['revision']}, {machine['processor']} "
        f"({machine['cores']} cores, one used), Python {machine['python']}. "
        "Times are medians over the rounds; a ratio is the median of the ratios within a round."
    )


def as_json(machine: dict[str, Any], sections: Sequence[Section]) -> dict[str, Any]:
    """All of it with every sample."""
    return {"machine": machine, "sections": [dataclasses.asdict(one) for one in sections]}
