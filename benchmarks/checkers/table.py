"""What came of it, for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .checker import FAIL, INCONCLUSIVE, Checker

__all__ = ["Outcome", "markdown"]


@dataclass
class Outcome:
    """The verdicts of one checker."""

    checker: Checker
    version: str = ""
    absent: str = ""
    """Why there are no verdicts."""
    found: list[dict[str, Any]] = field(default_factory=list)
    """What the worker says: one for each bug and scale."""

    def at(self, scale: float) -> list[dict[str, Any]]:
        """Bugs at a scale that can be seen there at all."""
        return [x for x in self.found if x["scale"] == scale and x["wrong"]]

    def rates(self, scale: float) -> dict[str, float]:
        """The share of draws in which each bug was caught."""
        return {x["bug"]: x["wrong"].count(FAIL) / len(x["wrong"]) for x in self.at(scale)}

    def right(self, scale: float) -> list[str]:
        """The verdicts on right rules."""
        return [v for x in self.found if x["scale"] == scale for v in x["right"]]

    def milliseconds(self) -> float:
        """The median over the checks of right rules at the inputs' own scale."""
        return statistics.median(t for x in self.found if x["scale"] == 1.0 for t in x["ms"])

    def cells(self, scale: float) -> list[str]:
        """Bugs always caught, the mean share of draws, and false alarms."""
        rates = list(self.rates(scale).values())
        verdicts = self.right(scale)
        return [
            f"{sum(r == 1 for r in rates)} of {len(rates)}",
            f"{100 * statistics.mean(rates):.1f} %",
            f"{verdicts.count(FAIL)} of {len(verdicts)}",
        ]


def markdown(outcomes: Sequence[Outcome], scales: Sequence[float]) -> str:
    """The tables, what each missed, and how each was called."""
    lines = _header("checker", "version", "always caught", "mean", "false alarms", "median ms")
    for o in outcomes:
        if o.absent:
            lines.append(_row([o.checker.name, o.absent]))
        else:
            cells = [o.checker.name, o.version, *o.cells(1.0), _short(o.milliseconds())]
            lines.append(_row(cells))
    present = [o for o in outcomes if not o.absent]
    others = [scale for scale in scales if scale != 1.0]
    if others:
        names = [f"{what}, inputs × {s:g}" for s in others for what in ("caught", "false alarms")]
        lines += ["", *_header("checker", *names)]
        for o in present:
            cells = [cell for s in others for cell in (o.cells(s)[0], o.cells(s)[2])]
            lines.append(_row([o.checker.name, *cells]))
    lines += ["", "Not always caught, inputs as they are:", ""]
    for o in present:
        missed = [f"{b} ({100 * r:.0f} %)" for b, r in o.rates(1.0).items() if r < 1]
        lines.append(f"- {o.checker.name}: {', '.join(missed) or 'nothing'}")
    lines += ["", "How each was called:", ""]
    for o in present:
        draws = max(len(x["right"]) for x in o.found)
        lines.append(f"- {o.checker.name}: {o.checker.how}; {draws} draws")
    undecided = [
        f"{o.checker.name} on {v.count(INCONCLUSIVE)} of {len(v)} right rules"
        for o in present
        if (v := [x for s in scales for x in o.right(s)]).count(INCONCLUSIVE)
    ]
    if undecided:
        lines += ["", f"Inconclusive: {', '.join(undecided)}."]
    return "\n".join(lines) + "\n"


def _header(*names: str) -> list[str]:
    return [_row(names), _row(["---"] * len(names))]


def _short(x: float) -> str:
    return f"{x:.0f}" if x >= 100 else f"{x:.2g}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
