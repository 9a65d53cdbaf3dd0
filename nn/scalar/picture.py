"""Networks on values as pictures of their neurons, like those of :meth:`nn.Module.draw`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import no_grad

from ..look.network import Dense, Network, short_name
from ..look.neurons import check, draw_neurons
from .network import MLP, Layer, Module, Neuron

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["draw"]


def draw(
    model: Module,
    x: Sequence[Any] | None = None,
    *,
    most: int = 10,
    show: str = "weight",
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> Drawing:
    """Draw a network, a layer or a neuron; see :meth:`nn.scalar.Module.draw`.

    Examples
    --------
    >>> from nn import scalar
    >>> "price" in draw(scalar.Neuron(2), outputs=["price"]).source
    True
    """
    check(most, show)
    layers = _layers(model)
    values: list[np.ndarray | None] = [None] * (len(layers) + 1)
    if x is not None:
        values = list(_values(layers, x))
    net = Network(type(model).__name__, [_dense(neurons) for neurons in layers], values)
    return draw_neurons(net, int(most), show, inputs, outputs)


def _layers(model: Module) -> list[list[Neuron]]:
    if isinstance(model, Neuron):
        layers = [[model]]
    elif isinstance(model, Layer):
        layers = [model.neurons]
    elif isinstance(model, MLP):
        layers = [layer.neurons for layer in model.layers]
    else:
        raise TypeError(
            f"{type(model).__name__} is no Neuron, Layer or MLP, which have columns of neurons to "
            "draw; the loss's own draw() shows the graph of any model"
        )
    if not all(layers) or not layers:
        raise ValueError(f"this {type(model).__name__} has no neurons to draw")
    return layers


def _values(layers: list[list[Neuron]], x: Sequence[Any]) -> list[np.ndarray]:
    """The example, and what each layer's neurons make of it."""
    row = [float(xi) for xi in x]
    values = [np.array(row)]
    with no_grad():
        for neurons in layers:
            row = [float(neuron(row)) for neuron in neurons]
            values.append(np.array(row))
    return values


def _dense(neurons: list[Neuron]) -> Dense:
    names = [_name(neuron.activation) for neuron in neurons]
    flow = f"{len(neurons[0].w):,} → {len(neurons):,}"
    bends = ", ".join(dict.fromkeys(name for name in names if name != "linear"))
    return Dense(
        f"{flow}\n{bends}".strip(),
        np.array([[w.data for w in neuron.w] for neuron in neurons]),
        np.array([neuron.b.data for neuron in neurons]),
        [short_name(name) for name in names],
        np.array([[w.grad for w in neuron.w] for neuron in neurons]),
        np.array([neuron.b.grad for neuron in neurons]),
    )


def _name(activation: Any) -> str:
    if isinstance(activation, str):
        return activation
    name = getattr(activation, "__name__", type(activation).__name__)
    return "a function" if name == "<lambda>" else name
