"""``Tensor``: a NumPy array in the graph.

A tensor is a handle: it holds an array and the node that made it. The node, not the handle, is
what consumers refer to, so an in-place write only moves the handle on to a new node, and whatever
was computed before keeps the arrays it was computed from.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .array_methods import ArrayMethods
from .copying import deepcopy_node, write_after
from .errors import NotDifferentiableError, describe
from .graph import Freed, Node, Parts, pull, reaching, topological
from .modes import WATCH, enable_grad, fills_array, modes, no_fill, scope, user_line
from .op import FACES, Face, Op
from .ops.shape import copy as _copy
from .value import Value, backward_general

__all__ = ["Tensor", "from_numpy", "tensor"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike

_new = object.__new__
_FLOAT = {np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.longdouble)}
_ndarray = np.ndarray
_ONE = {dtype: np.ones((), dtype) for dtype in _FLOAT}
for _one in _ONE.values():
    _one.flags.writeable = False
_FREED = Freed("this tensor")


class TensorNode(Node):
    """One op in the graph: its inputs as they were, its output, and where they came from."""

    __slots__ = (
        "args",
        "data",
        "grad",
        "hooks",
        "label",
        "line",
        "op",
        "params",
        "parents",
        "retain",
        "scope",
    )

    def __init__(self, op: Op | None, parents: tuple, args: tuple, params: dict, data: Any) -> None:
        self.op = op
        self.parents: Any = parents
        self.args: Any = args
        self.params = params
        self.data = data
        self.grad: Any = None
        self.hooks: Any = None
        self.label: str | None = None
        self.line: str | None = None
        self.scope: Any = modes.scope
        self.retain = False

    def pull(self, g: Any, wanted: Sequence[Any], lift: bool) -> Sequence[Any]:
        op: Any = self.op
        if not lift:
            if type(g) is Parts:
                g = self._complete(g)
            if WATCH[0] and modes.tape is not None:
                return modes.tape.rule(op, g, self, wanted)
            return op.vjp(g, self.data, self.args, self.params, wanted)
        if op.multiple:
            return op.vjp(self._complete(g), self._outputs(), self._lifted(), self.params, wanted)
        return op.vjp(g, _handle(self.data, self), self._lifted(), self.params, wanted)

    def push(self, tangents: Sequence[Any], lift: bool) -> Any:
        op: Any = self.op
        if not lift:
            out, args = self.data, self.args
        else:
            out = self._outputs() if op.multiple else _handle(self.data, self)
            args = self._lifted()
        if getattr(op, "jvp_rule", op) is None:
            return _transposed_jvp(op, tangents, out, args, self.params)
        tangent = op.jvp(tangents, out, args, self.params)
        if op.multiple:
            return Parts(enumerate(tangent))
        return tangent

    def received(self, g: Any, lift: bool) -> Any:
        if self.hooks:
            if WATCH[0] and modes.tape is not None:
                if self.op is not None:
                    modes.tape.refuse("a hook on a tensor that is computed ran")
                return modes.tape.effect(self._hooked, (g,))._data
            for hook in tuple(self.hooks.values()):
                replaced = hook(g if lift else _read_only(g))
                if replaced is not None:
                    g = replaced if lift else np.asarray(plain_array(replaced))
                    if np.shape(g) != self.data.shape:
                        raise ValueError(
                            f"a hook replaced the gradient of shape {self.data.shape} by "
                            f"{describe(g)}; return an array of the same shape, or None"
                        )
                    if g.dtype != self.data.dtype:
                        g = g.astype(self.data.dtype)
        return g

    def _hooked(self, g: Any) -> Any:
        return self.received(g, False)

    def keep(self, g: np.ndarray) -> None:
        """Add a gradient that nobody else holds to ``grad``."""
        self.deposit(g, True)

    def deposit(self, g: Any, ours: bool) -> None:
        if type(g) is Parts:
            return
        if WATCH[0] and modes.tape is not None:
            # What is computed anew in each call has no node in a replay to keep a gradient.
            if self.op is None:
                modes.tape.deposit(self, g)
            return
        if self.grad is not None:
            # Two 0-d arrays add up to a NumPy scalar, which could not be written to.
            self.grad = np.asarray(self.grad + g)
        elif ours and type(g) is _ndarray:
            self.grad = g
        elif self.op is None:
            self.grad = np.array(g)
        else:
            # An intermediate gradient may share memory with others; ``Tensor.grad`` copies it. Not
            # a small part of a big array, though, which it would keep alive.
            whole = getattr(g.base, "size", 0)
            self.grad = np.array(g) if whole > BIG and whole >= 4 * g.size else np.asarray(g)

    def release(self) -> None:
        if self.op is not None:
            self.parents = _FREED
            self.args = self.data = None
            self.params = {}

    def _lifted(self) -> tuple:
        return tuple(
            x if p is None else p if isinstance(p, Value) else _handle(x, p)
            for x, p in zip(self.args, self.parents, strict=True)
        )

    def _outputs(self) -> tuple:
        return tuple(_output(self, k) for k in range(len(self.data)))

    def _complete(self, parts: Parts) -> tuple:
        """All outputs' cotangents, zeros where none arrived."""
        return tuple(parts[k] if k in parts else np.zeros_like(x) for k, x in enumerate(self.data))


