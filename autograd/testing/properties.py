"""Properties that need no differences: adjointness, symmetry, linearity, independence of examples.

Both sides of each are computed by the engine, so they hold to round-off, at kinks too, and say
nothing about a mistake that both sides share: :func:`gradcheck` is for those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import transforms
from ..containers import flatten
from ..op import plain
from .batch import check_batch
from .report import Report, failed, position
from .roundoff import agree, arrays, differs, eps_of, not_finite, peak, total
from .subject import Subject, cotangents, directions

__all__ = ["check_adjoint", "check_batch", "check_linear", "check_symmetry"]


def check_adjoint(
    f: Callable[..., Any],
    *inputs: Any,
    parameters: Any = None,
    raise_exception: bool = True,
    seed: int = 0,
) -> Report:
    """Check that reverse mode is the adjoint of forward mode: <v, J u> = <J^T v, u>.

    Parameters
    ----------
    f : callable
        Takes floats, arrays, values, tensors or containers of them.
    *inputs : any
        Where to check. What has no floating dtype is held constant.
    parameters : module, Tensor, or an iterable of them, optional
        Differentiated besides the inputs; those of ``f`` are anyway, if it is a module.
    raise_exception : bool
        Raise when the property is broken. Otherwise look at the report.
    seed : int
        The random directions.

    Returns
    -------
    Report
        True only if both modes agree to round-off.

    Raises
    ------
    GradientError
        If they do not. The message names the input.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import check_adjoint
    >>> bool(check_adjoint(lambda a, b: np.tanh(a) @ b, np.ones((2, 3)), np.ones(3)))
    True
    """
    subject = Subject(f, inputs, parameters=parameters)
    title = f"check_adjoint: {subject.name}"
    with np.errstate(all="ignore"):
        return _adjoint(subject, title, seed).settle(raise_exception)


def _adjoint(subject: Subject, title: str, seed: int) -> Report:
    rng = np.random.default_rng(seed)
    outputs, _, back = subject.reverse()
    v = cotangents(outputs, rng)
    u = subject.shaped(directions(rng, sum(subject.sizes)))
    pulled = arrays(back(v))
    both, eps = total(v, subject.forward(u)), eps_of([*subject.xs, *outputs])
    if agree(*both, *total(pulled, u), eps):
        return Report("pass", f"{title}: both modes agree to round-off")
    if not np.isfinite(both[1] + total(pulled, u)[1]):
        return not_finite(title)
    for i, name in enumerate(subject.names):
        alone = [x if k == i else x * 0 for k, x in enumerate(u)]
        forward = total(v, subject.forward(alone))
        reverse = total([pulled[i]], [u[i]])
        if not agree(*forward, *reverse, eps):
            return failed(
                f"{title}: the modes disagree about {name}: <v, J u> along {name} is "
                f"{forward[0]:.12g} by forward mode, and <J^T v, u> is {reverse[0]:.12g} by "
                f"reverse mode (seed {seed})\n"
                "  one op has a vjp and a jvp of different functions, or a transpose that is not "
                "its adjoint: gradcheck says which mode is wrong, locate which op"
            )
    return Report("pass", f"{title}: both modes agree to round-off, input by input")


def check_symmetry(
    f: Callable[..., Any],
    *inputs: Any,
    parameters: Any = None,
    raise_exception: bool = True,
    seed: int = 0,
) -> Report:
    """Check that the Hessian of <v, f> is symmetric, and the same in three mixes of the modes.

    Where a rule reads one of its inputs as a plain array, what depends on it is lost on one side of
    the diagonal. What is lost on the diagonal itself leaves a symmetric matrix, which only
    :func:`check_grads` sees.

    Parameters
    ----------
    f, *inputs, parameters, raise_exception, seed
        As for :func:`check_adjoint`.

    Returns
    -------
    Report
        True only if u^T H w = w^T H u, for H w by reverse over reverse, forward over reverse and
        reverse over forward.

    Raises
    ------
    GradientError
        If it is not. The message has the two numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import check_symmetry
    >>> bool(check_symmetry(lambda x: np.sin(x[0]) * x[1:] ** 2, np.array([0.5, 1.0, 2.0])))
    True
    """
    subject = Subject(f, inputs, parameters=parameters)
    title = f"check_symmetry: {subject.name}"
    with np.errstate(all="ignore"):
        return _symmetry(subject, title, seed).settle(raise_exception)


def _symmetry(subject: Subject, title: str, seed: int) -> Report:
    rng = np.random.default_rng(seed)
    outputs, tree = flatten(subject.evaluate(*subject.xs))
    v = cotangents(outputs, rng)
    u, w = (subject.shaped(directions(rng, sum(subject.sizes))) for _ in range(2))
    eps = eps_of([*subject.xs, *outputs])
    numbers = tuple(range(len(subject.xs)))

    def gradient(*xs: Any) -> tuple:
        return transforms.vjp(subject.call, *xs)[1](tree.build(v))

    def products(along: list[Any]) -> dict[str, Any]:
        def pulled(*xs: Any) -> Any:
            return _inner(gradient(*xs), along)

        def pushed(*xs: Any) -> Any:
            return _inner(flatten(transforms.jvp(subject.call, xs, tuple(along))[1])[0], v)

        return {
            "reverse over reverse": transforms.grad(pulled, argnums=numbers)(*subject.xs),
            "forward over reverse": transforms.jvp(gradient, tuple(subject.xs), tuple(along))[1],
            "reverse over forward": transforms.grad(pushed, argnums=numbers)(*subject.xs),
        }

    numbers_of: dict[str, tuple[float, float]] = {}
    for left, right, name in ((u, w, "u^T H w"), (w, u, "w^T H u")):
        for mode, product in products(right).items():
            numbers_of[f"{name} by {mode}"] = total(arrays(product), left)
    # Where curvature cancels, what is left is the rounding of terms as large as the gradient.
    floor = 1e-3 * max(total(gradient(*subject.xs), d)[1] for d in (u, w))
    (first, (a, size)), *others = numbers_of.items()
    if not np.isfinite(size + floor):
        return not_finite(title)
    for other, (b, theirs) in others:
        if not agree(a, size + floor, b, theirs, eps):
            return failed(
                f"{title}: {first} is {a:.12g}, and {other} is {b:.12g} (seed {seed})\n"
                "  second derivatives are symmetric: part of one is lost. Does a rule, or the "
                "function, read a plain array (.data, np.asarray, math)?"
            )
    return Report("pass", f"{title}: the Hessian is symmetric in three mixes of the modes")


def check_linear(
    f: Callable[..., Any],
    *inputs: Any,
    parameters: Any = None,
    raise_exception: bool = True,
    seed: int = 0,
) -> Report:
    """Check that a function is linear in its floating inputs together, and so are its derivatives.

    Parameters
    ----------
    f, *inputs, parameters, raise_exception, seed
        As for :func:`check_adjoint`.

    Returns
    -------
    Report
        True only if f(a x + b y) = a f(x) + b f(y), forward mode is f itself, and reverse mode is
        the adjoint of f.

    Raises
    ------
    GradientError
        If one of these is not so. The message says which.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import check_linear
    >>> bool(check_linear(lambda x: np.cumsum(x[::-1]), np.array([1.0, 2.0, 3.0])))
    True
    >>> print(check_linear(lambda x: x + 1, np.ones(2), raise_exception=False).message)
    check_linear: <lambda> is not linear: at zero it gives 1.0 at [0]; it adds a constant
    """
    subject = Subject(f, inputs, parameters=parameters)
    title = f"check_linear: {subject.name}"
    with np.errstate(all="ignore"):
        return _linear(subject, title, seed).settle(raise_exception)


def _linear(subject: Subject, title: str, seed: int) -> Report:
    rng = np.random.default_rng(seed)
    x = subject.xs
    y = subject.shaped(directions(rng, sum(subject.sizes)))
    a, b = 2.0, -0.75

    def results(xs: Sequence[Any]) -> list[np.ndarray]:
        return arrays(flatten(subject.evaluate(*xs))[0])

    zero = results([p * 0 for p in x])
    for k, z in enumerate(zero):
        if np.any(z != 0):
            at = tuple(int(i) for i in np.argwhere(z != 0)[0])
            which = f"result {k}" if len(zero) > 1 else "it"
            where = f" at {position(at)}" if at else ""
            return failed(
                f"{title} is not linear: at zero {which} gives {z[at].item()!r}{where}; it adds a "
                "constant"
            )
    fx, fy = results(x), results(y)
    eps = eps_of([*x, *fx])
    mixed = results([np.asarray(a * p + b * q, np.asarray(p).dtype)[()] for p, q in zip(x, y)])
    v = cotangents(fx, rng)
    back = subject.reverse()[2]
    pulled = arrays(back(v))
    checks = [
        (
            f"f({a} x + {b} y)",
            mixed,
            f"{a} f(x) + {b} f(y)",
            [a * p + b * q for p, q in zip(fx, fy)],
        ),
        ("the tangent by forward mode along y", arrays(subject.forward(y)), "f(y)", fy),
    ]
    for one, got, two, expected in checks:
        wrong = differs(got, expected, [peak(p, q) for p, q in zip(fx, fy)], eps)
        if wrong:
            kind = "is not linear" if two != "f(y)" else "has a forward mode that is not itself"
            return failed(f"{title} {kind}: {one} is {wrong[1]}{wrong[0]}, and {two} is {wrong[2]}")
    if not agree(*total(v, fy), *total(pulled, y), eps):
        return failed(
            f"{title}: its reverse mode is not its adjoint: <v, f(y)> is {total(v, fy)[0]:.12g}, "
            f"and <J^T v, y> is {total(pulled, y)[0]:.12g} (seed {seed})"
        )
    return Report("pass", f"{title} is linear, and so are its derivatives")


def _inner(xs: Sequence[Any], ys: Sequence[Any]) -> Any:
    terms = (x * y for x, y in zip(flatten(tuple(xs))[0], ys, strict=True))
    return sum(t.sum() if np.ndim(plain(t)) else t for t in terms)
