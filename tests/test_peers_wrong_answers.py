"""Wrong answers and dead ends measured in peers; each is right here.

The versions they were measured in: micrograd 0.1.0, MyGrad 2.5.0, HIPS autograd 1.9.1,
PyTorch 2.13, JAX 0.10.2.
"""

from __future__ import annotations

import copy
import dataclasses
import pickle
import time
import tracemalloc
from collections import namedtuple

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

# Constants and mutation ------------------------------------------------------------------------


def test_array_constant_mutated_after_use():
    """HIPS: [0, 0, 0]."""
    c = np.array([1.0, 2.0, 3.0])
    x = Tensor([1.0, 1.0, 1.0], requires_grad=True)
    y = (x * c).sum()
    c[:] = 0.0
    y.backward()
    np.testing.assert_array_equal(x.grad, [1.0, 2.0, 3.0])

    def f(x):
        weights = np.array([1.0, 2.0, 3.0])
        y = (x * weights).sum()
        weights[:] = 0.0
        return y

    np.testing.assert_array_equal(ag.grad(f)(np.ones(3)), [1.0, 2.0, 3.0])


def test_data_mutated_after_use():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    c = Tensor([1.0, 2.0, 3.0])
    y = (x * c).sum()
    c.data[:] = 0.0
    y.backward()
    np.testing.assert_array_equal(x.grad, [1.0, 2.0, 3.0])


# Products and determinants ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "x, expected",
    [
        ([2.0, 0.0, 5.0], [0.0, 10.0, 0.0]),
        ([0.0, 0.0, 5.0], [0.0, 0.0, 0.0]),
        ([2.0, 3.0], [3.0, 2.0]),
    ],
)
def test_prod_with_zero_factors(x, expected):
    """HIPS: NaN."""
    np.testing.assert_array_equal(ag.grad(np.prod)(np.array(x)), expected)


def test_second_derivative_of_prod_with_a_zero():
    x = np.array([2.0, 0.0, 5.0])
    expected = [[0, 5, 0], [5, 0, 2], [0, 2, 0]]
    np.testing.assert_allclose(ag.hessian(np.prod)(x), expected)


def test_cumprod_with_a_zero():
    """HIPS: NaN."""
    x = np.array([2.0, 0.0, 5.0])
    expected = [[1, 0, 0], [0, 2, 0], [0, 10, 0]]
    np.testing.assert_allclose(ag.jacobian(np.cumprod)(x), expected)


@pytest.mark.parametrize(
    "a, adjugate",
    [
        ([[1.0, 2.0], [2.0, 4.0]], [[4.0, -2.0], [-2.0, 1.0]]),
        ([[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]),
        ([[0.0, 0.0], [0.0, 3.0]], [[3.0, 0.0], [0.0, 0.0]]),
    ],
)
def test_det_of_a_singular_matrix(a, adjugate):
    """HIPS: an error. PyTorch: zeros."""
    np.testing.assert_allclose(
        ag.grad(np.linalg.det)(np.array(a)), np.transpose(adjugate), atol=1e-12
    )


def test_det_of_a_singular_3_by_3_matrix():
    a = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [5.0, 7.0, 9.0]])  # rank 2
    cofactors = [[3.0, -6.0, 3.0], [3.0, -6.0, 3.0], [-3.0, 6.0, -3.0]]
    np.testing.assert_allclose(ag.grad(np.linalg.det)(a), cofactors, atol=1e-10)


# Kinks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [np.std, np.linalg.norm])
def test_no_nan_where_a_root_vanishes(f):
    """HIPS, JAX and MyGrad: NaN. The convention is the subgradient 0."""
    x = np.zeros(3)
    np.testing.assert_array_equal(ag.grad(f)(x), np.zeros(3))
    np.testing.assert_array_equal(ag.jvp(f, (x,), (np.ones(3),))[1], 0.0)


def test_std_of_a_constant_vector():
    np.testing.assert_array_equal(ag.grad(np.std)(np.full(4, 2.5)), np.zeros(4))


