"""grad, vjp, jvp, jacobian, hessian, hvp over containers, nested in any way."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp


def test_floats_in_floats_out():
    value, slope = value_and_grad(lambda x: x**3)(2.0)
    assert (value, slope) == (8.0, 12.0)
    assert type(value) is float and type(slope) is float


def test_arrays_in_arrays_out():
    x = np.array([1.0, 2.0], dtype=np.float32)
    g = grad(lambda x: (x * x).sum())(x)
    assert type(g) is np.ndarray and g.dtype == np.float32
    np.testing.assert_array_equal(g, [2, 4])


def test_any_order():
    f = np.sin
    expected = [np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)]
    for order in range(8):
        assert f(0.3) == pytest.approx(expected[order % 4](0.3))
        f = grad(f)


@pytest.mark.parametrize("inner", ["reverse", "forward"])
@pytest.mark.parametrize("outer", ["reverse", "forward"])
def test_nested_transforms_keep_their_perturbations_apart(inner, outer):
    def d(f, mode):
        return grad(f) if mode == "reverse" else lambda x: jvp(f, (x,), (1.0,))[1]

    # d/dx (x * d/dy (x + y)) is 1; mixing up perturbations gives 2.
    assert d(lambda x: x * d(lambda y: x + y, inner)(2.0), outer)(1.0) == 1.0
    # d/dx (x * d/dy (x * y * y)) at x=2, y=3 is d/dx (2 x^2 y) = 4 x y.
    assert d(lambda x: x * d(lambda y: x * y * y, inner)(3.0), outer)(2.0) == 24.0


class Point(NamedTuple):
    x: float
    y: float


@dataclasses.dataclass
class Model:
    w: np.ndarray
    b: float


def test_containers():
    assert grad(lambda p: p["a"] * p["b"][0] + p["b"][1])({"a": 2.0, "b": [3.0, 4.0]}) == {
        "a": 3.0,
        "b": [2.0, 1.0],
    }
    assert grad(lambda p: p.x * p.y)(Point(2.0, 5.0)) == Point(5.0, 2.0)
    g = grad(lambda m: (m.w * m.b).sum())(Model(np.array([1.0, 2.0]), 3.0))
    assert isinstance(g, Model) and g.b == 3.0
    np.testing.assert_array_equal(g.w, [3, 3])
    assert grad(lambda p: p[0] * 2, argnums=0)((1.0, None)) == (2.0, None)


def test_argnums_and_aux():
    assert grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0) == (3.0, 2.0)
    assert grad(lambda x, y: x * y, argnums=-1)(2.0, 3.0) == 2.0
    g, aux = grad(lambda x: (x * x, {"y": x + 1}), has_aux=True)(3.0)
    assert (g, aux) == (6.0, {"y": 4.0})
    (v, aux), g = value_and_grad(lambda x: (x * x, x), has_aux=True)(3.0)
    assert (v, aux, g) == (9.0, 3.0, 6.0)


def test_vjp_may_be_pulled_repeatedly_and_keeps_its_inputs():
    x = np.array([1.0, 2.0])
    value, pull = vjp(lambda x: x * x, x)
    x[:] = 100
    np.testing.assert_array_equal(value, [1, 4])
    for c in ([1.0, 0.0], [0.0, 1.0]):
        np.testing.assert_array_equal(pull(np.array(c))[0], 2 * np.array([1.0, 2.0]) * c)


def test_jvp_of_containers():
    value, t = jvp(lambda p, y: {"s": p[0] * y, "t": p[1]}, ((2.0, 5.0), 3.0), ((1.0, 0.5), 0.0))
    assert value == {"s": 6.0, "t": 5.0} and t == {"s": 3.0, "t": 0.5}


@pytest.mark.parametrize("shape", [(2, 5), (5, 2)])
def test_jacobian_by_either_mode(shape):
    a = np.arange(10.0).reshape(shape)
    j = jacobian(lambda x: (a * x).sum(axis=1))(np.ones(shape[1]))
    np.testing.assert_array_equal(j, a)


def test_jacobian_of_matrices_and_containers():
    x = np.arange(6.0).reshape(2, 3)
    j = jacobian(lambda x: x.T * 2)(x)
    assert j.shape == (3, 2, 2, 3)
    for i, k in np.ndindex(3, 2):
        expected = np.zeros((2, 3))
        expected[k, i] = 2
        np.testing.assert_array_equal(j[i, k], expected)
    j = jacobian(lambda p: [p["u"] * 2, p["v"] * p["u"]])({"u": 3.0, "v": np.array([1.0, 2.0])})
    np.testing.assert_array_equal(j[1]["v"], np.eye(2) * 3)
    np.testing.assert_array_equal(j[1]["u"], [1, 2])
    assert j[0]["u"] == 2.0


def test_hessian_and_hvp():
    def f(x):
        return x[0] ** 2 * x[1] + np.sin(x[1])

    x, v = np.array([2.0, 3.0]), np.array([0.5, -1.0])
    h = hessian(f)(x)
    np.testing.assert_allclose(h, [[6, 4], [4, -np.sin(3.0)]], rtol=1e-14)
    np.testing.assert_allclose(hvp(f)(x, v), h @ v, rtol=1e-14)
    assert hessian(lambda x: x**4)(2.0) == 48.0
    assert hvp(lambda x: x**4)(2.0, 0.5) == 24.0


def test_closed_over_tensor_keeps_its_gradient():
    w = Tensor([1.0, 2.0], requires_grad=True)
    g = grad(lambda x: (x * x * w).sum())(np.array([1.0, 2.0]))
    assert isinstance(g, Tensor)
    (g * g).sum().backward()
    np.testing.assert_array_equal(w.grad, [8, 64])
    with ag.no_grad():
        g = grad(lambda x: (x * x * w).sum())(np.array([1.0, 2.0]))
    assert type(g) is np.ndarray


def test_values_inside():
    assert grad(lambda x: Value(3.0) * x)(2.0) == 3.0
    assert grad(lambda a: (ag.stack([a, a * a]) ** 2).sum())(2.0) == 4 + 32
    assert hessian(lambda a: (ag.stack([a, a * a]) ** 2).sum())(2.0) == 2 + 48


def test_independent_output_has_zero_gradient():
    assert grad(lambda x: 3.0)(1.0) == 0.0
    np.testing.assert_array_equal(jacobian(lambda x: np.ones(2))(np.ones(3)), np.zeros((2, 3)))


def test_input_written_in_place():
    def f(x):
        x[0] = x[1] * 3
        return (x * x).sum()

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(f)(x), [0, 2 * 6 * 3 + 4])
    np.testing.assert_array_equal(x, [1, 2])


@pytest.mark.parametrize("bad", [3, np.arange(3), True, "x"])
def test_integers_are_refused(bad):
    with pytest.raises(TypeError, match="argument 0"):
        grad(lambda x: x)(bad)


def test_errors():
    with pytest.raises(TypeError, match="one number"):
        grad(lambda x: x * 2)(np.ones(3))
    with pytest.raises(TypeError, match="container"):
        grad(lambda x: (x, x))(1.0)
    with pytest.raises(TypeError, match="argnums=1"):
        grad(lambda x: x, argnums=1)(1.0)
    with pytest.raises(TypeError, match="pair"):
        grad(lambda x: x, has_aux=True)(1.0)
    with pytest.raises(ValueError, match="shape"):
        vjp(lambda x: x, np.ones(3))[1](np.ones(2))
    with pytest.raises(ValueError, match="tangent"):
        jvp(lambda x: x, (np.ones(3),), (np.ones(2),))
    with pytest.raises(TypeError, match="returns numbers"):
        grad(lambda x: "no")(1.0)


def test_transforms_record_even_inside_no_grad():
    with ag.no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert hessian(lambda x: x**3)(2.0) == 12.0


@pytest.mark.parametrize(
    "f",
    [
        lambda w: value_and_grad(lambda x: w * 3.0)(1.0)[0],
        lambda w: vjp(lambda x: w * 3.0, 1.0)[0],
        lambda w: jvp(lambda x: (x, w * 3.0), (1.0,), (1.0,))[0][1],
        lambda w: grad(lambda x: (x * x, w * 3.0), has_aux=True)(1.0)[1],
        lambda w: grad(lambda x: (x * w, [w * 3.0]), has_aux=True)(1.0)[1][0],
    ],
)
def test_results_that_depend_on_the_outer_argument_alone_keep_its_gradient(f):
    assert grad(f)(2.0) == 3.0
    assert jvp(f, (2.0,), (1.0,)) == (6.0, 3.0)


def test_mixed_derivatives_are_plain_numbers():
    assert type(grad(lambda x: grad(lambda y: y * y * x)(2.0))(3.0)) is float
    x = np.array([1.0, 2.0])
    for f in (
        lambda x: grad(lambda y: (y * y * x).sum())(2.0),
        lambda x: grad(lambda y: (y * y * x).sum())(np.ones(2)).sum() * 2.0,
    ):
        got = grad(f)(x)
        assert type(got) is np.ndarray
        np.testing.assert_array_equal(got, [4.0, 4.0])
        assert all(type(r) in (float, np.ndarray) for r in jvp(f, (x,), (x,)))


def test_an_input_that_is_an_output_gets_its_cotangent():
    x, one, ten = np.ones(3), np.ones(3), np.full(3, 10.0)
    for f, cotangents in [
        (lambda x: (2 * x, x), (one, ten)),
        (lambda x: (x, 2 * x), (ten, one)),
        (lambda x: (2 * x, x, x), (one, one, 9 * one)),
    ]:
        (g,) = ag.vjp(f, x)[1](cotangents)
        np.testing.assert_array_equal(g, [12.0, 12.0, 12.0])
    assert ag.vjp(lambda x: (2 * x, x), 1.0)[1]((1.0, 10.0)) == (12.0,)


def test_the_value_of_a_vjp_may_change_before_it_is_pulled():
    value, pull = vjp(np.exp, np.array([0.0, 0.0]))
    value[:] = 7
    assert pull(np.ones(2))[0].tolist() == [1.0, 1.0]


def test_an_argument_named_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        grad(lambda x, y: x * y, argnums=(0, -2))(1.0, 2.0)


def test_an_empty_jacobian_has_the_argument_s_dtype():
    assert jacobian(lambda x: x[:0])(np.ones(3, np.float32)).dtype == np.float32


def test_a_number_taken_out_of_the_graph_is_no_silent_zero():
    import math

    for f in (lambda x: float(x) ** 2, math.sin, lambda x: ag.Value(float(x)) * 2):
        with pytest.raises(TypeError, match="plain number"):
            grad(f)(1.0)
    with pytest.raises(TypeError, match="plain number"):
        grad(lambda x: math.exp(x.sum()))(np.ones(2))
    # A number beside the graph, such as one to print, is no mistake.
    assert grad(lambda x: x * x if float(x) > 0 else x)(3.0) == 6.0
    assert grad(lambda x: x.item() * 2.0)(3.0) == 0.0


@pytest.mark.parametrize("bad", ["x", 1.0, ("x",), None])
def test_argnums_are_positions(bad):
    with pytest.raises(TypeError, match="position of an argument"):
        grad(lambda x: x, argnums=bad)
