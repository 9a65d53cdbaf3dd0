"""In-place steps of the programs: the same text for us and for PyTorch.

JAX's arrays are never written to, so its forms stand beside, under the same names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["IN_PLACE", "JAX"]


def assigned(x: Any, index: Any, v: Any) -> Any:
    y = x * 1
    y[index] = v
    return y


def added(x: Any, index: Any, v: Any) -> Any:
    y = x * 1
    y[index] += v
    y *= 0.5
    return y


def used_before(x: Any, index: Any, v: Any) -> Any:
    y = x * 1
    before = y * 2
    y[index] = v
    return before * y


def through_view(x: Any, v: Any) -> Any:
    y = x * 1
    view = y[1:]
    view -= v
    view *= 2
    return y * y


def through_transpose(x: Any, v: Any) -> Any:
    y = x * 1
    view = y.swapaxes(-1, -2)
    view[..., 0] = v
    return y + view.sum()


def seen_by_view(x: Any, v: Any) -> Any:
    y = x * 1
    view = y[..., 0]
    y /= 2
    y += v
    return y * view[..., None]


def masked(x: Any) -> Any:
    y = x * 1
    y[y > 0] *= -3
    y[y < -2] = 0.5
    return y


def indices(index: Any) -> Any:
    """JAX takes arrays where NumPy takes lists."""
    if isinstance(index, tuple):
        return tuple(map(indices, index))
    return np.asarray(index) if isinstance(index, list) else index


def _got(x: Any, index: Any) -> Any:
    return x[indices(index)]


def _assigned(x: Any, index: Any, v: Any) -> Any:
    return x.at[indices(index)].set(v)


def _added(x: Any, index: Any, v: Any) -> Any:
    return x.at[indices(index)].add(v) * 0.5


def _used_before(x: Any, index: Any, v: Any) -> Any:
    return x * 2 * x.at[indices(index)].set(v)


def _through_view(x: Any, v: Any) -> Any:
    return x.at[1:].set((x[1:] - v) * 2) ** 2


def _through_transpose(x: Any, v: Any) -> Any:
    y = x.at[..., 0, :].set(v)
    return y + y.sum()


def _seen_by_view(x: Any, v: Any) -> Any:
    y = x / 2 + v
    return y * y[..., :1]


def _masked(x: Any) -> Any:
    import jax.numpy as jnp

    y = jnp.where(x > 0, x * -3, x)
    return jnp.where(y < -2, 0.5, y)


IN_PLACE = {
    f.__name__: f
    for f in (
        assigned,
        added,
        used_before,
        through_view,
        through_transpose,
        seen_by_view,
        masked,
    )
}
JAX = {
    "got": _got,
    "assigned": _assigned,
    "added": _added,
    "used_before": _used_before,
    "through_view": _through_view,
    "through_transpose": _through_transpose,
    "seen_by_view": _seen_by_view,
    "masked": _masked,
}
