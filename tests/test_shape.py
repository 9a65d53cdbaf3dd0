"""Shape functions give NumPy's values, by every door: ``np.f`` and ``autograd.f``, array and node.

Their derivatives are tested by the laws of all ops.
"""

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, create


def grid(*shape):
    return np.arange(1.0, 1.0 + np.prod(shape, dtype=int)).reshape(shape)


WINDOWS = np.lib.stride_tricks.sliding_window_view

# name: (function of the module and the array, shapes to run it on)
CALLS = {
    "reshape": (lambda m, x: m.reshape(x, (3, -1)), [(2, 3), (6, 1), (0, 3)]),
    "reshape F": (lambda m, x: m.reshape(x, (3, 2), order="F"), [(2, 3), (6,)]),
    "reshape A": (lambda m, x: m.reshape(m.transpose(x), -1, order="A"), [(2, 3), (4,)]),
    "reshape copy": (lambda m, x: m.reshape(x, -1, copy=True), [(2, 3)]),
    "ravel": (lambda m, x: m.ravel(x), [(), (3,), (2, 3), (0, 2)]),
    "ravel F": (lambda m, x: m.ravel(x, order="F"), [(2, 3, 2)]),
    "ravel K": (lambda m, x: m.ravel(m.transpose(x), order="K"), [(2, 3, 2)]),
    "transpose": (lambda m, x: m.transpose(x), [(), (3,), (2, 3), (2, 3, 4)]),
    "transpose axes": (lambda m, x: m.transpose(x, (1, -1, 0)), [(2, 3, 4), (0, 1, 2)]),
    "swapaxes": (lambda m, x: m.swapaxes(x, 0, -1), [(3,), (2, 3), (2, 3, 4)]),
    "moveaxis": (lambda m, x: m.moveaxis(x, (0, -1), (1, 0)), [(2, 3), (2, 3, 4, 5)]),
    "rollaxis": (lambda m, x: m.rollaxis(x, -1, 1), [(2, 3), (2, 3, 4)]),
    "rollaxis to the end": (lambda m, x: m.rollaxis(x, 0, x.ndim), [(2, 3, 4)]),
    "expand_dims": (lambda m, x: m.expand_dims(x, (0, -1)), [(), (3,), (2, 3)]),
    "squeeze": (lambda m, x: m.squeeze(x), [(), (1, 3, 1), (1, 1), (2, 3)]),
    "squeeze axis": (lambda m, x: m.squeeze(x, axis=(0, -1)), [(1, 3, 1), (1, 1)]),
    "broadcast_to": (lambda m, x: m.broadcast_to(x, (2, 4, 3)), [(), (3,), (4, 1), (2, 4, 3)]),
    "broadcast_arrays": (lambda m, x: m.broadcast_arrays(x, x[..., None]), [(), (3,), (2, 2)]),
    "repeat": (lambda m, x: m.repeat(x, 2), [(), (3,), (2, 3), (0,)]),
    "repeat axis": (lambda m, x: m.repeat(x, 3, axis=-1), [(3,), (2, 3)]),
    "repeat counts": (lambda m, x: m.repeat(x, [2, 0, 1], axis=1), [(2, 3), (1, 3, 2)]),
    "tile": (lambda m, x: m.tile(x, (2, 1, 3)), [(), (3,), (2, 3), (2, 1, 2, 2)]),
    "tile number": (lambda m, x: m.tile(x, 2), [(), (2, 3)]),
    "resize": (lambda m, x: m.resize(x, (3, 3)), [(2, 2), (4, 5), (1,)]),
    "flip": (lambda m, x: m.flip(x), [(), (3,), (2, 3)]),
    "flip axes": (lambda m, x: m.flip(x, (0, -1)), [(2, 3), (2, 3, 4)]),
    "fliplr": (lambda m, x: m.fliplr(x), [(2, 3), (2, 3, 2)]),
    "flipud": (lambda m, x: m.flipud(x), [(3,), (2, 3)]),
    "roll": (lambda m, x: m.roll(x, 2), [(3,), (2, 3), (0,)]),
    "roll axes": (lambda m, x: m.roll(x, (1, -1), axis=(0, 1)), [(2, 3)]),
    "roll one axis": (lambda m, x: m.roll(x, -4, axis=-1), [(2, 3)]),
    "rot90": (lambda m, x: [m.rot90(x, k) for k in range(-1, 5)], [(2, 3), (2, 3, 2)]),
    "rot90 axes": (lambda m, x: m.rot90(x, 1, axes=(2, 0)), [(2, 3, 4)]),
    "atleast_1d": (lambda m, x: m.atleast_1d(x), [(), (3,), (2, 3)]),
    "atleast_2d": (lambda m, x: m.atleast_2d(x), [(), (3,), (2, 3)]),
    "atleast_3d": (lambda m, x: m.atleast_3d(x), [(), (3,), (2, 3), (2, 3, 4)]),
    "atleast of several": (lambda m, x: m.atleast_2d(x, x), [(3,)]),
    "concatenate": (lambda m, x: m.concatenate([x, x * 2]), [(3,), (2, 3), (0, 2)]),
    "concatenate axis": (lambda m, x: m.concatenate((x, x[:, :1]), axis=-1), [(2, 3)]),
    "concatenate flat": (lambda m, x: m.concatenate([x, x], axis=None), [(), (2, 3)]),
    "concatenate dtype": (lambda m, x: m.concatenate([x, x], dtype=np.float32), [(3,)]),
    "concatenate an array": (lambda m, x: m.concatenate(x), [(2, 3), (2, 3, 2)]),
    "stack": (lambda m, x: m.stack([x, x + 1]), [(), (3,), (2, 3)]),
    "stack axis": (lambda m, x: m.stack((x, x + 1), axis=-1), [(), (3,), (2, 3)]),
    "hstack": (lambda m, x: m.hstack([x, x]), [(), (3,), (2, 3), (2, 3, 2)]),
    "vstack": (lambda m, x: m.vstack([x, x]), [(), (3,), (2, 3), (2, 3, 2)]),
    "dstack": (lambda m, x: m.dstack([x, x]), [(), (3,), (2, 3), (2, 3, 2)]),
    "column_stack": (lambda m, x: m.column_stack([x, x]), [(3,), (2, 3)]),
    "append": (lambda m, x: m.append(x, x), [(), (3,), (2, 3)]),
    "append axis": (lambda m, x: m.append(x, x[:1], axis=0), [(2, 3)]),
    "block": (lambda m, x: m.block([[x, x], [x, 2 * x]]), [(), (2,), (2, 3), (2, 2, 2)]),
    "block flat": (lambda m, x: m.block([x, x]), [(), (2,), (2, 3)]),
    "split": (lambda m, x: m.split(x, 2), [(4,), (2, 3)]),
    "split places": (lambda m, x: m.split(x, [1, 2], axis=-1), [(4,), (2, 3)]),
    "array_split": (lambda m, x: m.array_split(x, 3), [(5,), (2, 3), (7, 1)]),
    "array_split places": (lambda m, x: m.array_split(x, [2, -1, 9], axis=-1), [(5,), (2, 4)]),
    "hsplit": (lambda m, x: m.hsplit(x, 2), [(4,), (2, 4)]),
    "vsplit": (lambda m, x: m.vsplit(x, [1]), [(4, 2), (2, 3, 1)]),
    "dsplit": (lambda m, x: m.dsplit(x, 2), [(1, 2, 4)]),
    "pad": (lambda m, x: m.pad(x, 2), [(3,), (2, 3), (0, 2)]),
    "pad value": (
        lambda m, x: m.pad(x, ((1, 0), (0, 2)), constant_values=((1, 2), (3, 4))),
        [(2, 3)],
    ),
    "pad edge": (lambda m, x: m.pad(x, (1, 2), mode="edge"), [(3,), (2, 3)]),
    "pad reflect": (lambda m, x: m.pad(x, (2, 5), mode="reflect"), [(3,), (3, 4)]),
    "pad reflect odd": (
        lambda m, x: m.pad(x, 4, mode="reflect", reflect_type="odd"),
        [(3,), (3, 4)],
    ),
    "pad symmetric": (lambda m, x: m.pad(x, (0, 5), mode="symmetric"), [(3,), (2, 2)]),
    "pad wrap": (lambda m, x: m.pad(x, (4, 1), mode="wrap"), [(3,), (2, 3)]),
    "pad ramp": (lambda m, x: m.pad(x, (2, 3), "linear_ramp", end_values=(5, -4)), [(3,), (2, 3)]),
    "diag": (lambda m, x: m.diag(x, 1), [(3,), (3, 3), (2, 4), (4, 2)]),
    "diagflat": (lambda m, x: m.diagflat(x, -1), [(), (3,), (2, 2)]),
    "diagonal": (lambda m, x: m.diagonal(x, -1, axis1=-1, axis2=0), [(3, 3), (2, 3, 4)]),
    "trace": (lambda m, x: m.trace(x, 1), [(3, 3), (2, 4), (3, 3, 2)]),
    "tril": (lambda m, x: m.tril(x, -1), [(3,), (3, 3), (2, 3, 4)]),
    "triu": (lambda m, x: m.triu(x, 1), [(3,), (3, 3), (2, 3, 4)]),
    "meshgrid": (lambda m, x: m.meshgrid(x, x * 2), [(), (3,)]),
    "meshgrid ij": (lambda m, x: m.meshgrid(x, x, x, indexing="ij"), [(2,)]),
    "meshgrid sparse": (lambda m, x: m.meshgrid(x, x, sparse=True), [(3,)]),
    "windows": (
        lambda m, x: (WINDOWS if m is np else ag.sliding_window_view)(x, (2, 2)),
        [(3, 3), (2, 4)],
    ),
    "windows on an axis": (
        lambda m, x: (WINDOWS if m is np else ag.sliding_window_view)(x, 2, axis=-1),
        [(3,), (2, 4)],
    ),
    "astype": (lambda m, x: m.astype(x, np.float32), [(), (2, 3)]),
    "copy": (lambda m, x: m.copy(x), [(), (2, 3)]),
}
if hasattr(np, "unstack"):
    CALLS["unstack"] = (lambda m, x: m.unstack(x, axis=-1), [(3,), (2, 3)])

