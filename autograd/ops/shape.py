"""Moving elements about without changing them: all linear, most of them views."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..op import FACES, Op, composite, fit, linear, plain
from .samples import uniform

__all__ = [
    "astype",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_to",
    "copy",
    "expand_dims",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "moveaxis",
    "permute_dims",
    "ravel",
    "repeat",
    "reshape",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "sliding_window_view",
    "squeeze",
    "swapaxes",
    "tile",
    "transpose",
]


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array, node, number or nested list."""
    shape = getattr(x, "shape", None)
    if shape is not None:
        return tuple(shape)
    x = plain(x)
    return () if type(x) is float else np.shape(x)


def arrayed(x: Any) -> Any:
    """``x`` if it is an array or a node, else the array, or the node, it stands for."""
    if isinstance(x, np.ndarray) or type(x) in FACES:
        return x
    if isinstance(x, (list, tuple)) and holds_nodes(x):
        from .join import stack

        return stack(x)
    return np.asarray(x)


def holds_nodes(items: Any) -> bool:
    """Whether nested lists hold a node anywhere."""
    todo = list(items)
    while todo:
        x = todo.pop()
        if type(x) in FACES:
            return True
        if isinstance(x, (list, tuple)):
            todo.extend(x)
    return False


def counts(x: Any) -> Any:
    """Shape arguments as plain tuples of ints, numbers as ints."""
    x = plain(x)
    if isinstance(x, (list, tuple, np.ndarray)) and np.ndim(x):
        return tuple(operator.index(plain(n)) for n in x)
    return operator.index(x[()] if isinstance(x, np.ndarray) else x)


# The ops --------------------------------------------------------------------------------------

broadcast_to = linear(
    lambda array, shape=None, subok=False: np.broadcast_to(array, shape),
    lambda g, array, shape, subok: fit(g, array),
    name="broadcast_to",
    label="broadcast",
    numpy=np.broadcast_to,
    doc="Repeat along new or length-one axes; the result is a read-only view.",
    samples=lambda rng: [
        ((uniform(rng, 3, 1),), {"shape": (2, 3, 4)}),
        ((uniform(rng),), {"shape": (2, 2)}),
        ((uniform(rng, 2, 3),), {"shape": (2, 3)}),
        ((uniform(rng, 1, 2),), {"shape": (0, 2)}),
    ],
)
# Only orders "C" and "F" get here: the others depend on the memory layout of what they are given,
# which a transpose of another layout would not share.
reshape_op: Op = linear(
    lambda a, shape=None, order="C": np.reshape(a, shape, order=order),
    lambda g, a, shape, order: reshape_op(g, a.shape, order),
    name="reshape",
    doc="The same elements in another shape.",
    samples=lambda rng: [
        ((uniform(rng, 2, 6),), {"shape": (3, -1)}),
        ((uniform(rng, 2, 3, 2),), {"shape": (4, 3), "order": "F"}),
        ((uniform(rng),), {"shape": (1, 1)}),
        ((uniform(rng, 0, 3),), {"shape": (3, 0)}),
    ],
)
transpose: Op = linear(
    lambda a, axes=None: np.transpose(a, axes),
    lambda g, a, axes: transpose(g, _inverse(axes)),
    name="transpose",
    label="ᵀ",
    numpy=(np.transpose, np.permute_dims),
    doc="Permute the axes; reverse them if ``axes`` is ``None``.",
    samples=lambda rng: [
        ((uniform(rng, 2, 3),), {}),
        ((uniform(rng, 2, 3, 4),), {"axes": (1, -1, 0)}),
        ((uniform(rng, 2, 3, 1, 2),), {"axes": [3, 1, 0, 2]}),
        ((uniform(rng),), {}),
    ],
)


permute_dims = transpose


def _inverse(axes: Any) -> Any:
    if axes is None:
        return None
    n = len(axes)
    return tuple(np.argsort([axis % n for axis in axes]).tolist())


