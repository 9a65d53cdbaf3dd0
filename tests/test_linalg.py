"""Linear algebra: what NumPy gives, the conventions at singular points, and the errors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, grad, hessian, jacobian, jvp
from autograd.errors import NotDifferentiableError, UnsupportedError


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def leaf(x):
    return Tensor(x, requires_grad=True)


def dtypes_of(f, *xs):
    tensors = [leaf(x.astype(np.float32)) for x in xs]
    out = f(*tensors)
    out.sum().backward()
    return {out.dtype, *(t.grad.dtype for t in tensors)}


# Products ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((2, 3), (3, 4)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((5, 2, 3), (3, 4)),
        ((2, 1, 2, 3), (4, 3, 1)),
    ],
)
def test_matmul_in_every_spelling(rng, left, right):
    x, y = rng.normal(size=left), rng.normal(size=right)
    expected = x @ y
    t, u = leaf(x), leaf(y)
    for result in (t @ u, t @ y, x @ u, np.matmul(t, u), ag.matmul(x, u), np.linalg.matmul(t, u)):
        np.testing.assert_allclose(result.numpy(), expected)
    (t @ u).sum().backward()
    assert t.grad.shape == left and u.grad.shape == right


def test_matmul_keeps_float32(rng):
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    assert dtypes_of(ag.matmul, x, y) == {np.dtype(np.float32)}


def test_matmul_in_place(rng):
    x, w = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    t = leaf(x)
    y = t * 1
    y @= w
    y.sum().backward()
    np.testing.assert_allclose(y.numpy(), x @ w)
    np.testing.assert_allclose(t.grad, np.ones((2, 2)) @ w.T)


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ((2, 3), (4, 3), r"\(2, 3\) and \(4, 3\) do not fit.*x @ y.mT"),
        ((3, 2), (3, 4), "x.mT @ y"),
        ((2, 3), (5, 4), "last axis of the first has length 3"),
        ((2, 2, 3), (3, 3, 2), "must broadcast"),
        ((), (2, 2), "a number is no matrix"),
    ],
)
def test_matmul_of_shapes_that_do_not_fit(left, right, words):
    with pytest.raises(ValueError, match=words):
        leaf(np.ones(left)) @ np.ones(right)


def test_methods(rng):
    x = rng.normal(size=(2, 3, 4))
    t = leaf(x)
    assert t.mT.shape == (2, 4, 3)
    np.testing.assert_allclose(t.trace(axis1=1, axis2=2).numpy(), x.trace(axis1=1, axis2=2))
    np.testing.assert_allclose(t.dot(np.ones(4)).numpy(), x.dot(np.ones(4)))
    with pytest.raises(ValueError, match="two axes"):
        leaf(np.ones(3)).mT


def test_vecdot_along_an_axis_through_numpy(rng):
    x, y = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    np.testing.assert_allclose(ag.vecdot(leaf(x), y, axis=0).numpy(), np.vecdot(x, y, axis=0))
    np.testing.assert_allclose(np.vecdot(leaf(x), y).numpy(), np.vecdot(x, y))
    np.testing.assert_allclose(np.vecdot(leaf(x), y, axis=0).numpy(), np.vecdot(x, y, axis=0))


def test_cross_of_vectors_in_a_plane(rng):
    a, b = rng.normal(size=(4, 2)), rng.normal(size=(4, 2))
    z = ag.cross(leaf(a), b)
    np.testing.assert_allclose(z.numpy(), a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    mixed = ag.cross(leaf(a), np.ones((4, 3)))
    np.testing.assert_allclose(mixed.numpy(), np.cross(np.c_[a, np.zeros(4)], np.ones((4, 3))))
    with pytest.raises(ValueError, match="length 4"):
        ag.cross(np.ones(4), leaf(np.ones(4)))


def test_multi_dot_takes_the_cheap_order(rng):
    # (1000 x 2) (2 x 1000) (1000 x 2): from the left it makes a million numbers on the way.
    xs = [leaf(rng.normal(size=s)) for s in ((1000, 2), (2, 1000), (1000, 2))]
    out = np.linalg.multi_dot(xs)
    assert max(p.data.size for p in out._node.parents if p is not None) == 2000
    np.testing.assert_allclose(out.numpy(), np.linalg.multi_dot([x.numpy() for x in xs]))


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 7])
def test_matrix_power(rng, n):
    a = rng.normal(size=(3, 3)) + 3 * np.eye(3)
    t = leaf(a)
    out = np.linalg.matrix_power(t, n)
    np.testing.assert_allclose(out.numpy(), np.linalg.matrix_power(a, n))
    out.sum().backward()
    assert np.any(t.grad) == (n != 0)


# Determinants -----------------------------------------------------------------------------------


def test_gradient_of_det_is_the_cofactor_matrix_where_it_is_singular_too():
    rank_one = np.array([[1.0, 2.0], [2.0, 4.0]])
    np.testing.assert_allclose(grad(ag.linalg.det)(rank_one), [[4.0, -2.0], [-2.0, 1.0]])
    flat = np.diag([1.0, 2.0, 0.0])
    np.testing.assert_allclose(grad(ag.linalg.det)(flat), np.diag([0.0, 0.0, 2.0]), atol=1e-15)
    np.testing.assert_array_equal(grad(ag.linalg.det)(np.zeros((3, 3))), np.zeros((3, 3)))
    np.testing.assert_array_equal(grad(ag.linalg.det)(np.zeros((1, 1))), [[1.0]])
    stack = np.stack([rank_one, np.eye(2)])
    np.testing.assert_allclose(
        grad(lambda a: ag.linalg.det(a).sum())(stack)[0], [[4.0, -2.0], [-2.0, 1.0]]
    )


def test_second_derivative_of_det():
    a = np.array([[1.0, 2.0], [3.0, 5.0]])
    # d^2 (ad - bc): 1 for the pair a d, -1 for b c.
    expected = np.zeros((2, 2, 2, 2))
    expected[0, 0, 1, 1] = expected[1, 1, 0, 0] = 1.0
    expected[0, 1, 1, 0] = expected[1, 0, 0, 1] = -1.0
    np.testing.assert_allclose(hessian(ag.linalg.det)(a), expected, atol=1e-12)
    with pytest.raises(NotDifferentiableError, match="singular"):
        hessian(ag.linalg.det)(np.zeros((2, 2)))


def test_slogdet_has_numpys_fields(rng):
    a = rng.normal(size=(2, 3, 3))
    t = leaf(a)
    result = np.linalg.slogdet(t)
    np.testing.assert_allclose(result.sign.numpy(), np.linalg.slogdet(a).sign)
    result.logabsdet.sum().backward()
    np.testing.assert_allclose(t.grad, np.linalg.inv(a).swapaxes(1, 2))


# Inverses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["inv", "solve", "cholesky"])
def test_singular_matrices_are_named(name):
    f = getattr(ag.linalg, name)
    args = (leaf(np.zeros((2, 2))),) + ((np.ones(2),) if name == "solve" else ())
    with pytest.raises(np.linalg.LinAlgError, match=rf"{name}: .*shape \(2, 2\).*identity"):
        f(*args)


def test_shapes_of_solve():
    with pytest.raises(ValueError, match=r"\(3, 3\) and \(2,\) do not fit"):
        ag.linalg.solve(leaf(np.eye(3)), np.ones(2))
    with pytest.raises(np.linalg.LinAlgError, match="square matrices"):
        ag.linalg.inv(leaf(np.ones((2, 3))))


def test_lstsq_gives_what_numpy_gives(rng):
    a, b = rng.normal(size=(5, 3)), rng.normal(size=5)
    ours, theirs = np.linalg.lstsq(leaf(a), b), np.linalg.lstsq(a, b)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(ag.op.plain(x), y, atol=1e-12)
    # The residual is orthogonal to the columns, so the sum of squares has gradient -2 r x^T in a.
    gradient = grad(lambda a: ag.linalg.lstsq(a, b).residuals.sum())(a)
    np.testing.assert_allclose(gradient, -2 * np.outer(b - a @ theirs[0], theirs[0]), atol=1e-12)
    deficient = np.c_[a[:, :1], a[:, :1]]
    assert ag.linalg.lstsq(leaf(deficient), b).rank == 1


# Decompositions ---------------------------------------------------------------------------------


def test_namedtuples_of_decompositions(rng):
    a = rng.normal(size=(4, 3))
    t = leaf(a)
    u, s, vh = np.linalg.svd(t, full_matrices=False)
    np.testing.assert_allclose(((u * s) @ vh).numpy(), a)
    q, r = np.linalg.qr(t)
    np.testing.assert_allclose((q @ r).numpy(), a)
    assert np.linalg.qr(t)._fields == ("Q", "R")
    assert np.linalg.svd(t, full_matrices=False)._fields == ("U", "S", "Vh")
    symmetric = a.T @ a
    assert np.linalg.eigh(leaf(symmetric))._fields == ("eigenvalues", "eigenvectors")


@pytest.mark.parametrize("name", ["cholesky", "eigvalsh"])
def test_gradients_of_symmetric_matrices_are_symmetric(rng, name):
    a = rng.normal(size=(3, 3))
    a = a @ a.T + np.eye(3)
    gradient = grad(lambda a: getattr(ag.linalg, name)(a)[..., 0].sum())(a)
    np.testing.assert_allclose(gradient, gradient.T)


@pytest.mark.parametrize("triangle", ["L", "U"])
def test_only_one_triangle_is_read(rng, triangle):
    a = rng.normal(size=(3, 3))
    a = a @ a.T + np.eye(3)
    one = np.tril(a) if triangle == "L" else np.triu(a)
    for f, theirs in (
        (lambda x: ag.linalg.eigvalsh(x, triangle), np.linalg.eigvalsh(a)),
        (lambda x: ag.linalg.eigh(x, UPLO=triangle)[0], np.linalg.eigh(a)[0]),
        (
            lambda x: ag.linalg.cholesky(x, upper=triangle == "U"),
            np.linalg.cholesky(a, upper=triangle == "U"),
        ),
    ):
        np.testing.assert_allclose(f(one), theirs)
        gradient = grad(lambda x, f=f: (f(x) * f(x)).sum())(one)
        hidden = np.triu(gradient, 1) if triangle == "L" else np.tril(gradient, -1)
        assert not hidden.any()
        # The sum of squares: of the factor it is the trace, of the eigenvalues the squared norm.
        assert np.isfinite(gradient).all()


def test_repeated_eigenvalues():
    identity = np.eye(3)
    g = grad(lambda a: (ag.linalg.eigvalsh(a) * np.array([1.0, 2.0, 3.0])).sum())(identity)
    assert np.isfinite(g).all()
    np.testing.assert_allclose(grad(lambda a: ag.linalg.eigh(a)[0].sum())(identity), identity)
    with pytest.raises(NotDifferentiableError, match=r"repeated eigenvalues.*eigvalsh"):
        grad(lambda a: ag.linalg.eigh(a)[1][0, 1])(identity)
    # The eigenvector of the eigenvalue that stands alone has a derivative all the same.
    g = grad(lambda a: (ag.linalg.eigh(a)[1][:, -1] ** 2)[0])(np.diag([1.0, 1.0, 2.0]))
    assert np.isfinite(g).all()


def test_repeated_singular_values():
    identity = np.eye(3)
    g = grad(lambda a: ag.linalg.svdvals(a).sum())(identity)
    np.testing.assert_allclose(g, identity, atol=1e-15)
    g = grad(lambda a: ag.linalg.svd(a)[1].sum())(identity)
    np.testing.assert_allclose(g, identity, atol=1e-15)
    with pytest.raises(NotDifferentiableError, match="svdvals"):
        grad(lambda a: ag.linalg.svd(a)[0][0, 1])(identity)


def test_what_is_not_unique_is_refused():
    t = leaf(np.ones((3, 2)))
    with pytest.raises(UnsupportedError, match="full_matrices=False"):
        np.linalg.svd(t)
    with pytest.raises(UnsupportedError, match="reduced"):
        np.linalg.qr(t, mode="complete")
    with pytest.raises(UnsupportedError, match="eigh"):
        np.linalg.eig(leaf(np.eye(2)))
    with pytest.raises(UnsupportedError, match="eigh"):
        ag.linalg.eigvals(leaf(np.eye(2)))
    with pytest.raises(NotDifferentiableError, match="dependent columns"):
        grad(lambda a: ag.linalg.qr(a)[0].sum())(np.zeros((2, 2)))


def test_forward_mode_through_a_decomposition(rng):
    a, t = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    _, tangent = jvp(ag.linalg.svdvals, (a,), (t,))
    np.testing.assert_allclose(tangent, jacobian(ag.linalg.svdvals)(a).reshape(3, -1) @ t.ravel())


# Norms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ord", [None, 1, 2, 3, 0.5, 0, -1, np.inf, -np.inf])
def test_norm_of_the_zero_vector_has_gradient_zero(ord):
    x = np.zeros(3)
    with np.errstate(divide="ignore"):
        gradient = grad(lambda x: ag.linalg.norm(x, ord))(x)
    np.testing.assert_array_equal(gradient, x)


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, 2, -1, -2, np.inf, -np.inf])
def test_norm_of_the_zero_matrix_has_gradient_zero(ord):
    x = np.zeros((2, 3))
    np.testing.assert_array_equal(grad(lambda x: ag.linalg.norm(x, ord))(x), x)


def test_norm_with_zeros_among_its_elements():
    x = np.array([3.0, 0.0, 4.0])
    np.testing.assert_allclose(grad(ag.linalg.norm)(x), x / 5)
    # d^2 |x| = (I - x x^T / |x|^2) / |x|, with 1/5 at the zero as well.
    expected = (np.eye(3) - np.outer(x, x) / 25) / 5
    np.testing.assert_allclose(hessian(ag.linalg.norm)(x), expected, atol=1e-15)
    np.testing.assert_allclose(grad(lambda x: ag.linalg.norm(x, 1))(x), [1.0, 0.0, 1.0])


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (2, -2)])
def test_norm_along_axes(rng, axis, keepdims):
    x = rng.normal(size=(2, 3, 4))
    result = np.linalg.norm(leaf(x), axis=axis, keepdims=keepdims).numpy()
    np.testing.assert_allclose(result, np.linalg.norm(x, axis=axis, keepdims=keepdims))


def test_errors_of_norm():
    t = leaf(np.ones((2, 2, 2)))
    with pytest.raises(ValueError, match="one axis, two axes"):
        np.linalg.norm(t, ord=2)
    with pytest.raises(ValueError, match="'fro' and 'nuc'"):
        np.linalg.norm(t, ord=3, axis=(0, 1))
    with pytest.raises(ValueError, match="vectors"):
        np.linalg.norm(t, ord="nuc", axis=0)


def test_float32_stays(rng):
    a = rng.normal(size=(3, 3))
    a = a @ a.T + np.eye(3)
    single = {np.dtype(np.float32)}
    for name in ("inv", "det", "cholesky", "eigvalsh", "svdvals", "pinv", "norm", "cond"):
        assert dtypes_of(getattr(ag.linalg, name), a) == single, name
    assert dtypes_of(lambda x: ag.linalg.eigh(x)[1], a) == single
    assert dtypes_of(lambda x: ag.linalg.qr(x)[0], a) == single
