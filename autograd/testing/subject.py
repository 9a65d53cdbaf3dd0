"""The function under check, as one of its floating-point leaves, and the rules for it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import transforms
from ..containers import Tree, flatten
from ..errors import RuleError, describe
from ..op import plain
from ..tensor import Tensor
from ..value import Value
from .line import wide
from .parameters import named_parameters, standing_in

__all__ = ["Subject", "cotangents", "directions"]


class Subject:
    """A function as one of its floating-point leaves, and the rules to be checked.

    The leaves are those of the inputs and, after them, the parameters of a model.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        inputs: Sequence[Any],
        vjp: Any = None,
        jvp: Any = None,
        parameters: Any = None,
    ) -> None:
        if not callable(f):
            raise TypeError(
                f"a check takes the function first and its inputs after it; got {describe(f)} for "
                "the function"
            )
        self.name = getattr(f, "__name__", type(f).__name__)
        self.f = f
        self.own_vjp = vjp
        self.own_jvp = jvp
        # Whether the rules hold at other points than the one they are checked at.
        self.movable = True
        trained = named_parameters(f, parameters)
        if trained and self.has_own_rules:
            raise TypeError(
                "the engine differentiates with respect to parameters, a vjp= or jvp= of your own "
                "with respect to inputs: pass the parameters as inputs"
            )
        self.parameters = [tensor for _, tensor in trained]
        leaves, self.tree = flatten(tuple(inputs))
        self.n_inputs = len(leaves)
        # Copies: nothing that happens to the caller's arrays, or to ours, may go unnoticed.
        self.leaves = [
            _copied(x) if isinstance(x, np.ndarray) else x
            for x in map(plain, [*leaves, *self.parameters])
        ]
        self.active = [i for i, x in enumerate(self.leaves) if _is_real(x)]
        if not self.active:
            raise TypeError(_no_input(self.leaves))
        self.xs = [self.leaves[i] for i in self.active]
        names = [*_leaf_names(f, inputs), *(name for name, _ in trained)]
        self.names = [names[i] for i in self.active]
        self.sizes = [int(np.size(x)) for x in self.xs]

    @property
    def has_own_rules(self) -> bool:
        """Whether the rules are the user's, and the function one of plain arrays."""
        return self.own_vjp is not None or self.own_jvp is not None

    def in_doubles(self) -> Subject:
        """The same function at the same point in double precision."""
        return self.at([wide(x) for x in self.xs])

    def at(self, xs: list[Any]) -> Subject:
        """The same function at another point."""
        made = copy.copy(self)
        made.xs = xs
        made.leaves = list(self.leaves)
        for i, x in zip(self.active, made.xs, strict=True):
            made.leaves[i] = x
        return made

    def call(self, *xs: Any) -> Any:
        """The function of the floating-point leaves alone."""
        leaves = list(self.leaves)
        for i, x in zip(self.active, xs, strict=True):
            leaves[i] = x
        args = self.tree.build(leaves[: self.n_inputs])
        if not self.parameters:
            return self.f(*args)
        with standing_in(self.parameters, leaves[self.n_inputs :]):
            return self.f(*args)

    def evaluate(self, *xs: Any) -> Any:
        """As the rule saw it: on nodes, unless the rule is the user's own."""
        if not self.has_own_rules:
            xs = tuple(Value(x) if isinstance(x, float) else Tensor(x) for x in xs)
        return self.call(*xs)

    def reverse(self) -> tuple[list[Any], Tree, Callable[[list[Any]], list[Any]]]:
        """Output leaves, their nesting, and the function that pulls cotangents back."""
        if self.own_vjp is None:
            value, pull = transforms.vjp(self.call, *self.xs)
            outputs, tree = flatten(value)
            # Plain: with a model of the caller's inside, gradients depend on its parameters too.
            return outputs, tree, lambda vs: list(map(plain, flatten(pull(tree.build(vs)))[0]))
        value = self.call(*self.xs)
        outputs, tree = flatten(value)
        rules = self.own_vjp

        def own(vs: list[Any]) -> list[Any]:
            args = self.tree.build(self.leaves)
            given = (*args, tree.build(vs))
            if isinstance(rules, (tuple, list)):
                result: Any = tuple(None if rule is None else rule(*given) for rule in rules)
            else:
                result = rules(*given)
            if len(self.tree.children) == 1 and self.tree.children[0].kind != "leaf":
                # One container in: its cotangent may come by itself.
                nested, shape = flatten(result)
                result = nested if shape.same(self.tree.children[0]) else result
            if not isinstance(result, (tuple, list)):
                result = (result,)
            else:
                result = _spread(result)
            if len(result) == len(self.leaves):
                self._refuse_constants(result)
                result = [result[i] for i in self.active]
            return list(result)

        return outputs, tree, own

    def _refuse_constants(self, cotangents: Sequence[Any]) -> None:
        for i, g in enumerate(cotangents):
            if i in self.active or g is None:
                continue
            g = np.asarray(plain(g))
            if g.dtype.kind == "f" and np.any(g != 0):
                raise RuleError(
                    f"the vjp of {self.name} gives a gradient for input {i + 1}, which is "
                    f"{describe(self.leaves[i])}: only floating-point inputs have one. Return "
                    "None there, or pass the input as floats"
                )

    def forward(self, us: list[Any]) -> list[Any]:
        """Tangents of the output leaves."""
        if self.own_jvp is None:
            tangent = transforms.jvp(self.call, tuple(self.xs), tuple(us))[1]
            return list(map(plain, flatten(tangent)[0]))
        tangents = [0.0 if np.ndim(x) == 0 else np.zeros_like(x) for x in self.leaves]
        for i, u in zip(self.active, us, strict=True):
            tangents[i] = u
        primals = self.tree.build(self.leaves)
        return flatten(self.own_jvp(*primals, *self.tree.build(tangents)))[0]

    def shaped(self, flat: np.ndarray) -> list[Any]:
        """A flat direction as one array (or float) for each input."""
        parts = np.split(flat, np.cumsum(self.sizes)[:-1])
        return [
            float(p[0]) if isinstance(x, float) else p.reshape(np.shape(x)).astype(x.dtype)
            for p, x in zip(parts, self.xs, strict=True)
        ]


