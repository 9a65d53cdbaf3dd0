"""Every sort of wrong rule, planted in every op it can be planted in, is caught by the laws.

A mutant that changes no number at the sample points (the transpose of a 1-d gradient, the sign of a
zero) is not wrong and not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import autograd.op
from autograd.errors import RuleError
from autograd.op import Elementwise, Op, plain
from autograd.ops.registry import all_ops

from .laws.cases import Case, cases_of
from .laws.checks import (
    _directions,
    _pull,
    _push,
    equals_finite_differences,
    float32_stays,
    gradients_fit_inputs,
    leaves_inputs_alone,
    reverse_equals_forward,
    second_order,
    value_equals_tensor,
)

OPS = all_ops()
CHECKS = (
    gradients_fit_inputs,
    leaves_inputs_alone,
    reverse_equals_forward,
    equals_finite_differences,
    second_order,
    float32_stays,
    value_equals_tensor,
)
Wrong = Callable[[Op], Op]


def clone(op: Op) -> Any:
    twin = object.__new__(type(op))
    twin.__dict__.update(op.__dict__)
    twin.on_values = None
    return twin


def caught(mutant: Op, cases: list[Case]) -> str | None:
    """The first law the mutant breaks."""
    for case in cases:
        planted = case.with_function(mutant)
        for check in CHECKS:
            try:
                with np.errstate(all="ignore"):
                    check(planted)
            except (AssertionError, RuleError):
                return check.__name__
    return None


# What is planted -------------------------------------------------------------------------------


def per_cotangent(change: Callable[[Any], Any]) -> Wrong:
    """Rules whose cotangents are changed; an elementwise op's partials, so that both modes err."""

    def plant(op: Op) -> Op:
        mutant = clone(op)
        if isinstance(op, Elementwise):
            mutant.partials = tuple(_changed(p, change) for p in op.partials)
        else:

            def vjp(g: Any, out: Any, args: tuple, params: dict, wanted: Any) -> list:
                cts = op.vjp(g, out, args, params, wanted)
                return [None if ct is None else change(ct) for ct in cts]

            mutant.vjp = vjp
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


MUTATIONS: dict[str, Wrong] = {
    "wrong sign": per_cotangent(lambda ct: -ct),
    "factor 2": per_cotangent(lambda ct: ct * 2.0),
    "factor 1.01": per_cotangent(lambda ct: ct * 1.01),
    "factor 1.000001": per_cotangent(lambda ct: ct * 1.000001),
    "transposed": per_rule(transposed),
    "forgotten input": per_rule(forgotten_input),
    "swapped inputs": per_rule(swapped_inputs),
    "ignored cotangent": per_rule(ignored_cotangent),
    "one element wrong": per_rule(one_element_wrong),
    "wrong only where x < -1.5": per_rule(zero_where_negative),
    "overwrites the cotangent": per_rule(overwrites_cotangent),
    "no second derivative": per_rule(plain_cotangent),
    "float64 gradient of float32": per_rule(float64_cotangent),
    "stale": stale,
    "wrong forward mode": wrong_forward_mode,
}


def differs(name: str, op: Op, mutant: Op, case: Case) -> bool:
    """Whether the mutant gives any other number than the op at this point."""
    twin = case.with_function(mutant)
    t, g = _directions(case)
    if name == "wrong forward mode":
        if getattr(op, "jvp_rule", op) is None:
            return False  # derived from the vjp: there is no rule to be wrong
        return any(np.any(plain(a) != 0) for a in _push(case, case.xs, t))
    if name == "overwrites the cotangent":
        return any(c.size for c in g)
    if name == "float64 gradient of float32":
        singles = [x.astype(np.float32) for x in case.xs]
        small = [c.astype(np.float32) for c in g]
        return any(ct.dtype != np.float32 for ct in _pull(twin, singles, small))
    if name == "no second derivative":
        try:
            right, wrong = (_curvature(c, t, g) for c in (case, twin))
        except RuleError:
            return True
        return not np.allclose(right, wrong, rtol=1e-9, atol=1e-12)
    if name == "stale":
        _pull(twin, case.xs, [2.0 * c for c in g])
    right, wrong = _pull(case, case.xs, g), _pull(twin, case.xs, g)
    return any(
        np.any(np.abs(a - b) > 1e-9 * max(1e-3, np.max(np.abs(a), initial=0)))
        for a, b in zip(right, wrong, strict=True)
    )


