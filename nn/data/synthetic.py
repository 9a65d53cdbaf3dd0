"""Tables made by a recipe: flowers, clouds and a linear law.

The same seed gives the same numbers, and rows come in random order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..counting import count
from ..seed import Rng, generator
from .checks import check_noise
from .dataset import Dataset

__all__ = ["make_blobs", "make_iris_like", "make_regression"]

# Sepal length and width, petal length and width in cm: mean and standard deviation of the 50
# flowers of each species that E. Anderson measured, from R. A. Fisher (1936), "The use of multiple
# measurements in taxonomic problems".
_IRIS = {
    "setosa": ((5.006, 3.428, 1.462, 0.246), (0.352, 0.379, 0.174, 0.105)),
    "versicolor": ((5.936, 2.770, 4.260, 1.326), (0.516, 0.314, 0.470, 0.198)),
    "virginica": ((6.588, 2.974, 5.552, 2.026), (0.636, 0.322, 0.552, 0.275)),
}


def make_iris_like(n_samples: int = 150, *, noise: float = 1.0, rng: Rng = 0) -> Dataset:
    """Flowers like Fisher's irises: three species by four lengths. Not the measured ones.

    Each species is a normal distribution with the well-known means and standard deviations of its
    sepal length, sepal width, petal length and petal width in cm. The four are independent within
    a species, which they are not in nature, rounded to 0.1 and at least 0.1, as a ruler has them.
    *setosa* stands apart; the other two overlap.

    Parameters
    ----------
    n_samples : int
        How many flowers, as many of each species.
    noise : float
        Factor of the deviations.
    rng : Generator or int
        Decides all of them.

    Examples
    --------
    >>> import nn
    >>> iris = nn.data.make_iris_like()
    >>> iris, iris.classes
    (Dataset('iris-like': x (150, 4) float64, y (150,) int64, 3 classes),
     ('setosa', 'versicolor', 'virginica'))
    """
    n = count("n_samples", n_samples, 3)
    check_noise(noise)
    rng = generator(rng)
    y = rng.permutation(np.arange(n) % 3)
    mean, deviation = (np.array(figures)[y] for figures in zip(*_IRIS.values()))
    x = mean + noise * deviation * rng.normal(size=(n, 4))
    return Dataset(np.maximum(x.round(1), 0.1), y, tuple(_IRIS), "iris-like")


def make_blobs(
    n_samples: int = 200,
    n_features: int = 2,
    *,
    centers: Any = 3,
    cluster_std: float = 1.0,
    rng: Rng = 0,
) -> Dataset:
    """Clouds with normal distributions, one for each class.

    Parameters
    ----------
    n_samples : int
        How many points, as many of each class.
    n_features : int
        How many columns.
    centers : int or array (classes, features)
        How many classes, their centres being drawn from -10 to 10; or the centres.
    cluster_std : float
        Standard deviation of the clouds in each direction.
    rng : Generator or int
        Decides all of them.

    Examples
    --------
    >>> import nn
    >>> nn.data.make_blobs(90, 5)
    Dataset('blobs': x (90, 5) float64, y (90,) int64, 3 classes)
    """
    rng = generator(rng)
    if np.ndim(centers):
        centers = np.asarray(centers, dtype=float)
        if centers.ndim != 2:
            raise ValueError(f"centers have shape (classes, features), got {centers.shape}")
    else:
        size = count("centers", centers, 1), count("n_features", n_features, 1)
        centers = rng.uniform(-10, 10, size)
    n = count("n_samples", n_samples, len(centers))
    check_noise(cluster_std)
    y = rng.permutation(np.arange(n) % len(centers))
    x = centers[y] + cluster_std * rng.normal(size=(n, centers.shape[1]))
    return Dataset(x, y, tuple(str(k) for k in range(len(centers))), "blobs")


def make_regression(
    n_samples: int = 200, n_features: int = 5, *, noise: float = 0.1, rng: Rng = 0
) -> Dataset:
    """A linear law with noise: ``y`` is a weighted sum of normal columns, with deviation about 1.

    Parameters
    ----------
    n_samples : int
        How many examples.
    n_features : int
        How many columns.
    noise : float
        Standard deviation of what is added to ``y``.
    rng : Generator or int
        Decides all of them.

    Examples
    --------
    >>> import nn
    >>> nn.data.make_regression()
    Dataset('regression': x (200, 5) float64, y (200,) float64)
    """
    n, features = count("n_samples", n_samples, 1), count("n_features", n_features, 1)
    check_noise(noise)
    rng = generator(rng)
    weights = rng.normal(size=features)
    x = rng.normal(size=(n, features))
    y = x @ (weights / np.linalg.norm(weights)) + noise * rng.normal(size=n)
    return Dataset(x, y, (), "regression")
