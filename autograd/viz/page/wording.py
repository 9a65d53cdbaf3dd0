"""The chain rule in words and numbers, one line for each contribution."""

from __future__ import annotations

import html
import math
from typing import Any

import numpy as np

from ..cues.sums import as_number, gradient_sum, percent, shares
from ..figures import in_short, number, sign_of, size_of
from ..model import Edge, Model, Vertex
from ..text import clean
from .steps import Arrival, Backward, Step

__all__ = ["arrival_html", "heading", "made_of", "seed", "short"]

NAME = 24
SIGNS = {"+": "up", "-": "down", "nan": "bad"}


def short(v: Vertex) -> str:
    """The name of a vertex in a formula."""
    return clean(v.title, NAME)


def heading(step: Step) -> str:
    """What the node of a step is: ``c = a × b``, in short."""
    v = step.vertex
    op = clean(f"{v.symbol or ''} {v.params}".strip(), NAME)
    if v.kind == "group":
        return f"{short(v)} ({op})" if op else short(v)
    return f"{short(v)} = {op}" if op else short(v)


def arrival_html(a: Arrival, target: Vertex, edge: Edge, digits: int) -> str:
    """One line of the chain rule; its text alone can be read as well.

    ``dL/da += dL/dc · dc/da = 0.6 × 2 = 1.2 (dL/da: 0.3 → 1.5)``
    """
    of, at = short(a.source), short(target)
    if "group" in (a.source.kind, target.kind):
        return _between(a, edge, f"from {at} to {of}", digits)
    rule = f"dL/d{of} += dL/d{at} · d{at}/d{of}"
    c, plain = as_number(a.contribution), isinstance(a.contribution, (float, np.generic))
    look = SIGNS.get(sign_of(a.contribution), "none")
    upstream, local = as_number(target.grad), as_number(edge.local)
    factors = facts = ""
    if c is not None:
        total = number(c, digits)
        if plain and upstream is not None and local is not None:
            factors = f"{_factor(upstream, digits, True)} × {_factor(local, digits)} = "
    else:
        total = f"|c| = {number(size_of(a.contribution), digits)}"
        if edge.share is not None and not math.isclose(edge.share, 1.0):
            facts = f", {percent(edge.share)} of the gradient"
            # As in the picture: what it adds counts, whatever its elements' signs.
            look = SIGNS.get(sign_of(edge.share), "none") if look != "bad" else look
    name = f"dL/d{of}" if plain else f"|dL/d{of}|"
    # An op of several outputs has no one gradient.
    run = "" if a.after is None else f"{name}: {_run(a.before, a.after, digits)}"
    return (
        f"<p><b>{_esc(rule)}</b> "
        f"<span>{'= ' if plain else ''}{_esc(factors)}<b class={look}>"
        f"{_esc(total)}</b>{facts}</span>" + (f" <small>({_esc(run)})</small>" if run else "")
    )


def _between(a: Arrival, edge: Edge, ends: str, digits: int) -> str:
    """One line for the uses that an edge of a group stands for."""
    told = ["one use" if edge.count == 1 else f"{edge.count:,} uses"]
    if as_number(a.contribution) is not None:
        size = f"= <b class={SIGNS.get(sign_of(a.contribution), 'none')}>"
        size += in_short(a.contribution, digits)
    else:
        total = size_of(a.contribution) if edge.size is None else edge.size
        size = f"|c| = <b>{number(total, digits)}"
        told += ["their sizes added up"] * (edge.count > 1)
    if a.after is not None:
        told.append(f"dL/d{short(a.source)}: {_run(a.before, a.after, digits)}")
    return (
        f"<p><b>{_esc(ends)}</b> <span>{size}</b></span> <small>({_esc(', '.join(told))})</small>"
    )


def seed(model: Model, backward: Backward, digits: int) -> str:
    """What the walk begins with."""
    roots = [v for v in model.vertices if v.root and v.id in backward.begin]
    texts = []
    for v in roots[:4]:
        g = backward.begin[v.id]
        size = g.size if isinstance(g, np.ndarray) else 1
        if size == 1 and float(np.asarray(g).reshape(-1)[0]) == 1.0:
            texts.append(f"dL/d{short(v)} = 1")
        else:
            texts.append(f"dL/d{short(v)} = {in_short(g, digits)}")
    more = f" and {len(roots) - 4} more" if len(roots) > 4 else ""
    return "; ".join(texts) + more


def made_of(v: Vertex, uses: list[Edge], digits: int) -> str:
    """The sum that made a gradient, as its box says it; for an array the part of each use."""
    shown, remark, _ = gradient_sum(v, uses, digits)
    return shown or remark or ("" if as_number(v.grad) is not None else shares(uses))


def _factor(x: Any, digits: int, first: bool = False) -> str:
    text = number(x, digits)
    return f"({text})" if text.startswith("-") and not first else text


def _run(before: Any, after: Any, digits: int) -> str:
    if isinstance(after, np.ndarray):
        old = 0.0 if before is None else size_of(before)
        return f"{number(old, digits)} → {number(size_of(after), digits)}"
    return f"{in_short(0.0 if before is None else before, digits)} → {in_short(after, digits)}"


def _esc(text: str) -> str:
    return html.escape(text, quote=False)
