"""Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimizer, _Slot

__all__ = ["Adam", "AdamW"]


class _Moments(Optimizer):
    """Steps of the mean gradient over its root mean square (Kingma and Ba 2015)."""

    _buffers = 2
    _decoupled = False

    def _update(self, group: dict[str, Any], slots: list[_Slot]) -> None:
        lr = group["lr"]
        eps = group["eps"]
        decay = group["weight_decay"]
        beta1, beta2 = group["betas"]
        multiply, add, divide, sqrt = np.multiply, np.add, np.true_divide, np.sqrt
        for slot in slots:
            p = slot.param
            g = p.grad
            if g is None:
                continue
            mean, square = slot.buffers
            work = slot.scratch
            if decay:
                if self._decoupled:
                    p *= 1.0 - lr * decay
                else:
                    g = g + decay * p.detach().numpy()
            slot.steps += 1
            # mean = beta1 mean + (1 - beta1) g
            multiply(mean, beta1, out=mean)
            multiply(g, 1.0 - beta1, out=work)
            add(mean, work, out=mean)
            # square = beta2 square + (1 - beta2) g²
            multiply(square, beta2, out=square)
            multiply(g, g, out=work)
            multiply(work, 1.0 - beta2, out=work)
            add(square, work, out=square)
            # p -= lr / (1 - beta1^t) mean / (sqrt(square / (1 - beta2^t)) + eps)
            sqrt(square, out=work)
            divide(work, math.sqrt(1.0 - beta2**slot.steps), out=work)
            add(work, eps, out=work)
            divide(mean, work, out=work)
            multiply(work, lr / (1.0 - beta1**slot.steps), out=work)
            p -= work


class Adam(_Moments):
    """Adam; weight decay is an L2 penalty added to the gradient.

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
        Adds ``weight_decay * p`` to the gradient.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)


class AdamW(_Moments):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019).

    The parameters are those of :class:`Adam`; ``weight_decay`` shrinks each parameter by
    ``lr * weight_decay`` a step and is 0.01 unless given.
    """

    _decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
