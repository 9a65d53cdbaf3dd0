"""Models that are columns of neurons: dense layers, and what works on each neuron by itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..layers.container import Sequential
from ..layers.linear import Linear
from ..module import Module

__all__ = ["Stack", "plain_stack"]

SHAPING = ("Flatten", "Unflatten")


@dataclass
class Stack:
    """The dense layers, and what follows each before the next."""

    layers: list[Linear]
    after: list[list[Module]]
    before: list[Module]


def plain_stack(model: Module) -> Stack | None:
    """The model as a stack, or None if it is more than that."""
    stack = Stack([], [], [])
    for module in _in_order(model):
        if isinstance(module, Linear):
            stack.layers.append(module)
            stack.after.append([])
        elif list(module.children()) or any(p.ndim > 1 for p in module.parameters()):
            return None
        else:
            (stack.after[-1] if stack.layers else stack.before).append(module)
    fits = all(a.out_features == b.in_features for a, b in pairwise(stack.layers))
    return stack if stack.layers and fits else None


def _in_order(model: Module) -> list[Module]:
    """The modules one after another, as they are called; a container unknown here stays whole."""
    if isinstance(model, Sequential) and type(model).forward is Sequential.forward:
        return [inner for module in model for inner in _in_order(module)]
    return [model]
