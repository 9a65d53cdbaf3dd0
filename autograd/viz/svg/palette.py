"""Colours by name, for light and dark; the light ones are those of the DOT drawings.

Elements carry the light colour as an attribute, so that any viewer shows them, and a class by which
a style sheet replaces it where the reader asked for dark.
"""

from __future__ import annotations

from ..colours import NAMED

__all__ = ["STYLE", "paint"]

LIGHT = NAMED
DARK = {
    "paper": "#0F172A",
    "ink": "#E2E8F0",
    "muted": "#94A3B8",
    "faint": "#475569",
    "constant": "#1E293B",
    "blue": "#56B4E9",
    "orange": "#F5924E",
    "purple": "#E39AD0",
    "red": "#FF6B7D",
    "green": "#34C79A",
    "amber": "#E3B341",
    "frame": "#64748B",
    "op-border": "#64748B",
    "op-fill": "#1E293B",
    "op-ink": "#E2E8F0",
    "op-quiet": "#94A3B8",
    "leaf-border": "#34C79A",
    "leaf-fill": "#10322A",
    "leaf-ink": "#E6F4EF",
    "leaf-quiet": "#93BFB1",
    "root-border": "#E2E8F0",
    "root-fill": "#E2E8F0",
    "root-ink": "#0F172A",
    "root-quiet": "#475569",
    "freed-border": "#64748B",
    "freed-fill": "#131C30",
    "freed-ink": "#94A3B8",
    "freed-quiet": "#94A3B8",
    "group-border": "#94A3B8",
    "group-fill": "#26344B",
    "group-ink": "#E2E8F0",
    "group-quiet": "#94A3B8",
}


def paint(fill: str | None = None, stroke: str | None = None) -> str:
    """Attributes that fill and stroke an element with colours by name.

    Examples
    --------
    >>> paint(stroke="blue")
    'class="ag-s-blue" fill="none" stroke="#0072B2"'
    """
    classes = [f"ag-f-{fill}"] * (fill is not None) + [f"ag-s-{stroke}"] * (stroke is not None)
    text = f'class="{" ".join(classes)}" fill="{LIGHT[fill] if fill else "none"}"'
    return text + (f' stroke="{LIGHT[stroke]}"' if stroke else "")


def _style() -> str:
    rules = "".join(
        f".ag-f-{name}{{fill:{color}}}.ag-s-{name}{{stroke:{color}}}"
        for name, color in DARK.items()
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


STYLE = _style()
"""What turns the colours, for all drawings on a page alike."""
