"""How each kind of op becomes scalar ops.

An operand is an integer array of cell numbers in its shape; ``NOTHING`` marks an element that is
zero by construction, such as padding, and so is the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...border import collect
from ...graph import topological
from ...modes import enable_grad
from ...op import Elementwise
from ...tensor import Tensor
from .cells import Cells, Overflow
from .products import WORK, products

__all__ = ["NOTHING", "expand"]

NOTHING = -1


def expand(cells: Cells, node: Any, operands: Sequence[Any], output: int | None = None) -> Any:
    """Enter the scalars of a node's result.

    Parameters
    ----------
    cells : Cells
        Where they go.
    node : TensorNode
        What was recorded.
    operands : sequence of integer arrays
        The cells of its operands.
    output : int, optional
        Which output, of an op that has several.

    Returns
    -------
    integer array
        The cells of the result, in its shape.
    """
    op: Any = node.op
    data = node.data if output is None else node.data[output]
    if op is collect:
        return _collected(cells, node, operands)
    if isinstance(op, Elementwise):
        return _elementwise(cells, node, operands)
    if op.kind == "linear" or (op.kind == "multilinear" and len(operands) == 1):
        return _weighted(cells, node, operands)
    if op.kind == "bilinear" or (op.kind == "multilinear" and len(operands) == 2):
        return products(cells, node, operands)
    if op.reference is not None:
        made = _from_reference(cells, node, operands, output)
        if made is not None:
            return made
    return _opaque(cells, node, operands, output, data)


def _collected(cells: Cells, node: Any, operands: Sequence[Any]) -> Any:
    """Values that became a tensor: each is its element already."""
    made = np.full(node.data.size, NOTHING)
    made[list(node.params["where"])] = [int(x) for x in operands]
    for k in np.flatnonzero(made == NOTHING):
        made[k] = cells.constant(node.data.ravel()[k])
    return made.reshape(node.data.shape)


def _elementwise(cells: Cells, node: Any, operands: Sequence[Any]) -> Any:
    """One scalar op for each element; an operand that was broadcast is used several times."""
    op, out = node.op, np.asarray(node.data)
    used = [np.broadcast_to(_filled(cells, x), out.shape).ravel() for x in operands]
    locals_: list[Any] = []
    for i, parent in enumerate(node.parents):
        if parent is None:
            locals_.append([None] * out.size)
            continue
        with np.errstate(all="ignore"):
            d = np.asarray(op.local(i, node.data, node.args, node.params))
        locals_.append(np.broadcast_to(d.astype(float), out.shape).ravel().tolist())
    made = [
        cells.apply(op.name, op.label, y, [(int(x[k]), d[k]) for x, d in zip(used, locals_)])
        for k, y in enumerate(out.ravel().tolist())
    ]
    return np.array(made, dtype=int).reshape(out.shape)


def _filled(cells: Cells, operand: Any) -> Any:
    """An operand with a constant zero for what is nothing."""
    if (operand != NOTHING).all():
        return operand
    return np.where(operand == NOTHING, cells.constant(0.0), operand)


# Linear ops and opaque ones: from the vjp on unit vectors -----------------------------------------


def _rows(node: Any, output: int | None, wanted: Sequence[Any]) -> Any:
    """For each element of the result its derivatives, a flat array for each operand.

    They are the rows of the Jacobian: the vjp of unit vectors.
    """
    outs = node.data if output is not None else (node.data,)
    data = np.asarray(outs[output or 0])
    args = _floating(node.args, node.parents) if node.op.kind == "linear" else node.args
    if data.size * max((np.size(x) for x in args), default=0) > WORK:
        raise Overflow(data.size)
    for k in range(data.size):
        unit = np.zeros(data.shape, data.dtype)
        unit.reshape(-1)[k] = 1
        g: Any = unit
        if output is not None:
            g = tuple(unit if i == output else np.zeros_like(x) for i, x in enumerate(outs))
        with np.errstate(all="ignore"):
            cts = node.op.vjp(g, node.data, args, node.params, wanted)
        yield k, [None if c is None else np.asarray(c, dtype=float).ravel() for c in cts]


def _floating(args: Sequence[Any], parents: Sequence[Any]) -> list[Any]:
    """The inputs of a linear op, with constants of whole numbers as floats: coefficients need not
    be whole."""
    return [
        x if p is not None else np.asarray(x, None if np.asarray(x).dtype.kind == "f" else float)
        for x, p in zip(args, parents)
    ]


def _weighted(cells: Cells, node: Any, operands: Sequence[Any]) -> Any:
    """Each element a weighted sum of elements; of one alone, unchanged, it is that element."""
    op, out = node.op, np.asarray(node.data)
    flat = [np.ravel(x) for x in operands]
    values = out.ravel()
    made = np.full(out.size, NOTHING)
    for k, rows in _rows(node, None, [True] * len(operands)):
        into: list[tuple[int, Any]] = []
        for row, used in zip(rows, flat):
            for i in np.flatnonzero(row):
                if used[i] != NOTHING:
                    into.append((int(used[i]), float(row[i])))
        if len(into) == 1 and into[0][1] == 1.0:
            made[k] = into[0][0]
        elif into:
            made[k] = _sum(cells, op, values[k], into)
    return made.reshape(out.shape)


def _sum(cells: Cells, op: Any, value: Any, into: list[tuple[int, Any]]) -> int:
    """A weighted sum; constants have no derivative, and their weight is written beside."""
    terms = []
    for source, weight in into:
        if cells.at(source).kind != "constant":
            terms.append((source, weight))
        elif weight == 1.0:
            terms.append((source, None))
        else:
            terms.append((cells.constant(weight * cells.at(source).value), None))
    return cells.apply(op.name, op.label, value, terms)


def _opaque(cells: Cells, node: Any, operands: Sequence[Any], output: int | None, data: Any) -> Any:
    """Each element of the result with its derivatives, and nothing of what is between."""
    op, out = node.op, np.asarray(data)
    flat = [np.ravel(x) for x in operands]
    wanted = node.parents
    fixed = [
        cells.constant(x) if np.ndim(x) == 0 else _whole(cells, x)
        for x, p in zip(node.args, node.parents)
        if p is None
    ]
    made = []
    for k, rows in _rows(node, output, wanted):
        into: list[tuple[int, Any]] = []
        left_out = 0
        for row, used in zip(rows, flat):
            if row is None:
                continue
            there = (row != 0) & (used != NOTHING)  # NaN is there
            left_out += int(used.size - np.count_nonzero(there))
            into += [(int(used[i]), float(row[i])) for i in np.flatnonzero(there)]
        into += [(c, None) for c in fixed]
        made.append(cells.apply(op.name, op.label, out.ravel()[k], into))
        cells.opaque[made[-1]] = left_out
    return np.array(made, dtype=int).reshape(out.shape)


def _whole(cells: Cells, x: Any) -> int:
    """A constant array in one piece: which of its elements an opaque op reads is not known."""
    k = cells.constant(0.0)
    cells.all[k].value = np.asarray(x)
    return k


# A fused op, by what it is short for --------------------------------------------------------------


def _from_reference(cells: Cells, node: Any, operands: Sequence[Any], output: int | None) -> Any:
    """A fused op, as the ops it is declared to stand for; ``None`` where they fall short of it.

    As they do beside infinities, which the op has ways around.
    """
    inputs = [
        x if p is None else Tensor(x, requires_grad=True) for x, p in zip(node.args, node.parents)
    ]
    params = {k: v for k, v in node.params.items() if k != "kept"}
    with enable_grad(), np.errstate(all="ignore"):
        result = node.op.reference(*inputs, **params)
    if output is not None:
        result = result[output]
    elif not _agrees(node, inputs, result):
        return None
    known: dict[Any, Any] = {
        x._node: cells_of for x, cells_of, p in zip(inputs, operands, node.parents) if p is not None
    }
    for inner in reversed(topological([result._node])):
        if inner in known or inner.op.multiple:
            continue
        which = getattr(inner, "k", None)
        made = inner if which is None else inner.parents[0]
        parts = [
            cells.array(x, "constant") if p is None else known[p]
            for x, p in zip(made.args, made.parents)
        ]
        known[inner] = expand(cells, made, parts, which)
    return known[result._node]


def _agrees(node: Any, inputs: Sequence[Any], result: Any) -> bool:
    """Whether the reference gives the op's result, and its gradients for some cotangent."""
    g = np.linspace(1, 2, result.size, dtype=result.dtype).reshape(result.shape)
    with np.errstate(all="ignore"):
        result.backward(g)
        ours = node.op.vjp(g, node.data, node.args, node.params, node.parents)
    pairs = [(node.data, result.data)]
    pairs += [(c, x.grad) for c, x, p in zip(ours, inputs, node.parents) if p is not None]
    return all(_near(a, b) for a, b in pairs)


def _near(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    size = float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))
    tolerance = float(np.finfo(a.dtype).eps) ** 0.5
    return np.allclose(a, b, rtol=tolerance, atol=tolerance * size, equal_nan=True)
