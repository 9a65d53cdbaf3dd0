"""Where ``Value`` and ``Tensor`` meet: one graph, and gradients cross both ways."""

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, no_grad

# Values into tensors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "gather",
    [
        lambda vs: Tensor(vs),
        lambda vs: ag.tensor(vs),
        lambda vs: ag.stack(vs),
        lambda vs: np.stack(vs),
        lambda vs: ag.concatenate(vs),
        lambda vs: ag.concatenate([vs[:1], vs[1:]]),
        lambda vs: ag.hstack(vs),
        lambda vs: Tensor(np.array(vs)),
        lambda vs: Tensor([Tensor(v) for v in vs]),
        lambda vs: Tensor([vs[0], Tensor(vs[1]), *vs[2:]]),
        lambda vs: Tensor(np.array([vs]))[0],
        lambda vs: np.array(vs) * Tensor(1.0),
    ],
)
def test_values_gather(gather):
    vs = [Value(k + 1.0) for k in range(3)]
    t = gather(vs)
    assert isinstance(t, Tensor)
    np.testing.assert_array_equal(t.numpy(), [1.0, 2.0, 3.0])
    (t * t * np.array([1.0, 10.0, 100.0])).sum().backward()
    assert [v.grad for v in vs] == [2.0, 40.0, 600.0]


def test_nested_lists_mix_numbers_values_and_nothing_else():
    x = Value(2.0)
    t = Tensor([[x, 1], [True, x * x]])
    np.testing.assert_array_equal(t.numpy(), [[2.0, 1.0], [1.0, 4.0]])
    t.sum().backward()
    assert x.grad == 5.0
    with pytest.raises(ValueError, match="unequal lengths"):
        Tensor([[x, x], [x]])
    with pytest.raises(ValueError, match="shape"):
        Tensor([Tensor([1.0, 2.0]), x])
    with pytest.raises((TypeError, ValueError)):
        Tensor([x, "word"])


def test_the_same_value_twice_counts_twice():
    x = Value(3.0)
    ag.stack([x, x, x]).sum().backward()
    assert x.grad == 3.0


# Tensors into values -----------------------------------------------------------------------------


def test_tensors_spread():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    (a, b), (c, _) = (x * 2).to_values()
    assert all(isinstance(v, Value) for v in (a, b, c))
    (a * b + c.tanh()).backward()
    np.testing.assert_allclose(x.grad, [[8.0, 4.0], [2 * (1 - np.tanh(6.0) ** 2), 0.0]])
    one = x.sum().to_values()
    assert isinstance(one, Value) and one.data == 10.0
    assert Tensor([1.0]).to_values()[0].op is None
    with no_grad():
        assert x.to_values()[0][0].op is None


def test_there_and_back():
    x = Tensor(np.arange(1.0, 7.0).reshape(2, 3), requires_grad=True)
    y = Tensor(x.to_values())
    (y * x).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * x.numpy())
    v = Value(5.0)
    w = ag.stack([v, v * 2]).to_values()
    (w[0] * w[1]).backward()
    assert v.grad == 4 * 5.0


def test_a_value_loss_over_a_tensor_over_values():
    w, b = Value(0.5), Value(-1.0)
    xs = np.array([1.0, 2.0, 3.0])
    hidden = np.tanh(xs * w + b)
    loss = sum((h * h for h in hidden.to_values()), Value(0.0))
    loss.backward()
    h = np.tanh(0.5 * xs - 1)
    assert w.grad == pytest.approx((2 * h * (1 - h * h) * xs).sum())
    assert b.grad == pytest.approx((2 * h * (1 - h * h)).sum())


def test_backward_twice_accumulates_on_both_sides():
    x, v = Tensor([1.0, 2.0], requires_grad=True), Value(3.0)
    loss = (x * v).sum()
    loss.backward()
    loss.backward()
    assert v.grad == 6.0
    np.testing.assert_array_equal(x.grad, [6.0, 6.0])


