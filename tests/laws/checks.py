"""The laws. Each takes a case and raises ``AssertionError`` if the op breaks it there."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd as ag
from autograd.containers import flatten
from autograd.op import Bilinear, Elementwise, Linear, Op, plain
from autograd.value import _binary, _reflected, _unary

from .cases import Case, dot, numpy_functions, scalar_points, size
from .numeric import slope

__all__ = ["CALCULUS", "LAWS"]

ROUNDING = 1e-11
# Part of the scale that finite differences must resolve for their agreement to mean something.
RESOLUTION = 1e-6


def _directions(case: Case, seed: int = 1) -> tuple[list, list]:
    """A random direction for the variables and a random cotangent for the outputs."""
    rng = np.random.default_rng([seed, len(case.xs)])

    def signed(x: np.ndarray) -> np.ndarray:
        return np.asarray(rng.uniform(0.3, 1.0, x.shape) * rng.choice([-1.0, 1.0], x.shape))

    return [signed(x) for x in case.xs], [signed(y) for y in case.plain_floats(*case.xs)]


def _moved(xs: Sequence[Any], t: Sequence[Any], h: float) -> list[np.ndarray]:
    # Added in place: the sum of a Fortran and a C array is a C array, and ravel(order="K") minds.
    moved = [np.array(x) for x in xs]
    for x, d in zip(moved, t, strict=True):
        x += h * d
    return moved


def _pull(case: Case, xs: Sequence[Any], g: Sequence[Any]) -> tuple:
    return ag.vjp(case.floats, *xs)[1](tuple(g))


def _push(case: Case, xs: Sequence[Any], t: Sequence[Any]) -> tuple:
    return ag.jvp(case.floats, tuple(xs), tuple(t))[1]


def _close(what: str, a: float, b: float, scale: float, error: float = 0.0) -> None:
    if error > RESOLUTION * max(scale, 1e-3):
        raise AssertionError(
            f"{what}: finite differences cannot tell (error {error:.1e} of {scale:.1e}); is the "
            "sample near a kink or a pole?"
        )
    if not abs(a - b) <= 4 * error + ROUNDING * max(scale, abs(a), 1e-3):
        raise AssertionError(f"{what}: {a!r} and {b!r} differ (scale {scale:.3g})")


def _same(what: str, a: Any, b: Any, tolerance: float = 1e-12) -> None:
    a, b = np.asarray(plain(a)), np.asarray(plain(b))
    assert a.shape == b.shape, f"{what}: shapes {a.shape} and {b.shape}"
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=what)


def _leaves(x: Any) -> list:
    return flatten(x)[0]


# First order -----------------------------------------------------------------------------------


def reverse_equals_forward(case: Case) -> None:
    """<g, J t> = <J^T g, t>."""
    t, g = _directions(case)
    pushed, pulled = _push(case, case.xs, t), _pull(case, case.xs, g)
    _close(
        "<g, J t> and <J^T g, t>",
        dot(g, pushed),
        dot(pulled, t),
        size(g, pushed) + size(pulled, t),
    )


def equals_finite_differences(case: Case) -> None:
    """<J^T g, t> is the slope of <g, f> along t."""
    t, g = _directions(case)
    pulled = _pull(case, case.xs, g)

    def line(h: float) -> tuple[float, float]:
        outs = case.plain_floats(*_moved(case.xs, t, h))
        return dot(g, outs), size(g, outs)

    numeric, error = slope(line)
    _close("gradient and finite differences", dot(pulled, t), numeric, size(pulled, t), error)


def gradients_fit_inputs(case: Case) -> None:
    """Gradients and tangents have the shapes and dtypes of what they belong to."""
    t, g = _directions(case)
    for x, ct in zip(case.xs, _pull(case, case.xs, g), strict=True):
        assert ct.shape == x.shape, f"gradient of shape {ct.shape} for an input of {x.shape}"
        assert ct.dtype == x.dtype, f"gradient {ct.dtype} for an input {x.dtype}"
    for y, tangent in zip(case.plain_floats(*case.xs), _push(case, case.xs, t), strict=True):
        assert np.shape(tangent) == y.shape, f"tangent {np.shape(tangent)} for {y.shape}"
        assert np.asarray(tangent).dtype == y.dtype, f"tangent {tangent.dtype} for {y.dtype}"


def leaves_inputs_alone(case: Case) -> None:
    """Neither inputs nor cotangents change, and the same question has the same answer."""
    _, g = _directions(case)
    xs = [np.array(x) for x in case.xs]
    others = [np.array(x) for x in case.leaves if isinstance(x, np.ndarray)]
    kept = [c.copy() for c in g]
    nodes = [ag.Tensor(x, requires_grad=True) for x in case.xs]
    outs = case.floats(*nodes)
    pull = ag.vjp(case.floats, *case.xs)[1]
    first = [np.array(c) for c in pull(tuple(g))]
    pull(tuple(2.0 * c for c in g))
    second = pull(tuple(g))
    for what, before, after in (
        ("an input", xs, case.xs),
        ("an argument", others, [x for x in case.leaves if isinstance(x, np.ndarray)]),
        ("the cotangent", kept, g),
        ("the second answer", first, second),
        ("a tensor", xs, [n.data for n in nodes]),
        ("an output", case.plain_floats(*xs), [plain(y) for y in outs]),
    ):
        for a, b in zip(before, after, strict=True):
            if not np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True):
                raise AssertionError(f"{what} changed")


# Second order ----------------------------------------------------------------------------------


def second_order(case: Case) -> None:
    """All four mixes of modes give the slope of the gradient, and the Hessian is symmetric."""
    t, g = _directions(case)
    u, dg = _directions(case, seed=2)
    n = len(t)

    def pulled(*both: Any) -> Any:
        cts = _pull(case, both[:n], both[n:])
        return sum((ct * d).sum() for ct, d in zip(cts, u, strict=True))

    def pushed(*both: Any) -> Any:
        tangents = _push(case, both[:n], u)
        return sum((ct * y).sum() for ct, y in zip(both[n:], tangents, strict=True))

    point = (*case.xs, *g)
    along = (*t, *dg)

    def line(h: float) -> tuple[float, float]:
        moved = _moved(point, along, h)
        cts = _pull(case, moved[:n], moved[n:])
        return dot(cts, u), size(cts, u)

    numeric, error = slope(line)
    numbers = tuple(range(len(point)))
    by_reverse = ag.grad(pulled, argnums=numbers)(*point)
    scale = size(by_reverse, along)
    _close(
        "reverse over reverse and finite differences", dot(by_reverse, along), numeric, scale, error
    )
    for what, value in (
        ("forward over reverse", ag.jvp(pulled, point, along)[1]),
        ("reverse over forward", dot(ag.grad(pushed, argnums=numbers)(*point), along)),
        ("forward over forward", ag.jvp(pushed, point, along)[1]),
    ):
        _close(f"{what} and reverse over reverse", float(value), dot(by_reverse, along), scale)

    def other_way(*xs: Any) -> Any:
        return sum((ct * d).sum() for ct, d in zip(_pull(case, xs, g), t, strict=True))

    swapped = ag.grad(other_way, argnums=tuple(range(n)))(*case.xs)
    curvature = by_reverse[:n]
    _close(
        "second derivatives in either order",
        dot(swapped, u),
        dot(curvature, t),
        size(swapped, u) + size(curvature, t),
    )


# Kinds -----------------------------------------------------------------------------------------


def is_linear(case: Case) -> None:
    """f(2x - 3y) = 2 f(x) - 3 f(y), in all arguments together or in each."""
    op = case.function
    rng = np.random.default_rng(3)
    ys = [rng.uniform(-1, 1, x.shape) for x in case.xs]

    def check(what: str, xs: Sequence[Any], others: Sequence[Any]) -> None:
        mixed = [2.0 * x - 3.0 * y if x is not y else x for x, y in zip(xs, others, strict=True)]
        for both, one, two in zip(
            case.plain_floats(*mixed),
            case.plain_floats(*xs),
            case.plain_floats(*others),
            strict=True,
        ):
            _same(f"not linear in {what}", both, 2.0 * one - 3.0 * two, 1e-10)

    if isinstance(op, Linear):
        check("its inputs", case.xs, ys)
    elif isinstance(op, Bilinear) and len(case.xs) == 2:
        check("its first input", case.xs, [ys[0], case.xs[1]])
        check("its second input", case.xs, [case.xs[0], ys[1]])


def value_equals_tensor(case: Case) -> None:
    """On numbers, ``Value`` and a 0-d tensor agree to second order, constants on either side."""
    op = case.function
    if not isinstance(op, Elementwise):
        return
    variable = [i for i, p in enumerate(op.partials) if p is not None]
    for point in scalar_points(case):
        for chosen in {tuple(variable), *((i,) for i in variable)}:
            _scalar_law(op, point, chosen, case.params)


def _scalar_law(op: Op, point: tuple, chosen: tuple[int, ...], params: dict) -> None:
    def f(*xs: Any) -> Any:
        full = list(point)
        for i, x in zip(chosen, xs, strict=True):
            full[i] = x
        return op(*full, **params)

    floats = tuple(float(point[i]) for i in chosen)
    arrays = tuple(np.asarray(x) for x in floats)
    numbers = tuple(range(len(chosen)))
    values = [ag.Value(x) for x in floats]
    out = f(*values)
    assert isinstance(out, ag.Value), f"{op.name} of Values gave {type(out).__name__}"
    reference, gradient = ag.value_and_grad(f, argnums=numbers)(*arrays)
    for y, leaves in [(out, values), *_by_operator(op, point, chosen)]:
        _same("Value and Tensor", y.data, reference, 1e-13)
        y.backward()
        for i, v in zip(numbers, leaves, strict=True):
            _same("Value.grad and Tensor.grad", v.grad, gradient[i], 1e-12)

    def directional(*xs: Any) -> Any:
        return sum((2.0 + i) * d for i, d in enumerate(ag.grad(f, argnums=numbers)(*xs)))

    for a, b in zip(
        ag.grad(directional, argnums=numbers)(*floats),
        ag.grad(directional, argnums=numbers)(*arrays),
        strict=True,
    ):
        _same("second derivatives of Value and Tensor", a, b, 1e-11)
    ones = tuple(1.0 for _ in floats)
    _same("jvp of Value", ag.jvp(f, floats, ones)[1], sum(gradient), 1e-12)


def _by_operator(op: Op, point: tuple, chosen: tuple[int, ...]) -> list[tuple[Any, list]]:
    """The same through the closures that ``Value``'s operators and methods are made of."""
    if op.defaults or op.scalar is None or op.arity not in (1, 2) or op.differentiable:
        return []
    values = [ag.Value(float(point[i])) for i in chosen]
    full: list[Any] = [float(x) for x in point]
    for i, v in zip(chosen, values, strict=True):
        full[i] = v
    if op.arity == 1:
        return [(_unary(op)(*values), values)]
    if chosen == (1,):
        return [(_reflected(op)(full[1], full[0]), values)]
    return [(_binary(op)(*full), values)]


