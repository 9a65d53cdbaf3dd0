"""What to rank and by which names: a model's parameters, containers of them, or a graph's leaves.

A model is whatever has ``named_parameters()`` or ``parameters()``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...errors import describe
from ...tensor import Tensor
from ...value import Value
from ..model import titles
from ..titles import node_of
from .walk import leaves

__all__ = ["is_model", "named", "named_leaves", "prefix"]


def is_model(x: Any) -> bool:
    """Whether ``x`` has parameters, as ``nn``'s modules do."""
    return hasattr(x, "named_parameters") or hasattr(x, "parameters")


def named(parameters: Any) -> dict[str, Any]:
    """Names and nodes of a model's parameters, or of those in (nested) dicts and lists."""
    if hasattr(parameters, "named_parameters"):
        parameters = dict(parameters.named_parameters())
    elif hasattr(parameters, "parameters"):
        parameters = parameters.parameters()
    result = _without_twins(_walk(parameters))
    if not result:
        raise ValueError("there are no parameters to blame: an empty model or container was given")
    return result


def named_leaves(roots: Sequence[Any]) -> dict[str, Any]:
    """Names and nodes of the leaves behind ``roots``: labels, the modules' names for their
    parameters, else the numbers that a drawing gives them."""
    title = titles(roots).title
    return _without_twins((title(node), node) for node in leaves(roots))


def prefix(name: str, depth: int | None = None) -> str:
    """The layer that a parameter sits in: its dotted name without the end, cut at ``depth``.

    Examples
    --------
    >>> prefix("encoder.0.weight"), prefix("encoder.0.weight", depth=1), prefix("weight")
    ('encoder.0', 'encoder', '(top)')
    """
    parts = name.split(".")[:-1]
    return ".".join(parts if depth is None else parts[:depth]) or "(top)"


def _walk(parameters: Any) -> Iterable[tuple[str, Any]]:
    stack: list[tuple[str, Any, bool]] = [("", parameters, False)]
    while stack:
        name, x, keyed = stack.pop()
        if isinstance(x, (Tensor, Value)):
            node = node_of(x)
            shown = name if keyed else x.label or name or "parameter"
            if node is None:
                raise ValueError(
                    f"{shown} does not require a gradient, so the loss's graph does not lead to "
                    f"it: it is frozen or made without requires_grad=True ({describe(x)})"
                )
            yield shown, node
        elif isinstance(x, Mapping):
            items = [(f"{name}.{k}" if name else str(k), v, True) for k, v in x.items()]
            stack.extend(reversed(items))
        elif isinstance(x, Iterable) and not isinstance(x, (str, bytes)) and not _is_array(x):
            inner = [(f"{name}.{k}" if name else str(k), v, keyed) for k, v in enumerate(x)]
            stack.extend(reversed(inner))
        else:
            raise TypeError(
                f"parameters are a model, or Tensors and Values in dicts and lists; got "
                f"{describe(x)}{f' for {name}' if name else ''}. An array is in no graph: make it "
                "Tensor(array, requires_grad=True) before the loss is computed"
            )


def _is_array(x: Any) -> bool:
    return hasattr(x, "__array__")


def _without_twins(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A node comes once, and two nodes of one name are told apart."""
    result: dict[str, Any] = {}
    count: dict[str, int] = {}
    seen: set[Any] = set()
    for name, node in items:
        if node in seen:
            continue
        seen.add(node)
        shown = name
        while shown in result:
            count[name] = count.get(name, 1) + 1
            shown = f"{name} ({count[name]})"
        result[shown] = node
    return result
