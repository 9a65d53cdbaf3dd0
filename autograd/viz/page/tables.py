"""What can be read with scripts off: all nodes as a table, all steps as a list."""

from __future__ import annotations

import html

from ..figures import describe_value
from ..model import Model
from ..text import clean
from .numbers import gradient_text
from .steps import Backward
from .wording import arrival_html, heading

__all__ = ["node_table", "step_list"]


def node_table(model: Model, digits: int) -> str:
    """A row for each node, the result first."""
    rows = []
    for v in reversed(model.vertices):
        if v.kind == "constant" and not v.root:
            continue
        value = ", ".join(f"{k} {x}".strip() for k, x in describe_value(v.data, digits))
        rows.append(
            f'<tr data-of="{v.id}"><th scope="row">{_esc(v.title, 60)}<td>'
            f"{_esc(f'{v.symbol or v.kind} {v.params}'.strip(), 40)}<td>"
            f"{_esc(value.removeprefix('value '), 90)}<td>{_esc(gradient_text(v.grad, digits), 90)}"
        )
    return (
        '<table><thead><tr><th scope="col">node<th scope="col">op<th scope="col">value'
        f'<th scope="col">gradient</thead><tbody>{"".join(rows)}</tbody></table>'
    )


def step_list(model: Model, backward: Backward, digits: int) -> str:
    """An item for each step, with the lines of the chain rule."""
    items = []
    for step in backward.steps:
        lines = [arrival_html(a, step.vertex, model.edges[a.edge], digits) for a in step.arrivals]
        if step.hidden:
            more = "operand is" if step.hidden == 1 else "operands are"
            lines.append(f'<p class="quiet">{step.hidden} {more} not shown')
        items.append(f"<li><h3>{_esc(heading(step), 60)}</h3>{''.join(lines)}")
    return f"<ol>{''.join(items)}</ol>"


def _esc(text: str, limit: int) -> str:
    return html.escape(clean(text, limit), quote=False)
