"""vectorize(f) equals a loop of f over the examples."""

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, grad, vectorize
from autograd.ops.registry import all_ops, samples_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3))
M = RNG.normal(size=(4, 3, 2))
W = RNG.normal(size=(3, 5))

CASES = {
    "scalars": (lambda x: (x[0] * 2 + x[1]).tanh() - x[2].relu(), X),
    "where": (lambda x: ag.where(x[0] > 0, x.sum(), x[1]), X),
    "sum of all": (lambda m: np.sum(m), M),
    "sum axis 0": (lambda m: m.sum(axis=0), M),
    "sum axis -1": (lambda m: np.sum(m, axis=-1, keepdims=True), M),
    "mean and max": (lambda m: np.mean(m) + np.max(m, axis=1), M),
    "softmax": (lambda m: ag.softmax(m, axis=0), M),
    "cumsum flat": (lambda m: np.cumsum(m), M),
    "reshape": (lambda m: m.reshape(-1) * np.arange(6.0), M),
    "transpose": (lambda m: m.T + np.ones((2, 3)), M),
    "index": (lambda m: m[1:, ::-1] * m[0, 1], M),
    "array index": (lambda m: m[np.array([0, 2, 0])], M),
    "mat @ mat": (lambda m: m.T @ W, M),
    "vec @ mat": (lambda x: x @ W, X),
    "mat @ vec": (lambda x: W.T @ x, X),
    "vec @ vec": (lambda x: x @ x, X),
    "mat @ batch mat": (lambda m: W.T @ m, M),
    "stack": (lambda x: ag.stack([x, x * 2, np.ones(3)], axis=1), X),
    "concatenate": (lambda x: np.concatenate([x, np.zeros(2)]), X),
    "broadcast": (lambda x: np.broadcast_to(x, (2, 3)) * x[0], X),
    "sort": (lambda m: np.sort(m, axis=0), M),
    "inverse": (lambda x: ag.linalg.inv(np.eye(3) * 5 + x.reshape(3, 1) * x), X),
    "branch": (lambda x: x * 2 if x[0] > 0 else -x, X),
    "constant": (lambda x: np.ones(2), X),
    "container": (lambda x: {"a": x[0], "b": (x * 2, 1.0)}, X),
}


@pytest.mark.parametrize("name", CASES)
def test_equals_a_loop(name):
    f, xs = CASES[name]
    from autograd.containers import flatten

    got, _ = flatten(vectorize(f)(xs))
    rows = [flatten(f(Tensor(x)))[0] for x in xs]
    for k, leaf in enumerate(got):
        expected = np.array([np.asarray(row[k]) for row in rows])
        np.testing.assert_allclose(leaf, expected, rtol=1e-13, atol=1e-14)


def test_every_op_with_an_axis_equals_a_loop():
    rng = np.random.default_rng(1)
    seen = 0
    for name, op in all_ops().items():
        if op.arity != 1 or "axis" not in op.defaults or op.multiple:
            continue
        for args, params in samples_of(op, rng):
            x = np.asarray(args[0])
            if x.dtype.kind != "f" or x.size == 0:
                continue
            xs = np.stack([x, x * 1.01])

            def f(z, op=op, params=params):
                return op(z, **params)

            expected = np.stack([np.asarray(op(a, **params)) for a in xs])
            np.testing.assert_allclose(
                vectorize(f)(xs), expected, rtol=1e-12, atol=1e-12, err_msg=name
            )
            seen += 1
    assert seen > 10


def test_gradient_goes_through():
    def neuron(w, x):
        return (w[0] * x[0] + w[1] * x[1]).tanh()

    w = np.array([0.5, -1.0])
    batched = grad(lambda w: vectorize(neuron, in_axes=(None, 0))(w, X).sum())(w)
    looped = sum(grad(neuron)(w, x) for x in X)
    np.testing.assert_allclose(batched, looped, rtol=1e-14)


def test_shared_values_collect_the_gradient_of_the_batch():
    ws = [Value(0.5), Value(-1.0)]
    out = vectorize(lambda x: (ws[0] * x[0] + ws[1] * x[1]).tanh())(X)
    out.sum().backward()
    z = X[:, 0] * 0.5 - X[:, 1]
    assert ws[0].grad == pytest.approx(((1 - np.tanh(z) ** 2) * X[:, 0]).sum())


def test_per_example_gradients():
    np.testing.assert_allclose(vectorize(grad(lambda x: (x**3).sum()))(X), 3 * X**2)


def test_in_axes_and_containers():
    np.testing.assert_allclose(vectorize(lambda x: x * 2, in_axes=1)(X), X.T * 2)
    got = vectorize(lambda p, y: p["a"] * y, in_axes=(0, None))({"a": X}, 3.0)
    np.testing.assert_allclose(got, X * 3)


def test_errors():
    with pytest.raises(ValueError, match="different numbers"):
        vectorize(lambda x, y: x)(np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match="no axis"):
        vectorize(lambda x: x)(1.0)
    with pytest.raises(ValueError, match="at least one"):
        vectorize(lambda x: x, in_axes=None)(1.0)


def loop(f, xs):
    return np.stack([np.asarray(f(x.copy())) for x in xs])


def _through_a_view(x):
    y = x * 2
    z = y[:2]
    z *= 3
    return (y * x).sum()


def _through_a_name(x):
    y = x * 1.0
    z = y
    z += 1.0
    return (y * z).sum()


def _into_a_tensor(x):
    total = ag.zeros(3)
    same = total
    total += x
    return same * 2.0


@pytest.mark.parametrize("f", [_through_a_view, _through_a_name, _into_a_tensor])
def test_in_place_writes_are_seen_as_in_a_loop(f):
    xs = np.random.default_rng(0).uniform(size=(4, 3))
    expected = [np.asarray(f(Tensor(x)).numpy()) for x in xs]
    np.testing.assert_allclose(vectorize(f)(xs), expected)


def test_writes_to_a_tensor_from_outside_are_those_of_a_loop():
    total, last = Tensor(0.0), Tensor(np.zeros(3))
    xs = np.arange(12.0).reshape(4, 3)

    class Box:
        sum = total

    def f(x):
        last[:] = x
        Box.sum += x.sum()
        return x

    vectorize(f)(xs)
    assert Box.sum is total and total.item() == 66.0
    assert last.numpy().tolist() == [9.0, 10.0, 11.0]


def test_masks_combine():
    xs = np.random.default_rng(0).uniform(size=(4, 3))

    def f(x):
        return (x > 0.5) & (x < 0.9) | ~(x > 0.1)

    np.testing.assert_array_equal(vectorize(f)(xs), loop(f, xs))


def test_no_examples_and_a_branch():
    assert vectorize(lambda x: x * 2)(np.zeros((0, 3))).shape == (0, 3)
    with pytest.raises(ValueError, match="no examples"):
        vectorize(lambda x: x if x.sum() > 0 else -x)(np.zeros((0, 3)))
