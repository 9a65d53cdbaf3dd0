"""Points in the plane that show what a network can learn.

Circles, xor, gauss, spirals and the plane are the data sets of the Neural Network Playground
(https://playground.tensorflow.org, by D. Smilkov and S. Carter), with its shapes, sizes and kinds
of noise: there ``noise`` runs from 0 to 0.5. The moons are scikit-learn's. Classes are equally
frequent, but in xor, and rows come in random order; the same seed gives the same points.
"""

from __future__ import annotations

import numpy as np

from ..counting import count
from ..seed import Rng, generator
from .checks import check_noise
from .dataset import Dataset

__all__ = [
    "make_circles",
    "make_gauss",
    "make_moons",
    "make_plane",
    "make_spirals",
    "make_xor",
]


def make_moons(n_samples: int = 200, *, noise: float = 0.1, rng: Rng = 0) -> Dataset:
    """Two half circles, each with its end inside the other.

    Parameters
    ----------
    n_samples : int
        How many points.
    noise : float
        Standard deviation of what is added to the points.
    rng : Generator or int
        Decides all of them.

    Examples
    --------
    >>> import nn
    >>> nn.data.make_moons()
    Dataset('moons': x (200, 2) float64, y (200,) int64, 2 classes)
    """
    y, rng = _start(n_samples, noise, rng)
    # Evenly along each half circle, as scikit-learn has them.
    first = n_samples - int(y.sum())
    along = np.concatenate([np.linspace(0, 1, first), np.linspace(0, 1, n_samples - first)])
    t = np.pi * along
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)
    lower = np.stack([1 - np.cos(t), 0.5 - np.sin(t)], axis=1)
    x = np.where(y[:, None] == 0, upper, lower) + noise * rng.normal(size=(n_samples, 2))
    return _shuffled(x, y, ("upper", "lower"), "moons", rng)


def make_circles(n_samples: int = 200, *, noise: float = 0.0, rng: Rng = 0) -> Dataset:
    """A disc of radius 2.5 in a ring from 3.5 to 5.

    Parameters
    ----------
    n_samples : int
        How many points.
    noise : float
        The labels are those of places up to 5 times this away, in each direction.
    rng : Generator or int
        Decides all of them.

    Examples
    --------
    >>> import nn
    >>> nn.data.make_circles().classes
    ('ring', 'disc')
    """
    inside, rng = _start(n_samples, noise, rng)
    radius = np.where(inside == 1, rng.uniform(0, 2.5, n_samples), rng.uniform(3.5, 5, n_samples))
    angle = rng.uniform(0, 2 * np.pi, n_samples)
    x = radius[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    seen = x + noise * rng.uniform(-5, 5, (n_samples, 2))
    y = (np.hypot(seen[:, 0], seen[:, 1]) < 2.5).astype(np.int64)
    return _shuffled(x, y, ("ring", "disc"), "circles", rng)


def make_xor(n_samples: int = 200, *, noise: float = 0.0, rng: Rng = 0) -> Dataset:
    """A square in quarters: class 1 where exactly one coordinate is positive.

    Parameters
    ----------
    n_samples : int
        How many points.
    noise : float
        The labels are those of places up to 5 times this away, in each direction.
    rng : Generator or int
        Decides all of them.

    Examples
    --------
    >>> import nn
    >>> x, y, *_ = nn.data.make_xor()
    >>> bool((y == ((x[:, 0] > 0) ^ (x[:, 1] > 0))).all())
    True
    """
    _, rng = _start(n_samples, noise, rng)
    x = rng.uniform(-5, 5, (n_samples, 2))
    x += np.where(x > 0, 0.3, -0.3)  # a path between the quarters
    seen = x + noise * rng.uniform(-5, 5, (n_samples, 2))
    y = ((seen[:, 0] > 0) ^ (seen[:, 1] > 0)).astype(np.int64)
    return _shuffled(x, y, ("same sign", "other sign"), "xor", rng)


def make_gauss(n_samples: int = 200, *, noise: float = 0.0, rng: Rng = 0) -> Dataset:
    """Two clouds with normal distributions around (-2, -2) and (2, 2).

    Parameters
    ----------
    n_samples : int
        How many points.
    noise : float
        Makes the clouds wider: their variance in each direction is 0.5 + 7 ``noise``.
    rng : Generator or int
        Decides all of them.

    Examples
    --------
    >>> import nn
    >>> nn.data.make_gauss(101).y.sum()
    np.int64(50)
    """
    y, rng = _start(n_samples, noise, rng)
    centre = np.where(y[:, None] == 1, 2.0, -2.0)
    x = centre + np.sqrt(0.5 + 7 * noise) * rng.normal(size=(n_samples, 2))
    return _shuffled(x, y, ("low", "high"), "gauss", rng)


def make_spirals(n_samples: int = 200, *, noise: float = 0.0, rng: Rng = 0) -> Dataset:
    """Two spirals of 1.75 turns, each between the arms of the other.

    Parameters
    ----------
    n_samples : int
        How many points.
    noise : float
        How far points may lie off the curve in each direction; the arms are 1.4 apart.
    rng : Generator or int
        Decides all of them.

    Examples
    --------
    >>> import nn
    >>> nn.data.make_spirals(noise=0.2)
    Dataset('spirals': x (200, 2) float64, y (200,) int64, 2 classes)
    """
    y, rng = _start(n_samples, noise, rng)
    first = n_samples - int(y.sum())
    # From 1: at 0 both spirals would have a point in the middle.
    share = np.concatenate([np.arange(1, n + 1) / n for n in (first, n_samples - first)])
    angle = 1.75 * 2 * np.pi * share + np.pi * y
    x = 5 * share[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    x += noise * rng.uniform(-1, 1, (n_samples, 2))
    return _shuffled(x, y, ("first", "second"), "spirals", rng)


def make_plane(n_samples: int = 200, *, noise: float = 0.0, rng: Rng = 0) -> Dataset:
    """A quantity that grows evenly to one side: (a + b) / 10 at the point (a, b) of a square.

    For regression: ``y`` holds floats, and there are no classes.

    Parameters
    ----------
    n_samples : int
        How many points.
    noise : float
        The quantities are those of places up to 6 times this away, in each direction.
    rng : Generator or int
        Decides all of them.

    Examples
    --------
    >>> import nn
    >>> nn.data.make_plane()
    Dataset('plane': x (200, 2) float64, y (200,) float64)
    """
    _, rng = _start(n_samples, noise, rng)
    x = rng.uniform(-6, 6, (n_samples, 2))
    seen = x + noise * rng.uniform(-6, 6, (n_samples, 2))
    return Dataset(x, seen.sum(axis=1) / 10, (), "plane")


def _start(n_samples: int, noise: float, rng: Rng) -> tuple[np.ndarray, np.random.Generator]:
    """Two classes of equal size, one after the other; an odd point is of the first."""
    n = count("n_samples", n_samples, 2)
    check_noise(noise)
    return (np.arange(n) >= (n + 1) // 2).astype(np.int64), generator(rng)


def _shuffled(
    x: np.ndarray, y: np.ndarray, classes: tuple[str, ...], name: str, rng: np.random.Generator
) -> Dataset:
    order = rng.permutation(len(x))
    return Dataset(x[order], y[order], classes, name)
