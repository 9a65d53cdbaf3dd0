"""``why_zero``: why a gradient is zero, tiny, NaN or infinite, and what to do about it.

The reverse walk is run once more, with the ops' own rules, and watched: a *frontier* is a node at
which a gradient arrived and nothing went on towards the leaf. What the op is, its local derivative
and its operands tell the cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import FreedGraphError, describe
from ...graph import Node, reaching, topological
from ...tensor import Tensor
from ...value import FREED, Value
from ..checks import at_least_one
from ..figures import number
from ..groups import label_of
from ..model import titles
from ..titles import node_of
from .causes import cause_of
from .diagnosis import Cause, Diagnosis, Step
from .faded import fading
from .nonfinite import finite, origins
from .outside import nothing_recorded, unlinked
from .partly import partly_dead
from .site import Names, extent, size
from .walk import Walk, walk
from .wording import CURES, LINES

__all__ = ["Cause", "Diagnosis", "Step", "why_zero"]


def why_zero(
    root: Any, leaf: Any, *, model: Any = None, top: int = 5, tiny: float = 1e-6
) -> Diagnosis:
    """Explain why the gradient of ``root`` with respect to ``leaf`` is zero, tiny or not finite.

    ``backward`` need not have been called, and no ``grad`` is touched. Hooks do not run.

    Parameters
    ----------
    root : Value or Tensor
        What was computed, such as a loss; of an array the sum counts.
    leaf : Value, Tensor, node or str
        What to ask about: a parameter, an input or any value on the way; or its label, of which
        the end will do, such as ``0.bias``.
    model : module or mapping, optional
        Whose ``named_parameters()`` give the leaves their names; those of ``nn`` modules that the
        graph came through are known without it.
    top : int
        How many places to explain, those where the most gradient was lost; others are counted.
    tiny : float
        A gradient smaller than this, relative to the largest on its way, is explained too.

    Returns
    -------
    Diagnosis
        ``str()`` of it is the explanation; ``.causes`` holds its parts, with ``kind`` one of
        ``dead_relu``, ``saturated``, ``zero_factor``, ``clip``, ``branch``, ``step``,
        ``stationary``, ``underflow``, ``vanishing``, ``cancellation``, ``detached``, ``no_grad``,
        ``no_requires_grad``, ``log_of_zero``, ``division_by_zero``, ``overflow``, ``no_rule``,
        ``broken_rule`` and the like.

    Raises
    ------
    TypeError
        If ``leaf`` is plain data, which never has a gradient.
    ValueError
        If nothing behind ``root`` has the label.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import tensor
    >>> from autograd.viz.why import why_zero
    >>> w = tensor([[1.0, 2.0]], requires_grad=True, label="w")
    >>> x = np.array([[-1.0], [-3.0]])
    >>> print(why_zero((x @ w).relu().sum(), w))
    the gradient of w is 0
    v3 = relu(v2: matmul 2 × 2) of shape 2 × 2: 4 of 4 inputs are negative or 0 (all 2 units \
for every example), from -6 to -1
      cure: use leaky_relu, a smaller learning rate, or an initialisation (He) and biases that \
