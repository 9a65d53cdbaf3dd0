"""The model itself: its table and its picture; and what the run was made with."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

import autograd

from ..look import Summary, draw, summary
from ..look.stack import plain_stack
from ..look.table import to_html
from ..module import Module
from .facts import Facts
from .page import Section
from .text import escape, short

__all__ = ["inline", "settings", "the_model", "versions"]

WIDE, BROAD = 900, 300  # points, above which a drawing scrolls: everywhere, on a phone


def the_model(model: Module, facts: Facts | None) -> tuple[Section, Summary]:
    """The summary, and the drawing if there is something to render it with."""
    shape = None if facts is None else facts.x.shape[1:]
    table = summary(model, shape)
    parts = []
    drawing = _drawing(model, shape, facts)
    text = "Its layers, what they make of the shapes, and where the parameters are."
    if drawing:
        parts.append(drawing)
    parts.append(f'<div class="scroll">{to_html(table)}</div>\n')
    return Section("model", "The model", text, parts), table


def _drawing(model: Module, shape: Any, facts: Facts | None) -> str:
    names = facts.names if facts is not None and facts.task in ("classes", "labels") else None

    stack = plain_stack(model)
    if stack is None or names is None or stack.layers[-1].out_features != len(names):
        names = None
    try:
        picture = draw(
            model, input_shape=shape, outputs=None if names is None else [short(n) for n in names]
        )
        return inline(picture.pipe("svg").decode())
    except Exception:  # no renderer, or nothing to draw: the table says it too
        return ""


def inline(svg: str) -> str:
    """A drawing's SVG as a part of the page: scrollable, without names that may meet others'."""
    svg = svg[max(svg.find("<svg"), 0) :]
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
    svg = re.sub(r'\s(?:id|class|xmlns|xmlns:xlink|xml:space)="[^"]*"', "", svg)
    svg = re.sub(r"<title>[^<]*</title>", "", svg)
    width = re.search(r'<svg width="([\d.]+)p[tx]"', svg)
    points = 0.0 if width is None else float(width[1])
    kind = "scroll paper" + (" wide" if points > WIDE else " broad" if points > BROAD else "")
    return f'<div class="{kind}">{svg.strip()}</div>\n'


def settings(given: Mapping[str, Any] | None) -> Section | None:
    """What the run was made with, as its author tells it."""
    if not given:
        return None
    rows = "".join(
        f"<tr><td>{escape(short(name, 60))}</td><td>{escape(short(value, 200))}</td></tr>\n"
        for name, value in given.items()
    )
    return Section(
        "settings",
        "Settings",
        "",
        [f'<div class="scroll"><table class="data">{rows}</table></div>\n'],
    )


def versions() -> str:
    """The software and machine in a line."""
    return (
        f"Blamegraph {autograd.__version__}, NumPy {np.__version__}, Python "
        f"{platform.python_version()} on {platform.system()} ({platform.machine()}, "
        f"{os.cpu_count()} processors)."
    )
