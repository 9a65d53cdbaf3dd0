"""The tables of comparisons: one a workload, and those that sum all of them up."""

from __future__ import annotations

from collections.abc import Sequence

from .blas import blas
from .comparison import Comparison, Spread, as_data, from_data
from .report import Section, short
from .resident import resident
from .workload import BY_HAND, CAPTURED, JAX_PRODUCTS, OURS, PRODUCTS, TORCH_PRODUCTS, Goal

__all__ = ["comparisons", "goals", "overview", "section", "summary", "versus"]

_FIRST = (OURS, CAPTURED, BY_HAND, PRODUCTS)


def _range(spread: Spread) -> str:
    return f"{short(spread.low)} to {short(spread.high)}"


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
        cells = [name, about["version"], short(time.median), _range(time)]
        ratio = done.ratio(name, base)  # type: ignore[arg-type]
        cells += ["1", ""] if name == base else [f"{ratio.median:.3g}", _range(ratio)]
        cells += [f"{memory['peak'] / 1e6:.0f}", short(steps / 1e6)]
        rows.append(cells + ([short(steps / workload.units)] if per_op else []))
    goals = []
    for goal in workload.goals:
        figure = done.reached(goal)
        # They are about one thread; more stand beside.
        if figure is not None and done.threads == 1:
            text = _goal_text(goal, workload.unit)
            goals.append((text, figure.median, figure.median <= goal.at_most))
    header = ["contender", "version", f"us / {workload.unit}", "quartiles", f"× {base}"]
    header += ["quartiles", "peak MB", "for steps MB"] + ["B / op"] * per_op
    return Section(
        done.name,
        done.title,
        header,
        rows,
        goals,
        {**done.absent, **done.wrong},
        [f"{name}: {about['note']}" for name, about in done.about.items() if about.get("note")],
        as_data(done),
    )


def comparisons(sections: Sequence[Section]) -> list[Comparison]:
    """Those that sections are about."""
    return [from_data(one.data) for one in sections if "seconds_per_step" in one.data]


def _everybody(all_done: Sequence[Comparison]) -> list[str]:
    names = [name for name in _FIRST if any(name in done.seconds for done in all_done)]
    others = {n for done in all_done for n in done.seconds} - {*names, TORCH_PRODUCTS, JAX_PRODUCTS}
    return names + sorted(others, key=str.lower)


def summary(all_done: Sequence[Comparison]) -> Section:
    """One line a workload: our time, and everybody's as a multiple of it."""
    names = _everybody(all_done)
    rows = []
    for done in all_done:
        base = _base(done)
        if base is None:
            continue
        cells = [done.name, f"{short(done.time(base).median)} us / {done.workload.unit}"]
        for name in names:
            known = name in done.seconds
            cells.append(f"{done.ratio(name, base).median:.3g}" if known else "")
        rows.append(cells)
    title = "Summary: times as multiples of ours, eager (above 1: slower)"
    return Section("summary", title, ["workload", "ours", *names], rows)


def versus(all_done: Sequence[Comparison]) -> Section | None:
    """Our captured time as a multiple of everybody's, where there is one."""
    kept = [done for done in all_done if CAPTURED in done.seconds]
    if not kept:
        return None
    names = [name for name in _everybody(kept) if name != CAPTURED]
    rows = []
    for done in kept:
        time = f"{short(done.time(CAPTURED).median)} us / {done.workload.unit}"
        rows.append([done.name, time])
        for name in names:
            known = name in done.seconds
            rows[-1].append(f"{done.ratio(CAPTURED, name).median:.3g}" if known else "")
    title = "Captured: its time as a multiple of each other's (below 1: captured is faster)"
    return Section("captured", title, ["workload", "captured", *names], rows)


def goals(sections: Sequence[Section]) -> Section | None:
    """All goals in one table."""
    rows = [
        [one.name, text, f"{figure:.3g}", "reached" if ok else "**missed**"]
        for one in sections
        for text, figure, ok in one.goals
    ]
    if not rows:
        return None
    reached = sum(row[-1] == "reached" for row in rows)
    title = f"Goals: {reached} of {len(rows)} reached"
    return Section("goals", title, ["where", "goal", "figure", ""], rows)


def overview(sections: Sequence[Section]) -> list[Section]:
    """What the report begins with."""
    all_done = comparisons(sections)
    memory = resident(all_done)
    found = [summary(all_done) if all_done else None, versus(all_done)]
    found.append(goals([*sections, *([memory] if memory else [])]))
    found += [blas(all_done), memory]
    return [one for one in found if one is not None]
