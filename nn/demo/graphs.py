"""The demo's drawings of the engine's graphs: one neuron, and a network of three."""

from __future__ import annotations

from pathlib import Path

from autograd import Value, viz
from nn import scalar

__all__ = ["draw_mlp", "draw_neuron"]


def draw_neuron(path: Path) -> str:
    """The graph of tanh(w · x + b), written to ``path``; the SVG's text."""
    neuron = scalar.Neuron(2, activation="tanh")
    for parameter, number in zip(neuron.parameters(), (0.9, -0.7, 0.2)):
        parameter.data = number
    out = neuron([Value(0.8, label="x0"), Value(0.5, label="x1")])
    out.label = "out"
    out.backward()
    return viz.render(out, path).read_text(encoding="utf-8")


def draw_mlp(path: Path) -> str:
    """The graph of the loss of a network with two inputs, two hidden neurons and one output."""
    import random

    model = scalar.MLP(2, [2, 1], activation="tanh", rng=random.Random(7))
    inputs = [Value(0.8, label="x0"), Value(-0.5, label="x1")]
    loss = (model(inputs) - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    return viz.render(loss, path).read_text(encoding="utf-8")
