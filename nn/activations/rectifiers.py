"""Rectifiers, and the smooth functions that take their place: unbounded above."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor, where

from ..module import FeatureError
from . import functions as f
from .base import _Activation

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "SELU",
    "LeakyReLU",
    "Mish",
    "PReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Softplus",
]


class ReLU(_Activation):
    """max(x, 0) (Nair and Hinton 2010); the derivative at 0 is 0."""

    def forward(self, x: Any) -> Any:
        return f.relu(x)


class ReLU6(_Activation):
    """min(max(x, 0), 6) (Krizhevsky 2010)."""

    def forward(self, x: Any) -> Any:
        return f.relu6(x)


class LeakyReLU(_Activation):
    """x where positive, ``negative_slope * x`` elsewhere (Maas et al. 2013)."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        return f.leaky_relu(x, negative_slope=self.negative_slope)


class PReLU(_Activation):
    """x where positive, ``weight * x`` elsewhere, with a learned weight (He et al. 2015).

    Parameters
    ----------
    num_parameters : int
        1 for a weight that all share, or the length of axis 1 of the input, for one each.
    init : float
        What the weights start from.
    dtype : dtype
        Of the weights.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.PReLU()(np.array([-4.0, 4.0]))
    Tensor([-1.,  4.], op=prelu)
    """

    weight: Tensor

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, *, dtype: DTypeLike = np.float32
    ) -> None:
        if num_parameters < 1:
            raise ValueError(f"PReLU needs num_parameters of 1 or more, got {num_parameters!r}")
        self.num_parameters = num_parameters
        weight = np.full(num_parameters, init)
        self.weight = Tensor(weight, requires_grad=True, dtype=dtype, label="weight")

    def forward(self, x: Any) -> Any:
        weight = self.weight
        n = self.num_parameters
        if n > 1:
            shape = np.shape(x)
            if len(shape) < 2 or shape[1] != n:
                raise FeatureError(
                    f"{self!r} got an input of shape {shape}: its axis 1 has to have length {n}, "
                    "one weight for each; num_parameters=1 shares one weight among all"
                )
            weight = weight.reshape((n,) + (1,) * (len(shape) - 2))
        return f.prelu(x, weight)


class ELU(_Activation):
    """x where positive, alpha (exp(x) - 1) elsewhere (Clevert et al. 2015)."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        return f.elu(x, alpha=self.alpha)


class SELU(_Activation):
    """ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""

    def forward(self, x: Any) -> Any:
        return f.selu(x)


class CELU(_Activation):
    """x where positive, alpha (exp(x / alpha) - 1) elsewhere (Barron 2017)."""

    def __init__(self, alpha: float = 1.0) -> None:
        if alpha == 0:
            raise ValueError("CELU divides by alpha, which cannot be 0")
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        return f.celu(x, alpha=self.alpha)


class GELU(_Activation):
    """x times the normal distribution function of x (Hendrycks and Gimpel 2016).

    Parameters
    ----------
    approximate : {'none', 'tanh'}
        Whether their approximation stands in for the error function. The latter takes SciPy's
        compiled loop where SciPy is installed, and ``math.erfc`` element by element elsewhere:
        the same values, but ``"tanh"`` is then much quicker.
    """

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU's approximate is 'none' or 'tanh', got {approximate!r}")
        self.approximate = approximate

    def forward(self, x: Any) -> Any:
        return f.gelu(x, approximate=self.approximate)


class SiLU(_Activation):
    """x sigmoid(x), also called swish (Elfwing et al. 2017; Ramachandran et al. 2017)."""

    def forward(self, x: Any) -> Any:
        return f.silu(x)


class Mish(_Activation):
    """x tanh(softplus(x)) (Misra 2019)."""

    def forward(self, x: Any) -> Any:
        return f.mish(x)


class Softplus(_Activation):
    """log(1 + exp(beta x)) / beta (Dugas et al. 2001).

    Parameters
    ----------
    beta : float
        The larger, the closer to relu.
    threshold : float or None
        Where ``beta * x`` is larger, the result is x itself, as in PyTorch. None leaves the
        formula as it is, which is safe here for every x.
    """

    def __init__(self, beta: float = 1.0, threshold: float | None = 20.0) -> None:
        if beta == 0:
            raise ValueError("Softplus divides by beta, which cannot be 0")
        self.beta = beta
        self.threshold = threshold

    def forward(self, x: Any) -> Any:
        out = f.softplus(x, beta=self.beta)
        return out if self.threshold is None else where(x * self.beta > self.threshold, x, out)
