"""Indexing: reading with any NumPy index, its transpose, and recorded item assignment."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import UnsupportedError, describe
from ..op import FACES, Op, composite, fit, linear, plain, where
from .samples import distinct, uniform
from .shape import arrayed, broadcast_to, moveaxis, ravel, reshape, shape_of

__all__ = [
    "bincount",
    "choose",
    "compress",
    "delete",
    "extract",
    "getitem",
    "insert",
    "scatter",
    "scatter_add",
    "setitem",
    "take",
    "take_along_axis",
    "unique",
]


# What an index is -----------------------------------------------------------------------------


def plain_index(index: Any) -> Any:
    """An index that nobody can change later: nodes, lists and arrays in it become new arrays."""
    if type(index) is tuple:
        return tuple([_plain_item(i) for i in index])
    return _plain_item(index)


def _plain_item(i: Any) -> Any:
    kind = type(i)
    if kind is int or i is None or i is Ellipsis:
        return i
    if kind is slice:
        return slice(_bound(i.start), _bound(i.stop), _bound(i.step))
    if kind in FACES:
        held = plain(i)
        if np.shape(held) != shape_of(i):
            # A node that stands for many arrays has no one index; it says so itself.
            return operator.index(i)
        array = np.array(held)
    elif isinstance(i, list):
        array = np.array(i, dtype=None if i else np.intp)
    elif isinstance(i, np.ndarray):
        array = i.copy()
    elif kind is float or isinstance(i, np.floating):
        array = np.asarray(i)
    else:
        return i
    if array.dtype.kind not in "iub":
        raise IndexError(
            f"an index is made of integers, slices and booleans; got {describe(i)}. Convert it "
            "with .astype(int), or compare it (x > 0) to get a mask; indices have no gradient"
        )
    return array


def _bound(n: Any) -> Any:
    return n if n is None or type(n) is int else operator.index(n)


def is_injective(index: Any) -> bool:
    """Whether the form of an index alone says that no element is selected twice."""
    for i in index if type(index) is tuple else (index,):
        if isinstance(i, (list, np.ndarray)):
            array = i if isinstance(i, np.ndarray) else np.asarray(i)
            if array.dtype != bool and array.ndim:
                return False
    return True


# The ops --------------------------------------------------------------------------------------

# Up to here np.add.at in several dimensions is as fast as the way round by flat places; beyond,
# it is three to four times slower (measured with NumPy 2.4).
FEW = 512


def _scatter(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    if type(g) is np.ndarray:
        out = np.zeros(shape, g.dtype)
    else:
        out = np.zeros_like(g, order="C", shape=shape)
    if is_injective(index):
        out[index] = g
        return out
    places = None
    if out.ndim > 1 and g.size > FEW:
        places = _places(shape, index, g.size)
    if places is None:
        np.add.at(out, index, g)
    else:
        np.add.at(out.reshape(-1), places.reshape(-1), g.reshape(-1))
    return out


def _places(shape: tuple[int, ...], index: Any, wanted: int) -> Any:
    """Positions in the flattened array that an index selects; ``None`` if not worth computing."""
    items = index if isinstance(index, tuple) else (index,)
    axis = len(items) - 1
    last = items[axis]
    whole = [isinstance(i, slice) and i == slice(None) for i in items[:axis]]
    if isinstance(last, np.ndarray) and all(whole):
        # An array on one axis: rows of a table, say. The places follow from it directly.
        n, inner = shape[axis], math.prod(shape[axis + 1 :])
        rows = np.where(last < 0, last + n, last) * inner
        outer = np.arange(math.prod(shape[:axis])) * (n * inner)
        return outer[:, None, None] + rows.reshape(-1)[:, None] + np.arange(inner)
    size = math.prod(shape)
    return np.arange(size).reshape(shape)[index] if size <= 8 * wanted else None


def _index_samples(rng: np.random.Generator) -> list:
    x = uniform(rng, 3, 4)
    return [
        ((x,), {"index": index})
        for index in (
            1,
            (slice(None, None, -2), -1),
            (None, Ellipsis, 2),
            np.array([0, 2, 0]),
            (np.array([[0, 2], [1, 1]]), slice(1, 3)),
            (slice(None), np.array([3, 3, -1])),
            np.arange(12).reshape(3, 4) % 3 == 0,
            (np.array([0, 2]), np.array([1, 1])),
            np.zeros(0, int),
        )
    ]


def _getitem_transpose(g: Any, x: Any, index: Any) -> Any:
    if type(g) not in FACES:
        # The rule most often met in loops: past the dispatch, which would cost four times as much.
        return _scatter(g, index, x.shape)
    return scatter(g, index, x.shape)


getitem = linear(
    lambda x, index=(): x[index],
    _getitem_transpose,
    name="getitem",
    label="[·]",
    doc="``x[index]`` with any NumPy index; repeated indices accumulate in the gradient.",
    samples=_index_samples,
)
scatter: Op = linear(
    lambda g, index=(), shape=(): _scatter(g, index, shape),
    lambda ct, g, index, shape: getitem(ct, index),
    name="scatter",
    doc="Zeros of ``shape`` with ``g`` added at ``index``: the transpose of indexing.",
    samples=lambda rng: [
        ((uniform(rng, 2),), {"index": (slice(0, 4, 2), 1), "shape": (4, 3)}),
        ((uniform(rng, 3, 2),), {"index": np.array([1, 0, 1]), "shape": (3, 2)}),
    ],
)


def _setitem(x: Any, v: Any, index: Any = ()) -> Any:
    out = np.array(x, order="K")
    out[index] = v
    return out


def _last_write(shape: tuple[int, ...], index: Any) -> Any:
    """Of elements written to the same place, the mask of those that stayed."""
    places = np.empty(shape, dtype=np.intp)
    order = np.arange(places[index].size).reshape(places[index].shape)
    places[index] = order
    return places[index] == order


def _setitem_transpose(g: Any, x: Any, v: Any, index: Any) -> tuple:
    gx = setitem(g, np.zeros((), dtype=g.dtype), index)
    if not hasattr(v, "ndim"):
        return gx, None  # a plain number
    gv = getitem(g, index)
    if not is_injective(index):
        gv = where(_last_write(x.shape, index), gv, 0.0)
    lead = v.ndim - gv.ndim
    if lead > 0:
        gv = gv.reshape((1,) * lead + tuple(gv.shape))
    return gx, fit(gv, v)


setitem: Op = linear(
    _setitem,
    _setitem_transpose,
    name="setitem",
    label="[·]=",
    doc="A copy of ``x`` with ``v`` written at ``index``; the last of repeated writes stays.",
    samples=lambda rng: [
        ((uniform(rng, 3, 4), uniform(rng, 4)), {"index": 1}),
        ((uniform(rng, 3, 4), uniform(rng)), {"index": (slice(None), slice(0, 3, 2))}),
        ((uniform(rng, 3, 2), uniform(rng, 3, 1)), {"index": np.array([0, 2, 0])}),
        ((uniform(rng, 3), uniform(rng, 2)), {"index": np.array([True, False, True])}),
        ((uniform(rng, 3), uniform(rng, 1, 2)), {"index": slice(1, 3)}),
    ],
)


def _write_view(x: Any, v: Any, op: Any = None, params: Any = None) -> Any:
    # Kept in x's own layout, in which the op gives a view again.
    out = np.array(x, order="K")
    seen = op.forward(out, **params)
    if np.may_share_memory(seen, out):
        seen[...] = v
    else:
        places = op.forward(np.arange(out.size).reshape(out.shape), **params)
        out[np.unravel_index(places, out.shape)] = v
    return out


def _view_samples(rng: np.random.Generator) -> list:
    from .shape import transpose

    view = {"op": transpose, "params": {"axes": None}}
    part = {"op": getitem, "params": {"index": (slice(None), 1)}}
    return [
        ((uniform(rng, 2, 3), uniform(rng, 3, 2)), view),
        ((uniform(rng, 2, 3), uniform(rng, 2)), part),
    ]


write_view: Op = linear(
    _write_view,
    lambda g, x, v, op, params: (
        write_view(g, np.zeros(v.shape, dtype=g.dtype), op, params),
        op(g, **params),
    ),
    name="write_view",
    label="view=",
    doc="A copy of ``x`` whose part seen by the view op ``op`` is replaced by ``v``.",
    samples=_view_samples,
)


# NumPy's functions over them ------------------------------------------------------------------


def _integers(indices: Any, name: str) -> np.ndarray:
    array = np.asarray(plain_index(list(indices) if isinstance(indices, tuple) else indices))
    if array.dtype == bool:
        array = array.astype(np.intp)
    if array.dtype.kind not in "iu":
        raise IndexError(f"{name} takes integer indices, got {describe(indices)}")
    return array


def _bounded(index: np.ndarray, n: int, mode: str) -> np.ndarray:
    if mode == "wrap":
        return index % n
    if mode == "clip":
        return np.clip(index, 0, n - 1)
    if mode != "raise":
        raise ValueError(f"mode must be 'raise', 'wrap' or 'clip', got {mode!r}")
    return index


def _no_out(out: Any, name: str) -> None:
    if out is not None:
        raise UnsupportedError(f"{name}() does not take out= with tensors; use the returned value")


@composite(
    numpy=np.take,
    samples=lambda rng: [
        ((uniform(rng, 3, 4), [0, 5, 0]), {}),
        ((uniform(rng, 3, 4), [[0, 2], [2, 2]]), {"axis": -1}),
        ((uniform(rng, 3, 4), 1), {"axis": 0}),
        ((uniform(rng, 3), [4, -5]), {"mode": "wrap"}),
    ],
)
def take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise"
) -> Any:
    """Elements, or slices along ``axis``, at integer indices."""
    _no_out(out, "take")
    a = ravel(a) if axis is None else arrayed(a)
    shape = shape_of(a)
    axis = normalize_axis_index(0 if axis is None else axis, len(shape))
    index = _bounded(_integers(indices, "take"), shape[axis], mode)
    return getitem(a, (slice(None),) * axis + (index,))


def _along(indices: Any, arr: Any, axis: int | None) -> tuple[Any, tuple]:
    """The array, raveled if there is no axis, and the full index for ``*_along_axis``."""
    index = _integers(indices, "take_along_axis")
    if axis is None:
        if index.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        arr, axis = ravel(arr), 0
    shape = shape_of(arr)
    if index.ndim != len(shape):
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    axis = normalize_axis_index(axis, len(shape))
    full = [
        np.arange(n).reshape((1,) * i + (n,) + (1,) * (len(shape) - 1 - i))
        for i, n in enumerate(shape)
    ]
    full[axis] = index
    return arr, tuple(full)


@composite(
    numpy=np.take_along_axis,
    samples=lambda rng: [
        ((uniform(rng, 2, 3), np.array([[2, 0], [1, 1]])), {"axis": 1}),
        ((uniform(rng, 2, 3), np.array([5, 0])), {"axis": None}),
        ((uniform(rng, 2, 3), np.array([[1, 0, 1]])), {"axis": 0}),
    ],
)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Elements along ``axis`` at indices of their own for each slice, as ``argsort`` gives."""
    return getitem(*_along(indices, arrayed(arr), axis))


