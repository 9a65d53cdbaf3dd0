"""Indexing by every form NumPy has: values, gradients, repeated indices, refusals."""

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.ops import index as ix

X = np.arange(24.0).reshape(2, 3, 4) + 1

INDICES = {
    "integer": 1,
    "negative": -1,
    "numpy integer": np.int64(1),
    "slice": slice(None, None, 2),
    "reversed": (slice(None, None, -1), slice(2, 0, -1)),
    "empty slice": slice(5, 9),
    "ellipsis": (..., 1),
    "newaxis": (None, 0, None, ..., None),
    "full": (1, 2, 3),
    "nothing": (),
    "all": ...,
    "list": [0, 1, 1],
    "array": np.array([[0, 1], [1, 1]]),
    "0-d array": np.array(1),
    "array on the second axis": (slice(None), np.array([2, 0, 2])),
    "array on the last axis": (..., np.array([3, 3, -1])),
    "pair of arrays": (np.array([0, 1, 0]), np.array([1, 2, 1])),
    "broadcast arrays": (np.array([[0], [1]]), np.array([1, 1, 2])),
    "array and integer": (np.array([0, 1]), 2),
    "arrays apart": (np.array([0, 1]), slice(None), np.array([1, 1])),
    "array, slice, newaxis": (np.array([1, 0]), None, slice(1, 3)),
    "no index": np.zeros(0, int),
    "mask": X % 3 == 0,
    "mask of rows": np.array([True, False]),
    "mask on the second axis": (slice(None), np.array([True, False, True])),
    "mask of two axes": (slice(0, 1), (X % 5 < 2)[0]),
    "mask and array": (np.array([True, True]), np.array([0, 0])),
    "true": True,
    "false": False,
    "0-d mask": np.array(True),
    "unsigned": np.array([1, 0], np.uint8),
}
each = pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)


def gradient(index, weights):
    """What indexing sends back, place by place."""
    g = np.zeros(X.size)
    places = np.arange(X.size).reshape(X.shape)[index]
    for k, w in zip(np.ravel(places), np.ravel(weights), strict=True):
        g[k] += w
    return g.reshape(X.shape)


@each
def test_reading(index):
    x = Tensor(X, requires_grad=True)
    y = x[index]
    wanted = X[index]
    np.testing.assert_array_equal(y.numpy(), wanted)
    weights = np.random.default_rng(0).uniform(0.5, 1.0, wanted.shape)
    y.backward(weights)
    np.testing.assert_allclose(x.grad, gradient(index, weights), rtol=1e-14)


@each
def test_writing(index):
    x = Tensor(X, requires_grad=True)
    v = np.random.default_rng(0).uniform(0.5, 1.0, X[index].shape)
    t = Tensor(v, requires_grad=True)
    y, wanted = x * 1.0, X.copy()
    y[index] = t
    wanted[index] = v
    np.testing.assert_array_equal(y.numpy(), wanted)
    weights = np.random.default_rng(1).uniform(0.5, 1.0, X.shape)
    y.backward(weights)
    # What a place got last is what it sends back; what was there before gets nothing.
    last = np.full(X.shape, -1)
    last[index] = np.arange(v.size).reshape(v.shape)
    np.testing.assert_array_equal(x.grad, np.where(last < 0, weights, 0.0))
    sent = np.zeros(v.size)
    sent[last[last >= 0]] = weights[last >= 0]
    np.testing.assert_array_equal(t.grad, sent.reshape(v.shape))


@each
def test_transposes_are_adjoint(index):
    rng = np.random.default_rng(0)
    y = rng.uniform(size=X[index].shape)
    index = ix.plain_index(index)
    there = np.vdot(ix.getitem(X, index), y)
    back = np.vdot(X, ix.scatter(y, index, X.shape))
    assert there == pytest.approx(back)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("shape", "index"),
    [
        ((50, 40), np.random.default_rng(0).integers(-50, 50, 300)),
        ((7, 50, 9), (slice(None), np.random.default_rng(0).integers(-50, 50, (10, 6)))),
        ((60, 30), tuple(np.random.default_rng(0).integers(0, 30, (2, 900)))),
        ((40, 30, 2), (np.random.default_rng(0).integers(0, 30, 900), slice(None), 1)),
        ((3, 30, 50), (..., np.random.default_rng(0).integers(0, 50, 20))),
    ],
)
def test_large_scatters_add_up(shape, index, dtype):
    g = np.random.default_rng(1).uniform(size=np.zeros(shape)[index].shape).astype(dtype)
    wanted = np.zeros(shape, dtype)
    np.add.at(wanted, index, g)
    got = ix.scatter(g, index, shape)
    assert got.dtype == dtype
    np.testing.assert_allclose(got, wanted, rtol=1e-6 if dtype == np.float32 else 1e-13)


