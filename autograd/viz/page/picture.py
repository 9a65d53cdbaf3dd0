"""The drawing as it stands in the page: what the page's style and script say better is left out."""

from __future__ import annotations

import re

from ..model import Model
from ..output import fluid
from ..svg import draw_svg
from ..svg.palette import DARK, LIGHT, STYLE

__all__ = ["colours", "picture"]

# A title that is shown after a second's hovering, beside a panel that says the same at once.
TOOLTIP = re.compile(r"<title>[^<]*</title>")
# Colours that the classes before them give as well.
PAINT = re.compile(r'(class="ag-[^"]*") fill="(?:#\w+|none)"(?: stroke="#\w+")?')
# What is said at length.
ALONE = re.compile(r"<text ([^>]*)><tspan ([^>]*)>([^<]*)</tspan></text>")
TAG = re.compile(r"<(\w+) ([^<>]*?)(/?)>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
ARROW = re.compile(r"M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)L([\d.]+),([\d.]+)Z")
BARE = re.compile(r"[\w.-]+")
BOX = re.compile(r"(<g class=node data-id=v(\d+)>)<rect x=([\d.]+) y=([\d.]+)")


def picture(model: Model, rankdir: str, digits: int) -> tuple[str, str]:
    """The SVG of a model, and the style that it needs beside :func:`colours`."""
    drawn = fluid(draw_svg(model, rankdir=rankdir, digits=digits, legend=False))
    drawn = drawn.replace(STYLE, "", 1)
    drawn = ALONE.sub(r"<text \1 \2>\3</text>", PAINT.sub(r"\1", TOOLTIP.sub("", drawn)))
    looks: dict[str, str] = {}
    svg = TAG.sub(lambda m: _short(m, looks), drawn)
    # Formulas call what has no name by its number: so that it can be found in the picture.
    nameless = {str(v.id): v.title for v in model.vertices if v.kind == "op" and not v.name}

    def tagged(m: re.Match[str]) -> str:
        if m[2] not in nameless:
            return m[0]
        x, y = float(m[3]) + 1, float(m[4]) - 3
        tag = f"<text class=num x={x:g} y={y:g}>{nameless[m[2]]}</text>"
        return f"{m[1]}{tag}{m[0][len(m[1]) :]}"

    style = "".join(f".{name}{{{look}}}" for look, name in looks.items())
    return BOX.sub(tagged, svg), style


def _short(m: re.Match[str], looks: dict[str, str]) -> str:
    """A tag with its look as one class: the names of looks are as many as there are."""
    name, end = m[1], m[3]
    if name == "svg":
        return m[0]
    rest: list[str] = []
    rules: list[str] = []
    for key, value in ATTRIBUTE.findall(m[2]):
        if key == "class" and value.startswith("ag-"):
            paints = [c[3:].split("-", 1) for c in value.split()]
            if "f" not in [p for p, _ in paints]:
                rules.append("fill:none")
            rules += [f"{'fill' if p == 'f' else 'stroke'}:var(--{c})" for p, c in paints]
        elif key == "font-size":
            rules.append(f"font-size:{value}px")
        elif key == "text-anchor":
            rules += [] if value == "start" else [f"text-anchor:{value}"]
        elif not (key == "stroke-width" and float(value) == 1):
            rest.append(_attribute(key, re.sub(r"(?<=\d)\.0+(?!\d)", "", value)))
    if rules:
        look = ";".join(rules)
        rest.append(f"class={looks.setdefault(look, f'k{len(looks)}')}")
    slash = " /" if end and rest and not rest[-1].endswith('"') else end
    return f"<{name} {' '.join(rest)}{slash}>"


def _attribute(key: str, value: str) -> str:
    if key == "d":
        value = ARROW.sub(_arrow, value)
    # HTML needs no quotes around a word.
    return f"{key}={value}" if BARE.fullmatch(value) else f'{key}="{value}"'


def _arrow(m: re.Match[str]) -> str:
    """A triangle by its first corner, the others from there."""
    x, y, *others = map(float, m.groups())
    a, b, c, d = (round(to - of, 1) for to, of in zip(others, (x, y, *others[:2]), strict=True))
    return f"M{m[1]},{m[2]}l{a:g},{b:g} {c:g},{d:g}z"


def colours() -> str:
    """The palette as variables, for a choice of theme.

    Examples
    --------
    >>> "--ink:#1E293B" in colours()
    True
    """
    light, dark = (
        "".join(f"--{name}:{color};" for name, color in palette.items())
        for palette in (LIGHT, DARK)
    )
    return (
        f":root{{{light}}}\n:root[data-theme=dark]{{{dark}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n"
        ".num{font-size:9px;fill:var(--muted)}"
    )
