"""The smooth neuron: what a small change of a weight changes is small, so it can be learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

import autograd as ag
from autograd import Tensor, Value, no_grad

from .. import losses
from ..module import FeatureError, Module
from .data import check_rate, examples, features, starting_weights

if TYPE_CHECKING:
    from autograd.viz import Drawing

    from ..scalar import Neuron

__all__ = ["SigmoidNeuron"]


class SigmoidNeuron(Module):
    """sigmoid(w · x + b), a number between 0 and 1: logistic regression, in other words.

    Parameters
    ----------
    weights : sequence of float, optional
        Where learning starts; zeros unless given.
    bias : float
        Likewise.
    n_inputs : int, optional
        Number of inputs, where no weights are given and no call of ``fit`` comes first.
    dtype : dtype
        Of the parameters. Of double precision, unlike layers, as numbers on paper are.

    Examples
    --------
    0.5 · 12 - 1 · 4 + 1 is 3, and sigmoid(3) is close to 1:

    >>> from nn.neurons import SigmoidNeuron
    >>> neuron = SigmoidNeuron(weights=[0.5, -1], bias=1)
    >>> float(neuron.decision_function([12, 4])), round(float(neuron.predict_proba([12, 4])), 4)
    (3.0, 0.9526)
    >>> neuron.predict([12, 4]), neuron.predict([12, 4], threshold=0.99)
    (1, 0)

    How probable is it that one likes a film, by the critics' stars and a friend's?

    >>> stars = [[5, 4], [4, 5], [3, 4], [2, 1], [1, 3], [4, 1]]
    >>> liked = [1, 1, 1, 0, 0, 0]
    >>> neuron = SigmoidNeuron().fit(stars, liked, lr=0.1, epochs=500)
    >>> neuron.predict_proba([[5, 5], [3, 3], [3, 1]]).round(2).tolist()
    [0.96, 0.57, 0.13]

    It is a module: it gives tensors, and its parameters get gradients.

    >>> neuron([3, 3]).backward()
    >>> neuron.weights.grad.shape
    (2,)
    """

    def __init__(
        self,
        weights: Any = None,
        bias: float = 0.0,
        *,
        n_inputs: int | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.weights: Tensor | None = None
        self.bias = Tensor(float(bias), requires_grad=True, dtype=dtype, label="bias")
        self.costs: list[float] = []
        start = starting_weights(weights, n_inputs, "SigmoidNeuron")
        if start is not None:
            self._begin(start)

    def forward(self, x: Any) -> Any:
        """The answer to one example (n_inputs,) or to several (n, n_inputs)."""
        return ag.sigmoid(self._logit(x))

    def decision_function(self, x: Any) -> Any:
        """z = w · x + b as plain numbers: above 0 where the answer is above one half."""
        with no_grad():
            z = self._logit(features(x, len(self._weights()), "SigmoidNeuron"))
            return z.numpy()[()]

    def predict_proba(self, x: Any) -> Any:
        """The probability of a 1, as plain numbers."""
        with no_grad():
            return self.forward(features(x, len(self._weights()), "SigmoidNeuron")).numpy()[()]

    def predict(self, x: Any, *, threshold: float = 0.5) -> Any:
        """1 where the probability of a 1 is ``threshold`` or more, else 0."""
        fires = self.predict_proba(x) >= threshold
        return int(fires) if np.ndim(fires) == 0 else fires.astype(int)

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        loss: str | Callable[[Any, Any], Any] = "binary_cross_entropy",
        lr: float = 0.1,
        epochs: int = 1000,
    ) -> SigmoidNeuron:
        """Go down the gradient of the cost over all examples, from the weights as they are.

        Parameters
        ----------
        x : array (n, inputs)
        y : array (n,)
            0 or 1, or a probability between them.
        loss : str or callable
            "binary_cross_entropy", "mse" or another of :func:`nn.losses.names`; or what gets the
            neuron's answers and ``y`` and gives one number.
        lr : float
            The learning rate.
        epochs : int
            The number of steps. The cost before each is left in ``costs``.

        Notes
        -----
        With "mse" the gradient has a factor sigmoid'(z), which vanishes for a neuron that is sure
        and wrong; with "binary_cross_entropy" it is (answer - y) x.
        """
        check_rate(lr, epochs, "SigmoidNeuron")
        x, truth = examples(
            x, y, None if self.weights is None else len(self.weights), "SigmoidNeuron"
        )
        if truth.dtype.kind not in "biuf" or not ((truth >= 0) & (truth <= 1)).all():
            raise ValueError(
                "SigmoidNeuron answers between 0 and 1, and the labels hold other values; make "
                "them 0 and 1, for example with y == 'yes' or y > 0"
            )
        cost = self._cost(loss)
        if self.weights is None:
            self._begin(np.zeros(x.shape[1]))
        dtype = self.bias.dtype
        inputs, truth = Tensor(x.astype(dtype)), truth.astype(dtype)
        self.costs = []
        for _ in range(epochs):
            self.zero_grad()
            now = cost(self._logit(inputs), truth)
            now.backward()
            self.costs.append(float(now))
            with no_grad():
                for parameter in self.parameters():
                    assert parameter.grad is not None
                    parameter -= lr * parameter.grad
        return self

    def to_scalar(self) -> Neuron:
        """The same neuron on ``Value`` objects, whose graph can be drawn number by number.

        Examples
        --------
        >>> from autograd import Value
        >>> from nn.neurons import SigmoidNeuron
        >>> out = SigmoidNeuron([0.5, -1], bias=1).to_scalar()([Value(12), Value(4)])
        >>> round(out.data, 4), out.draw().name
        (0.9526, 'autograd')
        """
        from ..scalar import Neuron

        weights = self._weights().numpy().tolist()
        neuron = Neuron(len(weights), activation="sigmoid")
        for parameter, number in zip(neuron.parameters(), [*weights, self.bias.item()]):
            parameter.data = number
        return neuron

    def draw(self, x: Any = None, **options: Any) -> Drawing:
        """The neuron as a drawing, its weights on the wires; it takes no example and no options."""
        from .picture import draw_neuron

        if x is not None or options:
            raise TypeError("SigmoidNeuron.draw() takes nothing; put it in nn.Sequential for more")

        return draw_neuron("SigmoidNeuron", self._weights().numpy(), self.bias.item(), "σ")

    def extra_repr(self) -> str:
        """Weights and bias."""
        if self.weights is None:
            return ""
        return f"weights={self.weights.numpy().tolist()}, bias={self.bias.item()}"

    # Inside --------------------------------------------------------------------------------------

    def _begin(self, weights: np.ndarray) -> None:
        self.weights = Tensor(weights, requires_grad=True, dtype=self.bias.dtype, label="weights")

    def _weights(self) -> Tensor:
        if self.weights is None:
            raise RuntimeError(
                "this SigmoidNeuron has no weights yet: call fit first, or make it with weights= "
                "or n_inputs="
            )
        return self.weights

    def _logit(self, x: Any) -> Any:
        weights = self._weights()
        if isinstance(x, (list, tuple)) and any(isinstance(one, Value) for one in x):
            x = ag.stack(x)
        elif not isinstance(x, (Tensor, np.ndarray)):
            x = features(x, len(weights), "SigmoidNeuron").astype(weights.dtype)
        if x.ndim == 0 or x.shape[-1] != len(weights):
            raise FeatureError(
                f"SigmoidNeuron has {len(weights)} inputs and got shape {x.shape}: the last axis "
                f"has to have length {len(weights)}"
            )
        return x @ weights + self.bias

    def _cost(self, loss: str | Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """The cost in terms of z, where cross-entropy cannot overflow."""
        function = losses.get(loss)
        if function is losses.binary_cross_entropy:
            return losses.binary_cross_entropy_with_logits
        return lambda z, truth: function(ag.sigmoid(z), truth)
