"""``Tensor`` as a handle: hooks, gradients, freezing, subclasses, dtypes."""

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, exp, no_grad


def leaf(*numbers, dtype=float):
    return Tensor(np.array(numbers, dtype), requires_grad=True)


def test_hooks_run_in_order_once_and_can_be_removed():
    x, seen = leaf(1.0, 2.0), []
    handles = [x.register_hook(lambda g: g * 2), x.register_hook(lambda g: g + 1)]
    x.register_hook(lambda g: seen.append(g.tolist()))
    (x * x + x * 3 + x).sum().backward()
    assert seen == [[13.0, 17.0]] and x.grad.tolist() == [13.0, 17.0]
    for handle in handles:
        handle.remove()
        handle.remove()
    x.grad = None
    (x * 1.0).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("on_leaf", [True, False])
def test_a_replaced_gradient_keeps_the_dtype(on_leaf):
    x = leaf(1.0, 2.0, dtype=np.float32)
    y = x * 2
    (x if on_leaf else y).register_hook(lambda g: np.array([1.0, 3.0]))
    y.sum().backward()
    assert x.grad.dtype == np.float32


def test_a_hook_cannot_change_what_other_branches_read():
    a, b = leaf(1.0, 2.0), leaf(1.0, 2.0)
    u, v = a * 1.5, b * 1.5

    def double(g):
        g *= 2

    u.register_hook(double)
    with pytest.raises(ValueError, match="read-only"):
        (u + v).sum().backward()


def test_a_hook_gives_the_same_shape():
    x = leaf(1.0, 2.0)
    x.register_hook(lambda g: 1.0)
    with pytest.raises(ValueError, match="same shape"):
        (x * 2).sum().backward()


def test_gradient_of_a_number_stays_an_array():
    x = Tensor(2.0, requires_grad=True)
    for _ in range(2):
        (x * x).backward()
    x.grad[...] = 0
    assert x.grad == 0.0


def test_freezing_keeps_the_gradient_and_the_graphs():
    w = leaf(1.0, 2.0)
    y = (w * w).sum()
    w.requires_grad_(False)
    assert w.grad is None and not (w * 2).requires_grad
    with no_grad():
        w += 1
    w.requires_grad_()
    y.backward()
    assert w.grad.tolist() == [2.0, 4.0]
    (w * w).sum().backward()
    assert w.grad.tolist() == [6.0, 10.0]


def test_subclasses_are_nodes():
    class Weight(Tensor):
        pass

    class Number(Value):
        pass

    w = Weight([2.0, 3.0], requires_grad=True)
    (exp(w) + np.sin(w) + w * w).sum().backward()
    x = np.array([2.0, 3.0])
    np.testing.assert_allclose(w.grad, np.exp(x) + np.cos(x) + 2 * x)
    v = Number(2.0)
    (exp(v) + np.sin(v) + v * v).backward()
    assert v.grad == pytest.approx(np.exp(2.0) + np.cos(2.0) + 4.0)


@pytest.mark.parametrize("cut", [lambda x: x.astype(int), lambda x: x.sum(dtype=int)])
def test_integers_made_from_a_tensor_carry_no_gradient(cut):
    x = leaf(1.5, 2.5)
    assert not cut(x).requires_grad
    assert not (cut(x) * 1.0).requires_grad


def test_other_byte_orders_become_the_machine_s():
    x = Tensor(np.ones(3, ">f8"), requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]


def test_constants_of_any_array_class_may_change_afterwards():
    class Array(np.ndarray):
        pass

    c = np.array([1.0, 2.0]).view(Array)
    x = leaf(1.0, 1.0)
    y = (x * c).sum()
    c[:] = 0
    y.backward()
    assert x.grad.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda x, axes: np.transpose(x, axes),
        lambda x, axes: np.roll(x, [1, 1, 0], axes),
        lambda x, axes: np.flip(x, axes),
    ],
)
@pytest.mark.parametrize("kind", [list, np.array])
def test_axes_may_change_afterwards(call, kind):
    weights = np.arange(8.0).reshape(2, 2, 2)
    gradients = []
    for change in (False, True):
        x = Tensor(np.ones((2, 2, 2)), requires_grad=True)
        axes = kind([1, 2, 0])
        y = (call(x, axes) * weights).sum()
        if change:
            axes[0], axes[2] = 0, 1
        y.backward()
        gradients.append(x.grad)
    np.testing.assert_array_equal(*gradients)


def test_adding_at_places_of_a_plain_array_is_refused():
    with pytest.raises(TypeError, match=r"autograd\.zeros"):
        np.add.at(np.zeros(3), [0, 0], leaf(1.0, 2.0))


def test_conditions_of_piecewise_may_change_afterwards():
    x, condition = leaf(1.0, 2.0), np.array([True, False])
    y = np.piecewise(x, [condition], [lambda r: r * 2, lambda r: r * 3]).sum()
    condition[:] = [False, True]
    y.backward()
    assert x.grad.tolist() == [2.0, 3.0]


def test_a_tensor_made_from_a_tensor_is_a_copy_in_its_graph():
    w = Tensor([1.0, 2.0], requires_grad=True)
    t = Tensor(w)
    with ag.no_grad():
        t *= 0.0
    (t * t + w).sum().backward()
    np.testing.assert_array_equal(w.numpy(), [1, 2])
    np.testing.assert_array_equal(w.grad, [1, 1])
    with ag.no_grad():
        assert not Tensor(w).requires_grad


def test_the_rate_of_dropout_has_no_gradient():
    with pytest.raises(TypeError, match="plain number"):
        ag.dropout(np.ones(3), p=Tensor(0.5, requires_grad=True))
