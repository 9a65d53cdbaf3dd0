"""What a row is, and how answers are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Row", "apart", "to_torch"]

# Float64 round-off of sums of some hundred terms.
ROUND_OFF = 1e-13


@dataclass(frozen=True)
class Row:
    """One comparison: ``error()`` computes both sides and tells how far they are apart.

    PyTorch is imported inside it, so that rows can be listed where there is no PyTorch.
    """

    group: str  # "layer", "activation", "loss", "optimizer", "schedule", "init"
    name: str
    error: Callable[[], float]
    bound: float = ROUND_OFF


def apart(ours: Any, theirs: Any) -> float:
    """The largest difference of two answers, relative to the size of theirs (at least 1).

    Nested tuples, lists and dicts are compared item by item; shapes must agree.
    """
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), f"{sorted(ours)} against {sorted(theirs)}"
        return max((apart(ours[k], theirs[k]) for k in ours), default=0.0)
    if isinstance(ours, (tuple, list)):
        assert len(ours) == len(theirs), f"{len(ours)} answers against {len(theirs)}"
        return max((apart(a, b) for a, b in zip(ours, theirs)), default=0.0)
    a, b = _plain(ours), _plain(theirs)
    assert a.shape == b.shape, f"shapes {a.shape} and {b.shape} differ"
    if not a.size:
        return 0.0
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(a - b))
    gap[np.isnan(gap)] = np.inf
    size = np.abs(b[np.isfinite(b)])
    return float(gap.max() / max(1.0, size.max(initial=0.0)))


def to_torch(x: Any, *, grad: bool = False) -> Any:
    """An array as a tensor of PyTorch's, which asks for a gradient if told to."""
    import torch

    return torch.tensor(np.array(_plain(x)), requires_grad=grad)


def _plain(x: Any) -> np.ndarray:
    if hasattr(x, "detach"):
        x = x.detach()
    return np.asarray(x.numpy() if hasattr(x, "numpy") else x)
