"""Regression: predicted against true, and what is left over."""

from __future__ import annotations

import numpy as np

from ..metrics import mean_absolute_error, mean_squared_error, r2_score
from .facts import Facts
from .page import Finding, Section
from .svg import LEFT, RIGHT, WIDTH, Frame, charts, figure
from .text import escape, number, short

__all__ = ["quantities"]

MOST, POINTS = 4, 500


def quantities(facts: Facts) -> Section:
    """A chart of predicted against true, and one of what is left, for each output."""
    n = facts.truth.shape[1]
    shown = []
    for k in range(min(n, MOST)):
        name = facts.names[k] if n > 1 else ""
        shown += [_against(facts, k, name), _left(facts, k, name)]
    titles = ("output", "R²", "mean absolute error", "root mean square", "spread of the truth")
    head = f"<tr>{''.join(f'<th>{title}</th>' for title in titles)}</tr>\n"
    rows = ""
    for k, (z, y) in enumerate(zip(facts.outputs.T, facts.truth.T)):
        errors = mean_absolute_error(z, y), mean_squared_error(z, y) ** 0.5
        cells = [escape(short(facts.names[k])) if n > 1 else "the output"]
        cells += [number(figure) for figure in (r2_score(z, y), *errors, float(y.std()))]
        rows += f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"
    return Section(
        "quantities", "Predicted against true",
        "Held-out examples. On the dashed line the model is exactly right; beside it, what is left "
        "over should scatter around zero evenly. A bend or a funnel there is something that the "
        "model has not learnt. R² is the share of the variance that it explains.",
        [charts(shown), f'<div class="scroll"><table class="data">{head}{rows}</table></div>\n'],
        _judge(facts),
    )  # fmt: skip


def _rows(facts: Facts) -> range:
    return range(0, len(facts.truth), -(-len(facts.truth) // POINTS))


def _against(facts: Facts, k: int, name: str) -> str:
    z, y = facts.outputs[:, k], facts.truth[:, k]
    ends = float(min(z.min(), y.min())), float(max(z.max(), y.max()))
    pad = 0.04 * (ends[1] - ends[0])
    ends = ends[0] - pad, ends[1] + pad
    frame = Frame.of(ends, ends, height=260, x_label="true", y_label="predicted")
    low, high = frame.x.low, frame.x.high
    frame.add(
        f'<path d="M{frame.x(low)} {frame.y(low)}L{frame.x(high)} {frame.y(high)}" '
        'stroke="var(--muted)" stroke-dasharray="4 3"/>'
    )
    for i in _rows(facts):
        frame.add(
            _dot(
                frame.x(float(y[i])),
                frame.y(float(z[i])),
                f"{number(y[i])}, predicted {number(z[i])}",
            )
        )
    title = "Predicted against true" + (f": {name}" if name else "")
    return figure(title, frame.svg(f"{title}, R² {number(r2_score(z, y))}"))


def _left(facts: Facts, k: int, name: str) -> str:
    z, y = facts.outputs[:, k], facts.truth[:, k]
    left = y - z
    size = float(np.abs(left).max()) * 1.05 or 1.0
    across = (float(z.min()), float(z.max()))
    frame = Frame.of(
        across, (-size, size), height=260, x_label="predicted", y_label="true − predicted"
    )
    zero = frame.y(0.0)
    frame.add(
        f'<path d="M{LEFT} {zero}H{WIDTH - RIGHT}" stroke="var(--muted)" stroke-dasharray="4 3"/>'
    )
    for i in _rows(facts):
        side = "low" if left[i] > 0 else "high"
        told = f"predicted {number(z[i])}, {number(abs(left[i]))} too {side}"
        frame.add(_dot(frame.x(float(z[i])), frame.y(float(left[i])), told))
    title = "What is left" + (f": {name}" if name else "")
    return figure(title, frame.svg(f"{title}, at most {number(size / 1.05)}"))


def _dot(x: float, y: float, told: str) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="3" fill="var(--blue)" fill-opacity="0.45">'
        f"<title>{escape(told)}</title></circle>"
    )


def _judge(facts: Facts) -> list[Finding]:
    found = []
    for k, (z, y) in enumerate(zip(facts.outputs.T, facts.truth.T)):
        which = f" of {facts.names[k]!r}" if facts.truth.shape[1] > 1 else ""
        score = r2_score(z, y)
        if score <= 0 and y.std() > 0:
            found.append(
                Finding(
                    f"R²{which} is {number(score)}: always predicting the mean of the truth would "
                    "be at least as good."
                )
            )
            continue
        bias, spread = float((y - z).mean()), float((y - z).std())
        # Four standard errors: chance alone has it once in sixteen thousand runs.
        if len(y) > 20 and abs(bias) > max(4 / len(y) ** 0.5, 0.1) * spread:
            side = "low" if bias > 0 else "high"
            found.append(
                Finding(
                    f"The predictions{which} are {number(abs(bias))} too {side} on average.",
                    headline=abs(bias) > 0.1 * float(y.std()),
                )
            )
    return found
