"""One op, two faces: on numbers, ``Value`` gives what a 0-d tensor gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ... import transforms
from ...op import Elementwise, Op
from ...value import Value, _binary, _reflected, _unary
from .case import Case
from .words import broken, same

__all__ = ["value_equals_tensor", "value_second_order"]

POINTS = 3
"""How many elements of a case are tried as numbers."""


def value_equals_tensor(case: Case) -> None:
    """On numbers, ``Value`` and a 0-d tensor agree, with constants on either side."""
    for f, point, chosen in _numbers(case):
        _first_order(case, f, point, chosen)


def value_second_order(case: Case) -> None:
    """So they do in second order."""
    for f, point, chosen in _numbers(case):
        floats, arrays, numbers = _both(point, chosen)

        def directional(*xs: Any, f: Any = f, numbers: Any = numbers) -> Any:
            parts = transforms.grad(f, argnums=numbers)(*xs)
            return sum((2.0 + i) * d for i, d in enumerate(parts))

        for a, b in zip(
            transforms.grad(directional, argnums=numbers)(*floats),
            transforms.grad(directional, argnums=numbers)(*arrays),
            strict=True,
        ):
            same(case, _at("a second derivative", point), a, "on Tensors", b, 1e-11)


def _numbers(case: Case) -> Iterator[tuple[Callable[..., Any], tuple, tuple[int, ...]]]:
    """The op of numbers at some elements, with all its inputs varying and with each alone."""
    op = case.function
    if not isinstance(op, Elementwise):
        return
    variable = [i for i, p in enumerate(op.partials) if p is not None]
    arrays = np.broadcast_arrays(*case.leaves)
    for k, row in enumerate(zip(*(a.flat for a in arrays), strict=True)):
        if k == POINTS:
            return
        point = tuple(a.item() for a in row)
        for chosen in dict.fromkeys((tuple(variable), *((i,) for i in variable))):
            yield _of_numbers(op, point, chosen, case.params), point, chosen


def _of_numbers(op: Op, point: tuple, chosen: tuple[int, ...], params: dict) -> Any:
    def f(*xs: Any) -> Any:
        full = list(point)
        for i, x in zip(chosen, xs, strict=True):
            full[i] = x
        return op(*full, **params)

    return f


def _both(point: tuple, chosen: tuple[int, ...]) -> tuple[tuple, tuple, tuple]:
    floats = tuple(float(point[i]) for i in chosen)
    return floats, tuple(np.asarray(x) for x in floats), tuple(range(len(chosen)))


def _at(what: str, point: tuple) -> str:
    return f"{what} on Values at {', '.join(map(repr, point))}"


def _first_order(case: Case, f: Callable[..., Any], point: tuple, chosen: tuple[int, ...]) -> None:
    op = case.function
    floats, arrays, numbers = _both(point, chosen)
    values = [Value(x) for x in floats]
    out = f(*values)
    if not isinstance(out, Value):
        broken(
            case,
            f"called with Values it gave {type(out).__name__}",
            "forward needs an array; pass scalar=, the same on Python floats",
        )
    reference, gradient = transforms.value_and_grad(f, argnums=numbers)(*arrays)
    for y, leaves in [(out, values), *_by_operator(op, point, chosen)]:
        same(
            case,
            _at("the result", point),
            y.data,
            "on Tensors",
            reference,
            1e-13,
            "scalar= and forward are not the same function",
        )
        y.backward()
        for i, v in zip(numbers, leaves, strict=True):
            same(case, _at("the gradient", point), v.grad, "on Tensors", gradient[i], 1e-12)
    ones = tuple(1.0 for _ in floats)
    tangent = transforms.jvp(f, floats, ones)[1]
    same(case, _at("the tangent", point), tangent, "on Tensors", sum(gradient), 1e-12)


def _by_operator(op: Elementwise, point: tuple, chosen: tuple[int, ...]) -> list[tuple[Any, list]]:
    """The same through the closures that ``Value``'s operators and methods are made of."""
    if op.defaults or op.scalar is None or op.arity not in (1, 2) or op.differentiable:
        return []
    values = [Value(float(point[i])) for i in chosen]
    full: list[Any] = [float(x) for x in point]
    for i, v in zip(chosen, values, strict=True):
        full[i] = v
    if op.arity == 1:
        return [(_unary(op)(*values), values)]
    if chosen == (1,):
        return [(_reflected(op)(full[1], full[0]), values)]
    return [(_binary(op)(*full), values)]