def _read_only(g: Any) -> np.ndarray:
    """A gradient for a hook to look at: other branches of the graph may share its memory."""
    view = np.asarray(g)[...]
    view.flags.writeable = False
    return view


class InputNode(TensorNode):
    """Where a transform's argument enters the graph; in-place writes may follow it."""

    __slots__ = ("closed",)

    def __init__(self, op: Op | None, parents: tuple, args: tuple, params: dict, data: Any) -> None:
        super().__init__(op, parents, args, params, data)
        self.closed = False


class OutputNode(TensorNode):
    """One output of a node that has several."""

    __slots__ = ("k",)

    k: int

    def pull(self, g: Any, wanted: Sequence[Any], lift: bool) -> Sequence[Any]:
        return (Parts({self.k: g}),)

    def push(self, tangents: Sequence[Any], lift: bool) -> Any:
        return tangents[0][self.k]


class HookHandle:
    """What ``Tensor.register_hook`` returns: ``remove()`` takes the hook off."""

    __slots__ = ("_hooks",)

    def __init__(self, hooks: dict[Any, Any]) -> None:
        self._hooks = hooks

    def remove(self) -> None:
        """Take the hook off; more than once does no harm."""
        self._hooks.pop(self, None)
        scope.changed()


class Tensor(ArrayMethods):
    """An array in a computation graph.

    Parameters
    ----------
    data : array_like
        Numbers; copied, so later changes of the original do not matter. A list of tensors is
        stacked, with its graph.
    requires_grad : bool
        Whether gradients with respect to it are wanted. Needs a floating dtype.
    dtype : dtype, optional
        Dtype to convert to. Python floats and lists of them become float64, as in NumPy.
    label : str, optional
        The name shown in drawings.

    Raises
    ------
    NotDifferentiableError
        (a ``TypeError``) for integer or boolean data with ``requires_grad=True``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor
    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> loss = (np.exp(x) * x).sum()
    >>> loss.backward()
    >>> x.grad.round(3)
    array([ 5.437, 22.167, 80.342])
    """

    # ``_off`` is set only on a leaf whose requires_grad was turned off: the node it had.
    __slots__ = (
        "__weakref__",
        "_base",
        "_data",
        "_label",
        "_node",
        "_off",
        "_pinned",
        "_seen",
        "_version",
    )

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        FACES[cls] = _FACE

    def __init__(
        self,
        data: Any,
        requires_grad: bool = False,
        dtype: DTypeLike | None = None,
        label: str | None = None,
    ) -> None:
        array, node = _convert(data, dtype)
        self._data: np.ndarray = array
        self._node: Any = node
        self._label = label
        self._base: Any = None  # (tensor this is a view of, op, params, made while recording)
        self._seen = 0  # version of the base this view was made from
        self._version = 0  # in-place writes so far
        self._pinned = False  # whether somebody outside holds the array itself
        if label is not None and node is not None:
            node.label = label
        if requires_grad:
            self.requires_grad_()

    # What it holds -----------------------------------------------------------------------------

    def _array(self) -> np.ndarray:
        return current(self)._data

    @property
    def data(self) -> np.ndarray:
        """The array itself. Writing to it changes the tensor and no gradient already recorded."""
        _read(self, ".data")
        return _FACE.pin(self)

    @data.setter
    def data(self, data: ArrayLike) -> None:
        _read(self, ".data = ...")
        _FACE.replace(self, data)

    @property
    def grad(self) -> np.ndarray | None:
        """The accumulated gradient, ``None`` before the first ``backward``."""
        node = current(self)._node
        if WATCH[0] and modes.tape is not None:
            return modes.tape.gradient(self)
        if node is None or node.grad is None:
            return None
        return node.grad if node.op is None else node.grad.copy("K")

    @grad.setter
    def grad(self, grad: ArrayLike | None) -> None:
        node = current(self)._node
        if node is None:
            if grad is None:
                return
            raise RuntimeError("a tensor that does not require a gradient has none to set")
        if WATCH[0] and modes.tape is not None:
            if grad is not None:
                modes.tape.refuse(".grad =")
            self.zero_grad()
            return
        if grad is not None:
            grad = np.array(plain_array(grad), dtype=self._data.dtype)
            if grad.shape != self._data.shape:
                raise ValueError(
                    f"a gradient has the shape of its tensor, {self._data.shape}; got {grad.shape}"
                )
        node.grad = grad

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient with respect to this tensor can be computed."""
        return current(self)._node is not None

    @requires_grad.setter
    def requires_grad(self, requires_grad: bool) -> None:
        self.requires_grad_(requires_grad)

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user rather than by a recorded op."""
        node = current(self)._node
        return node is None or node.op is None

    @property
    def op(self) -> Op | None:
        """The op that made it, ``None`` for a leaf."""
        node = current(self)._node
        return None if node is None else node.op

    @property
    def label(self) -> str | None:
        """The name shown in drawings."""
        return self._label

    @label.setter
    def label(self, label: str | None) -> None:
        self._label = label
        if self._node is not None:
            self._node.label = label

    # Gradients -----------------------------------------------------------------------------------

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for gradients with respect to this tensor, or stop asking; returns itself."""
        current(self)
        if not requires_grad:
            if self._node is not None and self._node.op is not None:
                raise RuntimeError(
                    "requires_grad can be turned off only on leaf tensors; use .detach() for a "
                    "tensor without history"
                )
            if self._node is not None:
                self._off, self._node = self._node, None
        elif self._node is None:
            if self._data.dtype not in _FLOAT:
                raise NotDifferentiableError(
                    f"only floating-point tensors can require a gradient; this one is "
                    f"{self._data.dtype}. Convert it first: Tensor(data, dtype=float, "
                    "requires_grad=True)"
                )
            # The node it had before it was turned off keeps its gradient, and the graphs made with
            # it still lead there.
            self._node = getattr(self, "_off", None) or TensorNode(None, (), (), {}, None)
            self._node.data, self._node.label = self._data, self._label
        return self

    def backward(self, grad: ArrayLike | None = None, retain_graph: bool = True) -> None:
        """Compute gradients of this tensor with respect to every leaf behind it.

        Gradients are added to each leaf's ``grad``: calling it twice accumulates. Intermediate
        tensors keep theirs too while the graph is retained, so that it can be drawn.

        Parameters
        ----------
        grad : array_like, optional
            The cotangent, of this tensor's shape; needed unless it has one element.
        retain_graph : bool
            Keep the graph for drawing and further calls. ``False`` frees each saved array as soon
            as it has been used; training loops want that.

        Raises
        ------
        RuntimeError
            If the tensor does not require a gradient, has several elements and no ``grad`` is
            given, or its graph was freed before.
        """
        node = current(self)._node
        if node is None:
            raise RuntimeError(
                "backward() on a tensor that does not require a gradient: no input of it had "
                "requires_grad=True, or it was computed inside no_grad() or from .detach() or "
                ".numpy()"
            )
        if grad is None:
            if self._data.size != 1:
                raise RuntimeError(
                    f"backward() on a tensor of shape {self._data.shape} needs a cotangent: "
                    "call it on a scalar loss such as .sum() or .mean(), or pass "
                    "backward(grad) with an array of that shape"
                )
            seed = _ONE.get(self._data.dtype) if self._data.ndim == 0 else None
            if seed is None:
                seed = np.ones_like(self._data)
        else:
            seed = np.array(plain_array(grad), dtype=self._data.dtype)
            if seed.shape != self._data.shape:
                raise ValueError(
                    f"backward(grad) on a tensor of shape {self._data.shape} got a cotangent of "
                    f"shape {seed.shape}"
                )
        backward_general(node, seed, not retain_graph)

    def detach(self) -> Tensor:
        """The same numbers without history; later writes to either leave the other alone."""
        data = current(self)._data
        # Memory that somebody outside can write to is not shared.
        return _handle(data.copy("K") if self._pinned else data, None)

    def zero_grad(self) -> None:
        """Forget the gradient (``grad`` becomes ``None``)."""
        node = current(self)._node
        if node is not None:
            node.grad = None
            if WATCH[0] and modes.tape is not None:
                modes.tape.effect(self.zero_grad, ())

    def retain_grad(self) -> None:
        """Keep this intermediate tensor's gradient even when the graph is freed."""
        node = current(self)._node
        if node is None:
            raise RuntimeError("retain_grad() on a tensor that does not require a gradient")
        node.retain = True

    def register_hook(self, hook: Callable[[Any], Any]) -> HookHandle:
        """Call ``hook(grad)`` when this tensor's gradient is complete.

        What it returns, unless ``None``, replaces the gradient for everything further back; the
        array it is given is read-only. Hooks run in the order they were registered. The handle
        returned takes the hook off again: ``handle.remove()``.
        """
        node = current(self)._node
        if node is None:
            raise RuntimeError("register_hook() on a tensor that does not require a gradient")
        if node.hooks is None:
            node.hooks = {}
        handle = HookHandle(node.hooks)
        node.hooks[handle] = hook
        scope.changed()
        return handle

    # Copies --------------------------------------------------------------------------------------

    def __reduce_ex__(self, protocol: Any) -> Any:
        node = current(self)._node
        whole = (type(self), self._data, node, self._label)
        return (_restore, whole) if node is None else write_after(node, _restore, whole)

    def __copy__(self) -> Tensor:
        return _restore(type(self), current(self)._data, self._node, self._label)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        node = current(self)._node
        made = None if node is None else deepcopy_node(node, memo)
        return _restore(type(self), copy.deepcopy(self._data, memo), made, self._label)

    # Out of the graph ----------------------------------------------------------------------------

    def numpy(self) -> np.ndarray:
        """A copy of the numbers as a plain array, without history."""
        _read(self, "numpy()")
        return current(self)._data.copy()

    def item(self) -> Any:
        """The only element as a Python number, without history."""
        _read(self, "item()")
        data = current(self)._data
        if data.size != 1:
            raise ValueError(f"item() needs a tensor of one element, got shape {data.shape}")
        return data.item()

    def to_values(self) -> Any:
        """The elements as ``Value`` nodes in the same graph, in nested lists of this shape."""
        from .border import to_values

        return to_values(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        _read(self, "a plain array")
        if current(self)._node is not None:
            raise TypeError(
                "this tensor requires a gradient and NumPy asked for a plain array, which would "
                "drop its graph. Use autograd.stack([...]) to put tensors together, "
                "buffer = autograd.zeros(...); buffer[i] = t to fill a buffer, or .detach() or "
                ".numpy() if the gradient is not wanted"
            )
        return np.array(self._data, dtype=dtype)

    def __float__(self) -> float:
        if self._node is not None and fills_array():
            raise no_fill("x.item()")
        modes.emptied = True
        return float(self._scalar("float"))

    def __int__(self) -> int:
        return int(self._scalar("int"))

    def __index__(self) -> int:
        return self._scalar("index").__index__()

    def __bool__(self) -> bool:
        _read(self, "a choice (bool)")
        data = current(self)._data
        if data.size != 1:
            raise ValueError(
                f"the truth value of a tensor of shape {data.shape} is ambiguous; use .any(), "
                ".all(), or autograd.where for a choice per element"
            )
        return bool(data)

    def _scalar(self, what: str) -> Any:
        _read(self, what)
        data = current(self)._data
        if data.size != 1:
            kind = f"{'an' if what[0] in 'aeiou' else 'a'} {what}"
            raise TypeError(f"only a tensor of one element has {kind}, got shape {data.shape}")
        return data.item()

    def draw(self, **options: Any) -> Any:
        """Draw the graph behind this tensor; options as for :func:`autograd.viz.draw`."""
        from .viz import draw

        return draw(self, **options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from .viz import mimebundle

        return mimebundle(self)

    def __str__(self) -> str:
        _read(self, "print")
        return repr(self)

    def __repr__(self) -> str:
        text = np.array2string(current(self)._data, separator=", ", prefix="Tensor(")
        parts = [text]
        if self._data.dtype != np.float64:
            parts.append(f"dtype={self._data.dtype}")
        if self._node is not None:
            parts.append(
                "requires_grad=True"
                if self._node.op is None
                else f"op={self._node.op.name.lstrip('_')}"
            )
        if self._label:
            parts.append(f"label={self._label!r}")
        return f"Tensor({', '.join(parts)})"


def tensor(
    data: Any,
    requires_grad: bool = False,
    dtype: DTypeLike | None = None,
    label: str | None = None,
) -> Tensor:
    """Make a :class:`Tensor` from numbers, as ``torch.tensor`` does.

    Examples
    --------
    >>> from autograd import tensor
    >>> tensor([1, 2], dtype="float32")
    Tensor([1., 2.], dtype=float32)
    """
    return Tensor(data, requires_grad=requires_grad, dtype=dtype, label=label)


def from_numpy(array: np.ndarray) -> Tensor:
    """Wrap an array without copying it; changes of the array show in the tensor.

    A graph that uses it copies what it must keep, so gradients stay right all the same.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy takes a NumPy array, got {describe(array)}")
    handle = _handle(array, None)
    handle._pinned = True
    return handle


def current(x: Tensor) -> Tensor:
    """``x`` itself, brought up to date if it is a view of something written to since."""
    if x._base is not None:
        _FACE.refresh(x)
    return x


def _read(t: Tensor, what: str) -> None:
    """Refuse to hand numbers out of a function that is being captured."""
    if WATCH[0] and modes.tape is not None and modes.tape.is_computed(t):
        modes.tape.refuse(what)


def plain_array(x: Any) -> Any:
    """The array behind a tensor or value, or ``x``."""
    if isinstance(x, Tensor):
        _read(x, "the plain array of a tensor was asked for")
        return current(x)._data
    return x._data if isinstance(x, Value) else x


def _handle(data: Any, node: Any) -> Tensor:
    t = _new(Tensor)
    t._data = data
    t._node = node
    t._label = None
    t._base = None
    t._seen = 0
    t._version = 0
    t._pinned = False
    return t


def _restore(kind: type, data: Any, node: Any, label: str | None) -> Tensor:
    t = _handle(data, node)
    t._label = label
    if kind is not Tensor:
        t.__class__ = kind
    return t


def _convert(data: Any, dtype: DTypeLike | None) -> tuple[np.ndarray, Any]:
    if isinstance(data, Tensor):
        # A copy, in the same graph: writing to it must not be mistaken for writing to the original.
        t = _copy(data) if dtype is None else data.astype(dtype)
        return t._data, t._node
    if isinstance(data, Value) or (isinstance(data, (list, tuple)) and _holds_nodes(data)):
        from .border import from_nested

        t = from_nested(data)
        if dtype is not None:
            t = t.astype(dtype)
        return t._data, t._node
    if isinstance(data, np.ndarray) and data.dtype == object and _holds_nodes(data.ravel()):
        return _convert(data.tolist(), dtype)
    try:
        array = np.array(data, dtype=dtype)
        if WATCH[0] and modes.tape is not None:
            modes.tape.copied(data, array)
    except ValueError as error:
        raise ValueError(
            f"cannot make a tensor from {describe(data)}: {str(error).rstrip('.')}. Nested lists "
            "must have equal lengths and hold numbers"
        ) from error
    if array.dtype == object or array.dtype.kind in "USMmV":
        raise TypeError(
            f"cannot make a tensor from {describe(data)}: its dtype is {array.dtype}, "
            "and tensors hold numbers"
        )
    if array.dtype.kind == "c":
        raise TypeError("complex tensors are not supported; use the real and imaginary parts")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array, None


def _holds_nodes(items: Any) -> bool:
    """Whether nested lists hold a node anywhere."""
    stack = list(items)
    while stack:
        x = stack.pop()
        if isinstance(x, (Tensor, Value)):
            return True
        if isinstance(x, (list, tuple)):
            stack.extend(x)
    return False


# Recording ------------------------------------------------------------------------------------


def apply(op: Op, args: tuple, params: dict) -> Any:
    """Run ``op`` on arguments of which at least one is a node, and record it if need be."""
    raw: list[Any] = []
    parents: list[Any] = []
    live = False
    loose = False
    for x in args:
        kind = type(x)
        if kind is Tensor:
            if x._base is not None:
                current(x)
            node = x._node
            if node is not None:
                live = True
                if x._pinned and op.saves:
                    loose = True
            elif x._pinned or x._data.dtype.kind != "f":
                loose = True
            raw.append(x._data)
            parents.append(node)
        else:
            if kind is not float and kind is not int:
                loose = True
            raw.append(x)
            parents.append(None)
    if WATCH[0] and not modes.recording:
        live = False
    if loose:
        live = _settle(op, args, raw, parents, live)
    if WATCH[0] and modes.watched:
        return _apply_watched(op, args, raw, parents, params, live)
    out = op.forward(*raw, **params) if params else op.forward(*raw)
    if op.multiple:
        return _several(op, raw, parents, params, out, live)
    if type(out) is not _ndarray:
        out = np.asarray(out)
    # Built slot by slot: two calls of __init__ would cost a quarter of recording an op.
    t = _new(Tensor)
    if live and params and out.dtype.kind != "f":
        live = False
    if live:
        node = _new(TensorNode)
        node.op = op
        node.parents = parents
        node.args = raw if op.kind != "linear" else _spared(raw, parents)
        node.params = params
        node.data = out
        node.grad = node.hooks = node.label = node.line = None
        node.scope = modes.scope
        node.retain = False
        t._node = node
    else:
        t._node = None
    t._data = out
    t._label = t._base = None
    t._seen = t._version = 0
    t._pinned = False
    if out.base is not None or out is raw[0]:
        _mark_view(t, args, op, params)
    return t


# Arrays above this size are not kept where only their shape and dtype are needed.
BIG = 4096


def stand_in(x: np.ndarray) -> np.ndarray:
    """NaN (or zero) of the shape and dtype of ``x``, in the memory of one number."""
    one = np.full((), np.nan if x.dtype.kind == "f" else 0, x.dtype)
    return np.ndarray(x.shape, x.dtype, one, strides=(0,) * x.ndim)


def _spared(raw: list, parents: Sequence[Any]) -> list:
    """Inputs of a linear op without their numbers, which its rule does not read.

    Else a buffer filled in a loop of n writes would be kept in n versions.
    """
    big = [p is not None and type(x) is _ndarray and x.size > BIG for x, p in zip(raw, parents)]
    return [stand_in(x) if b else x for x, b in zip(raw, big)] if True in big else raw


def _settle(op: Op, args: tuple, raw: list, parents: list, live: bool) -> bool:
    """Prepare inputs that are not plain graph tensors: constants, values, pinned arrays."""
    floating: Any = None
    for i, x in enumerate(args):
        if isinstance(x, Value):
            live = live or modes.recording
            continue
        if isinstance(x, (list, tuple)):
            if _holds_nodes(x):
                t = Tensor(x)
                raw[i], parents[i] = t._data, t._node
                live = live or (t._node is not None and modes.recording)
            else:
                raw[i] = np.asarray(x)
        elif isinstance(x, np.generic):
            raw[i] = x.item()
        elif isinstance(x, Tensor) and type(x) is not Tensor:
            raw[i], parents[i] = current(x)._data, x._node
            live = live or (x._node is not None and modes.recording)
        dtype: Any = getattr(raw[i], "dtype", None)
        if dtype in _FLOAT and (floating is None or floating.itemsize < dtype.itemsize):
            floating = dtype
    for i, x in enumerate(args):
        if isinstance(x, Value):
            from .border import to_tensor

            t = to_tensor(x, floating)
            raw[i], parents[i] = t._data, t._node
            continue
        array = raw[i]
        if not isinstance(array, _ndarray):
            continue
        if array.dtype == object and _holds_nodes(array.ravel()):
            t = Tensor(array)
            raw[i], parents[i] = t._data, t._node
            live = live or (t._node is not None and modes.recording)
        elif op.promotes and floating is not None and array.dtype.kind in "iu":
            # NumPy would make float32 with int64 into float64.
            raw[i] = array.astype(floating)
        elif live and op.saves and (type(x) is not Tensor or x._pinned):
            # Somebody outside can write to this array before backward reads it.
            raw[i] = array.copy("K")
    return live


def _several(op: Op, raw: list, parents: list, params: dict, out: tuple, live: bool) -> Any:
    out = tuple(np.asarray(x) for x in out)
    if not live:
        return tuple(_handle(x, None) for x in out)
    node = TensorNode(op, tuple(parents), tuple(raw), params, out)
    return tuple(
        _output(node, k) if x.dtype in _FLOAT else _handle(x, None) for k, x in enumerate(out)
    )


OUTPUT = Op(lambda x: x, name="output", doc="One output of an op that has several.")


def _output(node: TensorNode, k: int) -> Tensor:
    child = OutputNode(OUTPUT, (node,), (), {}, node.data[k])
    child.k = k
    return _handle(node.data[k], child)


def _mark_view(t: Tensor, args: tuple, op: Op, params: dict) -> None:
    """Remember whose memory ``t`` shares, if an input's."""
    out = t._data
    for source in args:
        if isinstance(source, Tensor):
            held = source._data
            if out is held or out.base is held or (out.base is held.base and held.base is not None):
                if op.kind != "linear":
                    # Only a linear op can be undone to write through it.
                    t._data = out.copy("K")
                    if t._node is not None:
                        t._node.data = t._data
                    return
                t._base = (source, op, params, modes.recording)
                root = source
                while root._base is not None:
                    root = root._base[0]
                t._seen = root._version
                t._pinned = source._pinned
                big = held.size > BIG and held.size >= 4 * out.size
                if big and t._node is not None and out.flags.writeable and not t._pinned:
                    # A view by its base alone: a small part must not keep big memory alive.
                    t._data = t._node.data = out.copy("K")
                return


def _apply_watched(op: Op, args: tuple, raw: list, parents: list, params: dict, live: bool) -> Any:
    """Record while somebody watches: ``detect_anomaly``, ``scope`` or ``checkpoint``."""
    with np.errstate(all="ignore" if modes.anomaly else None):
        out = op.forward(*raw, **params)
    line = user_line() if modes.lines else None
    if modes.anomaly:
        from .anomaly import check_value

        assert line is not None  # both are set by ``detect_anomaly``
        for x in out if op.multiple else (out,):
            check_value(op, x, line)
    if op.multiple:
        ts = _several(op, raw, parents, params, out, live)
    else:
        out = np.asarray(out)
        live = live and (not params or out.dtype.kind == "f")
        node = TensorNode(op, tuple(parents), tuple(raw), params, out) if live else None
        ts = (_handle(out, node),)
        if out.base is not None or out is raw[0]:
            _mark_view(ts[0], args, op, params)
    if modes.tape is not None:
        made = tuple(t._data for t in ts)
        modes.tape.op(op, args, raw, params, made if op.multiple else made[0])
    for t in ts:
        for node in (t._node, *(t._node.parents if op.multiple and t._node is not None else ())):
            if node is not None:
                node.line = line
                if modes.created is not None:
                    modes.created.append(node)
    return ts if op.multiple else ts[0]


def _transposed_jvp(op: Any, tangents: Sequence[Any], out: Any, args: tuple, params: dict) -> Any:
    """The jvp of an op that declares only a vjp: the transpose of the vjp, linear in ``g``.

    <t, vjp(g)> differentiated with respect to g is the jvp at t.
    """
    outs = out if op.multiple else (out,)
    with enable_grad():
        # Integer outputs, such as an order, have no tangent.
        cotangents = tuple(
            _handle(zero, TensorNode(None, (), (), {}, zero) if zero.dtype in _FLOAT else None)
            for zero in (np.zeros_like(plain_array(x)) for x in outs)
        )
        g = cotangents if op.multiple else cotangents[0]
        pulled = op.vjp(g, out, args, params, tangents)
        roots = {
            current(ct)._node: t
            for ct, t in zip(pulled, tangents)
            if t is not None and isinstance(ct, Tensor) and ct._node is not None
        }
        targets = [c._node for c in cotangents]
        order = topological(roots)
        within, _ = reaching(order, [n for n in targets if n is not None])
        lift = any(isinstance(x, (Tensor, Value)) for x in (*tangents, *args))
        found = pull(
            order, roots, within=within, lift=lift, keep=[n for n in targets if n is not None]
        )
    result = tuple(
        found[node] if node in found else np.zeros_like(plain_array(x))
        for node, x in zip(targets, outs)
    )
    return Parts(enumerate(result)) if op.multiple else result[0]


FACES[Tensor] = _FACE = Face(2, apply, plain_array)