# Indices that are tensors, and indices that change -----------------------------------------------


def test_tensors_as_indices():
    x = Tensor(X, requires_grad=True)
    i, mask = Tensor([1, 0, 1]), Tensor(X > 7)
    np.testing.assert_array_equal(x[i].numpy(), X[[1, 0, 1]])
    np.testing.assert_array_equal(x[mask].numpy(), X[X > 7])
    np.testing.assert_array_equal(x[:, i, ag.argmax(x[0, 0])].numpy(), X[:, [1, 0, 1], 3])
    np.testing.assert_array_equal(x[x > 7].numpy(), X[X > 7])
    np.testing.assert_array_equal(x[Tensor(1) : Tensor(2)].numpy(), X[1:2])
    np.testing.assert_array_equal(X[i.numpy()], X[[1, 0, 1]])


@pytest.mark.parametrize(
    "index",
    [Tensor([0.0]), Value(0.0), 1.0, np.array([0.5]), [0.0], (0, Tensor(1.0, requires_grad=True))],
)
def test_floats_are_no_indices(index):
    x = Tensor(X, requires_grad=True) * 1.0
    with pytest.raises(IndexError, match="integers, slices and booleans"):
        x[index]
    with pytest.raises(IndexError, match="integers, slices and booleans"):
        x[index] = 1.0


def test_an_index_changed_after_use_changes_nothing():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    i, mask = np.array([0, 0]), np.array([False, True, False])
    y = x[i].sum() + x[mask].sum()
    z = x * 1.0
    z[mask] = 0.0
    i[:] = 2
    mask[:] = False
    (y + z.sum()).backward()
    np.testing.assert_array_equal(x.grad, [3.0, 1.0, 1.0])


def test_out_of_bounds_is_numpys_error():
    x = Tensor(X, requires_grad=True)
    with pytest.raises(IndexError, match="out of bounds"):
        x[5]
    with pytest.raises(IndexError, match="too many indices"):
        x[0, 0, 0, 0]


# NumPy's functions -------------------------------------------------------------------------------

Y = np.array([[3.0, 1.0, 2.0], [9.0, 7.0, 8.0]])
CALLS = [
    lambda m, x: m.take(x, [0, 5, 0]),
    lambda m, x: m.take(x, [[0, -1], [2, 2]], axis=1),
    lambda m, x: m.take(x, 1, axis=0),
    lambda m, x: m.take(x, [4, -9], axis=1, mode="wrap"),
    lambda m, x: m.take(x, [4, -9], mode="clip"),
    lambda m, x: m.take(x, np.array([], int), axis=1),
    lambda m, x: m.take_along_axis(x, np.argsort(Y, 1), axis=1),
    lambda m, x: m.take_along_axis(x, np.argsort(Y, 0)[:, :1], 0),
    lambda m, x: m.take_along_axis(x, np.array([5, 0]), None),
    lambda m, x: m.choose([[0, 1, 1]], [x, x * 2]),
    lambda m, x: m.choose([0, 1, 3], [x, x[:1]], mode="wrap"),
    lambda m, x: m.compress([False, True], x, axis=0),
    lambda m, x: m.compress([0, 1, 0, 1], x),
    lambda m, x: m.extract(Y > 2, x),
    lambda m, x: m.delete(x, 1, axis=1),
    lambda m, x: m.delete(x, [0, -1]),
    lambda m, x: m.delete(x, slice(0, 5, 2)),
    lambda m, x: m.delete(x, np.array([True, False]), axis=0),
    lambda m, x: m.insert(x, 1, x[:, 0], axis=1),
    lambda m, x: m.insert(x, 1, 7.0, axis=0),
    lambda m, x: m.insert(x, [0, 3, 0], x, axis=1),
    lambda m, x: m.insert(x, [2, -1], [5.0, 6.0]),
    lambda m, x: m.insert(x, -1, x[0]),
    lambda m, x: m.insert(x, slice(0, 4, 2), [5.0, 6.0]),
    lambda m, x: m.where(Y > 2, x, -x),
]


