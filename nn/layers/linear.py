"""Dense layers, and the layer that makes rows of pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor, linear

from ..module import FeatureError, Module
from ..seed import Rng, generator
from .parameters import columns_first, positive, uniform_parameter

__all__ = ["Bilinear", "Flatten", "Linear"]


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
        sizes = positive("Linear", in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = sizes
        rng = generator(rng)
        bound = 1.0 / math.sqrt(in_features)
        shape = (self.out_features, self.in_features)
        self.weight = uniform_parameter(shape, bound, dtype, rng, "weight", columns_first(shape))
        self.bias = uniform_parameter(shape[:1], bound, dtype, rng, "bias") if bias else None

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


class Bilinear(Module):
    """``x1 @ weight[k] @ x2 + bias[k]`` for each output ``k``, along the last axes.

    Starts as PyTorch's: both uniform on ±1/sqrt(in1_features).

    Parameters
    ----------
    in1_features, in2_features, out_features : int
        Length of the last axis of the two inputs and of the output; their other axes are the same.
    bias : bool
        Whether a bias is added.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Bilinear(3, 4, 2, rng=0)
    >>> layer(np.ones((5, 3)), np.ones((5, 4))).shape
    (5, 2)
    """

    weight: Tensor
    bias: Tensor | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        self.in1_features, self.in2_features, self.out_features = positive(
            "Bilinear",
            in1_features=in1_features,
            in2_features=in2_features,
            out_features=out_features,
        )
        rng = generator(rng)
        bound = 1.0 / math.sqrt(in1_features)
        shape = (self.out_features, self.in1_features, self.in2_features)
        self.weight = uniform_parameter(shape, bound, dtype, rng, "weight")
        self.bias = uniform_parameter(shape[:1], bound, dtype, rng, "bias") if bias else None

    def forward(self, x1: Any, x2: Any) -> Any:
        one, two = np.shape(x1), np.shape(x2)
        sizes = (self.in1_features, self.in2_features)
        if (one[-1:], two[-1:]) != (sizes[:1], sizes[1:]) or one[:-1] != two[:-1]:
            raise FeatureError(
                f"{self!r} got inputs of shapes {one} and {two}: their last axes have to have "
                f"lengths {sizes[0]} and {sizes[1]}, and their other axes have to agree"
            )
        # All x1 @ weight[k] in one product of matrices, then a row of it for each row of x2.
        columns = self.weight.transpose(0, 2, 1).reshape(-1, sizes[0])
        rows = linear(x1, columns).reshape((*one[:-1], self.out_features, sizes[1]))
        out = (rows * x2[..., None, :]).sum(axis=-1)
        return out if self.bias is None else out + self.bias

    def extra_repr(self) -> str:
        bias = "" if self.bias is not None else ", bias=False"
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}{bias}"
        )


class Flatten(Module):
    """Join the axes from ``start_dim`` to ``end_dim``: pictures (n, 8, 8) become rows (n, 64).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Flatten()(np.ones((5, 8, 8))).shape
    (5, 64)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: Any) -> Any:
        shape = np.shape(x)
        first, last = (k + len(shape) if k < 0 else k for k in (self.start_dim, self.end_dim))
        if not 0 <= first <= last < len(shape):
            raise FeatureError(
                f"{self!r} got an input of shape {shape}, which does not have these axes in this "
                "order"
            )
        # Not -1, which NumPy cannot work out for no examples.
        return x.reshape((*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
