"""Our own figures beside those of an earlier run: what got slower by more than the spread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .comparison import Spread
from .report import Section
from .results import load
from .workload import BY_HAND, OURS

__all__ = ["against"]

# What does not change when we do: with it, the machine's own speed drops out.
YARDSTICKS = (BY_HAND, "numpy, forward only")
SLOWER = 1.05
"""How much slower it must be, beside lying outside the other's quartiles."""


def _samples(data: dict[str, Any], name: str, yardstick: str | None) -> Spread:
    seconds = data["seconds_per_step"]
    if yardstick is None:
        return Spread.of([s / data["units"] * 1e6 for s in seconds[name]])
    return Spread.of([s / t for s, t in zip(seconds[name], seconds[yardstick], strict=True)])


def against(
    path: Path, machine: dict[str, Any], sections: Sequence[Section]
) -> tuple[Section, int]:
    """The comparison with the JSON of an earlier run, and how many figures got worse.

    Raises
    ------
    ValueError
        If the file is not what a run wrote.
    """
    earlier, sections_then = load(path)
    then = {one.name: one.data for one in sections_then}
    processor = earlier["processor"]
    rows, failures, slower = [], {}, 0
    for section in sections:
        new, old = section.data, then.get(section.name, {})
        if "seconds_per_step" not in new or "seconds_per_step" not in old:
            continue
        both = [name for name in new["seconds_per_step"] if name in old["seconds_per_step"]]
        yardstick = next((name for name in YARDSTICKS if name in both), None)
        if yardstick is None and processor != machine["processor"]:
            failures[section.name] = f"no yardstick, and measured on another machine: {processor}"
            continue
        for name in both:
            if not name.startswith(OURS):
                continue
            before, now = (_samples(data, name, yardstick) for data in (old, new))
            worse = now.low > before.high and now.median > SLOWER * before.median
            slower += worse
            unit = "us" if yardstick is None else f"× {yardstick}"
            rows.append(
                [section.name, name, unit, f"{before.median:.3g}", f"{now.median:.3g}"]
                + [f"{now.median / before.median:.2f}", "**slower**" if worse else ""]
            )
    header = ["workload", "contender", "measured in", "then", "now", "now / then", ""]
    title = f"Ours since {earlier['date']}: {slower} slower"
    return Section("baseline", title, header, rows, failures=failures), slower
