"""Memory of the workloads, ours beside PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence

from .comparison import Comparison
from .report import Section, short
from .workload import CAPTURED, OURS

__all__ = ["resident"]

LARGE = 20e6
"""Bytes for steps from which a figure says more of the steps than of allocators."""


def _steps(done: Comparison, name: str) -> int:
    memory = done.memory[name]
    return max(memory["peak"] - memory["built"], 0)


def resident(all_done: Sequence[Comparison]) -> Section | None:
    """Peaks resident and what of them came for the steps; the goals are about large ones."""
    rows, goals = [], []
    for done in all_done:
        if OURS not in done.seconds or "torch" not in done.seconds:
            continue
        names = [name for name in (OURS, CAPTURED, "torch") if name in done.memory]
        row = [done.name]
        for name in (OURS, CAPTURED, "torch"):
            known = name in names
            row.append(short(done.memory[name]["peak"] / 1e6) if known else "")
            row.append(short(_steps(done, name) / 1e6) if known else "")
        rows.append(row)
        theirs = _steps(done, "torch")
        if theirs < LARGE or done.threads > 1:
            continue
        for name in names[:-1]:
            ratio = _steps(done, name) / theirs
            goals.append((f"{done.name}: {name} ≤ 1 × torch for steps", ratio, ratio <= 1.0))
    if not rows:
        return None
    header = ["workload"]
    for name in (OURS, CAPTURED, "torch"):
        header += [f"{name}, peak MB", "for steps MB"]
    note = (
        "the peak has the libraries themselves in it; goals are on what the steps need, where "
        f"PyTorch's need at least {LARGE / 1e6:.0f} MB"
    )
    title = "Memory: resident at most, beside PyTorch"
    return Section("resident", title, header, rows, goals, notes=[note])
