"""A model as DOT source: nodes in the frames of their groups, then edges."""

from __future__ import annotations

from typing import Any

from ..colours import FONT, INK, LOOKS, MUTED, NAMED, PAPER
from ..cues.captions import caption
from ..cues.cards import Card, cards
from ..cues.frames import Frame, frames
from ..cues.strokes import Stroke, strokes
from ..model import HIDDEN, Model
from .drawing import Drawing
from .labels import beside, escape, plain, table, words

__all__ = ["to_dot"]

SEPARATOR = " · "


def to_dot(
    model: Model,
    *,
    rankdir: str = "LR",
    format: str | None = None,
    digits: int = 4,
    legend: bool = True,
    edges: str | None = None,
    heatmaps: bool = True,
) -> Drawing:
    """Render a model as DOT source, ready to be drawn.

    Parameters are those of :func:`autograd.viz.draw`.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> to_dot(build(Value(2.0, label="x").exp())).source.count("->")
    1
    """
    picture = Drawing("autograd", format=format or "svg")
    drawn = strokes(model, digits, edges)
    said = "<BR/>".join(words(line) for line in caption(model, drawn, legend, heatmaps))
    below = {}
    if said:
        below = {"label": f'<<FONT POINT-SIZE="10" COLOR="{MUTED}">{said}</FONT>>', "labelloc": "b"}
    picture.attr(
        "graph",
        rankdir=rankdir,
        bgcolor=PAPER,
        fontname=FONT,
        nodesep="0.28",
        ranksep="0.55",
        pad="0.2",
        ordering="in",
        newrank="true",  # or edges out of a group and back into it would run against the flow
        **below,
    )
    picture.attr(
        "node",
        shape="box",
        style="rounded,filled",
        fontname=FONT,
        fontsize="12",
        margin="0.08,0.05",
        height="0.3",
        width="0.3",
    )
    picture.attr("edge", fontname=FONT, fontsize="10", arrowsize="0.7", fontcolor=INK)
    made = cards(model, digits, heatmaps)
    framed = frames(model)
    inside = {id for frame in framed.values() for id in frame.own}
    _draw_frames(picture, framed, made)
    for id, card in made.items():
        if id not in inside:
            _draw(picture, card)
    for stroke in drawn:
        _draw_edge(picture, stroke, rankdir in ("LR", "RL"))
    picture.stands_for(
        model, rankdir=rankdir, digits=digits, legend=legend, edges=edges, heatmaps=heatmaps
    )
    return picture


def _draw_frames(picture: Any, framed: dict[str, Frame], made: dict[int, Card]) -> None:
    """Clusters within clusters, however deep."""
    numbers = {path: i for i, path in enumerate(framed)}
    stack: list[tuple[Frame, bool]] = [
        (frame, False) for frame in framed.values() if frame.parent not in framed
    ][::-1]
    while stack:
        frame, over = stack.pop()
        if over:
            picture.body.append("\t}\n")
            continue
        label = f'<<FONT POINT-SIZE="10" COLOR="{MUTED}">{escape(frame.title)}</FONT>>'
        fill = "#F6F8FB" if frame.depth % 2 == 0 else "#ECF0F6"
        picture.body.append(
            f"\tsubgraph cluster_{numbers[frame.path]} {{\n\t\tgraph [label={label} labeljust=l "
            f'labelloc=t style="rounded,filled" color="{NAMED["frame"]}" fillcolor="{fill}" '
            f"margin=9 penwidth=0.8]\n"
        )
        for id in frame.own:
            _draw(picture, made[id])
        stack.append((frame, True))
        stack += [(framed[path], False) for path in reversed(frame.inner)]


def _draw(picture: Any, card: Card) -> None:
    if card.look == "constant":
        _draw_constant(picture, card)
        return
    if card.look == "hidden":
        _draw_hidden(picture, card)
        return
    _, fill, _, _ = LOOKS[card.look]
    more = {"peripheries": "2"} if card.look == "group" else {}
    picture.node(
        card.id,
        label=table(card),
        color=NAMED[card.border],
        fillcolor=fill,
        penwidth=f"{card.weight:g}",
        style="rounded,filled,dashed" if card.dashed else "rounded,filled",
        tooltip=plain("\n".join(card.hover)).replace("\n", "&#10;"),
        **more,
    )


def _draw_constant(picture: Any, card: Card) -> None:
    fill = NAMED["constant"]
    picture.node(
        card.id,
        label=f'<<FONT POINT-SIZE="11" COLOR="{MUTED}">{escape(card.op)}</FONT>>',
        shape="ellipse",
        style="filled",
        color=fill,
        fillcolor=fill,
        margin="0.03,0.01",
        tooltip=plain(SEPARATOR.join(card.hover)),
    )


def _draw_hidden(picture: Any, card: Card) -> None:
    picture.node(
        card.id,
        label="\\n".join(row.text for row in card.sections[0].rows),
        style="rounded,dashed",
        color=MUTED,
        fontcolor=MUTED,
        tooltip=card.hover[0],
    )


def _draw_edge(picture: Any, s: Stroke, flat: bool) -> None:
    source = "hidden" if s.source == HIDDEN else f"v{s.source}"
    color = NAMED[s.color]
    if s.constant:
        picture.edge(source, f"v{s.target}", color=color, arrowsize="0.5")
    elif s.target == HIDDEN:
        # It may well run backwards, so it has no say in the layout.
        picture.edge(
            source,
            "hidden",
            style=s.style,
            color=color,
            constraint="false",
            tooltip=s.hover[0],
        )
    else:
        picture.edge(
            source,
            f"v{s.target}",
            label=beside(s.label, s.width, flat) if s.label else "",
            color=color,
            fontcolor=NAMED[s.ink],
            style=s.style,
            penwidth=f"{s.width:.2f}",
            tooltip=plain(SEPARATOR.join(s.hover)),
        )
