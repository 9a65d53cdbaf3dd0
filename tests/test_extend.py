"""A user's own op gets both modes, every order, and errors that help."""

import numpy as np
import pytest

from autograd import Tensor, Value, grad, hessian, jvp
from autograd.errors import NotDifferentiableError, RuleError
from autograd.extend import bilinear, elementwise, linear, primitive

swish = elementwise(
    lambda x: x / (1 + np.exp(-x)),
    lambda out, x: out / x * (1 + x - out),
    name="swish",
    domain=((0.2, 3.0),),
)


def test_elementwise_on_every_face():
    x = 0.7
    s = 1 / (1 + np.exp(-x))
    expected = s * (1 + x * (1 - s))
    assert grad(swish)(x) == pytest.approx(expected)
    v = Value(x)
    swish(v).backward()
    assert v.grad == pytest.approx(expected)
    t = Tensor([x, x], requires_grad=True)
    swish(t).sum().backward()
    np.testing.assert_allclose(t.grad, [expected, expected])
    h = 1e-5
    numeric = (grad(swish)(x + h) - grad(swish)(x - h)) / (2 * h)
    assert grad(grad(swish))(x) == pytest.approx(numeric, rel=1e-8)


def test_one_callable_for_all_partials():
    weighted = elementwise(
        lambda x, y: x * y * y, lambda out, x, y: (y * y, 2 * x * y), name="weighted"
    )
    assert grad(weighted, argnums=(0, 1))(2.0, 3.0) == (9.0, 12.0)


def test_linear_and_its_transpose():
    diff = linear(lambda x: x[1:] - x[:-1], lambda g, x: back(g, x.shape[0]), name="difference")
    back = linear(
        lambda g, n=0: np.concatenate([-g[:1], g[:-1] - g[1:], g[-1:]]),
        lambda c, g, n: diff(c),
        name="difference_transposed",
    )
    x, t = np.array([1.0, 4.0, 9.0]), np.array([1.0, -1.0, 2.0])
    assert grad(lambda x: (diff(x) ** 2).sum())(x).tolist() == [-6.0, -4.0, 10.0]
    np.testing.assert_array_equal(jvp(diff, (x,), (t,))[1], np.diff(t))
    assert hessian(lambda x: (diff(x) ** 2).sum())(x).tolist() == [
        [2, -2, 0],
        [-2, 4, -2],
        [0, -2, 2],
    ]


def test_saved_state_travels_as_a_further_output():
    # The order found by the forward pass is used again by the rule.
    ranked = primitive(
        lambda x: (np.sort(x), np.argsort(x)),
        vjp=lambda g, out, x: scatter(g[0], np.asarray(out[1])),
        multiple=True,
        name="ranked",
    )
    scatter = linear(
        lambda g, order=None: g[np.argsort(order)], lambda c, g, order: c[order], name="unrank"
    )
    x = np.array([3.0, 1.0, 2.0])
    w = np.array([10.0, 20.0, 30.0])
    np.testing.assert_array_equal(grad(lambda x: (ranked(x)[0] * w).sum())(x), [30, 10, 20])
    np.testing.assert_array_equal(jvp(lambda x: ranked(x)[0], (x,), (w,))[1], [20, 30, 10])


def test_forward_mode_follows_from_the_vjp():
    cube = primitive(lambda x: x**3, vjp=lambda g, out, x: 3 * x * x * g, name="cube")
    x, t = np.array([1.0, 2.0]), np.array([1.0, 0.5])
    np.testing.assert_array_equal(jvp(cube, (x,), (t,))[1], [3, 6])
    np.testing.assert_array_equal(hessian(lambda x: cube(x).sum())(x), np.diag([6.0, 12.0]))


def test_parameters_positional_or_by_keyword():
    scaled = linear(lambda x, k=2.0: x * k, lambda g, x, k: g * k, name="scaled")
    assert grad(lambda x: scaled(x).sum())(np.ones(1))[0] == 2
    assert grad(lambda x: scaled(x, 5.0).sum())(np.ones(1))[0] == 5
    assert grad(lambda x: scaled(x, k=7.0).sum())(np.ones(1))[0] == 7
    with pytest.raises(TypeError, match=r"scaled\(\) does not take where="):
        scaled(np.ones(1), where=True)
    with pytest.raises(TypeError, match=r"takes \(x, k=2.0\)"):
        scaled(np.ones(1), 1.0, 2.0)
    with pytest.raises(TypeError, match=r"takes \(x, k=2.0\)"):
        scaled()


def _one(vjp):
    op = primitive(lambda x, y: x + y, vjp=vjp, name="bad")
    x, y = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones((2, 3)), requires_grad=True)
    op(x, y).sum().backward()


def test_wrong_rules_are_named():
    with pytest.raises(
        RuleError, match=r"'bad' returned ndarray of shape .2, 3.*input 1.*broadcast"
    ):
        _one(lambda g, out, x, y: (g, g))
    with pytest.raises(RuleError, match="1 cotangents for 2 inputs"):
        _one(lambda g, out, x, y: (g,))
    with pytest.raises(RuleError, match="returned None for input 1"):
        _one(lambda g, out, x, y: (None, g))
    with pytest.raises(NotDifferentiableError, match="no derivative with respect to argument x"):
        _one((None, lambda g, out, x, y: g))
    with pytest.raises(TypeError, match="2 inputs and 1 partials"):
        elementwise(lambda x, y: x, (1,), name="short")


def test_bilinear():
    outer = bilinear(
        lambda x, y: x[:, None] * y,
        (lambda g, x, y: (g * y).sum(axis=1), lambda g, x, y: (g * x.reshape(-1, 1)).sum(axis=0)),
        name="outer2",
    )
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])
    gx, gy = grad(lambda x, y: (outer(x, y) ** 2).sum(), argnums=(0, 1))(x, y)
    np.testing.assert_array_equal(gx, 2 * x * (y @ y))
    np.testing.assert_array_equal(gy, 2 * y * (x @ x))
    _, t = jvp(outer, (x, y), (x, y))
    np.testing.assert_array_equal(t, 2 * np.outer(x, y))


def test_every_op_knows_the_module_that_declares_it():
    from autograd.op import gate, where
    from autograd.ops.registry import all_ops

    modules = {name: op.__module__ for name, op in all_ops().items()}
    assert not {n: module for n, module in modules.items() if not module.startswith("autograd.")}
    # However the package was loaded: pytest's own loader stood on the stack here once.
    assert gate.__module__ == where.__module__ == "autograd.op"
