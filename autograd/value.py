"""``Value``: a float in the graph. One slotted object for each op, no cycles, no closures.

A node keeps its operands in two slots and, beside them, the local derivative with respect to each,
computed when the op is recorded. So the first-order reverse walk is a multiplication and an
addition for each edge, later changes of ``.data`` cannot spoil it, and every edge can be drawn with
its number. Higher orders run the op's rule again, on the nodes themselves.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .errors import describe
from .graph import Freed, Node, pull, pull_scalars, topological
from .modes import WATCH, fills_array, modes, no_fill, note_read, user_line
from .op import ARITHMETIC_ERRORS, FACES, Elementwise, Face, Op, gate, walking
from .ops import activations as _act
from .ops import arithmetic as _a
from .ops import elementwise as _e
from .protocols import call_function, call_ufunc
from .room import keep_room

__all__ = ["Value"]

_new = object.__new__
FREED = Op(lambda x: x, name="freed", label="freed", doc="What a released value's op becomes.")
_NO_PARENTS = Freed("this value")
_PLAIN = (float, int)


# Recording ----------------------------------------------------------------------------------


def _careful(op: Any, args: tuple) -> tuple[float, list]:
    """Result and partials where plain float arithmetic raised: with NumPy's inf and nan."""
    with np.errstate(all="ignore"):
        xs = tuple(np.float64(x) for x in args)
        inner, params = (op.op, op.params) if type(op) is Bound else (op, {})
        full = op.fill(xs) if type(op) is Bound else xs
        out = np.float64(inner.forward(*full, **params))
        partials = [op.local(i, out, xs, {}) for i in range(len(xs))]
        return float(out), [float(p) for p in partials]


def _record(op: Any, args: tuple) -> Any:
    """The general, slow way to run an op on values: modes, subclasses, odd constants."""
    if modes.tape is not None:
        modes.tape.met_values()
    xs = tuple(x._data if isinstance(x, Value) else x for x in args)
    inner, params = (op.op, op.params) if type(op) is Bound else (op, {})
    full = op.fill(xs) if type(op) is Bound else xs
    try:
        if inner.scalar is not None:
            out = inner.scalar(*full, **params)
        else:
            with np.errstate(all="ignore"):
                out = inner.forward(*full, **params)
        partials: list[Any] = [
            float(op.local(i, out, xs, {})) if isinstance(x, Value) else None
            for i, x in enumerate(args)
        ]
        out = float(out)
    except ARITHMETIC_ERRORS:
        out, partials = _careful(op, xs)
        partials = [
            p if isinstance(x, Value) else None for p, x in zip(partials, args, strict=True)
        ]
    if not modes.recording:
        note_read(args)
        return Value(out)
    v: Any = _new(TracedValue if modes.lines else Value)
    v._data = out
    v._by = op
    v.a = args[0]
    v.b = args[1] if len(args) > 1 else None
    v.da = partials[0]
    v.db = partials[1] if len(args) > 1 else None
    v.grad = 0.0
    v.n = 0
    v.label = None
    if modes.created is not None:
        modes.created.append(v)
    v.scope = modes.scope
    if modes.lines:
        v.line = user_line()
        if modes.anomaly and not np.isfinite(out):
            from .anomaly import value_error

            raise value_error(op.name, out, v.line)
    return v


def _named(method: Any, op: Elementwise) -> Any:
    method.__name__, method.__doc__ = op.name, op.__doc__
    return method


def _unary(op: Elementwise) -> Callable[[Any], Any]:
    scalar, partial = op.scalar, op.partials[0]
    if scalar is None or not callable(partial):
        return _named(lambda self: _record(op, (self,)), op)

    def method(self: Any) -> Any:
        if WATCH[0]:
            return _record(op, (self,))
        v = _new(Value)
        x = self._data
        try:
            v._data = out = scalar(x)
            v.da = partial(out, x)
        except ARITHMETIC_ERRORS:
            v._data, (v.da,) = _careful(op, (x,))
        v._by = op
        v.a = self
        v.b = None
        v.db = None
        v.grad = 0.0
        v.n = 0
        v.label = None
        return v

    return _named(method, op)