def equals_reference(case: Case) -> None:
    """A fused rule gives what the composite it replaces gives, to second order."""
    reference = getattr(case.function, "reference", None)
    if reference is None:
        return
    other = case.with_function(reference)
    other.where, other.xs = case.where, case.xs
    t, g = _directions(case)
    for a, b in zip(case.plain_floats(*case.xs), other.plain_floats(*case.xs), strict=True):
        _same("value of the fused op", a, b, 1e-10)
    for a, b in zip(_pull(case, case.xs, g), _pull(other, case.xs, g), strict=True):
        _same("gradient of the fused op", a, b, 1e-9)

    def curvature(which: Case) -> Callable[..., Any]:
        return lambda *xs: sum((ct * d).sum() for ct, d in zip(_pull(which, xs, g), t))

    numbers = tuple(range(len(t)))
    for a, b in zip(
        ag.grad(curvature(case), argnums=numbers)(*case.xs),
        ag.grad(curvature(other), argnums=numbers)(*case.xs),
        strict=True,
    ):
        _same("second derivative of the fused op", a, b, 1e-8)


# Arrays ----------------------------------------------------------------------------------------


def float32_stays(case: Case) -> None:
    """float32 in, float32 out; gradients too; and the numbers are those of float64."""
    singles = [x.astype(np.float32) for x in case.xs]
    doubles = [x.astype(np.float64) for x in singles]
    _, g = _directions(case)
    small = [c.astype(np.float32) for c in g]
    function = case.function
    expected = np.dtype(np.float32)
    if isinstance(getattr(function, "forward", None), np.ufunc):
        # np.float_power is float64 by definition.
        expected = function.forward(*case.args(singles)).dtype
    elif case.params.get("dtype") is not None:
        expected = np.dtype(case.params["dtype"])
    nodes = [ag.Tensor(x, requires_grad=True) for x in singles]
    for y, reference in zip(case.floats(*nodes), case.plain_floats(*doubles), strict=True):
        assert y.dtype == expected, f"float32 in, {y.dtype} out"
        _same("float32 result", y, reference, 2e-4)
    for ct, reference in zip(
        _pull(case, singles, small),
        _pull(case, doubles, [c.astype(np.float64) for c in small]),
        strict=True,
    ):
        assert ct.dtype == np.float32, f"gradient {ct.dtype} for a float32 input"
        scale = max(1.0, float(np.max(np.abs(reference), initial=0.0)))
        _same("float32 gradient", ct / scale, reference / scale, 1e-3)
    if expected == np.float32:
        for tangent in _push(case, singles, [np.ones_like(x) for x in singles]):
            assert np.asarray(tangent).dtype == np.float32, f"tangent {tangent.dtype}"


