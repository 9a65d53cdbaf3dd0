"""Adagrad: steps shrink with the sum of a parameter's squared gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimizer, _Move

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """Steps over the root of the sum of all squared gradients (Duchi et al. 2011).

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train.
    lr : float
        Learning rate.
    lr_decay : float
        Step t has the learning rate lr / (1 + (t - 1) lr_decay).
    weight_decay : float
        Adds ``weight_decay * p`` to the gradient.
    initial_accumulator_value : float
        Where the sum of squares starts.
    eps : float
        Added to the root.
    maximize : bool
        Climb in place of descending.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0, 300.0], requires_grad=True)
    >>> optimizer = nn.optim.Adagrad([p], lr=0.25)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.numpy().round(6)
    array([  0.75, 299.75])
    """

    _arrays = ("sum",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            maximize=maximize,
        )

    def _begin(self, group: dict[str, Any], like: np.ndarray) -> dict[str, Any]:
        return {"step": 0, "sum": np.full_like(like, group["initial_accumulator_value"])}

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        eps = float(group["eps"])
        for p, g, state, (work,) in due:
            lr = float(group["lr"]) / (1.0 + state["step"] * float(group["lr_decay"]))
            state["step"] += 1
            total = state["sum"]
            np.add(total, np.multiply(g, g, out=work), out=total)
            np.add(np.sqrt(total, out=work), eps, out=work)
            np.true_divide(g, work, out=work)
            p -= np.multiply(work, lr, out=work)
