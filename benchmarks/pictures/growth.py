"""What an op costs over the size of its graph, its parts told apart: flat is good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..report import Section

__all__ = ["figure"]

TIMES = {
    ("eager", "record"): ("record", "o-", "tab:blue"),
    ("eager", "backward"): ("backward", "s-", "tab:cyan"),
    ("eager", "free"): ("free", "^-", "tab:olive"),
    ("captured", "replay"): ("captured: replay", "D-", "tab:orange"),
    ("captured", "recording"): ("captured: recording, once", "x:", "tab:orange"),
    ("torch", "record"): ("torch: record", "o--", "tab:red"),
    ("torch", "backward"): ("torch: backward", "s--", "tab:pink"),
    ("torch", "free"): ("torch: free", "^--", "0.6"),
}
BYTES = {
    "eager": ("eager", "o-", "tab:blue"),
    "captured": ("captured: its plan", "D-", "tab:orange"),
    "torch": ("torch", "o--", "tab:red"),
}


def figure(sections: Sequence[Section]) -> Any:
    """The figure; ``None`` where growth was not measured."""
    from matplotlib.figure import Figure

    curves = next((one.data["curves"] for one in sections if one.name == "growth" and one.data), [])
    kinds = list(dict.fromkeys(curve["kind"] for curve in curves if curve["sizes"]))
    if not kinds:
        return None
    figure = Figure(figsize=(5 * len(kinds), 8), layout="constrained")
    panels = figure.subplots(2, len(kinds), squeeze=False, sharex=True, sharey="row")
    for (time, memory), kind in zip(panels.T, kinds):
        time.set_title(kind)
        memory.set_xlabel("ops")
        for curve in curves:
            if curve["kind"] == kind and curve["sizes"]:
                _curve(time, memory, curve)
    panels[0, 0].set_ylabel("ns / op")
    panels[1, 0].set_ylabel("bytes / op, at most")
    for panel in panels.ravel():
        panel.set(xscale="log", yscale="log")
        panel.grid(alpha=0.3)
    for row in panels:
        entries: dict[str, Any] = {}
        for panel in row:
            entries |= {label: line for line, label in zip(*panel.get_legend_handles_labels())}
        row[-1].legend(
            entries.values(),
            entries,
            loc="center left",
            bbox_to_anchor=(1.02, 0.5),
            fontsize="small",
        )
    return figure


def _curve(time: Any, memory: Any, curve: dict[str, Any]) -> None:
    sizes, found = curve["sizes"], curve["found"]
    for part in found[0]:
        if (curve["who"], part) in TIMES:
            label, style, colour = TIMES[curve["who"], part]
            time.plot(sizes, [one[part] * 1e9 for one in found], style, color=colour, label=label)
    label, style, colour = BYTES[curve["who"]]
    memory.plot(sizes, [one["peak"] for one in found], style, color=colour, label=label)
