"""The drawing of the graph, taken apart: which element is seen when."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from ..model import HIDDEN, Model
from ..svg import SCALE, draw_svg
from ..svg.boxes import Word, words_svg
from ..svg.metrics import text_width
from ..svg.palette import paint
from .cues import FLOW_FROM, FLOW_TO, Clock, Cue
from .curve import along
from .steps import Flow, Step, steps

__all__ = ["SVG", "Stage", "stage"]

SVG = "{http://www.w3.org/2000/svg}"
DIM = 0.22
"""What an edge is before anything has come along it."""
POINTS = 9
CAPTION, LINE, PAD = 13.0, 20.0, 14.0
CHIP, HALO = 11.0, 5.0
GLOW = "#F5B700"
"""Around what has its turn, on light and dark paper."""


@dataclass(slots=True)
class Stage:
    """A picture and the cues of its elements."""

    tree: ET.Element
    width: float
    height: float
    clock: Clock
    steps: list[Step]
    cues: list[tuple[ET.Element, Cue]] = field(default_factory=list)


def stage(model: Model, *, seconds: float, digits: int, rankdir: str, most: int) -> Stage:
    """Draw a model, and say when each part is to be seen.

    Raises
    ------
    ValueError
        If no gradient has arrived, or the film would be too long.
    """
    played = steps(model, digits)
    # The gradients of values are 0 until one arrives.
    waiting = all(type(v.grad) is float and not v.grad for v in model.vertices if v.root)
    if waiting or not any(step.flows for step in played):
        why = "the graph was freed" if model.freed else "no gradient has arrived"
        raise ValueError(
            f"there is no backward pass to show: {why}; call backward() on the result, and keep "
            "its graph (retain_graph=True)"
        )
    if len(played) > most:
        raise ValueError(
            f"{len(played):,} steps are too long a film (over {most}); give max_nodes, such as 40"
        )
    ET.register_namespace("", SVG[1:-1])
    drawn = ET.fromstring(draw_svg(model, rankdir=rankdir, digits=digits, legend=False))
    _, _, inner_width, inner_height = (float(x) for x in drawn.get("viewBox", "").split())
    texts = [text for step in played for text in (step.arrives, step.hands_on)]
    width = max(inner_width, max(text_width(t, CAPTION, True) for t in texts) + 60 + 2 * PAD)
    height = inner_height + 2 * LINE + PAD
    made = Stage(drawn, width, height, Clock(len(played), seconds), played)
    content = _wrapped(made, inner_width)
    edges = _edge_groups(content, model)
    nodes = {g.get("data-id"): g for g in content.iter(f"{SVG}g") if g.get("class") == "node"}
    layer = next(g for g in content if g.tag == f"{SVG}g")
    for k, step in enumerate(played):
        _node(made, k, nodes[f"v{step.vertex}"], layer)
        for flow in step.flows:
            _edge(made, k, flow, edges[flow.edge], layer)
        _caption(made, k, step, inner_height)
    _last(made, inner_height)
    return made


def _wrapped(made: Stage, inner_width: float) -> ET.Element:
    """Put the drawing into the middle of a larger one; the group that holds it."""
    tree = made.tree
    content = ET.Element(f"{SVG}g")
    content.set("transform", f"translate({(made.width - inner_width) / 2:.1f} 0)")
    for child in list(tree):
        if child.tag in (f"{SVG}g", f"{SVG}text"):
            tree.remove(child)
            content.append(child)
        elif child.tag == f"{SVG}rect":  # the paper
            child.set("width", f"{made.width:.0f}")
            child.set("height", f"{made.height:.0f}")
    tree.append(content)
    tree.set("viewBox", f"0 0 {made.width:.0f} {made.height:.0f}")
    tree.set("width", f"{SCALE * made.width:.0f}px")
    tree.set("height", f"{SCALE * made.height:.0f}px")
    tree.set("aria-label", "the backward pass through the graph of a computation")
    return content


def _edge_groups(content: ET.Element, model: Model) -> dict[int, ET.Element]:
    """The drawing's edges by their places in the model, parallel ones in their order."""
    drawn = [g for g in content.iter(f"{SVG}g") if g.get("data-ends")]
    places = [i for i, e in enumerate(model.edges) if e.target != HIDDEN]
    return dict(zip(places, drawn, strict=True))