UNSAFE = {
    "sqrt": (np.sqrt, lambda x: x > 0),
    "log": (np.log, lambda x: x > 0),
    "reciprocal": (lambda x: 1.0 / x, lambda x: x != 0),
    "power": (lambda x: x**-1.5, lambda x: x > 0),
    "x/x": (lambda x: x / x, lambda x: x != 0),
    "arccosh": (np.arccosh, lambda x: x > 1),
    "arctanh": (np.arctanh, lambda x: abs(x) < 1),
    "log1p": (np.log1p, lambda x: x > -1),
    "sqrt of a sum": (lambda x: np.sqrt((x * x) + 0.0 * x), lambda x: x > 0),
    "exp overflow": (lambda x: np.exp(1000.0 * abs(x)) * 1.0, lambda x: abs(x) < 0.5),
    "norm": (lambda x: np.sqrt(x * x), lambda x: x != 0),
    "xlogx": (lambda x: x * np.log(x), lambda x: x > 0),
    "inverse of root": (lambda x: 1 / np.sqrt(x), lambda x: x > 0),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", UNSAFE)
def test_where_does_not_leak_from_the_untaken_branch(name):
    """MyGrad, PyTorch, JAX and HIPS: NaN."""
    f, safe = UNSAFE[name]

    def guarded(x):
        return np.where(safe(x), f(x), 3.0 * x).sum()

    x = np.array([0.25, 0.0, 1.5, -1.0])
    good = safe(x)
    assert not good.all()
    for by in (
        ag.grad(guarded)(x),
        ag.grad(lambda x: ag.where(safe(x), f(x), 3.0 * x).sum())(x),
        np.array([ag.jvp(guarded, (x,), (e,))[1] for e in np.eye(4)]),
    ):
        assert np.isfinite(by).all(), by
        np.testing.assert_array_equal(by[~good], 3.0)
        np.testing.assert_allclose(by[good], ag.grad(lambda x: f(x).sum())(x[good]))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", UNSAFE)
def test_where_does_not_leak_in_second_order(name):
    f, safe = UNSAFE[name]

    def guarded(x):
        return np.where(safe(x), f(x), x * x).sum()

    x = np.array([0.25, 0.0, 1.5, -1.0])
    good = safe(x)
    by_reverse = np.diag(ag.hessian(guarded)(x))
    by_forward = np.diag([ag.hvp(guarded)(x, e) for e in np.eye(4)])
    for hessian in (by_reverse, by_forward):
        assert np.isfinite(hessian).all(), hessian
        np.testing.assert_array_equal(hessian[~good], 2.0)


@pytest.mark.parametrize("x", [0.0, -1.0])
def test_where_does_not_leak_in_values(x):
    v = Value(x)
    y = ag.where(v > 0, v**-0.5, 3.0 * v)
    y.backward()
    assert v.grad == 3.0


@pytest.mark.parametrize("f", [np.max, np.min, np.amax])
def test_ties_share_the_gradient_evenly(f):
    """HIPS: [.5, .5, 0]. MyGrad: [1, 0, 0]. Here: evenly, the same in both modes."""
    x = np.array([1.0, 1.0, 0.0]) * (1 if f is not np.min else -1)
    np.testing.assert_array_equal(ag.grad(f)(x), [0.5, 0.5, 0.0])
    by_forward = [ag.jvp(f, (x,), (e,))[1] for e in np.eye(3)]
    np.testing.assert_array_equal(by_forward, [0.5, 0.5, 0.0])
    two = ag.grad(lambda a, b: ag.maximum(a, b), argnums=(0, 1))(1.0, 1.0)
    assert two == (0.5, 0.5)
    a, b = Value(1.0), Value(1.0)
    a.max(b).backward()
    assert (a.grad, b.grad) == (0.5, 0.5)


# Dtypes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        np.max,
        np.mean,
        np.var,
        np.std,
        lambda x: (2.0 * x + 1).sum(),
        lambda x: (x * np.array([1, 2, 3])).sum(),
        lambda x: (x ** np.array([1, 2, 3])).sum(),
        lambda x: (np.arange(3) - x).sum(),
        lambda x: (x / 3).sum(),
        lambda x: (x**2).mean() ** 0.5,
        lambda x: np.where(x > 0, x, 0.0).sum(),
        lambda x: np.maximum(x, 0.0).sum(),
        lambda x: np.clip(x, -1.0, 1.5).sum(),
        lambda x: np.linalg.norm(x),
        lambda x: np.average(x, weights=[1, 2, 3]),
    ],
)
def test_float32_stays_float32(f):
    """HIPS: float64 gradients of max, mean and var."""
    x = Tensor(np.array([0.5, 1.0, 2.0], np.float32), requires_grad=True)
    y = f(x)
    assert y.dtype == np.float32
    y.backward()
    assert x.grad.dtype == np.float32
    assert ag.grad(f)(np.array([0.5, 1.0, 2.0], np.float32)).dtype == np.float32