POINTS = [(name, shape) for name, (_, shapes) in CALLS.items() for shape in shapes]


def same(got, wanted):
    if isinstance(wanted, (list, tuple)):
        assert type(got) is type(wanted) and len(got) == len(wanted)
        for a, b in zip(got, wanted, strict=True):
            same(a, b)
        return
    got = got.numpy() if isinstance(got, Tensor) else got
    wanted = np.asarray(wanted)
    assert np.shape(got) == wanted.shape
    assert np.asarray(got).dtype == wanted.dtype
    np.testing.assert_allclose(got, wanted, rtol=1e-14, atol=1e-14)


def leaves(out):
    return [y for x in out for y in leaves(x)] if isinstance(out, (list, tuple)) else [out]


@pytest.mark.parametrize(("name", "shape"), POINTS)
def test_values_are_numpys(name, shape):
    f, x = CALLS[name][0], grid(*shape)
    wanted = f(np, x)
    same(f(np, Tensor(x)), wanted)
    same(f(ag, Tensor(x)), wanted)
    same(f(ag, x), wanted)
    assert all(isinstance(y, Tensor) for y in leaves(f(np, Tensor(x))))
    assert not any(isinstance(y, Tensor) for y in leaves(f(ag, x)))


@pytest.mark.parametrize(("name", "shape"), POINTS)
def test_float32_stays(name, shape):
    f, x = CALLS[name][0], Tensor(grid(*shape), dtype=np.float32, requires_grad=True)
    outs = leaves(f(np, x))
    assert all(y.dtype == np.float32 for y in outs)
    sum(y.sum() for y in outs).backward()
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("name", ["ravel", "transpose", "flip", "diagonal", "split", "expand_dims"])
def test_views_are_views(name):
    x = Tensor(grid(4, 4))
    first = leaves(CALLS[name][0](np, x))[0]
    x[...] = 0.0
    assert not first.numpy().any()


