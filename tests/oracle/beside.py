"""A module of ours beside PyTorch's: the same weights, inputs and cotangents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor

from .agreement.row import apart, to_torch

__all__ = ["modules_apart", "scramble"]


def modules_apart(
    ours: Any,
    theirs: Any,
    *inputs: Any,
    training: bool = True,
    before: int = 0,
    settings: dict[str, Any] | None = None,
    again: Callable[[], Any] | None = None,
) -> float:
    """How far outputs, gradients of inputs and parameters, and buffers are apart.

    The weights travel by name, ours into theirs with ``strict=True``, and back into ``again()``, a
    module like ours with other weights. ``before`` counts passes in training mode that come first,
    each with other inputs, to move running statistics; ``settings`` are further arguments.
    """
    theirs = theirs.double()
    scramble(ours)
    theirs.load_state_dict({k: to_torch(v) for k, v in ours.state_dict().items()}, strict=True)
    if again is not None:
        twin = again()
        twin.load_state_dict(theirs.state_dict())
        for name, array in ours.state_dict().items():
            np.testing.assert_array_equal(twin.state_dict()[name], array, err_msg=name)
    for k in range(before):
        ours(*(_changed(x, k) for x in inputs))
        theirs(*(to_torch(_changed(x, k)) for x in inputs))
    ours.train(training)
    theirs.train(training)
    mine, yours = _nodes(inputs), _theirs(inputs)
    settings = settings or {}
    out = _leaves(ours(*mine, **settings))
    there = _leaves(theirs(*yours, **{k: _converted(v) for k, v in settings.items()}))
    worst = apart(out, [x.detach() for x in there])
    graded = [(a, b) for a, b in zip(out, there) if getattr(b, "requires_grad", False)]
    if graded:
        rng = np.random.default_rng(4)
        gs = [rng.uniform(0.5, 1.5, a.shape) for a, _ in graded]
        sum((a * g).sum() for (a, _), g in zip(graded, gs)).backward()
        sum((b * to_torch(g)).sum() for (_, b), g in zip(graded, gs)).backward()
    parameters = dict(theirs.named_parameters())
    assert [name for name, _ in ours.named_parameters()] == list(parameters)
    return max(
        worst,
        apart(_gradients(_flat(mine)), _gradients(_flat(yours))),
        apart(
            _gradients([p for _, p in ours.named_parameters()]),
            _gradients(parameters.values()),
        ),
        apart(ours.state_dict(), {k: v.numpy() for k, v in theirs.state_dict().items()}),
    )


def scramble(module: Any, seed: int = 11) -> None:
    """Other numbers than the starting ones, so that no scale is 1 and no bias 0."""
    rng = np.random.default_rng(seed)
    with ag.no_grad():
        for _, p in module.named_parameters():
            p[...] = p.numpy() + rng.uniform(-0.4, 0.4, p.shape)


def _changed(x: Any, k: int) -> Any:
    return x * (1.3 + k) - 0.5 * k


def _is_floating(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def _nodes(x: Any) -> Any:
    """Inputs of ours; an array that comes twice is one tensor."""
    made: dict[int, Any] = {}

    def one(x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple(map(one, x))
        if not _is_floating(x):
            return x
        return made.setdefault(id(x), Tensor(x, requires_grad=True))

    return one(x)


def _theirs(x: Any) -> Any:
    made: dict[int, Any] = {}

    def one(x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple(map(one, x))
        return made.setdefault(id(x), to_torch(x, grad=_is_floating(x)))

    return one(x)


def _converted(x: Any) -> Any:
    return to_torch(x) if isinstance(x, np.ndarray) else x


def _leaves(x: Any) -> list[Any]:
    if isinstance(x, (tuple, list)):
        return [leaf for item in x for leaf in _leaves(item)]
    return [] if x is None else [x]


def _flat(xs: Any) -> list[Any]:
    return [x for x in _leaves(xs) if getattr(x, "requires_grad", False)]


def _gradients(xs: Any) -> list[Any]:
    return [np.zeros(tuple(x.shape)) if x.grad is None else np.asarray(x.grad) for x in xs]