def test_integers_are_refused_with_a_cure():
    """MyGrad: grad is None without a word. HIPS: refused without a cure."""
    with pytest.raises(TypeError, match="dtype=float"):
        Tensor([1, 2], requires_grad=True)
    with pytest.raises(TypeError, match=r"3\.0"):
        ag.grad(lambda x: x * x)(3)
    with pytest.raises(TypeError, match=r"astype\(float\)"):
        ag.grad(np.sum)(np.array([1, 2]))


# A dropped graph -------------------------------------------------------------------------------


def test_a_tensor_made_from_a_list_of_tensors_keeps_the_graph():
    """MyGrad: dropped in silence."""
    x = Tensor(2.0, requires_grad=True)
    for made in (Tensor([x * 2, x * 3]), ag.tensor([x * 2, x * 3]), ag.stack([x * 2, x * 3])):
        x.grad = None
        made.sum().backward()
        assert x.grad == 5.0


def test_np_array_of_a_tensor_is_refused():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for convert in (np.array, np.asarray):
        with pytest.raises(TypeError, match=r"detach\(\)|numpy\(\)"):
            convert(x)
    np.testing.assert_array_equal(np.asarray(x.detach()), [1.0, 2.0])


def test_a_tensor_written_into_an_array_is_refused_and_the_way_is_shown():
    """HIPS: "setting an array element with a sequence", the beginner's wall."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    v = Value(2.0)
    for write in (
        lambda buffer: buffer.__setitem__(slice(None), x * 2),
        lambda buffer: _set(buffer, 0, x[0] * 2),
        lambda buffer: _set(buffer, 0, v * 2),
        lambda buffer: ag.grad(lambda x: _fill(buffer, x).sum())(np.array([1.0, 2.0])),
    ):
        # NumPy wraps what it hears from a tensor's conversion in a ValueError of its own.
        with pytest.raises((TypeError, ValueError)) as caught:
            write(np.zeros(2))
        said = f"{caught.value} {caught.value.__cause__}"
        assert "autograd.zeros" in said
    assert float(v) == float(x[1]) == 2.0
    assert np.array([float(v), x[1].item()]).tolist() == [2.0, 2.0]


def _set(buffer, i, x):
    buffer[i] = x


def _fill(buffer, x):
    for i in range(2):
        buffer[i] = x[i] * (i + 1.0)
    return buffer


def test_item_assignment_into_a_tensor_works():
    x = Tensor([1.0, 2.0], requires_grad=True)
    buffer = _fill(ag.zeros(2), x)
    (buffer * buffer).sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 16.0])

    def f(x):
        return (_fill(ag.zeros(2), x) ** 2).sum()

    np.testing.assert_array_equal(ag.grad(f)(np.array([1.0, 2.0])), [2.0, 16.0])


def test_math_functions_of_a_value_are_not_silent():
    """float(v) leaves the graph; the result is a plain float, which cannot go backward."""
    import math

    y = math.sin(Value(1.0))
    assert type(y) is float


def test_a_missing_rule_names_op_and_cure():
    """HIPS names the wrong argument; PyTorch's bessel_j0 detaches."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"np\.frexp"):
        np.frexp(x)
    with pytest.raises(TypeError, match=r"np\.unwrap.*extend"):
        np.unwrap(x)


