"""A leaf that the result does not depend on, as far as the graph knows: why, and what it used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...op import plain
from ...tensor import Tensor, current
from ...value import Value
from .diagnosis import Cause
from .site import Names, Site
from .wording import CURES

__all__ = ["nothing_recorded", "unlinked"]

COMMON = {0.0, 1.0, -1.0, 2.0, -2.0, 0.5}
"""Numbers that two things may well share by chance."""

UNDIFFERENTIABLE: dict[str, Callable[[np.ndarray], Any]] = {
    "astype to an integer": np.trunc,
    "sign": np.sign,
    "a comparison with 0 (> 0)": lambda x: x > 0,
    "a comparison with 0 (< 0)": lambda x: x < 0,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "argsort": np.argsort,
    "argmax over the last axis": lambda x: np.argmax(x, axis=-1),
}


def nothing_recorded(root: Any, leaf: Any, names: Names) -> Cause:
    """The result has no history at all."""
    if _off(leaf):
        return _off_cause(leaf, None)
    data = np.asarray(plain(root))
    how = _made_of(data, leaf)
    if how or data.dtype.kind in "iub":
        what = how or f"an op that gives {data.dtype}"
        return _cause("no_derivative", None, "", f"the result comes from {what}, which has none")
    return _cause(
        "no_grad",
        root if isinstance(root, Value) else None,
        "",
        "the result has no history: it was computed inside no_grad(), or from detached or plain "
        "data alone",
    )


def unlinked(order: Sequence[Any], leaf: Any, names: Names) -> list[Cause]:
    """The result has a history, and the leaf is not in it."""
    found = _exact(order, leaf, names)
    if _off(leaf):
        return [_off_cause(leaf, found[0].node if found else None, found[0].where if found else "")]
    if found:
        return found[:3]
    copies = _copies(order, leaf, names)
    return copies or [_unknown(order, leaf, names)]


def _off(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and current(leaf)._node is None


def _off_cause(leaf: Any, node: Any, where: str = "") -> Cause:
    kind = f"its dtype is {leaf.dtype}, and only floats have gradients; " * (leaf.dtype.kind != "f")
    message = f"it does not require a gradient: {kind}the graph took it as a constant"
    return _cause("no_requires_grad", node, where, message)


def _exact(order: Sequence[Any], leaf: Any, names: Names) -> list[Cause]:
    """Constants of the graph that are the leaf's own numbers, or made of them."""
    found = []
    mine = np.asarray(plain(leaf))
    held = leaf._data if isinstance(leaf, Tensor) else None
    for node, site, j in _constants(order):
        x = plain(site.args[j])
        array = np.asarray(x)
        if array.dtype.kind not in "fiub":
            continue
        if x is held or _same(array, mine):
            message = f"operand {j + 1} has the numbers of the leaf, and no link to it"
            found.append(_cause("detached", node, names.call(node), message))
        else:
            how = _made_of(array, leaf)
            if how:
                message = f"operand {j + 1} is what {how} makes of the leaf, without a derivative"
                found.append(_cause("no_derivative", node, names.call(node), message))
    return found


def _copies(order: Sequence[Any], leaf: Any, names: Names) -> list[Cause]:
    """Other leaves of the graph that look like this one."""
    found = []
    mine, label = np.asarray(plain(leaf)), getattr(leaf, "label", None)
    for other, user in _leaves(order).items():
        array = np.asarray(other.data)
        if array.shape != mine.shape:
            continue
        if _same(array, mine) or (label and other.label == label):
            alike = "the same numbers" if _same(array, mine) else "the same label"
            message = (
                f"the graph has another leaf with {alike}, used in {names.call(user)}: a copy "
                "(a new Tensor or Value, .detach(), copy) was used, not this one"
            )
            found.append(_cause("copy", other, names.short(other), message))
    return found[:3]


def _unknown(order: Sequence[Any], leaf: Any, names: Names) -> Cause:
    """Not recognised: say what the result does depend on, and where a link may be missing."""
    known = [names.short(x) for x in _leaves(order)]
    shown = ", ".join(known[:4]) + (f" and {len(known) - 4:,} more" if len(known) > 4 else "")
    message = f"the result does not depend on it; it depends on {shown or 'no leaf'}"
    suspects = [(node, site, j) for node, site, j in _constants(order) if _odd(site.args[j])]
    loose = [(x, user) for x, user in _leaves(order).items() if not names.own(x)]
    if suspects:
        node, _, j = suspects[0]
        further = f" ({len(suspects) - 1:,} more such)" if len(suspects) > 1 else ""
        message += f". A link may be cut at the constant operand {j + 1} of this call{further}"
        return _cause("not_in_graph", node, names.call(node), message)
    if loose and isinstance(leaf, Value):
        other, user = loose[0]
        message += f". A link may be cut at the unlabelled leaf in {names.call(user)}"
        return _cause("not_in_graph", other, names.short(other), message)
    return _cause("not_in_graph", None, "", message)


def _cause(kind: str, node: Any, where: str, message: str) -> Cause:
    op = getattr(getattr(node, "op", None), "name", None)
    return Cause(kind, node, op, where, message, CURES[kind], getattr(node, "line", None))


def _constants(order: Sequence[Any]) -> Iterator[tuple[Any, Site, int]]:
    for node in order:
        if node.op is None or hasattr(node, "k"):
            continue
        site = Site(node)
        for j, (x, p) in enumerate(zip(site.args, site.nodes)):
            if p is None and x is not None:
                yield node, site, j


def _leaves(order: Sequence[Any]) -> dict[Any, Any]:
    """The leaves of the graph, and what used each."""
    found: dict[Any, Any] = {}
    for node in order:
        for p in node.parents:
            if p is not None and p.op is None:
                found.setdefault(p, node)
    return found


def _same(array: np.ndarray, mine: np.ndarray) -> bool:
    if array.shape != mine.shape or not array.size:
        return False
    if array.size == 1 and float(array.flat[0]) in COMMON:
        return False
    return bool(np.array_equal(array, mine)) and bool(array.any())


def _made_of(array: np.ndarray, leaf: Any) -> str:
    """What without a derivative makes ``array`` of the leaf's numbers, if anything does."""
    mine = np.asarray(plain(leaf))
    if not mine.size or mine.dtype.kind != "f" or not np.isfinite(mine).all():
        return ""
    if mine.size == 1 or array.size <= 1:
        return ""
    for name, f in UNDIFFERENTIABLE.items():
        made = np.asarray(f(mine))
        if made.size and (made == made.flat[0]).all():
            continue  # many arrays are all ones
        if made.shape == array.shape and np.array_equal(made.astype(float), array.astype(float)):
            # A step of numbers that are whole already is no evidence.
            return "" if np.array_equal(made, mine) else name
    return ""


def _odd(x: Any) -> bool:
    """Whether a constant may have been computed: any array, while single numbers are written."""
    return np.ndim(plain(x)) > 0
