"""Neurons, layers and the multi-layer perceptron on ``Value``s.

A neuron multiplies each input by a weight, adds them up with a bias, and bends the sum with an
activation. A layer is neurons that read the same inputs; a multi-layer perceptron is layers that
feed one another.

    model = MLP(2, [16, 16, 1])
    loss = (model([1.0, -2.0]) - 1.0) ** 2
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= 0.05 * p.grad
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd import Value, scope

from . import activations
from .activations import Activation

if TYPE_CHECKING:
    import numpy as np

    from autograd.viz import Drawing

    from ..layers import Sequential

__all__ = ["Layer", "MLP", "Module", "Neuron"]


class Module:
    """Anything with parameters."""

    def parameters(self) -> list[Value]:
        """The weights and biases to train."""
        return []

    def zero_grad(self) -> None:
        """Set all gradients to 0."""
        for p in self.parameters():
            p.grad = 0.0

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This (as ``""``) and all inside it, by the names that weights are labelled with."""
        yield "", self

    def __call__(self, x: Sequence[Any]) -> Any:
        outer = scope.enter(self)  # what is computed in here is a group in drawings
        try:
            return self.forward(x)
        finally:
            scope.leave(outer)

    def forward(self, x: Sequence[Any]) -> Any:
        """Compute the output."""
        raise NotImplementedError(f"{type(self).__name__} needs a forward(self, x) method")

    def draw(self, x: Sequence[Any] | None = None, **options: Any) -> Drawing:
        """The neurons, and the weights between them, as a ``graphviz.Digraph``.

        Parameters
        ----------
        x : sequence of numbers, optional
            One example, whose activations shade the neurons.
        **options
            ``most``, ``show``, ``inputs`` and ``outputs``, as for :func:`nn.look.draw`.

        Examples
        --------
        >>> from nn import scalar
        >>> model = scalar.MLP(2, [3, 1])
        >>> model([1.0, -2.0]).backward()
        >>> picture = model.draw(show="gradient")
        """
        from .picture import draw

        return draw(self, x, **options)


def _drawing(rng: Any) -> Any:
    if rng is not None and not isinstance(rng, int):
        return rng
    import random  # here, because loading it takes as long as this whole module

    return random if rng is None else random.Random(rng)


class Neuron(Module):
    """activation(w · x + b), with weights drawn uniformly from (-1, 1) and b = 0.

    Parameters
    ----------
    nin : int
        Number of inputs.
    nonlin : bool
        ``False`` leaves the activation out, as in micrograd.
    activation : str or callable
        One of ``ACTIVATIONS``, or any function of one ``Value``.
    rng : int, optional
        A seed, or what has a ``uniform(low, high)``; Python's ``random`` unless given.

    Examples
    --------
    >>> from nn import scalar
    >>> neuron = scalar.Neuron(2, activation="sigmoid")
    >>> neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -1, 1
    >>> round(neuron([12, 4]).data, 4)
    0.9526
    """

    def __init__(
        self, nin: int, nonlin: bool = True, *, activation: Activation = "relu", rng: Any = None
    ) -> None:
        rng = _drawing(rng)
        activations.get(activation)
        self.w = [Value(rng.uniform(-1, 1), label=f"w{i}") for i in range(nin)]
        self.b = Value(0.0, label="b")
        self.nonlin = nonlin
        self.activation = activation if nonlin else "linear"

    def __call__(self, x: Sequence[Any]) -> Value:
        if len(x) != len(self.w):
            raise ValueError(f"a neuron with {len(self.w)} inputs got {len(x)} numbers")
        z = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return scope.ends(self, activations.get(self.activation)(z))

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        name = self.activation
        if not isinstance(name, str):
            name = getattr(name, "__name__", type(name).__name__)
        kind = {"relu": "ReLU"}.get(name, name.capitalize())
        return f"{kind}Neuron({len(self.w)})"