def test_layout_of_a_node_decides_like_numpys():
    x = np.asfortranarray(grid(2, 3))
    t = ag.from_numpy(x)
    for order in "CFAK":
        same(np.ravel(t, order=order), np.ravel(x, order=order))
        same(t.flatten(order), x.flatten(order))
    with pytest.raises(ValueError):
        np.reshape(t, -1, copy=False)


# Methods ----------------------------------------------------------------------------------------


def test_methods_are_numpys():
    x = grid(2, 1, 3)
    t = Tensor(x)
    for call in (
        lambda a: a.reshape(3, 2),
        lambda a: a.reshape((3, -1), order="F"),
        lambda a: a.reshape(-1),
        lambda a: a.T,
        lambda a: a.transpose(2, 0, 1),
        lambda a: a.transpose((0, 2, 1)),
        lambda a: a.transpose(),
        lambda a: a.flatten(),
        lambda a: a.ravel("F"),
        lambda a: a.squeeze(),
        lambda a: a.squeeze(1),
        lambda a: a.swapaxes(0, 2),
        lambda a: a.repeat(2, axis=0),
        lambda a: a.take([0, 2], axis=-1),
        lambda a: a.diagonal(0, 1, 2),
        lambda a: a.compress([True, False], axis=0),
        lambda a: a.astype(np.float32),
        lambda a: a.copy(),
    ):
        same(call(t), call(x))
    same(t.unsqueeze(0), x[None])
    assert t.tolist() == x.tolist() and t.nbytes == x.nbytes and t.itemsize == 8
    assert len(t) == 2 and [row.shape for row in t] == [(1, 3)] * 2
    with pytest.raises(TypeError, match="0-d"):
        iter(Tensor(1.0))


