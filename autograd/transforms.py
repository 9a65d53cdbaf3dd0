"""Functions into their derivatives: ``grad``, ``vjp``, ``jvp``, ``jacobian``, ``hessian``, ``hvp``.

A transform gives the function fresh nodes in place of its arguments, lets it record, and walks the
graph. Derivatives are taken with respect to those very nodes, never to "the variable x" by name or
level, so nested transforms cannot mix up their perturbations: d/dx (x * d/dy (x + y)) is 1.

When an argument, or anything the function closes over, is itself a node that records, the rules run
on nodes and the result can be differentiated again. Otherwise plain arrays and floats come out.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .containers import flatten
from .errors import NotDifferentiableError, describe
from .graph import Node, pull, push, reaching, topological
from .modes import enable_grad, modes
from .op import walking
from .ops.arithmetic import positive
from .room import keep_room
from .tensor import InputNode, Tensor, _handle, current
from .value import Value
from .vectorize import Batch, Unbatchable

__all__ = [
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
]


class _Inputs:
    """One argument of a function, as fresh nodes."""

    def __init__(self, argument: Any, name: str, copy: bool = False) -> None:
        self.leaves, self.tree = flatten(argument)
        self.handles: list[Any] = []
        self.nested = False
        for leaf in self.leaves:
            self.handles.append(self._enter(leaf, name, copy))

    def _enter(self, leaf: Any, name: str, copy: bool) -> Any:
        if isinstance(leaf, (Value, Tensor)):
            if isinstance(leaf, Value) or leaf.requires_grad:
                self.nested = True
                return positive(leaf)
            if modes.tape is not None and leaf.dtype.kind == "f":
                return _enter_array(positive(leaf)._data)
            leaf = current(leaf)._data
        if isinstance(leaf, np.ndarray) and not leaf.dtype.isnative:
            leaf = leaf.astype(leaf.dtype.newbyteorder("="))
        if isinstance(leaf, (float, np.floating)) and not isinstance(leaf, np.ndarray):
            return (
                Value(float(leaf))
                if isinstance(leaf, (float, np.float64))
                else _enter_array(np.asarray(leaf))
            )
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f":
            if modes.tape is not None:
                return _enter_array(Tensor(leaf)._data)
            return _enter_array(leaf.copy("K") if copy else leaf)
        if isinstance(leaf, (bool, int, np.integer, np.bool_)) or (
            isinstance(leaf, np.ndarray) and leaf.dtype.kind in "iub"
        ):
            raise NotDifferentiableError(
                f"{name} holds {describe(leaf)}: a derivative needs floating-point inputs, since "
                "integers cannot change by a little. Pass 3.0 for 3, or array.astype(float)"
            )
        if isinstance(leaf, Batch):
            raise Unbatchable("a derivative inside a batch")
        raise NotDifferentiableError(
            f"{name} holds {describe(leaf)}, which is no number or array; choose the arguments to "
            "differentiate with argnums, or close over this one with functools.partial"
        )

    @property
    def nodes(self) -> list[Node]:
        """The nodes derivatives are taken with respect to."""
        return [_node(h) for h in self.handles]

    def argument(self) -> Any:
        """The argument to call the function with."""
        return self.tree.build(self.handles)

    def zeros(self, i: int) -> Any:
        """A zero of the ``i``-th leaf's kind."""
        h = self.handles[i]
        return 0.0 if isinstance(h, Value) else np.zeros_like(h._data)


def _enter_array(array: np.ndarray) -> Tensor:
    return _handle(array, InputNode(None, (), (), {}, array))


def _node(x: Any) -> Any:
    return x if isinstance(x, Value) else current(x)._node


def _as_output(x: Any) -> Any:
    """An output leaf as a node, or as a plain number if nothing leads to it."""
    if isinstance(x, (Value, Tensor, float, int, np.ndarray, np.generic)):
        return x
    if isinstance(x, Batch):
        raise Unbatchable("a derivative inside a batch")
    raise TypeError(
        f"a function to differentiate returns numbers, arrays or nodes (or containers of them), "
        f"got {describe(x)}"
    )


