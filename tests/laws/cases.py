"""An op at one point: what varies, what stays, and how it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd.containers import flatten
from autograd.op import NUMPY, Elementwise, Op, plain
from autograd.ops.registry import all_composites, all_ops, samples_of

__all__ = ["DECLARED", "Case", "cases_of", "dot", "numpy_functions", "size"]

# Composites and ops may share a name: np.stack's list is taken apart by a composite.
DECLARED: dict[str, Any] = {
    **all_ops(),
    **{f"{name} (composite)": f for name, f in all_composites().items()},
}


class Case:
    """A function at a point. Its variables are the floating arrays among the arguments."""

    def __init__(self, function: Any, args: tuple, params: dict[str, Any], name: str = "") -> None:
        self.function = function
        self.params = params
        self.name = name or function.__name__
        self.leaves, self.tree = flatten(args)
        fixed = _fixed_leaves(function, args)
        self.where = [
            i
            for i, x in enumerate(self.leaves)
            if isinstance(x, np.ndarray) and x.dtype.kind == "f" and i not in fixed
        ]
        self.xs: list[Any] = [self.leaves[i] for i in self.where]

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
        return Case(function, self.tree.build(self.leaves), self.params, self.name)

    def with_xs(self, xs: Iterable[Any]) -> Case:
        """The same function at other variables."""
        return Case(self.function, self.args(list(xs)), self.params, self.name)

    def __repr__(self) -> str:
        shapes = [x.shape if isinstance(x, np.ndarray) else x for x in self.leaves]
        return f"{self.name}{tuple(shapes)}, {self.params}"


def _fixed_leaves(function: Any, args: tuple) -> set[int]:
    """Leaves of arguments that have no derivative by declaration."""
    declared = getattr(function, "differentiable", None)
    if not isinstance(function, Op) or declared is None:
        return set()
    return {i for i, yes in enumerate(declared) if not yes}


def cases_of(name: str, seed: int = 0) -> list[Case]:
    """The sample points of a declared op or composite, the same for the same seed."""
    function = DECLARED[name]
    digits = int.from_bytes(name.encode(), "little") % 2**32
    rng = np.random.default_rng([seed, digits])
    return [Case(function, args, params, name) for args, params in samples_of(function, rng)]


def numpy_functions(function: Callable[..., Any]) -> list[Any]:
    """The NumPy functions that an op or composite answers for."""
    return [theirs for theirs, ours in NUMPY.items() if ours is function]


def scalar_points(case: Case, limit: int = 3) -> list[tuple[Any, ...]]:
    """A few tuples of plain numbers out of an elementwise op's arrays."""
    assert isinstance(case.function, Elementwise)
    arrays = np.broadcast_arrays(*case.leaves)
    return [tuple(a.item() for a in row) for row in zip(*(a.flat for a in arrays), strict=True)][
        :limit
    ]


def dot(xs: Iterable[Any], ys: Iterable[Any]) -> float:
    """Inner product of two lists of arrays."""
    return float(sum(np.vdot(plain(x), plain(y)) for x, y in zip(xs, ys, strict=True)))


def size(xs: Iterable[Any], ys: Iterable[Any]) -> float:
    """Sum of the absolute terms of :func:`dot`: what rounding errors are measured against."""
    return float(
        sum(np.sum(np.abs(plain(x)) * np.abs(plain(y))) for x, y in zip(xs, ys, strict=True))
    )
