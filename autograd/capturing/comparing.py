"""Whether two recordings of a function are of the same program.

A function whose Python code did something else the second time, or brought another constant along
(a number that was drawn or counted outside of the tape), is not one that a replay can stand for.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from .bits import same_bits
from .program import Array, Program, Step
from .tape import Deposits, Rule

__all__ = ["difference"]


def difference(a: Program, b: Program) -> str | None:
    """What the second recording did differently, in words; ``None`` if nothing.

    Examples
    --------
    >>> difference(Program(), Program()) is None
    True
    """
    twin: dict[Array, Array] = dict(zip(a.inputs, b.inputs, strict=True))
    for k, (one, two) in enumerate(zip(a.steps, b.steps)):
        if one.kind != two.kind or one.name != two.name or not _same_call(one, two):
            return f"step {k + 1} was {_said(one)}, and {_said(two)} the second time"
        pairs = [*zip(one.operands, two.operands), *_keyword_pairs(one, two)]
        for x, y in pairs:
            problem = _operands(x, y, twin)
            if problem:
                return f"{_said(two)} read {problem}"
        for made, again in zip(one.results, two.results):
            if (made is None) is not (again is None):
                return f"{_said(two)} gave other results the second time"
            if made is not None and again is not None:
                twin.setdefault(made, again)
    if len(a.steps) != len(b.steps):
        longer = max(a.steps, b.steps, key=len)[min(len(a.steps), len(b.steps))]
        return f"{_said(longer)} ran in one of the two only"
    if len(a.outputs) != len(b.outputs) or any(
        twin.get(x, y) is not y for x, y in zip(a.outputs, b.outputs)
    ):
        return "what it returned was made by another step the second time"
    return None


def _keyword_pairs(one: Step, two: Step) -> list[tuple[Any, Any]]:
    if one.keywords.keys() != two.keywords.keys():
        return [(tuple(one.keywords), tuple(two.keywords))]
    return [(x, two.keywords[name]) for name, x in one.keywords.items()]


def _same_call(one: Step, two: Step) -> bool:
    f, g = one.function, two.function
    if isinstance(f, Rule) and isinstance(g, Rule):
        return f.op is g.op and f.wanted == g.wanted
    if isinstance(f, Deposits) and isinstance(g, Deposits):
        return len(f.leaves) == len(g.leaves) and all(map(operator.is_, f.leaves, g.leaves))
    if isinstance(f, functools.partial) and isinstance(g, functools.partial):
        return f.func is g.func and _equal(f.args, g.args) and f.keywords == g.keywords
    if one.kind == "effect":  # what it is bound to may be made anew for each call
        return getattr(f, "__func__", f) is getattr(g, "__func__", g) or one.name == two.name
    return f is g


def _operands(x: Any, y: Any, twin: dict[Array, Array]) -> str | None:
    if not isinstance(x, Array) or not isinstance(y, Array):
        return None if _equal(x, y) else f"{x!r:.40}, and {y!r:.40} the second time"
    known = twin.get(x)
    if known is not None:
        return None if known is y else "another array the second time"
    if x.kind != y.kind or x.shape != y.shape or x.dtype != y.dtype:
        return "another array the second time"
    twin[x] = y
    if x.kind == "held":
        return None if x.holder is y.holder else "another tensor the second time"
    if x.kind == "constant" and not same_bits(x.sample, y.sample):
        return (
            f"an array of shape {x.shape} with other numbers the second time, which nothing on "
            "the tape made: draw and count inside autograd.extend.effect, or pass it as an argument"
        )
    return None


def _equal(x: Any, y: Any) -> bool:
    """Whether two constants are alike, as far as can be told."""
    if x is y:
        return True
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and same_bits(x, y)
    if type(x) is not type(y):
        return False
    if isinstance(x, (list, tuple)):
        # A list is what an op keeps for its rule, filled anew in each call.
        return isinstance(x, list) or (len(x) == len(y) and all(_equal(p, q) for p, q in zip(x, y)))
    try:
        return bool(x == y) or (x != x and y != y)
    except Exception:  # of a class of somebody's: nothing can be told
        return False


def _said(step: Step) -> str:
    where = f" at {step.line}" if step.line else ""
    kind = {"rule": "the rule of ", "effect": "the effect "}.get(step.kind, "")
    return f"{kind}{step.name}{where}"