def _strip(x: Any) -> Any:
    """A node's plain number or array."""
    if isinstance(x, Value):
        return x._data
    if isinstance(x, Tensor):
        data = current(x)._data
        return data
    return x


class _Trace:
    """A function's graph from fresh inputs to outputs, ready to be walked."""

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        argnums: Sequence[int],
        kwargs: dict,
        has_aux: bool = False,
        copy: bool = False,
    ) -> None:
        name = getattr(f, "__name__", "f")
        outer = modes.recording
        with enable_grad():
            self.inputs = [_Inputs(args[i], f"argument {i} of {name}()", copy) for i in argnums]
            call = list(args)
            for i, entered in zip(argnums, self.inputs, strict=True):
                call[i] = entered.argument()
            # In-place writes move a handle on; derivatives belong to where it started.
            self.targets: list[Any] = [n for entered in self.inputs for n in entered.nodes]
            emptied, modes.emptied = modes.emptied, False
            result = f(*call, **kwargs)
            emptied, modes.emptied = modes.emptied, emptied
            self.aux: Any = None
            if has_aux:
                if not (isinstance(result, tuple) and len(result) == 2):
                    raise TypeError(
                        f"with has_aux=True, {name}() returns a pair (output, aux); "
                        f"it returned {describe(result)}"
                    )
                result, self.aux = result
            outputs, self.tree = flatten(result)
            self.outputs = [_as_output(x) for x in outputs]
        roots = [_node(x) for x in self.outputs if _differentiable(x)]
        self.order = topological(roots)
        for target in self.targets:
            if target.op is None:
                target.closed = True
        self.within, self.opened = reaching(self.order, self.targets)
        if emptied and self.targets and not any(n in self.within for n in roots):
            # Else float(x)**2 and math.sin(x) would have a derivative of 0 without a word.
            raise NotDifferentiableError(
                f"{name}() turned a node into a plain number with float() or a function of the "
                "math module, and its result does not depend on its arguments any more. Use "
                "autograd's or NumPy's functions (np.sin(x) for math.sin(x)), or x.item() if the "
                "number is meant to be constant"
            )
        nested = any(entered.nested for entered in self.inputs)
        self.outer = outer
        self.nested = outer and (nested or any(n in self.within for n in self.opened))
        # While a function is captured derivatives are computed on nodes, so that they are recorded.
        self.taped = modes.tape is not None and not self.nested

    def value(self, copy: bool = False) -> Any:
        """The function's result."""
        leaves = [self._outward(x, self.opened) for x in self.outputs]
        if copy:
            leaves = [x.copy() if isinstance(x, np.ndarray) else x for x in leaves]
        return self.tree.build(leaves)

    def aux_value(self) -> Any:
        """The auxiliary result."""
        leaves, tree = flatten(self.aux)
        roots = [_node(x) for x in leaves if _differentiable(x)]
        _, opened = reaching(topological(roots), self.targets)
        return tree.build([self._outward(x, opened) for x in leaves])

    def _outward(self, x: Any, opened: set[Any]) -> Any:
        """A result for the caller: a node if it leads to anything outside, else plain."""
        if self.outer and _differentiable(x) and _node(x) in opened:
            return x
        return x.detach() if modes.tape is not None and isinstance(x, Tensor) else _strip(x)

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """Cotangents of the inputs' leaves, given the outputs'."""
        lift = self.nested or self.taped or any(isinstance(c, (Value, Tensor)) for c in cotangents)
        seeds: dict[Node, Any] = {}
        for x, c in zip(self.outputs, cotangents, strict=True):
            if _differentiable(x) and (node := _node(x)) in self.within:
                seeds[node] = seeds[node] + c if node in seeds else c
        keep_room((x.data for x in self.order if not isinstance(x, Value)), spare=4)
        with walking(), enable_grad():
            found = pull(self.order, seeds, within=self.within, lift=lift, keep=self.targets)
        results = []
        k = 0
        for entered in self.inputs:
            for i in range(len(entered.handles)):
                ct = found.get(self.targets[k])
                if self.taped and isinstance(ct, Tensor):
                    ct = ct.detach()
                results.append(_finish(ct if lift else _strip(ct), entered, i))
                k += 1
        return results

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Tangents of the outputs, given those of the inputs' leaves."""
        lift = self.nested or self.taped or any(isinstance(t, (Value, Tensor)) for t in tangents)
        known = {n: t for n, t in zip(self.targets, tangents, strict=True) if t is not None}
        with walking(), enable_grad():
            found = push([n for n in self.order if n in self.within], known, lift)
        results = []
        for x in self.outputs:
            t = found.get(_node(x)) if _differentiable(x) else None
            if t is None:
                t = 0.0 if isinstance(x, (Value, float, int)) else np.zeros_like(_strip(x))
            elif self.taped and isinstance(t, Tensor):
                t = t.detach()
            elif not lift:
                t = float(t) if isinstance(x, Value) else np.asarray(t)
            results.append(t)
        return results

    def split(self, leaves: list[Any]) -> list[Any]:
        """Leaves of all inputs as one container for each argument."""
        arguments = []
        start = 0
        for entered in self.inputs:
            n = len(entered.handles)
            arguments.append(entered.tree.build(leaves[start : start + n]))
            start += n
        return arguments


