"""Which array lies where in a plan's memory, and for how long: a plot of the arena over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...capturing.program import Array
from ...capturing.showing.names import named
from ...capturing.showing.rows import rows, size
from ..colours import AMBER, BLUE, INK, LINE, MUTED, PURPLE
from ..plotting import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...capturing.plan import Plan

__all__ = ["plot_memory"]

COLOURS = {"forward": BLUE, "backward": AMBER}
MOST_NAMES = 40
UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B"))


def plot_memory(plan: Plan) -> Figure:
    """Draw the block of memory that a plan's arrays share: place upwards, steps to the right.

    Each bar is an array, from the step that makes it to the last that reads it. Bars above each
    other are there at the same time; those side by side use the same memory one after the other.

    Returns
    -------
    matplotlib.figure.Figure
    """
    layout = plan.buffers.layout
    phases = {x: row.phase for row in rows(plan.program) for x in row.step.results if x is not None}
    names = named(plan.program)
    placed: list[tuple[Array, int]] = []
    for x in layout.first:
        offset = layout.place(x)
        if offset is not None:
            placed.append((x, offset))
    largest = max((offset + size(x) for x, offset in placed), default=1)
    unit, word = next((n, word) for n, word in UNITS if largest >= n)
    figure = new_figure("plan.plot_memory()", 8.0, 4.0)
    axes = figure.subplots()
    for x, offset in placed:
        start, end = layout.first[x], layout.last[x] + 1
        axes.broken_barh(
            [(start, end - start)],
            (offset / unit, size(x) / unit),
            facecolors=COLOURS.get(phases.get(x, ""), PURPLE),
            edgecolor="white",
            linewidth=0.8,
            alpha=0.75,
        )
    largest_ones = sorted(placed, key=lambda pair: -size(pair[0]))[:MOST_NAMES]
    for x, offset in largest_ones:
        start, end = layout.first[x], layout.last[x] + 1
        wide = (end - start) / len(plan.program.steps) * 90 > len(names[x])
        if wide and size(x) / largest > 0.03:
            middle = ((start + end) / 2, (offset + size(x) / 2) / unit)
            axes.annotate(names[x], middle, ha="center", va="center", color="white", fontsize=7)
    axes.set(xlim=(0, max(len(plan.program.steps), 1)), ylim=(0, largest / unit))
    axes.set_xlabel("step", color=MUTED, fontsize=9)
    axes.set_ylabel(f"place in the block, {word}", color=MUTED, fontsize=9)
    apart = sum(size(x) for x, _ in placed)
    axes.set_title(
        f"{len(placed):,} arrays of {apart:,} bytes in a block of {largest:,}: blue made forward, "
        "brown backward, purple both",
        loc="left", color=INK, fontsize=10,
    )  # fmt: skip
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=LINE)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=MUTED, length=0, labelsize=8)
    return figure