@composite(
    numpy=np.choose,
    samples=lambda rng: [
        (([1, 0, 1], [uniform(rng, 3), uniform(rng, 1)]), {}),
        (([[1], [2]], [uniform(rng, 3) for _ in range(2)]), {"mode": "clip"}),
    ],
)
def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """From several arrays, the elements of the one that ``a`` names at each place."""
    from .join import stack

    _no_out(out, "choose")
    parts = [arrayed(c) for c in choices]
    index = _bounded(_integers(a, "choose"), len(parts), mode)
    if index.size and (index.min() < 0 or index.max() >= len(parts)):
        raise ValueError(f"invalid entry in choice array: choose has {len(parts)} choices")
    shape = np.broadcast_shapes(index.shape, *(shape_of(c) for c in parts))
    table = stack([broadcast_to(c, shape) for c in parts])
    return getitem(table, (np.broadcast_to(index, shape), *np.indices(shape, sparse=True)))


@composite(
    numpy=np.compress,
    samples=lambda rng: [
        (([True, False, True], uniform(rng, 2, 3)), {"axis": 1}),
        (([False, True, True], uniform(rng, 2, 3)), {}),
    ],
)
def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    """Elements, or slices along ``axis``, where ``condition`` holds."""
    condition = np.asarray(plain(condition))
    if condition.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    return take(a, np.flatnonzero(condition), axis, out)


