"""A model's parameters as inputs of the function under check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..errors import describe
from ..tensor import Tensor, current

__all__ = ["named_parameters", "standing_in"]


def named_parameters(f: Any, extra: Any = None) -> list[tuple[str, Tensor]]:
    """The parameters of ``f``, if it is a module, and of ``extra``; a shared one comes once.

    ``extra`` is a module, a tensor, a mapping of names to tensors, or an iterable of tensors or
    modules.
    """
    found: dict[int, tuple[str, Tensor]] = {}
    if callable(extra) and not hasattr(extra, "named_parameters"):
        raise TypeError(f"parameters= takes a module or tensors, got {describe(extra)}")
    for name, tensor in [*_of(f), *_of(extra)]:
        found.setdefault(id(tensor), (name, tensor))
    return list(found.values())


def _of(owner: Any) -> Iterator[tuple[str, Tensor]]:
    # Whatever has named parameters, so that modules of the user's own kind serve too.
    if hasattr(owner, "named_parameters") and not isinstance(owner, type):
        yield from owner.named_parameters()
    elif isinstance(owner, Tensor):
        yield owner.label or "parameter", owner
    elif isinstance(owner, Mapping):
        yield from owner.items()
    elif isinstance(owner, Iterable) and not callable(owner):
        for i, item in enumerate(owner):
            if isinstance(item, Tensor):
                yield item.label or f"parameter {i}", item
            elif hasattr(item, "named_parameters"):
                yield from item.named_parameters()
            else:
                raise TypeError(
                    f"parameters= takes modules and tensors, and number {i} is {describe(item)}"
                )
    elif owner is not None and not callable(owner):
        raise TypeError(f"parameters= takes a module or tensors, got {describe(owner)}")


@contextmanager
def standing_in(tensors: Sequence[Tensor], xs: Sequence[Any]) -> Iterator[None]:
    """Let ``xs`` stand in for tensors that somebody else holds, and put them back afterwards."""
    kept = [(t._data, t._node, t._pinned) for t in tensors]
    try:
        for t, x in zip(tensors, xs, strict=True):
            x = current(x) if isinstance(x, Tensor) else Tensor(x)
            t._data, t._node, t._pinned = x._data, x._node, x._pinned
        yield
    finally:
        for t, (data, node, pinned) in zip(tensors, kept, strict=True):
            t._data, t._node, t._pinned = data, node, pinned
