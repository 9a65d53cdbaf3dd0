"""Tables for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .compare import Comparison, Spread
from .workload import BY_HAND, CAPTURED, OURS, PRODUCTS, Goal

__all__ = ["Section", "as_json", "markdown", "section", "summary"]


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


def _range(spread: Spread) -> str:
    return f"{_short(spread.low)} to {_short(spread.high)}"


def _short(x: float) -> str:
    return f"{x:,.0f}" if x >= 1000 else f"{x:.3g}"


def _goal_text(goal: Goal, unit: str) -> str:
    if goal.against is None:
        return f"{goal.contender} ≤ {goal.at_most:g} us a {unit}"
    limit = f"{goal.at_most:g}" if goal.at_most >= 0.5 else f"1/{1 / goal.at_most:g}"
    return f"{goal.contender} ≤ {limit} × {goal.against}"


def _base(done: Comparison) -> str | None:
    return OURS if OURS in done.seconds else next(iter(done.seconds), None)


def section(done: Comparison) -> Section:
    """The table of a comparison: times, ratios to ours, and memory."""
    workload = done.workload
    base = _base(done)
    # In a short graph, what the process itself allocates would count.
    per_op = workload.unit == "op" and workload.units >= 10_000
    rows = []
    for name in done.seconds:
        time, about, memory = done.time(name), done.about[name], done.memory[name]
        steps = max(memory["peak"] - memory["built"], 0)
        cells = [name, about["version"], _short(time.median), _range(time)]
        ratio = done.ratio(name, base)  # type: ignore[arg-type]
        cells += ["1", ""] if name == base else [f"{ratio.median:.3g}", _range(ratio)]
        cells += [f"{memory['peak'] / 1e6:.0f}", _short(steps / 1e6)]
        rows.append(cells + ([_short(steps / workload.units)] if per_op else []))
    goals = []
    for goal in workload.goals:
        figure = done.reached(goal)
        if figure is not None:
            text = _goal_text(goal, workload.unit)
            goals.append((text, figure.median, figure.median <= goal.at_most))
    header = ["contender", "version", f"us / {workload.unit}", "quartiles", f"× {base}"]
    header += ["quartiles", "peak MB", "for steps MB"] + ["B / op"] * per_op
    many = done.threads > 1
    return Section(
        workload.name + (f", {done.threads} threads" if many else ""),
        workload.title + (f", {done.threads} threads" if many else ""),
        header,
        rows,
        goals,
        {**done.absent, **done.wrong},
        [f"{name}: {about['note']}" for name, about in done.about.items() if about.get("note")],
        {
            "units": workload.units,
            "seconds_per_step": done.seconds,
            "about": done.about,
            "memory": done.memory,
        },
    )


_FIRST = (OURS, CAPTURED, BY_HAND, PRODUCTS)


def summary(all_done: Sequence[Comparison]) -> Section:
    """One line a workload: our time, and everybody's as a multiple of it."""
    names = [name for name in _FIRST if any(name in done.seconds for done in all_done)]
    names += sorted({n for done in all_done for n in done.seconds} - set(names), key=str.lower)
    rows = []
    for done in all_done:
        base = _base(done)
        if base is None:
            continue
        title = section(done).name
        cells = [title, f"{_short(done.time(base).median)} us / {done.workload.unit}"]
        for name in names:
            known = name in done.seconds
            cells.append(f"{done.ratio(name, base).median:.3g}" if known else "")
        rows.append(cells)
    title = "Summary: times as multiples of ours (the first contender's, where ours is absent)"
    return Section("summary", title, ["workload", "ours", *names], rows)


def markdown(machine: dict[str, Any], sections: Sequence[Section]) -> str:
    """The whole report."""
    lines = ["# Benchmarks", "", _about(machine), ""]
    for one in sections:
        lines += one.lines()
    return "\n".join(lines).rstrip() + "\n"


def _about(machine: dict[str, Any]) -> str:
    return (
        f"{machine['date']}, revision {machine['revision']}, {machine['processor']} "
        f"({machine['cores']} cores, one used unless it says otherwise), "
        f"Python {machine['python']}, made by `{machine['command']}`. "
        "Times are medians over the rounds; a ratio is the median of the ratios within a round. "
        'Memory is what is resident at most; "for steps" is how much of it came after the '
        "contender was built, before its first step."
    )


def as_json(machine: dict[str, Any], sections: Sequence[Section]) -> dict[str, Any]:
    """All of it with every sample."""
    return {"machine": machine, "sections": [dataclasses.asdict(one) for one in sections]}
