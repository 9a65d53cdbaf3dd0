"""An op at one point: what varies, what stays, and how it is called."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ... import transforms
from ...containers import flatten
from ...op import Elementwise, Op, plain
from ...ops.registry import SHAPES, samples_of
from ..subject import directions as signed

__all__ = ["Case", "cases_of", "directions", "dot", "pull", "push", "size"]


class Case:
    """A function at a point. Its variables are the floating arrays among the arguments."""

    def __init__(
        self,
        function: Any,
        args: tuple,
        params: dict[str, Any],
        name: str = "",
        seed: int = 0,
    ) -> None:
        self.function = function
        self.seed = seed
        self.params = params
        self.name = name or getattr(function, "__name__", type(function).__name__)
        leaves, self.tree = flatten(args)
        self.leaves = [plain(x) for x in leaves]
        fixed = _fixed_leaves(function, args)
        if not any(isinstance(x, np.ndarray) for x in self.leaves):
            self.leaves = [np.asarray(x) if isinstance(x, float) else x for x in self.leaves]
        self.where = [
            i
            for i, x in enumerate(self.leaves)
            if isinstance(x, np.ndarray) and x.dtype.kind == "f" and i not in fixed
        ]
        self.xs: list[Any] = [self.leaves[i] for i in self.where]

    @cached_property
    def names(self) -> list[str]:
        """What the variables are called."""
        known = _names_of(self.function)
        found: list[str] = []
        for k, argument in enumerate(self.tree.build(self.leaves)):
            name = known[k] if k < len(known) else f"argument {k + 1}"
            leaves, tree = flatten(argument)
            found += [name] if tree.kind == "leaf" else [f"{name}[{j}]" for j in range(len(leaves))]
        return [found[i] for i in self.where]

    @cached_property
    def outs(self) -> list[np.ndarray]:
        """The floating outputs at the point."""
        return self.plain_floats(*self.xs)

    @property
    def varies(self) -> bool:
        """Whether there is anything to differentiate: with respect to something, and of it."""
        return bool(self.xs) and bool(self.outs)

    def args(self, xs: Sequence[Any]) -> tuple:
        """The arguments with other variables."""
        leaves = list(self.leaves)
        for i, x in zip(self.where, xs, strict=True):
            leaves[i] = x
        return self.tree.build(leaves)

    def call(self, *xs: Any) -> Any:
        """The result, as the function gives it."""
        return self.function(*self.args(xs), **self.params)

    def floats(self, *xs: Any) -> tuple:
        """The floating outputs, as a tuple."""
        outs = [x if hasattr(x, "dtype") else np.asarray(x) for x in flatten(self.call(*xs))[0]]
        return tuple(x for x in outs if x.dtype.kind == "f")

    def plain_floats(self, *xs: Any) -> list[np.ndarray]:
        """The floating outputs, as plain arrays."""
        return [np.asarray(plain(x)) for x in self.floats(*xs)]

    def with_function(self, function: Any) -> Case:
        """The same point for another function."""
        return Case(function, self.tree.build(self.leaves), self.params, self.name, self.seed)

    def with_leaves(self, leaves: Sequence[Any]) -> Case:
        """The same function at other arguments, in the same nesting."""
        args = self.tree.build(list(leaves))
        return Case(self.function, args, self.params, self.name, self.seed)

    def __repr__(self) -> str:
        shapes = [str(x.shape) if isinstance(x, np.ndarray) else repr(x) for x in self.leaves]
        defaults = getattr(self.function, "defaults", {})
        shown = [f"{k}={v!r}" for k, v in self.params.items() if v is not defaults.get(k, _nothing)]
        return f"{self.name}({', '.join(shapes + shown)})"


_nothing = object()


def _fixed_leaves(function: Any, args: tuple) -> set[int]:
    """Leaves of arguments that have no derivative by declaration."""
    declared = getattr(function, "differentiable", None)
    if not isinstance(function, Op) or declared is None:
        return set()
    return {i for i, yes in enumerate(declared) if not yes}


def _names_of(function: Any) -> list[str]:
    if isinstance(function, Op):
        if function.input_names:
            return list(function.input_names)
        return ["x"] if function.arity == 1 else [f"x{i + 1}" for i in range(function.arity or 0)]
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


# Points ----------------------------------------------------------------------------------------


def cases_of(
    function: Any, seed: int = 0, points: Iterable[tuple] | None = None, name: str = ""
) -> list[Case]:
    """The points to try a function on, the same for the same seed.

    Those given; else its own ``samples`` or some from its ``domain``; else, for an elementwise op,
    some between -2 and 2.
    """
    called = name or getattr(function, "__name__", type(function).__name__)
    digits = int.from_bytes(called.encode(), "little") % 2**32
    rng = np.random.default_rng([seed, digits])
    if points is None:
        points = samples_of(function, rng)
        if not points and isinstance(function, Elementwise) and function.arity in SHAPES:
            points = [
                (tuple(np.asarray(rng.uniform(-2, 2, s)) for s in shapes), dict(function.defaults))
                for shapes in SHAPES[function.arity]
            ]
    return [Case(function, *_point(p, called), called, seed) for p in points]


def _point(point: Any, name: str) -> tuple[tuple, dict[str, Any]]:
    if (
        not isinstance(point, tuple)
        or len(point) != 2
        or not isinstance(point[0], (tuple, list))
        or not isinstance(point[1], dict)
    ):
        raise TypeError(
            f"a point of {name} is a pair of its arguments and its parameters, such as "
            f"((x, y), {{'axis': 0}}); got {point!r}"
        )
    return tuple(point[0]), dict(point[1])


# Along random directions -----------------------------------------------------------------------


def directions(case: Case, seed: int = 1) -> tuple[list, list]:
    """A random direction for the variables and a random cotangent for the outputs."""
    rng = np.random.default_rng([case.seed, seed, len(case.xs)])
    return [_like(x, rng) for x in case.xs], [_like(y, rng) for y in case.outs]


def _like(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(signed(rng, x.size).reshape(x.shape))


def pull(case: Case, xs: Sequence[Any], g: Sequence[Any]) -> tuple:
    """Reverse mode: the gradients of <g, f>."""
    return transforms.vjp(case.floats, *xs)[1](tuple(g))


def push(case: Case, xs: Sequence[Any], t: Sequence[Any]) -> tuple:
    """Forward mode: the tangents of the floating outputs."""
    return transforms.jvp(case.floats, tuple(xs), tuple(t))[1]


def dot(xs: Iterable[Any], ys: Iterable[Any]) -> float:
    """Inner product of two lists of arrays."""
    return float(sum(np.vdot(plain(x), plain(y)) for x, y in zip(xs, ys, strict=True)))


def size(xs: Iterable[Any], ys: Iterable[Any]) -> float:
    """Sum of the absolute terms of :func:`dot`: what rounding errors are measured against."""
    return float(
        sum(np.sum(np.abs(plain(x)) * np.abs(plain(y))) for x, y in zip(xs, ys, strict=True))
    )
