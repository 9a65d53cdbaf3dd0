"""Strategies draw points where derivatives exist, cover the awkward cases, and shrink well."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import Phase, find, given, seed, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.op import plain
from autograd.ops.registry import all_composites, all_ops
from autograd.testing import gradcheck
from autograd.testing import strategies as s
from autograd.testing.strategies.probe import is_smooth

# No database: what is found must not depend on earlier runs.
SMALLEST = settings(
    database=None, deadline=None, max_examples=3000, phases=(Phase.generate, Phase.shrink)
)


def smallest(strategy, condition=lambda x: True):
    return find(strategy, condition, settings=SMALLEST)


# Points ---------------------------------------------------------------------------------------

DOMAINS = [
    None,
    (0.0, math.inf),
    (-math.inf, 0.0),
    (-math.inf, math.inf),
    (1.0, math.inf),
    (-0.8, 0.8),
    (0.1, 0.4),
    (0.61, 0.69),
    (1e6, 1e6 + 1),
    (1e-12, 1e-9),
    ((-3.0, -0.2), (0.2, 3.0)),
    ((-math.inf, -1.0), (1.0, math.inf)),
    [[-3, -1], [1, 3]],
]


def inside(x, domain):
    if domain is None:
        return (x > -3) & (x < 3)
    low, high = domain
    if np.ndim(low):
        return inside(x, low) | inside(x, high)
    return (x > low) & (x < high)


@pytest.mark.parametrize("domain", DOMAINS, ids=repr)
@settings(deadline=None)
@given(data=st.data())
def test_smooth_points_are_distinct_and_inside(domain, data):
    shape = data.draw(s.shapes(max_side=5))
    x = data.draw(s.smooth_points(shape, domain))
    assert x.shape == shape
    assert x.dtype == np.float64
    assert np.all(inside(x, domain))
    assert np.all(x != 0)
    assert np.unique(np.abs(x)).size == x.size
    # Dyadic: few binary digits.
    digits, _ = np.frexp(x)
    assert np.all(digits * 2.0**32 == np.round(digits * 2.0**32))


def test_smooth_points_have_both_signs():
    assert smallest(s.smooth_points((2,)), lambda x: x[0] > 0 > x[1]).tolist() == [0.125, -0.25]


@settings(deadline=None)
@given(s.smooth_points((7, 40)))
def test_many_smooth_points_are_distinct(x):
    assert np.unique(np.abs(x)).size == 280


def test_smooth_points_shrink_to_readable_numbers():
    assert smallest(s.smooth_points((2,))).tolist() == [0.125, 0.25]
    assert smallest(s.smooth_points(())).tolist() == 0.125
    assert smallest(s.smooth_points((2,)), lambda x: x[1] > 2).tolist() == [0.125, 2.125]
    assert smallest(s.smooth_points((3,)), lambda x: x[2] < -1).tolist() == [0.125, 0.25, -1.125]
    assert smallest(s.smooth_points(s.shapes()), lambda x: x.size == 2).tolist() == [0.125, 0.25]


def test_smooth_points_of_single_precision_are_exact():
    x = smallest(s.smooth_points((4,), dtype=np.float32))
    assert x.dtype == np.float32
    assert x.tolist() == [0.125, 0.25, 0.375, 0.5]


@pytest.mark.parametrize("domain", [(1.0, 1.0), (2.0, 1.0), "real", (1.0, 2.0, 3.0)])
def test_wrong_domains_are_refused(domain):
    with pytest.raises(ValueError, match="a domain is an interval"):
        smallest(s.smooth_points((), domain))


@pytest.mark.parametrize(
    "f", [ag.relu, ag.max, np.abs, np.sort, lambda x: np.log(abs(x))], ids=lambda f: f.__name__
)
def test_gradient_checks_tell_at_smooth_points(f):
    """With Hypothesis's own arrays of floats half of these are inconclusive."""
    verdicts = []

    @settings(database=None, deadline=None, max_examples=100)
    @given(s.smooth_points((2, 3)))
    def collect(x):
        verdicts.append(gradcheck(f, x, raise_exception=False).verdict)

    collect()
    assert len(verdicts) >= 100
    assert set(verdicts) == {"pass"}


