"""RAdam: Adam that waits until its second moment can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimizer, _Move
from .running import mean_in_place, mean_square_in_place

__all__ = ["RAdam"]


class RAdam(Optimizer):
    """Adam that divides by the root mean square only once that is known (Liu et al. 2020).

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train.
    lr : float
        Learning rate.
    betas : pair of float
        Decay of the running means of the gradient and of its square.
    eps : float
        Added to the root of the mean square.
    weight_decay : float
        Adds ``weight_decay * p`` to the gradient, or shrinks ``p`` by ``lr * weight_decay``.
    decoupled_weight_decay : bool
        Whether weight decay is apart from the gradient, as in :class:`AdamW`.
    maximize : bool
        Climb in place of descending.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.RAdam([p], lr=0.1)
    >>> (p * p).sum().backward()
    >>> optimizer.step()  # as plain gradient descent, for the first steps
    >>> round(p.item(), 6)
    0.8
    """

    _arrays = ("exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
        )

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        lr = float(group["lr"])
        eps = float(group["eps"])
        beta1, beta2 = map(float, group["betas"])
        kept = 1.0 - lr * float(group["weight_decay"]) if self._is_decoupled(group) else 1.0
        for p, g, state, (work,) in due:
            if kept != 1.0:
                p *= kept
            t = state["step"] = state["step"] + 1
            mean, square = state["exp_avg"], state["exp_avg_sq"]
            mean_in_place(mean, g, beta1, work)
            mean_square_in_place(square, g, beta2, work)
            factor = lr / (1.0 - beta1**t)
            rectification = _rectification(beta2, t)
            if rectification is None:
                p -= np.multiply(mean, factor, out=work)
            else:
                factor *= rectification * math.sqrt(1.0 - beta2**t)
                np.add(np.sqrt(square, out=work), eps, out=work)
                np.true_divide(mean, work, out=work)
                p -= np.multiply(work, factor, out=work)


def _rectification(beta2: float, t: int) -> float | None:
    """The factor r_t of algorithm 2, or None while the variance cannot be told."""
    limit = 2.0 / (1.0 - beta2) - 1.0
    length = limit - 2.0 * t * beta2**t / (1.0 - beta2**t)
    if length <= 5.0:
        return None
    return math.sqrt(
        (length - 4.0) * (length - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * length)
    )