def test_a_path_without_derivative_names_op_and_argument():
    a = Tensor([1.0, 2.0], requires_grad=True)
    condition = Tensor([1.0, 0.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"where.*argument"):
        ag.where(condition, a, a).sum().backward()


# Ufunc methods ---------------------------------------------------------------------------------


def test_ufunc_methods_are_supported_or_refused_by_name():
    """All peers fail."""
    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    np.testing.assert_array_equal(
        ag.grad(lambda x: np.add.reduce(x, axis=None))(x), np.ones((2, 2))
    )
    np.testing.assert_allclose(
        ag.grad(lambda x: np.multiply.reduce(x, axis=0).sum())(x), [[3.0, 5.0], [1.0, 2.0]]
    )
    np.testing.assert_array_equal(
        ag.grad(lambda x: np.add.accumulate(x, axis=1).sum())(x), [[2.0, 1.0], [2.0, 1.0]]
    )
    np.testing.assert_array_equal(
        ag.grad(lambda x: np.multiply.outer(x, x).sum())(np.array([1.0, 2.0])), [6.0, 6.0]
    )
    t = Tensor(x[0], requires_grad=True)
    buffer = t * 1.0
    np.add.at(buffer, [0, 0, 1], t[[0, 1, 1]])
    (buffer * np.array([1.0, 10.0])).sum().backward()
    np.testing.assert_array_equal(t.grad, [1.0 + 1.0, 10.0 + 1.0 + 10.0])
    with pytest.raises(TypeError, match=r"np\.subtract\.reduceat|np\.add\.reduceat"):
        np.add.reduceat(Tensor(x[0], requires_grad=True), [0, 1])


def test_out_and_where_of_ufuncs():
    x = Tensor([1.0, 2.0], requires_grad=True)
    out = ag.zeros(2)
    assert np.multiply(x, 3.0, out=out) is out
    out.sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])
    with pytest.raises(TypeError, match="out="):
        np.multiply(x, 3.0, out=np.zeros(2))
    with pytest.raises(TypeError, match="where"):
        np.multiply(x, 3.0, where=np.array([True, False]))


# Depth and size --------------------------------------------------------------------------------


def test_a_chain_of_100_000_values():
    """micrograd: RecursionError between 900 and 1,100."""
    x = y = Value(1.0)
    for _ in range(100_000):
        y = y + 1e-6
    y.backward()
    assert x.grad == 1.0


def test_a_chain_of_100_000_tensor_ops_in_little_memory():
    """Peak memory: 804 MB in MyGrad, 204 MB in HIPS."""
    tracemalloc.start()
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 1e-6
    y.backward(retain_graph=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert x.grad == 1.0
    assert peak < 150e6


@pytest.mark.parametrize("x", [1.0, np.ones(2)])
def test_doubling_is_linear(x):
    """x = x + x 18 times took MyGrad's drawing 79 s; sets that merge ``a + a`` are wrong."""
    start = time.perf_counter()
    leaf = y = Value(x) if isinstance(x, float) else Tensor(x, requires_grad=True)
    for _ in range(60):
        y = y + y
    (y if isinstance(y, Value) else y.sum()).backward()
    np.testing.assert_array_equal(leaf.grad, 2.0**60)
    source = y.draw().source
    assert source.count("->") < 500
    assert time.perf_counter() - start < 5


# Breadth ---------------------------------------------------------------------------------------

X = np.array([[1.0, 3.0, 2.5], [4.0, 0.5, 6.0]])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.take(x, [0, 0, 2], axis=1),
        np.cumprod,
        np.copy,
        np.cbrt,
        np.flip,
        np.median,
        lambda x: np.percentile(x, 30),
        lambda x: np.average(x, weights=np.arange(6.0).reshape(2, 3)),
        lambda x: np.trapezoid(x, axis=1),
        lambda x: np.meshgrid(x[0], x[1])[0],
        np.nansum,
        lambda x: np.vecdot(x, x),
        np.ptp,
        lambda x: np.einsum("ii", x[:, :2]),
        lambda x: np.linalg.qr(x.T)[1],
        lambda x: np.linalg.lstsq(x.T, np.arange(3.0), rcond=None)[0],
        lambda x: np.linalg.eigvalsh(x @ x.T),
        lambda x: np.linalg.matrix_power(x @ x.T, 3),
        lambda x: np.linalg.svd(x, full_matrices=False)[1],
    ],
)
def test_both_modes_and_second_order_where_peers_have_gaps(f):
    """HIPS has no forward mode for 89 of its 216 primitives, and lacks these rules."""

    def total(x):
        y = f(x)
        return (y * y).sum()

    h = 1e-6
    direction = np.array([[0.5, -1.0, 0.25], [1.0, 0.75, -0.5]])
    numeric = (total(X + h * direction) - total(X - h * direction)) / (2 * h)
    gradient = ag.grad(total)(X)
    np.testing.assert_allclose((gradient * direction).sum(), numeric, rtol=1e-6)
    np.testing.assert_allclose(ag.jvp(total, (X,), (direction,))[1], numeric, rtol=1e-6)
    moved = (ag.grad(total)(X + h * direction) - ag.grad(total)(X - h * direction)) / (2 * h)
    np.testing.assert_allclose(ag.hvp(total)(X, direction), moved, rtol=1e-5, atol=1e-5)