@settings(deadline=None)
@given(s.kink_points((4,)))
def test_kink_points_have_ties_or_zeros(x):
    assert np.unique(x).size < x.size or np.any(x == 0)
    assert np.all(2 * x == np.round(2 * x))


def test_kink_points_reach_zeros_and_ties():
    assert smallest(s.kink_points((3,))).tolist() == [0, 0, 0]
    assert smallest(s.kink_points((2,)), lambda x: x[0] == x[1] != 0).tolist() == [1, 1]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_tail_points_are_finite_and_reach_the_ends(dtype):
    info = np.finfo(dtype)
    tails = s.tail_points((2,), dtype)
    assert smallest(tails).tolist() == [20, 20]
    for condition in (
        lambda x: abs(x[0]) > info.max / 8,
        lambda x: 0 < abs(x[0]) < info.tiny,
        lambda x: 0 < abs(x[0] - 1) <= 2 * info.eps,
        lambda x: x[0] < 0,
    ):
        assert np.isfinite(smallest(tails, condition)).all()


def test_values_are_nodes():
    v = smallest(s.values(domain=(0, 1)))
    assert isinstance(v, ag.Value)
    assert 0 < v.data < 1
    assert gradcheck(np.sqrt, v)


# Shapes ---------------------------------------------------------------------------------------


@settings(deadline=None)
@given(s.shapes(1, 2, 2, 3))
def test_shapes_keep_to_their_bounds(shape):
    assert 1 <= len(shape) <= 2
    assert all(2 <= side <= 3 for side in shape)


def test_half_of_the_shapes_are_matrices():
    drawn = []

    @seed(0)
    @settings(database=None, deadline=None, max_examples=300)
    @given(s.shapes())
    def collect(shape):
        drawn.append(len(shape))

    collect()
    assert 0.3 < np.mean(np.array(drawn) == 2) < 0.7


def test_impossible_shapes_are_refused():
    with pytest.raises(ValueError, match="no shape has 3 to 2 axes"):
        smallest(s.shapes(3, 2))


@settings(deadline=None)
@given(s.broadcastable_shapes(3, min_side=0))
def test_broadcastable_shapes_broadcast(shapes):
    assert len(shapes) == 3
    np.broadcast_shapes(*shapes)


@pytest.mark.parametrize(
    "condition",
    [
        lambda a, b: len(a) < len(b) and len(a) > 0,
        lambda a, b: len(a) > len(b) > 0,
        lambda a, b: a == () and len(b) == 2,
        lambda a, b: len(a) == len(b) == 2 and a[0] == 1 < b[0] and a[1] > 1 == b[1],
        lambda a, b: a == b and len(a) == 2,
    ],
    ids=["missing left", "missing right", "no axes", "ones on both sides", "equal"],
)
def test_broadcastable_shapes_reach_what_goes_wrong(condition):
    smallest(s.broadcastable_shapes(2), lambda shapes: condition(*shapes))


# Arrays ---------------------------------------------------------------------------------------


def test_tensors_are_leaves():
    t = smallest(s.tensors((2, 2), np.float32, domain=(1, 2), requires_grad=False))
    assert isinstance(t, ag.Tensor)
    assert (t.shape, t.dtype, t.requires_grad) == ((2, 2), np.float32, False)
    assert smallest(s.tensors(s.shapes(1, 1)), lambda t: t.size > 1).requires_grad
    assert smallest(s.arrays(), lambda x: x.ndim == 2).shape == (1, 1)


@settings(deadline=None)
@given(st.data())
def test_layouts_are_the_same_numbers(data):
    x = data.draw(s.arrays(s.shapes(min_side=0)))
    y = data.draw(s.layouts(x))
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, x)


def test_layouts_are_what_they_say():
    x = np.arange(6.0).reshape(2, 3)
    found = s.layouts_of(x)
    assert found["C"].flags.c_contiguous
    assert found["Fortran"].flags.f_contiguous
    assert not found["read-only"].flags.writeable
    assert not found["unaligned"].flags.aligned
    assert found["reversed"].strides == (-24, -8)
    assert found["strided"].strides[1] == 16
    assert "broadcast" not in found
    assert s.layouts_of(np.tile(x[:1], (4, 1)))["broadcast"].strides == (0, 8)
    assert set(s.layouts_of(2.5)) == {"C", "read-only", "unaligned"}
    reached = {name for name in found for y in [smallest(s.layouts(x), _strides_of(found[name]))]}
    assert reached == set(found)


