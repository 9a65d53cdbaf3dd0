"""Joining arrays and taking them apart; one is the transpose of the other."""

from __future__ import annotations

import itertools
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import UnsupportedError
from ..op import FACES, composite, linear, plain
from .samples import uniform
from .shape import (
    arrayed,
    astype,
    atleast_1d,
    atleast_2d,
    atleast_3d,
    ravel,
    reshape,
    shape_of,
    transpose,
)

__all__ = [
    "append",
    "array_split",
    "block",
    "column_stack",
    "concat",
    "concatenate",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "split",
    "stack",
    "unstack",
    "vsplit",
    "vstack",
]


def _cut(ndim: int, axis: int, k: Any) -> tuple:
    return (slice(None),) * (axis % ndim) + (k,)


def _split_back(g: Any, *arrays: Any, axis: int) -> Any:
    parts, start = [], 0
    for x in arrays:
        n = x.shape[axis]
        parts.append(g[_cut(g.ndim, axis, slice(start, start + n))])
        start += n
    return tuple(parts) if len(parts) > 1 else parts[0]


def _unstack_back(g: Any, *arrays: Any, axis: int) -> Any:
    parts = tuple(g[_cut(g.ndim, axis, k)] for k in range(len(arrays)))
    return parts if len(parts) > 1 else parts[0]


_concatenate = linear(
    lambda *arrays, axis=0: np.concatenate(arrays, axis=axis),
    _split_back,
    name="concatenate",
    doc="Join arrays along an axis they have.",
    samples=lambda rng: [
        ((uniform(rng, 2, 3), uniform(rng, 1, 3)), {}),
        ((uniform(rng, 2, 1), uniform(rng, 2, 0), uniform(rng, 2, 2)), {"axis": -1}),
        ((uniform(rng, 2),), {}),
    ],
)
stack_op = linear(
    lambda *arrays, axis=0: np.stack(arrays, axis=axis),
    _unstack_back,
    name="stack",
    doc="Join arrays of one shape along a new axis.",
    samples=lambda rng: [
        ((uniform(rng, 2, 3), uniform(rng, 2, 3)), {"axis": -2}),
        ((uniform(rng), uniform(rng), uniform(rng)), {}),
        ((uniform(rng, 2),), {"axis": 1}),
    ],
)


# What is joined -------------------------------------------------------------------------------


def _is_number(x: Any) -> bool:
    return isinstance(x, (bool, int, float)) or _is_scalar_node(x)


def _is_scalar_node(x: Any) -> bool:
    face = FACES.get(type(x))
    return face is not None and face.rank == 1  # a value, which has no axes


