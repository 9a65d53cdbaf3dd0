"""Where NaN or infinity came from: the first in the forward values, or in the reverse walk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...op import plain
from ...value import Value
from ..figures import number
from .diagnosis import Cause
from .site import Names, Site
from .walk import Event
from .wording import CURES

__all__ = ["finite", "origins"]

POLES = {"log", "log2", "log10", "log1p", "_slogdet"}


def origins(root: Any, births: Sequence[Event], names: Names) -> list[Cause]:
    """Where the numbers come from that made a gradient NaN or infinite.

    A node that makes NaN of a gradient may do so because its numbers are NaN already: then those
    are followed up to where they were finite.
    """
    found: dict[Any, Cause] = {}
    visited: set[Any] = set()
    events = sorted(births, key=lambda e: -e.came)
    if not finite(root.data):
        events.insert(0, Event(root, None, None, 0.0))
    for event in events:
        before = len(found)
        stack = [event.node]
        while stack:
            node = stack.pop()
            if node in visited:
                continue
            visited.add(node)
            ups = [p for p in node.parents if p is not None and not finite(p.data)]
            if ups:
                stack += ups
            elif not finite(node.data):
                found[node] = _first(node, names)
            elif node.op is not None and not hasattr(node, "k"):
                bad = [x for x in Site(node).args if x is not None and not finite(x)]
                if bad:
                    found[node] = _first(node, names)
        if len(found) == before and not _known(event.node, visited, found):
            found[event.node] = of_event(event, names)
    return list(found.values())


def _known(node: Any, visited: set[Any], found: dict[Any, Cause]) -> bool:
    """Whether the numbers of a node that are not finite have been explained."""
    if node in found:
        return True
    inherited = [p for p in node.parents if p is not None and not finite(p.data)]
    return bool(found) and any(p in visited for p in inherited)


def _first(node: Any, names: Names) -> Cause:
    """A node whose numbers are not finite though its operands in the graph are."""
    if node.op is None:
        return _came_in(node, node.data, names.short(node))
    site = Site(node)
    for j, (x, p) in enumerate(zip(site.args, site.nodes)):
        if p is None and x is not None and not finite(x):
            return _came_in(node, x, names.call(node), operand=j)
    return _made(site, names)


def of_event(event: Event, names: Names) -> Cause:
    """A finite gradient that a node turned into one that is not."""
    node = event.node
    line = getattr(node, "line", None)
    where, name = names.call(node), None if node.op is None else node.op.name
    if event.index is None:
        kind, message = "overflow", "finite contributions add up to more than the dtype holds"
        return Cause(kind, node, name, where, message, CURES[kind], line, event.came)
    site = Site(node)
    at, what = _first_bad(event.sent)
    k = site.where[event.index]
    inputs = [x for x in site.args if x is not None]
    if not all(finite(x) for x in inputs) or not finite(node.data):
        bad = next((x for x in inputs if not finite(x)), node.data)
        kind = "zero_times_infinity"
        message = f"its numbers are not finite ({_first_bad(bad)[1]}), and so is its gradient{at}"
    else:
        kind, reason = _pole(site, k, event)
        message = f"gradient {what}{at} for {names.operand(site, k)}: {reason}"
    return Cause(kind, node, name, where, message, CURES[kind], line, event.came)


def _pole(site: Site, k: int, event: Event) -> tuple[str, str]:
    name = site.op.name
    x = _element(site.args[k], event.sent)
    if name in ("sqrt", "root_of_sum", "std") and x == 0:
        return "sqrt_at_zero", "the slope of a root at 0 is infinite"
    if name in POLES and x in (0, -1):
        return "log_of_zero", f"the slope of {site.name} at {number(x)} is infinite"
    if name in ("divide", "reciprocal", "remainder") and _any_zero(site.args[-1]):
        return "division_by_zero", "the denominator is 0"
    if isinstance(site.node, Value):
        d = float(site.local(event.index or 0))
    else:
        d = 0.0
        if site.op.kind == "elementwise":
            local = np.broadcast_to(site.local(event.index or 0), np.shape(site.node.data))
            d = float(np.max(np.abs(local))) if local.size else 0.0
    if not np.isfinite(d):
        return "infinite_slope", f"its slope at {number(x)} is {number(d)}"
    return "overflow", "the product is larger than the dtype holds"


def _made(site: Site, names: Names) -> Cause:
    node = site.node
    at, what = _first_bad(node.data)
    name = site.op.name
    kind = "overflow" if not np.isnan(_bad(node.data)) else "invalid"
    if name in POLES and np.isneginf(_bad(node.data)):
        kind = "log_of_zero"
    elif name in ("divide", "reciprocal", "remainder", "power") and _any_zero(_divisor(site)):
        kind = "division_by_zero"
    line = getattr(node, "line", None)
    seen = [
        number(float(_element(x, node.data)))
        for x in site.args
        if x is not None and np.ndim(plain(x)) <= np.ndim(node.data) and _aligned(x, node.data)
    ]
    of = f" of {', '.join(seen)}" if seen and site.op.kind == "elementwise" else ""
    message = f"the first value that is not finite: {what}{at}{of}; its inputs were finite"
    return Cause(kind, node, name, names.call(node), message, CURES[kind], line)


def _divisor(site: Site) -> Any:
    return site.args[0] if site.op.name == "power" else site.args[-1]


def _came_in(node: Any, data: Any, where: str, operand: int | None = None) -> Cause:
    at, what = _first_bad(data)
    which = "it" if operand is None else f"operand {operand + 1}, which comes from outside,"
    name = None if node.op is None else node.op.name
    kind = "nonfinite_input"
    line = getattr(node, "line", None)
    return Cause(kind, node, name, where, f"{which} holds {what}{at}", CURES[kind], line)


def finite(x: Any) -> bool:
    """Whether a value, an array or all of several are."""
    if isinstance(x, tuple):
        return all(finite(part) for part in x)
    x = plain(x)
    if isinstance(x, float):
        return bool(np.isfinite(x))
    return getattr(getattr(x, "dtype", None), "kind", "") != "f" or bool(np.isfinite(x).all())


def _arrays(x: Any) -> np.ndarray:
    if isinstance(x, dict):
        x = tuple(x.values())
    if isinstance(x, tuple):
        x = next((part for part in x if not finite(part)), x[0])
    return np.asarray(plain(x), dtype=float)


def _bad(x: Any) -> float:
    array = _arrays(x)
    return float(array[~np.isfinite(array)].flat[0])


def _first_bad(x: Any) -> tuple[str, str]:
    """Where the first element stands that is not finite, and what it is."""
    array = _arrays(x)
    if not array.ndim:
        return "", number(array[()])
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    return f" at {list(index)}", number(array[index])


def _aligned(x: Any, like: Any) -> bool:
    try:
        return np.broadcast_shapes(np.shape(plain(x)), np.shape(like)) == np.shape(like)
    except ValueError:
        return False


def _element(x: Any, like: Any) -> float:
    """The element of ``x`` that stands where ``like`` is first not finite."""
    x, array = np.asarray(plain(x), dtype=float), _arrays(like)
    if not array.ndim or not _aligned(x, array):
        return float(x.flat[0]) if x.size else float("nan")
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    return float(np.broadcast_to(x, array.shape)[index])


def _any_zero(x: Any) -> bool:
    return bool((np.asarray(plain(x)) == 0).any())
