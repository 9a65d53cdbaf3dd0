"""Lion: steps of one size, along the sign of a running mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimizer, _Move
from .running import mean_in_place, sign_in_place

__all__ = ["Lion"]


class Lion(Optimizer):
    """Steps of one length along the sign of a momentum (Chen et al. 2023, algorithm 2).

    PyTorch has no such optimizer. The learning rate wants to be 3 to 10 times smaller than
    :class:`AdamW`'s, and the weight decay as many times larger.

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train.
    lr : float
        Learning rate: how far every number moves in a step.
    betas : pair of float
        How much momentum is in the step's direction, and how much of it is kept.
    weight_decay : float
        Shrinks each parameter by ``lr * weight_decay`` a step.
    maximize : bool
        Climb in place of descending.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0, -20.0], requires_grad=True)
    >>> optimizer = nn.optim.Lion([p], lr=0.25)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.numpy()
    array([  0.75, -19.75])
    """

    _arrays = ("exp_avg",)
    _scratch = 2

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, weight_decay=weight_decay, maximize=maximize)

    def _is_decoupled(self, group: dict[str, Any]) -> bool:
        return True

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        lr = float(group["lr"])
        beta1, beta2 = map(float, group["betas"])
        kept = 1.0 - lr * float(group["weight_decay"])
        add, multiply = np.add, np.multiply
        for p, g, state, (step, work) in due:
            if kept != 1.0:
                p *= kept
            state["step"] += 1
            mean = state["exp_avg"]
            # p -= lr sign(beta1 mean + (1 - beta1) g)
            multiply(mean, beta1, out=step)
            add(step, multiply(g, 1.0 - beta1, out=work), out=step)
            sign_in_place(step, work)
            p -= multiply(step, lr, out=step)
            mean_in_place(mean, g, beta2, work)
