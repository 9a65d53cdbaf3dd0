"""One forward pass, watched: which module was called with what, and what came out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Tensor, enable_grad, no_grad

from ..evaluating import in_evaluation
from ..layers.embedding import reads_indices
from ..module import Module

__all__ = ["Call", "Forward", "example_of", "flat", "guess", "has_matrices", "leaves", "watch"]

BATCH = 2
"""Examples in a batch made up for its shape alone."""


@dataclass
class Call:
    """A module's forward, after it has returned."""

    name: str
    module: Module
    inputs: list[Tensor]
    outputs: list[Tensor]


@dataclass
class Forward:
    """All calls of one pass, inner ones before the ones around them."""

    inputs: list[Tensor]
    calls: list[Call]
    outputs: list[Tensor]


def flat(x: Any) -> Iterator[Tensor]:
    """The tensors in nested tuples, lists and dicts."""
    if isinstance(x, Tensor):
        yield x
    elif isinstance(x, dict):
        for item in x.values():
            yield from flat(item)
    elif isinstance(x, (tuple, list)):
        for item in x:
            yield from flat(item)


def watch(model: Module, inputs: tuple[Any, ...], *, graph: bool = True) -> Forward:
    """Call the model on ``inputs`` in evaluation mode and leave it as it was."""
    calls: list[Call] = []

    def noting(name: str, module: Module) -> Any:
        def note(_: Module, args: tuple[Any, ...], out: Any) -> None:
            calls.append(Call(name, module, list(flat(args)), list(flat(out))))

        return note

    handles = []
    with in_evaluation(model), enable_grad() if graph else no_grad(), np.errstate(all="ignore"):
        try:
            for name, module in model.named_modules():
                handles.append(module.register_forward_hook(noting(name, module)))
            out = model(*inputs)
        finally:
            for handle in handles:
                handle.remove()
    return Forward(list(flat(inputs)), calls, list(flat(out)))


def leaves(calls: list[Call]) -> list[Call]:
    """The calls that no other call was part of."""
    around: set[str] = set()
    for name in {call.name for call in calls}:
        while name:
            name = name.rpartition(".")[0]
            around.add(name)
    return [call for call in calls if call.name not in around]


def has_matrices(module: Module) -> bool:
    """Whether a module has matrices or kernels that are not its children's."""
    inner = {id(p) for child in module.children() for p in child.parameters()}
    return any(p.ndim > 1 and id(p) not in inner for p in module.parameters())


def guess(model: Module) -> tuple[Any, ...] | None:
    """A batch for the model's first dense layer, which may well not be where inputs go."""
    for module in model.modules():
        size = getattr(module, "in_features", None)
        if isinstance(size, int) and isinstance(getattr(module, "weight", None), Tensor):
            return example_of(model, (size,))
    return None


def example_of(model: Module, shape: Any) -> tuple[Any, ...]:
    """A batch of examples of ``shape``; of a list of shapes, a batch for each input."""
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    if any(isinstance(part, (tuple, list)) for part in shape):
        return tuple(x for part in shape for x in example_of(model, part))
    if not all(isinstance(n, (int, np.integer)) and n >= 0 for n in shape):
        raise ValueError(
            "input_shape is the shape of one example, without the batch, such as (64,) or "
            f"(1, 8, 8); for a model of several inputs a list of such; got {shape!r}"
        )
    full = (BATCH, *(int(n) for n in shape))
    if reads_indices(model):
        return (Tensor(np.zeros(full, dtype=np.int64)),)
    dtype = next((p.dtype for p in model.parameters()), np.dtype(np.float32))
    return (Tensor(np.ones(full, dtype=dtype), requires_grad=True),)
