"""Curves of time and memory over the size, a column a family of workloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..comparison import Comparison
from ..report import Section
from ..tables import comparisons
from ..workload import OURS

__all__ = ["figure"]


def figure(sections: Sequence[Section]) -> Any:
    """The figure; ``None`` where no family has two sizes."""
    from matplotlib.figure import Figure

    families: dict[str, list[Comparison]] = {}
    for done in comparisons(sections):
        if done.workload.family and done.threads == 1 and done.seconds:
            families.setdefault(done.workload.family, []).append(done)
    families = {name: members for name, members in families.items() if len(members) > 1}
    if not families:
        return None
    figure = Figure(figsize=(6 * len(families), 8), layout="constrained")
    panels = figure.subplots(2, len(families), squeeze=False)
    everybody = [name for members in families.values() for d in members for name in d.seconds]
    colours = {name: f"C{i}" for i, name in enumerate(dict.fromkeys(everybody))}
    for (time, memory), (family, members) in zip(panels.T, families.items()):
        unit = members[0].workload.unit
        _curves(time, members, colours, lambda done, name: done.time(name).median * 1e3)
        _curves(memory, members, colours, _megabytes)
        time.set(title=family, ylabel=f"ns / {unit}")
        memory.set(xlabel=f"{unit}s", ylabel="peak MB of steps")
        time.legend(fontsize="x-small")
    return figure


def _megabytes(done: Comparison, name: str) -> float:
    memory = done.memory[name]
    return (memory["peak"] - memory["built"]) / 1e6


def _curves(
    panel: Any,
    members: list[Comparison],
    colours: dict[str, str],
    figure_of: Callable[[Comparison, str], float],
) -> None:
    members = sorted(members, key=lambda done: done.workload.units)
    for name, colour in colours.items():
        points = [
            (done.workload.units, figure_of(done, name)) for done in members if name in done.seconds
        ]
        kept = [(x, y) for x, y in points if y > 0]
        if kept:
            style = "o-" if name.startswith(OURS) else "o--"
            panel.plot(*zip(*kept), style, color=colour, label=name)
    panel.set(xscale="log", yscale="log")
    panel.grid(alpha=0.3)
