"""A sketch as SVG that stands on its own, light or dark as the reader has chosen."""

from __future__ import annotations

import html

from ...colours import FONT
from .parts import (
    DARK,
    LEGEND,
    LEGEND_LINE,
    LIGHT,
    PAD,
    SIZE,
    TIP,
    Disc,
    Line,
    Sketch,
    Words,
    bounds,
    tip,
)

__all__ = ["draw_svg"]

# Any viewer reads the light colours, from attributes; the dark ones take their place by class.
_RULES = "".join(
    f".nn-f-{name}{{fill:{color}}}.nn-s-{name}{{stroke:{color}}}" for name, color in DARK.items()
)


def draw_svg(sketch: Sketch) -> str:
    """The picture as a file's text.

    Examples
    --------
    >>> sketch = Sketch("one", legend=["a neuron"])
    >>> sketch.add(Disc("n", 0.0, 0.0, "relu", "layer 1, neuron 0"))
    >>> draw_svg(sketch).count('<g class="node">')
    1
    """
    left, top, width, height = bounds(sketch)
    parts = [
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<svg width="{width:.0f}pt" height="{height:.0f}pt" '
        f'viewBox="{left:.1f} {top:.1f} {width:.1f} {height:.1f}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="{FONT}" role="img" '
        f'aria-label="{_escape(sketch.name)}">\n'
        f"<style>@media (prefers-color-scheme:dark){{{_RULES}}}</style>\n"
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f"{_fill('paper')}/>\n"
    ]
    parts += [_line(line, sketch.discs) for line in sketch.lines]
    parts += [_disc(disc) for disc in sketch.discs.values()]
    parts += [_words(words) for words in sketch.words]
    first = top + height - PAD - LEGEND_LINE * (len(sketch.legend) - 0.7)
    for k, line in enumerate(sketch.legend):
        parts.append(
            f'<text x="{left + width / 2:.1f}" y="{first + LEGEND_LINE * k:.1f}" '
            f'font-size="{LEGEND:g}" text-anchor="middle" {_fill("muted")}>{_escape(line)}</text>\n'
        )
    return "".join(parts) + "</svg>\n"


def _fill(tone: str) -> str:
    return f'class="nn-f-{tone}" fill="{LIGHT[tone]}"'


def _escape(text: str) -> str:
    return html.escape(text, quote=True)


def _line(line: Line, discs: dict[str, Disc]) -> str:
    a, b = discs[line.source], discs[line.target]
    dash = ' stroke-dasharray="5 3"' if line.dashed else ""
    return (
        f'<g class="edge"><title>{_escape(line.hover)}</title>'
        f'<path d="M{a.x:.1f},{a.y:.1f}L{b.x:.1f},{b.y:.1f}" class="nn-s-{line.tone}" '
        f'stroke="{LIGHT[line.tone]}" stroke-opacity="{line.strength:.2f}" '
        f'stroke-width="{line.width:.2f}"{dash}/>{_end(line, discs)}</g>\n'
    )


def _end(line: Line, discs: dict[str, Disc]) -> str:
    """An arrow's head, or a ring, at the target's circle."""
    if not line.end:
        return ""
    point, (x, y), *corners = tip(line, discs)
    if line.end == "ring":
        look = f'class="nn-f-paper nn-s-{line.tone}" fill="{LIGHT["paper"]}"'
        at = f'cx="{x:.1f}" cy="{y:.1f}" r="{TIP / 2:g}"'
        return f'<circle {at} {look} stroke="{LIGHT[line.tone]}"/>'
    path = "L".join(f"{x:.1f},{y:.1f}" for x, y in (point, *corners))
    return f'<path d="M{path}Z" {_fill(line.tone)}/>'


def _disc(disc: Disc) -> str:
    at = f'cx="{disc.x:.1f}" cy="{disc.y:.1f}" r="{SIZE / 2:g}"'
    return (
        f'<g class="node"><title>{_escape(disc.hover)}</title><circle {at} {_fill("paper")}/>'
        f'<circle {at} class="nn-f-{disc.tone} nn-s-muted" fill="{LIGHT[disc.tone]}" '
        f'fill-opacity="{disc.strength:.2f}" stroke="{LIGHT["muted"]}"/>'
        f"{_text(disc.label, disc.x, disc.y, disc.size, 'middle', _fill(disc.ink))}</g>\n"
    )


def _words(words: Words) -> str:
    look = _fill("muted")
    if words.halo:
        look = (
            f'class="nn-f-muted nn-s-paper" fill="{LIGHT["muted"]}" stroke="{LIGHT["paper"]}" '
            'stroke-width="3" paint-order="stroke"'
        )
    title = f"<title>{_escape(words.hover)}</title>" if words.hover else ""
    text = _text(words.text, words.x, words.y, words.size, words.anchor, look)
    return f"<g>{title}{text}</g>\n"


def _text(text: str, x: float, y: float, size: float, anchor: str, look: str) -> str:
    lines = text.split("\n")
    first = y + size * (0.36 - 0.575 * (len(lines) - 1))
    return "".join(
        f'<text x="{x:.1f}" y="{first + 1.15 * size * k:.1f}" font-size="{size:g}" '
        f'text-anchor="{anchor}" {look}>{_escape(line)}</text>'
        for k, line in enumerate(lines)
    )