# Joining numbers, values and tensors ----------------------------------------------------------


def test_python_numbers_do_not_promote():
    t = Tensor(np.float32(2), requires_grad=True)
    assert ag.stack([t, 1.0, 2]).dtype == np.float32
    assert ag.hstack([t, 1.0, Value(3.0)]).dtype == np.float32
    assert ag.concatenate([ag.atleast_1d(t), [1, 2]]).dtype == np.float32


def test_values_join_into_a_tensor_of_their_graph():
    x, y = Value(2.0), Value(3.0)
    t = ag.stack([[x, 1.0], [y, x * y]])
    (t * Tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert (x.grad, y.grad) == (1 + 4 * 3, 3 + 4 * 2)
    assert ag.concatenate([x, y]).shape == (2,)
    assert ag.concatenate([[x, y], [1.0]]).shape == (3,)


def test_a_node_in_a_nested_list_keeps_its_graph():
    x = Tensor([1.0, 2.0], requires_grad=True)
    ag.concatenate([[x[0], x[1] * 3], x]).sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])


# Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: np.reshape(x, (4, 4)), ValueError, "reshape"),
        (lambda x: np.squeeze(x, axis=0), ValueError, "length is 2"),
        (lambda x: np.swapaxes(x, 0, 2), np.exceptions.AxisError, "axis 2"),
        (lambda x: np.moveaxis(x, (0, 1), 0), ValueError, "same number"),
        (lambda x: np.expand_dims(x, 7), np.exceptions.AxisError, "axis 7"),
        (lambda x: np.split(x, 2, axis=1), ValueError, "array_split"),
        (lambda x: np.stack([x, x[0]]), ValueError, "same shape"),
        (lambda x: ag.stack([]), ValueError, "at least one"),
        (lambda x: ag.concatenate(3.0), TypeError, "list of arrays"),
        (lambda x: np.concatenate([x, x], out=np.zeros((4, 3))), TypeError, "out="),
        (lambda x: np.pad(x, 1, mode="maximum"), TypeError, "linear_ramp"),
        (lambda x: np.pad(x, 1, mode="edge", constant_values=1), ValueError, "constant_values"),
        (lambda x: np.pad(x, 1.5), TypeError, "integral"),
        (lambda x: np.repeat(x, -1), ValueError, "negative"),
        (lambda x: np.rot90(x, axes=(0, 0)), ValueError, "different"),
        (lambda x: np.diag(x.reshape(1, 2, 3)), ValueError, "1- or 2-d"),
        (lambda x: np.meshgrid(x, indexing="ab"), ValueError, "indexing"),
        (lambda x: ag.sliding_window_view(x, 2), ValueError, "axis="),
        (lambda x: np.block([[x], x]), ValueError, "depth"),
    ],
)
def test_refusals_say_why(call, error, words):
    with pytest.raises(error, match=words):
        call(Tensor(grid(2, 3), requires_grad=True))


