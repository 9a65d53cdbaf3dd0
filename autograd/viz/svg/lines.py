"""The edges as SVG: a curve with an arrow, the local derivative beside it."""

from __future__ import annotations

import math

import numpy as np

from ..dot import SIGNS
from ..figures import in_short, sign_of, size_of
from ..layout import ARROW
from ..model import HIDDEN, Edge
from ..text import clean
from .boxes import COLORS, escape
from .metrics import text_width
from .palette import paint

__all__ = ["LABEL_SIZE", "Line", "stub"]

LABEL_SIZE = 10.0
FLOW = {"LR": (1, 0), "RL": (-1, 0), "TB": (0, 1), "BT": (0, -1)}
"""Where edges point."""


class Line:
    """How one edge is drawn.

    Parameters
    ----------
    edge : Edge
        What to draw.
    constant : bool
        Whether it comes from a constant, which no gradient reaches.
    titles : dict
        Names of vertices by their ids.
    largest : float
        The largest size of a contribution in the drawing.
    digits : int
        Significant digits.
    """

    def __init__(
        self, edge: Edge, constant: bool, titles: dict[int, str], largest: float, digits: int
    ) -> None:
        sign = "none" if isinstance(edge.contribution, dict) else sign_of(edge.contribution)
        self.color, self.style = COLORS[sign], SIGNS[sign][1]
        self.ink = self.color if sign in ("+", "-", "nan") else "muted"
        self.label = "" if edge.local is None or constant else in_short(edge.local, digits)
        if edge.problem and not constant:
            self.color, self.style, self.label = "purple", "bold", "rule failed"
        self.width = 1.0
        size = size_of(edge.contribution)
        if constant:
            self.color, self.style = "faint", "solid"
        elif self.style == "bold":
            self.width = 3.0
        elif largest > 0 and math.isfinite(size):
            self.width += 3.0 * math.sqrt(size / largest)
        self.tooltip = "" if constant else _tooltip(edge, titles, digits)
        self.ends = f"v{'' if edge.source == HIDDEN else edge.source}-v{edge.target}"

    @property
    def label_width(self) -> float:
        return text_width(self.label, LABEL_SIZE) + 6 if self.label else 0.0

    def svg(self, points: np.ndarray, label_x: float, label_y: float, direction: str) -> str:
        """The edge along ``points``, and its label there."""
        flat = direction in ("LR", "RL")
        shorter, arrow = _arrow(points, self.width, direction)
        dash = ' stroke-dasharray="6 3.5"' if self.style == "dashed" else ""
        parts = [f'<g class="edge" data-ends="{self.ends}">']
        if self.tooltip:
            parts.append(f"<title>{escape(self.tooltip)}</title>")
        parts.append(
            f'<path d="{_path(shorter, flat)}" {paint(stroke=self.color)} '
            f'stroke-width="{self.width:.2f}"{dash}/>'
            f'<path d="{arrow}" {paint(self.color)}/>'
        )
        if self.label and not math.isnan(label_x):
            away = 3.0 + self.width / 2
            x, y = (label_x, label_y - away) if flat else (label_x + away + 1, label_y + 3.5)
            parts.append(
                f'<text x="{x:.1f}" y="{y:.1f}" font-size="{LABEL_SIZE:g}" {paint(self.ink)} '
                f'text-anchor="{"middle" if flat else "start"}">{escape(self.label)}</text>'
            )
        return "".join(parts) + "</g>\n"


def _arrow(points: np.ndarray, width: float, direction: str) -> tuple[np.ndarray, str]:
    """The points without what the arrow covers, and the arrow."""
    tip, flow = points[-1], np.array(FLOW[direction], dtype=float)
    base, side = tip - ARROW * flow, (2.6 + 0.7 * width) * flow[::-1]
    shorter = points.copy()
    shorter[-1] = base + flow  # a little under it, so that no gap shows
    corners = "L".join(f"{x:.1f},{y:.1f}" for x, y in (tip, base + side, base - side))
    return shorter, f"M{corners}Z"


def _path(points: np.ndarray, flat: bool) -> str:
    """Straight, then a curve, in turn; a curve without a bend joins the straight pieces."""
    along = 0 if flat else 1
    p = points.round(1)
    parts = [f"M{p[0, 0]:g},{p[0, 1]:g}"]
    for k in range(1, len(p)):
        (x0, y0), (x1, y1) = p[k - 1].tolist(), p[k].tolist()
        if k % 2 == 0 and p[k - 1, 1 - along] != p[k, 1 - along]:
            middle = (x0 + x1) / 2 if flat else (y0 + y1) / 2
            a, b = ((middle, y0), (middle, y1)) if flat else ((x0, middle), (x1, middle))
            parts.append(f"C{a[0]:g},{a[1]:g} {b[0]:g},{b[1]:g} {x1:g},{y1:g}")
        elif (x0, y0) != (x1, y1):
            if parts[-1].startswith("L"):
                parts.pop()
            parts.append(f"L{x1:g},{y1:g}")
    return "".join(parts)


def _tooltip(edge: Edge, titles: dict[int, str], digits: int) -> str:
    source = "hidden nodes" if edge.source == HIDDEN else clean(titles[edge.source], 60)
    lines = [f"{source} → {clean(titles[edge.target], 60)}"]
    if edge.local is not None:
        lines.append(f"local derivative {in_short(edge.local, digits)}")
    if edge.contribution is not None and not isinstance(edge.contribution, dict):
        lines.append(f"contribution {in_short(edge.contribution, digits)}")
    if edge.problem:
        lines.append(clean(edge.problem, 200))
    return "\n".join(lines)


def stub(x: float, y: float, direction: str) -> str:
    """Three dots of a line that leaves for nodes that are not shown."""
    dx, dy = (14 * step for step in FLOW[direction])
    return (
        f'<g class="edge"><title>used by nodes that are not shown</title>'
        f'<path d="M{x:.1f},{y:.1f}l{dx},{dy}" {paint(stroke="muted")} stroke-width="1.8" '
        f'stroke-linecap="round" stroke-dasharray="0.1 4"/></g>\n'
    )
