"""Every sort of wrong rule, planted in every op of the package that it can be planted in.

A mutant that changes no number at a point (the transpose of a 1-d gradient, the sign of a zero) is
not wrong there, and not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd as ag
from autograd.op import Elementwise, Op, plain
from autograd.testing import Report
from autograd.testing.laws import Case, cases_of
from autograd.testing.laws.case import directions, pull, push

from .plant import Plant, edit, op_named, ops
from .ways import forward, gradients, second_order

__all__ = ["NO_SUM", "SORTS", "Sort", "accused", "sweep", "without_sums"]

Wrong = Callable[[Op], Op]


def clone(op: Op) -> Any:
    """The same op once more, to be spoiled."""
    twin = object.__new__(type(op))
    twin.__dict__.update(op.__dict__)
    twin.on_values = None
    return twin


# What is planted -------------------------------------------------------------------------------


def per_cotangent(change: Callable[[Any], Any]) -> Wrong:
    """Rules whose cotangents are changed; an elementwise op's partials, so that both modes err."""

    def plant(op: Op) -> Op:
        mutant = clone(op)
        if isinstance(op, Elementwise):
            mutant.partials = tuple(_changed(p, change) for p in op.partials)
        else:
            mutant.vjp = lambda *call: _map(op.vjp(*call), change)
        return mutant

    return plant


def _changed(partial: Any, change: Callable[[Any], Any]) -> Any:
    if partial is None:
        return None
    if not callable(partial):
        return change(partial)

    def changed(out: Any, *xs: Any, **params: Any) -> Any:
        p = partial(out, *xs, **params)
        if isinstance(p, bool) or getattr(getattr(p, "dtype", None), "kind", None) == "b":
            p = np.where(p, 1.0, 0.0).astype(plain(out).dtype) if np.ndim(p) else float(p)
        return change(p)

    return changed


def per_rule(change: Callable[..., list]) -> Wrong:
    """Rules wrapped whole: ``change(op, g, out, args, params, wanted)`` gives the cotangents."""

    def plant(op: Op) -> Op:
        mutant = clone(op)
        mutant.vjp = lambda *call: change(op, *call)
        return mutant

    return plant


def _map(cts: list, change: Callable[[Any], Any]) -> list:
    return [None if ct is None else change(ct) for ct in cts]


def transposed(op: Op, *call: Any) -> list:
    return _map(
        op.vjp(*call),
        lambda ct: ct.T if ct.ndim >= 2 and ct.shape == ct.shape[::-1] else ct,
    )


def forgotten_input(op: Op, *call: Any) -> list:
    cts = op.vjp(*call)
    return [*cts[:-1], None if cts[-1] is None else cts[-1] * 0.0]


def swapped_inputs(op: Op, *call: Any) -> list:
    cts = op.vjp(*call)
    if len(cts) < 2 or cts[0] is None or cts[1] is None or cts[0].shape != cts[1].shape:
        return cts
    return [cts[1], cts[0], *cts[2:]]


def ignored_cotangent(op: Op, g: Any, *call: Any) -> list:
    def ones(x: Any) -> Any:
        return np.ones_like(plain(x))

    return op.vjp(tuple(map(ones, g)) if isinstance(g, tuple) else ones(g), *call)


def one_element_wrong(op: Op, *call: Any) -> list:
    def spoil(ct: Any) -> Any:
        if not ct.size:
            return ct
        factor = np.ones_like(plain(ct))
        factor.flat[-1] = 1.1
        return ct * factor

    return _map(op.vjp(*call), spoil)


def zero_where_negative(op: Op, *call: Any) -> list:
    def spoil(ct: Any, x: Any) -> Any:
        return ct * (plain(x) > -1.5).astype(plain(ct).dtype)

    _, _, args, _, _ = call
    return [None if ct is None else spoil(ct, x) for ct, x in zip(op.vjp(*call), args)]


def overwrites_cotangent(op: Op, g: Any, *call: Any) -> list:
    cts = op.vjp(g, *call)
    for part in g if isinstance(g, tuple) else (g,):
        array = plain(part)
        if array.flags.writeable:
            array *= 0.5
    return cts


