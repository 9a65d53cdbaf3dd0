"""What a case is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["X", "Case"]

# Distinct, and off zero, where relu and its kin have a kink.
X = np.array([[0.5, -1.0, 2.0], [0.25, 1.5, -0.75], [-2.5, 0.125, 1.0], [3.0, -0.5, 0.625]])


@dataclass(frozen=True)
class Case:
    """A module, made with ``make({"dtype": ..., "rng": 0})``, and inputs for it.

    ``batch`` is the inputs' axis that counts examples: the module is tried on none as well, unless
    it is None. ``order`` is how far derivatives are checked.
    """

    make: Callable[[dict[str, Any]], Any]
    inputs: tuple[Any, ...] = (X,)
    batch: int | None = 0
    order: int = 2

    def given(self, dtype: Any) -> tuple[Any, ...]:
        """The inputs, those of a float dtype in ``dtype``."""
        return tuple(x.astype(dtype) if x.dtype.kind == "f" else x for x in self.inputs)

    def none(self, dtype: Any) -> tuple[Any, ...]:
        """The inputs without any example."""
        return tuple(np.take(x, np.arange(0), axis=self.batch) for x in self.given(dtype))
