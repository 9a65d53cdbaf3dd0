"""Common subexpressions: one call in place of two with the same function and operands.

Not across writes: each write to an array gives it a new version, and versions are compared too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program import Array, Program, Step
from .memory import read, roots, written
from .rename import renamed

__all__ = ["key", "run"]


def run(program: Program) -> Program:
    """The program with repeated calls made once."""
    root = roots(program)
    changing = written(program)
    version: dict[Array, int] = {}
    first: dict[Any, Step] = {}
    names: dict[Array, Array] = {}
    steps: list[Step] = []
    for old in program.steps:
        step = renamed(old, names)
        for x in step.writes:
            whole = root.get(x, x)
            version[whole] = version.get(whole, 0) + 1
        # What is written to later is an array of its own.
        mine = step.kind == "view" or not any(root.get(x, x) in changing for x in step.results if x)
        if step.kind in ("numpy", "view") and step.results and not step.writes and mine:
            versions = tuple(version.get(root.get(x, x), 0) for x in read(step))
            found = key((step.function, step.operands, step.keywords))
            if found is not None:
                rule = getattr(step, "rule", None), getattr(step, "errors", None)
                earlier = first.setdefault((found, versions, rule), step)
                if earlier is not step:
                    names.update(zip(step.results, earlier.results, strict=True))  # type: ignore[arg-type]
                    earlier.note = earlier.note or "made once for several"
                    continue
        steps.append(step)
    outputs = [names.get(x, x) for x in program.outputs]
    return Program(steps, program.inputs, outputs)


_PLAIN = {int, bool, str, type, type(None), type(Ellipsis)}


def key(x: Any) -> Any:
    """Something that equals another's key only if both mean the same; ``None`` if unknown."""
    kind = type(x)
    if kind is Array or kind is np.ufunc:
        return x
    if kind is tuple or kind is list:
        parts = [kind]
        for y in x:
            part = key(y)
            if part is None:
                return None
            parts.append(part)
        return tuple(parts)
    if kind is dict:
        return key([*x, *x.values()])
    if kind in _PLAIN:
        return kind, x
    if kind is slice:
        return key((slice, x.start, x.stop, x.step))
    if kind is float:
        return float, x.hex()  # -0.0 is not 0.0
    if isinstance(x, np.dtype):
        return x
    owner = getattr(x, "__self__", None)
    if isinstance(owner, np.ufunc):
        return owner, x.__name__
    return x if callable(x) and getattr(x, "__hash__", None) else None
