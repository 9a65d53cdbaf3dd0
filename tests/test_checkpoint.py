"""checkpoint recomputes in place of storing, and says when it cannot."""

import numpy as np
import pytest

from autograd import Tensor, Value, checkpoint, dropout, grad, hessian, jvp


def _both(f, *arrays):
    results = []
    for g in (f, checkpoint(f)):
        xs = [Tensor(a, requires_grad=True) for a in arrays]
        out = g(*xs)
        out.sum().backward()
        results.append((out.numpy(), *[x.grad for x in xs]))
    return zip(*results, strict=True)


def test_same_result_and_gradient():
    for plain, kept in _both(lambda x, y: np.exp(np.sin(x)) * y, [1.0, 2.0], [3.0, -1.0]):
        np.testing.assert_array_equal(plain, kept)


def test_closed_over_tensors_get_their_gradient():
    w = Tensor([3.0, 4.0], requires_grad=True)
    h = w * 2
    x = Tensor([1.0, 2.0], requires_grad=True)
    checkpoint(lambda x: x * h)(x).sum().backward()
    np.testing.assert_array_equal(w.grad, [2, 4])
    np.testing.assert_array_equal(x.grad, [6, 8])
    w.zero_grad()
    checkpoint(lambda c: h * c)(np.array([1.0, 5.0])).sum().backward()
    np.testing.assert_array_equal(w.grad, [2, 10])


def test_containers_and_values():
    a, b = Value(2.0), Value(3.0)
    out = checkpoint(lambda p: {"z": (p[0] * b).tanh() * p[0]})([a])
    out["z"].backward()
    c, d = Value(2.0), Value(3.0)
    ((c * d).tanh() * c).backward()
    assert (a.grad, b.grad) == (c.grad, d.grad)


def test_second_order_and_forward_mode():
    def f(x):
        return (np.sin(x) * x).sum()

    x, t = np.array([1.0, 2.0]), np.array([0.3, -1.0])
    np.testing.assert_allclose(hessian(checkpoint(f))(x), hessian(f)(x), rtol=1e-15)
    assert jvp(checkpoint(f), (x,), (t,)) == jvp(f, (x,), (t,))


def test_nested():
    inner = checkpoint(lambda x: np.sin(x) * x)
    outer = checkpoint(lambda x: inner(x) * inner(x * 2))
    np.testing.assert_allclose(
        grad(lambda x: outer(x).sum())(np.array([1.0, 2.0])),
        grad(lambda x: ((np.sin(x) * x) * (np.sin(2 * x) * 2 * x)).sum())(np.array([1.0, 2.0])),
        rtol=1e-14,
    )


def test_the_graph_between_is_dropped():
    x = Tensor(np.ones(10), requires_grad=True)
    y = checkpoint(lambda x: np.exp(np.exp(np.exp(x))))(x)
    node = y._node
    assert node.parents[0].args == ()
    assert node.parents[0].parents == (x._node,)


def test_inputs_changed_afterwards_do_not_matter():
    a = np.array([1.0, 2.0])
    x = Tensor([3.0, 4.0], requires_grad=True)
    y = checkpoint(lambda x, a: x * a)(x, a)
    a[:] = 100
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [1, 2])


def test_another_result_the_second_time_is_an_error():
    calls = []

    def f(x):
        calls.append(1)
        return x * len(calls)

    y = checkpoint(f)(Tensor([1.0], requires_grad=True))
    with pytest.raises(RuntimeError, match="another result"):
        y.sum().backward()


def test_dropout_draws_the_same_mask_again():
    import autograd as ag

    rng = np.random.default_rng(0)
    x = Tensor(np.ones(50), requires_grad=True)
    y = checkpoint(lambda x: ag.dropout(x * 2, 0.5, rng=rng))(x)
    after = rng.bit_generator.state
    y.sum().backward()
    assert rng.bit_generator.state == after
    np.testing.assert_array_equal(x.grad, y.numpy())


def test_values_it_returns_are_ordinary_ones():
    v = Value(0.5)
    out = checkpoint(lambda a: a * a)(v)
    y = np.exp(out) + out**2
    y.backward()
    x = 0.25
    assert v.grad == pytest.approx((np.exp(x) + 2 * x) * 2 * 0.5)


def test_hooks_of_closed_over_tensors_run_once():
    w, seen = Tensor([2.0, 3.0], requires_grad=True), []

    def double(g):
        seen.append(g)
        return g * 2

    w.register_hook(double)
    x = Tensor([1.0, 1.0], requires_grad=True)
    (checkpoint(lambda x: x * w)(x) + w).sum().backward()
    assert len(seen) == 1 and w.grad.tolist() == [4.0, 4.0]


def test_keyword_arguments_are_arguments():
    x = Tensor([1.0, 5.0], requires_grad=True)
    w = Tensor([2.0, 3.0], requires_grad=True)
    moving, c = w * 1.0, np.array([2.0, 2.0])
    y = checkpoint(lambda x, w, c: x * w * c)(x, w=moving, c=c).sum()
    moving *= 0
    c[:] = 0
    y.backward()
    assert x.grad.tolist() == [4.0, 6.0] and w.grad.tolist() == [2.0, 10.0]


def test_writing_to_its_argument_is_refused():
    def f(z):
        z *= 2
        return z * z

    with pytest.raises(RuntimeError, match="in place"):
        checkpoint(f)(Tensor([1.0, 2.0], requires_grad=True) * 1)


def test_results_that_are_no_numbers_pass_through():
    x = Tensor([3.0], requires_grad=True)
    y, name, thing = checkpoint(lambda x: (x * x, "square", object()))(x)
    y.backward()
    assert name == "square" and type(thing) is object and x.grad == 6.0


def test_nested_ones_repeat_their_draws():
    rng, x = np.random.default_rng(0), Tensor(np.ones(50), requires_grad=True)
    inner = checkpoint(lambda z: dropout(z, 0.5, rng=rng))
    y = checkpoint(lambda z: inner(z) * 2)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.numpy())
