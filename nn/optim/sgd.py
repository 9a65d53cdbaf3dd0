"""Gradient descent, with momentum if asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from .base import Optimizer, _Move

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
        How much of the gradient is held back from ``v``, but for the first step.
    weight_decay : float
        L2 penalty: adds ``weight_decay * p`` to the gradient.
    nesterov : bool
        Step along g + momentum v in place of v (Sutskever et al. 2013).
    maximize : bool
        Climb in place of descending.

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

    _arrays = ("momentum_buffer",)
    _numbers: ClassVar[dict[str, type]] = {}

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("SGD: nesterov=True needs a momentum above 0 and no dampening")
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
        )

    def _begin(self, group: dict[str, Any], like: np.ndarray) -> dict[str, Any]:
        return {}  # the buffer starts as the first gradient that momentum is asked for with

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        lr = float(group["lr"])
        momentum = float(group["momentum"])
        held = 1.0 - float(group["dampening"])
        nesterov = group["nesterov"]
        add, multiply = np.add, np.multiply
        dtype: Any = None
        rate: Any = None
        for p, g, state, (work,) in due:
            if g.dtype is not dtype:
                # An array of one number spares each call 0.3 us that a Python number takes.
                dtype = g.dtype
                rate = np.array(lr, dtype)
            if momentum:
                velocity = state.get("momentum_buffer")
                if velocity is None:
                    velocity = state["momentum_buffer"] = g.copy("K")
                else:
                    multiply(velocity, momentum, velocity)
                    add(velocity, g if held == 1.0 else multiply(g, held, work), velocity)
                if nesterov:
                    g = add(multiply(velocity, momentum, work), g, work)
                else:
                    g = velocity
            p -= multiply(g, rate, work)