# New tensors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.zeros((2, 3)),
        lambda m: m.zeros(2, dtype=np.float32),
        lambda m: m.ones((2, 1)),
        lambda m: m.full((2, 2), 3.0),
        lambda m: m.full(3, 2, dtype=np.float32),
        lambda m: m.eye(3, 4, k=1),
        lambda m: m.identity(2),
        lambda m: m.tri(3, k=-1),
        lambda m: m.arange(4),
        lambda m: m.arange(1.0, 3.0, 0.5),
        lambda m: m.linspace(0, 1, 5),
        lambda m: m.linspace([0.0, 1.0], 2.0, 4, endpoint=False, axis=-1),
        lambda m: m.logspace(0, 2, 3),
        lambda m: m.geomspace(1.0, 8.0, 4),
        lambda m: m.array([[1, 2], [3, 4]]),
        lambda m: m.array([1.0, 2.0], dtype=np.float32, ndmin=2),
        lambda m: m.asarray([1.0, 2.0]),
    ],
)
def test_creation_gives_tensors_of_numpys_values(call):
    got, wanted = call(create), call(np)
    assert isinstance(got, Tensor) and not got.requires_grad
    same(got, wanted)


def test_like_functions_give_buffers():
    x = Tensor(grid(2, 3), dtype=np.float32, requires_grad=True)
    for f in (np.zeros_like, np.ones_like, np.empty_like):
        out = f(x)
        assert isinstance(out, Tensor) and not out.requires_grad
        assert (out.shape, out.dtype) == ((2, 3), np.float32)
    same(np.full_like(x, 2), np.full((2, 3), 2, np.float32))
    same(np.zeros_like(x, shape=(4,), dtype=float), np.zeros(4))
    y = np.full_like(x, x.sum())
    y.sum().backward()
    assert (x.grad == 6).all()


def test_a_buffer_filled_in_a_loop_keeps_the_graph():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    out = np.zeros_like(x)
    for i in range(3):
        out[i] = x[i] ** 2 + (out[i - 1] if i else 0.0)
    out.sum().backward()
    np.testing.assert_array_equal(x.grad, [6.0, 8.0, 6.0])


def test_array_keeps_nodes():
    x = Value(2.0)
    t = create.array([[x, x * x], [1.0, 0.0]])
    t.sum().backward()
    assert x.grad == 5.0
    y = Tensor([1.0], requires_grad=True)
    assert create.asarray(y) is y
    assert create.asarray(y, np.float32).requires_grad
    assert create.array(y).op is not None
    assert create.zeros(2, requires_grad=True).is_leaf
    f = create.full((2, 2), y.sum())
    f.sum().backward()
    assert y.grad == 4.0


def test_ranges_between_nodes():
    a, b = Value(1.0), Tensor(3.0, requires_grad=True)
    np.linspace(a, b, 5)[1].backward()
    assert (a.grad, b.grad) == (0.75, 0.25)
