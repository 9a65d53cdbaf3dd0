"""The first neuron that learns.

Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the
brain" (1958); the bound on its mistakes is Novikoff's (1962).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ..seed import Rng, generator
from .data import check_rate, examples, features, starting_weights

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["ConvergenceWarning", "Perceptron"]


class ConvergenceWarning(UserWarning):
    """Learning ended before it was done."""


class Perceptron:
    """Fires if w · x + b >= 0, and learns from each mistake: w += lr (y - ŷ) x, b += lr (y - ŷ).

    If a hyperplane can part the two classes, it makes at most (R / γ)² mistakes however the
    examples are ordered and however often they are repeated, where each example has a 1 appended
    for the bias, R is the length of the longest and γ the distance of the nearest to the best
    hyperplane through 0. If none can, it never comes to rest.

    Parameters
    ----------
    weights : sequence of float, optional
        Where learning starts; zeros unless given, as many as the data has columns.
    bias : float
        Likewise.

    Attributes
    ----------
    weights : array (n_inputs,)
    bias : float
    classes_ : array
        The two labels in order; the neuron fires for the second.
    converged_ : bool
        Whether the last pass over the data was without a mistake.
    n_iter_ : int
        Passes over the data, that one included.
    mistakes_ : int
        Mistakes made while learning, and so updates.

    Examples
    --------
    A neuron with given weights: 0.5 · 12 - 1 · 4 + 1 is 3, so it fires.

    >>> from nn.neurons import Perceptron
    >>> neuron = Perceptron(weights=[0.5, -1], bias=1)
    >>> float(neuron.decision_function([12, 4])), neuron([12, 4])
    (3.0, 1)

    Which films to see? The critics' stars and a friend's, and what one thought of them in the end:

    >>> stars = [[5, 4], [4, 5], [3, 4], [2, 1], [1, 3], [4, 1]]
    >>> liked = ["yes", "yes", "yes", "no", "no", "no"]
    >>> neuron = Perceptron().fit(stars, liked)
    >>> neuron.converged_, neuron.score(stars, liked)
    (True, 1.0)
    >>> neuron.predict([[5, 5], [3, 1]]).tolist()
    ['yes', 'no']
    """

    def __init__(self, weights: Any = None, bias: float = 0.0) -> None:
        start = starting_weights(weights, None, "Perceptron")
        self._start = start, float(bias)
        self.weights = None if start is None else start.copy()
        self.bias = float(bias)
        self.classes_ = np.array([0, 1])
        self._clear()

    # Answering -----------------------------------------------------------------------------------

    def decision_function(self, x: Any) -> Any:
        """z = w · x + b of one example or of several."""
        if self.weights is None:
            raise RuntimeError("this Perceptron has no weights yet: call fit first, or give some")
        x = features(x, len(self.weights), "Perceptron")
        return x @ self.weights + self.bias

    def forward(self, x: Any) -> Any:
        """The step function of z: 1 if z >= 0, else 0."""
        z = self.decision_function(x)
        return int(z >= 0) if np.ndim(z) == 0 else (z >= 0).astype(int)

    __call__ = forward

    def predict(self, x: Any) -> Any:
        """The label of one example or of several."""
        return self.classes_[self.forward(x)]

    def score(self, x: Any, y: Any) -> float:
        """The share of examples it labels rightly."""
        n_inputs = None if self.weights is None else len(self.weights)
        x, y = examples(x, y, n_inputs, "Perceptron")
        return float(np.mean(self.predict(x) == y))

    # Learning ------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        lr: float = 1.0,
        epochs: int = 1000,
        shuffle: bool = False,
        seed: Rng = None,
    ) -> Perceptron:
        """Learn from the start until a pass over the data is without a mistake.

        Parameters
        ----------
        x : array (n, inputs)
        y : array (n,)
            Labels, of any two values.
        lr : float
            The learning rate. From zero weights it only sets their scale.
        epochs : int
            The most passes to make; if all of them had mistakes there is a
            :class:`ConvergenceWarning`.
        shuffle : bool
            Visit the examples in a new order in each pass, else in the given one.
        seed : Generator or int, optional
            For the orders.
        """
        check_rate(lr, epochs, "Perceptron")
        start, bias = self._start
        x, labels = examples(x, y, None if start is None else len(start), "Perceptron")
        self.classes_ = _two_classes(labels)
        fires = labels == self.classes_[1]
        self.weights = np.zeros(x.shape[1]) if start is None else start.copy()
        self.bias = bias
        self._clear()
        rng = generator(seed) if shuffle else None
        while not self.converged_ and self.n_iter_ < epochs:
            if rng is not None:
                order = rng.permutation(len(x))
                x, fires = x[order], fires[order]
            self._learn(x, fires, lr)
        if not self.converged_:
            warnings.warn(
                f"the Perceptron still made mistakes in the last of {epochs} passes: it takes more "
                "epochs, or, as for exclusive or, the data is not linearly separable and it will "
                "never be done",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def partial_fit(self, x: Any, y: Any, classes: Any = None, *, lr: float = 1.0) -> Perceptron:
        """Go on learning: one pass over ``x`` in the given order.

        Parameters
        ----------
        x, y : array (n, inputs) and array (n,)
        classes : sequence of two labels, optional
            Due in the first call, unless ``y`` has both.
        lr : float
            The learning rate.
        """
        check_rate(lr, 1, "Perceptron")
        x, labels = examples(
            x, y, None if self.weights is None else len(self.weights), "Perceptron"
        )
        if not self.n_iter_:
            self.classes_ = _two_classes(labels if classes is None else np.asarray(classes))
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"Perceptron has learned {' and '.join(map(repr, self.classes_.tolist()))}; it "
                f"cannot go on with classes={classes!r}"
            )
        strange = ~np.isin(labels, self.classes_)
        if strange.any():
            raise ValueError(
                f"Perceptron got the label {labels[strange].tolist()[0]!r}; it knows "
                f"{' and '.join(map(repr, self.classes_.tolist()))}"
            )
        if self.weights is None:
            self.weights = np.zeros(x.shape[1])
        self._learn(x, labels == self.classes_[1], lr)
        return self

    def draw(self) -> Drawing:
        """The neuron as a drawing, its weights on the wires."""
        from .picture import draw_neuron

        return draw_neuron("Perceptron", self.weights, self.bias, "step")

    def __repr__(self) -> str:
        if self.weights is None:
            return "Perceptron()"
        return f"Perceptron(weights={self.weights.tolist()}, bias={self.bias})"

    # Inside --------------------------------------------------------------------------------------

    def _clear(self) -> None:
        self.converged_ = False
        self.n_iter_ = 0
        self.mistakes_ = 0

    def _learn(self, x: np.ndarray, fires: np.ndarray, lr: float) -> None:
        """One pass over the data."""
        assert self.weights is not None
        before = self.mistakes_
        i, width = 0, 1
        # Weights stay as they are up to the next mistake, so that many examples can be asked at
        # once: twice as many each time that all goes well.
        while i < len(x):
            said = x[i : i + width] @ self.weights + self.bias >= 0
            wrong = np.flatnonzero(said != fires[i : i + width])
            if not len(wrong):
                i, width = i + width, 2 * width
                continue
            i += int(wrong[0])
            error = float(fires[i]) - float(not fires[i])  # y - ŷ, of a mistake 1 or -1
            self.weights += lr * error * x[i]
            self.bias += lr * error
            self.mistakes_ += 1
            i, width = i + 1, 1
        self.n_iter_ += 1
        self.converged_ = self.mistakes_ == before


def _two_classes(labels: np.ndarray) -> np.ndarray:
    """The two values among the labels, in order."""
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError("Perceptron got labels that are not finite")
    classes = np.unique(labels)
    if len(classes) != 2:
        found = ", ".join(map(repr, classes[:5].tolist())) + ", ..." * (len(classes) > 5)
        raise ValueError(
            f"Perceptron tells two classes apart, the labels have {len(classes)}: {found}"
            + ("; in partial_fit give both as classes=" if len(classes) == 1 else "")
        )
    return classes
