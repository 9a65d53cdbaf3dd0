"""Drawings of captured plans: what calls what, how long it takes, and where arrays lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...capturing.showing.rows import rows
from ..checks import at_least_one
from .arena import plot_memory
from .boxes import LEVELS, boxes
from .graph import HOT, WARM, as_model

if TYPE_CHECKING:
    from ...capturing.plan import Plan
    from ...capturing.program import Step
    from ..dot import Drawing
    from ..model import Model

__all__ = ["draw_plan", "plan_model", "plot_memory"]

MOST = 30
ACROSS = 8
"""Boxes that fit side by side."""


def draw_plan(
    plan: Plan,
    *,
    level: str = "auto",
    max_boxes: int | None = None,
    seconds: Mapping[Step, float] | None = None,
    digits: int = 3,
    legend: bool = True,
    **options: Any,
) -> Drawing:
    """Draw what a replay does.

    Parameters
    ----------
    plan : Plan
    level : {"auto", "calls", "ops", "lines"}
        What is one box: a NumPy call; all calls of an op or of its rule; those of a source line.
        ``"auto"`` is calls if those are at most ``max_boxes``, else ops.
    max_boxes : int, optional
        Join neighbours until there are about so many boxes. Unless given, 30 for ``"auto"``, and
        none are joined for any other level.
    seconds : mapping of Step to float, optional
        What each step took, as ``plan.seconds(inputs)`` measures it. Boxes that take much of the
        time get amber and red borders.
    digits : int
        Significant digits of times.
    legend : bool
        Whether to explain the picture below it.
    **options
        ``rankdir`` and ``format``, as for :func:`autograd.viz.draw`.

    Returns
    -------
    Drawing
        It shows itself in notebooks; :func:`autograd.viz.render` writes a file.
    """
    from .. import draw

    model = plan_model(
        plan, level=level, max_boxes=max_boxes, seconds=seconds, digits=digits, legend=legend
    )
    options.setdefault("rankdir", "LR" if len(model.vertices) <= ACROSS else "TB")
    picture = draw(model, legend=False, heatmaps=False, **options)
    picture.name = "plan"
    return picture


def plan_model(
    plan: Plan,
    *,
    level: str = "auto",
    max_boxes: int | None = None,
    seconds: Mapping[Step, float] | None = None,
    digits: int = 3,
    legend: bool = True,
) -> Model:
    """The graph that :func:`draw_plan` draws, as plain data."""
    if level not in ("auto", *LEVELS):
        raise ValueError(f"level is one of auto, {', '.join(LEVELS)}; got {level!r}")
    at_least_one(digits=digits)
    if max_boxes is not None:
        at_least_one(max_boxes=max_boxes)
    shown = rows(plan.program, plan, seconds)
    most = MOST if max_boxes is None and level == "auto" else max_boxes
    found = boxes(shown, level, most)
    model = as_model(plan, found, digits)
    if legend:
        model.notes.append(_legend(plan, found, seconds is not None))
    return model


def _legend(plan: Plan, found: list, timed: bool) -> str:
    parts = [f"a plan of {len(plan.steps):,} steps in {len(found):,} boxes"]
    if any(box.calls > 1 for box in found):
        parts.append("a double border: several calls")
    if any(box.first.kind == "effect" for box in found):
        parts.append("dark: effects, which are Python calls")
    if timed:
        parts.append(f"amber and red: more than {WARM:.0%} and {HOT:.0%} of the calls' time")
    return "; ".join(parts)
