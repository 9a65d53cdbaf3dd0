"""The sum that made a gradient: one term for each use of the value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..figures import number
from ..model import HIDDEN, Edge, Model, Vertex

__all__ = ["as_number", "by_source", "gradient_sum", "percent", "shares"]

MOST_TERMS = 3
MOST_SHARES = 6
ROUNDING = 64.0
"""Steps of the gradient's precision by which a sum may miss it."""


def by_source(model: Model) -> dict[int, list[Edge]]:
    """The uses of every vertex, by its id, in the order in which they were made."""
    uses: dict[int, list[Edge]] = {}
    for edge in model.edges:
        uses.setdefault(edge.source, []).append(edge)
    return uses


def as_number(x: Any) -> float | None:
    """A float if ``x`` is one number, in whatever wrapping; else ``None``."""
    if isinstance(x, np.ndarray):
        if x.size != 1 or x.dtype.kind not in "fiub":
            return None
        return float(x.reshape(-1)[0])
    if isinstance(x, (bool, int, float, np.bool_, np.integer, np.floating)):
        return float(x)
    return None


def percent(share: float) -> str:
    """A signed part of a gradient: ``+50 %``.

    Examples
    --------
    >>> percent(-0.125)
    '−12.5 %'
    """
    return f"{100 * share:+.3g} %".replace("-", "−")


def shares(uses: list[Edge]) -> str:
    """The parts of an array's gradient that came along its uses; empty if that was one alone."""
    told = [percent(e.share) for e in uses if e.share is not None]
    if len(told) < 2:
        return ""
    more = f" and {len(told) - MOST_SHARES:,} more" if len(told) > MOST_SHARES else ""
    return ", ".join(told[:MOST_SHARES]) + more


def gradient_sum(v: Vertex, uses: list[Edge], digits: int = 4) -> tuple[str, str, str]:
    """How a vertex came by its gradient.

    Returns
    -------
    shown : str
        ``0.3 − 0.1 = 0.2`` for a number with several uses, at most three terms; else empty.
    remark : str
        What is to be said of a gradient that its uses do not add up to; else empty.
    why : str
        The same, at length.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import build
    >>> x = Value(3.0, label="x")
    >>> y = x * x - x
    >>> y.backward()
    >>> model = build(y)
    >>> gradient_sum(model.vertices[0], by_source(model)[0])[0]
    '3 + 3 − 1 = 5'
    """
    if v.grad is None or v.root or not uses or isinstance(v.grad, dict):
        return "", "", ""
    if any(isinstance(e.contribution, dict) or e.problem or _bundled(e) for e in uses):
        return "", "", ""
    hidden = any(e.target == HIDDEN for e in uses)
    sent = [e.contribution for e in uses if e.contribution is not None]
    g = as_number(v.grad)
    if g is None:
        return _of_arrays(v.grad, sent, hidden)
    terms = [t for t in map(as_number, sent) if t is not None]
    if len(terms) < len(sent):
        return "", "", ""
    total = sum(terms)
    if _same(total, g, sum(map(abs, terms)), v.grad):
        return (_written(terms, g, digits) if len(terms) > 1 and not hidden else ""), "", ""
    if hidden:
        return "", "", "the rest came along uses that are not shown"
    if not terms:
        return "", "from before", EARLIER
    here = f"{number(total, digits)} from here"
    if not g:
        return "", f"{here}, cleared since", "the gradient was set to 0 after the backward call"
    before = number(abs(g - total), digits)
    sign = "−" if g < total else "+"
    return "", f"{here} {sign} {before} from before", EARLIER


EARLIER = (
    "not all of the gradient is from this graph: earlier backward calls added to it (zero_grad "
    "clears it), or a hook or an assignment changed it"
)


def _bundled(e: Edge) -> bool:
    """Whether an edge of a group says no more than how large its contributions are."""
    return e.size is not None and e.contribution is None


def _of_arrays(grad: Any, sent: list[Any], hidden: bool) -> tuple[str, str, str]:
    if not isinstance(grad, np.ndarray) or any(np.shape(c) != grad.shape for c in sent):
        return "", "", ""
    if not sent:
        return ("", "", "") if hidden else ("", "from before", EARLIER)
    with np.errstate(all="ignore"):
        total = sum(sent[1:], sent[0])
        missed = np.max(np.abs(total - grad), initial=0.0)
        size = max(np.max(np.abs(c), initial=0.0) for c in (*sent, grad))
    # What is not finite cannot be compared, and is marked anyway.
    if not missed > ROUNDING * _step(grad) * size:
        return "", "", ""
    if hidden:
        return "", "", "the rest came along uses that are not shown"
    return "", "partly from before", EARLIER


def _same(total: float, g: float, size: float, grad: Any) -> bool:
    if not math.isfinite(g) or not math.isfinite(total):
        return total == g or (math.isnan(total) and math.isnan(g))
    return abs(total - g) <= ROUNDING * _step(grad) * max(size, abs(g))


def _step(grad: Any) -> float:
    dtype = getattr(grad, "dtype", np.dtype(float))
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else float(np.finfo(float).eps)


def _written(terms: list[float], g: float, digits: int) -> str:
    shown = terms if len(terms) <= MOST_TERMS else terms[: MOST_TERMS - 1]
    text = number(shown[0], digits)
    for term in shown[1:]:
        minus = math.copysign(1.0, term) < 0
        text += f" {'−' if minus else '+'} {number(abs(term), digits)}"
    more = " + …" if len(shown) < len(terms) else ""
    return f"{text}{more} = {number(g, digits)}"
