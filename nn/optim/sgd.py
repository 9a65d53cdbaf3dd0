"""Gradient descent, with momentum if asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimizer, _Slot

__all__ = ["SGD"]


class SGD(Optimizer):
    """``p -= lr * g``, or with momentum (Polyak 1964), also in Nesterov's form.

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train.
    lr : float
        Learning rate.
    momentum : float
        How much of the last step is kept: v = momentum v + (1 - dampening) g.
    dampening : float
        How much of the gradient is held back from ``v``.
    weight_decay : float
        L2 penalty: adds ``weight_decay * p`` to the gradient.
    nesterov : bool
        Step along g + momentum v in place of v (Sutskever et al. 2013).

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.SGD([p], lr=0.1)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.item()
    0.8
    """

    _buffers = 1

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov=True needs a momentum above 0 and no dampening")
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
        )

    def _update(self, group: dict[str, Any], slots: list[_Slot]) -> None:
        lr = group["lr"]
        momentum = group["momentum"]
        decay = group["weight_decay"]
        multiply = np.multiply
        for slot in slots:
            p = slot.param
            g = p.grad
            if g is None:
                continue
            step = slot.scratch
            if decay:
                g = g + decay * p.detach().numpy()
            if momentum:
                (velocity,) = slot.buffers
                if slot.steps:
                    velocity *= momentum
                    velocity += multiply(g, 1.0 - group["dampening"], out=step)
                else:
                    velocity[...] = g
                slot.steps += 1
                g = g + momentum * velocity if group["nesterov"] else velocity
            p -= multiply(g, lr, out=step)
