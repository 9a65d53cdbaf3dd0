"""Instructions that are no op of their own: indexing, writes in place, and the border."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..programs import literal
from .choose import pick
from .fitting import broadcasts, is_fine
from .indexing import draw_index
from .shapes import narrowed

if TYPE_CHECKING:
    from .builder import Builder

__all__ = ["STEPS", "index", "spread", "stack", "write"]

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "*": np.multiply,
    "-": np.subtract,
}
SHAPES = ((2,), (3,), (2, 3), (3, 2))


def _array(b: Builder) -> str:
    """Something old that has axes, or a new input."""
    name = b.old(lambda x: np.ndim(x) > 0)
    return name or b.input(b.decide.points(pick(b.decide.choose, SHAPES)))


def index(b: Builder) -> bool:
    """``x[index]``"""
    name = _array(b)
    at = draw_index(b.decide.choose, b.known[name].shape)
    value = np.asarray(b.known[name][at])
    if not is_fine(value):
        return False
    (target,) = b.next(1)
    b.emit("getitem", [f"{target} = {name}[{subscript(at)}]"], [name], [value])
    return True


def write(b: Builder) -> bool:
    """A copy, written to at an index, through a view or as a whole."""
    choose = b.decide.choose
    name = _array(b)
    value = np.array(b.known[name])
    form = choose(0, 4)
    sign = pick(choose, tuple(SIGNS))
    at = draw_index(choose, value.shape) if form < 3 else ...
    place = value[at]
    if not is_fine(place):
        return False
    source = b.old(lambda x: broadcasts(np.shape(x), np.shape(place)))
    if source is None:
        new: Any = b.decide.points(narrowed(choose, np.shape(place)))
        source = b.input(new.item() if new.ndim == 0 and "value" in b.plan.faces else new)
    there = b.known[source]
    before = value.copy()
    value[at] = there if form == 0 else SIGNS[sign](place, there)
    values = [value]
    (target,) = b.next(1)
    lines = [f"{target} = {name}.copy()"]
    written = f"{target}[{subscript(at)}]"
    if form == 0:
        lines.append(f"{written} = {source}")
    elif form == 1:
        lines.append(f"{written} {sign}= {source}")
    elif form == 2:
        if np.ndim(place) == 0 or not np.shares_memory(value[at], value):
            return False
        lines += [f"view = {written}", f"view {sign}= {source}"]
    elif form == 3:
        lines.append(f"{target} {sign}= {source}")
    else:
        # What was computed before the write must not see it.
        target, square = b.next(2)
        lines += [f"{square} = {target} * {target}", f"{target} {sign}= {source}"]
        values.append(before * before)
    if not all(map(is_fine, values)):
        return False
    b.emit("setitem" if form == 0 else f"{sign}=", lines, [name, source], values)
    return True


def stack(b: Builder) -> bool:
    """Values become a tensor."""
    names = []
    for _ in range(b.decide.choose(2, 3)):
        name = b.old(lambda x: isinstance(x, float))
        names.append(name or b.input(b.decide.points(()).item()))
    (target,) = b.next(1)
    value = np.array([b.known[n] for n in names])
    b.emit("stack", [f"{target} = ag.stack([{', '.join(names)}])"], names, [value])
    return True


def spread(b: Builder) -> bool:
    """A tensor falls into values."""
    name = b.old(lambda x: np.ndim(x) == 1 and len(x) <= 3)
    name = name or b.input(b.decide.points((2,)))
    numbers = b.known[name].tolist()
    targets = b.next(len(numbers))
    left = ", ".join(targets) + ("," if len(targets) == 1 else "")
    b.emit("spread", [f"{left} = spread({name})"], [name], numbers)
    return True


STEPS: dict[str, Callable[[Builder], bool]] = {
    "index": index,
    "write": write,
    "stack": stack,
    "spread": spread,
}


def subscript(at: Any) -> str:
    """What stands between the brackets.

    Examples
    --------
    >>> subscript((slice(None, None, -1), 2)), subscript(())
    ('::-1, 2', '()')
    """
    return ", ".join(map(_item, at if type(at) is tuple else (at,))) or "()"


def _item(i: Any) -> str:
    if isinstance(i, slice):
        start, stop, step = ("" if x is None else str(x) for x in (i.start, i.stop, i.step))
        return f"{start}:{stop}" + (f":{step}" if step else "")
    return literal(i)
