"""What stands in the box of each vertex: title, value, gradient and the sum that made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..figures import SMALL, array_kind, describe_gradient, describe_value, in_short, sign_of
from ..model import HIDDEN, Model, Vertex
from ..text import clean
from .heat import HeatMap, heat_map
from .hover import vertex_hover
from .sums import by_source, gradient_sum

__all__ = ["MOST_MAPS", "NAME", "Card", "Row", "Section", "cards", "maps_fit"]

NAME = 24
"""Characters of a label that are shown; hovering tells more."""
TEXT = 40
"""Characters of other text."""
MOST_MAPS = 80
"""Drawings with more arrays than this do without heat maps."""
TONES = {"+": "blue", "-": "orange", "nan": "purple"}
# The mark, its colour and the border's weight for a comparison of two graphs.
COMPARED = {
    "added": ("+ added", "green", 3.0),
    "removed": ("− removed", "red", 2.0),
    "changed": ("≠ changed", "amber", 3.0),
}
# The colour and the border's weight for a part of the time.
HEATED = {"warm": ("amber", 2.5), "hot": ("red", 4.0)}


@dataclass(slots=True)
class Row:
    """What, at the left, and its text at the right; without what, a quiet remark."""

    what: str
    text: str
    color: str = ""
    """By name; empty for the ink of the box."""


@dataclass(slots=True)
class Section:
    """Rows, beside a heat map if there is one."""

    rows: list[Row]
    map: HeatMap | None = None
    apart: bool = False
    """Whether a line parts it from what is above."""


@dataclass(slots=True)
class Card:
    """A vertex to be drawn."""

    id: str
    look: str
    """A key of :data:`autograd.viz.colours.LOOKS`, ``constant`` or ``hidden``."""
    name: str = ""
    op: str = ""
    badges: list[tuple[str, str]] = field(default_factory=list)
    """Marks above the title, each with the name of its colour."""
    sections: list[Section] = field(default_factory=list)
    hover: list[str] = field(default_factory=list)
    border: str = ""
    """The colour's name."""
    weight: float = 1.0
    dashed: bool = False


def maps_fit(model: Model) -> bool:
    """Whether there are few enough arrays for heat maps of all."""
    large = (isinstance(v.data, np.ndarray) and v.data.size > SMALL for v in model.vertices)
    return sum(large) <= MOST_MAPS


def cards(model: Model, digits: int = 4, heatmaps: bool = True) -> dict[int, Card]:
    """The cards of a model's vertices by their ids; what is hidden has one as well.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> card = cards(build(Value(2.0, label="x")))[0]
    >>> card.name, [(row.what, row.text) for row in card.sections[0].rows]
    ('x', [('value', '2')])
    """
    uses = by_source(model)
    heatmaps = heatmaps and maps_fit(model)
    marked = sum(v.marked for v in model.vertices)
    result: dict[int, Card] = {}
    for v in model.vertices:
        if v.kind == "constant" and not v.root:
            result[v.id] = _constant(v, digits)
        elif v.kind == "group":
            result[v.id] = _group(v, digits)
        else:
            result[v.id] = _node(v, gradient_sum(v, uses.get(v.id, []), digits), digits, heatmaps)
        if v.marked and marked == 1:  # of a path, or of suspects, none is the culprit
            result[v.id].badges.insert(0, ("▶ to blame", "root-ink" if v.root else "red"))
    if model.hidden:
        result[HIDDEN] = _hidden(model.hidden)
    return result


def _node(v: Vertex, made: tuple[str, str, str], digits: int, heatmaps: bool) -> Card:
    look = "root" if v.root else "freed" if v.freed else "leaf" if v.kind == "leaf" else "op"
    card = _titled(v, look)
    shown, remark, why = made
    if v.about:  # how it changed, in a comparison
        card.sections.append(
            Section([Row(clean(what, NAME), clean(text, TEXT)) for what, text in v.about])
        )
        card.hover = vertex_hover(v, digits, why)
        return _marked(card, v)
    values = [Row(what, text) for what, text in describe_value(v.data, digits)]
    sign = sign_of(v.grad)
    tone = TONES.get(sign, "") if not v.root else ""
    gradient = [Row(what, text, tone) for what, text in describe_gradient(v.grad, digits)]
    if shown and gradient:
        gradient[0].text = shown
    value_map, grad_map = (heat_map(x) if heatmaps else None for x in (v.data, v.grad))
    if value_map is not None:
        card.sections += [Section(values[:1]), Section(values[1:], value_map)]
    else:
        card.sections.append(Section(values))
    if gradient:
        card.sections.append(Section(gradient, grad_map, apart=len(values) > 2))
    last = [Row("", remark)] * bool(remark)
    if value_map is not None and value_map.note:
        last.append(Row("", value_map.note))
    if v.freed and v.symbol != "freed":
        last.append(Row("", "freed"))
    if last:
        card.sections.append(Section(last))
    card.hover = vertex_hover(v, digits, why)
    card.dashed = v.freed
    if sign == "nan" or _is_float_nan(v.data):
        card.border, card.weight = "purple", 3.0
    return _marked(card, v)


def _is_float_nan(data: Any) -> bool:
    """Whether a value is not finite; those that are no floats cannot be."""
    kind = getattr(getattr(data, "dtype", None), "kind", "f" if isinstance(data, float) else "")
    return kind == "f" and sign_of(data) == "nan"


def _titled(v: Vertex, look: str) -> Card:
    op = "" if v.symbol is None else clean(f"{v.symbol} {v.params}".strip(), NAME)
    weight = 1.6 if v.kind == "leaf" or v.root else 1.0
    return Card(
        f"v{v.id}",
        look,
        clean(v.name, NAME) if v.name else "",
        op,
        border=f"{look}-border",
        weight=weight,
    )


def _marked(card: Card, v: Vertex) -> Card:
    if v.look in COMPARED:
        mark, card.border, card.weight = COMPARED[v.look]
        card.badges.append((mark, "root-ink" if v.root else card.border))
        card.dashed = card.dashed or v.look == "removed"
        card.hover.append(v.look or "")
    if v.look in HEATED:
        card.border, card.weight = HEATED[v.look]
    if v.marked:
        card.border, card.weight = "red", 4.0
    return card


def _group(v: Vertex, digits: int) -> Card:
    card = _titled(v, "group")
    card.name, card.op = clean(v.title, NAME), clean(v.symbol or "", NAME)
    rows = [Row(clean(what, NAME), clean(text, TEXT)) for what, text in v.about]
    if rows:
        card.sections.append(Section(rows))
    card.hover = vertex_hover(v, digits)
    return _marked(card, v)


def _constant(v: Vertex, digits: int) -> Card:
    large = isinstance(v.data, np.ndarray) and v.data.size > SMALL
    text = clean(array_kind(v.data) if large else in_short(v.data, digits), NAME)
    hover = ["constant", *vertex_hover(v, digits)[1:]] if large else ["constant"]
    return Card(f"v{v.id}", "constant", op=text, hover=hover, border="constant")


def _hidden(hidden: int) -> Card:
    word = "node" if hidden == 1 else "nodes"
    rows = [Row("", f"{hidden:,} more {word}"), Row("", "not shown")]
    told = ["raise max_nodes to see them"]
    return Card("hidden", "hidden", sections=[Section(rows)], hover=told, border="muted",
                dashed=True)  # fmt: skip