def _strides_of(like):
    return lambda y: (
        y.strides == like.strides
        and y.flags.writeable == like.flags.writeable
        and y.flags.aligned == like.flags.aligned
    )


@settings(deadline=None)
@given(st.data())
def test_cotangents_are_never_all_ones(data):
    shape = data.draw(s.shapes())
    v = data.draw(s.cotangents(shape))
    assert v.shape == shape
    assert np.all((np.abs(v) >= 0.25) & (np.abs(v) <= 2.5))
    assert not np.all(np.abs(v) == 1)


def test_cotangents_fit_results():
    out = (ag.Tensor(np.zeros((2, 3), np.float32)), {"loss": ag.Value(1.0)}, 2.0)
    array, rest, number = smallest(s.cotangents(out))
    assert (array.shape, array.dtype) == ((2, 3), np.float32)
    assert type(rest["loss"]) is type(number) is float


# Matrices -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_matrices_are_of_their_kind(n, data):
    def draw(kind, **options):
        return data.draw(s.matrices(n, kind, **options))

    spd, symmetric = draw("spd"), draw("symmetric")
    for a in (spd, symmetric):
        np.testing.assert_array_equal(a, a.T)
        assert np.all(np.diff(np.linalg.eigvalsh(a)) > 0.24)
    assert np.linalg.eigvalsh(spd)[0] > 0.6
    for a in (draw("invertible"), draw("triangular"), draw("rectangular", columns=n + 2)):
        sizes = np.linalg.svd(a, compute_uv=False)
        assert sizes[-1] > 0 and sizes[0] / sizes[-1] < 1e4
    assert np.all(np.abs(np.diff(np.sort(np.linalg.eigvals(draw("invertible")).real))) > 0.24)
    q = draw("orthogonal")
    np.testing.assert_allclose(q @ q.T, np.eye(n), atol=1e-14)
    np.testing.assert_array_equal(np.triu(draw("triangular"), 1), 0)
    np.testing.assert_array_equal(np.tril(draw("triangular", lower=False), -1), 0)


def test_matrices_come_in_batches():
    a = smallest(s.matrices(st.integers(2, 3), "spd", batch=(2, 4), dtype=np.float32))
    assert (a.shape, a.dtype) == ((2, 4, 2, 2), np.float32)
    assert smallest(s.matrices(4, "rectangular", columns=2)).shape == (4, 2)
    assert smallest(s.matrices(2, "rectangular")).shape == (2, 3)


def test_wrong_matrices_are_refused():
    with pytest.raises(ValueError, match="kind is one of spd, invertible"):
        smallest(s.matrices(2, "hermitian"))
    with pytest.raises(ValueError, match="spd matrices are square"):
        smallest(s.matrices(2, "spd", columns=3))


# Indices --------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.data())
def test_indices_are_valid(data):
    x = np.zeros(data.draw(s.shapes(min_side=0, max_dims=4)))
    x[data.draw(s.indices(x.shape))]
    basic = data.draw(s.indices(x.shape, advanced=False))
    x[basic]
    assert not any(isinstance(i, np.ndarray) for i in _items(basic))


def _items(index):
    return index if isinstance(index, tuple) else (index,)


def _is_array(kind):
    return lambda i: isinstance(i, np.ndarray) and i.dtype.kind == kind


