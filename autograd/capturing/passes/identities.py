"""Identities that hold for every bit pattern, of floats of equal dtype and shape.

Exact, and used: x * 1 (also by the array of one that a backward starts with), x / 1, x - 0,
x + (-0.0), -(-x), +x, a copy of what nobody writes to, astype to the same dtype, reshape to the
same shape, a transpose of a transpose. Not exact, and left: x + 0 (-0.0 + 0 is 0.0), x * 0 (NaN),
x - x (inf), 0 - x for -x (0.0).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...tensor import _ONE
from ..program import Array, Program, Step
from .memory import read, roots, written
from .rename import renamed

__all__ = ["run"]


def run(program: Program) -> Program:
    """The program without calls that give back what they are given."""
    root = roots(program)
    changing = written(program)
    # What the outside may hold on to is never one array with something else.
    outside = {*program.outputs, *(x for s in program.steps if s.kind == "effect" for x in read(s))}
    maker: dict[Array, Step] = {}
    names: dict[Array, Array] = {}
    steps: list[Step] = []
    for old in program.steps:
        step = renamed(old, names)
        result = step.results[0] if len(step.results) == 1 and not step.writes else None
        if result is not None and step.kind in ("numpy", "view") and result not in outside:
            same = _times_seed(step, root) or _same_as(step, maker)
            if same is not None and (same.shape, same.dtype, same.sample.strides) == (
                (result.shape, result.dtype, result.sample.strides)
            ):
                still = not {root.get(same, same), root.get(result, result)} & changing
                if still and root.get(same, same).kind == "made":
                    names[result] = same
                    continue
        for x in step.results:
            if x is not None:
                maker[x] = step
        steps.append(step)
    return Program(steps, program.inputs, program.outputs)


def _times_seed(step: Step, root: dict[Array, Array]) -> Array | None:
    """What a step multiplies by the one that a backward starts with, or by a view of it."""
    if step.function is not np.multiply or len(step.operands) != 2 or step.keywords:
        return None
    for one, x in (step.operands, step.operands[::-1]):
        seed = root.get(one, one) if isinstance(one, Array) else None
        if seed is None or seed.kind != "constant" or not isinstance(x, Array):
            continue
        if seed.sample is _ONE.get(seed.dtype) and one.dtype == seed.dtype:
            return x
    return None


def _same_as(step: Step, maker: dict[Array, Step]) -> Array | None:
    """The array that a step's result equals."""
    f, x = step.function, step.operands[0] if step.operands else None
    if not isinstance(x, Array):
        if f is np.multiply and _is(x, 1) and len(step.operands) == 2 and not step.keywords:
            return step.operands[1] if isinstance(step.operands[1], Array) else None
        return None
    if f in (np.multiply, np.true_divide) and _is(step.operands[1], 1) and not step.keywords:
        return x
    if f in (np.subtract, np.add) and _is(step.operands[1], 0) and not step.keywords:
        # x - 0.0 and x + (-0.0) keep the sign of a zero; the other two do not.
        return x if (math.copysign(1, step.operands[1]) > 0) is (f is np.subtract) else None
    if f in (np.positive, np.ndarray.copy, np.copy, np.ndarray.astype, np.ndarray.reshape):
        return x
    before = maker.get(x)
    if before is None or not isinstance(before.operands[0], Array):
        return None
    again = f is before.function and step.operands[1:] == before.operands[1:]
    if again and f is np.negative:
        return before.operands[0]
    if f is before.function is np.ndarray.transpose and not step.operands[1:]:
        return before.operands[0] if not before.operands[1:] else None
    if again and f is np.ndarray.swapaxes:
        return before.operands[0]
    return None


def _is(x: Any, number: int) -> bool:
    return type(x) in (int, float) and x == number
