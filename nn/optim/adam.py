"""Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import _Move
from .joined import _Joined
from .running import mean_in_place, mean_square_in_place

__all__ = ["Adam", "AdamW"]


class _Moments(_Joined):
    """Steps of the mean gradient over its root mean square (Kingma and Ba 2015, algorithm 1)."""

    _arrays = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")

    def _needs(self, group: dict[str, Any]) -> tuple[str, ...]:
        return self._arrays if group["amsgrad"] else self._arrays[:2]

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        lr = float(group["lr"])
        eps = float(group["eps"])
        beta1, beta2 = map(float, group["betas"])
        amsgrad = group["amsgrad"]
        kept = 1.0 - lr * float(group["weight_decay"]) if self._is_decoupled(group) else 1.0
        for p, g, state, (work,) in due:
            if kept != 1.0:
                p *= kept
            t = state["step"] = state["step"] + 1
            mean, square = state["exp_avg"], state["exp_avg_sq"]
            mean_in_place(mean, g, beta1, work)
            mean_square_in_place(square, g, beta2, work)
            if amsgrad:
                square = np.maximum(state["max_exp_avg_sq"], square, out=state["max_exp_avg_sq"])
            # p -= lr / (1 - beta1^t) mean / (sqrt(square / (1 - beta2^t)) + eps), with numerator
            # and denominator multiplied by sqrt(1 - beta2^t), which saves a pass over the arrays.
            root = math.sqrt(1.0 - beta2**t)
            np.add(np.sqrt(square, out=work), eps * root, out=work)
            np.true_divide(mean, work, out=work)
            p -= np.multiply(work, lr * root / (1.0 - beta1**t), out=work)


class Adam(_Moments):
    """Adam (Kingma and Ba 2015); weight decay is an L2 penalty added to the gradient.

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
    amsgrad : bool
        Divide by the largest mean square so far (Reddi et al. 2018).
    maximize : bool
        Climb in place of descending.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0, -20.0], requires_grad=True)
    >>> optimizer = nn.optim.Adam([p], lr=0.5)
    >>> (p * p).sum().backward()
    >>> optimizer.step()  # the first step has length lr in each direction
    >>> p.numpy().round(6)
    array([  0.5, -19.5])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
        )


class AdamW(_Moments):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019, algorithm 2).

    The parameters are those of :class:`Adam`; ``weight_decay`` shrinks each parameter by
    ``lr * weight_decay`` a step and is 0.01 unless given.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([10.0], requires_grad=True)
    >>> optimizer = nn.optim.AdamW([p], lr=0.5, weight_decay=0.1)
    >>> p.sum().backward()
    >>> optimizer.step()
    >>> round(p.item(), 6)  # 10 (1 - 0.5 · 0.1) - 0.5
    9.0
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
        )

    def _is_decoupled(self, group: dict[str, Any]) -> bool:
        return True
