"""The edges as SVG: a curve with an arrow, the label beside it."""

from __future__ import annotations

import math

import numpy as np

from ..cues.strokes import Stroke
from ..layout import ARROW
from .boxes import escape
from .metrics import text_width
from .palette import paint

__all__ = ["LABEL_SIZE", "arrow", "label_place", "label_width", "line_svg", "pieces", "stub"]

LABEL_SIZE = 10.0
FLOW = {"LR": (1, 0), "RL": (-1, 0), "TB": (0, 1), "BT": (0, -1)}
"""Where edges point."""
DASHES = {"dashed": "6 3.5", "dotted": "1.5 3.5"}


def label_width(stroke: Stroke) -> float:
    """The room that a label takes."""
    return text_width(stroke.label, LABEL_SIZE) + 6 if stroke.label else 0.0


def line_svg(
    stroke: Stroke, points: np.ndarray, label_x: float, label_y: float, direction: str
) -> str:
    """The edge along ``points``, and its label there."""
    flat = direction in ("LR", "RL")
    shorter, tip = arrow(points, stroke.width, direction)
    dash = f' stroke-dasharray="{DASHES[stroke.style]}"' if stroke.style in DASHES else ""
    parts = [f'<g class="edge" data-ends="{stroke.ends}">']
    if stroke.hover:
        tooltip = "\n".join(stroke.hover)
        parts.append(f"<title>{escape(tooltip)}</title>")
    corners = "L".join(f"{x:.1f},{y:.1f}" for x, y in tip)
    parts.append(
        f'<path d="{_path(shorter, flat)}" {paint(stroke=stroke.color)} '
        f'stroke-width="{stroke.width:.2f}"{dash}/>'
        f'<path d="M{corners}Z" {paint(stroke.color)}/>'
    )
    if stroke.label and not math.isnan(label_x):
        x, y = label_place(stroke, label_x, label_y, flat)
        parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{LABEL_SIZE:g}" {paint(stroke.ink)} '
            f'text-anchor="{"middle" if flat else "start"}">{escape(stroke.label)}</text>'
        )
    return "".join(parts) + "</g>\n"


def label_place(stroke: Stroke, x: float, y: float, flat: bool) -> tuple[float, float]:
    """Where a label's base line is: above the edge, in its middle, or to the right of it."""
    away = 3.0 + stroke.width / 2
    return (x, y - away) if flat else (x + away + 1, y + 3.5)


def arrow(points: np.ndarray, width: float, direction: str) -> tuple[np.ndarray, np.ndarray]:
    """The points without what the arrow covers, and the arrow's corners."""
    tip, flow = points[-1], np.array(FLOW[direction], dtype=float)
    base, side = tip - ARROW * flow, (2.6 + 0.7 * width) * flow[::-1]
    shorter = points.copy()
    shorter[-1] = base + flow  # a little under it, so that no gap shows
    return shorter, np.stack([tip, base + side, base - side])


def pieces(points: np.ndarray, flat: bool) -> list[list[tuple[float, float]]]:
    """An edge as its start, then ends of straight pieces, or two handles and the end of a curve.

    Straight pieces and curves take turns; a curve without a bend joins the straight pieces.
    """
    along = 0 if flat else 1
    p = points.round(1)
    result: list[list[tuple[float, float]]] = [[(float(p[0, 0]), float(p[0, 1]))]]
    for k in range(1, len(p)):
        (x0, y0), (x1, y1) = p[k - 1].tolist(), p[k].tolist()
        if k % 2 == 0 and p[k - 1, 1 - along] != p[k, 1 - along]:
            middle = (x0 + x1) / 2 if flat else (y0 + y1) / 2
            a, b = ((middle, y0), (middle, y1)) if flat else ((x0, middle), (x1, middle))
            result.append([a, b, (x1, y1)])
        elif (x0, y0) != (x1, y1):
            if len(result) > 1 and len(result[-1]) == 1:
                result.pop()
            result.append([(x1, y1)])
    return result


def _path(points: np.ndarray, flat: bool) -> str:
    start, *rest = pieces(points, flat)
    text = [f"M{start[0][0]:g},{start[0][1]:g}"]
    for piece in rest:
        letter = "C" if len(piece) == 3 else "L"
        text.append(letter + " ".join(f"{x:g},{y:g}" for x, y in piece))
    return "".join(text)


def stub(x: float, y: float, direction: str) -> str:
    """Three dots of a line that leaves for nodes that are not shown."""
    dx, dy = (14 * step for step in FLOW[direction])
    return (
        f'<g class="edge"><title>used by nodes that are not shown</title>'
        f'<path d="M{x:.1f},{y:.1f}l{dx},{dy}" {paint(stroke="muted")} stroke-width="1.8" '
        f'stroke-linecap="round" stroke-dasharray="0.1 4"/></g>\n'
    )