class Layer(Module):
    """``nout`` neurons that read the same ``nin`` inputs; one neuron gives a single ``Value``."""

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        kwargs["rng"] = _drawing(kwargs.get("rng"))  # one for all: a seed would repeat itself
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def forward(self, x: Sequence[Any]) -> Any:
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for n in self.neurons for p in n.parameters()]

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        yield "", self
        for j, neuron in enumerate(self.neurons):
            yield f"n{j}", neuron

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """Layers of ``nouts`` neurons, one after another; the last one is linear.

    Weights are labelled ``l0.n1.w2``: layer 0, neuron 1, weight 2.

    Parameters
    ----------
    nin : int
        Number of inputs.
    nouts : sequence of int
        Number of neurons in each layer.
    activation : str, callable, or a list of them
        Of all layers but the last; or a list with one for each layer, the last one included.
    rng : optional
        As for :class:`Neuron`.
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Activation | Sequence[Activation] = "relu",
        rng: Any = None,
    ) -> None:
        rng = _drawing(rng)
        if isinstance(nouts, int):
            raise TypeError(f"MLP takes the size of each layer, such as [{nouts}, 1]; got {nouts}")
        bends: Any = activation
        if isinstance(activation, str) or callable(activation):
            bends = [activation] * (len(nouts) - 1) + ["linear"]
        if len(bends) != len(nouts):
            raise ValueError(f"{len(nouts)} layers need an activation each, got {len(bends)}")
        self.layers = []
        for nout, bend in zip(nouts, bends):
            self.layers.append(Layer(nin, nout, nonlin=bend != "linear", activation=bend, rng=rng))
            nin = nout
        for i, layer in enumerate(self.layers):
            for j, neuron in enumerate(layer.neurons):
                for p in neuron.parameters():
                    p.label = f"l{i}.n{j}.{p.label}"

    def forward(self, x: Sequence[Any]) -> Any:
        for layer in self.layers:
            # A layer of one neuron gives a Value, which the next layer reads as a list of one.
            x = layer(x if hasattr(x, "__len__") else [x])
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        yield "", self
        for i, layer in enumerate(self.layers):
            for name, module in layer.named_modules():
                yield f"l{i}.{name}".rstrip("."), module

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"

    # The same weights as arrays ------------------------------------------------------------------

    def state_dict(self) -> dict[str, np.ndarray]:
        """The weights under the names and in the shapes of :class:`nn.MLP`'s.

        Examples
        --------
        >>> from nn import scalar
        >>> {name: array.shape for name, array in scalar.MLP(3, [4, 2]).state_dict().items()}
        {'0.weight': (4, 3), '0.bias': (4,), '2.weight': (2, 4), '2.bias': (2,)}
        """
        import numpy as np

        state = {}
        for i, layer in enumerate(self.layers):
            # In nn.MLP each dense layer is followed by its activation.
            weight = [[w.data for w in neuron.w] for neuron in layer.neurons]
            state[f"{2 * i}.weight"] = np.array(weight)
            state[f"{2 * i}.bias"] = np.array([neuron.b.data for neuron in layer.neurons])
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the weights of an :class:`nn.MLP` of these sizes, all of them or none."""
        import numpy as np

        own = {name: array.shape for name, array in self.state_dict().items()}
        given = {name: np.shape(state[name]) for name in state}
        if own != given:
            raise ValueError(f"this MLP has {own}, the state has {given}")
        for i, layer in enumerate(self.layers):
            weight, bias = np.asarray(state[f"{2 * i}.weight"]), np.asarray(state[f"{2 * i}.bias"])
            for neuron, row, b in zip(layer.neurons, weight, bias):
                for p, number in zip(neuron.parameters(), [*row, b]):
                    p.data = float(number)

    @classmethod
    def from_tensor(cls, model: Sequential) -> MLP:
        """An :class:`nn.MLP`, or dense layers and activations in a row, number by number.

        Dropout is left out, as it is in evaluation.

        Examples
        --------
        >>> import nn
        >>> nn.scalar.MLP.from_tensor(nn.MLP(2, [3], 1, activation="tanh"))
        MLP of [Layer of [TanhNeuron(2), TanhNeuron(2), TanhNeuron(2)], Layer of [LinearNeuron(3)]]
        """
        from .convert import from_tensor

        return from_tensor(cls, model)

    def to_tensor(self, dtype: Any = float) -> Sequential:
        """The same network on arrays: an :class:`nn.MLP` where only the last layer is linear."""
        from .convert import to_tensor

        return to_tensor(self, dtype)