def _as_rule(partial: Any) -> Callable[..., Any]:
    return partial if callable(partial) else lambda *_: partial


def _binary(op: Elementwise) -> Callable[[Any, Any], Any]:
    """Closures for a binary op, fixed once: ``f(value, value or number)``."""
    scalar: Any = op.scalar
    p: Any = op.partials[0]
    q: Any = op.partials[1]
    if callable(p) or callable(q):
        p, q = _as_rule(p), _as_rule(q)

        def method(self: Any, other: Any) -> Any:
            if WATCH[0]:
                return _record_binary(op, self, other)
            x = self._data
            if type(other) is Value:
                v = _new(Value)
                y = other._data
                try:
                    v._data = out = scalar(x, y)
                    v.da = p(out, x, y)
                    v.db = q(out, x, y)
                except ARITHMETIC_ERRORS:
                    v._data, (v.da, v.db) = _careful(op, (x, y))
            elif type(other) in _PLAIN:
                v = _new(Value)
                try:
                    v._data = out = scalar(x, other)
                    v.da = p(out, x, other)
                except ARITHMETIC_ERRORS:
                    v._data, (v.da, _) = _careful(op, (x, other))
                v.db = None
            else:
                return _record_binary(op, self, other)
            v._by = op
            v.a = self
            v.b = other
            v.grad = 0.0
            v.n = 0
            v.label = None
            return v

    else:
        # Constant local derivatives (sums and differences) need no rule call.
        def method(self: Any, other: Any) -> Any:
            if WATCH[0]:
                return _record_binary(op, self, other)
            if type(other) is Value:
                v = _new(Value)
                v._data = scalar(self._data, other._data)
                v.db = q
            elif type(other) in _PLAIN:
                v = _new(Value)
                v._data = scalar(self._data, other)
                v.db = None
            else:
                return _record_binary(op, self, other)
            v.da = p
            v._by = op
            v.a = self
            v.b = other
            v.grad = 0.0
            v.n = 0
            v.label = None
            return v

    return _named(method, op)


def _reflected(op: Elementwise) -> Callable[[Any, Any], Any]:
    scalar: Any = op.scalar
    q: Any = op.partials[1]
    constant = not callable(q)

    def method(self: Any, other: Any) -> Any:
        if WATCH[0] or type(other) not in _PLAIN:
            number = _number(other)
            return _elsewhere(op, other, self) if number is None else _record(op, (number, self))
        v = _new(Value)
        y = self._data
        try:
            v._data = out = scalar(other, y)
            v.db = q if constant else q(out, other, y)
        except ARITHMETIC_ERRORS:
            v._data, (_, v.db) = _careful(op, (other, y))
        v._by = op
        v.a = other
        v.b = self
        v.da = None
        v.grad = 0.0
        v.n = 0
        v.label = None
        return v

    return method


def _record_binary(op: Elementwise, x: Any, y: Any) -> Any:
    if isinstance(y, Value):
        return _record(op, (x, y))
    number = _number(y)
    if number is None:
        return _elsewhere(op, x, y)
    return _record(op, (x, number))


def _number(x: Any) -> Any:
    """``x`` as a plain number, or ``None`` if it is not one."""
    if isinstance(x, (float, int)):
        return x if type(x) in _PLAIN else x.item() if isinstance(x, np.generic) else float(x)
    if isinstance(x, (np.floating, np.integer, np.bool_)):
        return x.item()
    return None


def _elsewhere(op: Op, x: Any, y: Any) -> Any:
    """An operand that is no number: arrays and tensors take over, anything else declines."""
    other = y if isinstance(x, Value) else x
    if isinstance(other, np.ndarray):
        return _tensor_apply(op, (x, y), {})
    return op(x, y) if type(other) in FACES else NotImplemented


def _tensor_apply(op: Op, args: tuple, params: dict) -> Any:
    from .border import apply_to_arrays

    return apply_to_arrays(op, args, params)


