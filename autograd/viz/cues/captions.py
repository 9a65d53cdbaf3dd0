"""What is said under a picture: what is not in it, and how to read it."""

from __future__ import annotations

import textwrap

from ..figures import SMALL, sign_of
from ..model import Model, Vertex
from ..text import clean, notes
from .cards import MOST_MAPS, maps_fit
from .strokes import Stroke

__all__ = ["caption"]

WIDE = 110
"""Characters in a line."""


def caption(
    model: Model, drawn: list[Stroke], legend: bool = True, heatmaps: bool = True
) -> list[list[tuple[str, str]]]:
    """Lines of pieces of text, each with the name of its colour; ``note`` is muted and bold."""
    lines = [
        [(line, "note")] for note in notes(model) for line in textwrap.wrap(clean(note, 400), WIDE)
    ]
    if heatmaps and not maps_fit(model):
        lines.append([(f"no heat maps: there are more than {MOST_MAPS} arrays", "note")])
    if not legend:
        return lines
    if any(e.contribution is not None or e.local is not None for e in model.edges):
        lines.append(_of_edges(model, drawn))
    if heatmaps and maps_fit(model) and any(map(_has_map, model.vertices)):
        lines.append(
            [
                ("in each picture of an array", "muted"),
                ("■", "blue"),
                ("above 0,", "muted"),
                ("■", "orange"),
                ("below; the stronger, the larger; blank is 0,", "muted"),
                ("×", "purple"),
                ("not finite", "muted"),
            ]
        )
    looks = {v.look for v in model.vertices} | {e.look for e in model.edges}
    words = [("+ added", "green"), ("− removed, dotted", "red"), ("≠ changed", "amber")]
    said = [word for word in words if word[0].split()[1].strip(",") in looks]
    if said:
        lines.append([("compared:", "muted"), *said])
    return lines


def _has_map(v: Vertex) -> bool:
    shown = v.kind in ("leaf", "op") or v.root
    return shown and (getattr(v.data, "size", 0) > SMALL or getattr(v.grad, "size", 0) > SMALL)


def _of_edges(model: Model, drawn: list[Stroke]) -> list[tuple[str, str]]:
    labels = [s.label for s in drawn if s.label and not s.constant]
    said = []
    if any(" = " in label for label in labels):
        said.append("upstream × local derivative = contribution")
    if any(label.endswith("%") for label in labels):
        said.append("the part of the gradient that came this way")
    if any(" = " not in label and not label.endswith("%") for label in labels):
        said.insert(0, "its local derivative")
    pieces = [(f"on each edge {', or '.join(said)};", "muted")] * bool(said)
    mixed = any(
        not isinstance(e.contribution, dict) and sign_of(e.contribution) == "mixed"
        for e, s in zip(model.edges, drawn, strict=True)
        if s.color == "muted"
    )
    if mixed or any(s.color in ("blue", "orange") for s in drawn):
        pieces += [
            ("━━", "blue"),
            ("it adds to the gradient,", "muted"),
            ("╍╍", "orange"),
            ("it takes away" + ("," if mixed else ";"), "muted"),
        ]
        pieces += [("━━", "muted"), ("some of each;", "muted")] * mixed
        pieces.append(("the wider, the more", "muted"))
    return pieces
