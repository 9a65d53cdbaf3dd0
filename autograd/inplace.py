"""In-place writes, views and ``.data``: NumPy's meaning, with right gradients.

Three rules make it so.

1. A recorded write never touches memory. It computes the new array with an op and moves the handle
   on to that op's node. If the handle is a view, the tensors it is a view of move on as well.
2. Views know what they are views of, and make themselves anew after the base was written to
   (each write raises the base's version).
3. An array that somebody outside can reach (through ``.data`` or ``from_numpy``) is *pinned*: the
   graph copies what it must keep of it. An array that only the graph and the handle share is
   replaced, not overwritten.

The smallest case that breaks the naive design: ``y = x.exp(); y += 1; y.sum().backward()``, where
exp's rule reads the array that ``+=`` overwrote.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .errors import InPlaceError, describe
from .graph import Freed
from .modes import modes
from .op import FACES, Op, plain
from .ops.index import setitem, write_view
from .tensor import (
    BIG,
    InputNode,
    Tensor,
    TensorNode,
    _handle,
    _holds_nodes,
    _spared,
    apply,
    current,
    plain_array,
    stand_in,
)
from .value import Value

__all__ = ["operate", "pin", "refresh", "replace_data", "set_item"]


class _Probe:
    __slots__ = ("_data",)

    _data: Any


def _count(holder: Any) -> int:
    return sys.getrefcount(holder._data)


def _calibrate() -> int:
    probe = _Probe()
    probe._data = np.zeros(1)
    return _count(probe)


# What the interpreter counts for an array held by one slot alone.
_ALONE = _calibrate()


def _shared(t: Tensor) -> bool:
    """Whether anything but this handle (and its leaf node) can see the array."""
    node = t._node
    holders = _ALONE + (node is not None and node.op is None and node.data is t._data)
    return t._data.base is not None or _count(t) > holders


def _root(t: Tensor) -> Tensor:
    while t._base is not None:
        t = t._base[0]
    return t


def _lineage(t: Tensor) -> list[Tensor]:
    """The views from just below the root down to ``t``."""
    views = []
    while t._base is not None:
        views.append(t)
        t = t._base[0]
    return views[::-1]


def _hold(t: Tensor, data: np.ndarray) -> None:
    """Let ``t`` hold another array, and its leaf node with it."""
    t._data = data
    if t._node is not None and t._node.op is None:
        t._node.data = data


def refresh(t: Tensor) -> None:
    """Make a view anew from its base if the base was written to since."""
    version = _root(t)._version
    if t._seen == version:
        return
    for view in _lineage(t):
        if view._seen != version:
            _derive(view)
            view._seen = version


def _derive(view: Tensor) -> None:
    parent, op, params, recorded = view._base
    view._data = _part(parent, op, params)
    view._pinned = parent._pinned
    node = view._node
    if node is not None and node.op is None:
        # The user asked for the gradient of this view itself: it stays a leaf, with new numbers.
        node.data = view._data
    elif parent._node is None or not recorded:
        view._node = None
    elif node is None or type(node.parents) is Freed or node.parents[0] is not parent._node:
        args = _spared([parent._data], [parent._node])
        view._node = TensorNode(op, (parent._node,), tuple(args), params, view._data)


def _part(parent: Tensor, op: Op, params: dict[str, Any]) -> np.ndarray:
    """The array of a view."""
    if modes.tape is not None and modes.tape.origin(parent) == "made":
        return apply(op, (_handle(parent._data, None),), params)._data
    return op.forward(parent._data, **params)


def pin(t: Tensor) -> np.ndarray:
    """The array itself, for somebody outside; the graph keeps its own from now on."""
    current(t)
    root = _root(t)
    if not root._pinned:
        if _shared(root):
            _hold(root, np.array(root._data, order="K"))
        root._pinned = True
        root._version += 1
        current(t)
    return t._data


def replace_data(t: Tensor, data: Any) -> None:
    """``t.data = data``: new numbers, the same shape and dtype."""
    array = np.array(plain_array(data), dtype=t._data.dtype)
    if array.shape != t._data.shape:
        raise ValueError(
            f"tensor.data of shape {t._data.shape} cannot be replaced by {describe(data)}; "
            "make a new tensor for another shape"
        )
    if t._base is not None:
        _write_plain(t, Ellipsis, array)
    else:
        _hold(t, array)
        t._pinned = False
        t._version += 1


def set_item(t: Tensor, index: Any, value: Any) -> None:
    """``t[index] = value``, recorded if either side needs a gradient."""
    current(t)
    value = _entering(value)
    recorded = _recorded(t, value)
    if modes.tape is not None:
        if _is_outside(t, recorded, "t[...] ="):
            modes.tape.write(t, write_items, index, value)
            return
    elif not recorded:
        _write_plain(t, index, plain(value))
        return
    if not isinstance(value, Tensor):
        value = Tensor(value)
    value = _like(value, t)
    if t._data.size > BIG and _is_unseen(t):
        _fill(t, index, value)
    else:
        _move(t, setitem(_snapshot(t), value, index=index))


class FillNode(TensorNode):
    """A write in the memory of the one before; once overwritten itself, it keeps no gradient."""

    __slots__ = ()

    def deposit(self, g: Any, ours: bool) -> None:
        if self.retain or any(self.data.strides):
            super().deposit(g, ours)


def _is_unseen(t: Tensor) -> bool:
    """Whether the last write to ``t`` made its array and nobody has used it since."""
    node = t._node
    return (
        t._base is None
        and not t._pinned
        and not modes.watched
        and node is not None
        and node.op is setitem
        and node.data is t._data
        and _count(t) == _ALONE + 1
    )


def _fill(t: Tensor, index: Any, value: Tensor) -> None:
    """A recorded write in the same memory: filling a big buffer does not copy it each time."""
    last = t._node
    t._data[index] = value._data
    given = stand_in(value._data) if value._data.size > BIG else value._data
    params = {"index": index}
    parents, args = (last, value._node), (stand_in(t._data), given)
    t._node = FillNode(setitem, parents, args, params, t._data)
    # Its rule does not read what it made, so the version before may be forgotten.
    last.data = stand_in(t._data)
    t._version += 1
    if t._label is not None:
        t._node.label = t._label


_PLAIN = (np.ndarray, float)


def operate(op: Op, t: Any, other: Any) -> Any:
    """``t op= other``: the result takes the place of ``t``, whose shape and dtype stay."""
    if (
        type(other) in _PLAIN
        and type(t) is Tensor
        and t._base is None
        and not modes.recording
        and modes.tape is None
        and not (_shared(t) and not t._pinned)
        and type(op.forward) is np.ufunc
    ):
        # The way of an optimizer's update, which is taken once for each parameter and step.
        _check_writeable(t)
        _into(op, t, other)
        return t
    if not isinstance(t, Tensor):
        # Other faces have no memory to write to: the name is bound to the result.
        return op(t, other)
    face = FACES.get(type(other))
    if face is not None and face.rank > FACES[Tensor].rank:
        # A tensor cannot hold a batch; asked for its array, the batch says so.
        face.plain(other)
    current(t)
    other = _entering(other)
    recorded = _recorded(t, other)
    if modes.tape is not None:
        if _is_outside(t, recorded, f"{op.label}="):
            modes.tape.write(t, write_op, op, other)
            return t
        recorded = True
    if recorded:
        result = op(_snapshot(t), other)
        if result.shape != t._data.shape:
            raise ValueError(
                f"in-place {op.name} of a tensor of shape {t._data.shape} gives shape "
                f"{result.shape}; use the ordinary operator to broadcast"
            )
        _move(t, _like(result, t))
        return t
    _operate_plain(op, t, plain_array(other))
    return t


def _operate_plain(op: Op, t: Tensor, other: Any) -> None:
    """``t op= other`` without recording."""
    if t._base is None and (t._pinned or not _shared(t)) and type(op.forward) is np.ufunc:
        _check_writeable(t)
        _into(op, t, other)
    else:
        result = op.forward(t._data, other)
        if not np.can_cast(result.dtype, t._data.dtype, "same_kind"):
            raise _unfit(op, t)
        if np.shape(result) != t._data.shape:
            raise ValueError(
                f"in-place {op.name} of a tensor of shape {t._data.shape} gives shape "
                f"{np.shape(result)}; use the ordinary operator to broadcast"
            )
        _write_plain(t, Ellipsis, result)


def _into(op: Op, t: Tensor, other: Any) -> None:
    """``t op= other`` in the very memory of ``t``."""
    try:
        op.forward(t._data, other, t._data)
    except TypeError as error:
        raise _unfit(op, t) from error
    t._version += 1


def _unfit(op: Op, t: Tensor) -> TypeError:
    return TypeError(
        f"in-place {op.name} on a {t._data.dtype} tensor gives numbers of another kind, which do "
        "not fit; convert the tensor with .astype(float) first"
    )


def _entering(value: Any) -> Any:
    """What is written, as a tensor if it is a container with nodes in it."""
    if isinstance(value, (list, tuple)) and _holds_nodes(value):
        return Tensor(value)
    if isinstance(value, np.ndarray) and value.dtype == object and _holds_nodes(value.ravel()):
        return Tensor(value)
    return value


def _recorded(t: Tensor, value: Any) -> bool:
    if not modes.recording:
        return False
    needs = isinstance(value, Value) or (isinstance(value, Tensor) and value.requires_grad)
    handles = [_root(t), *_lineage(t)]
    if not needs and all(handle._node is None for handle in handles):
        return False
    for handle in handles:
        node = handle._node
        if node is not None and node.op is None and type(node) is not InputNode:
            what = "a leaf tensor" if handle is t else "a view of a leaf tensor"
            raise InPlaceError(
                f"{what} that requires a gradient is written in place, so its gradient would no "
                "longer belong to it. To update a parameter, write inside `with no_grad():`; to "
                "change a copy, start from `y = x * 1` or x.copy()"
            )
    _check_writeable(t)
    return True


def _snapshot(t: Tensor) -> Tensor:
    """A handle on what ``t`` is now, which stays when ``t`` moves on."""
    s = _handle(t._data, t._node)
    s._pinned = t._pinned
    return s


def _like(value: Tensor, t: Tensor) -> Tensor:
    if value.dtype == t._data.dtype:
        return value
    if value.requires_grad and t._data.dtype.kind not in "f":
        raise TypeError(
            f"a tensor that requires a gradient is written into a {t._data.dtype} tensor, which "
            "cannot carry one; make the buffer with a floating dtype"
        )
    return value.astype(t._data.dtype)


def _move(t: Tensor, new: Tensor) -> None:
    """Let ``t`` and the tensors it is a view of move on to recorded new contents."""
    root = _root(t)
    lineage = _lineage(t)
    replaced = {t: new}
    for view in reversed(lineage):
        parent, op, params, _ = view._base
        replaced[parent] = apply(
            write_view, (_snapshot(parent), replaced[view]), {"op": op, "params": params}
        )
    root._version += 1
    if root._pinned:
        # Somebody outside holds the memory and shall see the new numbers there.
        root._data[...] = replaced[root]._data
    else:
        root._data = replaced[root]._data
    for handle in (root, *lineage):
        if handle is not root:
            parent, op, params, _ = handle._base
            # Made anew rather than taken over: whether a reshape of it is a view shall depend on
            # the layout it has in NumPy.
            handle._data = _part(parent, op, params)
            handle._seen = root._version
        handle._node = replaced[handle]._node
        if handle._label is not None and handle._node is not None:
            handle._node.label = handle._label


def _write_plain(t: Tensor, index: Any, value: Any) -> None:
    """Write without recording; memory the graph can see is replaced, not overwritten."""
    _check_writeable(t)
    root = _root(t)
    if root._pinned:
        direct = np.may_share_memory(t._data, root._data)
    else:
        direct = t is root and not _shared(t)
    if direct:
        t._data[index] = value
        root._version += 1
        return
    new = np.array(t._data, order="K")
    new[index] = value
    contents = {t: new}
    for view in reversed(_lineage(t)):
        parent, op, params, _ = view._base
        contents[parent] = write_view.forward(parent._data, contents[view], op, params)
    root._version += 1
    if root._pinned:
        root._data[...] = contents[root]
    else:
        _hold(root, contents[root])


# Inside a captured function -----------------------------------------------------------------------


def _is_outside(t: Tensor, recorded: bool, what: str) -> bool:
    """Whether a captured function writes to a tensor that was there before.

    That is done to the tensor itself, in each replay. A tensor that the function has made moves on
    to new contents, as in a graph: a replay has no handle to write to.
    """
    kind = modes.tape.origin(t if t._base is None else _root(t))
    if kind == "made":
        if not t._data.flags.writeable:
            modes.tape.refuse(f"{what} on .grad, or on elements that share memory,")
        return False
    if kind == "input":
        modes.tape.refuse(f"{what} on an argument, where a new tensor, as x = x + 1, would do,")
    if recorded:
        modes.tape.refuse(f"{what} with a gradient, on a tensor from outside,")
    if t._base is not None:
        modes.tape.refuse(f"{what} on a part of a tensor from outside, unlike w[...] = on all,")
    return True


def write_op(t: Tensor, op: Op, other: Any) -> None:
    """``t op= other`` in each call of a captured function."""
    _operate_plain(op, t, other)


def write_items(t: Tensor, index: Any, value: Any) -> None:
    """``t[index] = value`` in each call of a captured function."""
    _write_plain(t, index, value)


def _check_writeable(t: Tensor) -> None:
    if not t._data.flags.writeable:
        raise InPlaceError(
            "this tensor's array is read-only: its elements share memory (broadcast_to, diagonal "
            "or sliding_window_view) or it was given so; write to a .copy() of it"
        )


_face = FACES[Tensor]
_face.operate = operate
_face.pin = pin
_face.refresh = refresh
_face.replace = replace_data
_face.set_item = set_item