def _compare(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        if WATCH[0]:
            note_read(self)
        if isinstance(other, Value):
            return compare(self._data, other._data)
        number = _number(other)
        if number is not None:
            return compare(self._data, number)
        return compare(self._data, other) if isinstance(other, np.ndarray) else NotImplemented

    return method


# The node ---------------------------------------------------------------------------------


class Value(Node):
    """A scalar in a computation graph.

    Parameters
    ----------
    data : float
        The number. Integers become floats.
    label : str, optional
        The name shown in drawings.

    Attributes
    ----------
    data : float
        The number; assign to it to update a parameter.
    grad : float
        The derivative of whatever ``backward`` was called on; starts at 0 and accumulates.
    op : Op or None
        What made this node; ``None`` for a leaf.
    label : str or None

    Examples
    --------
    >>> from autograd import Value
    >>> x, w = Value(2.0), Value(-3.0)
    >>> y = (x * w + 10).tanh()
    >>> y.backward()
    >>> round(x.grad, 6), round(w.grad, 6)
    (-0.004023, 0.002682)
    """

    # ``scope`` is set in an open scope alone, and by layers on what they return.
    __slots__ = ("_data", "_by", "a", "b", "da", "db", "grad", "label", "n", "scope")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if Value in FACES:
            FACES[cls] = FACES[Value]

    def __init__(self, data: Any, label: str | None = None) -> None:
        if type(data) is not float:
            data = _as_float(data)
        self._data: float = data
        self._by: Any = None
        self.a: Any = None
        self.b: Any = None
        self.da: Any = None
        self.db: Any = None
        self.grad: Any = 0.0
        self.n = 0
        self.label = label

    # The graph -----------------------------------------------------------------------------

    @property
    def op(self) -> Op | None:
        """The op that made this node, ``None`` for a leaf."""
        return self._by

    @property
    def data(self) -> float:
        """The number this node holds."""
        if WATCH[0]:
            note_read(self)
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if WATCH[0]:
            note_read(self)
        self._data = data if type(data) is float else _as_float(data)

    @property
    def parents(self) -> Any:
        """The nodes this one was computed from, ``None`` in place of constants."""
        op = self._by
        if op is None:
            return ()
        if op is FREED:
            return _NO_PARENTS
        if op.arity == 1:
            return (self.a,)
        return (
            self.a if self.da is not None else None,
            self.b if self.db is not None else None,
        )

    @property
    def _prev(self) -> set[Node]:
        """The operands, as micrograd names them."""
        return {p for p in self.parents if p is not None}

    @property
    def _op(self) -> str:
        """The op's sign, as micrograd has it for its drawings; empty for a leaf."""
        return "" if self._by is None else self._by.label

    @property
    def closed(self) -> bool:
        """Whether this is the input of a transform that is over."""
        # A leaf has no other use for this slot.
        return self._by is None and self.da is not None

    @closed.setter
    def closed(self, closed: bool) -> None:
        self.da = 0.0 if closed else None

    def pull(self, g: Any, wanted: Sequence[Any], lift: bool) -> Sequence[Any]:
        if not lift:
            if len(wanted) == 1:
                return (self.da * g if g else 0.0,)
            return (
                (self.da * g if g else 0.0) if wanted[0] is not None else None,
                (self.db * g if g else 0.0) if wanted[1] is not None else None,
            )
        op, args = self._by, self._operands()
        return [
            None if want is None else _scaled(op, g, op.local(i, self, args, {}))
            for i, want in enumerate(wanted)
        ]

    def push(self, tangents: Sequence[Any], lift: bool) -> Any:
        if not lift:
            total: Any = 0.0
            for t, d in zip(tangents, (self.da, self.db), strict=False):
                if t is not None and t != 0.0:
                    total += d * t
            return total
        op, args = self._by, self._operands()
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                term = op.scale(t, op.local(i, self, args, {}))
                total = term if total is None else total + term
        return total

    def _operands(self) -> tuple:
        return (self.a,) if self._by.arity == 1 else (self.a, self.b)

    def backward(self, grad: float = 1.0, retain_graph: bool = True) -> None:
        """Compute the derivative of this value with respect to every node behind it.

        Derivatives are added to each node's ``grad``, so calling it twice accumulates.

        Parameters
        ----------
        grad : float
            The cotangent to start from.
        retain_graph : bool
            Keep the graph for drawing and further calls. ``False`` releases it at once.
        """
        if grad != 1.0 or WATCH[0] or not pull_scalars(self):
            backward_general(self, grad, not retain_graph)
        elif not retain_graph:
            for node in topological([self]):
                node.release()

    def deposit(self, g: Any, ours: bool) -> None:
        self.grad += g

    def release(self) -> None:
        if self._by is not None:
            self._by = FREED
            # An operand without an op sends the scalar walk to the general one, which explains.
            self.a = self.b = self.db = None
            self.da = 1.0

    # Arithmetic and functions, each from its op's one declaration ------------------------------

    __add__ = __radd__ = _binary(_a.add)
    __sub__ = _binary(_a.subtract)
    __rsub__ = _reflected(_a.subtract)
    __mul__ = __rmul__ = _binary(_a.multiply)
    __truediv__ = _binary(_a.divide)
    __rtruediv__ = _reflected(_a.divide)
    __pow__ = _binary(_a.power)
    __rpow__ = _reflected(_a.power)
    __mod__ = _binary(_a.remainder)
    __rmod__ = _reflected(_a.remainder)
    __floordiv__ = _binary(_a.floor_divide)
    __rfloordiv__ = _reflected(_a.floor_divide)
    __neg__ = _unary(_a.negative)
    __pos__ = _unary(_a.positive)
    __abs__ = abs = _unary(_a.absolute)
    __lt__ = _compare(operator.lt)
    __le__ = _compare(operator.le)
    __gt__ = _compare(operator.gt)
    __ge__ = _compare(operator.ge)
    __eq__ = _compare(operator.eq)
    __ne__ = _compare(operator.ne)
    exp = _unary(_e.exp)
    log = _unary(_e.log)
    log1p = _unary(_e.log1p)
    expm1 = _unary(_e.expm1)
    sqrt = _unary(_e.sqrt)
    sin = _unary(_e.sin)
    cos = _unary(_e.cos)
    tan = _unary(_e.tan)
    tanh = _unary(_e.tanh)
    sinh = _unary(_e.sinh)
    cosh = _unary(_e.cosh)
    arctan = _unary(_e.arctan)
    sigmoid = _unary(_act.sigmoid)
    relu = _unary(_act.relu)
    min = _binary(_a.minimum)
    max = _binary(_a.maximum)

    def leaky_relu(self, negative_slope: float = 0.01) -> Value:
        """``x`` where positive, ``negative_slope * x`` elsewhere."""
        return _act.leaky_relu(self, negative_slope)

    def softplus(self, beta: float = 1.0) -> Value:
        """``log(1 + exp(beta * x)) / beta``, a smooth relu."""
        return _act.softplus(self, beta=beta)

    __hash__ = object.__hash__

    # np.ones(3) * v and np.exp(v) keep the graph, as v * np.ones(3) does.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call_function(func, args, kwargs)

    def __bool__(self) -> bool:
        if WATCH[0]:
            note_read(self)
        return self._data != 0.0

    def __float__(self) -> float:
        if fills_array():
            raise no_fill("v.data")
        modes.emptied = True
        return self._data

    def __int__(self) -> int:
        if WATCH[0]:
            note_read(self)
        return int(self._data)

    def __round__(self, ndigits: int | None = None) -> Value:
        return _e.round(self, ndigits or 0)

    def __format__(self, spec: str) -> str:
        if WATCH[0]:
            note_read(self)
        return format(self._data, spec) if spec else repr(self)

    def item(self) -> float:
        """The number, out of the graph."""
        if WATCH[0]:
            note_read(self)
        return self._data

    def zero_grad(self) -> None:
        """Set ``grad`` back to 0."""
        self.grad = 0.0

    def detach(self) -> Value:
        """A new leaf with the same number and no history."""
        if WATCH[0]:
            note_read(self)
        return Value(self._data)

    def draw(self, **options: Any) -> Any:
        """Draw the graph behind this value; options as for :func:`autograd.viz.draw`."""
        from .viz import draw

        return draw(self, **options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from .viz import mimebundle

        return mimebundle(self)

    def __str__(self) -> str:
        if WATCH[0]:
            note_read(self)
        return repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}, grad={self.grad!r}{label})"


