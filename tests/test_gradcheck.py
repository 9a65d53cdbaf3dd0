"""The gradient checker passes right rules, fails wrong ones at the right element, and knows when
it cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import autograd.value
from autograd.extend import elementwise, linear, primitive
from autograd.testing import GradientError, assert_grads_close, check_grads, gradcheck

X = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])
B = np.array([1.25, -0.5])
A = np.array([[1.0, 2.0, -1.0], [0.5, -3.0, 4.0], [2.5, 0.75, 0.2]])
C = np.array([[0.3, -1.0, 2.0], [1.0, 0.1, 0.7], [-0.4, 5.0, 1.2]])


def multiply(x: Any, b: Any) -> Any:
    return x * b


def matmul(a: Any, b: Any) -> Any:
    return a @ b


# Right rules ----------------------------------------------------------------------------------


RIGHT: list[tuple[str, Callable[..., Any], tuple]] = [
    ("tanh", np.tanh, (X,)),
    ("broadcast product", multiply, (X, B)),
    ("mixed scales", lambda x: np.sin(x), (np.array([1e-6, 1.0, 1e4]),)),
    ("near an edge", np.log, (np.array([1e-6, 1e-3, 1.0]),)),
    ("numbers", lambda x, y: x**y, (1.5, 2.5)),
    ("a number and an array", multiply, (X, 2.0)),
    ("single precision", lambda x: (x * x).sum(), (X.astype(np.float32),)),
    ("an integer held constant", lambda x, k: x * k, (X, np.array([2, 3]))),
    ("a container", lambda p: p["w"] * p["b"], ({"w": X, "b": B},)),
    ("several outputs", lambda x: (np.sin(x), x.sum()), (X,)),
    ("piecewise constant", np.floor, (np.array([0.3, 1.6]),)),
    ("large offset", lambda x: x * x + 1e6, (X,)),
    ("not finite, and not used", np.nansum, (np.array([np.nan, 2.0, 1.0]),)),
    ("memory layout seen", lambda x: x.ravel(order="K"), (np.asfortranarray(X),)),
    ("no elements", np.sin, (np.zeros((0, 3)),)),
    ("next to nothing", np.sin, (np.array([5e-324, 1e-310, 1e-200, 0.5]),)),
    ("the smallest number", np.sin, (5e-324,)),
]


@pytest.mark.parametrize(("f", "inputs"), [c[1:] for c in RIGHT], ids=[c[0] for c in RIGHT])
def test_right_rules_pass(f: Callable[..., Any], inputs: tuple) -> None:
    for seed in range(5):
        assert gradcheck(f, *inputs, seed=seed)


def test_right_rules_of_the_users_own_pass() -> None:
    assert gradcheck(multiply, X, B, vjp=lambda x, b, g: (g * b, (g * x).sum(axis=0)))
    assert gradcheck(
        multiply, X, B, vjp=(lambda x, b, g: g * b, lambda x, b, g: (g * x).sum(axis=0))
    )
    assert gradcheck(np.sin, X, jvp=lambda x, t: t * np.cos(x))
    assert gradcheck(np.sin, 0.5, vjp=lambda x, g: g * np.cos(x))


def test_every_mix_of_modes_is_checked_to_second_order() -> None:
    report = check_grads(lambda x, b: np.sum(np.tanh(x * b) * x), X, B)
    assert report
    assert len(report.parts) == 6
    assert "6 checks" in report.message
    assert check_grads(lambda x: np.exp(x) * x, 0.5, order=3, modes=("reverse",))
    assert check_grads(lambda p, k: p["w"] ** k, {"w": X**2 + 1.0}, 3)


def test_terms_that_cancel_leave_a_rounding() -> None:
    def difference(x: Any) -> Any:
        v = x.copy()
        v[0] = x[1]
        return x[1] - v

    for seed in range(5):
        assert gradcheck(difference, np.array([1.5, -2.375]), seed=seed)


def test_backward_is_held_against_vjp(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(root: Any) -> bool:
        found = right(root)
        root.a.grad *= 2
        return found

    right = autograd.value.pull_scalars
    monkeypatch.setattr(autograd.value, "pull_scalars", twice)
    with pytest.raises(GradientError, match=r"backward\(\) leaves x another gradient"):
        gradcheck(lambda x: x + 1.0, 0.5, raise_exception=True, seed=0)


# Wrong rules ----------------------------------------------------------------------------------


def sum_forgotten(x: Any, b: Any, g: Any) -> Any:
    return g * b, g * x


def first_row_only(x: Any, b: Any, g: Any) -> Any:
    return g * b, (g * x)[0]


def writes_to_the_cotangent(x: Any, b: Any, g: Any) -> Any:
    gb = (g * x).sum(axis=0)
    g *= b
    return g, gb


def writes_to_the_input(x: Any, b: Any, g: Any) -> Any:
    result = g * b, (g * x).sum(axis=0)
    x += 1
    return result


def remembers() -> Callable[..., Any]:
    total = np.zeros_like(X)

    def rule(x: Any, b: Any, g: Any) -> Any:
        nonlocal total
        total = total + g * b
        return total, (g * x).sum(axis=0)

    return rule


def b_is(value: Any) -> Callable[..., Any]:
    return lambda x, b, g: (g * b, value(g, x, b))


WRONG: list[tuple[str, Callable[..., Any], tuple, Any, str]] = [
    (
        "sign",
        multiply,
        (X, B),
        b_is(lambda g, x, b: -(g * x).sum(axis=0)),
        r"d/d\(b\) is wrong.*\n  b\[\d\] -> out\[\d, \d\].*\n.*\n  hint: the sign",
    ),
    (
        "one per cent",
        multiply,
        (X, B),
        b_is(lambda g, x, b: 1.01 * (g * x).sum(axis=0)),
        r"b\[\d\] -> out\[\d, \d\](.|\n)*1\.01 times",
    ),
    (
        "a millionth",
        multiply,
        (X, B),
        b_is(lambda g, x, b: (1 + 1e-6) * (g * x).sum(axis=0)),
        r"b\[\d\] -> out\[\d, \d\]",
    ),
    (
        "broadcast sum forgotten",
        multiply,
        (X, B),
        sum_forgotten,
        r"cotangent for b has shape \(3, 2\).*\(2,\).*broadcast",
    ),
    (
        "broadcast sum wrong",
        multiply,
        (X, B),
        first_row_only,
        r"b\[\d\] -> out\[[12], \d\] +analytic 0 (.|\n)*broadcast",
    ),
    (
        "transpose forgotten",
        matmul,
        (A, C),
        lambda a, b, g: (g @ b, a.T @ g),
        r"d/d\(a\) is wrong.*\n  a\[\d, \d\] -> out\[\d, \d\]",
    ),
    ("stateful", multiply, (X, B), remembers(), r"another cotangent for x.*x\[0, 0\] is"),
    (
        "writes to the cotangent",
        multiply,
        (X, B),
        writes_to_the_cotangent,
        r"writes to the cotangent",
    ),
    ("writes to the input", multiply, (X, B), writes_to_the_input, r"writes to the input x"),
    (
        "out for its derivative",
        np.tanh,
        (X,),
        lambda x, g: g * (1 - np.tanh(x)),
        r"x\[\d, \d\] -> out\[\d, \d\]",
    ),
    (
        "wrong far out only",
        np.sin,
        (np.array([0.5, -3.0, 1.0]),),
        lambda x, g: np.where(x < -2.5, 0, g * np.cos(x)),
        r"x\[1\] -> out\[1\] +analytic 0",
    ),
    ("nan", np.sin, (X,), lambda x, g: g * np.cos(x) / 0.0 * 0.0, r"nan"),
    ("tiny outputs", lambda x: 1e-7 * x, (X,), lambda x, g: 2e-7 * g, r"2 times"),
    (
        "double for single",
        np.sin,
        (X.astype(np.float32),),
        lambda x, g: (g * np.cos(x)).astype(float),
        r"float64.*float32",
    ),
    ("too few cotangents", multiply, (X, B), lambda x, b, g: (g * b,), r"1 cotangents for 2"),
    (
        "ddof forgotten",
        lambda x: np.var(x),
        (np.linspace(0, 1, 1000) ** 2,),
        lambda x, g: g * 2 * (x - x.mean()) / (x.size - 1),
        r"1\.001",
    ),
]


@pytest.mark.parametrize(
    ("f", "inputs", "rule", "message"), [c[1:] for c in WRONG], ids=[c[0] for c in WRONG]
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_wrong_rules_fail_and_the_element_is_named(
    f: Callable[..., Any], inputs: tuple, rule: Any, message: str
) -> None:
    for seed in range(3):
        kept = [np.array(x) for x in inputs]
        with pytest.raises(GradientError, match=message):
            gradcheck(f, *inputs, vjp=rule, seed=seed)
        for x, old in zip(inputs, kept, strict=True):
            np.testing.assert_array_equal(x, old)


def test_one_wrong_element_among_thousands_is_found() -> None:
    x = np.random.default_rng(0).normal(size=(50, 60))

    def rule(x: Any, g: Any) -> Any:
        gx = g * np.cos(x)
        gx[31, 41] *= 1.5
        return gx

    with pytest.raises(GradientError, match=r"x\[31, 41\] -> out\[31, 41\](.|\n)*1\.5 times"):
        gradcheck(np.sin, x, vjp=rule)


def test_wrong_forward_rules_fail() -> None:
    with pytest.raises(GradientError, match=r"x\[0, 0\] -> out\[0, 0\](.|\n)*forward mode(.|\n)*"):
        gradcheck(np.sin, X, jvp=lambda x, t: -t * np.cos(x))


def test_wrong_declared_ops_fail() -> None:
    cube = elementwise(lambda x: x * x * x, lambda y, x: 2 * x * x, name="cube")
    with pytest.raises(GradientError, match=r"gradcheck: cube(.|\n)*0\.666666667 times"):
        gradcheck(cube, X)
    flip = linear(lambda x: x[::-1], lambda g, x: g, name="flip_rows")
    with pytest.raises(GradientError, match="transpose or an index"):
        gradcheck(flip, X)
    outer = primitive(
        lambda x, y: np.multiply.outer(x, y),
        vjp=(lambda g, out, x, y: g @ y, lambda g, out, x, y: g @ x),
        name="outer_product",
    )
    with pytest.raises(GradientError, match="outer_product"):
        gradcheck(outer, np.array([1.0, 2.0]), np.array([3.0, -1.0]))


def test_a_second_derivative_that_is_lost_fails() -> None:
    # The rule reads the plain array, so nothing links its result to x.
    square = elementwise(lambda x: x * x, lambda y, x: 2 * ag.extend.plain(x), name="square_cut")
    assert gradcheck(square, X)
    with pytest.raises(GradientError, match=r"order 2 \(reverse over reverse\)"):
        check_grads(square, X)


def test_a_dropped_graph_fails() -> None:
    with pytest.raises(GradientError, match=r"0\.5 times"):
        gradcheck(lambda x: x * x.detach(), X)
    with pytest.raises(GradientError, match="gives nothing here"):
        gradcheck(lambda x: np.sin(x.detach()) + 0.0 * x, X)


# No verdict -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "reason"),
    [
        (ag.relu, np.array([0.0, 1.0]), "kink"),
        (np.abs, np.array([0.0, 1.0]), "kink"),
        (np.sign, np.array([0.0, 1.0]), "jumps"),
        (np.sqrt, np.array([0.0, 1.0]), "edge"),
        (np.log, 0.0, "edge"),
        (np.sin, np.array([np.inf, 1.0]), "not finite"),
    ],
)
def test_what_cannot_be_told_is_no_pass(f: Any, x: Any, reason: str) -> None:
    report = gradcheck(f, x)
    assert not report
    assert report.verdict == "inconclusive"
    assert reason in report.message


def test_a_random_function_is_no_pass() -> None:
    rng = np.random.default_rng(0)
    report = gradcheck(lambda x: x * rng.uniform(0.5, 1.5), X)
    assert not report
    assert report.verdict == "inconclusive"


def test_failures_can_be_returned() -> None:
    report = gradcheck(np.sin, X, vjp=lambda x, g: g, raise_exception=False)
    assert not report
    assert report.verdict == "fail"


def test_a_seed_repeats_a_check() -> None:
    reports = [
        gradcheck(np.sin, X, vjp=lambda x, g: 1.1 * g, raise_exception=False, seed=s).message
        for s in (3, 3)
    ]
    assert reports[0] == reports[1]


def test_inputs_must_be_differentiable() -> None:
    with pytest.raises(TypeError, match=r"floating-point input.*3\.0 for 3"):
        gradcheck(lambda x: x, 3)


# Comparing gradients ----------------------------------------------------------------------------


def test_equal_gradients_are_close() -> None:
    assert_grads_close({"w": X, "b": [B, None]}, {"w": X * (1 + 1e-12), "b": [B, None]})
    assert_grads_close(np.array([np.nan, np.inf]), np.array([np.nan, np.inf]))
    assert_grads_close(ag.Tensor(X), X)


@pytest.mark.parametrize(
    ("actual", "expected", "message"),
    [
        (X, X + np.eye(3, 2), r"gradient\[0, 0\] is 0\.5, expected 1\.5"),
        (X, X[:2], "shape"),
        (X.astype(np.float32), X, "float32, expected float64"),
        ([X, B], [X], "nested differently"),
        ([X, B], [X, -B], r"gradient 1\[0\]"),
        (np.array([np.nan]), np.array([1.0]), "nan"),
    ],
)
def test_different_gradients_are_not(actual: Any, expected: Any, message: str) -> None:
    with pytest.raises(GradientError, match=message):
        assert_grads_close(actual, expected)


# What forward rules return ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "rule", "message"),
    [
        (
            lambda x: np.array([x, x, x]),
            0.5,
            lambda x, t: t,
            r"shape \(\), and the output .*\(3,\)",
        ),
        (lambda x: x * B, B, lambda x, t: (t * B).reshape(1, 2), r"shape \(1, 2\)"),
        (np.sin, X, lambda x, t: None, "gives nothing for 1 outputs"),
        (np.sin, X, lambda x, t: (t, t), "gives 2 tangents for 1 outputs"),
        (np.sin, X, lambda x, t: (t * np.cos(x)).astype(np.float32), "tangent .* is float32"),
        (np.sin, X, lambda x, t: np.multiply(t, np.cos(x), out=t), "writes to the tangent of x"),
        (np.sin, X, lambda x, t: t * np.cos(x, out=x), "writes to the input x"),
    ],
)
def test_ill_formed_tangents_are_told(f: Any, x: Any, rule: Any, message: str) -> None:
    with pytest.raises(GradientError, match=message):
        gradcheck(f, x, jvp=rule)


def test_wrong_use_is_told() -> None:
    with pytest.raises(TypeError, match="takes the function first"):
        gradcheck(X, np.sin)
    with pytest.raises(TypeError, match="real and imaginary parts"):
        gradcheck(np.sin, X + 1j)
    with pytest.raises(ValueError, match="modes is a sequence of reverse and forward; got 'rev"):
        check_grads(np.sin, X, modes="reverse")
    with pytest.raises(TypeError) as caught:
        gradcheck(np.sin, X, vjp=lambda g: g)
    assert "vjp(*inputs, cotangent)" in caught.value.__notes__[-1]


# What a rule may depend on ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        lambda x, g: np.maximum(g, 0.0) * np.cos(x),
        lambda x, g: abs(g) * np.cos(x),
        lambda x, g: np.clip(g, -100.0, 100.0) * np.cos(x),
        lambda x, g: np.where(np.abs(g) < 1e-3, 0.0, g) * np.cos(x),
        lambda x, g: g * abs(g) * np.cos(x),
    ],
    ids=["positive part", "size", "clipped", "rounded to zero", "square"],
)
@pytest.mark.parametrize("x", [0.5, B], ids=["number", "array"])
def test_rules_that_are_not_linear_fail_for_every_seed(rule: Any, x: Any) -> None:
    for seed in range(8):
        with pytest.raises(GradientError, match="vjp of sin is not linear in the cotangent"):
            gradcheck(np.sin, x, vjp=rule, seed=seed)
        with pytest.raises(GradientError, match="jvp of sin is not linear in the tangent"):
            gradcheck(np.sin, x, jvp=rule, seed=seed)


def test_rules_that_read_memory_as_contiguous_fail() -> None:
    def reads(x: Any, g: Any) -> Any:
        return g * np.cos(x) if g.flags.c_contiguous else g[::-1] * np.cos(x)

    with pytest.raises(GradientError, match="cotangent it is given is not contiguous"):
        gradcheck(np.sin, X, vjp=reads)

    def of_slices(x: Any, g: Any) -> Any:
        return g * np.cos(x) if x.flags.c_contiguous else 2 * g * np.cos(x)

    assert gradcheck(np.sin, X[:, 0].copy(), vjp=of_slices)
    with pytest.raises(GradientError, match="2 times"):
        gradcheck(np.sin, X[:, 0], vjp=of_slices)


def test_linear_rules_may_overflow_when_scaled() -> None:
    for scale in (1e-300, 1e300):
        assert gradcheck(lambda x, s=scale: s * x, B, vjp=lambda x, g, s=scale: s * g).verdict
    tiny = np.array([1e-42, 1.0], np.float32)
    assert gradcheck(lambda x: x * tiny, B.astype(np.float32), vjp=lambda x, g: g * tiny)


# What belongs to the caller -----------------------------------------------------------------------


def test_tensors_of_the_caller_inside_the_function_keep_their_gradients() -> None:
    wrong = elementwise(np.tanh, lambda out, x: 1 - out, name="wrong_inside")
    w = ag.Tensor(B, requires_grad=True)
    k = ag.Value(3.0)
    (w * 2.0).sum().backward()
    (k * 2.0).backward()
    for f in (lambda x: x * w, lambda x: wrong(x * w), lambda x: wrong(x * w) * k):
        gradcheck(f, X, raise_exception=False)
        check_grads(f, X, raise_exception=False)
        ag.testing.locate(f, X)
        np.testing.assert_array_equal(w.grad, [2.0, 2.0])
        assert k.grad == 2.0
    assert check_grads(lambda x: np.tanh(x * w), X)
    assert gradcheck(lambda x: x * k, 2.0)


def test_an_input_may_be_an_output() -> None:
    assert check_grads(lambda x: [x * 2.0, [x, 3.0]], X)
    assert check_grads(lambda x: (x * 2.0, x), 0.5)


def test_parameters_are_not_functions() -> None:
    with pytest.raises(TypeError, match="parameters= takes a module or tensors"):
        gradcheck(np.sin, X, parameters=lambda: X)


# Rounding -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: (np.exp(x) - 1) / x, np.array([1e-8, 1e-3, 0.1])),
        (lambda x: np.expm1(x) / x, np.array([1e-8, 1e-3, 0.1])),
        (lambda x: x * (1 + np.tanh(0.8 * (x + 0.045 * x**3))), np.array([-6.0, -5.0, 4.0])),
        (np.var, (1e4 + B).astype(np.float32)),
        (np.var, (1e6 + B).astype(np.float32)),
    ],
    ids=["exp - 1", "expm1", "gelu", "float32", "float32, far"],
)
def test_digits_lost_to_rounding_are_no_failure(f: Any, x: Any) -> None:
    for seed in range(5):
        report = gradcheck(f, x, seed=seed)
        assert report.verdict in ("pass", "inconclusive")


@pytest.mark.parametrize(
    ("f", "x", "rule"),
    [
        (lambda x: (np.exp(x) - 1) / x, np.array([1e-3, 0.1]), lambda x, g: g * 0.6),
        (np.tanh, np.array([9.0, 12.0, 1.0]), lambda x, g: 2 * g * (1 - np.tanh(x) ** 2)),
        (np.sin, np.array([0.0, 1.0]), lambda x, g: g * np.where(x == 0, 2.0, np.cos(x))),
        (lambda x: np.sin(1e6 * x), B, lambda x, g: 0.0 * g),
        (lambda x: np.tanh(1e4 * x), 1e-5 * B, lambda x, g: 0.0 * g),
        (lambda x: 1e160 * np.sin(x), B, lambda x, g: 2e160 * g * np.cos(x)),
    ],
    ids=["exp - 1", "tail", "at zero alone", "fast", "steep", "large"],
)
def test_rounding_is_no_excuse(f: Any, x: Any, rule: Any) -> None:
    for seed in range(5):
        with pytest.raises(GradientError):
            gradcheck(f, x, vjp=rule, seed=seed)


def test_a_zero_gradient_at_a_zero_is_told() -> None:
    for seed in range(5):
        assert gradcheck(lambda x: np.sum((x - 1.0) ** 2), np.ones(10), seed=seed)
        with pytest.raises(GradientError):
            gradcheck(lambda x: x**2, np.zeros(3), vjp=lambda x, g: 1e-6 * g, seed=seed)


def test_sums_in_single_precision_are_told() -> None:
    x = np.random.default_rng(0).normal(size=100_000).astype(np.float32)
    for seed in range(5):
        report = gradcheck(lambda x: np.sum(np.tanh(x)), x, seed=seed)
        assert report.reason != "no power"