def test_freeing_crosses_the_border():
    x = Tensor([1.0, 2.0], requires_grad=True)
    a, b = x.to_values()
    loss = ag.stack([a * b, a]).sum()
    loss.backward(retain_graph=False)
    np.testing.assert_array_equal(x.grad, [3.0, 1.0])
    with pytest.raises(RuntimeError, match="released"):
        loss.backward()


# Arithmetic between the two ----------------------------------------------------------------------

OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "maximum": np.maximum,
    "hypot": np.hypot,
    "arctan2": np.arctan2,
}
each = pytest.mark.parametrize("f", OPERATORS.values(), ids=OPERATORS)


@each
@pytest.mark.parametrize("order", ["value first", "array first"])
def test_value_with_array(f, order):
    v, a = Value(1.5), np.array([1.0, 2.0, 3.0])
    out, wanted = (f(v, a), f(1.5, a)) if order == "value first" else (f(a, v), f(a, 1.5))
    assert isinstance(out, Tensor)
    np.testing.assert_allclose(out.numpy(), wanted)
    out.sum().backward()
    h = 1e-6
    slope = lambda g: (g(1.5 + h) - g(1.5 - h)) / (2 * h)
    g = (lambda x: f(x, a).sum()) if order == "value first" else (lambda x: f(a, x).sum())
    assert v.grad == pytest.approx(slope(g), rel=1e-6, abs=1e-8)


@each
def test_value_with_tensor_keeps_float32(f):
    v, t = Value(1.5), Tensor(np.array([1.0, 2.0], np.float32), requires_grad=True)
    for out in (f(v, t), f(t, v)):
        assert out.dtype == np.float32
        out.sum().backward()
    assert t.grad.dtype == np.float32
    assert isinstance(v.grad, float)


def test_numpy_numbers_leave_values_values():
    v = Value(2.0)
    for out in (v * np.float64(3), np.float64(3) * v, np.float32(3) * v, np.int64(3) * v):
        assert isinstance(out, Value) and out.data == 6.0
    assert isinstance(np.exp(v), Value)
    assert isinstance(np.where(True, v, 1.0), Value)
    assert np.isclose(v, 2.0) and np.isfinite(v) and (np.array([1.0, 3.0]) < v).tolist() == [1, 0]


def test_functions_of_several_kinds():
    v, a = Value(2.0), np.array([[1.0, 2.0], [3.0, 4.0]])
    t = Tensor([1.0, -1.0], requires_grad=True)
    loss = ((a @ (t * v)) * v).sum() + ag.where(a > 2, v, 0.0).sum()
    loss.backward()
    s = (a @ [1.0, -1.0]).sum()
    assert v.grad == pytest.approx(2 * 2.0 * s + 2)
    np.testing.assert_allclose(t.grad, 4.0 * a.sum(axis=0))


def test_a_value_written_into_a_tensor():
    v, t = Value(2.0), Tensor(np.zeros((2, 2), np.float32))
    t[0] = v * v
    t[1, 1] = v
    assert t.dtype == np.float32
    t.sum().backward()
    assert v.grad == 2 * 4.0 + 1


# Arrays that hold values -------------------------------------------------------------------------


def test_object_arrays_of_values():
    vs = [Value(1.0), Value(2.0)]
    a = np.array(vs)
    loss = (a * a).sum() + a @ np.array([3.0, 4.0]) + (Tensor([1.0, 1.0]) * a).sum()
    loss.backward()
    assert [v.grad for v in vs] == [2 + 3 + 1, 4 + 4 + 1]
    b = np.array([[vs[0], 1.0], [2.0, vs[1]]], dtype=object)
    t = Tensor(b)
    assert t.dtype == np.float64 and t.op is not None
    assert (b * Tensor(np.ones((2, 2)))).op is not None


# Higher orders and both modes --------------------------------------------------------------------


def through(x):
    """A function that crosses the border twice."""
    a, b, c = (x * x).to_values()
    t = ag.stack([a * b, b.sin() * c, a])
    return (t * t).sum() * a


