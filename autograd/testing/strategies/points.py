"""Numbers to differentiate at: smooth points, kinks and tails.

Floats drawn at random make half of all checks of ``relu`` or ``max`` inconclusive, as zeros and
ties are what Hypothesis likes best. Distinct signed dyadic numbers (0.125, 0.25, ...) have neither,
are exact in every precision, and are short when printed.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from ...value import Value
from .choose import Choose, from_draw, pick

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["Domain", "kink_points", "smooth", "smooth_points", "tail_points", "values"]

Shape = tuple[int, ...]
Domain = Any
"""``(low, high)``, or a pair of such intervals; ends may be infinite."""

USUAL = (-3.0, 3.0)
REACH = 4.0
"""How far into an unbounded interval points are drawn."""
MANY = 32
"""Elements above which the numbers come from one drawn seed, not one by one."""


def intervals(domain: Domain) -> tuple[tuple[float, float], ...]:
    """A domain as a tuple of finite open intervals.

    Examples
    --------
    >>> intervals((0.0, float("inf"))), intervals(((-3.0, -0.2), (0.2, 3.0)))
    (((0.0, 4.0),), ((-3.0, -0.2), (0.2, 3.0)))
    """
    if domain is None:
        return (USUAL,)
    if isinstance(domain, str) or len(domain) != 2:
        raise ValueError(f"a domain is an interval (low, high) or a pair of them, got {domain!r}")
    low, high = domain
    if isinstance(low, (tuple, list)):
        return intervals(low) + intervals(high)
    if not low < high:
        raise ValueError(f"a domain is an interval (low, high) with low < high, got {domain!r}")
    if math.isinf(low) and math.isinf(high):
        return (USUAL,)
    if math.isinf(low):
        low = high - max(REACH, abs(high))
    if math.isinf(high):
        high = low + max(REACH, abs(low))
    return ((float(low), float(high)),)


@functools.lru_cache(maxsize=512)
def grid(domain: Domain, n: int) -> tuple[float, ...]:
    """Dyadic numbers inside a domain, none of them zero, more than enough for ``n`` of them.

    Ordered by size, positive before negative: a list that is shrunk by taking from its front.
    """
    found: set[float] = set()
    pieces = intervals(domain)
    width = sum(high - low for low, high in pieces)
    for low, high in pieces:
        # Thin pieces of a domain still get some points.
        room = min(width / max(8 * n, 40), (high - low) / 4)
        step = 2.0 ** math.floor(math.log2(room))
        first, last = math.floor(low / step) + 1, math.ceil(high / step) - 1
        points = np.arange(first, last + 1, dtype=float) * step
        inside = (points - low >= step / 2) & (high - points >= step / 2) & (points != 0)
        found.update(points[inside].tolist())
    if len({abs(x) for x in found}) < n:
        raise ValueError(f"there are no {n} distinct numbers in the domain {domain}: widen it")
    return tuple(sorted(found, key=lambda x: (abs(x), x < 0)))


def smooth(
    choose: Choose, shape: Shape, domain: Domain = None, dtype: DTypeLike = np.float64
) -> np.ndarray:
    """Distinct dyadic numbers, drawn with ``choose``; see :func:`smooth_points`."""
    n = math.prod(shape)
    if n == 0:
        return np.zeros(shape, dtype)
    free = list(grid(_hashable(domain), 1 << (n - 1).bit_length()))
    chosen: list[float] = []
    if n > MANY:
        rng = np.random.default_rng(choose(0, 2**16))
        signs: dict[float, list[float]] = {}
        for x in free:
            signs.setdefault(abs(x), []).append(x)
        sizes = list(signs.values())
        for k in rng.permutation(len(sizes))[:n]:
            chosen.append(sizes[k][int(rng.integers(len(sizes[k])))])
    else:
        for _ in range(n):
            x = pick(choose, free)
            chosen.append(x)
            free.remove(x)
            if -x in free:
                free.remove(-x)
    return np.array(chosen, dtype).reshape(shape)


@st.composite
def smooth_points(
    draw: Any, shape: Any = (), domain: Domain = None, dtype: DTypeLike = np.float64
) -> np.ndarray:
    """Arrays of distinct signed dyadic numbers, away from zero and from each other.

    No two elements are equal, or equal but for the sign, so that no ``max``, ``abs``, ``sort`` or
    ``relu`` has a kink there.

    Parameters
    ----------
    shape : tuple of int, or strategy
        The array's shape.
    domain : tuple, optional
        Where the numbers lie: an open interval ``(low, high)`` or a pair of intervals, with
        infinite ends if need be; between -3 and 3 if not given.
    dtype : dtype
        A floating-point type.

    Returns
    -------
    strategy of ndarray
        Shrinks to small positive numbers.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(smooth_points((2,)), lambda x: True)
    array([0.125, 0.25 ])
    >>> find(smooth_points((2,), domain=(1, float("inf"))), lambda x: True)
    array([1.0625, 1.125 ])
    """
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    return smooth(from_draw(draw), shape, domain, dtype)


def _hashable(domain: Domain) -> Domain:
    return tuple(map(_hashable, domain)) if isinstance(domain, (tuple, list)) else domain


KINKS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0)


@st.composite
def kink_points(draw: Any, shape: Any = (), dtype: DTypeLike = np.float64) -> np.ndarray:
    """Arrays of zeros, ties, integers and halves: where functions have kinks and jumps.

    Parameters
    ----------
    shape : tuple of int, or strategy
        The array's shape. With two elements or more there is a tie, or a zero.
    dtype : dtype
        A floating-point type.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(kink_points((3,)), lambda x: x[0] == 1)
    array([1., 0., 0.])
    """
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    choose = from_draw(draw)
    chosen = [pick(choose, KINKS) for _ in range(math.prod(shape))]
    if len(chosen) > 1 and 0.0 not in chosen and len(set(chosen)) == len(chosen):
        chosen[-1] = chosen[0]
    return np.array(chosen, dtype).reshape(shape)


@st.composite
def tail_points(draw: Any, shape: Any = (), dtype: DTypeLike = np.float64) -> np.ndarray:
    """Arrays of tiny, huge, saturating and subnormal numbers of either sign.

    Differences see nothing there; for checks of accuracy, overflow and NaN.

    Parameters
    ----------
    shape : tuple of int, or strategy
        The array's shape.
    dtype : dtype
        A floating-point type; what is tiny and huge follows from it.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(tail_points((2,)), lambda x: x[0] < 0)
    array([-20.,  20.])
    """
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    choose = from_draw(draw)
    sizes = _tails(np.dtype(dtype))
    chosen = [pick(choose, sizes) * pick(choose, (1, -1)) for _ in range(math.prod(shape))]
    return np.array(chosen, dtype).reshape(shape)


@functools.cache
def _tails(dtype: np.dtype) -> tuple[float, ...]:
    info = np.finfo(dtype)
    largest, tiny, eps = float(info.max), float(info.tiny), float(info.eps)
    overflow = math.log(largest)
    return (
        20.0,
        40.0,
        round(overflow - 1),  # the last integer but one whose exp is finite
        round(overflow + 2),
        1e-3,
        eps,
        math.sqrt(tiny),
        tiny,
        float(info.smallest_subnormal),
        math.sqrt(largest) / 2,
        math.sqrt(largest) * 2,
        largest / 4,
        1.0 - eps,
        1.0 + eps,
    )


def values(domain: Domain = None) -> st.SearchStrategy[Value]:
    """``Value`` nodes at smooth points.

    Parameters
    ----------
    domain : tuple, optional
        As for :func:`smooth_points`.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(values(), lambda v: v > 1).data
    1.125
    """
    return smooth_points((), domain).map(lambda x: Value(x.item()))