astype = linear(
    lambda x, dtype=None, copy=True: np.array(x, dtype=dtype),
    lambda g, x, dtype, copy: g.astype(x.dtype),
    name="astype",
    numpy=np.astype,
    doc="Convert to another dtype.",
    samples=lambda rng: [((uniform(rng, 2, 3),), {"dtype": np.float64})],
)
copy = linear(
    lambda a, order="K", subok=False: np.array(a, order=order),
    lambda g, a, order, subok: g,
    name="copy",
    numpy=np.copy,
    doc="The same numbers in new memory.",
    samples=lambda rng: [((uniform(rng, 2, 3),), {}), ((uniform(rng),), {})],
)
flip: Op = linear(
    lambda m, axis=None: np.flip(m, axis),
    lambda g, m, axis: flip(g, axis),
    name="flip",
    numpy=np.flip,
    doc="Reverse the order of elements along axes; along all if ``axis`` is ``None``.",
    samples=lambda rng: [
        ((uniform(rng, 2, 3),), {}),
        ((uniform(rng, 2, 3, 2),), {"axis": (0, -1)}),
        ((uniform(rng, 4),), {"axis": 0}),
        ((uniform(rng),), {}),
    ],
)


def _negative(shift: Any) -> Any:
    return tuple(-n for n in shift) if isinstance(shift, tuple) else -shift


_roll: Op = linear(
    lambda a, shift=0, axis=None: np.roll(a, shift, axis),
    lambda g, a, shift, axis: _roll(g, _negative(shift), axis),
    name="roll",
    doc="Move elements along axes; what leaves at one end enters at the other.",
    samples=lambda rng: [
        ((uniform(rng, 2, 3),), {"shift": 2}),
        ((uniform(rng, 2, 3),), {"shift": (1, -2), "axis": (0, -1)}),
        ((uniform(rng, 5),), {"shift": -7, "axis": 0}),
    ],
)


def _windows(x: Any, window_shape: Any = None, axis: Any = None) -> Any:
    return np.lib.stride_tricks.sliding_window_view(x, window_shape, axis)


def _fold(g: Any, shape: Any = None, window_shape: Any = None, axis: Any = None) -> Any:
    out = np.zeros_like(g, shape=shape)
    for offset in np.ndindex(*window_shape):
        starts = [0] * len(shape)
        for a, n in zip(axis, offset, strict=True):
            starts[a] += n
        place = tuple(slice(s, s + n) for s, n in zip(starts, g.shape, strict=False))
        out[place] += g[(..., *offset)]
    return out


_sliding_window_view = linear(
    _windows,
    lambda g, x, window_shape, axis: fold(g, x.shape, window_shape, axis),
    name="sliding_window_view",
    label="windows",
    doc="All windows of a shape, as a read-only view.",
    samples=lambda rng: [
        ((uniform(rng, 5),), {"window_shape": (3,), "axis": (0,)}),
        ((uniform(rng, 3, 4),), {"window_shape": (2, 3), "axis": (0, 1)}),
        ((uniform(rng, 5, 2),), {"window_shape": (2, 2), "axis": (0, 0)}),
    ],
)
fold: Op = linear(
    _fold,
    lambda g, x, shape, window_shape, axis: _sliding_window_view(g, window_shape, axis),
    name="fold",
    doc="Add windows up where they came from: the transpose of ``sliding_window_view``.",
    samples=lambda rng: [
        ((uniform(rng, 3, 3),), {"shape": (5,), "window_shape": (3,), "axis": (0,)}),
    ],
)


# NumPy's functions over them ------------------------------------------------------------------


def _resolved(a: Any, order: str) -> tuple[Any, str]:
    """Order "A" or "K" as "C" or "F" of ``a`` or of a transposition of it."""
    if order in ("C", "F"):
        return a, order
    held = np.asarray(plain(a))
    if order == "A":
        return a, "F" if held.flags.f_contiguous and not held.flags.c_contiguous else "C"
    if order == "K":
        if held.flags.c_contiguous:
            return a, "C"
        axes = sorted(range(held.ndim), key=lambda i: -abs(held.strides[i]))
        return transpose(a, tuple(axes)), "C"
    raise ValueError(f"order must be one of 'C', 'F', 'A', or 'K' (got {order!r})")


