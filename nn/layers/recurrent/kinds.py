"""Three kinds of recurrent unit, and what layers and cells of them have in common."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd import linear

from ...module import FeatureError, Module
from ..parameters import uniform_parameter

__all__: list[str] = []

# Of one layer in one direction: weight_ih, weight_hh, and the two biases or None.
Weights = tuple[Any, Any, Any, Any]


class _Recurrent(Module):
    """What layers and cells have in common."""

    gates = 1
    states: tuple[str, ...] = ("h",)

    input_size: int
    hidden_size: int

    def _scan(self, x: Any, states: list, weights: Weights) -> list:
        """All states in time, those of the output first; ``x`` has shape (time, batch, input)."""
        raise NotImplementedError

    def _add_weights(self, inputs: int, suffix: str, bias: bool, dtype: Any, rng: Any) -> None:
        """Parameters with PyTorch's names, uniform on ±1/sqrt(hidden_size) as there."""
        rows, bound = self.gates * self.hidden_size, 1.0 / math.sqrt(self.hidden_size)
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, inputs),
            "weight_hh": (rows, self.hidden_size),
        }
        if bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        for what, shape in shapes.items():
            name = what + suffix
            setattr(self, name, uniform_parameter(shape, bound, dtype, rng, name))

    def _weights(self, suffix: str) -> Weights:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ih, hh, bias_ih, bias_hh = (getattr(self, name + suffix, None) for name in names)
        return ih, hh, bias_ih, bias_hh

    def _check_features(self, x: Any, ranks: dict[int, str]) -> tuple[int, ...]:
        shape = np.shape(x)
        if len(shape) not in ranks:
            raise FeatureError(
                f"{self!r} got an input of shape {shape}; it takes {' or '.join(ranks.values())}"
            )
        if shape[-1] != self.input_size:
            raise FeatureError(
                f"{self!r} got an input of shape {shape}: its last axis has to have length "
                f"{self.input_size}"
            )
        return shape

    def _given_states(self, hx: Any, shape: tuple[int, ...], dtype: Any) -> list:
        """The states before the first step, each of ``shape``: zeros unless given."""
        if hx is None:
            return [np.zeros(shape, dtype) for _ in self.states]
        several = len(self.states) > 1
        if several and not (isinstance(hx, (tuple, list)) and len(hx) == len(self.states)):
            raise FeatureError(f"{self!r} takes its states as a pair, ({', '.join(self.states)})")
        states = list(hx) if several else [hx]
        for name, state in zip(self.states, states):
            if np.shape(state) != shape:
                raise FeatureError(
                    f"{self!r} got {name} of shape {np.shape(state)}; for this input it takes "
                    f"shape {shape}"
                )
        return states


# The three kinds --------------------------------------------------------------------------------


class _Elman(_Recurrent):
    nonlinearity: str

    def _scan(self, x: Any, states: list, weights: Weights) -> list:
        ih, hh, bias_ih, bias_hh = weights
        bias = None if bias_ih is None else bias_ih + bias_hh
        return [ag.rnn_scan(linear(x, ih, bias), *states, hh, nonlinearity=self.nonlinearity)]

    def _choose(self, nonlinearity: str) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"{type(self).__name__}'s nonlinearity is 'tanh' or 'relu', got {nonlinearity!r}"
            )
        self.nonlinearity = nonlinearity


class _LongShort(_Recurrent):
    gates = 4
    states = ("h", "c")

    def _scan(self, x: Any, states: list, weights: Weights) -> list:
        ih, hh, bias_ih, bias_hh = weights
        bias = None if bias_ih is None else bias_ih + bias_hh
        return list(ag.lstm_scan(linear(x, ih, bias), *states, hh))


class _Gated(_Recurrent):
    gates = 3

    def _scan(self, x: Any, states: list, weights: Weights) -> list:
        ih, hh, bias_ih, bias_hh = weights
        if bias_hh is None:
            bias_hh = np.zeros(hh.shape[0], hh.dtype)
        return [ag.gru_scan(linear(x, ih, bias_ih), *states, hh, bias_hh)]
