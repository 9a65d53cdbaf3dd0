"""RMSprop: the gradient over its root mean square."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimizer, _Move
from .running import mean_in_place, mean_square_in_place

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """Steps over the root of a running mean of squared gradients (Hinton 2012, lecture 6e).

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train.
    lr : float
        Learning rate.
    alpha : float
        Decay of the running mean.
    eps : float
        Added to the root.
    weight_decay : float
        Adds ``weight_decay * p`` to the gradient.
    momentum : float
        How much of the last step is kept.
    centered : bool
        Divide by the root of the variance, the mean square less the squared mean (Graves 2013).
    maximize : bool
        Climb in place of descending.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.RMSprop([p], lr=0.05)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> round(p.item(), 6)  # the first mean square is (1 - alpha) g²
    0.5
    """

    _arrays = ("square_avg", "grad_avg", "momentum_buffer")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
        )

    def _needs(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("square_avg", "grad_avg") if group["centered"] else ("square_avg",)

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        lr = float(group["lr"])
        eps = float(group["eps"])
        alpha = float(group["alpha"])
        momentum = float(group["momentum"])
        centered = group["centered"]
        add, multiply = np.add, np.multiply
        for p, g, state, (work,) in due:
            state["step"] += 1
            square = state["square_avg"]
            mean_square_in_place(square, g, alpha, work)
            if centered:
                mean = state["grad_avg"]
                mean_in_place(mean, g, alpha, work)
                np.subtract(square, multiply(mean, mean, out=work), out=work)
                # Round-off makes the variance of equal gradients a little less than zero.
                np.maximum(work, 0.0, out=work)
                np.sqrt(work, out=work)
            else:
                np.sqrt(square, out=work)
            add(work, eps, out=work)
            np.true_divide(g, work, out=work)
            if momentum:
                velocity = state.get("momentum_buffer")
                if velocity is None:
                    velocity = state["momentum_buffer"] = np.zeros_like(work)
                multiply(velocity, momentum, out=velocity)
                add(velocity, work, out=velocity)
                multiply(velocity, lr, out=work)
            else:
                multiply(work, lr, out=work)
            p -= work
