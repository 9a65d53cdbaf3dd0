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
SOLID, DASHED = "━━", "╸╸╸"
"""Samples of lines; what Unicode calls dashes has hardly a gap."""
SAYS = {
    "local": "its local derivative",
    "both": "upstream × local derivative = contribution",
    "contribution": "its contribution",
    "share": "the part of the gradient that came this way",
}


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
    lines += filter(None, (_of_edges(model, drawn), _of_groups(model)))
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
    clauses: list[list[tuple[str, str]]] = []
    written = {s.says for s in drawn}
    said = [text for what, text in SAYS.items() if what in written]
    if said:
        clauses.append([(f"on each edge {', or '.join(said)}", "muted")])
    if any(e.count > 1 and s.label for e, s in zip(model.edges, drawn, strict=True)):
        clauses.append([("×2 stands for 2 uses", "muted")])
    mixed = any(
        not isinstance(e.contribution, dict) and sign_of(e.contribution) == "mixed"
        for e, s in zip(model.edges, drawn, strict=True)
        if s.color == "muted"
    )
    if mixed or any(s.color in ("blue", "orange") for s in drawn):
        signs = [
            (SOLID, "blue"),
            ("it adds to the gradient,", "muted"),
            (DASHED, "orange"),
            ("it takes away" + "," * mixed, "muted"),
        ]
        clauses.append(signs + [(SOLID, "muted"), ("some of each", "muted")] * mixed)
        clauses.append([("the wider, the more", "muted")])
    return _joined(clauses)


def _of_groups(model: Model) -> list[tuple[str, str]]:
    """What a box of several nodes is, and what it calls blame."""
    groups = [v for v in model.vertices if v.kind == "group"]
    if not groups or any(e.look in ("flow", "skip") for e in model.edges):
        return []
    clauses = [[("a double border: a group of nodes", "muted")]]
    if any(what == "blame" for v in groups for what, _ in v.about):
        clauses.append([("blame: its part of all that came back to leaves", "muted")])
    return _joined(clauses)


def _joined(clauses: list[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """One line, with a semicolon after each clause but the last."""
    pieces: list[tuple[str, str]] = []
    for i, clause in enumerate(clauses):
        *first, (text, color) = clause
        pieces += [*first, (text + ";" * (i < len(clauses) - 1), color)]
    return pieces
