"""Effects on tensors from outside: writes in place, and gradients that are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import CaptureError

__all__ = ["Gradient", "Write"]


class Write:
    """A write in place to a tensor from outside."""

    __slots__ = ("function", "tensor")

    def __init__(self, function: Callable[..., Any], tensor: Any) -> None:
        self.function = function
        self.tensor = tensor

    def __call__(self, _: np.ndarray, *operands: Any) -> None:
        self.function(self.tensor, *operands)


class Gradient:
    """What a leaf holds as its gradient."""

    __slots__ = ("leaf",)

    def __init__(self, leaf: Any) -> None:
        self.leaf = leaf

    def __call__(self, _: np.ndarray) -> np.ndarray:
        g = self.leaf._node.grad
        if g is None:
            raise CaptureError(
                f"a captured function reads the gradient of a leaf of shape {self.leaf.shape}, "
                "which has none now, and had one when the function was recorded"
            )
        return g.copy("K")
