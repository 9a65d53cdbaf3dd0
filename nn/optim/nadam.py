"""NAdam: Adam with Nesterov's look ahead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from .base import Optimizer, _Move
from .running import mean_in_place, mean_square_in_place

__all__ = ["NAdam"]


class NAdam(Optimizer):
    """Adam with Nesterov's momentum, warmed up (Dozat 2016).

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
    momentum_decay : float
        Step t has the momentum betas[0] (1 - 0.96^(t momentum_decay) / 2).
    decoupled_weight_decay : bool
        Whether weight decay is apart from the gradient, as in :class:`AdamW`.
    maximize : bool
        Climb in place of descending.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.NAdam([p], lr=0.1)
    >>> for _ in range(50):
    ...     optimizer.zero_grad()
    ...     (p * p).sum().backward()
    ...     optimizer.step()
    >>> abs(p.item()) < 0.05
    True
    """

    _arrays = ("exp_avg", "exp_avg_sq")
    _numbers: ClassVar[dict[str, type]] = {"step": int, "mu_product": float}
    _scratch = 2

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
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
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
        )

    def _begin(self, group: dict[str, Any], like: np.ndarray) -> dict[str, Any]:
        return {**super()._begin(group, like), "mu_product": 1.0}

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        lr = float(group["lr"])
        eps = float(group["eps"])
        beta1, beta2 = map(float, group["betas"])
        slower = float(group["momentum_decay"])
        kept = 1.0 - lr * float(group["weight_decay"]) if self._is_decoupled(group) else 1.0
        add, multiply = np.add, np.multiply

        def momentum(t: int) -> float:
            return beta1 * (1.0 - 0.5 * 0.96 ** (t * slower))

        for p, g, state, (step, work) in due:
            if kept != 1.0:
                p *= kept
            t = state["step"] = state["step"] + 1
            mean, square = state["exp_avg"], state["exp_avg_sq"]
            mean_in_place(mean, g, beta1, work)
            mean_square_in_place(square, g, beta2, work)
            now, following = momentum(t), momentum(t + 1)
            product = state["mu_product"] = state["mu_product"] * now
            # p -= lr (a g + b mean) / (sqrt(square / (1 - beta2^t)) + eps)
            multiply(g, lr * (1.0 - now) / (1.0 - product), out=step)
            multiply(mean, lr * following / (1.0 - product * following), out=work)
            add(step, work, out=step)
            multiply(square, 1.0 / (1.0 - beta2**t), out=work)
            add(np.sqrt(work, out=work), eps, out=work)
            p -= np.true_divide(step, work, out=step)
