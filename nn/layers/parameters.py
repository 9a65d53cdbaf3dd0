"""How layers make their parameters and look at their sizes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor

from .. import init
from ..seed import Rng

__all__ = ["columns_first", "parameter", "positive", "uniform_parameter"]

_SMALL = 1 << 12


def parameter(values: Any, dtype: DTypeLike, label: str) -> Tensor:
    """A trained tensor that starts from ``values``.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.layers.parameters import parameter
    >>> parameter(np.ones(2), np.float32, "weight").requires_grad
    True
    """
    return Tensor(values, requires_grad=True, dtype=dtype, label=label)


def uniform_parameter(
    shape: tuple[int, ...],
    bound: float,
    dtype: DTypeLike,
    rng: Rng,
    label: str,
    columns_first: bool = False,
) -> Tensor:
    """A trained tensor that starts uniform on ±``bound``; the layout changes no number."""
    space = np.zeros(shape, order="F" if columns_first else "C")
    return init.uniform(parameter(space, dtype, label), -bound, bound, rng)


def columns_first(shape: tuple[int, ...]) -> bool:
    """Whether a weight of this shape, used as ``x @ weight.T``, is kept column after column.

    The transpose then has its rows one after another, and the product with it takes 0.8 of the
    time at 64 x 784 x 128. That with the weight itself, backward, takes as much longer, which the
    first layer does not need; of small ones neither is felt.

    Examples
    --------
    >>> from nn.layers.parameters import columns_first
    >>> columns_first((128, 784)), columns_first((16, 2))
    (True, False)
    """
    return math.prod(shape) > _SMALL


def positive(layer: str, **sizes: Any) -> list[int]:
    """The sizes as ints, if they are whole numbers of 1 or more.

    Examples
    --------
    >>> from nn.layers.parameters import positive
    >>> positive("Linear", in_features=0)
    Traceback (most recent call last):
        ...
    ValueError: Linear needs in_features of 1 or more, got 0
    """
    for what, n in sizes.items():
        if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 1:
            whole = "" if isinstance(n, (int, np.integer)) else ", a whole number"
            raise ValueError(f"{layer} needs {what} of 1 or more{whole}, got {n!r}")
    return [int(n) for n in sizes.values()]
