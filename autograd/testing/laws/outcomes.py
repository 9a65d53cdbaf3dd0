"""What is refused on arrays is refused on tensors, with the same exception; what works, works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ... import transforms
from ...containers import flatten
from ...errors import NotDifferentiableError
from ...op import plain
from ...tensor import Tensor
from .case import Case
from .words import broken, same

__all__ = ["attempt", "exceptions_agree", "runs", "values_agree"]

FAR = 97
"""An axis that no array has."""


def attempt(f: Callable[[], Any]) -> tuple[Exception | None, Any]:
    """What a call raises, or what it gives."""
    try:
        return None, f()
    except Exception as error:
        return error, None


def runs(case: Case) -> None:
    """The op runs on plain arrays and on tensors of them; the rest takes that for granted."""
    case.call(*case.xs)
    case.call(*[Tensor(x, requires_grad=True) for x in case.xs])


def exceptions_agree(case: Case) -> None:
    """Wrong shapes, no elements, 0-d and a wrong axis: the same on arrays and differentiated."""
    for what, other in _variants(case):
        error, outs = attempt(partial(other.plain_floats, *other.xs))
        other_error, gradients = attempt(partial(_differentiate, other))
        if isinstance(other_error, NotDifferentiableError) and error is None:
            continue
        if not _alike(error, other_error):
            broken(
                case,
                f"with {what}, as {other!r}, it {_did(error)} on arrays and {_did(other_error)} "
                "when it is differentiated",
                "a rule assumes shapes that forward does not ask for, or mends what forward "
                "refuses",
            )
        if error is None:
            for y, again in zip(outs, gradients[0], strict=True):
                if np.isfinite(y).all():
                    same(case, f"with {what}, the result on tensors", again, "on arrays", y)
            for which, ct, x in zip(other.names, gradients[1], other.xs, strict=True):
                if ct.shape != x.shape:
                    broken(
                        case,
                        f"with {what}, the gradient for {which} has shape {ct.shape}, and {which} "
                        f"has shape {x.shape}",
                    )


def _variants(case: Case) -> Iterator[tuple[str, Case]]:
    for i, which in zip(case.where, case.names, strict=True):
        x = case.leaves[i]
        if x.ndim:
            yield f"no elements in {which}", _with(case, i, x[:0])
        if x.size:
            yield f"a number for {which}", _with(case, i, np.array(x.flat[0]))
        if x.size and x.ndim:
            yield f"one more row in {which}", _with(case, i, np.concatenate([x, x[:1]]))
            yield f"a column added to {which}", _with(case, i, np.concatenate([x, x[..., :1]], -1))
    if type(case.params.get("axis")) is int:
        wrong = Case(case.function, case.args(case.xs), {**case.params, "axis": FAR}, case.name)
        yield f"axis={FAR}", wrong


def _with(case: Case, i: int, x: Any) -> Case:
    leaves = list(case.leaves)
    leaves[i] = x
    return case.with_leaves(leaves)


def _differentiate(case: Case) -> tuple[Any, Any]:
    outs, back = transforms.vjp(case.floats, *case.xs)
    cts = back(tuple(np.ones_like(y) for y in outs))
    transforms.jvp(case.floats, tuple(case.xs), tuple(np.ones_like(x) for x in case.xs))
    return outs, cts


def _alike(one: Exception | None, two: Exception | None) -> bool:
    if one is None or two is None:
        return one is two
    return isinstance(one, type(two)) or isinstance(two, type(one))


def _did(error: Exception | None) -> str:
    return "works" if error is None else f"raises {type(error).__name__} ({error})"


def values_agree(case: Case, what: str, leaves: list) -> None:
    """Plain arrays and tensors give the same values and kinds of dtype, or both are refused."""
    other = case.with_leaves(leaves)
    nodes = [Tensor(x) if isinstance(x, np.ndarray) else x for x in other.leaves]
    error, ours = attempt(lambda: flatten(other.function(*other.args(other.xs), **case.params))[0])
    other_error, theirs = attempt(
        lambda: flatten(other.function(*other.tree.build(nodes), **case.params))[0]
    )
    if not _alike(error, other_error):
        broken(case, f"with {what} it {_did(error)} on arrays and {_did(other_error)} on tensors")
    for a, b in zip(theirs or (), ours or (), strict=True):
        one, two = np.asarray(plain(a)).dtype, np.asarray(plain(b)).dtype
        # Integers beside float32 do not make float64 of it, as they do in NumPy.
        if one.kind != two.kind:
            broken(case, f"with {what} the result is {two} on arrays and {one} on tensors")
        tolerance = 1e-12 if one == two else 64 * max(_eps(one), _eps(two))
        same(case, f"with {what}, the result on tensors", a, "on arrays", b, tolerance)


def _eps(dtype: np.dtype) -> float:
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0