@composite(
    numpy=np.extract,
    samples=lambda rng: [((np.array([[True, False], [True, True]]), uniform(rng, 2, 2)), {})],
)
def extract(condition: Any, arr: Any) -> Any:
    """The elements where ``condition`` holds, in one axis."""
    return take(arr, np.flatnonzero(np.asarray(plain(condition))))


@composite(
    numpy=np.delete,
    samples=lambda rng: [
        ((uniform(rng, 3, 4), 1), {"axis": 0}),
        ((uniform(rng, 3, 4), [0, -1]), {"axis": 1}),
        ((uniform(rng, 3, 4), slice(2, 5)), {}),
    ],
)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """A copy without the elements, or the slices along ``axis``, at ``obj``."""
    arr = ravel(arr) if axis is None else arrayed(arr)
    shape = shape_of(arr)
    axis = normalize_axis_index(-1 if axis is None else axis, len(shape))
    return take(arr, np.delete(np.arange(shape[axis]), plain(obj)), axis)


@composite(
    numpy=np.insert,
    samples=lambda rng: [
        ((uniform(rng, 3, 2), 1, uniform(rng, 2)), {"axis": 0}),
        ((uniform(rng, 3, 2), [0, 3], uniform(rng)), {"axis": 0}),
        ((uniform(rng, 2, 3), [1, 1], uniform(rng, 2, 2)), {"axis": 1}),
        ((uniform(rng, 4), 2, uniform(rng, 3)), {}),
    ],
)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """A copy with ``values`` inserted before the places ``obj``."""
    arr = ravel(arr) if axis is None else arrayed(arr)
    shape = shape_of(arr)
    axis = normalize_axis_index(-1 if axis is None else axis, len(shape))
    n = shape[axis]
    obj, values = plain(obj), arrayed(values)
    where_to = np.arange(n)[obj] if isinstance(obj, slice) else np.asarray(obj)
    if where_to.ndim == 0:
        # One place takes a whole block: its first axis runs along ``axis``.
        lead = (1,) * (len(shape) - len(shape_of(values)))
        values = moveaxis(reshape(values, lead + shape_of(values)), 0, axis)
        new = np.repeat(where_to, shape_of(values)[axis])
    else:
        new = where_to.astype(np.intp) if not where_to.size else where_to
    # Where np.insert puts markers is where the values go.
    is_new = np.insert(np.zeros(n, bool), new, True)
    # With several places out of order, the values are placed in the order they were named.
    places = np.flatnonzero(is_new)
    order = np.argsort(np.where(new < 0, new + n, new), kind="stable")
    targets = np.empty_like(places)
    targets[order] = places
    lead_axes = (slice(None),) * axis
    wide = shape[:axis] + (is_new.size,) + shape[axis + 1 :]
    base = scatter(arr, (*lead_axes, np.flatnonzero(~is_new)), wide)
    return setitem(base, values, (*lead_axes, targets))