def alone(x):
    s = x * x
    t = ag.stack([s[0] * s[1], np.sin(s[1]) * s[2], s[0]])
    return (t * t).sum() * s[0]


X = np.array([0.5, 0.8, 1.1])


def test_first_order_is_the_same_without_the_border():
    np.testing.assert_allclose(ag.grad(through)(X), ag.grad(alone)(X), rtol=1e-12)


def test_forward_mode_is_the_same_without_the_border():
    t = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(
        ag.jvp(through, (X,), (t,))[1], ag.jvp(alone, (X,), (t,))[1], rtol=1e-12
    )


def test_second_order_is_the_same_without_the_border():
    np.testing.assert_allclose(ag.hessian(through)(X), ag.hessian(alone)(X), rtol=1e-10)
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(ag.hvp(through)(X, v), ag.hvp(alone)(X, v), rtol=1e-10)


def test_second_order_of_a_value_through_tensors():
    def f(v):
        t = ag.stack([v, v * v, 2.0])
        return (t[0] * t[1] * t).sum()  # v^3 (v + v^2 + 2)

    x = 1.5
    assert ag.grad(f)(x) == pytest.approx(4 * x**3 + 5 * x**4 + 6 * x**2)
    assert ag.grad(ag.grad(f))(x) == pytest.approx(12 * x**2 + 20 * x**3 + 12 * x)
    assert ag.grad(ag.grad(ag.grad(f)))(x) == pytest.approx(24 * x + 60 * x**2 + 12)


def test_nested_derivatives_on_both_sides():
    def f(x):
        inner = ag.grad(lambda y: (ag.stack([y, x[0] * y]) ** 2).sum())(x[1])
        return inner * x[0]

    # inner = 2 x1 + 2 x0^2 x1, for a 0-d tensor or a value alike
    a, b = 2.0, 3.0
    np.testing.assert_allclose(
        ag.grad(f)(np.array([a, b])), [2 * b + 6 * a * a * b, 2 * a + 2 * a**3]
    )


# Size --------------------------------------------------------------------------------------------


def test_a_large_tensor_through_values():
    n = 20_000
    x = Tensor(np.linspace(0.0, 1.0, n), requires_grad=True)
    values = x.to_values()
    total = values[0]
    for v in values[1:]:
        total = total + v * v
    total.backward()
    wanted = 2 * x.numpy()
    wanted[0] = 1.0
    np.testing.assert_array_equal(x.grad, wanted)
    back = ag.stack(values)
    assert back.op.name == "collect"
    np.testing.assert_array_equal(back.numpy(), x.numpy())


def test_a_chain_that_crosses_many_times():
    x = Tensor([1.0, 0.5], requires_grad=True)
    y = x
    for _ in range(2_000):
        a, b = y.to_values()
        y = ag.stack([b, a])
    y[0].backward()
    np.testing.assert_array_equal(x.grad, [1.0, 0.0])


@pytest.mark.parametrize("multiply", [lambda a, v: a * v, lambda a, v: v * a])
def test_a_constant_array_may_change_after_it_met_a_value(multiply):
    a, v = np.array([1.0, 2.0]), Value(3.0)
    y = multiply(a, v)
    a[:] = 0
    y.sum().backward()
    assert v.grad == 3.0


def test_values_at_the_ends_of_differences() -> None:
    a, b = ag.Value(1.5), ag.Value(0.5)
    ends = ag.ediff1d(ag.tensor([1.0, 2.0, 4.0]), a, [b, b])
    assert ends.data.tolist() == [0.5, 0.5, 1.0, 2.0, 1.5]
    ends.backward([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (a.grad, b.grad) == (5.0, 3.0)


def test_the_range_of_a_histogram_has_no_gradient() -> None:
    with pytest.raises(TypeError, match="histogram has no derivative with respect to range"):
        ag.histogram(np.arange(3.0), 3, (ag.Value(-2.0), ag.Value(2.0)))
