"""``vectorize``: run a function written for one example on a whole batch at once.

Inside, each batched argument is a ``Batch``: a tensor whose first axis the function does not see.
Elementwise ops act on the whole tensor; ops with an ``axis`` have it counted from the end, where
the hidden axis does not matter; a few others have a rule below; and whatever remains runs example
by example, slower and as right. So nothing has to be declared twice for an op to be vectorized.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .array_methods import ArrayMethods
from .containers import flatten
from .errors import describe
from .modes import modes
from .op import FACES, Elementwise, Face, Op, plain
from .ops import shape as _s
from .ops.join import stack
from .tensor import Tensor
from .value import Value

__all__ = ["Batch", "vectorize"]


class Unbatchable(TypeError):
    """What a batch cannot do at once; the function is then run example by example."""


def _bitwise(ufunc: Any) -> Any:
    """For masks, which are plain arrays outside a batch and have these operators there."""

    def method(self: Batch, other: Any) -> Any:
        return self._compare(other, ufunc)

    return method


class Batch(ArrayMethods):
    """One example, standing for all: arithmetic, NumPy functions and ``Value``'s methods work."""

    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return tuple(self.inner.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        """Dtype of the elements."""
        return self.inner.dtype

    @property
    def ndim(self) -> int:
        """Number of axes of one example."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements of one example."""
        return int(np.prod(self.shape))

    def __bool__(self) -> bool:
        raise Unbatchable("a branch on the value of an example")

    def __float__(self) -> float:
        raise Unbatchable("the number of one example")

    __int__ = __index__ = item = numpy = __float__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise Unbatchable("the array of one example")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise Unbatchable("item assignment")

    def __repr__(self) -> str:
        return f"Batch(of {len(self.inner)} examples of shape {self.shape})"

    def _compare(self, other: Any, ufunc: Any) -> Batch:
        x, y = _aligned((self, other))
        return Batch(ufunc(plain(x), plain(y)))

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, np.less)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, np.less_equal)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, np.greater)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, np.greater_equal)

    def __eq__(self, other: object) -> Any:
        return self._compare(other, np.equal)

    def __ne__(self, other: object) -> Any:
        return self._compare(other, np.not_equal)

    __and__ = __rand__ = _bitwise(np.bitwise_and)
    __or__ = __ror__ = _bitwise(np.bitwise_or)
    __xor__ = __rxor__ = _bitwise(np.bitwise_xor)

    def __invert__(self) -> Batch:
        return Batch(~plain(self.inner))

    __hash__ = object.__hash__


def _aligned(args: Sequence[Any]) -> list[Any]:
    """Whole-batch operands whose example axes line up at the end."""
    depth = max(len(getattr(x, "shape", ())) for x in args)
    out = []
    for x in args:
        if isinstance(x, Batch):
            inner = x.inner
            missing = depth - x.ndim
            if missing:
                inner = inner.reshape((inner.shape[0], *(1,) * missing, *x.shape))
            out.append(inner)
        else:
            out.append(x)
    return out


def _full(x: Any, n: int) -> Any:
    """Any operand with the batch axis in front."""
    if isinstance(x, Batch):
        return x.inner
    if not hasattr(x, "shape"):
        x = x if isinstance(x, Value) else np.asarray(x)
    if isinstance(x, Value):
        x = Tensor(x)
    return _s.broadcast_to(x, (n, *x.shape))


def _apply(op: Op, args: tuple, params: dict) -> Any:
    n = next(len(x.inner) for x in args if isinstance(x, Batch))
    if isinstance(op, Elementwise):
        return Batch(op(*_aligned(args), **params))
    rule = _RULES.get(op.name)
    if rule is not None:
        result = rule(op, args, params, n)
        if result is not None:
            return Batch(result)
    if "axis" in params and op.arity == 1:
        result = _along_axis(op, args[0], params)
        if result is not None:
            return result
    return _one_by_one(op, args, params, n)


def _one_by_one(op: Op, args: tuple, params: dict, n: int) -> Any:
    results = [
        op(*[x.inner[k] if isinstance(x, Batch) else x for x in args], **params) for k in range(n)
    ]
    if op.multiple:
        return tuple(Batch(stack(list(parts))) for parts in zip(*results, strict=True))
    return Batch(stack(results))


def _from_end(axis: Any, ndim: int) -> Any:
    if isinstance(axis, (tuple, list)):
        return tuple(_from_end(a, ndim) for a in axis)
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return axis - ndim if axis >= 0 else axis


