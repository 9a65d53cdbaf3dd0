"""Ways to ask for a derivative, each as a check of a function at a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd.containers import flatten
from autograd.testing import Report, check_grads, gradcheck

__all__ = [
    "Way",
    "against",
    "backward",
    "backward_freeing",
    "backward_twice",
    "checkpointed",
    "curvature",
    "forward",
    "gradients",
    "gradients_of_all",
    "jacobians",
    "second_order",
]

Way = Callable[..., Report]
"""``way(f, *inputs, locate=True)`` gives a report."""


def gradients(f: Callable[..., Any], *inputs: Any, locate: bool = True) -> Report:
    """Reverse mode, through ``vjp``."""
    return gradcheck(f, *inputs, locate=locate, raise_exception=False)


def forward(f: Callable[..., Any], *inputs: Any, locate: bool = True) -> Report:
    """Forward mode, through ``jvp``."""
    return check_grads(
        f, *inputs, order=1, modes=("forward",), locate=locate, raise_exception=False
    )


def second_order(f: Callable[..., Any], *inputs: Any, locate: bool = True) -> Report:
    """Both modes, to second order."""
    return check_grads(f, *inputs, locate=locate, raise_exception=False)


def checkpointed(f: Callable[..., Any], *inputs: Any, locate: bool = True) -> Report:
    """Through ``checkpoint``."""
    return gradients(ag.checkpoint(f), *inputs, locate=locate)


# Of a feature ---------------------------------------------------------------------------------


def _by(name: str, pull: Callable[..., Any], value: Callable[..., Any] | None = None) -> Way:
    """A check under a name of its own: ``pull(f, xs, g)`` against the slope of ``value``."""

    def way(f: Callable[..., Any], *inputs: Any, locate: bool = True) -> Report:
        right = value or f

        def named(*xs: Any) -> Any:
            return right(*xs)

        named.__name__ = name
        vjp = lambda *given: pull(f, given[:-1], given[-1])
        return gradcheck(named, *inputs, vjp=vjp, raise_exception=False)

    way.__name__ = name
    return way


def _pulled(f: Callable[..., Any], xs: tuple, g: Any) -> tuple:
    return ag.vjp(f, *xs)[1](g)


def against(name: str, right: Callable[..., Any]) -> Way:
    """Reverse mode through a program, against the slope of another function.

    Where the program is meant to have the derivative of that one: with something held constant,
    or run on a whole batch for each of its examples.
    """
    return _by(name, _pulled, right)


def _jacobian(f: Callable[..., Any], xs: tuple, g: Any) -> Any:
    return np.tensordot(g, ag.jacobian(f)(xs[0]), np.ndim(g))


def _gradient(f: Callable[..., Any], xs: tuple, g: Any) -> tuple:
    return tuple(g * d for d in ag.grad(f, argnums=tuple(range(len(xs))))(*xs))


jacobians = _by("jacobian()", _jacobian)
gradients_of_all = _by("grad(argnums=...)", _gradient)


def curvature(f: Callable[..., Any], *inputs: Any, locate: bool = True) -> Report:
    """``hvp`` against the slope of ``grad``."""
    pull = lambda f, xs, g: ag.hvp(f)(xs[0], g)
    return _by("hvp()", pull, ag.grad(f))(f, *inputs)


curvature.__name__ = "hvp()"


# By ``backward`` ------------------------------------------------------------------------------


def _by_backward(name: str, pull: Callable[[Any, Any, bool], None]) -> Way:
    def way(f: Callable[..., Any], *inputs: Any, locate: bool = True) -> Report:
        def vjp(*given: Any) -> tuple:
            *xs, g = given
            leaves = [
                ag.Value(x) if isinstance(x, float) else ag.Tensor(x, requires_grad=True)
                for x in xs
            ]
            outputs = flatten(f(*leaves))[0]
            live = [
                (y, c)
                for y, c in zip(outputs, flatten(g)[0], strict=True)
                if isinstance(y, ag.Value) or (isinstance(y, ag.Tensor) and y.requires_grad)
            ]
            for i, (y, c) in enumerate(live):
                pull(y, c, i == len(live) - 1)
            return tuple(np.zeros_like(x.data) if x.grad is None else x.grad for x in leaves)

        def named(*xs: Any) -> Any:
            return f(*xs)

        named.__name__ = name
        return gradcheck(named, *inputs, vjp=vjp, raise_exception=False)

    way.__doc__ = f"{name.capitalize()}, and ``grad`` of the leaves."
    way.__name__ = name
    return way


def _once(y: Any, c: Any, last: bool) -> None:
    if isinstance(y, ag.Value):
        # The cotangent goes through an op, since the fast walk starts from 1.
        (y * c).backward()
    else:
        y.backward(c)


def _twice(y: Any, c: Any, last: bool) -> None:
    if isinstance(y, ag.Value):
        y = y * (0.5 * c)
        y.backward()
        y.backward()
    else:
        y.backward(0.25 * c)
        y.backward(0.75 * c)


def _freeing(y: Any, c: Any, last: bool) -> None:
    if isinstance(y, ag.Value):
        (y * c).backward(retain_graph=not last)
    else:
        y.backward(c, retain_graph=not last)


backward = _by_backward("backward()", _once)
backward_twice = _by_backward("backward() called twice", _twice)
backward_freeing = _by_backward("backward(retain_graph=False)", _freeing)
