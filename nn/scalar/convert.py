"""The network on values as a network on tensors, and back."""

from __future__ import annotations

from typing import Any

from autograd import Value

from .. import activations as modules
from ..layers import MLP as TensorMLP
from ..layers import Dropout, Linear, Sequential
from ..module import Module
from .activations import ACTIVATIONS, Activation
from .network import MLP, Layer

__all__ = ["from_tensor", "to_tensor"]


def from_tensor(kind: type[MLP], model: Any) -> MLP:
    """Dense layers in a row, each with the activation that follows it."""
    dense: list[Linear] = []
    bends: list[Activation] = []
    for layer in model if isinstance(model, Sequential) else [model]:
        if isinstance(layer, Linear) and layer.bias is not None:
            dense.append(layer)
            bends.append("linear")
        elif dense and bends[-1] == "linear" and _bends_values(layer):
            bends[-1] = _name(layer)
        elif not isinstance(layer, Dropout):
            raise ValueError(
                f"{layer!r} has no counterpart on values: from_tensor takes dense layers with a "
                "bias, each followed by one activation without parameters at most"
            )
    if not dense:
        raise ValueError(f"{model!r} has no dense layer")
    twin = kind(dense[0].in_features, [d.out_features for d in dense], activation=bends)
    state = {}
    for i, layer in enumerate(dense):
        assert layer.bias is not None
        state[f"{2 * i}.weight"], state[f"{2 * i}.bias"] = layer.weight.numpy(), layer.bias.numpy()
    twin.load_state_dict(state)
    return twin


def to_tensor(model: MLP, dtype: Any) -> Sequential:
    """An :class:`nn.MLP`, or a plain sequence where its activations are not all alike."""
    nin = len(model.layers[0].neurons[0].w)
    widths = [len(layer.neurons) for layer in model.layers]
    *hidden, last = [_bend(layer) for layer in model.layers]
    twin: Sequential
    if last == "linear" and all(bend == hidden[0] for bend in hidden):
        between = _module(hidden[0]) if hidden else modules.Identity()
        twin = TensorMLP(nin, widths[:-1], widths[-1], activation=between, dtype=dtype)
    else:
        layers: list[Module] = []
        for before, width, bend in zip([nin, *widths], widths, [*hidden, last]):
            layers += [Linear(before, width, dtype=dtype), _module(bend)]
        twin = Sequential(*layers)
    twin.load_state_dict(model.state_dict())
    return twin


def _bends_values(layer: Module) -> bool:
    """Whether a module acts on each number by itself, so that it can act on a ``Value``."""
    if isinstance(layer, (Linear, Dropout)) or layer.parameters():
        return False
    try:
        return isinstance(layer(Value(0.5)), Value)
    except (AttributeError, IndexError, TypeError, ValueError):
        return False


def _name(layer: Module) -> Activation:
    """The name of an activation if it has one and no settings of its own, else the module."""
    if isinstance(layer, modules.Identity):
        return "linear"
    known = (name for name in ACTIVATIONS if name in modules.names())
    return next((name for name in known if repr(modules.get(name)) == repr(layer)), layer)


def _module(bend: Activation) -> Module:
    if bend == "linear":
        return modules.Identity()
    if isinstance(bend, str) and bend not in modules.names():
        return modules.Function(ACTIVATIONS[bend])
    return modules.get(bend)


def _bend(layer: Layer) -> Activation:
    """The activation that all neurons of a layer share."""
    first = layer.neurons[0].activation
    if any(neuron.activation != first for neuron in layer.neurons):
        raise ValueError(f"{layer!r} has neurons with different activations")
    return first