def _curvature(case: Case, t: list, g: list) -> np.ndarray:
    def along(*xs: Any) -> Any:
        return sum((ct * d).sum() for ct, d in zip(_pull(case, xs, g), t))

    gradients = ag.grad(along, argnums=tuple(range(len(t))))(*case.xs)
    return np.concatenate([np.ravel(x) for x in gradients])


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutant_is_caught(name):
    planted = 0
    survivors = []
    by: dict[str, int] = {}
    for op in OPS.values():
        cases = [c for c in cases_of(_key(op)) if c.xs and c.floats(*c.xs)]
        with np.errstate(all="ignore"):
            wrong = [c for c in cases if differs(name, op, MUTATIONS[name](op), c)]
        if not wrong:
            continue
        planted += 1
        law = caught(MUTATIONS[name](op), wrong)
        if law is None:
            survivors.append(op.name)
        else:
            by[law] = by.get(law, 0) + 1
    print(f"{name}: planted in {planted} ops, caught {planted - len(survivors)} ({by})")
    assert not survivors, f"{name} survives in {survivors}"
    assert planted >= 10, f"{name} could be planted in only {planted} ops"


def _key(op: Op) -> str:
    return next(name for name, x in OPS.items() if x is op)


def test_no_false_alarm():
    accused = {}
    for name, op in OPS.items():
        law = caught(clone(op), [c for c in cases_of(name) if c.xs and c.floats(*c.xs)])
        if law is not None:
            accused[name] = law
    assert not accused


# Broadcasting ----------------------------------------------------------------------------------


def _first_slice(ct: Any, x: Any) -> Any:
    """A cotangent cut to the input's shape where it should have been summed."""
    while ct.ndim > x.ndim:
        ct = ct[0]
    for axis, n in enumerate(x.shape):
        if ct.shape[axis] != n:
            ct = ct[(slice(None),) * axis + (slice(0, n),)]
    return ct


def _broadcasting_cases() -> dict[str, list[Case]]:
    found = {}
    for name, op in OPS.items():
        cases = cases_of(name) if isinstance(op, Elementwise) and op.arity != 1 else []
        cases = [c for c in cases if c.xs and c.floats(*c.xs)[0].size]
        cases = [c for c in cases if _sums_something(c)]
        if cases:
            found[name] = cases
    return found


def _sums_something(case: Case) -> bool:
    _, g = _directions(case)
    return any(np.any(ct != 0) and ct.shape != g[0].shape for ct in _pull(case, case.xs, g))


@pytest.mark.parametrize("spoiled", [_first_slice, lambda ct, x: ct], ids=["slice", "nothing"])
def test_a_missing_sum_over_a_broadcast_axis_is_caught(spoiled, monkeypatch):
    broadcasting = _broadcasting_cases()
    monkeypatch.setattr(autograd.op, "fit", spoiled)
    survivors = [name for name, cases in broadcasting.items() if not caught(OPS[name], cases)]
    assert not survivors
    assert len(broadcasting) >= 10


# Wrong rules of the sort people write ---------------------------------------------------------


WRONG_PARTIALS: dict[str, tuple[str, Callable[..., Any]]] = {
    "y(1-y) as y": ("sigmoid", lambda out, x: out),
    "1-y² as 1-y": ("tanh", lambda out, x: 1 - out),
    "½/y as 1/y": ("sqrt", lambda out, x: 1 / out),
    "constant off by 1e-4": ("log10", lambda out, x: 1 / (x * 2.3028)),
    "ln 2 forgotten": ("exp2", lambda out, x: out),
    "missing minus": ("cos", lambda out, x: ag.sin(x)),
    "1+x² as 1-x²": ("arctan", lambda out, x: 1 / (1 - x * x)),
    "out for x": ("square", lambda out, x: 2 * out),
    "half forgotten": ("reciprocal", lambda out, x: -out),
    "beta dropped": ("softplus", lambda out, x, **params: ag.sigmoid(x) * 1.001),
    "slope off": ("expm1", lambda out, x: out),
    "3 as 2": ("cbrt", lambda out, x: 1 / (2 * out * out)),
}