def _along_axis(op: Op, x: Batch, params: dict) -> Any:
    axis = params["axis"]
    others = [v for k, v in params.items() if k != "axis"]
    if x.ndim == 0 or any(isinstance(v, (tuple, list, np.ndarray)) for v in others):
        return None
    if axis is not None:
        axis = _from_end(axis, x.ndim)
    elif op.name in _MANY_AXES:
        axis = tuple(range(-x.ndim, 0))
    else:
        return None
    result = op(x.inner, **{**params, "axis": axis})
    return tuple(Batch(r) for r in result) if op.multiple else Batch(result)


_MANY_AXES = {"sum", "mean", "max", "min", "prod", "var", "std", "logsumexp"}


def _getitem(op: Op, args: tuple, params: dict, n: int) -> Any:
    index = params["index"]
    items = index if isinstance(index, tuple) else (index,)
    if any(isinstance(i, (Batch, list, np.ndarray)) for i in items):
        return None
    return op(args[0].inner, index=(slice(None), *items))


def _reshape(op: Op, args: tuple, params: dict, n: int) -> Any:
    x = args[0]
    shape = params["shape"]
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if -1 in shape:
        known = int(np.prod([s for s in shape if s != -1]))
        shape = tuple(x.size // known if s == -1 and known else s for s in shape)
    if params.get("order", "C") != "C":
        return None
    return op(x.inner, **{**params, "shape": (n, *shape)})


def _transpose(op: Op, args: tuple, params: dict, n: int) -> Any:
    x = args[0]
    axes = params["axes"] if params["axes"] is not None else tuple(range(x.ndim))[::-1]
    return op(x.inner, axes=(0, *(a % x.ndim + 1 for a in axes)))


def _broadcast_to(op: Op, args: tuple, params: dict, n: int) -> Any:
    x = args[0]
    shape = params["shape"]
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    inner = x.inner.reshape((n, *(1,) * (len(shape) - x.ndim), *x.shape))
    return op(inner, shape=(n, *shape))


def _joined(op: Op, args: tuple, params: dict, n: int) -> Any:
    axis = params["axis"]
    if axis is None:
        return None
    full = [_full(x, n) for x in args]
    ndim = full[0].ndim - 1 + (op.name == "stack")
    return op(*full, axis=_from_end(axis, ndim))


def _matmul(op: Op, args: tuple, params: dict, n: int) -> Any:
    x, y = args
    if params or not len(x.shape) or not len(y.shape):
        return None
    if len(x.shape) == 1 and len(y.shape) == 1:
        a, b = _full(x, n), _full(y, n)
        return (a * b).sum(axis=-1)
    if len(x.shape) == 1:
        a, b = _full(x, n), _full(y, n) if isinstance(y, Batch) else y
        lead = (1,) * (len(y.shape) - 2)
        out = op(a.reshape((n, *lead, 1, a.shape[-1])), b)
        return out.reshape(tuple(out.shape[:-2]) + (out.shape[-1],))
    if len(y.shape) == 1:
        a, b = (_full(x, n) if isinstance(x, Batch) else x), _full(y, n)
        lead = (1,) * (len(x.shape) - 2)
        out = op(a, b.reshape((n, *lead, b.shape[-1], 1)))
        return out.reshape(tuple(out.shape[:-1]))
    depth = max(len(x.shape), len(y.shape))
    wide = [
        z.inner.reshape((n, *(1,) * (depth - z.ndim), *z.shape)) if isinstance(z, Batch) else z
        for z in (x, y)
    ]
    return op(*wide)


def _same(op: Op, args: tuple, params: dict, n: int) -> Any:
    return op(args[0].inner, **params)


_RULES: dict[str, Callable[[Op, tuple, dict, int], Any]] = {
    "getitem": _getitem,
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "concatenate": _joined,
    "stack": _joined,
    "matmul": _matmul,
    "astype": _same,
    "copy": _same,
}


def _operate(op: Op, x: Any, other: Any) -> Any:
    """``x op= other``: all examples are written to, and whatever is a view of them sees it."""
    inner, other = _aligned((x, other))
    if inner is not x.inner or not isinstance(inner, Tensor):
        raise Unbatchable("an in-place write that needs another shape")
    FACES[Tensor].operate(op, inner, other)
    return x


def _no_plain(x: Batch) -> Any:
    raise Unbatchable("the array of one example")


_face = FACES[Batch] = Face(3, _apply, _no_plain)
_face.operate = _operate


def vectorize(
    f: Callable[..., Any], in_axes: int | Sequence[int | None] | None = 0
) -> Callable[..., Any]:
    """Lift a function written for one example over a batch.

    Parameters
    ----------
    f : callable
        Written for one example: scalars in the manner of ``Value``, or small tensors.
    in_axes : int, None, or sequence of these
        For each positional argument the axis that holds the examples; ``None`` for arguments that
        all examples share. Nested containers of arrays take one axis for all their leaves.

    Returns
    -------
    callable
        Takes batches; returns ``f``'s result with the examples along a new first axis. It records
        like any function, so it may be differentiated, and may be used inside other transforms.

    Raises
    ------
    ValueError
        If batched arguments hold different numbers of examples.

    Notes
    -----
    A function that branches on an example's value, writes to items, or differentiates inside
    (``vectorize(grad(f))`` gives per-example gradients) is run again example by example: slower,
    with the same result. Write choices with :func:`autograd.where` to keep it fast.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import vectorize
    >>> def neuron(w, x):
    ...     return (w[0] * x[0] + w[1] * x[1]).tanh()
    >>> w, xs = np.array([0.5, -1.0]), np.array([[1.0, 0.5], [2.0, 0.0]])
    >>> vectorize(neuron, in_axes=(None, 0))(w, xs)
    array([0.        , 0.76159416])
    """

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        axes: tuple[Any, ...] = (
            tuple(in_axes) if isinstance(in_axes, (list, tuple)) else (in_axes,) * len(args)
        )
        if len(axes) != len(args):
            raise ValueError(f"in_axes has {len(axes)} entries for {len(args)} arguments")
        entered = [
            None if axis is None else _Argument(x, axis, k)
            for k, (x, axis) in enumerate(zip(args, axes, strict=True))
        ]
        counts = {n for e in entered if e is not None for n in e.counts}
        if not counts:
            raise ValueError("vectorize needs at least one batched argument (in_axes not None)")
        if len(counts) > 1:
            raise ValueError(
                f"the batched arguments hold different numbers of examples: {sorted(counts)}"
            )
        n = counts.pop()
        try:
            call = [x if e is None else e.whole() for x, e in zip(args, entered, strict=True)]
            leaves, tree = flatten(f(*call, **kwargs))
            return tree.build([_leave(x, n) for x in leaves])
        except Unbatchable as reason:
            if not n:
                raise ValueError(
                    f"a batch of no examples cannot be run one by one, which {reason} asks for"
                ) from None
            results = [
                flatten(
                    f(
                        *[
                            x if e is None else e.example(k)
                            for x, e in zip(args, entered, strict=True)
                        ],
                        **kwargs,
                    )
                )
                for k in range(n)
            ]
        tree = results[0][1]
        columns = zip(*[leaves for leaves, _ in results], strict=True)
        return tree.build([_gather(list(column)) for column in columns])

    return wrapped


class _Argument:
    """A batched argument: its leaves as tensors with the examples in front."""

    def __init__(self, x: Any, axis: int, k: int) -> None:
        leaves, self.tree = flatten(x)
        self.leaves = []
        for leaf in leaves:
            if isinstance(leaf, Batch):
                raise Unbatchable("a batch within a batch")
            if not isinstance(leaf, Tensor):
                leaf = Tensor(leaf)
            ndim = len(leaf.shape)
            if not -ndim <= axis < ndim:
                raise ValueError(
                    f"argument {k} has no axis {axis} to take examples from: it is {describe(leaf)}"
                )
            if axis % ndim:
                order = list(range(ndim))
                order.insert(0, order.pop(axis))
                leaf = _s.transpose(leaf, tuple(order))
            self.leaves.append(leaf)
        self.counts = {leaf.shape[0] for leaf in self.leaves}

    def whole(self) -> Any:
        """All examples at once."""
        return self.tree.build([Batch(leaf) for leaf in self.leaves])

    def example(self, k: int) -> Any:
        """One example; a value where it is a single number."""
        parts = [leaf[k] for leaf in self.leaves]
        return self.tree.build([p if p.ndim else p.to_values() for p in parts])


def _leave(x: Any, n: int) -> Any:
    return _plain_unless_recorded(x.inner if isinstance(x, Batch) else _full(x, n))


def _gather(results: list) -> Any:
    if any(type(x) in FACES for x in results):
        return _plain_unless_recorded(Tensor(results))
    return np.array(results)


def _plain_unless_recorded(x: Any) -> Any:
    if modes.tape is not None or not isinstance(x, Tensor) or x.requires_grad:
        return x
    return x.numpy()
