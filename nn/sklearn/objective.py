"""The loss that training makes small: of the data, and of large weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor

from .. import losses
from ..training.weighting import each, weighted

__all__ = ["Objective", "penalize"]


class Objective:
    """The mean loss of a batch of examples, as an estimator's ``loss`` says.

    Parameters
    ----------
    loss : str or callable
        scikit-learn's "log_loss", "squared_error" (half of it, as there) and "poisson" (half the
        deviance), a name of :mod:`nn.losses`, or a function of outputs and truth.
    outputs : int
        How many outputs the network has.

    Attributes
    ----------
    share : float
        What of the loss is reported. scikit-learn descends the squared error summed over the
        outputs, and reports their mean.
    function : callable
        A loss that is not one of scikit-learn's; else the objective itself.
    """

    def __init__(self, loss: str | Callable[..., Any], outputs: int) -> None:
        self.share = 1.0 / outputs if loss == "squared_error" else 1.0
        self._own = _OWN.get(loss) if isinstance(loss, str) else None
        self.function: Callable[..., Any] = self
        if self._own is None:
            self.function = losses.get(loss)
            self._of_each = each(self.function)

    def __call__(self, out: Any, truth: Any, weight: Any = None, total: Any = None) -> Any:
        """A cost, of which ``factor`` makes the loss; ``weight`` is one for each example.

        ``total`` is what the weights sum to.
        """
        if self._own is None:
            if weight is None:
                return self._checked(self.function(out, truth))
            return weighted(self._of_each, out, truth, weight, total)
        if weight is None:
            return self._own[0](out, truth, "sum")
        found = self._own[0](out, truth, "none")
        found = found.sum(axis=1) if found.ndim > 1 else found
        return (found * weight).sum()

    def factor(self, total: float) -> float:
        """What goes into ``backward`` as the cotangent, which saves an op."""
        return 1.0 if self._own is None else self._own[1] / total

    @staticmethod
    def _checked(cost: Any) -> Any:
        if np.size(cost) != 1:
            raise ValueError(
                f"the loss gives shape {np.shape(cost)} where one number is due; reduce it with "
                ".mean()"
            )
        return cost


def _log_loss(out: Any, truth: Any, reduction: str) -> Any:
    """Cross-entropy of a softmax with class numbers, or of logistic units with 0 and 1."""
    if truth.ndim == 1:
        return ag.softmax_cross_entropy(out, truth, reduction=reduction)
    return ag.binary_cross_entropy_with_logits(out, truth, reduction=reduction)


def _squared_error(out: Any, truth: Any, reduction: str) -> Any:
    difference = out - truth
    square = difference * difference
    return square.sum() if reduction == "sum" else square


def _poisson(out: Any, truth: Any, reduction: str) -> Any:
    """Half the Poisson deviance of exp(out): y log y - y - y out + exp(out)."""
    known = truth * np.log(np.where(truth > 0, truth, 1)) - truth
    loss = ag.exp(out) - out * truth + known
    return loss.sum() if reduction == "sum" else loss


# Each gives the losses of all outputs or their sum; and a factor for them.
_OWN: dict[str, tuple[Callable[[Any, Any, str], Any], float]] = {
    "log_loss": (_log_loss, 1.0),
    "poisson": (_poisson, 1.0),
    "squared_error": (_squared_error, 0.5),
}


def penalize(weights: list[Tensor], factor: float) -> float:
    """Add the gradient of ``factor / 2 * |weight|²`` to each weight's, and sum these penalties.

    They stay out of the recorded loss, where they would take three times as long.
    """
    total = 0.0
    for weight in weights:
        w = weight.numpy().reshape(-1)
        total += float(w.dot(w))
        w *= factor
        gradient = weight.grad
        if gradient is not None:
            gradient += w.reshape(gradient.shape)
    return 0.5 * factor * total
