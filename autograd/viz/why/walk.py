"""The reverse walk, watched: where a gradient arrived and did not go on.

The engine's own rules are asked, node by node, with the gradients that belong to this question;
no ``grad`` is read or written, and no hook runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import NotDifferentiableError, UnsupportedError
from ...graph import Parts
from ...op import walking
from .site import size

__all__ = ["Event", "Walk", "residue", "walk"]

RESIDUE = 1e-12


def residue(x: Any) -> float:
    """Of terms that cancel, rounding leaves this much at most, relative to their size."""
    dtype = getattr(x, "dtype", None)
    if dtype is None or dtype.kind != "f":
        return RESIDUE
    return max(RESIDUE, 100 * float(np.finfo(dtype).eps))


@dataclass(slots=True)
class Event:
    """A place where a gradient was lost, or stopped being finite."""

    node: Any
    index: int | None
    """Which operand it was on its way to; ``None`` where a node's own terms cancel."""
    g: Any
    """What had arrived."""
    came: float
    """Its size."""
    sent: Any = None
    """What was sent on."""
    problem: str = ""
    """What the op's rule raised."""
    trouble: str = ""
    """The kind of cause that this is: there is no rule, or it is wrong."""


@dataclass
class Walk:
    """What a reverse walk saw on the way to one leaf."""

    gradient: Any = None
    sizes: dict[Any, float] = field(default_factory=dict)
    """The size of each node's gradient."""
    via: dict[Any, tuple[Any, int, float]] = field(default_factory=dict)
    """The largest term of each node's gradient: from whom, as which operand, its size."""
    deaths: list[Event] = field(default_factory=list)
    births: list[Event] = field(default_factory=list)
    """Where a finite gradient turned into one that is not."""
    within: set[Any] = field(default_factory=set)
    kept: dict[Any, Any] = field(default_factory=dict)
    """The gradients of the nodes that were to be kept."""
    again: Callable[[Iterable[Any]], dict[Any, Any]] = dict
    """Walks once more, to get the gradients of some nodes: all at once they would fill memory."""

    def path(self, node: Any) -> list[Any]:
        """The nodes that the largest terms came through, from the root down to ``node``."""
        found = [node]
        while node in self.via:
            node = self.via[node][0]
            found.append(node)
        return found[::-1]


def walk(
    order: Sequence[Any], within: set[Any], leaf: Any, seed: Any, keep: Iterable[Any] = ()
) -> Walk:
    """Send ``seed`` from the root towards ``leaf``.

    Parameters
    ----------
    order : sequence of nodes
        As ``topological`` gives it, the root first.
    within : set of nodes
        Those that depend on the leaf, as ``reaching`` gives them.
    leaf : node
    seed : float or array
    keep : iterable of nodes
        Whose gradients to keep.
    """
    seen = Walk(within=within)
    seen.again = lambda nodes: walk(order, within, leaf, seed, nodes).kept
    keep = set(keep)
    held: dict[Any, Any] = {order[0]: seed}
    terms: dict[Any, int] = {}
    with walking():
        for node in order:
            g = held.get(node)
            if g is None or node is leaf:
                continue
            del held[node]
            if node in keep:
                seen.kept[node] = g
            came = _arrive(seen, node, g, terms)
            parents = node.parents
            wanted = [p if p is not None and p in within else None for p in parents]
            try:
                pulled = node.pull(g, wanted, False)
            except Exception as error:  # to be told, not to be raised: it may be what is asked
                none = isinstance(error, (NotDifferentiableError, UnsupportedError))
                trouble = "no_rule" if none else "broken_rule"
                problem = f"{type(error).__name__}: {error}"
                for i, p in enumerate(wanted):
                    if p is not None:
                        event = Event(node, i, g, came, problem=problem, trouble=trouble)
                        seen.deaths.append(event)
                continue
            for i, (parent, ct) in enumerate(zip(parents, pulled)):
                if ct is None or wanted[i] is None:
                    continue
                sent = size(ct)
                if came > 0 and sent == 0:
                    seen.deaths.append(Event(node, i, g, came, ct))
                elif not np.isfinite(sent) and np.isfinite(came):
                    seen.births.append(Event(node, i, g, came, ct))
                _add(held, parent, ct, terms)
                best = seen.via.get(parent)
                # The first NaN stays, and is larger than any number.
                if best is None or (best[2] == best[2] and not sent <= best[2]):
                    seen.via[parent] = (node, i, sent)
        seen.gradient = held.get(leaf)
        if seen.gradient is not None:
            _arrive(seen, leaf, seen.gradient, terms)
    return seen


def _arrive(seen: Walk, node: Any, g: Any, terms: dict[Any, int]) -> float:
    """Note a complete gradient; terms that cancelled are a place where it was lost."""
    came = seen.sizes[node] = size(g)
    if terms.get(node, 0) > 1:
        largest = seen.via[node][2]
        if came <= residue(g) * largest and largest > 0 and np.isfinite(largest):
            seen.deaths.append(Event(node, None, g, largest))
        elif not np.isfinite(came) and np.isfinite(largest):
            seen.births.append(Event(node, None, g, largest))
    return came


def _add(held: dict[Any, Any], parent: Any, ct: Any, terms: dict[Any, int]) -> None:
    """Add a term; a tensor's elements gather in place, else n of them would cost n²."""
    n = terms[parent] = terms.get(parent, 0) + 1
    before = held.get(parent)
    if type(ct) is Parts:
        if before is None:
            held[parent] = before = Parts()
        before += ct
    elif before is None:
        held[parent] = ct
    elif n > 2 and isinstance(before, np.ndarray) and before.ndim:
        before += ct
    else:
        held[parent] = before + ct