def _no_input(leaves: Sequence[Any]) -> str:
    given = ", ".join(map(describe, leaves)) or "nothing"
    cure = "write 3.0 for 3"
    if any(np.iscomplexobj(x) for x in leaves):
        cure = "complex inputs are not supported: take the real and imaginary parts as two inputs"
    elif any(type(x).__module__.partition(".")[0] in ("torch", "jax", "jaxlib") for x in leaves):
        cure = "give NumPy arrays, as in gradcheck(from_torch(f), x.numpy())"
    return f"a check needs at least one real floating-point input, got {given}; {cure}"


def _spread(cotangents: Sequence[Any]) -> list[Any]:
    """The leaves of cotangents of which some are containers; ``None`` stays a place."""
    found: list[Any] = []
    for g in cotangents:
        found += [None] if g is None else flatten(g)[0]
    return found


def _leaf_names(f: Callable[..., Any], inputs: Sequence[Any]) -> list[str]:
    """The parameters' names, with a number for each leaf of a container."""
    try:
        # A module's own call takes anything.
        known = [
            p.name
            for p in inspect.signature(getattr(f, "forward", f)).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):  # ufuncs have none
        known = []
    if not known and len(inputs) == 1:
        known = ["x"]
    names = []
    for i, x in enumerate(inputs):
        name = known[i] if i < len(known) else f"x{i + 1}"
        leaves, tree = flatten(x)
        if tree.kind == "leaf":
            names.append(name)
        else:
            names += [f"{name} (leaf {k})" for k in range(len(leaves))]
    return names


def _copied(x: np.ndarray) -> np.ndarray:
    """A copy that is contiguous only if the array is: a rule may depend on that."""
    if x.flags.forc or not all(x.strides):
        return np.array(x)
    room = np.empty((*x.shape, 2), x.dtype)
    room[..., 0] = x
    return room[..., 0]


def _is_real(x: Any) -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def cotangents(outputs: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    """Random weights for each output; never ones, which see no permutation."""
    vs: list[Any] = []
    for x in map(plain, outputs):
        v = directions(rng, np.size(x)).reshape(np.shape(x))
        real = isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "f"
        vs.append(v.astype(x.dtype) if real else float(v) if np.ndim(x) == 0 else v)
    return vs


def directions(rng: np.random.Generator, n: int) -> np.ndarray:
    """Numbers of either sign, none of which is too small to be seen."""
    return rng.uniform(0.5, 1.5, n) * rng.choice([-1.0, 1.0], n)