def layout_does_not_matter(case: Case) -> None:
    """Strided, reversed and Fortran-ordered inputs and cotangents give the same."""
    if case.params.get("order") in ("A", "K"):
        return  # which say that it does
    _, g = _directions(case)
    outs = case.plain_floats(*case.xs)
    pulled = _pull(case, case.xs, g)
    for arrange in (_strided, _reversed, _fortran):
        xs = [arrange(x) for x in case.xs]
        for a, b in zip(case.plain_floats(*xs), outs, strict=True):
            _same("value for another memory layout", a, b)
        for a, b in zip(_pull(case, xs, [arrange(c) for c in g]), pulled, strict=True):
            _same("gradient for another memory layout", a, b, 1e-11)


def _strided(x: np.ndarray) -> np.ndarray:
    if x.ndim == 0:
        return x
    wide = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan)
    wide[..., ::2] = x
    return wide[..., ::2]


def _reversed(x: np.ndarray) -> np.ndarray:
    return x if x.ndim == 0 else x[::-1].copy()[::-1]


def _fortran(x: np.ndarray) -> np.ndarray:
    return np.array(x, order="F")


def _old_names_may_warn(law: Callable[[Case], None]) -> Callable[[Case], None]:
    """NumPy deprecates names now and then (``fix``); they answer all the same."""

    @functools.wraps(law)
    def checked(case: Case) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            law(case)

    return checked