def plain_cotangent(op: Op, g: Any, out: Any, args: tuple, params: dict, wanted: Any) -> list:
    """Right in first order; the second derivative is lost."""
    return op.vjp(
        g,
        tuple(map(plain, out)) if isinstance(out, tuple) else plain(out),
        tuple(map(plain, args)),
        params,
        wanted,
    )


def float64_cotangent(op: Op, *call: Any) -> list:
    return _map(op.vjp(*call), lambda ct: ct.astype(np.float64))


def stale(op: Op) -> Op:
    mutant = clone(op)
    earlier: dict[Any, list] = {}

    def vjp(g: Any, out: Any, args: tuple, params: dict, wanted: Any) -> list:
        key = (tuple(x is not None for x in wanted), tuple(np.shape(plain(x)) for x in args))
        return earlier.setdefault(key, op.vjp(g, out, args, params, wanted))

    mutant.vjp = vjp
    return mutant


def wrong_forward_mode(op: Op) -> Op:
    mutant = clone(op)

    def jvp(tangents: Any, out: Any, args: tuple, params: dict) -> Any:
        t = op.jvp(tangents, out, args, params)
        return tuple(1.5 * x for x in t) if isinstance(t, tuple) else 1.5 * t

    mutant.jvp = jvp
    return mutant


# Where it can be told --------------------------------------------------------------------------


def gives_another_gradient(op: Op, mutant: Op, case: Case, twin: Case) -> bool:
    _, g = directions(case)
    return _apart(pull(case, case.xs, g), pull(twin, case.xs, g))


def gives_another_gradient_later(op: Op, mutant: Op, case: Case, twin: Case) -> bool:
    _, g = directions(case)
    pull(twin, case.xs, [2.0 * c for c in g])
    return _apart(pull(case, case.xs, g), pull(twin, case.xs, g))


def gives_another_tangent(op: Op, mutant: Op, case: Case, twin: Case) -> bool:
    if getattr(op, "jvp_rule", op) is None:
        return False  # derived from the vjp: there is no rule to be wrong
    t, _ = directions(case)
    return any(np.any(plain(a) != 0) for a in push(case, case.xs, t))


def gives_another_curvature(op: Op, mutant: Op, case: Case, twin: Case) -> bool:
    t, g = directions(case)
    try:
        right, wrong = (_curvature(c, t, g) for c in (case, twin))
    except ag.errors.RuleError:
        return True
    return not np.allclose(right, wrong, rtol=1e-9, atol=1e-12)


def _curvature(case: Case, t: list, g: list) -> np.ndarray:
    def along(*xs: Any) -> Any:
        return sum((ct * d).sum() for ct, d in zip(pull(case, xs, g), t))

    found = ag.grad(along, argnums=tuple(range(len(t))))(*case.xs)
    return np.concatenate([np.ravel(x) for x in found])


def gives_another_dtype(op: Op, mutant: Op, case: Case, twin: Case) -> bool:
    _, g = directions(twin)
    cts = pull(twin, twin.xs, [c.astype(np.float32) for c in g])
    return any(ct.dtype != np.float32 for ct in cts)


def has_a_cotangent(op: Op, mutant: Op, case: Case, twin: Case) -> bool:
    return any(y.size for y in case.outs)


def _apart(right: Any, wrong: Any) -> bool:
    return any(
        np.any(np.abs(a - b) > 1e-9 * max(1e-3, np.max(np.abs(a), initial=0)))
        for a, b in zip(right, wrong, strict=True)
    )


@dataclass(frozen=True)
class Sort:
    """A sort of mistake: how it is planted, where it shows, and what finds it."""

    plant: Wrong
    shows: Callable[[Op, Op, Case, Case], bool] = gives_another_gradient
    way: Callable[..., Report] = gradients
    single: bool = False
    """Whether it shows in float32 alone."""