def _scaled(op: Any, g: Any, p: Any) -> Any:
    """Cotangent times local derivative, on nodes; 0 x inf is 0, as in the walk over floats."""
    product = op.scale(g, p)
    return product if product == product else gate(g, p)


class TracedValue(Value):
    """A value that also keeps the line that called its op: ``detect_anomaly``, ``scope``."""

    __slots__ = ("line",)


class Bound:
    """An elementwise op with some inputs and parameters fixed, as a value's op.

    ``leaky_relu(x, 0.1)`` and ``where(mask, x, y)`` have more arguments than a value has operand
    slots; the constant ones are kept here.
    """

    __slots__ = ("args", "arity", "op", "params", "where")

    def __init__(self, op: Elementwise, args: tuple, params: dict, where: tuple[int, ...]) -> None:
        self.op = op
        self.args = args
        self.params = params
        self.where = where
        self.arity = len(where)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.op, name)

    def __reduce__(self) -> Any:
        return Bound, (self.op, self.args, self.params, self.where)

    def fill(self, xs: Sequence[Any]) -> tuple:
        """The op's full inputs with ``xs`` in place of the values."""
        full = list(self.args)
        for i, x in zip(self.where, xs, strict=True):
            full[i] = x
        return tuple(full)

    def local(self, i: int, out: Any, args: tuple, params: dict) -> Any:
        """The local derivative with respect to the ``i``-th value."""
        return self.op.local(self.where[i], out, self.fill(args), self.params)