@_old_names_may_warn
def equals_numpy(case: Case) -> None:
    """The value is NumPy's on plain arrays, and ``np.f(tensor)`` is ``autograd.f(tensor)``."""
    args = case.args(case.xs)
    ours = _leaves(case.function(*args, **case.params))
    nodes = [ag.Tensor(x, requires_grad=True) for x in case.xs]
    direct = _leaves(case.call(*nodes))
    _, g = _directions(case)
    for a, b in zip(ours, direct, strict=True):
        _same("plain arrays and tensors", a, b)
    for theirs in numpy_functions(case.function):
        call = _accepted(theirs, case)
        if call is None:
            continue
        try:
            expected = _leaves(call(*args))
        except TypeError:
            continue  # ours takes more than NumPy: clip with one bound
        for a, b in zip(expected, ours, strict=True):
            _same(f"np.{theirs.__name__} and ours", a, b, 1e-9)
        if not nodes:
            continue
        dispatched = case.with_function(lambda *a, call=call, **_: call(*a))
        dispatched.where = case.where
        results = [plain(y) for y in _leaves(dispatched.call(*nodes))]
        for a, b in zip(results, ours, strict=True):
            _same(f"np.{theirs.__name__} of tensors", a, b)
        for a, b in zip(_pull(dispatched, case.xs, g), _pull(case, case.xs, g), strict=True):
            _same(f"gradient through np.{theirs.__name__}", a, b)


def _accepted(theirs: Any, case: Case) -> Callable[..., Any] | None:
    """NumPy's function with this case's parameters, or nothing if it does not take them."""
    defaults = getattr(case.function, "defaults", {})
    given = {k: v for k, v in case.params.items() if k not in defaults or v is not defaults[k]}
    if isinstance(theirs, np.ufunc):
        return None if given else theirs
    try:
        import inspect

        inspect.signature(theirs).bind(*case.args(case.xs), **given)
    except TypeError:
        return None
    except ValueError:
        pass  # written in C, without a signature
    return lambda *args: theirs(*args, **given)


CALCULUS: tuple[Callable[[Case], None], ...] = (
    gradients_fit_inputs,
    reverse_equals_forward,
    equals_finite_differences,
    leaves_inputs_alone,
    second_order,
    is_linear,
    value_equals_tensor,
    equals_reference,
    float32_stays,
    layout_does_not_matter,
)
LAWS: tuple[Callable[[Case], None], ...] = (*CALCULUS, equals_numpy)