SORTS: dict[str, Sort] = {
    "wrong sign": Sort(per_cotangent(lambda ct: -ct)),
    "factor 2": Sort(per_cotangent(lambda ct: ct * 2.0)),
    "factor 1.01": Sort(per_cotangent(lambda ct: ct * 1.01)),
    "factor 1.000001": Sort(per_cotangent(lambda ct: ct * 1.000001)),
    "transposed": Sort(per_rule(transposed)),
    "forgotten input": Sort(per_rule(forgotten_input)),
    "swapped inputs": Sort(per_rule(swapped_inputs)),
    "ignored cotangent": Sort(per_rule(ignored_cotangent)),
    "one element wrong": Sort(per_rule(one_element_wrong)),
    "wrong only where x < -1.5": Sort(per_rule(zero_where_negative)),
    "overwrites the cotangent": Sort(per_rule(overwrites_cotangent), has_a_cotangent),
    "no second derivative": Sort(per_rule(plain_cotangent), gives_another_curvature, second_order),
    "float64 gradient of float32": Sort(
        per_rule(float64_cotangent), gives_another_dtype, single=True
    ),
    "stale": Sort(stale, gives_another_gradient_later),
    "wrong forward mode": Sort(wrong_forward_mode, gives_another_tangent, forward),
}


# The sweep -------------------------------------------------------------------------------------


def sweep(sort: Sort, ops: Iterable[str]) -> tuple[int, list[str]]:
    """In how many of the ops it can be planted, and those in which it was not found."""
    number, survivors = 0, []
    for name in ops:
        op = op_named(name)
        found = _found(sort, op, name)
        number += found is not None
        if found is False:
            survivors.append(name)
    return number, survivors


def _found(sort: Sort, op: Op, name: str) -> bool | None:
    """Whether a mistake in an op is found; ``None`` if it shows nowhere."""
    shown: bool | None = None
    for case in cases_of(op, name=name):
        if not case.varies:
            continue
        if sort.single:
            case = case.with_leaves([_single(x) for x in case.leaves])
        mutant = sort.plant(op)
        with np.errstate(all="ignore"):
            if sort.shows(op, mutant, case, case.with_function(mutant)):
                shown = False
                # A fresh one: what shows it may have changed it.
                planted = case.with_function(sort.plant(op))
                if sort.way(planted.floats, *case.xs, locate=False).verdict == "fail":
                    return True
    return shown


def _single(x: Any) -> Any:
    return x.astype(np.float32) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


# Broadcasting ----------------------------------------------------------------------------------

NO_SUM = {
    "a broadcast axis sliced": edit(
        "op:fit",
        "ct = ct.sum(axis=axes)",
        "ct = ct[tuple(0 if i in axes else slice(None) for i in range(ct.ndim))]",
    ),
    "a broadcast axis left": edit("op:fit", "if axes:", "if axes:\n            return ct"),
}


def without_sums(plant: Plant) -> tuple[int, list[str]]:
    """The same with the one place spoiled where broadcasting is undone, for all ops at once."""
    number, survivors = 0, []
    for name, op in ops().items():
        cases = [c for c in cases_of(op, name=name) if c.varies and _sums_something(op, c)]
        if not cases:
            continue
        number += 1
        with plant(), np.errstate(all="ignore"):
            reports = [gradients(c.floats, *c.xs, locate=False) for c in cases]
        if not any(r.verdict == "fail" for r in reports):
            survivors.append(name)
    return number, survivors


def _sums_something(op: Op, case: Case) -> bool:
    if not isinstance(op, Elementwise) or op.arity == 1 or not case.outs[0].size:
        return False
    _, g = directions(case)
    return any(np.any(ct != 0) and ct.shape != g[0].shape for ct in pull(case, case.xs, g))


def accused() -> list[str]:
    """Ops that are said to be wrong though nothing is planted."""
    found = []
    for name, op in ops().items():
        for case in [c for c in cases_of(op, name=name) if c.varies][:2]:
            with np.errstate(all="ignore"):
                reports = [way(case.floats, *case.xs) for way in (gradients, forward)]
            found += [name for r in reports if r.verdict == "fail"]
    return found
