"""Grids and ranges whose ends may be nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import composite, plain
from .arithmetic import power
from .elementwise import exp, log
from .samples import uniform
from .shape import arrayed, astype, broadcast_to, moveaxis, reshape, shape_of
from .shape import copy as _copy

# The ranges are exported by autograd.create, which makes tensors of plain ends too.
__all__ = ["meshgrid"]


@composite(
    numpy=np.meshgrid,
    samples=lambda rng: [
        ((uniform(rng, 3), uniform(rng, 2)), {}),
        ((uniform(rng, 2), uniform(rng, 3), uniform(rng, 2)), {"indexing": "ij"}),
        ((uniform(rng, 2), uniform(rng, 3)), {"sparse": True}),
        ((uniform(rng, 2),), {}),
    ],
)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple:
    """Coordinate arrays of a grid from the coordinates along each axis."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    place = list(range(n))
    if indexing == "xy" and n > 1:
        place[:2] = [1, 0]
    grids = [
        reshape(arrayed(x), tuple(-1 if place[i] == k else 1 for k in range(n)))
        for i, x in enumerate(xi)
    ]
    if not sparse:
        shape = np.broadcast_shapes(*(shape_of(g) for g in grids))
        grids = [broadcast_to(g, shape) for g in grids]
    return tuple(_copy(g) for g in grids) if copy else tuple(grids)


def _dtype(x: Any) -> np.dtype:
    return np.asarray(plain(x)).dtype


@composite(
    numpy=np.linspace,
    samples=lambda rng: [
        ((uniform(rng), uniform(rng)), {"num": 4}),
        ((uniform(rng, 2), uniform(rng, 3, 1)), {"num": 3, "endpoint": False, "axis": -1}),
        ((uniform(rng, 2), uniform(rng, 2)), {"num": 1}),
        ((uniform(rng, 2), uniform(rng, 2)), {"num": 3, "retstep": True}),
    ],
)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """``num`` evenly spaced numbers from ``start`` to ``stop``, differentiable in both."""
    start, stop = arrayed(start), arrayed(stop)
    ndim = max(len(shape_of(start)), len(shape_of(stop)))
    parts = num - 1 if endpoint else num
    ramp = np.arange(num).reshape((-1,) + (1,) * ndim) / max(parts, 1)
    floating = [t for t in (_dtype(start), _dtype(stop)) if t.kind == "f"]
    ramp = ramp.astype(np.result_type(*floating) if floating else float)
    out = start * (1 - ramp) + stop * ramp
    out = moveaxis(out, 0, axis) if ndim else out
    out = out if dtype is None else astype(out, dtype)
    if retstep:
        return out, (stop - start) / (parts if parts > 0 else np.nan)
    return out


@composite(
    numpy=np.logspace,
    samples=lambda rng: [
        ((uniform(rng), uniform(rng)), {"num": 3}),
        ((uniform(rng, 2), uniform(rng, 2)), {"num": 3, "base": 2.0, "axis": 1}),
    ],
)
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Numbers evenly spaced on a log scale, from ``base**start`` to ``base**stop``."""
    out = power(base, linspace(start, stop, num, endpoint, axis=axis))
    return out if dtype is None else astype(out, dtype)


@composite(
    numpy=np.geomspace,
    samples=lambda rng: [
        ((uniform(rng, low=0.5), uniform(rng, low=0.5)), {"num": 3}),
        ((uniform(rng, 2, low=0.5), uniform(rng, 2, low=0.5)), {"num": 3, "axis": -1}),
    ],
)
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """A geometric sequence from ``start`` to ``stop``, both positive."""
    if np.any(np.asarray(plain(start)) <= 0) or np.any(np.asarray(plain(stop)) <= 0):
        raise ValueError("geomspace with tensors needs positive ends")
    out = exp(linspace(log(arrayed(start)), log(arrayed(stop)), num, endpoint, axis=axis))
    return out if dtype is None else astype(out, dtype)
