"""What is measured of one activation, gradient or step: moments, zeros, dead units, histograms.

Callers silence NumPy's warnings, since numbers that are not finite are among what is looked for.

:class:`FlowRecorder` keeps these by step, ``nn.Statistics`` as means over each epoch.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = [
    "GRADIENTS",
    "OUTPUTS",
    "histogram",
    "measure_output",
    "moments",
    "norm",
    "of_weights",
    "ordered",
    "quantile",
]

SAMPLE = 1024  # numbers of an array that its quantiles and histogram are taken from
LARGE = 16384  # numbers that are summed in their own precision
FLAT = 0.05  # of the steepest slope: a sigmoid or tanh less steep than that is saturated
TINY, HUGE = 1e-30, 1e30  # sums of squares out of here may have lost digits in float32
_sum, _root = np.add.reduce, math.sqrt  # ndarray.mean spends most of its time on its way there

# Edges between bins: the same at all times and in all runs, so that histograms can be compared.
# The outer bins are open, the middle one holds zero.
OUTPUTS = 0.1 * np.sinh(np.linspace(-8.0, 8.0, 64))
"""Even steps of 0.025 around zero that grow to decades; from -149 to 149."""
_SIZES = 10.0 ** np.linspace(-12.0, 3.0, 31)
GRADIENTS = np.concatenate([-_SIZES[::-1], _SIZES])
"""Half decades of size for either sign, from 1e-12 to 1e3."""


def measure_output(
    array: np.ndarray, axis: int | None, kind: str
) -> tuple[dict[str, float], np.ndarray | None]:
    """A layer's output in numbers, and which of its units (along ``axis``) are not all zero.

    Parameters
    ----------
    array : array
        The output, of a floating dtype and not empty.
    axis : int, optional
        Where the units or channels are.
    kind : str
        The layer's class: of ``"Sigmoid"``, ``"Tanh"`` and ``"RNN"``, which gives what a tanh does,
        the saturated share is measured, where the slope is below a twentieth of its steepest.

    Examples
    --------
    >>> import numpy as np
    >>> figures, alive = measure_output(np.array([[0.0, 1.0], [0.0, 3.0]]), 1, "ReLU")
    >>> figures["mean"], figures["zeros"], alive
    (1.0, 0.5, array([False,  True]))
    """
    flat = array.reshape(-1)
    mean, std, _ = moments(flat)
    nonzero = int(np.count_nonzero(flat))
    figures = {"mean": mean, "std": std, "zeros": 1 - nonzero / flat.size}
    if kind in ("Sigmoid", "Tanh", "RNN", "RNNCell"):
        slope = 4 * flat * (1 - flat) if kind == "Sigmoid" else 1 - flat * flat
        figures["saturated"] = int(np.count_nonzero(slope < FLAT)) / flat.size
    if axis is None:
        return figures, None
    if nonzero == flat.size:
        return figures, np.ones(array.shape[axis], dtype=bool)
    others = tuple(i for i in range(array.ndim) if i != axis)
    return figures, np.asarray(array.any(axis=others))


def moments(flat: np.ndarray) -> tuple[float, float, float]:
    """Mean, standard deviation and norm, in two passes where NumPy takes six."""
    wide, squares = _squared(flat)
    mean = float(_sum(wide)) / wide.size
    variance = squares / wide.size - mean * mean
    # Round-off may leave less than nothing; NaN stays.
    return mean, 0.0 if variance < 0 else _root(variance), _root(squares)


def norm(array: np.ndarray) -> float:
    """The Euclidean norm, in double precision where float32 would lose it."""
    return _root(_squared(array.reshape(-1))[1])


def _squared(flat: np.ndarray) -> tuple[np.ndarray, float]:
    """The numbers and the sum of their squares, in double precision.

    Unless the copy would take longer than all the rest, and nothing is lost without it.
    """
    if flat.itemsize < 4 or flat.size <= LARGE:
        flat = flat.astype(float)
        return flat, float(flat.dot(flat))
    squares = float(flat.dot(flat))
    if not TINY < squares < HUGE and flat.itemsize < 8:
        flat = flat.astype(float)
        squares = float(flat.dot(flat))
    return flat, squares


def ordered(array: np.ndarray) -> np.ndarray:
    """An even sample of an array's numbers, in ascending order; NaNs come last."""
    flat = array.reshape(-1)
    sample = flat[:: -(-flat.size // SAMPLE)].copy()
    sample.sort()
    return sample


def quantile(sample: np.ndarray, q: float) -> float:
    """Of an ordered sample: between the two nearest numbers, as numpy.quantile has it."""
    place = q * (len(sample) - 1)
    low = int(place)
    high = min(low + 1, len(sample) - 1)
    return float(sample[low]) + (place - low) * (float(sample[high]) - float(sample[low]))


def histogram(sample: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How many numbers of an ordered sample fall between edges; non-finite ones are left out.

    Examples
    --------
    >>> import numpy as np
    >>> histogram(np.array([-2.0, 0.0, 0.5, 7.0, np.nan]), np.array([-1.0, 1.0]))
    array([1, 2, 1], dtype=uint16)
    """
    first, last = 0, len(sample)
    if not (sample[0] > -np.inf and sample[-1] < np.inf):
        first = int(np.searchsorted(sample, -np.inf, side="right"))
        last = max(int(np.searchsorted(sample, np.inf)), first)
    below = sample.searchsorted(edges)
    if last - first < len(sample):
        below = np.clip(below, first, last)
    counts = np.empty(len(edges) + 1, dtype=np.uint16)
    counts[0] = below[0] - first
    counts[1:-1] = below[1:] - below[:-1]
    counts[-1] = last - below[-1]
    return counts


def of_weights(series: dict[str, Any]) -> dict[str, Any]:
    """Weights without biases, which have gradients of another size; all where none are weights."""
    return {k: v for k, v in series.items() if "weight" in k.rpartition(".")[2]} or series
