"""The state of all the random numbers that a model draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..module import Module
from ..seed import generator

__all__ = ["capture_random", "restore_random"]


def capture_random(model: Module, *others: np.random.Generator) -> dict[str, Any]:
    """Where the random numbers are: the shared ones of ``nn``, the model's, and ``others``.

    The model's are the generators among the attributes of its modules, lists and dicts of them
    included, such as ``Dropout.rng``. Numbers from NumPy's global functions (``np.random.rand``)
    are not among them.

    Returns
    -------
    dict
        For :func:`restore_random`, and for :func:`pack`.
    """
    return {name: rng.bit_generator.state for name, rng in _generators(model, others)}


def restore_random(model: Module, *others: Any) -> None:
    """Set all generators as they were.

    Parameters
    ----------
    model : Module
        Made as it was when the state was captured.
    *others : Generator
        As many as then, and after them what :func:`capture_random` gave.

    Raises
    ------
    ValueError
        If there were other generators then, or other kinds of them. Nothing is changed.
    """
    *others_now, state = others
    now = dict(_generators(model, tuple(others_now)))
    if now.keys() != state.keys():
        raise ValueError(
            f"random numbers were drawn from {_list(state)} and are now from {_list(now)}; build "
            "the model as it was built then"
        )
    for name, rng in now.items():
        kind = type(rng.bit_generator).__name__
        if state[name]["bit_generator"] != kind:
            raise ValueError(
                f"the random numbers of {name} came from {state[name]['bit_generator']} and now "
                f"come from {kind}"
            )
    for name, rng in now.items():
        rng.bit_generator.state = state[name]


def _generators(
    model: Module, others: tuple[np.random.Generator, ...]
) -> Iterator[tuple[str, np.random.Generator]]:
    """Each under the first name it is met by; a shared one comes once."""
    seen: set[int] = set()
    for name, rng in _all(model, others):
        if id(rng) not in seen:
            seen.add(id(rng))
            yield name, rng


def _all(
    model: Module, others: tuple[np.random.Generator, ...]
) -> Iterator[tuple[str, np.random.Generator]]:
    yield "nn", generator()
    for i, rng in enumerate(others):
        yield f"other {i}", rng
    for path, module in model.named_modules():
        for name, item in vars(module).items():
            yield from _inside(item, f"model.{path}.{name}" if path else f"model.{name}")


def _inside(item: Any, name: str) -> Iterator[tuple[str, np.random.Generator]]:
    if isinstance(item, np.random.Generator):
        yield name, item
    elif isinstance(item, (list, tuple)):
        for i, inner in enumerate(item):
            yield from _inside(inner, f"{name}.{i}")
    elif isinstance(item, dict):
        for key, inner in item.items():
            yield from _inside(inner, f"{name}.{key}")


def _list(names: Any) -> str:
    return ", ".join(names) or "nowhere"