def _differentiable(x: Any) -> bool:
    return isinstance(x, Value) or (isinstance(x, Tensor) and x.requires_grad)


def _finish(ct: Any, entered: _Inputs, i: int) -> Any:
    if ct is None:
        return entered.zeros(i)
    if isinstance(ct, (Value, Tensor)):
        return ct
    if isinstance(entered.handles[i], Value):
        return float(ct)
    return np.array(ct)


def _check_function(f: Any, name: str) -> None:
    if not callable(f):
        raise TypeError(
            f"{name} takes a function, as in {name}(f)(x), got {describe(f)}. For the gradient of "
            "what is computed already, call its .backward()"
        )


def _numbers(argnums: int | Sequence[int]) -> tuple[int, ...]:
    if isinstance(argnums, int):
        return (argnums,)
    if isinstance(argnums, (list, tuple)) and all(isinstance(i, int) for i in argnums):
        return tuple(argnums)
    raise TypeError(
        f"argnums is the position of an argument, or a tuple of positions; got {describe(argnums)}"
    )


def _check_argnums(argnums: tuple[int, ...], args: tuple, name: str) -> tuple[int, ...]:
    for i in argnums:
        if not -len(args) <= i < len(args):
            raise TypeError(
                f"{name}: argnums={i}, but the function was given {len(args)} arguments"
            )
    numbers = tuple(i % len(args) for i in argnums)
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"{name}: argnums={argnums} names an argument twice")
    return numbers


def _scalar_output(trace: _Trace, name: str) -> Any:
    if len(trace.outputs) != 1 or trace.tree.kind != "leaf":
        if not trace.outputs:
            raise TypeError(
                f"{name} needs a function that returns one number; it returned none: is its "
                "`return` missing?"
            )
        raise TypeError(
            f"{name} needs a function that returns one number; it returned a container of "
            f"{len(trace.outputs)}. Use vjp or jacobian, or has_aux=True for extra results"
        )
    x = trace.outputs[0]
    if isinstance(x, (Tensor, np.ndarray)) and x.size != 1:
        raise TypeError(
            f"{name} needs a function that returns one number; it returned shape {x.shape}. "
            "Sum or average it, or use jacobian or vjp"
        )
    return x


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Make a function that returns ``f``'s value together with its gradient.

    Parameters
    ----------
    f : callable
        Returns one number (or, with ``has_aux``, a pair of it and anything else).
    argnums : int or sequence of int
        Which positional arguments to differentiate; each may be a nested container.
    has_aux : bool
        Whether ``f`` returns ``(value, aux)``; the result is then ``((value, aux), gradient)``.

    Returns
    -------
    callable
        ``(*args, **kwargs) -> (value, gradient)``; the gradient has the argument's structure, and
        is a tuple when ``argnums`` is a sequence.

    Raises
    ------
    NotDifferentiableError
        (a ``TypeError``) for integer arguments.
    TypeError
        If ``f`` returns anything but one number.

    Examples
    --------
    >>> from autograd import value_and_grad
    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    _check_function(f, "grad")
    numbers = _numbers(argnums)

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        trace = _Trace(f, args, _check_argnums(numbers, args, "grad"), kwargs, has_aux)
        x = _scalar_output(trace, "grad")
        one = np.ones_like(current(x)._data) if isinstance(x, Tensor) else 1.0
        gradients = trace.split(trace.pull([one]))
        gradient = gradients[0] if isinstance(argnums, int) else tuple(gradients)
        value = trace.value()
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        return ((value, trace.aux_value()), gradient) if has_aux else (value, gradient)

    return wrapped