KINDS_OF_INDEX = {
    "integer": lambda i: any(type(k) is int for k in _items(i)),
    "negative": lambda i: any(type(k) is int and k < 0 for k in _items(i)),
    "slice with a step": lambda i: any(isinstance(k, slice) and k.step for k in _items(i)),
    "ellipsis": lambda i: any(k is Ellipsis for k in _items(i)),
    "new axis": lambda i: any(k is None for k in _items(i)),
    "mask": lambda i: _is_array("b")(i) and i.ndim == 2,
    "mask of an axis": lambda i: isinstance(i, tuple) and any(map(_is_array("b"), i)),
    "repeats": lambda i: _is_array("i")(i) and np.unique(i).size < i.size,
    "array and slice": lambda i: (
        any(map(_is_array("i"), _items(i))) and any(isinstance(k, slice) for k in _items(i))
    ),
    "array and integer": lambda i: (
        any(map(_is_array("i"), _items(i))) and any(type(k) is int for k in _items(i))
    ),
    "two arrays": lambda i: sum(map(_is_array("i"), _items(i))) == 2,
}


@pytest.mark.parametrize("condition", KINDS_OF_INDEX.values(), ids=KINDS_OF_INDEX)
def test_indices_reach_every_kind(condition):
    smallest(s.indices((3, 4)), condition)


def test_indices_shrink():
    assert smallest(s.indices((3, 4))) == 0


# Arguments of ops -----------------------------------------------------------------------------

OPS = {name: op for name, op in all_ops().items() if op.domain is not None or op.samples}
OPS |= {f"{n} (composite)": f for n, f in all_composites().items() if f.samples is not None}


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_op_inputs_suit_their_op(data):
    name = data.draw(st.sampled_from(list(OPS)))
    args, params = data.draw(s.op_inputs(OPS[name]))
    with np.errstate(all="ignore"):
        OPS[name](*args, **params)


def test_op_inputs_are_inside_the_domain():
    @settings(database=None, deadline=None)
    @given(s.op_inputs(ag.log), s.op_inputs(ag.maximum))
    def check(of_log, of_maximum):
        ((x,), _), ((a, b), _) = of_log, of_maximum
        assert np.all((x > 0.2) & (x < 3))
        assert np.all(a < 0.1) and np.all(b > 0.2)
        np.broadcast_shapes(a.shape, b.shape)

    check()
    (x,), _ = smallest(s.op_inputs(ag.log), lambda sample: sample[0][0].shape == (2,))
    assert x.tolist() == [0.25, 0.3125]
    masks = smallest(s.op_inputs(OPS["where"]), lambda sample: sample[0][0].shape == (2,))
    assert masks[0][0].dtype == bool


def test_op_inputs_from_samples_have_short_numbers():
    (a,), _ = smallest(s.op_inputs(OPS["cholesky"]), lambda sample: sample[0][0].shape == (3, 3))
    np.testing.assert_array_equal(a * 1024, np.round(a * 1024))
    assert np.all(np.linalg.eigvalsh(a) > 0)


def test_op_inputs_are_the_callers_own():
    def first():
        return smallest(s.op_inputs(ag.cumsum))[0][0]

    first()[...] = np.nan
    assert np.isfinite(first()).all()


def test_an_op_that_says_nothing_has_no_inputs():
    from autograd.extend import elementwise

    silent = elementwise(np.sin, lambda out, x: np.cos(x), name="silent")
    with pytest.raises(ValueError, match=r"silent says nowhere.*domain=.*samples="):
        smallest(s.op_inputs(silent))


def test_smoothness_is_seen():
    x = np.array([1.0, -2.0, 0.5])
    kinks = [np.abs, np.sort, lambda x: x.max(), np.sign, np.floor]
    for f in kinks:
        assert is_smooth(lambda x, f=f: [f(x)], [x + 0.1])
    for f in kinks:
        assert not is_smooth(lambda x, f=f: [f(x)], [np.array([0.0, 0.0, -1.0])])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not is_smooth(lambda x: [np.log(x)], [np.array([0.0])])
        assert not is_smooth(lambda x: [1 / x], [np.array([1e-9])])


# Modules --------------------------------------------------------------------------------------


def test_hypothesis_is_loaded_only_when_asked_for():
    code = (
        "import sys, autograd.testing; assert 'hypothesis' not in sys.modules\n"
        "sys.modules['hypothesis'] = None\n"
        "try:\n    import autograd.testing.strategies\n"
        "except ImportError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'blamegraph[test]'" in run.stdout, run.stderr


def test_plain_data_comes_out():
    assert isinstance(smallest(s.arrays()), np.ndarray)
    assert isinstance(plain(smallest(s.tensors())), np.ndarray)