def _part(x: Any) -> Any:
    """One operand: nested lists that hold nodes become nodes."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        x = x.tolist()
    if isinstance(x, (list, tuple)):
        return arrayed(x)
    return x


def _parts(arrays: Any, name: str) -> list:
    """The operands in one floating dtype: numbers and scalar nodes take that of the arrays."""
    if not isinstance(arrays, (list, tuple)):
        if not hasattr(arrays, "shape"):
            raise TypeError(f"{name}() takes a list of arrays, got {type(arrays).__name__}")
        arrays = unstack(arrays)
    parts = [_part(x) for x in arrays]
    if not parts:
        raise ValueError(f"{name}() needs at least one array")
    if any(_is_number(x) for x in parts):
        floating = [x.dtype for x in parts if hasattr(x, "dtype") and x.dtype.kind == "f"]
        if floating:
            dtype = np.result_type(*floating)
            parts = [_number(x, dtype) if _is_number(x) else x for x in parts]
    return parts


def _number(x: Any, dtype: np.dtype) -> Any:
    return astype(x, dtype) if type(x) in FACES else np.asarray(x, dtype)


def _converted(x: Any, dtype: Any, casting: str) -> Any:
    if dtype is None:
        return x
    if not np.can_cast(x.dtype, dtype, casting):  # type: ignore[arg-type]
        raise TypeError(f"Cannot cast from {x.dtype} to {np.dtype(dtype)} by the rule {casting!r}")
    return astype(x, dtype)


def _no_out(out: Any, name: str) -> None:
    if out is not None:
        raise UnsupportedError(f"{name}() does not take out= with tensors; use the returned value")


@composite(
    numpy=np.concatenate,
    samples=lambda rng: [
        (([uniform(rng, 2, 3), uniform(rng, 1, 3)],), {}),
        (([uniform(rng, 2, 3), uniform(rng, 2)],), {"axis": None}),
        (((uniform(rng, 2, 1), uniform(rng, 2, 2)),), {"axis": -1}),
    ],
)
def concatenate(
    arrays: Any,
    axis: int | None = 0,
    out: Any = None,
    *,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Any:
    """Join arrays along an axis they have; flattened first if ``axis`` is ``None``.

    A ``Value`` among them counts as an array of one element.
    """
    _no_out(out, "concatenate")
    parts = _parts(arrays, "concatenate")
    if axis is None:
        parts, axis = [ravel(x) for x in parts], 0
    else:
        if all(_is_scalar_node(x) for x in parts):
            return stack(parts, axis, dtype=dtype, casting=casting)
        # A scalar node has no axis of its own.
        parts = [reshape(x, 1) if _is_scalar_node(x) else x for x in parts]
    return _converted(_concatenate(*parts, axis=operator.index(axis)), dtype, casting)


concat = concatenate


@composite(
    numpy=np.stack,
    samples=lambda rng: [
        (([uniform(rng, 2, 3), uniform(rng, 2, 3)],), {"axis": 1}),
        (([uniform(rng), uniform(rng)],), {}),
    ],
)
def stack(
    arrays: Any,
    axis: int = 0,
    out: Any = None,
    *,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Any:
    """Join arrays, tensors or values of one shape along a new axis.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.ops.join import stack
    >>> x, y = Value(1.0), Value(2.0)
    >>> stack([x, y]) @ stack([y, y])
    Tensor(6., op=matmul)
    """
    _no_out(out, "stack")
    parts = _parts(arrays, "stack")
    shapes = {shape_of(x) for x in parts}
    if len(shapes) > 1:
        raise ValueError(f"all input arrays must have the same shape, got {sorted(shapes)}")
    return _converted(stack_op(*parts, axis=operator.index(axis)), dtype, casting)


@composite(
    numpy=np.hstack,
    samples=lambda rng: [
        (([uniform(rng, 2), uniform(rng, 3)],), {}),
        (([uniform(rng, 2, 1), uniform(rng, 2, 2)],), {}),
        (([uniform(rng), uniform(rng, 2)],), {}),
    ],
)
def hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Join along the second axis; along the first for arrays of one axis."""
    parts = [atleast_1d(x) for x in _parts(tup, "hstack")]
    axis = 0 if len(shape_of(parts[0])) == 1 else 1
    return concatenate(parts, axis, dtype=dtype, casting=casting)


