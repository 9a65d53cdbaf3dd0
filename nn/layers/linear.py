"""The dense layer, and the layer that makes rows of pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor, linear

from .. import init
from ..module import FeatureError, Module
from ..seed import Rng, generator

__all__ = ["Flatten", "Linear"]


class Linear(Module):
    """``x @ weight.T + bias`` along the last axis.

    Starts as PyTorch's: both uniform on ±1/sqrt(in_features).

    Parameters
    ----------
    in_features, out_features : int
        Length of the last axis of input and output.
    bias : bool
        Whether a bias is added.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Linear(3, 2, rng=0)
    >>> layer(np.ones((5, 3), dtype="float32")).shape
    (5, 2)
    >>> layer(np.ones((5, 4)))
    Traceback (most recent call last):
        ...
    nn.module.FeatureError: Linear(in_features=3, out_features=2) got an input of shape (5, 4): ...
    """

    weight: Tensor
    bias: Tensor | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        for what, n in (("in_features", in_features), ("out_features", out_features)):
            if not isinstance(n, (int, np.integer)) or n < 1:
                raise ValueError(f"Linear needs {what} of 1 or more, got {n!r}")
        self.in_features = int(in_features)
        self.out_features = int(out_features)
        rng = generator(rng)
        bound = 1.0 / math.sqrt(in_features)
        shape = (self.out_features, self.in_features)
        self.weight = Tensor(np.zeros(shape), requires_grad=True, dtype=dtype, label="weight")
        init.uniform(self.weight, -bound, bound, rng)
        self.bias = None
        if bias:
            zeros = np.zeros(self.out_features)
            self.bias = Tensor(zeros, requires_grad=True, dtype=dtype, label="bias")
            init.uniform(self.bias, -bound, bound, rng)

    def forward(self, x: Any) -> Any:
        try:
            if self.bias is None:
                return linear(x, self.weight)
            return linear(x, self.weight, self.bias)
        except (TypeError, ValueError) as error:
            shape = np.shape(x)
            if shape and shape[-1] == self.in_features:
                raise
            cure = ""
            if len(shape) > 2 and math.prod(shape[1:]) == self.in_features:
                cure = f". Flatten it: x.reshape(-1, {self.in_features}), or nn.Flatten() before"
            raise FeatureError(
                f"{self!r} got an input of shape {shape}: its last axis has to have length "
                f"{self.in_features}{cure}"
            ) from error

    def extra_repr(self) -> str:
        bias = "" if self.bias is not None else ", bias=False"
        return f"in_features={self.in_features}, out_features={self.out_features}{bias}"


class Flatten(Module):
    """Join all axes from ``start_dim`` on: pictures (n, 8, 8) become rows (n, 64)."""

    def __init__(self, start_dim: int = 1) -> None:
        self.start_dim = start_dim

    def forward(self, x: Any) -> Any:
        # Not -1, which NumPy cannot work out for no examples.
        kept = x.shape[: self.start_dim]
        return x.reshape((*kept, math.prod(x.shape[self.start_dim :])))
