"""Recurrent cells: one time step, for a loop of your own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...seed import Rng, generator
from ..parameters import positive
from .kinds import _Elman, _Gated, _LongShort, _Recurrent

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


class _Cell(_Recurrent):
    """One time step."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        self.input_size, self.hidden_size = positive(
            type(self).__name__, input_size=input_size, hidden_size=hidden_size
        )
        self.bias = bias
        self._add_weights(input_size, "", bias, dtype, generator(rng))

    def forward(self, x: Any, hx: Any = None) -> Any:
        ranks = {2: "(batch, features)", 1: "(features,) without a batch"}
        shape = self._check_features(x, ranks)
        weights = self._weights("")
        states = self._given_states(hx, (*shape[:-1], self.hidden_size), weights[0].dtype)
        if len(shape) == 1:
            x, states = x[None], [state[None] for state in states]
        found = self._scan(x[None], states, weights)
        new = tuple(state[0] if len(shape) == 2 else state[0, 0] for state in found)
        return new if len(new) > 1 else new[0]

    def extra_repr(self) -> str:
        bias = "" if self.bias else ", bias=False"
        other = getattr(self, "nonlinearity", "tanh")
        bend = "" if other == "tanh" else f", nonlinearity={other!r}"
        return f"{self.input_size}, {self.hidden_size}{bias}{bend}"


class RNNCell(_Cell, _Elman):
    """One time step of :class:`RNN`: ``h = cell(x, h)``.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.RNNCell(3, 8)(np.ones((4, 3))).shape
    (4, 8)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        self._choose(nonlinearity)
        super().__init__(input_size, hidden_size, bias, dtype=dtype, rng=rng)


class LSTMCell(_Cell, _LongShort):
    """One time step of :class:`LSTM`: ``h, c = cell(x, (h, c))``.

    Examples
    --------
    >>> import numpy as np, nn
    >>> h, c = nn.LSTMCell(3, 8)(np.ones((4, 3)))
    >>> h.shape, c.shape
    ((4, 8), (4, 8))
    """


class GRUCell(_Cell, _Gated):
    """One time step of :class:`GRU`: ``h = cell(x, h)``.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.GRUCell(3, 8)(np.ones((4, 3))).shape
    (4, 8)
    """
