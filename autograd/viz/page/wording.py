"""The chain rule in words and numbers, one line for each contribution."""

from __future__ import annotations

import html
import math
from typing import Any

import numpy as np

from ..figures import in_short, number, sign_of, size_of
from ..model import Edge, Model, Vertex
from ..text import clean
from .steps import Arrival, Backward, Step, share_of

__all__ = ["arrival_html", "heading", "made_of", "seed", "short"]

NAME = 24
TERMS = 6
SIGNS = {"+": "up", "-": "down", "nan": "bad"}


def short(v: Vertex) -> str:
    """The name of a vertex in a formula."""
    return clean(v.title, NAME)


def heading(step: Step) -> str:
    """What the node of a step is: ``c = a × b``, in short."""
    v = step.vertex
    op = clean(f"{v.symbol or ''} {v.params}".strip(), NAME)
    return f"{short(v)} = {op}" if op else short(v)


def arrival_html(a: Arrival, target: Vertex, edge: Edge, digits: int) -> str:
    """One line of the chain rule; its text alone can be read as well.

    ``dL/da += dL/dc · dc/da = 0.6 × 2 = 1.2 (dL/da: 0.3 → 1.5)``
    """
    of, at = short(a.source), short(target)
    rule = f"dL/d{of} += dL/d{at} · d{at}/d{of}"
    c, plain = a.contribution, not isinstance(a.contribution, np.ndarray)
    look = SIGNS.get(sign_of(c), "none")
    if plain and _is_number(edge.local) and _is_number(target.grad):
        factors = f"{_factor(target.grad, digits, True)} × {_factor(edge.local, digits)} = "
    else:
        factors = ""
    if plain or c.size == 1:
        total = in_short(c if plain else c.reshape(-1)[0], digits)
        facts = ""
    else:
        total = f"|c| = {number(size_of(c), digits)}"
        share = share_of(edge, a.source.grad)
        facts = "" if share is None else f", share {share:+.2f}"
    run = _run(a.before, a.after, digits)
    name = f"dL/d{of}" if plain else f"|dL/d{of}|"
    return (
        f"<p><b>{_esc(rule)}</b> "
        f"<span>{'= ' if plain else ''}{_esc(factors)}<b class={look}>"
        f"{_esc(total)}</b>{facts}</span> "
        f"<small>({_esc(name)}: {_esc(run)})</small>"
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


def made_of(v: Vertex, edges: list[Edge], begin: Any, digits: int) -> str:
    """The sum that made a gradient: ``0.3 - 0.1 = 0.2``; for an array the shares."""
    terms = [e for e in edges if e.contribution is not None]
    if v.grad is None or not terms or isinstance(v.grad, dict):
        return ""
    if np.size(v.grad) == 0:
        return ""
    if isinstance(v.grad, np.ndarray) and v.grad.size > 1:
        shares = [share_of(e, v.grad) for e in terms]
        if begin is not None:
            rest = Edge(v.id, 0, 0, None, begin)
            shares.append(share_of(rest, v.grad))
        told = [f"{s:+.2f}" for s in shares if s is not None]
        if len(told) < 2:
            return ""
        more = f" and {len(told) - TERMS} more" if len(told) > TERMS else ""
        return f"shares {', '.join(told[:TERMS])}{more}"
    values = [float(np.asarray(x).reshape(-1)[0]) for x in _whole(begin, terms)]
    if len(values) < 2:
        return ""
    text = number(values[0], digits)
    for x in values[1:TERMS]:
        negative = math.copysign(1.0, x) < 0
        text += f" {'-' if negative else '+'} {number(abs(x), digits)}"
    if len(values) > TERMS:
        text += f" + … ({len(values) - TERMS} more)"
    return f"{text} = {number(float(np.asarray(v.grad).reshape(-1)[0]), digits)}"


def _whole(begin: Any, terms: list[Edge]) -> list[Any]:
    return ([] if begin is None else [begin]) + [e.contribution for e in terms]


def _is_number(x: Any) -> bool:
    return isinstance(x, (bool, int, float, np.generic))


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