def _as_float(data: Any) -> float:
    if isinstance(data, Value):
        raise TypeError(
            "Value(Value) would cut the graph; use the value itself, or .detach() for a new leaf"
        )
    if isinstance(data, (str, bytes)) or data is None:
        raise TypeError(f"a Value holds one number, got {describe(data)}")
    try:
        return float(data)
    except TypeError as error:
        raise TypeError(
            f"a Value holds one number, got {describe(data)}; use Tensor for arrays"
        ) from error


def apply(op: Op, args: tuple, params: dict) -> Any:
    """Run ``op`` on arguments of which at least one is a value and none a tensor."""
    if not isinstance(op, Elementwise):
        return _tensor_apply(op, args, params)
    values = tuple(i for i, x in enumerate(args) if isinstance(x, Value))
    numbers = [x if isinstance(x, Value) else _number(x) for x in args]
    if any(x is None for x in numbers):
        return _tensor_apply(op, args, params)
    for i in values:
        if op.partials[i] is None:
            note_read(numbers[i])
            numbers[i] = numbers[i]._data
    values = tuple(i for i in values if op.partials[i] is not None)
    if op.arity == 1 and not params and values:
        if op.on_values is None:
            op.on_values = _unary(op)
        return op.on_values(numbers[0])
    if op.arity == 2 and not params and values:
        return _record(op, tuple(numbers))
    if not values:
        return op.run(tuple(float(x) for x in numbers), params)
    if len(values) > 2:
        return _tensor_apply(op, args, params).to_values()
    bound = Bound(
        op, tuple(None if i in values else x for i, x in enumerate(numbers)), params, values
    )
    return _record(bound, tuple(numbers[i] for i in values))


# Reverse walk over graphs that the scalar walk declines ----------------------------------------


def backward_general(root: Any, grad: Any, free: bool = False) -> None:
    """Reverse walk over any graph from ``root``, filling ``grad`` of the nodes it meets."""
    check: Any = None
    if modes.anomaly:
        from .anomaly import check_gradient

        check = check_gradient
    add = None if modes.tape is None else modes.tape.add
    order = topological([root])
    if free:
        keep_room(x.data for x in order if not isinstance(x, Value))
    with walking():
        pull(order, {root: grad}, deposit=True, free=free, check=check, add=add)


FACES[Value] = FACES[TracedValue] = Face(1, apply, operator.attrgetter("_data"))