def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Make a function that returns the gradient of ``f``.

    Parameters
    ----------
    f, argnums, has_aux
        As for :func:`value_and_grad`; with ``has_aux`` the result is ``(gradient, aux)``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> grad(np.sin)(0.0)
    1.0
    >>> grad(grad(grad(np.sin)))(0.0)
    -1.0
    >>> grad(lambda p: (p["w"] * 3.0 + p["b"]) ** 2)({"w": 1.0, "b": 2.0})
    {'w': 30.0, 'b': 10.0}
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return wrapped


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Reverse mode: ``f(*primals)`` and a function that pulls cotangents back.

    Returns
    -------
    value : any
        ``f(*primals)``.
    pull : callable
        ``pull(cotangent) -> tuple`` with one cotangent for each primal. May be called repeatedly.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import vjp
    >>> value, pull = vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    trace = _Trace(f, primals, range(len(primals)), {}, copy=True)

    def pull_back(cotangent: Any) -> tuple:
        leaves, tree = flatten(cotangent)
        if not tree.same(trace.tree):
            raise TypeError("the cotangent must have the structure of the function's result")
        checked = [_match(c, x, "cotangent") for c, x in zip(leaves, trace.outputs, strict=True)]
        return tuple(trace.split(trace.pull(checked)))

    # What pull_back reads shall not change with what the caller does to the value.
    return trace.value(copy=True), pull_back


def _match(c: Any, x: Any, what: str) -> Any:
    """A user's cotangent or tangent, of the shape and dtype of what it belongs to."""
    if isinstance(x, (Value, float, int)):
        if isinstance(c, (Value, float)):
            return c
        if isinstance(c, Tensor):
            return c.to_values()
        if np.size(c) != 1:
            raise ValueError(f"the {what} of a number is a number, got {describe(c)}")
        return float(np.asarray(c).reshape(()))
    if isinstance(c, Value):
        from .border import to_tensor

        c = to_tensor(c, x.dtype)
    if not isinstance(c, Tensor):
        c = np.asarray(c, dtype=x.dtype)
    if tuple(c.shape) != tuple(x.shape):
        raise ValueError(
            f"the {what} of an array of shape {tuple(x.shape)} has the same shape, got "
            f"{tuple(c.shape)}"
        )
    return c


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Forward mode: ``f(*primals)`` and its derivative in the direction ``tangents``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jvp
    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("jvp takes primals and tangents as tuples: jvp(f, (x,), (t,))")
    if len(primals) != len(tangents):
        raise ValueError(f"jvp got {len(primals)} primals and {len(tangents)} tangents")
    trace = _Trace(f, tuple(primals), range(len(primals)), {})
    flat: list[Any] = []
    for entered, tangent in zip(trace.inputs, tangents, strict=True):
        leaves, tree = flatten(tangent)
        if not tree.same(entered.tree):
            raise TypeError("each tangent must have the structure of its primal")
        flat += [_match(t, h, "tangent") for t, h in zip(leaves, entered.handles, strict=True)]
    value = trace.value()
    return value, trace.tree.build(trace.push(flat))


