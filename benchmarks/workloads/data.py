"""Data that every contender makes for itself from the same seed."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

__all__ = ["layers", "moons", "summary"]

_WHOLE = 1000  # numbers of an array that are compared one by one


def moons(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaved half circles with a little noise, and their labels 0 and 1."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0.0, math.pi, n // 2)
    outer = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inner = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    points = np.concatenate([outer, inner]) + rng.normal(0.0, 0.1, (n // 2 * 2, 2))
    labels = np.repeat([0, 1], n // 2)
    order = rng.permutation(len(labels))
    return points[order], labels[order]


def layers(sizes: list[int], seed: int = 1) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights of shape (out, in) and biases, float32."""
    rng = np.random.default_rng(seed)
    return [
        (
            (rng.normal(size=(n, m)) * math.sqrt(2.0 / m)).astype(np.float32),
            np.zeros(n, dtype=np.float32),
        )
        for m, n in pairwise(sizes)
    ]


def summary(array: Any) -> list[float]:
    """The array, or, of a large one, entries from fixed random places and two norms."""
    flat = np.asarray(array, dtype=np.float64).reshape(-1)
    if flat.size <= _WHOLE:
        return flat.tolist()
    places = np.random.default_rng(flat.size).integers(flat.size, size=_WHOLE)
    norms = [float(np.sqrt(np.mean(flat * flat))), float(np.mean(np.abs(flat)))]
    return flat[places].tolist() + norms
