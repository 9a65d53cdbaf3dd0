"""Points that property tests run ops on: away from kinks, ties and poles, in readable shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["distinct", "invertible", "spd", "uniform"]


def uniform(rng: np.random.Generator, *shape: int, low: float = -2.0, high: float = 2.0) -> Any:
    """Numbers between ``low`` and ``high``."""
    return rng.uniform(low, high, shape)


def distinct(rng: np.random.Generator, *shape: int, gap: float = 0.25) -> Any:
    """Numbers of which no two, and none and zero, come closer than about ``gap / 2``."""
    n = int(np.prod(shape))
    steps = np.concatenate([np.arange(-n, 0), np.arange(1, n + 1)])
    chosen = rng.permutation(steps)[:n]
    return (chosen + rng.uniform(-0.25, 0.25, n)).reshape(shape) * gap


def invertible(rng: np.random.Generator, *shape: int) -> Any:
    """Well-conditioned square matrices (in the last two axes)."""
    return rng.uniform(-1, 1, shape) + 2.0 * np.sqrt(shape[-1]) * np.eye(shape[-1])


def spd(rng: np.random.Generator, *shape: int) -> Any:
    """Symmetric positive definite matrices with distinct eigenvalues."""
    n = shape[-1]
    q, _ = np.linalg.qr(rng.standard_normal(shape))
    values = np.arange(1, n + 1) + rng.uniform(-0.2, 0.2, (*shape[:-2], n))
    return (q * values[..., None, :]) @ np.swapaxes(q, -1, -2)