def _node(made: Stage, k: int, node: ET.Element, layer: ET.Element) -> None:
    """A halo in its turn, its gradient from then on."""
    start, stop = made.clock.at(k), made.clock.at(k + 1)
    rect = next(node.iter(f"{SVG}rect"))
    x, y, w, h = (float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))
    halo = ET.fromstring(
        f'<rect xmlns="{SVG[1:-1]}" x="{x - HALO:.1f}" y="{y - HALO:.1f}" '
        f'width="{w + 2 * HALO:.1f}" height="{h + 2 * HALO:.1f}" rx="{7 + HALO:g}" '
        f'fill="{GLOW}" fill-opacity="0.8"/>'
    )
    # Below everything but the frames of groups, which come first.
    first = next(i for i, child in enumerate(layer) if child.get("class") != "group")
    layer.insert(first, halo)
    made.cues.append((halo, Cue(start, stop)))
    parts = list(node)
    titles = [i for i, part in enumerate(parts) if _text(part) in ("grad", "‖grad‖", "blame")]
    if titles:
        begin = titles[0]
        while begin and parts[begin - 1].tag == f"{SVG}path":  # its heat map, and the rule above
            begin -= 1
        gradient = ET.Element(f"{SVG}g")
        for part in parts[begin:]:
            node.remove(part)
            gradient.append(part)
        node.append(gradient)
        made.cues.append((gradient, Cue(start)))


def _text(element: ET.Element) -> str:
    return "".join(element.itertext()) if element.tag == f"{SVG}text" else ""


def _edge(made: Stage, k: int, flow: Flow, edge: ET.Element, layer: ET.Element) -> None:
    """Dim until its contribution has come along it, as a chip that travels."""
    begin, end = (made.clock.at(k + part) for part in (FLOW_FROM, FLOW_TO))
    route = next(edge.iter(f"{SVG}path")).get("d", "")
    for part in list(edge):
        if part.tag == f"{SVG}text":
            made.cues.append((part, Cue(end)))
        elif part.tag == f"{SVG}path":
            made.cues.append((part, Cue(begin, low=DIM)))
    width = text_width(flow.text, CHIP, True) + 12
    color = re.search(r"ag-s-(blue|orange|purple)", ET.tostring(edge, encoding="unicode"))
    chip = ET.fromstring(
        f'<g xmlns="{SVG[1:-1]}"><rect x="{-width / 2:.1f}" y="-9" width="{width:.1f}" height="18" '
        f'rx="9" {paint(color[1] if color else "muted", "paper")} stroke-width="1.5"/>'
        f"{words_svg([Word(flow.text, CHIP, 'paper', True)], 0, 4, 'middle')}</g>"
    )
    layer.append(chip)
    made.cues.append((chip, Cue(begin, end, path=along(route, POINTS))))


def _caption(made: Stage, k: int, step: Step, top: float) -> None:
    count = f"{k + 1} of {made.clock.count}"
    lines = [(step.arrives, "ink", True, 0), (step.hands_on, "muted", False, 1)]
    _words(made, lines, top, Cue(made.clock.at(k), made.clock.at(k + 1)), count)


def _last(made: Stage, top: float) -> None:
    start = "backward: from the result to the leaves"
    _words(made, [(start, "ink", True, 0)], top, Cue(-1.0, made.clock.at(0)))
    done = [("done: contributions add up to gradients", "ink", True, 0)]
    _words(made, done, top, Cue(made.clock.end))


def _words(
    made: Stage, lines: list[tuple[str, str, bool, int]], top: float, cue: Cue, count: str = ""
) -> None:
    inside = "".join(
        words_svg([Word(text, CAPTION, color, bold)], made.width / 2, top + LINE * i + 10, "middle")
        for text, color, bold, i in lines
    )
    if count:
        inside += words_svg([Word(count, 10, "muted")], made.width - PAD, top + 10, "end")
    group = ET.fromstring(f'<g xmlns="{SVG[1:-1]}">{inside}</g>')
    made.tree.append(group)
    made.cues.append((group, cue))
