"""The comparisons as pictures: a panel of bars a workload, and curves over sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .compare import Comparison
from .workload import CAPTURED, OURS

__all__ = ["draw"]

_COLUMNS = 3


def draw(all_done: Sequence[Comparison], stem: Path) -> list[Path]:
    """Write ``stem-ratios.png`` and ``stem-growth.png``, those that there is something for.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    timed = [done for done in all_done if OURS in done.seconds]
    families: dict[str, list[Comparison]] = {}
    for done in timed:
        if done.workload.family and done.threads == 1:
            families.setdefault(done.workload.family, []).append(done)
    written = []
    single = [done for done in timed if not done.workload.family or done.threads > 1]
    if single:
        rows = -(-len(single) // _COLUMNS)
        figure = Figure(figsize=(6 * _COLUMNS, 2.9 * rows), layout="constrained")
        panels = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
        for panel, done in zip(panels, single):
            _bars(panel, done)
        for panel in panels[len(single) :]:
            panel.set_axis_off()
        figure.suptitle("Time as a multiple of ours, eager (left of 1 is faster; lines: quartiles)")
        written.append(stem.with_name(stem.name + "-ratios.png"))
        figure.savefig(written[-1], dpi=110)
    families = {name: members for name, members in families.items() if len(members) > 1}
    if families:
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
        written.append(stem.with_name(stem.name + "-growth.png"))
        figure.savefig(written[-1], dpi=110)
    return written


def _bars(panel: Any, done: Comparison) -> None:
    """From 1, where ours is: to the right who is slower, to the left who is faster."""
    names = list(done.seconds)
    spreads = [done.ratio(name, OURS) for name in names]
    reach = [[s.median - s.low for s in spreads], [s.high - s.median for s in spreads]]
    colours = [
        "tab:orange" if name == CAPTURED else "tab:blue" if name.startswith(OURS) else "0.75"
        for name in names
    ]
    labels = [f"{name}  {s.median:.3g}" for name, s in zip(names, spreads)]
    panel.barh(labels, [s.median - 1 for s in spreads], left=1, xerr=reach, color=colours)
    panel.axvline(1.0, color="0.3", linewidth=0.8)
    # Decades that all panels share, and more where one needs them.
    low, high = min(s.low for s in spreads), max(s.high for s in spreads)
    panel.set(xscale="log", xlim=(min(0.1, low / 1.2), max(10.0, high * 1.2)))
    panel.xaxis.set_major_formatter("{x:g}")
    panel.invert_yaxis()
    title = done.workload.title + (f", {done.threads} threads" if done.threads > 1 else "")
    panel.set_title(title, fontsize="x-small", wrap=True)
    panel.tick_params(labelsize="x-small")


def _megabytes(done: Comparison, name: str) -> float:
    memory = done.memory[name]
    return (memory["peak"] - memory["built"]) / 1e6


def _curves(
    panel: Any,
    members: list[Comparison],
    colours: dict[str, str],
    figure_of: Callable[[Comparison, str], float],
) -> None:
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
