"""Names for a program's arrays, as one would write the same program by hand."""

from __future__ import annotations

from typing import Any

from ..passes.fuse import Fused
from ..program import Array, Program, Step

__all__ = ["called", "inside", "named", "said", "short", "written"]

LONGEST = 28
"""Characters of a view that is written out, such as ``weight.T``; longer ones get a name."""
TEXT = 24
"""Characters of any other operand."""


def named(program: Program) -> dict[Array, str]:
    """A name for each array, no two the same; a view is written as what it is taken from.

    Examples
    --------
    >>> import numpy as np
    >>> w, x = Array(np.ones((2, 3)), "held", None, "weight"), Array(np.ones(3), "input", 0)
    >>> turned, y = Array(w.sample.T), Array(np.ones(2))
    >>> view = Step("view", "transpose", np.transpose, (w,), {}, (turned,))
    >>> product = Step("numpy", "dot", np.dot, (x, turned), {}, (y,))
    >>> list(named(Program([view, product], [x], [y])).values())
    ['weight', 'weight.T', 'in0', 'v1']
    """
    names: dict[Array, str] = {}
    taken: dict[str, int] = {}

    def once(name: str) -> str:
        taken[name] = taken.get(name, 0) + 1
        return name if taken[name] == 1 else once(f"{name}.{taken[name]}")

    made = 0
    for step in (each for whole in program.steps for each in (*inside(whole), whole)):
        for x in (*step.arrays, *step.writes, *step.results):
            if x is None or x in names:
                continue
            if x.kind == "made":
                view = written(step, names) if step.kind == "view" else ""
                if not view or len(view) > LONGEST:
                    view = ""
                    made += 1
                names[x] = view or x.name or f"v{made}"
            elif x.kind == "input":
                names[x] = f"in{x.holder}" if type(x.holder) is int else once("in")
            elif x.kind == "constant":
                names[x] = _constant(x) or once("const")
            else:
                names[x] = once(x.name or "held")
    return names


def called(step: Step) -> str:
    """The name of what a step calls, without the marks of what is private."""
    return step.name.lstrip("_").replace("._", ".")


def inside(step: Step) -> list[Step]:
    """The calls of a fused group; none of any other step."""
    return list(step.function.steps) if isinstance(step.function, Fused) else []


def _constant(x: Array) -> str:
    """A number as itself."""
    return short(x.sample.item()) if x.shape == () else ""


def written(step: Step, names: dict[Array, str]) -> str:
    """How one writes a view; nothing for several at once."""
    base = names.get(step.operands[0], "")
    rest = step.operands[1:]
    made = step.results[0]
    if not base or made is None or step.several:
        return ""
    if step.name == "reshape" and made.shape == step.operands[0].shape:
        return base
    if len(rest) == 1 and type(rest[0]) is tuple and step.name != "getitem":
        rest = rest[0]
    if step.name == "transpose" and not any(x is not None for x in rest) and not step.keywords:
        return f"{base}.T"
    if step.name == "getitem" and rest:
        return f"{base}[{_index(rest[0])}]"
    if step.name == "view" and rest:
        return f"{base}.view({rest[0]})"
    return f"{base}.{step.name}({', '.join(short(x) for x in rest)})"


def _index(index: Any) -> str:
    items = index if type(index) is tuple else (index,)
    parts = []
    for i in items:
        if isinstance(i, slice):
            ends = ["" if x is None else str(x) for x in (i.start, i.stop)]
            parts.append(":".join(ends) + ("" if i.step is None else f":{i.step}"))
        else:
            parts.append("..." if i is Ellipsis else short(i))
    return ", ".join(parts)


def short(x: Any) -> str:
    """Any other operand in a few characters."""
    if isinstance(x, type):
        return x.__name__
    text = " ".join(repr(x).split())
    if " at 0x" in text:  # where something lies says nothing, and is elsewhere the next time
        text = type(x).__name__
    return text if len(text) <= TEXT else text[: TEXT - 3] + "..."


def said(x: Any, names: dict[Array, str]) -> str:
    """An operand with the arrays in it by their names."""
    if isinstance(x, Array):
        return names.get(x, "?")
    if type(x) in (tuple, list) and any(isinstance(y, Array) for y in x):
        inside = ", ".join(said(y, names) for y in x)
        return f"[{inside}]" if type(x) is list else f"({inside})"
    return short(x)