@pytest.mark.parametrize("mistake", WRONG_PARTIALS)
def test_a_plausible_mistake_is_caught(mistake):
    name, partial = WRONG_PARTIALS[mistake]
    mutant = clone(OPS[name])
    mutant.partials = (partial,)
    assert caught(mutant, cases_of(name)), f"{mistake} survives"


# The engine ------------------------------------------------------------------------------------


def simple_pull(bug: str | None) -> Callable[..., dict]:
    """A reverse walk written again, plainly, with one thing wrong."""

    def pull(
        order: Any,
        seeds: Any,
        *,
        within: Any = None,
        lift: bool = False,
        keep: Any = (),
        deposit: bool = False,
        **_: Any,
    ) -> dict:
        cotangents = dict(seeds)
        kept, result = set(keep), {}

        def arrive(node: Any, g: Any) -> None:
            if deposit:
                node.deposit(g, False)
            if node in kept:
                result[node] = g

        for node in order:
            g = cotangents.pop(node, None)
            if g is None:
                continue
            arrive(node, g)
            if node in kept or not node.parents:
                continue
            wanted = [
                p if p is not None and (within is None or p in within) else None
                for p in node.parents
            ]
            for parent, ct in zip(node.parents, node.pull(g, wanted, lift)):
                if ct is None:
                    continue
                if parent not in cotangents or bug == "= for +=":
                    cotangents[parent] = ct
                elif bug == "in place into a shared buffer" and isinstance(ct, np.ndarray):
                    cotangents[parent] += ct
                elif bug == "last use dropped":
                    pass
                else:
                    cotangents[parent] = cotangents[parent] + ct
        # Leaves need not be in the order.
        for node, g in cotangents.items():
            arrive(node, g)
        return result

    return pull


def breadth_first(roots: Any) -> list:
    order = list(dict.fromkeys(roots))
    seen = set(order)
    for node in order:
        for parent in node.parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                order.append(parent)
    return order


def _diamond(x: Any) -> Any:
    y = x * 2.0
    return (y * x + y).sum() if hasattr(x, "sum") else y * x + y


def _shared(x: Any) -> Any:
    # add hands one array to both its inputs, so a later sum in place spoils the other's.
    y = x * 2.0
    z = x * 3.0
    s = (y + z) * 1.5 + y * z + (y + z) * 2.5
    return s.sum() if hasattr(x, "sum") else s


def _uneven(x: Any) -> Any:
    a = x * 2.0
    b = a * a * a
    c = x + b + a
    return (c * x).sum() if hasattr(x, "sum") else c * x


PROGRAMS = (_diamond, _shared, _uneven)


def engine_is_right() -> bool:
    for f in PROGRAMS:
        for x in (np.array([0.5, -1.25]), 0.75):
            h = 2.0**-12
            steps = [h * e for e in np.eye(2)] if isinstance(x, np.ndarray) else [h]
            numeric = [(f(x + d) - f(x - d)) / (2 * h) for d in steps]
            if not np.allclose(np.ravel(ag.grad(f)(x)), numeric, rtol=1e-5):
                return False
            leaf = ag.Value(x) if isinstance(x, float) else ag.Tensor(x, requires_grad=True)
            f(leaf).backward()
            if not np.allclose(np.ravel(leaf.grad), numeric, rtol=1e-5):
                return False
    return True


def _plant_engine(monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    import autograd.transforms
    import autograd.value

    for module in (autograd.transforms, autograd.value):
        if bug == "breadth first":
            monkeypatch.setattr(module, "topological", breadth_first)
        monkeypatch.setattr(module, "pull", simple_pull(bug))
    monkeypatch.setattr(autograd.value, "pull_scalars", lambda root: False)


@pytest.mark.parametrize(
    "bug", ["= for +=", "breadth first", "in place into a shared buffer", "last use dropped"]
)
def test_engine_mutant_is_caught(bug, monkeypatch):
    _plant_engine(monkeypatch, bug)
    assert not engine_is_right()


def test_engine_without_a_bug_passes(monkeypatch):
    assert engine_is_right()
    _plant_engine(monkeypatch, None)
    assert engine_is_right()
