"""What can be wrong with a rule before any number is compared: shapes, dtypes, side effects."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from ..containers import flatten
from ..errors import RuleError, describe
from ..modes import enable_grad
from ..op import plain
from ..tensor import Tensor
from ..value import Value
from .recording import gradients_kept, node_of
from .report import position
from .subject import Subject, cotangents, directions

__all__ = ["structure", "tangent_structure"]


def structure(subject: Subject, rng: np.random.Generator) -> str | None:
    """What is wrong with a vjp before any number is compared: shapes, dtypes, side effects."""
    name = subject.name
    before = [np.array(x) for x in subject.xs]
    outputs, _, pull = subject.reverse()
    if changed := _changed(subject.xs, before):
        return f"{name} writes to its input {subject.names[changed[0]]} in place; work on a copy"
    vs = cotangents(outputs, rng)
    kept = [np.array(v) for v in vs]
    try:
        pulled = pull(vs)
    except RuleError as error:
        return str(error)
    except Exception as error:
        shapes = ", ".join(str(np.shape(v)) for v in vs)
        error.add_note(f"in the backward pass of {name}, given a cotangent of shape {shapes}")
        if subject.has_own_rules:
            error.add_note("a vjp is called as vjp(*inputs, cotangent)")
        raise
    if len(pulled) != len(subject.xs):
        return (
            f"the vjp of {name} gives {len(pulled)} cotangents for {len(subject.xs)} inputs; give "
            "one for each, in order"
        )
    for g, x, which in zip(pulled, subject.xs, subject.names, strict=True):
        if g is None:
            return f"the vjp of {name} gives None for {which}, which is {describe(x)}"
    first = [np.array(plain(g)) for g in pulled]
    for g, x, which in zip(first, subject.xs, subject.names, strict=True):
        if g.dtype.kind not in "fiub":
            return f"the vjp of {name} gives {describe(g)} for {which}: a gradient holds numbers"
        if g.shape != np.shape(x):
            return (
                f"the cotangent for {which} has shape {g.shape}, and {which} has shape "
                f"{np.shape(x)}: is a sum over a broadcast axis, or a transpose, missing?"
            )
        if isinstance(x, np.ndarray) and g.dtype != x.dtype:
            return (
                f"the cotangent for {which} is {g.dtype}, and {which} is {x.dtype}: a gradient has "
                "the dtype of its input"
            )
    if not subject.has_own_rules and (wrong := _backward_differs(subject, vs, first)):
        return wrong
    if changed := _changed(subject.xs, before):
        return f"the vjp of {name} writes to the input {subject.names[changed[0]]} in place"
    if _changed(vs, kept):
        return (
            f"the vjp of {name} writes to the cotangent it is given, which others may hold: "
            "use g * y in place of g *= y"
        )
    if subject.has_own_rules:
        # A rule may read what the function's last call left: let that be of another point.
        elsewhere = [0.75 if isinstance(x, float) else np.full_like(x, 0.75) for x in subject.xs]
        with suppress(Exception):
            subject.call(*elsewhere)
    again = pull([_like(v, old) for v, old in zip(vs, kept, strict=True)])
    second = [np.asarray(plain(h)) for h in again]
    for g, h, which in zip(first, second, subject.names, strict=True):
        at = _first_difference(g, h)
        if at is not None:
            return (
                f"the vjp of {name} gives another cotangent for {which} when it is called again: "
                f"{which}{position(at)} is {g[at]} and then {h[at]}. A rule must not keep state "
                "between calls, nor read what the function's last call left"
            )
    return None


def tangent_structure(subject: Subject, rng: np.random.Generator) -> str | None:
    """What is wrong with a jvp before any number is compared."""
    name = subject.name
    outputs = [plain(x) for x in flatten(subject.evaluate(*subject.xs))[0]]
    before = [np.array(x) for x in subject.xs]
    us = subject.shaped(directions(rng, sum(subject.sizes)))
    kept = [np.array(u) for u in us]
    try:
        tangents = [plain(t) for t in subject.forward(us)]
    except Exception as error:
        error.add_note(f"in forward mode of {name}")
        if subject.has_own_rules:
            error.add_note("a jvp is called as jvp(*inputs, *tangents)")
        raise
    if len(tangents) != len(outputs):
        given = f"{len(tangents)} tangents" if tangents else "nothing"
        return f"the jvp of {name} gives {given} for {len(outputs)} outputs; give one for each"
    for k, (t, out) in enumerate(zip(tangents, outputs, strict=True)):
        which = "the output" if len(outputs) == 1 else f"output {k}"
        if np.shape(t) != np.shape(out):
            return (
                f"the tangent of {which} has shape {np.shape(t)}, and {which} of {name} has shape "
                f"{np.shape(out)}"
            )
        kinds = [np.asarray(x).dtype for x in (t, out)]
        if kinds[0].kind not in "fiub":
            return f"the jvp of {name} gives {describe(t)} for {which}: a tangent holds numbers"
        if isinstance(out, np.ndarray) and kinds[1].kind == "f" and kinds[0] != kinds[1]:
            return (
                f"the tangent of {which} is {kinds[0]}, and {which} of {name} is {kinds[1]}: a "
                "tangent has the dtype of what it belongs to"
            )
    if changed := _changed(subject.xs, before):
        return f"the jvp of {name} writes to the input {subject.names[changed[0]]} in place"
    if changed := _changed(us, kept):
        return f"the jvp of {name} writes to the tangent of {subject.names[changed[0]]} in place"
    return None


def _backward_differs(subject: Subject, vs: Sequence[Any], right: list[np.ndarray]) -> str | None:
    """Whether ``backward()``, which walks by itself, leaves other gradients than a vjp gives."""
    leaves = [
        Value(x) if isinstance(x, float) else Tensor(np.array(x), requires_grad=True)
        for x in subject.xs
    ]
    with enable_grad():
        outputs = flatten(subject.call(*leaves))[0]
    with gradients_kept(map(node_of, outputs)):
        return _left_behind(subject, leaves, outputs, vs, right)


def _left_behind(
    subject: Subject,
    leaves: Sequence[Any],
    outputs: list[Any],
    vs: Sequence[Any],
    right: list[np.ndarray],
) -> str | None:
    scale = 1.0
    if len(outputs) == 1 and isinstance(outputs[0], Value):
        # The walk over nothing but values is another one; it starts from 1.
        scale = vs[0]
        outputs[0].backward()
        outputs = []
    for out, v in zip(outputs, vs, strict=False):
        if isinstance(out, Value):
            out.backward(float(v))
        elif isinstance(out, Tensor) and out.requires_grad:
            out.backward(np.array(v))
    # A gradient that is zero but for round-off, as of a bias before a batch norm, is no larger than
    # what the others' round-off leaves in it.
    largest = max((_size(g) for g in right), default=0.0)
    for leaf, g, which in zip(leaves, right, subject.names, strict=True):
        found = np.zeros_like(g) if leaf.grad is None else np.asarray(scale * leaf.grad)
        rough = 1e-7 if g.dtype.kind == "f" and g.dtype.itemsize == 8 else 1e-3
        slack = rough * _size(g) + 1e-5 * rough * largest
        if found.shape != g.shape or not np.allclose(
            found, g, rtol=rough, atol=slack, equal_nan=True
        ):
            return (
                f"backward() leaves {which} another gradient than vjp gives: "
                f"{_norm(found)} and {_norm(g)}. The engine's walk is wrong, or {subject.name} "
                "does something else when it is called again"
            )
    return None


def _size(x: np.ndarray) -> float:
    return float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)))


def _norm(x: np.ndarray) -> str:
    return f"{x.item():.6g}" if x.size == 1 else f"one of norm {np.linalg.norm(x):.6g}"


def _changed(xs: Sequence[Any], before: Sequence[np.ndarray]) -> list[int]:
    return [
        i
        for i, (x, old) in enumerate(zip(xs, before, strict=True))
        if isinstance(x, np.ndarray) and not np.array_equal(x, old, equal_nan=True)
    ]


def _first_difference(g: np.ndarray, h: np.ndarray) -> tuple[int, ...] | None:
    """Where two results that should be equal are not, beyond the order of summation."""
    if g.shape != h.shape:
        return (0,) * g.ndim
    slack = 64 * float(np.finfo(g.dtype).eps) * _size(g) if g.dtype.kind == "f" else 0.0
    with np.errstate(all="ignore"):
        same = (np.abs(g - h) <= slack) | (g == h) | (np.isnan(g) & np.isnan(h))
    if same.all():
        return None
    return tuple(int(i) for i in np.argwhere(~same)[0])


def _like(x: Any, numbers: np.ndarray) -> Any:
    return float(numbers) if isinstance(x, float) else numbers.copy()
