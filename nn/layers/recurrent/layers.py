"""Recurrent layers: a whole sequence at a time, several deep, in one direction or both.

The loop over the time steps is one op of the engine (``autograd.lstm_scan`` and its like); the
inputs of all steps are projected before it in one product.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import autograd as ag

from ...module import FeatureError
from ...seed import Rng, generator
from ..parameters import positive
from .kinds import _Elman, _Gated, _LongShort, _Recurrent

__all__ = ["GRU", "LSTM", "RNN"]


class _Layers(_Recurrent):
    """Several layers, each in one direction or both."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        self.input_size, self.hidden_size, self.num_layers = positive(
            type(self).__name__,
            input_size=input_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
        )
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout is a probability, from 0 to 1, got {dropout}")
        if dropout and num_layers == 1:
            import warnings

            warnings.warn(
                f"{type(self).__name__}: dropout={dropout} acts between layers, so it does nothing "
                "with num_layers=1; put nn.Dropout after the layer",
                stacklevel=2 if type(self) is not RNN else 3,
            )
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.rng = None if rng is None else generator(rng)
        rng = generator(self.rng)
        directions = 1 + bidirectional
        for k, suffix in enumerate(self._suffixes()):
            inputs = input_size if k < directions else directions * hidden_size
            self._add_weights(inputs, suffix, bias, dtype, rng)

    def _suffixes(self) -> list[str]:
        """How the names of the parameters end, one layer after another, one way and back."""
        ways = ("", "_reverse") if self.bidirectional else ("",)
        return [f"_l{k}{way}" for k in range(self.num_layers) for way in ways]

    def forward(self, x: Any, hx: Any = None) -> Any:
        batch = "(batch, time, features)" if self.batch_first else "(time, batch, features)"
        shape = self._check_features(x, {3: batch, 2: "(time, features) without a batch"})
        batched = len(shape) == 3
        if not batched:
            x = x[:, None]
        elif self.batch_first:
            x = ag.swapaxes(x, 0, 1)
        time, examples, _ = np.shape(x)
        if not time:
            raise FeatureError(f"{self!r} got an input of shape {shape}, which has no time step")
        weights = [self._weights(suffix) for suffix in self._suffixes()]
        wanted = (len(weights), *((examples,) if batched else ()), self.hidden_size)
        states = self._given_states(hx, wanted, weights[0][0].dtype)
        if not batched:
            states = [state[:, None] for state in states]
        ways = 1 + self.bidirectional
        finals: list[list] = [[] for _ in self.states]
        for first in range(0, len(weights), ways):
            if first and self.dropout and self.training:
                x = ag.dropout(x, self.dropout, generator(self.rng))
            outs = []
            for k in range(first, first + ways):
                step = slice(None, None, -1 if k > first else 1)
                before = [state[k] for state in states]
                found = self._scan(x[step], before, weights[k])
                outs.append(found[0][step])
                for final, state in zip(finals, found):
                    final.append(state[-1])
            x = outs[0] if ways == 1 else ag.concatenate(outs, axis=-1)
        last = tuple(ag.stack(final) for final in finals)
        if not batched:
            x, last = x[:, 0], tuple(state[:, 0] for state in last)
        elif self.batch_first:
            x = ag.swapaxes(x, 0, 1)
        return x, last if len(last) > 1 else last[0]

    def extra_repr(self) -> str:
        defaults = {
            "num_layers": 1,
            "nonlinearity": "tanh",
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        changed = {k: v for k in defaults if (v := getattr(self, k, defaults[k])) != defaults[k]}
        settings = "".join(f", {k}={v!r}" for k, v in changed.items())
        return f"{self.input_size}, {self.hidden_size}{settings}"


class RNN(_Layers, _Elman):
    """Elman's network (1990): ``h = tanh(W_ih x + b_ih + W_hh h + b_hh)`` at each time step.

    Starts as PyTorch's: everything uniform on ±1/sqrt(hidden_size).

    Parameters
    ----------
    input_size : int
        Number of features at each step.
    hidden_size : int
        Number of units, and of features of the output.
    num_layers : int
        Layers one upon the other.
    nonlinearity : {'tanh', 'relu'}
        What the units do.
    bias : bool
        Whether there are biases.
    batch_first : bool
        Whether inputs and outputs have shape (batch, time, features) in place of
        (time, batch, features). The states have the batch in their second axis either way.
    dropout : float
        Probability of zeroing an output on its way to the next layer, while training.
    bidirectional : bool
        Whether a second set of units reads the sequence backwards; outputs stand side by side.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values and for dropout.

    Examples
    --------
    >>> import numpy as np, nn
    >>> output, h_n = nn.RNN(3, 8, num_layers=2)(np.ones((5, 4, 3)))
    >>> output.shape, h_n.shape
    ((5, 4, 8), (2, 4, 8))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        self._choose(nonlinearity)
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            dtype=dtype,
            rng=rng,
        )


class LSTM(_Layers, _LongShort):
    """Long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

    At each step ``i, f, g, o`` are the parts of ``W_ih x + b_ih + W_hh h + b_hh``; then
    ``c = σ(f) c + σ(i) tanh(g)`` and ``h = σ(o) tanh(c)``. Starts as PyTorch's: everything uniform
    on ±1/sqrt(hidden_size).

    Parameters
    ----------
    input_size : int
        Number of features at each step.
    hidden_size : int
        Number of units, and of features of the output.
    num_layers : int
        Layers one upon the other.
    bias : bool
        Whether there are biases.
    batch_first : bool
        Whether inputs and outputs have shape (batch, time, features) in place of
        (time, batch, features). The states have the batch in their second axis either way.
    dropout : float
        Probability of zeroing an output on its way to the next layer, while training.
    bidirectional : bool
        Whether a second set of units reads the sequence backwards; outputs stand side by side.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values and for dropout.

    Examples
    --------
    >>> import numpy as np, nn
    >>> output, (h_n, c_n) = nn.LSTM(3, 8, bidirectional=True)(np.ones((5, 4, 3)))
    >>> output.shape, h_n.shape, c_n.shape
    ((5, 4, 16), (2, 4, 8), (2, 4, 8))
    """


class GRU(_Layers, _Gated):
    """Gated recurrent units (Cho et al. 2014), in the form of cuDNN and PyTorch.

    At each step ``r = σ(W_ir x + b_ir + W_hr h + b_hr)``, ``z`` likewise,
    ``n = tanh(W_in x + b_in + r (W_hn h + b_hn))`` and ``h = (1 - z) n + z h``. Starts as
    PyTorch's: everything uniform on ±1/sqrt(hidden_size).

    Parameters
    ----------
    input_size : int
        Number of features at each step.
    hidden_size : int
        Number of units, and of features of the output.
    num_layers : int
        Layers one upon the other.
    bias : bool
        Whether there are biases.
    batch_first : bool
        Whether inputs and outputs have shape (batch, time, features) in place of
        (time, batch, features). The states have the batch in their second axis either way.
    dropout : float
        Probability of zeroing an output on its way to the next layer, while training.
    bidirectional : bool
        Whether a second set of units reads the sequence backwards; outputs stand side by side.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values and for dropout.

    Examples
    --------
    >>> import numpy as np, nn
    >>> output, h_n = nn.GRU(3, 8, batch_first=True)(np.ones((4, 5, 3)))
    >>> output.shape, h_n.shape
    ((4, 5, 8), (1, 4, 8))
    """
