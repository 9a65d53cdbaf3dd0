"""``einsum``: every form that NumPy reads, and gradients of those that peers get wrong."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import Tensor, einsum, grad
from autograd.errors import UnsupportedError

FORMS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ba", (2, 3)),
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iij->j", (2, 2, 3)),
    ("iji->ji", (2, 3, 2)),
    ("ij->", (2, 3)),
    ("ij,kl->i", (2, 3), (2, 2)),
    ("i,j,k->kji", (2,), (3,), (4,)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("i,i,i,i->", (3,), (3,), (3,), (3,)),
    ("...ij,...jk->...ik", (2, 1, 2, 3), (4, 3, 2)),
    ("...,...", (2, 3), (3,)),
    ("i...->...", (2, 3, 4)),
    ("...ii->...i", (2, 3, 3)),
    ("ij,j->i", (2, 1), (3,)),
    (" i j , j -> i ", (2, 3), (3,)),
]


@pytest.mark.parametrize(("subscripts", "shapes"), [(f[0], f[1:]) for f in FORMS])
def test_value_and_gradient(subscripts, shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s) for s in shapes]
    tensors = [Tensor(x, requires_grad=True) for x in arrays]
    out = np.einsum(subscripts, *tensors)
    expected = np.einsum(subscripts, *arrays)
    np.testing.assert_allclose(out.numpy(), expected)
    g = rng.normal(size=expected.shape)
    out.backward(g)
    # Linear in each operand, so the gradient is the function of each unit array.
    for i, (x, t) in enumerate(zip(arrays, tensors, strict=True)):
        numeric = np.empty_like(x)
        for place in np.ndindex(x.shape):
            unit = np.zeros_like(x)
            unit[place] = 1.0
            numeric[place] = np.vdot(g, np.einsum(subscripts, *arrays[:i], unit, *arrays[i + 1 :]))
        np.testing.assert_allclose(t.grad, numeric, atol=1e-12)


def test_trace():
    np.testing.assert_array_equal(grad(lambda x: einsum("ii", x))(np.ones((3, 3))), np.eye(3))


def test_the_same_tensor_twice():
    x = np.arange(3.0)
    np.testing.assert_allclose(grad(lambda x: einsum("i,i->", x, x))(x), 2 * x)


def test_lists_of_axes():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    t = Tensor(x, requires_grad=True)
    np.testing.assert_allclose(np.einsum(t, [0, 1], y, [1, 2], [0, 2]).numpy(), x @ y)
    np.testing.assert_allclose(np.einsum(t, [0, 1], y, [1, 2]).numpy(), x @ y)
    np.testing.assert_allclose(einsum(t, [..., 0], [0, ...]).numpy(), x.T)


@pytest.mark.parametrize(
    "optimize", [False, True, "greedy", "optimal", ["einsum_path", (1, 2), (0, 1)]]
)
def test_order_of_contraction(optimize):
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=(2, 2)) for _ in range(3)]
    result, gradient = (
        f(*xs)
        for f in (
            lambda *a: einsum("ij,jk,kl->il", *a, optimize=optimize),
            grad(lambda *a: einsum("ij,jk,kl->il", *a, optimize=optimize).sum()),
        )
    )
    np.testing.assert_allclose(result, xs[0] @ xs[1] @ xs[2])
    np.testing.assert_allclose(gradient, np.ones((2, 2)) @ (xs[1] @ xs[2]).T)


def test_float32_stays():
    t = Tensor(np.ones((2, 2)), dtype=np.float32, requires_grad=True)
    out = einsum("ij,j->i", t, [1, 2])
    out.sum().backward()
    assert out.dtype == t.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("subscripts", "shapes", "words"),
    [
        ("ij,jk->ik", [(2, 3), (4, 2)], r"'ij,jk->ik' does not fit operands of shapes \(2, 3\)"),
        ("ij->i", [(2, 3), (3,)], "for 1 operands and 2"),
        ("ijk->i", [(2, 3)], r"has 3 subscripts for an operand of shape \(2, 3\)"),
        ("i...->i", [(2, 3)], "none in its output"),
    ],
)
def test_errors(subscripts, shapes, words):
    with pytest.raises(ValueError, match=words):
        einsum(subscripts, *(Tensor(np.ones(s), requires_grad=True) for s in shapes))


def test_keywords_that_are_refused():
    with pytest.raises(UnsupportedError, match="dtype="):
        np.einsum("i->", Tensor([1.0], requires_grad=True), dtype=np.float32)