@pytest.mark.parametrize("call", CALLS)
def test_functions_give_numpys_values(call):
    wanted = call(np, Y)
    for got in (call(np, Tensor(Y)), call(ag, Tensor(Y)), call(ag, Y)):
        got = got.numpy() if isinstance(got, Tensor) else got
        assert got.dtype == wanted.dtype
        np.testing.assert_array_equal(got, wanted)


def test_where_of_one_argument_gives_indices():
    np.testing.assert_array_equal(np.where(Tensor(Y > 2)), np.where(Y > 2))


def test_insert_sends_each_its_own():
    x, v = Tensor(Y, requires_grad=True), Tensor([10.0, 20.0], requires_grad=True)
    out = np.insert(x, [3, 0], v, axis=1)
    np.testing.assert_array_equal(out.numpy(), np.insert(Y, [3, 0], [10.0, 20.0], axis=1))
    out.backward(np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0]]))
    np.testing.assert_array_equal(x.grad, [[2.0, 3.0, 4.0]] * 2)
    np.testing.assert_array_equal(v.grad, [10.0, 2.0])


def test_scatter_add_accumulates():
    x, v = Tensor(np.zeros(3), requires_grad=True), Tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = ag.scatter_add(x, [0, 2, 0], v)
    np.testing.assert_array_equal(y.numpy(), [4.0, 0.0, 2.0])
    y.backward(np.array([1.0, 10.0, 100.0]))
    np.testing.assert_array_equal(v.grad, [1.0, 100.0, 1.0])
    z = x * 1.0
    np.add.at(z, [1, 1], v[:2])
    np.subtract.at(z, 0, v[2])
    np.testing.assert_array_equal(z.numpy(), [-3.0, 3.0, 0.0])


WRITES = [
    lambda x, v: np.put(x, [0, -1, 4], v),
    lambda x, v: np.put(x, [0, 8], v, mode="wrap"),
    lambda x, v: np.put_along_axis(x, np.array([[2], [0]]), v[:1], axis=1),
    lambda x, v: np.place(x, Y > 2, v),
    lambda x, v: np.putmask(x, Y > 2, v),
    lambda x, v: np.copyto(x, v[:1]),
    lambda x, v: np.copyto(x, v[0], where=Y > 2),
    lambda x, v: np.fill_diagonal(x, v),
    lambda x, v: x.put([1, 2], v),
    lambda x, v: x.fill(v[0] if isinstance(v, Tensor) else v[0].item()),
]


@pytest.mark.parametrize("write", WRITES)
def test_writing_functions(write):
    wanted, values = Y.copy(), np.array([10.0, 20.0])
    write(wanted, values)
    x, v = Tensor(Y, requires_grad=True), Tensor(values, requires_grad=True)
    y = x * 1.0
    write(y, v)
    np.testing.assert_array_equal(y.numpy(), wanted)
    y.sum().backward()
    written = wanted != Y
    np.testing.assert_array_equal(x.grad, ~written)
    assert v.grad.sum() == written.sum()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: np.take(x, [0.5]), IndexError),
        (lambda x: np.take(x, [9]), IndexError),
        (lambda x: np.take(x, [0], mode="no"), ValueError),
        (lambda x: np.take(x, [0], out=np.zeros(1)), TypeError),
        (lambda x: np.take_along_axis(x, np.array([0]), axis=1), ValueError),
        (lambda x: np.choose([2], [x, x]), ValueError),
        (lambda x: np.put(x * 1.0, [7], 1.0), IndexError),
        (lambda x: np.copyto(x * 1.0, np.zeros(2)), ValueError),
        (lambda x: np.fill_diagonal(x[0] * 1.0, 1.0), ValueError),
    ],
)
def test_refusals(call, error):
    with pytest.raises(error):
        call(Tensor(Y, requires_grad=True))
