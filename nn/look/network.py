"""A plain network as numbers: what the picture of its neurons is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers.linear import Linear
from ..module import Module
from .forward import Forward
from .stack import SHAPING, Stack

__all__ = ["Dense", "Network", "of_stack", "short_name"]

SHORT = {
    "LeakyReLU": "leaky", "LogSoftmax": "log sm", "ReLU": "relu", "Sigmoid": "σ",
    "Softmax": "softm", "Softplus": "soft+", "leaky_relu": "leaky", "linear": "",
    "log_sigmoid": "log σ", "a function": "f", "sigmoid": "σ", "softplus": "soft+", "Identity": "",
}  # fmt: skip


@dataclass
class Dense:
    """A layer: each row of ``weight`` is a neuron."""

    caption: str
    weight: np.ndarray
    bias: np.ndarray | None
    marks: Sequence[str]
    """What each neuron does with its sum, in short."""
    weight_grad: np.ndarray | None = None
    bias_grad: np.ndarray | None = None


@dataclass
class Network:
    """Layers that feed one another, and what the inputs and each of them give for an example."""

    name: str
    layers: list[Dense]
    values: list[np.ndarray | None]

    @property
    def sizes(self) -> list[int]:
        """How many inputs, and neurons of each layer."""
        return [self.layers[0].weight.shape[1], *(len(layer.weight) for layer in self.layers)]

    def check_names(self, inputs: Sequence[str] | None, outputs: Sequence[str] | None) -> None:
        """Raise if there are more names than neurons, or fewer."""
        sizes = self.sizes
        for what, names, n in (("inputs", inputs, sizes[0]), ("outputs", outputs, sizes[-1])):
            if names is not None and len(names) != n:
                raise ValueError(f"{what} names {len(names)} neurons where the model has {n}")


def of_stack(model: Module, stack: Stack, seen: Forward | None) -> Network:
    """The network of a stack of dense layers."""
    layers = []
    for layer, after in zip(stack.layers, stack.after):
        names = [type(m).__name__ for m in after if type(m).__name__ not in (*SHAPING, "Identity")]
        flow = f"Linear {layer.in_features:,} → {layer.out_features:,}"
        bias = layer.bias
        layers.append(
            Dense(
                f"{flow}\n{', '.join(names)}".strip(),
                layer.weight.detach().numpy(),
                None if bias is None else bias.detach().numpy(),
                [_mark(after)] * layer.out_features,
                _array(layer.weight.grad),
                None if bias is None else _array(bias.grad),
            )
        )
    return Network(type(model).__name__, layers, _values(stack, seen))


def short_name(activation: str) -> str:
    """An activation as it stands in a neuron."""
    short = SHORT.get(activation, activation.lower())
    return short if len(short) <= 6 else f"{short[:5]}…"


def _array(grad: Any) -> np.ndarray | None:
    return None if grad is None else np.asarray(grad)


def _mark(after: list[Module]) -> str:
    for module in after:
        name = type(module).__name__
        if name == "Function":
            name = module.extra_repr()
        if name in SHORT or (
            name not in SHAPING and not name.startswith(("Drop", "Batch", "Layer"))
        ):
            return short_name(name)
    return ""


def _values(stack: Stack, seen: Forward | None) -> list[np.ndarray | None]:
    """What the inputs and each layer's neurons, activation included, give for one example."""
    values: list[np.ndarray | None] = [None] * (len(stack.layers) + 1)
    if seen is None:
        return values
    ends = {id(layer) for layer in stack.layers}
    known = {id(m) for m in stack.before} | {id(m) for after in stack.after for m in after}
    k = 0
    for call in seen.calls:
        if isinstance(call.module, Linear) and id(call.module) in ends:
            k += 1
            if k == 1:
                values[0] = call.inputs[0].numpy().ravel()
        elif id(call.module) not in known:
            continue
        if k:
            values[k] = call.outputs[0].numpy().ravel()
    return values