Pair = namedtuple("Pair", "a b")


@dataclasses.dataclass
class Model:
    w: object
    name: str = dataclasses.field(default="model", init=False)


def test_named_tuples_and_dataclasses():
    """They break HIPS's containers."""
    gradient = ag.grad(lambda p: p.a * p.b)(Pair(2.0, 3.0))
    assert gradient == Pair(3.0, 2.0)
    assert ag.grad(lambda m: m.w**2)(Model(3.0)) == Model(6.0)


def test_any_order():
    """Absent in MyGrad and micrograd."""
    f = np.sin
    for expected in (np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin):
        assert f(0.75) == pytest.approx(expected(0.75))
        f = ag.grad(f)


# Copies ----------------------------------------------------------------------------------------


def _pickled(x):
    return pickle.loads(pickle.dumps(x))


def _pickled_in_python(x):
    return pickle.loads(pickle._dumps(x))


COPIES = [copy.deepcopy, _pickled, _pickled_in_python]


@pytest.mark.parametrize("copied", COPIES)
def test_a_value_graph_is_copied_whole(copied):
    x, w = Value(2.0, label="x"), Value(-3.0)
    y = (x * w + x).tanh() * 2.0
    y2, x2, w2 = copied([y, x, w])
    assert (y2.data, x2.label, y2.op) == (y.data, "x", y.op)
    y2.backward()
    assert (x.grad, w.grad) == (0.0, 0.0)
    y.backward()
    assert (x2.grad, w2.grad) == (x.grad, w.grad) != (0.0, 0.0)
    assert ag.Value(1.0).data == copied(Value(1.0)).data


@pytest.mark.parametrize("copied", COPIES)
def test_a_tensor_graph_is_copied_whole(copied):
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, label="x")
    y = (np.exp(x[0]) @ x.T.reshape(2, 2)).sum() * x.to_values()[1][0]
    leaf, root = copied((x, y))
    assert leaf.label == "x" and leaf.requires_grad and leaf.is_leaf
    root.backward()
    assert x.grad is None
    y.backward()
    np.testing.assert_array_equal(leaf.grad, x.grad)
    assert copied(x).grad is not None
    constant = copied(Tensor([1, 2]))
    assert not constant.requires_grad and constant.dtype == np.array([1]).dtype


@pytest.mark.parametrize("copied", [copy.deepcopy, _pickled])
@pytest.mark.parametrize("face", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_a_chain_of_100_000_is_copied_without_recursion(copied, face):
    x = y = face(1.0)
    for _ in range(100_000):
        y = y * 1.0
    x2, y2 = copied([x, y])
    y2.backward()
    assert x2.grad == 1.0


def test_a_copied_parameter_is_its_own():
    x = Tensor([1.0, 2.0], requires_grad=True)
    other = copy.deepcopy(x)
    with ag.no_grad():
        other -= 1.0
    np.testing.assert_array_equal(x.data, [1.0, 2.0])
    (other * 3.0).sum().backward()
    assert x.grad is None
    shallow = copy.copy(x)
    (shallow * 2.0).sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 2.0])


# In-place --------------------------------------------------------------------------------------


def test_writing_to_a_saved_array_gives_the_right_gradient():
    """PyTorch: an error that does not say where."""
    x = Tensor([0.5, 1.0], requires_grad=True)
    y = np.exp(x)
    y += 1.0
    y[0] = 5.0
    y.sum().backward()
    np.testing.assert_allclose(x.grad, [0.0, np.exp(1.0)])


def test_writing_to_a_leaf_is_an_error_that_teaches():
    x = Tensor([0.5, 1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="no_grad"):
        x += 1.0
    with pytest.raises(RuntimeError, match="no_grad"):
        x[0] = 1.0
