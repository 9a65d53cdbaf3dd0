"""Rprop: each number has a step of its own, and only signs count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimizer, _Move
from .running import sign_in_place

__all__ = ["Rprop"]


class Rprop(Optimizer):
    """Steps that grow while the gradient keeps its sign (Riedmiller and Braun 1993).

    Only for gradients of all data: those of mini-batches change their signs by chance.

    Parameters
    ----------
    params : iterable of Tensor, or of dicts
        What to train.
    lr : float
        Length of the first step, in each direction.
    etas : pair of float
        What a step is multiplied by where the sign turned, and where it did not.
    step_sizes : pair of float
        The shortest and the longest step.
    maximize : bool
        Climb in place of descending.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.Rprop([p], lr=0.1)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (p * p).sum().backward()
    ...     optimizer.step()
    >>> round(p.item(), 6)  # 1 - 0.1 - 0.12
    0.78
    """

    _arrays = ("prev", "step_size")
    _scratch = 2

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, etas=etas, step_sizes=step_sizes, maximize=maximize)

    def _begin(self, group: dict[str, Any], like: np.ndarray) -> dict[str, Any]:
        return {
            "step": 0,
            "prev": np.zeros_like(like),
            "step_size": np.full_like(like, group["lr"]),
        }

    def _update(self, group: dict[str, Any], due: list[_Move]) -> None:
        slower, faster = map(float, group["etas"])
        shortest, longest = map(float, group["step_sizes"])
        for p, g, state, (step, work) in due:
            state["step"] += 1
            previous, size = state["prev"], state["step_size"]
            np.multiply(g, previous, out=work)
            turned, went_on, unknown = work < 0, work > 0, work == 0
            # NaN is none of the three, and stays for all to see.
            np.copyto(work, slower, where=turned)
            np.copyto(work, faster, where=went_on)
            np.copyto(work, 1.0, where=unknown)
            np.multiply(size, work, out=size)
            np.clip(size, shortest, longest, out=size)
            # Where the sign turned, the parameter stays and the next step counts as the first.
            np.copyto(previous, g)
            np.copyto(previous, 0.0, where=turned)
            np.copyto(step, previous)
            sign_in_place(step, work)
            p -= np.multiply(step, size, out=step)