@composite(
    numpy=np.vstack,
    samples=lambda rng: [
        (([uniform(rng, 3), uniform(rng, 2, 3)],), {}),
        (([uniform(rng), uniform(rng)],), {}),
    ],
)
def vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Join along the first axis; arrays of one axis are rows."""
    parts = [atleast_2d(x) for x in _parts(tup, "vstack")]
    return concatenate(parts, 0, dtype=dtype, casting=casting)


@composite(
    numpy=np.dstack,
    samples=lambda rng: [
        (([uniform(rng, 3), uniform(rng, 3)],), {}),
        (([uniform(rng, 2, 3, 1), uniform(rng, 2, 3)],), {}),
    ],
)
def dstack(tup: Any) -> Any:
    """Join along the third axis."""
    return concatenate([atleast_3d(x) for x in _parts(tup, "dstack")], 2)


@composite(
    numpy=np.column_stack,
    samples=lambda rng: [(([uniform(rng, 3), uniform(rng, 3, 2)],), {})],
)
def column_stack(tup: Any) -> Any:
    """Join along the second axis; arrays of one axis are columns."""
    parts = [
        transpose(atleast_2d(x)) if len(shape_of(x)) < 2 else x for x in _parts(tup, "column_stack")
    ]
    return concatenate(parts, 1)


@composite(
    numpy=np.append,
    samples=lambda rng: [
        ((uniform(rng, 2, 3), uniform(rng, 1, 3)), {"axis": 0}),
        ((uniform(rng, 2, 3), uniform(rng, 2)), {}),
    ],
)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """``arr`` with ``values`` after it; both flattened if ``axis`` is ``None``."""
    return concatenate([arr, values], axis)


@composite(
    numpy=np.block,
    samples=lambda rng: [
        (([[uniform(rng, 2, 2), uniform(rng, 2, 1)], [uniform(rng, 1, 2), uniform(rng)]],), {}),
        (([uniform(rng, 2), uniform(rng, 3)],), {}),
    ],
)
def block(arrays: Any) -> Any:
    """Build an array from nested lists of blocks: innermost lists join along the last axis."""
    depth = _list_depth(arrays)
    ndim = max([depth] + [len(shape_of(x)) for x in _blocks(arrays)])
    return _block(arrays, depth, ndim)


def _list_depth(x: Any) -> int:
    if isinstance(x, tuple):
        raise TypeError("block takes nested lists of arrays; a tuple is ambiguous")
    if not isinstance(x, list):
        return 0
    if not x:
        raise ValueError("block cannot join an empty list")
    depths = {_list_depth(y) for y in x}
    if len(depths) > 1:
        raise ValueError("block takes lists of one depth of nesting")
    return 1 + depths.pop()


def _blocks(x: Any) -> list:
    return [z for y in x for z in _blocks(y)] if isinstance(x, list) else [x]


def _block(x: Any, depth: int, ndim: int) -> Any:
    if not isinstance(x, list):
        shape = shape_of(x)
        return reshape(arrayed(x), (1,) * (ndim - len(shape)) + shape)
    return concatenate([_block(y, depth - 1, ndim) for y in x], axis=-depth)


# Taking apart ---------------------------------------------------------------------------------


@composite(
    numpy=np.array_split,
    samples=lambda rng: [
        ((uniform(rng, 5, 2), 3), {}),
        ((uniform(rng, 2, 5), [1, 3, 7]), {"axis": -1}),
    ],
)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list:
    """Split into parts that need not be equally long, as views."""
    ary = arrayed(ary)
    shape = shape_of(ary)
    axis = normalize_axis_index(axis, len(shape))
    n = shape[axis]
    given = plain(indices_or_sections)
    if np.ndim(given) == 0:
        sections = operator.index(given)
        if sections <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, extra = divmod(n, sections)
        lengths = [each + 1] * extra + [each] * (sections - extra)
        edges = [0, *np.cumsum(lengths).tolist()]
    else:
        edges = [0, *(operator.index(i) for i in given), n]
    return [
        ary[_cut(len(shape), axis, slice(start, stop))] for start, stop in itertools.pairwise(edges)
    ]


@composite(
    numpy=np.split,
    samples=lambda rng: [
        ((uniform(rng, 4, 2), 2), {}),
        ((uniform(rng, 2, 5), [1, 3]), {"axis": 1}),
    ],
)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list:
    """Split into equal parts, or at the given places, as views."""
    n = shape_of(ary)[axis]
    given = plain(indices_or_sections)
    if np.ndim(given) == 0 and n % operator.index(given):
        raise ValueError(
            f"array split does not result in an equal division: {n} elements in {given} parts; "
            "array_split allows unequal ones"
        )
    return array_split(ary, given, axis)


@composite(
    numpy=np.hsplit,
    samples=lambda rng: [((uniform(rng, 2, 4), 2), {}), ((uniform(rng, 4), 2), {})],
)
def hsplit(ary: Any, indices_or_sections: Any) -> list:
    """Split along the second axis; along the first where there is no other."""
    ndim = len(shape_of(ary))
    if ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(ary, indices_or_sections, 1 if ndim > 1 else 0)


@composite(numpy=np.vsplit, samples=lambda rng: [((uniform(rng, 4, 2), 2), {})])
def vsplit(ary: Any, indices_or_sections: Any) -> list:
    """Split along the first axis."""
    if len(shape_of(ary)) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(ary, indices_or_sections, 0)


@composite(numpy=np.dsplit, samples=lambda rng: [((uniform(rng, 1, 2, 4), [1]), {})])
def dsplit(ary: Any, indices_or_sections: Any) -> list:
    """Split along the third axis."""
    if len(shape_of(ary)) < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(ary, indices_or_sections, 2)


@composite(
    numpy=getattr(np, "unstack", ()),  # new in NumPy 2.1
    samples=lambda rng: [((uniform(rng, 2, 3),), {"axis": -1}), ((uniform(rng, 3),), {})],
)
def unstack(x: Any, /, *, axis: int = 0) -> tuple:
    """Split along an axis that goes away, as views."""
    x = arrayed(x)
    shape = shape_of(x)
    if not shape:
        raise ValueError("Input array must be at least 1-d.")
    axis = normalize_axis_index(axis, len(shape))
    return tuple(x[_cut(len(shape), axis, k)] for k in range(shape[axis]))
