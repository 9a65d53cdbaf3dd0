"""Adamax: Adam with the largest gradient in place of the root mean square."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimizer, _Move
from .running import mean_in_place

__all__ = ["Adamax"]


class Adamax(Optimizer):
    """Steps of the mean gradient over its running maximum (Kingma and Ba 2015, algorithm 2).

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train.
    lr : float
        Learning rate.
    betas : pair of float
        Decay of the running mean and of the running maximum.
    eps : float
        Added to the gradient's absolute value.
    weight_decay : float
        Adds ``weight_decay * p`` to the gradient.
    maximize : bool
        Climb in place of descending.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.Adamax([p], lr=0.1)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> round(p.item(), 6)
    0.9
    """

    _arrays = ("exp_avg", "exp_inf")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize
        )

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        lr = float(group["lr"])
        eps = float(group["eps"])
        beta1, beta2 = map(float, group["betas"])
        for p, g, state, (work,) in due:
            t = state["step"] = state["step"] + 1
            mean, largest = state["exp_avg"], state["exp_inf"]
            mean_in_place(mean, g, beta1, work)
            np.multiply(largest, beta2, out=largest)
            np.add(np.abs(g, out=work), eps, out=work)
            np.maximum(largest, work, out=largest)
            np.true_divide(mean, largest, out=work)
            p -= np.multiply(work, lr / (1.0 - beta1**t), out=work)
