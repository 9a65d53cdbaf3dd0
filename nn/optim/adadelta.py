"""Adadelta: steps scaled by the ratio of two running means, without a learning rate to tune."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimizer, _Move
from .running import mean_square_in_place

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    """Steps in the parameters' own unit: RMS of past steps over RMS of gradients (Zeiler 2012).

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train.
    lr : float
        Factor of the steps.
    rho : float
        Decay of both running means of squares.
    eps : float
        Added to both before their roots are taken.
    weight_decay : float
        Adds ``weight_decay * p`` to the gradient.
    maximize : bool
        Climb in place of descending.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.Adadelta([p])
    >>> (p * p).sum().backward()
    >>> optimizer.step()  # steps are small at first
    >>> round(1 - p.item(), 6)
    0.003162
    """

    _arrays = ("square_avg", "acc_delta")
    _scratch = 2

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize
        )

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        lr = float(group["lr"])
        rho = float(group["rho"])
        eps = float(group["eps"])
        add, multiply = np.add, np.multiply
        for p, g, state, (step, work) in due:
            state["step"] += 1
            square, moved = state["square_avg"], state["acc_delta"]
            mean_square_in_place(square, g, rho, work)
            # step = g sqrt((moved + eps) / (square + eps))
            np.sqrt(add(moved, eps, out=step), out=step)
            np.sqrt(add(square, eps, out=work), out=work)
            np.true_divide(step, work, out=step)
            multiply(step, g, out=step)
            mean_square_in_place(moved, step, rho, work)
            p -= multiply(step, lr, out=step)
