"""Dropout: zeros at random while training."""

from __future__ import annotations

from typing import Any

import autograd as ag

from ..module import Module
from ..seed import Rng, generator

__all__ = ["Dropout"]


class Dropout(Module):
    """Zero each element with probability ``p`` and scale the rest by 1 / (1 - p).

    Only while training; ``eval()`` makes it the identity (Srivastava et al. 2014).

    Parameters
    ----------
    p : float
        Probability of a zero, from 0 to 1; 1 leaves nothing but zeros, as in PyTorch.
    rng : Generator or int, optional
        Where the randomness comes from; the one of :func:`nn.manual_seed` unless given.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Dropout(0.5, rng=0)
    >>> layer(np.ones(6)).tolist()
    [2.0, 2.0, 2.0, 0.0, 0.0, 0.0]
    >>> layer.eval()(np.ones(6)).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, *, rng: Rng = None) -> None:
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"dropout's p is a probability, from 0 to 1, got {p}")
        self.p = p
        self.rng = None if rng is None else generator(rng)

    def forward(self, x: Any) -> Any:
        if not self.training or self.p == 0.0:
            return x
        return ag.dropout(x, p=self.p, rng=generator(self.rng))

    def extra_repr(self) -> str:
        return f"p={self.p}"