@composite(
    samples=lambda rng: [
        ((uniform(rng, 3, 2), np.array([0, 2, 0]), uniform(rng, 3, 2)), {}),
        ((uniform(rng, 3), np.array([1, 1]), uniform(rng)), {}),
    ],
)
def scatter_add(x: Any, index: Any, values: Any) -> Any:
    """A copy of ``x`` with ``values`` added at ``index``; repeated indices accumulate.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.ops.index import scatter_add
    >>> scatter_add(np.zeros(3), [0, 2, 0], np.array([1.0, 2.0, 3.0]))
    array([4., 0., 2.])
    """
    index = plain_index(index)
    shape = shape_of(x)
    target = np.broadcast_to(np.empty(()), shape)[index].shape
    values = arrayed(values)
    if values.dtype != x.dtype:
        values = values.astype(x.dtype)
    return x + scatter(broadcast_to(values, target), index, shape)


@composite(
    numpy=np.bincount,
    samples=lambda rng: [
        ((np.array([2, 0, 2, 3]), uniform(rng, 4)), {}),
        ((np.array([1, 1]), uniform(rng, 2)), {"minlength": 4}),
    ],
)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer occurs in ``x``, or the sum of the weights it occurs with."""
    index = plain(x)
    if type(weights) not in FACES:
        return np.bincount(index, weights, minlength)
    # Its own checks, and the length.
    n = len(np.bincount(index, plain(weights), minlength))
    if weights.dtype.kind in "iub":
        weights = weights.astype(float)  # as NumPy adds them up
    return scatter(weights, np.array(index, dtype=np.intp), (n,))


@composite(
    numpy=np.unique,
    samples=lambda rng: [
        ((np.array([[0.5, -1.0, 0.5], [2.0, 1.5, -1.0]])[:, :1],), {}),
        ((distinct(rng, 2, 3),), {"axis": 1}),
    ],
)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    **options: Any,
) -> Any:
    """The sorted distinct elements, or slices along ``axis``.

    The gradient of each goes to the first place it occurs at.
    """
    numpy_unique: Any = np.unique
    held, index, *rest = numpy_unique(
        plain(ar), True, return_inverse, return_counts, axis=axis, **options
    )
    values = take(ar, index, axis) if type(ar) in FACES else held
    found = (values, index, *rest) if return_index else (values, *rest)
    return found if len(found) > 1 else values
