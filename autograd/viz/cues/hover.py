"""What hovering over a vertex or an edge tells."""

from __future__ import annotations

import linecache
import os
from typing import Any

import numpy as np

from ...lines import cell_of
from ..figures import SMALL, array_kind, in_short, mean_and_spread, number, size_of
from ..model import HIDDEN, Edge, Vertex
from ..text import clean
from .sums import as_number, percent

__all__ = ["edge_hover", "figures", "source_line", "vertex_hover"]

LONG = 200


def vertex_hover(v: Vertex, digits: int, why: str = "") -> list[str]:
    """Name and op, statistics of value and gradient, the user's line, the group."""
    what = v.kind if v.op is None else f"{clean(v.op, 60)} {clean(v.params, LONG)}".strip()
    if v.kind == "group" and v.symbol:
        what = f"group, {clean(v.symbol, 60)}"
    lines = [f"{clean(v.title, LONG)}: {what}"]
    if v.kind == "group":
        lines.append(f"stands for {v.members:,} node{'' if v.members == 1 else 's'}")
        lines += [f"{clean(a, 60)} {clean(b, LONG)}".strip() for a, b in v.about]
    elif v.data is not None:
        lines.append(figures("value", v.data, digits))
    if v.grad is not None and v.kind != "group":
        lines.append(figures("gradient", v.grad, digits))
    if why:
        lines.append(why)
    if v.line:
        lines.append(source_line(v.line))
    if v.group:
        lines.append(f"in {clean(v.group, LONG)}")
    return lines


def figures(what: str, x: Any, digits: int = 4) -> str:
    """One line of statistics.

    Examples
    --------
    >>> import numpy as np
    >>> figures("value", np.array([0.0, 1.0, 5.0, np.nan, np.inf]))
    'value 5 float64 · min 0, mean 2, max 5, norm 5.099 · 1 zero, 2 not finite'
    """
    if not isinstance(x, np.ndarray):
        return f"{what} {clean(in_short(x, digits), LONG)}"
    kind = array_kind(x)
    if x.dtype.kind not in "fiub" or not x.size:
        return f"{what} {kind}"
    good = x[np.isfinite(x)] if x.dtype.kind == "f" else x.reshape(-1)
    parts = [f"{what} {kind}"]
    if x.size <= SMALL:
        parts.append(clean(in_short(x, digits), LONG))
    elif good.size:
        mean, _ = mean_and_spread(good)
        told = {"min": good.min(), "mean": mean, "max": good.max(), "norm": size_of(good)}
        parts.append(", ".join(f"{name} {number(n, digits)}" for name, n in told.items()))
    zeros, bad = int(good.size - np.count_nonzero(good)), int(x.size - good.size)
    counts = [f"{zeros:,} zero{'' if zeros == 1 else 's'}"] * (zeros > 0)
    counts += [f"{bad:,} not finite"] * (bad > 0)
    return " · ".join(parts + [", ".join(counts)] * bool(counts))


def source_line(line: str) -> str:
    """``file:line``, and what stands there if it can be read."""
    file, _, number = line.rpartition(":")
    # A folder tells where somebody works, and is not the same elsewhere.
    short = f"{cell_of(file) or os.path.basename(file) or file}:{number}"
    try:
        text = linecache.getline(file, int(number)).strip()
    except ValueError:  # no number, or what no file can be called
        text = ""
    return clean(f"{short}  {text}".rstrip(), LONG)


def edge_hover(
    edge: Edge, titles: dict[int, str], upstream: Any, digits: int, count: int = 1
) -> list[str]:
    """The ends, the chain rule along it, its part in the source's gradient.

    ``upstream`` is the gradient of the result, ``count`` how many uses the source has.
    """
    source = "hidden nodes" if edge.source == HIDDEN else clean(titles[edge.source], 60)
    lines = [f"{source} → {clean(titles[edge.target], 60)}"]
    if edge.local is not None:
        lines.append(f"local derivative {in_short(edge.local, digits)}")
    if edge.contribution is not None and not isinstance(edge.contribution, dict):
        if as_number(upstream) is not None:
            lines.append(f"upstream gradient {in_short(upstream, digits)}")
        lines.append(f"contribution {in_short(edge.contribution, digits)}")
    if edge.share is not None and count > 1:
        lines.append(f"{percent(edge.share)} of the gradient of {source}")
    if edge.count > 1:
        lines.append(f"stands for {edge.count:,} uses")
    if edge.size is not None:
        lines.append(f"sizes of the contributions, added up: {number(edge.size, digits)}")
    if edge.problem:
        lines.append(clean(edge.problem, LONG))
    return lines