@composite(
    numpy=np.reshape,
    samples=lambda rng: [
        ((uniform(rng, 2, 6), (3, -1)), {}),
        ((uniform(rng, 2, 3, 2), (4, 3)), {"order": "F"}),
        ((uniform(rng, 2, 3).T, -1), {"order": "A"}),
        ((uniform(rng), [1, 1]), {"copy": True}),
    ],
)
def reshape(a: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """Give the same elements another shape; one length may be -1.

    ``copy=True`` copies always, ``copy=False`` raises ``ValueError`` if a copy would be needed.
    """
    a = arrayed(a)
    if order != "C":
        if order == "K":
            raise ValueError("order 'K' is not permitted for reshaping")
        a, order = _resolved(a, order)
    if copy is False:
        np.reshape(plain(a), shape, order=order, copy=False)  # type: ignore[call-overload]
    out = reshape_op(a, counts(shape), order)
    return astype(out, out.dtype) if copy else out


@composite(
    numpy=np.ravel,
    samples=lambda rng: [((uniform(rng, 2, 3),), {}), ((uniform(rng, 2, 3).T,), {"order": "K"})],
)
def ravel(a: Any, order: str = "C") -> Any:
    """Flatten to one axis, as a view where the layout allows."""
    a, order = _resolved(arrayed(a), order)
    return reshape_op(a, -1, order)


@composite(samples=lambda rng: [((uniform(rng, 2, 3),), {"order": "F"})])
def flatten(a: Any, order: str = "C") -> Any:
    """Flatten to one axis, as a copy."""
    return copy(ravel(a, order))


@composite(numpy=np.swapaxes, samples=lambda rng: [((uniform(rng, 2, 3, 4), 0, -1), {})])
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes."""
    a = arrayed(a)
    axes = list(range(a.ndim))
    i, j = normalize_axis_index(axis1, a.ndim), normalize_axis_index(axis2, a.ndim)
    axes[i], axes[j] = axes[j], axes[i]
    return transpose(a, tuple(axes))


@composite(
    numpy=np.moveaxis,
    samples=lambda rng: [
        ((uniform(rng, 2, 3, 4), 0, -1), {}),
        ((uniform(rng, 2, 3, 4), (0, 1), (-1, 0)), {}),
    ],
)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Move axes to new positions; the others keep their order."""
    a = arrayed(a)
    source = normalize_axis_tuple(source, a.ndim, "source")
    destination = normalize_axis_tuple(destination, a.ndim, "destination")
    if len(source) != len(destination):
        raise ValueError(
            "`source` and `destination` arguments must have the same number of elements"
        )
    axes = [i for i in range(a.ndim) if i not in source]
    for place, axis in sorted(zip(destination, source, strict=True)):
        axes.insert(place, axis)
    return transpose(a, tuple(axes))


@composite(numpy=np.rollaxis, samples=lambda rng: [((uniform(rng, 2, 3, 4), 2), {"start": 1})])
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Move an axis backwards until it lies before position ``start``."""
    a = arrayed(a)
    n = a.ndim
    axis = normalize_axis_index(axis, n)
    if start < 0:
        start += n
    if not 0 <= start <= n:
        raise np.exceptions.AxisError(f"start={start} is out of range for an array of {n} axes")
    return moveaxis(a, axis, start - 1 if axis < start else start)


@composite(
    numpy=np.expand_dims,
    samples=lambda rng: [((uniform(rng, 2, 3), -1), {}), ((uniform(rng, 2), (0, 2)), {})],
)
def expand_dims(a: Any, axis: Any) -> Any:
    """Insert axes of length one, at positions counted in the result."""
    a = arrayed(a)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    n = len(axes) + len(shape_of(a))
    axes = normalize_axis_tuple(axes, n)
    lengths = iter(shape_of(a))
    return reshape_op(a, tuple(1 if i in axes else next(lengths) for i in range(n)))


@composite(
    numpy=np.squeeze,
    samples=lambda rng: [
        ((uniform(rng, 1, 3, 1),), {}),
        ((uniform(rng, 1, 3, 1),), {"axis": -1}),
        ((uniform(rng, 1, 1),), {"axis": (0, 1)}),
    ],
)
def squeeze(a: Any, axis: Any = None) -> Any:
    """Drop axes of length one: all of them, or those given."""
    a = arrayed(a)
    shape = shape_of(a)
    if axis is None:
        return reshape_op(a, tuple(n for n in shape if n != 1))
    axes = normalize_axis_tuple(axis, len(shape))
    for i in axes:
        if shape[i] != 1:
            raise ValueError(
                f"cannot squeeze axis {i} of an array of shape {shape}: its length is "
                f"{shape[i]}, not 1"
            )
    return reshape_op(a, tuple(n for i, n in enumerate(shape) if i not in axes))


@composite(
    numpy=np.broadcast_arrays,
    samples=lambda rng: [((uniform(rng, 3, 1), uniform(rng, 2)), {})],
)
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple:
    """Broadcast arrays against each other."""
    shape = np.broadcast_shapes(*(shape_of(x) for x in args))
    return tuple(broadcast_to(arrayed(x), shape) for x in args)


@composite(
    numpy=np.repeat,
    samples=lambda rng: [
        ((uniform(rng, 2, 3), 2), {}),
        ((uniform(rng, 2, 3), 3), {"axis": -1}),
        ((uniform(rng, 3, 2), [2, 0, 1]), {"axis": 0}),
        ((uniform(rng), 3), {}),
    ],
)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each element, all equally often or each its own number of times."""
    a = ravel(a) if axis is None else arrayed(a)
    shape = shape_of(a)
    axis = normalize_axis_index(0 if axis is None else axis, len(shape))
    times = np.asarray(plain(repeats))
    if times.size == 1:
        n = operator.index(times.reshape(()).astype(np.intp, casting="same_kind")[()])
        if n < 0:
            raise ValueError("repeats may not contain negative values.")
        wide = shape[: axis + 1] + (n,) + shape[axis + 1 :]
        out = broadcast_to(reshape_op(a, shape[: axis + 1] + (1,) + shape[axis + 1 :]), wide)
        return reshape_op(out, shape[:axis] + (shape[axis] * n,) + shape[axis + 1 :])
    from .index import getitem

    chosen = np.repeat(np.arange(shape[axis]), times)
    return getitem(a, (slice(None),) * axis + (chosen,))


@composite(
    numpy=np.tile,
    samples=lambda rng: [
        ((uniform(rng, 2, 3), 2), {}),
        ((uniform(rng, 3), (2, 2)), {}),
        ((uniform(rng, 2, 1, 2), (2, 3)), {}),
        ((uniform(rng), 3), {}),
    ],
)
def tile(A: Any, reps: Any) -> Any:
    """Repeat a whole array along its axes, last axes first."""
    times = counts(reps)
    times = times if isinstance(times, tuple) else (times,)
    A = arrayed(A)
    shape = shape_of(A)
    n = max(len(times), len(shape))
    times = (1,) * (n - len(times)) + times
    shape = (1,) * (n - len(shape)) + shape
    # Each axis as (repeats, length), so that one broadcast makes all the copies.
    paired = tuple(m for length in shape for m in (1, length))
    wide = tuple(m for r, length in zip(times, shape, strict=True) for m in (r, length))
    out = broadcast_to(reshape_op(A, paired), wide)
    out = reshape_op(out, tuple(r * length for r, length in zip(times, shape, strict=True)))
    return copy(out) if all(r == 1 for r in times) else out


@composite(
    numpy=np.resize,
    samples=lambda rng: [((uniform(rng, 2, 3), (4, 2)), {}), ((uniform(rng, 3), 2), {})],
)
def resize(a: Any, new_shape: Any) -> Any:
    """Another shape and size: elements are repeated, or dropped, to fill it."""
    from .index import getitem

    shape = counts(new_shape)
    shape = shape if isinstance(shape, tuple) else (shape,)
    a = ravel(a)
    size = int(np.prod(shape))
    if any(n < 0 for n in shape):
        raise ValueError("all elements of `new_shape` must be non-negative")
    held = shape_of(a)[0]
    if not held or not size:
        return np.zeros_like(plain(a), shape=shape)
    rounds = -(-size // held)
    return reshape_op(getitem(tile(a, rounds), slice(size)), shape)


@composite(
    numpy=np.roll,
    samples=lambda rng: [
        ((uniform(rng, 2, 3), 2), {}),
        ((uniform(rng, 2, 3), (1, -2)), {"axis": (0, -1)}),
    ],
)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Move elements along axes; what leaves at one end enters at the other."""
    return _roll(arrayed(a), counts(shift), axis)


@composite(numpy=np.fliplr, samples=lambda rng: [((uniform(rng, 2, 3),), {})])
def fliplr(m: Any) -> Any:
    """Reverse the columns (axis 1)."""
    if len(shape_of(m)) < 2:
        raise ValueError("Input must be >= 2-d.")
    return flip(m, 1)


@composite(numpy=np.flipud, samples=lambda rng: [((uniform(rng, 2, 3),), {})])
def flipud(m: Any) -> Any:
    """Reverse the rows (axis 0)."""
    if len(shape_of(m)) < 1:
        raise ValueError("Input must be >= 1-d.")
    return flip(m, 0)


@composite(
    numpy=np.rot90,
    samples=lambda rng: [
        ((uniform(rng, 2, 3),), {"k": k, "axes": axes})
        for k in range(4)
        for axes in ((0, 1), (1, 0))
    ],
)
def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Rotate by 90 degrees ``k`` times in the plane of two axes, from the first to the second."""
    m = arrayed(m)
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    i, j = (normalize_axis_index(axis, m.ndim) for axis in axes)
    if i == j:
        raise ValueError("Axes must be different.")
    k %= 4
    if k == 0:
        return flip(m, ())
    if k == 2:
        return flip(m, (i, j))
    return swapaxes(flip(m, j), i, j) if k == 1 else flip(swapaxes(m, i, j), j)


def _atleast(n: int, place: Any) -> Any:
    def one(x: Any) -> Any:
        shape = shape_of(x)
        return arrayed(x) if len(shape) >= n else reshape_op(arrayed(x), place(shape))

    def atleast(*arys: Any) -> Any:
        out = tuple(one(x) for x in arys)
        return out[0] if len(out) == 1 else out

    atleast.__name__ = atleast.__qualname__ = f"atleast_{n}d"
    atleast.__doc__ = f"Give arrays at least {n} axes, as NumPy places the new ones."
    return composite(
        numpy=getattr(np, atleast.__name__),
        samples=lambda rng: [
            ((uniform(rng),), {}),
            ((uniform(rng, 3),), {}),
            ((uniform(rng, 2, 3),), {}),
            ((uniform(rng, 2), uniform(rng)), {}),
        ],
    )(atleast)


atleast_1d = _atleast(1, lambda shape: (1,))
atleast_2d = _atleast(2, lambda shape: (1,) * (2 - len(shape)) + shape)
atleast_3d = _atleast(3, lambda shape: ((1, 1, 1), (1, *shape, 1), (*shape, 1))[len(shape)])


@composite(
    numpy=np.lib.stride_tricks.sliding_window_view,
    samples=lambda rng: [
        ((uniform(rng, 5), 3), {}),
        ((uniform(rng, 3, 4), (2, 3)), {}),
        ((uniform(rng, 3, 4), 2), {"axis": -1}),
    ],
)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """All windows of ``window_shape``, as a read-only view with the windows' axes last."""
    window = counts(window_shape)
    window = window if isinstance(window, tuple) else (window,)
    ndim = len(shape_of(x))
    axes = (
        tuple(range(ndim))
        if axis is None
        else normalize_axis_tuple(axis, ndim, allow_duplicate=True)
    )
    if len(window) != len(axes):
        raise ValueError(
            f"sliding_window_view needs one window length for each axis: got window_shape="
            f"{window} for {len(axes)} axes; give axis="
        )
    return _sliding_window_view(arrayed(x), window, axes)