def _basis(x: Any) -> Any:
    """Unit cotangents (or tangents) for every element of ``x``."""
    if isinstance(x, (Value, float, int)):
        yield 1.0
        return
    for k in range(x.size):
        # C order, so that the flat view below is a view.
        e = np.zeros_like(_strip(x), order="C")
        e.reshape(-1)[k] = 1.0
        yield e


def _shape(x: Any) -> tuple[int, ...]:
    return () if isinstance(x, (Value, float, int)) else tuple(x.shape)


def _assemble(rows: list[Any], shape: tuple[int, ...]) -> Any:
    """Stack derivative pieces into one array, in the graph if they are nodes."""
    if any(isinstance(r, (Value, Tensor)) for r in rows):
        from .border import from_nested

        return from_nested(rows).reshape(shape)
    if shape == ():
        return rows[0]
    return np.array(rows).reshape(shape)


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make a function that returns all partial derivatives of ``f``'s outputs.

    Reverse or forward mode is chosen by whichever needs fewer walks.

    Returns
    -------
    callable
        The result has the structure of the output, each leaf replaced by the argument's
        structure, with arrays of shape ``output.shape + input.shape``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jacobian
    >>> jacobian(lambda x: x[0] * x)(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    """
    _check_function(f, "jacobian")
    numbers = _numbers(argnums)

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        chosen = _check_argnums(numbers, args, "jacobian")
        trace = _Trace(f, args, chosen, kwargs)
        handles = [h for entered in trace.inputs for h in entered.handles]
        n_in = sum(int(np.prod(_shape(h))) for h in handles)
        n_out = sum(int(np.prod(_shape(x))) for x in trace.outputs)
        blocks = (_by_rows if n_out <= n_in else _by_columns)(trace, handles)
        per_output = []
        for row in blocks:
            arguments = trace.split(row)
            per_output.append(arguments[0] if isinstance(argnums, int) else tuple(arguments))
        return trace.tree.build(per_output)

    return wrapped


def _by_rows(trace: _Trace, handles: list[Any]) -> list[list[Any]]:
    """Reverse mode: one walk for each output element."""
    blocks = []
    for j, x in enumerate(trace.outputs):
        pulled = []
        for e in _basis(x):
            seeds = [
                e
                if k == j
                else (np.zeros_like(z) if isinstance(z := _strip(y), np.ndarray) else 0.0)
                for k, y in enumerate(trace.outputs)
            ]
            pulled.append(trace.pull(seeds))
        blocks.append(
            [
                _assemble([p[i] for p in pulled], _shape(x) + _shape(h))
                if pulled
                else np.zeros(_shape(x) + _shape(h), getattr(h, "dtype", None))
                for i, h in enumerate(handles)
            ]
        )
    return blocks


def _by_columns(trace: _Trace, handles: list[Any]) -> list[list[Any]]:
    """Forward mode: one walk for each input element."""
    columns: list[list[list[Any]]] = [[[] for _ in handles] for _ in trace.outputs]
    for i, h in enumerate(handles):
        for e in _basis(h):
            tangents = [e if k == i else None for k in range(len(handles))]
            for j, t in enumerate(trace.push(tangents)):
                columns[j][i].append(t)
    blocks = []
    for j, x in enumerate(trace.outputs):
        row = []
        for i, h in enumerate(handles):
            block = _assemble(columns[j][i], _shape(h) + _shape(x))
            outs, ins = len(_shape(x)), len(_shape(h))
            if outs and ins:
                axes = tuple(range(ins, ins + outs)) + tuple(range(ins))
                block = block.transpose(axes)
            row.append(block)
        blocks.append(row)
    return blocks


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Make a function that returns the second derivatives of a scalar ``f``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Make a function ``(x, v) -> H(x) v`` without forming the Hessian ``H`` of a scalar ``f``.

    Forward over reverse (Pearlmutter 1994): the derivative of the gradient in the direction ``v``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import hvp
    >>> hvp(lambda x: (x**3).sum())(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    gradient = grad(f)

    @functools.wraps(f)
    def wrapped(x: Any, v: Any) -> Any:
        return jvp(gradient, (x,), (v,))[1]

    return wrapped
