"""Where ``Value`` and ``Tensor`` meet: gradients cross both ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .graph import Parts
from .modes import modes
from .op import FACES, Op, plain
from .ops.join import stack, stack_op
from .tensor import Tensor, TensorNode, _handle, current
from .value import Value

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["Item", "apply_to_arrays", "from_nested", "to_tensor", "to_values"]


class _Collect(Op):
    """Values become the elements of a tensor."""

    kind = "linear"

    def vjp(self, g: Any, out: Any, args: tuple, params: dict, wanted: Sequence[Any]) -> list:
        flat = _elements(g)
        return [
            None if want is None else flat[k]
            for k, want in zip(params["where"], wanted, strict=True)
        ]

    def jvp(self, tangents: Sequence[Any], out: Any, args: tuple, params: dict) -> Any:
        flat: list[Any] = [0.0] * params["size"]
        for k, t in zip(params["where"], tangents, strict=True):
            if t is not None:
                flat[k] = t
        if any(isinstance(t, Value) for t in flat):
            return from_nested(flat, out.dtype).reshape(params["shape"])
        return np.array(flat, dtype=out.dtype).reshape(params["shape"])


class _Spread(Op):
    """The elements of a tensor become values."""

    kind = "linear"


collect = _Collect(lambda *xs: xs, name="collect", label="stack", doc="Values into a tensor.")
spread = _Spread(lambda x: x, name="spread", label="unstack", doc="A tensor into values.")


class SpreadNode(TensorNode):
    """A tensor about to fall into values; gathers their cotangents."""

    __slots__ = ()

    def pull(self, g: Any, wanted: Sequence[Any], lift: bool) -> Sequence[Any]:
        flat: list[Any] = [0.0] * self.data.size
        for k, part in g.items():
            flat[k] = part
        if lift:
            return (from_nested(flat, self.data.dtype).reshape(self.data.shape),)
        return (np.array(flat, dtype=self.data.dtype).reshape(self.data.shape),)

    def push(self, tangents: Sequence[Any], lift: bool) -> Any:
        return _elements(tangents[0])


def _elements(x: Any) -> list[Any]:
    """The elements in one list: values if ``x`` is in a graph, else floats.

    A value made of a constant would look like a leaf that somebody waits for.
    """
    if isinstance(x, Tensor) and current(x)._node is not None:
        return _flatten(x.to_values())
    return np.ravel(plain(x)).tolist()


class Item(Value):
    """One element of a tensor, as a value."""

    __slots__ = ("k",)

    k: int

    @property
    def parents(self) -> Any:
        return (self.a,)

    def pull(self, g: Any, wanted: Sequence[Any], lift: bool) -> Sequence[Any]:
        return (Parts({self.k: g}),)

    def push(self, tangents: Sequence[Any], lift: bool) -> Any:
        return tangents[0][self.k]


def to_values(t: Tensor) -> Any:
    """The elements of ``t`` as values in nested lists of its shape, in the same graph."""
    if modes.tape is not None:
        modes.tape.refuse("to_values()")
    current(t)
    data, node = t._data, t._node
    if node is None or not modes.recording:
        items: list[Any] = [Value(x) for x in data.ravel().tolist()]
    else:
        hub = SpreadNode(spread, (node,), (data,), {}, data)
        items = []
        for k, x in enumerate(data.ravel().tolist()):
            v = Item(x)
            v._by = spread
            v.a = hub
            # Only a sign that there is something behind it: the scalar walk finds no counter
            # on the hub and leaves the graph to the general walk.
            v.da = 1.0
            v.k = k
            items.append(v)
        if modes.created is not None:
            modes.created += [hub, *items]
    return _nest(items, data.shape)


def to_tensor(value: Value, dtype: DTypeLike | None = None) -> Tensor:
    """A value as a 0-d tensor in the same graph."""
    return _collected([value], (), np.dtype(dtype or np.float64))


def from_nested(items: Any, dtype: DTypeLike | None = None) -> Tensor:
    """Nested lists of values, numbers and tensors as one tensor in the same graph."""
    if isinstance(items, Tensor):
        return items
    if isinstance(items, Value):
        return to_tensor(items, dtype)
    flat, shape, regular = _measure(items)
    if not regular:
        raise ValueError(
            "cannot make a tensor from nested lists of unequal lengths; pad them to one length"
        )
    tensors = [x for x in flat if isinstance(x, (Tensor, np.ndarray))]
    if not tensors:
        return _collected(flat, shape, np.dtype(dtype or np.float64))
    shapes = {tuple(x.shape) for x in tensors}
    if len(shapes) > 1:
        raise ValueError(f"cannot stack tensors of different shapes {sorted(shapes)}")
    made = stack(flat).reshape(shape + shapes.pop())
    return made if dtype is None else made.astype(dtype)


def apply_to_arrays(op: Op, args: tuple, params: dict) -> Any:
    """Run an op that needs arrays on arguments of which some are values and none a tensor."""
    numbers = all(isinstance(x, (Value, float, int)) for x in args)
    if op is stack_op and numbers and params["axis"] in (0, -1):
        # All at once: going one by one, each would become a tensor of its own.
        return from_nested(list(args))
    return FACES[Tensor].apply(op, args, params)


def _collected(flat: Sequence[Any], shape: tuple[int, ...], dtype: np.dtype) -> Tensor:
    if modes.tape is not None:
        modes.tape.met_values()
    numbers = [x._data if isinstance(x, Value) else x for x in flat]
    data = np.array(numbers, dtype=dtype).reshape(shape)
    where = tuple(k for k, x in enumerate(flat) if isinstance(x, Value))
    if not where or not modes.recording:
        return _handle(data, None)
    parents = tuple(flat[k] for k in where)
    params = {"where": where, "size": len(flat), "shape": shape}
    node = TensorNode(collect, parents, (None,) * len(parents), params, data)
    if modes.created is not None:
        modes.created.append(node)
    return _handle(data, node)


def _measure(items: Any) -> tuple[list, tuple[int, ...], bool]:
    """Flatten nested lists; their shape, and whether they are regular."""
    shape: list[int] = []
    level = [items]
    while level and all(isinstance(x, (list, tuple)) for x in level):
        lengths = {len(x) for x in level}
        if len(lengths) != 1:
            return [], (), False
        shape.append(lengths.pop())
        level = [y for x in level for y in x]
    regular = not any(isinstance(x, (list, tuple)) for x in level)
    return level, tuple(shape), regular


def _nest(items: list, shape: tuple[int, ...]) -> Any:
    for n in reversed(shape[1:]):
        items = [items[i : i + n] for i in range(0, len(items), n)] if n else []
    return items if shape else items[0]


def _flatten(items: Any) -> list:
    if not isinstance(items, list):
        return [items]
    while items and isinstance(items[0], list):
        items = [y for x in items for y in x]
    return items
