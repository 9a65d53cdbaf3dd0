"""Arrays that are shared: between inputs, with the cotangent, with the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import transforms
from ...errors import InPlaceError, NotDifferentiableError
from ...op import plain
from ...tensor import Tensor
from .case import Case, directions, pull
from .words import broken, same

__all__ = ["one_array_for_two_inputs", "shared_cotangents", "writes_afterwards"]

WRITES = "a rule writes to an array that it does not own, or assumes that its arrays are distinct"


def one_array_for_two_inputs(case: Case) -> None:
    """f(x, x) is f(x, y) at y = x, and its gradient the sum of both."""
    group = [i for i, x in enumerate(case.xs) if x.shape == case.xs[0].shape]
    if len(group) < 2:
        return
    z = case.xs[0]
    _, g = directions(case)

    def filled(make: Any) -> list[Any]:
        return [make(z) if i in group else x for i, x in enumerate(case.xs)]

    try:
        apart = case.plain_floats(*filled(np.copy))
        cts = pull(case, filled(np.copy), g)
    except (ArithmeticError, ValueError, NotDifferentiableError):
        return  # equal inputs are no point of its domain
    if not all(np.isfinite(a).all() for a in (*apart, *cts)):
        return
    for a, b in zip(case.plain_floats(*filled(lambda x: x)), apart, strict=True):
        same(case, "the result for one array passed twice", a, "for two equal ones", b, 1e-13)
    back = transforms.vjp(lambda x: case.floats(*filled(lambda _: x)), z)[1]
    names = " and ".join(case.names[i] for i in group)
    same(
        case,
        f"the gradient for one tensor passed as {names}",
        back(tuple(g))[0],
        "the sum of the gradients for equal ones",
        sum(cts[i] for i in group),
        1e-10,
        WRITES,
    )


def shared_cotangents(case: Case) -> None:
    """A cotangent may be the very array of an input or of the result, and stays the caller's."""
    expected: Any
    for k, y in enumerate(case.outs):
        for what, choose in _owners(case, k):
            nodes, out = _recorded(case, k)
            if out is None:
                continue
            shared = choose(nodes, out)
            expected = pull(case, case.xs, _only(case, k, np.array(shared)))
            kept = np.array(shared)
            out.backward(shared)
            grads = _grads(nodes)
            for which, a, b in zip(case.names, grads, expected, strict=True):
                called = f"the gradient for {which} with {what} as the cotangent"
                same(case, called, a, "with a copy of it", b, 1e-12, WRITES)
            same(case, f"{what}, afterwards,", shared, "before", kept, 0.0, WRITES)
            for a in grads:
                if a.flags.writeable:
                    a[...] = 7.0  # as zero_grad and optimizers do
            same(
                case,
                f"{what}, after .grad was written to,",
                shared,
                "before",
                kept,
                0.0,
                "a gradient shares memory with the cotangent",
            )
            same(case, "the result, afterwards,", plain(out), "before", y, 0.0, WRITES)


def _owners(case: Case, k: int) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [("the result's own array", lambda nodes, out: out.data)]
    for i, x in enumerate(case.xs):
        if x.shape == case.outs[k].shape and x.dtype == case.outs[k].dtype:
            found.append((f"{case.names[i]}'s own array", lambda nodes, out, i=i: nodes[i].data))
            break
    return found


def _recorded(case: Case, k: int) -> tuple[list[Tensor], Any]:
    nodes = [Tensor(x, requires_grad=True) for x in case.xs]
    out = case.floats(*nodes)[k]
    return nodes, out if getattr(out, "requires_grad", False) else None


def _only(case: Case, k: int, c: Any) -> list[Any]:
    return [c if j == k else np.zeros_like(y) for j, y in enumerate(case.outs)]


def _grads(nodes: Sequence[Tensor]) -> list[np.ndarray]:
    return [np.zeros_like(n.data) if n.grad is None else n.grad for n in nodes]


def writes_afterwards(case: Case) -> None:
    """``y = f(x); x += 1`` and ``y += 1``: the gradient is right, or an ``InPlaceError``."""
    if len(case.outs) != 1:
        return
    _, g = directions(case)
    expected = pull(case, case.xs, g)
    for what in ("the result", *case.names):
        nodes = [Tensor(x, requires_grad=True) for x in case.xs]
        inner = [n * 1.0 for n in nodes]
        (out,) = case.floats(*inner)
        if not getattr(out, "requires_grad", False):
            return
        written = out if what == "the result" else inner[case.names.index(what)]
        try:
            written += 1.0
            out.backward(g[0])
        except InPlaceError:
            continue
        for which, a, b in zip(case.names, _grads(nodes), expected, strict=True):
            called = f"the gradient for {which} after {what} was written to in place"
            same(
                case,
                called,
                a,
                "without the write",
                b,
                1e-12,
                "forward gives back an array that it also keeps or was given; copy it",
            )
        for which, n, x in zip(case.names, nodes, case.xs, strict=True):
            if not np.array_equal(n.data, x, equal_nan=True):
                broken(case, f"writing to {what} in place changed the input {which}")