keep inputs positive for some examples
    to see source lines, run the forward computation inside autograd.detect_anomaly()
    """
    at_least_one(top=top)
    start = node_of(root)
    known = titles([] if start is None else [start])
    names = Names(known, _named(model))
    if isinstance(leaf, str):
        leaf = known.find(leaf)
    if not isinstance(leaf, (Value, Tensor, Node)):
        raise TypeError(
            "why_zero asks about a Value, a Tensor or a label, got "
            f"{describe(leaf)}: plain data has no gradient. Make it "
            "Tensor(data, requires_grad=True), and compute the result from that"
        )
    target = node_of(leaf)
    asked = target if target is not None else leaf
    name = names.title(target) if target is not None else label_of(leaf) or "the leaf"
    if start is None or (start.op is None and start is not target):
        cause = nothing_recorded(root, leaf, names)
        return _apart(asked, name, [cause], f"no gradient reaches {name}: it has no link to it")
    try:
        order = topological([start])
    except FreedGraphError as error:
        return _freed(asked, name, start, str(error))
    if start.op is FREED:
        return _freed(asked, name, start, "its graph was released")
    within = set() if target is None else reaching(order, [target])[0]
    if start not in within:
        causes = unlinked(order, leaf, names)
        return _apart(asked, name, causes, f"no gradient reaches {name}: it is not in the graph")
    seed = 1.0 if isinstance(start, Value) else np.ones_like(start.data)
    seen = walk(order, within, target, seed)
    return _judge(order, target, name, seen, names, top, tiny)


def _judge(
    order: list[Any], leaf: Any, name: str, seen: Walk, names: Names, top: int, tiny: float
) -> Diagnosis:
    """Say which case it is, and explain that one."""
    g = seen.gradient
    amount = 0.0 if g is None else size(g)
    profile = _profile(seen, leaf, names)
    notes = _hooked(seen, names)
    largest = max((s for s in seen.sizes.values() if np.isfinite(s)), default=1.0)
    causes: list[Cause] = []
    more = 0
    broken = [e for e in seen.deaths if e.problem]
    if broken:
        verdict, g = "unknown", None
        what = f"the gradient of {name} cannot be known: a derivative rule on its way failed"
        causes = _distinct([cause_of(e, names, seen, order) for e in broken])
        causes, more = causes[:top], max(len(causes) - top, 0)
    elif not np.isfinite(amount):
        verdict, what = "nonfinite", f"the gradient of {name} is not finite{_bad_share(g)}"
        causes = origins(order[0], seen.births, names)
        causes, more = causes[:top], max(len(causes) - top, 0)
    elif not finite(order[0].data):
        verdict = "nonfinite"
        what = f"the result is not finite; the gradient of {name} is, with norm {number(amount, 3)}"
        causes = origins(order[0], seen.births, names)[:top]
    elif amount == 0.0:
        verdict, what = "zero", f"the gradient of {name} is 0"
        deaths = sorted(seen.deaths, key=lambda e: -e.came)
        causes = _distinct([cause_of(e, names, seen, order) for e in deaths[:top]])
        more = len(deaths) - min(top, len(deaths))
    elif amount < tiny * largest:
        verdict, what = "tiny", f"the gradient of {name} is tiny: its norm is {number(amount, 3)}"
        causes = fading(order, leaf, seen, names)[:top]
    else:
        verdict, what = "alive", f"the gradient of {name} is not zero: its norm is {_norm(g)}"
        causes, note = partly_dead(leaf, g, seen, names)
        if causes or note:
            verdict = "partly"
            notes.append(note)
        notes += _not_deposited(leaf)
    if causes and not any(c.line for c in causes):
        notes.append(LINES)
    return Diagnosis(leaf, name, verdict, g, what, causes, more, profile, notes)


def _norm(g: Any) -> str:
    text = number(size(g), 4)
    array = np.asarray(g)
    return text if array.size == 1 else f"{text} ({extent(array)})"


def _bad_share(g: Any) -> str:
    array = np.asarray(g, dtype=float)
    nans, bad = int(np.isnan(array).sum()), int((~np.isfinite(array)).sum())
    if array.size == 1:
        return f": {number(array.flat[0])}"
    return f": {bad:,} of {array.size:,} elements ({nans:,} nan)"


def _distinct(causes: list[Cause]) -> list[Cause]:
    return list({(c.node, c.kind, c.message): c for c in causes}.values())


def _profile(seen: Walk, leaf: Any, names: Names) -> list[Step]:
    if seen.gradient is None:
        return []
    steps, before = [], None
    for node in seen.path(leaf):
        now = seen.sizes.get(node, 0.0)
        factor = 1.0 if before is None else now / before if before else 0.0
        steps.append(Step(node, names.short(node), now, factor))
        before = now
    return steps


def _hooked(seen: Walk, names: Names) -> list[str]:
    hooked = [node for node in seen.sizes if node.hooks]
    if not hooked:
        return []
    shown = ", ".join(names.short(node) for node in hooked[:3])
    return [f"a hook may change the gradient at {shown}; hooks were not run here"]


def _not_deposited(leaf: Any) -> list[str]:
    grad = leaf.grad
    if grad is not None and np.any(np.asarray(grad)):
        return []
    return ["its .grad is still empty: call backward() (or zero_grad() was called since)"]


def _apart(asked: Any, name: str, causes: list[Cause], summary: str) -> Diagnosis:
    lines = any(c.line for c in causes)
    at_node = any(c.node is not None and c.node.op is not None for c in causes)
    notes = [LINES] if at_node and not lines else []
    return Diagnosis(asked, name, "disconnected", None, summary, causes, notes=notes)


def _freed(asked: Any, name: str, start: Any, why: str) -> Diagnosis:
    cause = Cause("freed", start, None, "", why, CURES["freed"])
    summary = f"the graph is gone, so nothing can be said about the gradient of {name}"
    return Diagnosis(asked, name, "freed", None, summary, [cause])


def _named(model: Any) -> dict[Any, str]:
    """Names of leaves from a module's parameters, or from a mapping of them."""
    if model is None:
        return {}
    if isinstance(model, Mapping):
        items = list(model.items())
    elif hasattr(model, "named_parameters"):
        items = list(model.named_parameters())
    else:
        raise TypeError(
            f"model is a module with named_parameters(), or a dict of them; got {describe(model)}"
        )
    return {node_of(x): str(name) for name, x in items if node_of(x) is not None}
