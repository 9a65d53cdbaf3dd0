"""A neural network one number at a time, on one page.

A neuron multiplies each input by a weight, adds them up with a bias, and bends the sum with an
activation. A layer is neurons that read the same inputs; a multi-layer perceptron is layers that
feed one another. Everything is a ``Value``, so ``loss.backward()`` finds every gradient.

    model = MLP(2, [16, 16, 1])
    loss = (model([1.0, -2.0]) - 1.0) ** 2
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= 0.05 * p.grad

Names and starting values are those of micrograd's ``nn``; :class:`nn.MLP` is the same model on
arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value

__all__ = ["ACTIVATIONS", "Layer", "MLP", "Module", "Neuron"]

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda z: z,
    "relu": lambda z: z.relu(),
    "leaky_relu": lambda z: z.leaky_relu(),
    "sigmoid": lambda z: z.sigmoid(),
    "softplus": lambda z: z.softplus(),
    "tanh": lambda z: z.tanh(),
}


class Module:
    """Anything with parameters."""

    def parameters(self) -> list[Value]:
        """The weights and biases to train."""
        return []

    def zero_grad(self) -> None:
        """Set all gradients to 0."""
        for p in self.parameters():
            p.grad = 0.0


class Neuron(Module):
    """activation(w · x + b), with weights drawn uniformly from (-1, 1) and b = 0.

    Parameters
    ----------
    nin : int
        Number of inputs.
    nonlin : bool
        ``False`` leaves the activation out, as in micrograd.
    activation : str
        One of ``ACTIVATIONS``.
    rng : optional
        What has a ``uniform(low, high)``; Python's ``random`` unless given.
    """

    def __init__(
        self, nin: int, nonlin: bool = True, *, activation: str = "relu", rng: Any = None
    ) -> None:
        if rng is None:
            import random as rng  # here, because loading it takes as long as this whole module
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"no activation is called {activation!r}; there are {', '.join(ACTIVATIONS)}"
            )
        self.w = [Value(rng.uniform(-1, 1), label=f"w{i}") for i in range(nin)]
        self.b = Value(0.0, label="b")
        self.nonlin = nonlin
        self.activation = activation if nonlin else "linear"

    def __call__(self, x: Sequence[Any]) -> Value:
        if len(x) != len(self.w):
            raise ValueError(f"a neuron with {len(self.w)} inputs got {len(x)} numbers")
        z = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return ACTIVATIONS[self.activation](z)

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        kind = {"relu": "ReLU"}.get(self.activation, self.activation.capitalize())
        return f"{kind}Neuron({len(self.w)})"


class Layer(Module):
    """``nout`` neurons that read the same ``nin`` inputs; one neuron gives a single ``Value``."""

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x: Sequence[Any]) -> Any:
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for n in self.neurons for p in n.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """Layers of ``nouts`` neurons, one after another; the last one is linear.

    Weights are labelled ``l0.n1.w2``: layer 0, neuron 1, weight 2.
    """

    def __init__(
        self, nin: int, nouts: Sequence[int], *, activation: str = "relu", rng: Any = None
    ) -> None:
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [
            Layer(sizes[i], sizes[i + 1], nonlin=i != last, activation=activation, rng=rng)
            for i in range(len(nouts))
        ]
        for i, layer in enumerate(self.layers):
            for j, neuron in enumerate(layer.neurons):
                for p in neuron.parameters():
                    p.label = f"l{i}.n{j}.{p.label}"

    def __call__(self, x: Sequence[Any]) -> Any:
        for layer in self.layers:
            # A layer of one neuron gives a Value, which the next layer reads as a list of one.
            x = layer(x if isinstance(x, (list, tuple)) or hasattr(x, "__len__") else [x])
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
