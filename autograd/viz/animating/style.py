"""The film as an SVG that moves itself: CSS key frames, no script.

Without the style sheet's media query, for readers who asked for reduced motion and in programs that
know no animation, the finished picture is what stands there.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET

from .cues import Clock, Cue
from .stage import SVG, Stage

__all__ = ["THEMES", "moving_svg"]

THEMES = ("light", "dark", "auto")
QUICK = 0.15
"""Seconds to appear in."""


def moving_svg(made: Stage, theme: str, loop: bool) -> str:
    """The SVG as text; the stage's elements get classes."""
    # Several of them may stand in one page.
    own = "bp" + hashlib.sha256(ET.tostring(made.tree)).hexdigest()[:8]
    names: dict[Cue, str] = {}
    for element, cue in made.cues:
        name = names.setdefault(cue, f"{own}-{len(names)}")
        # A part may have a class of its own, by which it is coloured.
        element.set("class", f"{element.get('class', '')} {own} {name}".strip())
    last = {name for cue, name in names.items() if cue.stop is not None}
    rest = "".join(f".{name}{{opacity:0}}" for name in sorted(last))
    count = "infinite" if loop else "1"
    rules = [f".{own}{{animation-duration:{made.clock.length:g}s;"
             f"animation-timing-function:linear;animation-iteration-count:{count}}}"]  # fmt: skip
    for cue, name in names.items():
        rules.append(
            f".{name}{{animation-name:{name}}}@keyframes {name}{{{_frames(cue, made.clock)}}}"
        )
    moving = f"@media (prefers-reduced-motion:no-preference){{{''.join(rules)}}}"
    style = next(made.tree.iter(f"{SVG}style"))
    style.text = _colors(style.text or "", theme) + rest + moving
    return ET.tostring(made.tree, encoding="unicode") + "\n"


def _colors(style: str, theme: str) -> str:
    """The drawing's style sheet for dark paper: always, never, or as the reader likes."""
    if theme == "auto":
        return style
    if theme == "light":
        return ""
    return re.sub(r"^@media[^{]*\{(.*)\}$", r"\1", style)


def _frames(cue: Cue, clock: Clock) -> str:
    """Key frames of the opacity, and of the place of what travels."""

    def at(time: float) -> str:
        return f"{100 * min(max(time / clock.length, 0.0), 1.0):.3f}".rstrip("0").rstrip(".") + "%"

    low = f"{{opacity:{cue.low:g}}}"
    if cue.path and cue.stop is not None:
        n = len(cue.path) - 1
        span = cue.stop - cue.start
        moves = [
            f"{at(cue.start + span * i / n)}{{opacity:1;transform:translate({x:g}px,{y:g}px)}}"
            for i, (x, y) in enumerate(cue.path)
        ]
        before = f"0%,{at(cue.start - 0.001)}{low}"
        return before + "".join(moves) + f"{at(cue.stop + 0.001)},100%{low}"
    head = "" if cue.start <= 0 else f"0%,{at(cue.start)}{low}"
    begin = at(cue.start + QUICK) if cue.start > 0 else "0%"
    if cue.stop is None:
        return f"{head}{begin},100%{{opacity:1}}"
    return f"{head}{begin},{at(cue.stop)}{{opacity:1}}{at(cue.stop + 0.001)},100%{low}"
