"""A training step of an estimator, which may be captured."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.extend import effect

from .. import optim
from ..arrays import plain
from ..module import Module
from ..training.after import Clip
from ..training.ownership import foreign, settings
from ..training.stepping import Stepper
from .objective import Objective, penalize

__all__ = ["Step"]


class Step:
    """Zero gradients, loss, backward, penalty, clipping, update; gives the loss with the penalty.

    Parameters
    ----------
    network : Module
        What is trained.
    weights : list of Tensor
        What is penalised.
    objective : Objective
    optimizer : Optimizer
    alpha : float
        Strength of the penalty.
    clip : Clip
    capture : bool or "auto"
    """

    def __init__(
        self,
        network: Module,
        weights: list[Tensor],
        objective: Objective,
        optimizer: optim.Optimizer,
        *,
        alpha: float,
        clip: Clip,
        capture: bool | str,
    ) -> None:
        self.network, self.weights, self.objective = network, weights, objective
        self.optimizer, self.alpha, self.clip, self.capture = optimizer, alpha, clip, capture
        self.counted = 1.0  # how many examples the batch counts for
        self.loss = 0.0
        self.stepper = Stepper(
            self._train,
            model=network,
            found=lambda: (optimizer, *settings(objective.function)),
            capture=capture,
            foreign=foreign(network, objective.function, optimizer),
        )

    def expects(self, steps: Counter[int]) -> None:
        """Tell how many steps of each number of examples are to come."""
        self.stepper.expects(steps)

    def __call__(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> float:
        """Make a step."""
        if weight is None:
            self.counted = float(len(y))
            self.stepper(x, y)
        else:
            total = weight.sum()
            self.counted = float(total)
            factor = np.array(self.objective.factor(self.counted))
            self.stepper(x, y, weight, np.asarray(total), factor)
        return self.loss

    def _train(
        self, x: Any, y: Any, weight: Any = None, total: Any = None, factor: Any = None
    ) -> None:
        self.optimizer.zero_grad()
        cost = self.objective(self.network(x), y, weight, total)
        effect(self._see, cost)
        if factor is not None:
            (cost * factor.astype(cost.dtype)).backward(retain_graph=False)
        else:
            share = self.objective.factor(float(len(y)))
            cost.backward(np.asarray(share, cost.dtype), retain_graph=False)
        if self.alpha:
            effect(self._penalize)
        self.clip(self.optimizer)
        self.optimizer.step()

    def _see(self, cost: Any) -> None:
        self.loss = plain(cost).item() * self.objective.factor(self.counted) * self.objective.share

    def _penalize(self) -> None:
        self.loss += penalize(self.weights, self.alpha / self.counted)
