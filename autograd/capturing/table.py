"""A plan as text: what its stages are, the steps of one, and how long each takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .program import Step
from .showing.change import changes
from .showing.summary import counted, headline, of_stage, rows_of, summary
from .showing.text import head, html_table, text_table

if TYPE_CHECKING:
    from .plan import Plan

__all__ = ["difference", "line", "page", "profile", "table"]


def table(plan: Plan, stage: str | None = None, seconds: Mapping[Step, float] | None = None) -> str:
    """The steps of a stage as text, the last one's below a summary of the plan.

    Parameters
    ----------
    plan : Plan
    stage : str, optional
        ``recorded``, ``lowered``, or the name of a pass: the steps after it.
    seconds : mapping of Step to float, optional
        What each took.
    """
    name, program = of_stage(plan, stage)
    rows = rows_of(plan, stage, seconds)
    if stage is None:
        top = head(headline(plan, rows), summary(plan, rows))
    else:
        top = [f"{name}: {counted(len(program.steps), 'step')}"]
    return "\n".join([*top, "", *text_table(rows)])


def line(plan: Plan) -> str:
    """What the plan is, in one line."""
    return headline(plan, rows_of(plan, None))


def page(plan: Plan) -> str:
    """The table for a notebook."""
    rows = rows_of(plan, None)
    return html_table(headline(plan, rows), summary(plan, rows), rows)


def difference(plan: Plan, before: str, after: str) -> str:
    """What the passes between two stages changed."""
    first, last = (of_stage(plan, name)[1] for name in (before, after))
    lines = changes(rows_of(plan, before), rows_of(plan, after))
    steps = f"{counted(len(first.steps), 'step')} → {len(last.steps):,}"
    return "\n".join([f"{before} → {after}: {steps}", *(lines or ["nothing has changed"])])


def profile(plan: Plan, inputs: Sequence[np.ndarray], n: int) -> str:
    """The least time that each call took in ``n`` runs, the longest first."""
    times: dict[str, list[float]] = {}
    for _, name, seconds in plan.timed(inputs, n):
        times.setdefault(name, []).append(seconds)
    rows = sorted(times.items(), key=lambda item: -sum(item[1]))
    total = sum(sum(found) for found in times.values())
    lines = [
        f"{sum(found) * 1e6:10.1f} us {sum(found) / total:5.0%}  {len(found):4} x {name}"
        for name, found in rows
    ]
    return "\n".join([*lines, f"{total * 1e6:10.1f} us in all"])
