"""One line a workload, one dot a contender: its time as a multiple of ours, captured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..comparison import Comparison
from ..report import Section, short
from ..tables import comparisons
from ..workload import BY_HAND, CAPTURED, OURS, PRODUCTS

__all__ = ["figure"]

SHOWN = {
    CAPTURED: ("o", "tab:orange"),
    OURS: ("o", "tab:blue"),
    BY_HAND: ("D", "black"),
    PRODUCTS: ("|", "black"),
    "jax": ("^", "tab:green"),
    "torch": ("s", "tab:red"),
    "tinygrad": ("v", "tab:olive"),
    "scikit-learn": ("P", "tab:cyan"),
    "HIPS autograd": ("X", "tab:brown"),
    "mygrad": ("*", "tab:purple"),
    "micrograd": ("h", "tab:pink"),
}
LOW, HIGH = 0.1, 20.0
FEW = 10**5  # numbers below which a size of a family has its place in the curves alone


def _has_a_line(done: Comparison) -> bool:
    family, units = done.workload.family, done.workload.units
    return CAPTURED in done.seconds and (not family or (family == "elementwise" and units >= FEW))


def figure(sections: Sequence[Section]) -> Any:
    """The figure; ``None`` without a comparison with something captured."""
    from matplotlib.figure import Figure

    lines = [done for done in comparisons(sections) if _has_a_line(done)]
    if not lines:
        return None
    figure = Figure(figsize=(11, 1.8 + 0.34 * len(lines)), layout="constrained")
    panel = figure.subplots()
    seen: dict[str, Any] = {}
    for at, done in enumerate(lines):
        beyond: dict[float, list[str]] = {LOW: [], HIGH: []}
        for name, (marker, colour) in SHOWN.items():
            if name not in done.seconds:
                continue
            ratio = done.ratio(name, CAPTURED)
            x = min(max(ratio.median, LOW), HIGH)
            front = 4 if name == CAPTURED else 3
            dot = panel.plot(x, at, marker, color=colour, markersize=7, zorder=front)
            seen.setdefault(name, dot[0])
            if x != ratio.median:
                beyond[x].append(f"{name} {short(ratio.median)}")
            elif name not in (PRODUCTS, CAPTURED):
                panel.plot([ratio.low, ratio.high], [at, at], color=colour, linewidth=1)
        for x, side, align in ((LOW, 7, "left"), (HIGH, -7, "right")):
            where = {"textcoords": "offset points", "ha": align, "va": "center"}
            panel.annotate(", ".join(beyond[x]), (x, at), (side, 0), fontsize="small", **where)
    panel.set(xscale="log", xlim=(LOW / 1.15, HIGH * 1.15), ylim=(len(lines) - 0.4, -0.6))
    ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20]
    panel.set_xticks(ticks, [f"{t:g}" for t in ticks])
    panel.set_xticks([], minor=True)
    panel.set_yticks(range(len(lines)), [done.name for done in lines])
    panel.axvline(1.0, color="tab:orange", linewidth=1, zorder=1)
    panel.grid(axis="both", alpha=0.25)
    panel.set_xlabel("time as a multiple of ours, captured: right of 1 is slower (bars: quartiles)")
    names = [name for name in SHOWN if name in seen]
    figure.legend(
        [seen[n] for n in names], names, loc="outside upper center", ncols=4, frameon=False
    )
    return figure
