"""Heat maps as SVG: one path for all cells of a shade, over paper of either colour."""

from __future__ import annotations

from ..cues.heat import LEVELS, HeatMap
from .palette import paint

__all__ = ["map_svg", "shades"]


def shades(picture: HeatMap) -> dict[int | None, list[tuple[int, int]]]:
    """The cells of each shade but blank, as (row, column)."""
    found: dict[int | None, list[tuple[int, int]]] = {}
    for i, line in enumerate(picture.cells):
        for j, shade in enumerate(line):
            if shade != 0:
                found.setdefault(shade, []).append((i, j))
    return dict(sorted(found.items(), key=lambda item: (item[0] is None, item[0] or 0)))


def map_svg(picture: HeatMap, x: float, y: float) -> str:
    """The map around (x, y)."""
    w, h = picture.cell_width, picture.cell_height
    wide, high = w * len(picture.cells[0]), h * len(picture.cells)
    left, top = round(x - wide / 2), round(y - high / 2)
    parts = [f'<path d="M{left},{top}h{wide}v{high}h{-wide}z" {paint("paper")}/>']
    for shade, cells in shades(picture).items():
        at = [(left + w * j, top + h * i) for i, j in cells]
        color = "purple" if shade is None else "blue" if shade > 0 else "orange"
        part = 1.0 if shade is None else abs(shade) / LEVELS
        squares = "".join(f"M{a},{b}h{w}v{h}h{-w}z" for a, b in at)
        parts.append(f'<path d="{squares}" {paint(color)} fill-opacity="{part:g}"/>')
        if shade is None:  # a cross, for who does not tell purple
            across, down = w - 2, h - 2
            crosses = "".join(
                f"M{a + 1},{b + 1}l{across},{down}M{a + 1},{b + h - 1}l{across},{-down}"
                for a, b in at
            )
            parts.append(f'<path d="{crosses}" {paint(stroke="paper")} stroke-width="1"/>')
    edge = f'{paint(stroke="frame")} stroke-width="0.6"'
    return "".join(parts) + f'<path d="M{left},{top}h{wide}v{high}h{-wide}z" {edge}/>'
