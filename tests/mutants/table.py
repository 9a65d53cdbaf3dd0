"""Wrong rules: mistakes of the kind that people make, each in one op.

A rule is written as its author would have written it, or as the difference from the right one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd.op import plain, where
from autograd.ops.index import getitem
from autograd.ops.reduce import expand

from .mutant import Mutant
from .plant import Plant, edit, made, rules
from .ways import forward, gradients, second_order

__all__ = ["RULES"]

M = np.array([[0.5, -1.25, 2.0], [0.75, 1.5, -0.375]])
POSITIVE = np.abs(M)
INSIDE = 0.25 * M
SQUARE = np.array([[3.0, 0.5, -0.25], [0.75, 2.5, 1.0], [-0.5, 0.25, 4.0]])
SPD = np.array([[4.0, 0.5, 1.0], [0.5, 3.0, -0.75], [1.0, -0.75, 5.0]])
V = np.array([0.5, -1.5, 2.25])
W = np.array([1.25, 0.75, -0.5])
LONG = np.linspace(0.1, 3.0, 1000)
STACK = np.stack([SQUARE, SQUARE.T - 1.0])
THREE = np.arange(1.0, 13.0).reshape(2, 3, 2) / 8
LABELS = np.array([2, 0])


def between(op: Callable[..., Any]) -> Callable[..., Any]:
    """The op in the middle of a computation, with ops before and after it."""

    def program(x: Any, *others: Any) -> Any:
        y = op(x * 1.0, *others)
        return (y * 1.5).sum() + np.mean(x)

    return program


def rule(
    name: str,
    op: str,
    plant: Plant,
    program: Callable[..., Any],
    *inputs: Any,
    way: Any = gradients,
) -> Mutant:
    return Mutant(name, "rule", op, plant, program, inputs, way)


def partials(op: str, *wrong: Any) -> Plant:
    """Other local derivatives; ``None`` for those that stay."""
    return rules(op, partials=made(lambda o: _mixed(wrong, o.partials)))


def _mixed(wrong: tuple, right: tuple) -> tuple:
    return tuple(r if w is None else w for w, r in zip(wrong, right, strict=True))


def vjp(op: str, change: Callable[..., list]) -> Plant:
    """The whole rule wrapped: ``change(right, g, out, args, params, wanted)``."""
    return rules(op, vjp=made(lambda o: _wrapped(o.vjp, change)))


def _wrapped(right: Any, change: Callable[..., list]) -> Callable[..., list]:
    return lambda *call: change(right, *call)


def cotangents(op: str, change: Callable[[Any], Any]) -> Plant:
    """Every cotangent changed."""

    def all_of(right: Any, *call: Any) -> list:
        return [None if ct is None else change(ct) for ct in right(*call)]

    return vjp(op, all_of)


# Elementwise ----------------------------------------------------------------------------------

ELEMENTWISE = [
    rule(
        "tanh' = 1 - y",
        "tanh",
        partials("tanh", lambda out, x: 1 - out),
        between(np.tanh),
        M,
    ),
    rule(
        "sigmoid' = y where it is y (1 - y)",
        "sigmoid",
        partials("sigmoid", lambda out, x: out),
        between(ag.sigmoid),
        M,
    ),
    rule(
        "sigmoid' = y only where y is small",
        "sigmoid",
        partials("sigmoid", lambda out, x: where(plain(out) < 1e-3, out, out * (1 - out))),
        between(ag.sigmoid),
        np.array([0.5, -8.0, 1.0]),
    ),
    rule(
        "sqrt' = 1 / y, the half forgotten",
        "sqrt",
        partials("sqrt", lambda out, x: 1 / out),
        between(np.sqrt),
        POSITIVE,
    ),
    rule(
        "sqrt' cut off near 0",
        "sqrt",
        partials("sqrt", lambda out, x: 0.5 / (out + 1e-6)),
        between(np.sqrt),
        np.array([1e-6, 0.5]),
    ),
    rule(
        "exp2' without log 2",
        "exp2",
        partials("exp2", lambda out, x: out),
        between(np.exp2),
        M,
    ),
    rule(
        "cos' without its minus",
        "cos",
        partials("cos", lambda out, x: ag.sin(x)),
        between(np.cos),
        M,
    ),
    rule(
        "arctan' = 1 / (1 - x²)",
        "arctan",
        partials("arctan", lambda out, x: 1 / (1 - x * x)),
        between(np.arctan),
        M,
    ),
    rule(
        "square' = 2 y",
        "square",
        partials("square", lambda out, x: 2 * out),
        between(np.square),
        M,
    ),
    rule(
        "reciprocal' = -y",
        "reciprocal",
        partials("reciprocal", lambda out, x: -out),
        between(np.reciprocal),
        M,
    ),
    rule(
        "cbrt' with 2 for 3",
        "cbrt",
        partials("cbrt", lambda out, x: 1 / (2 * out * out)),
        between(np.cbrt),
        M,
    ),
    rule(
        "expm1' = y",
        "expm1",
        partials("expm1", lambda out, x: out),
        between(np.expm1),
        M,
    ),
    rule(
        "log1p' = 1 / x",
        "log1p",
        partials("log1p", lambda out, x: 1 / x),
        between(np.log1p),
        POSITIVE,
    ),
    rule(
        "log10' with a constant off by 1e-4",
        "log10",
        partials("log10", lambda out, x: 1 / (x * 2.3028)),
        between(np.log10),
        POSITIVE,
    ),
    rule(
        "sin' off by one part in a million",
        "sin",
        partials("sin", lambda out, x: 1.000001 * ag.cos(x)),
        between(np.sin),
        M,
    ),
    rule(
        "sinh' wrong only below -2.5",
        "sinh",
        partials("sinh", lambda out, x: ag.cosh(x) * np.where(plain(x) < -2.5, 1.1, 1.0)),
        between(np.sinh),
        np.array([0.5, -3.0, 1.0]),
    ),
    rule(
        "gelu with 0.044 for 0.044715",
        "gelu",
        edit("ops.activations:_gelu_partial", "(3 * GELU_CUBIC)", "(3 * 0.044)"),
        between(lambda x: ag.gelu(x, "tanh")),
        M,
    ),
    rule(
        "silu' without its second term",
        "silu",
        edit("ops.activations:_silu_partial", "s + out * (1 - s)", "s"),
        between(ag.silu),
        M,
    ),
    rule(
        "softplus' without beta",
        "softplus",
        partials("softplus", lambda out, x, beta: ag.sigmoid(x)),
        between(lambda x: ag.softplus(x, beta=2.0)),
        M,
    ),
    rule(
        "relu' open a little below 0",
        "relu",
        partials("relu", lambda out, x: x > -1.0),
        between(ag.relu),
        M,
    ),
    rule(
        "leaky relu' = 1 on both sides",
        "leaky_relu",
        partials("leaky_relu", lambda out, x, negative_slope: 1.0),
        between(lambda x: ag.leaky_relu(x, 0.2)),
        M,
    ),
    rule(
        "abs' = 1",
        "absolute",
        partials("absolute", 1.0),
        between(np.abs),
        M,
    ),
    rule(
        "clip's bounds swapped",
        "clip",
        rules("clip", partials=made(lambda o: (o.partials[0], o.partials[2], o.partials[1]))),
        lambda x, low, high: (ag.clip(x * 1.0, low, high) * 1.5).sum(),
        M,
        np.array(-1.0),
        np.array(1.0),
    ),
    rule(
        "clip open below",
        "clip",
        edit("ops.elementwise:_inside", "a >= low", "a > -np.inf"),
        between(lambda x: ag.clip(x, -1.0, 1.0)),
        M,
    ),
    rule(
        "a factor of 2 where gradients are 1e-7",
        "exp",
        partials("exp", lambda out, x: 2 * out),
        between(lambda x: np.exp(x - 16.0)),
        M,
    ),
    rule(
        "a wrong sign where outputs are 1e-6",
        "sin",
        partials("sin", lambda out, x: -ag.cos(x)),
        between(lambda x: np.sin(x * 1e-6)),
        M,
    ),
    rule(
        "one element of 1000 wrong",
        "log",
        partials("log", lambda out, x: (1 / x) * np.where(np.arange(1000) == 617, 1.1, 1.0)),
        between(np.log),
        LONG,
    ),
]

# Two operands ---------------------------------------------------------------------------------

BINARY = [
    rule(
        "subtract's second sign",
        "subtract",
        partials("subtract", None, 1.0),
        lambda x, y: np.tanh(x - y).sum(),
        M,
        V,
    ),
    rule(
        "multiply's operands swapped",
        "multiply",
        partials("multiply", lambda out, x, y: x, lambda out, x, y: y),
        lambda x, y: np.tanh(x * y).sum(),
        M,
        V,
    ),
    rule(
        "divide's second sign",
        "divide",
        partials("divide", None, lambda out, x, y: out / y),
        lambda x, y: np.tanh(x / y).sum(),
        M,
        V,
    ),
    rule(
        "divide's second without the quotient",
        "divide",
        partials("divide", None, lambda out, x, y: -1 / (y * y)),
        lambda x, y: np.tanh(x / y).sum(),
        M,
        V,
    ),
    rule(
        "power's exponent without log",
        "power",
        edit("ops.arithmetic:_power_exponent", "out * log(where(x == 0, 1.0, x))", "out * 1.0"),
        lambda x, y: np.tanh(x**y).sum(),
        POSITIVE,
        V,
    ),
    rule(
        "power's base with y for y - 1",
        "power",
        edit("ops.arithmetic:_power_base", "where((y == 0) & (x == 0), 1.0, y - 1)", "y"),
        lambda x, y: np.tanh(x**y).sum(),
        POSITIVE,
        V,
    ),
    rule(
        "hypot's second = its first",
        "hypot",
        partials("hypot", None, lambda out, x, y: x / out),
        lambda x, y: np.tanh(np.hypot(x, y)).sum(),
        M,
        V,
    ),
    rule(
        "arctan2's second sign",
        "arctan2",
        partials("arctan2", None, lambda out, x, y: x / (x * x + y * y)),
        lambda x, y: np.tanh(np.arctan2(x, y)).sum(),
        M,
        V,
    ),
    rule(
        "remainder's divisor without its minus",
        "remainder",
        partials("remainder", None, lambda out, x, y: ag.floor_divide(x, y)),
        lambda x, y: np.tanh(x % y).sum(),
        np.array([2.5, 5.5]),
        np.array([0.75, 1.5]),
    ),
    rule(
        "logaddexp's weights swapped",
        "logaddexp",
        rules("logaddexp", partials=made(lambda o: o.partials[::-1])),
        lambda x, y: np.tanh(np.logaddexp(x, y)).sum(),
        M,
        V,
    ),
    rule(
        "minimum's sides swapped",
        "minimum",
        rules("minimum", partials=made(lambda o: o.partials[::-1])),
        lambda x, y: np.tanh(np.minimum(x, y)).sum(),
        M,
        W,
    ),
    rule(
        "maximum gives all to both at a tie",
        "maximum",
        edit("ops.arithmetic:_wins", "0.5 * mask_like", "mask_like"),
        lambda x: np.maximum(x, x * 1.0).sum(),
        M,
    ),
    rule(
        "where's branches swapped",
        "where",
        rules("where", partials=made(lambda o: (None, o.partials[2], o.partials[1]))),
        lambda x, y: np.tanh(ag.where(M > 0, x, y)).sum(),
        M,
        V,
    ),
    rule(
        "a broadcast axis sliced where it should be summed",
        "add",
        edit("op:fit", "ct = ct.sum(axis=axes)", "ct = ct[tuple([0] * lead)]"),
        lambda x, y: np.tanh(x + y).sum(),
        M,
        V,
    ),
    rule(
        "a broadcast summed over one axis of two",
        "multiply",
        edit(
            "op:fit",
            "ct = ct.sum(axis=axes)",
            "ct = ct.sum(axis=axes[:1])[tuple([0] * (len(axes) - 1))]",
        ),
        lambda x, y: np.tanh(x * y).sum(),
        THREE,
        np.array([0.5, 1.25]),
    ),
    rule(
        "a length of one repeated is averaged",
        "add",
        edit("op:fit", "ct.sum(axis=axes)", "ct.mean(axis=axes)"),
        lambda x, y: np.tanh(x + y).sum(),
        M,
        M[:, :1],
    ),
]

# Folding axes ---------------------------------------------------------------------------------

FOLDING = [
    rule(
        "sum's axis off by one",
        "sum",
        edit("ops.reduce:kept_shape", "axis %= len(shape)", "axis = (axis + 1) % len(shape)"),
        lambda x: np.tanh(x.sum(axis=0)).sum(),
        SQUARE,
    ),
    rule(
        "keepdims lost: the axis does not come back",
        "sum",
        edit("ops.reduce:spread", "expand(g, x, axis, False)", "g"),
        lambda x: np.tanh(0.25 * x.sum(axis=1)).sum(),
        SQUARE,
    ),
    rule(
        "a negative axis read without its sign",
        "sum",
        edit("ops.reduce:kept_shape", "axis %= len(shape)", "axis = abs(axis) % len(shape)"),
        lambda x: np.tanh(0.25 * x.sum(axis=-1)).sum(),
        STACK[:, :2, :2],
    ),
    rule(
        "mean without 1/n",
        "mean",
        edit("ops.reduce:_mean_transpose", "g / n if n else g", "g"),
        lambda x: np.tanh(x.mean(axis=0)).sum(),
        M,
    ),
    rule(
        "mean divided by the first length alone",
        "mean",
        edit("ops.reduce:_mean_transpose", "folded(a.shape, axis)", "a.shape[0]"),
        lambda x: np.tanh(x.mean()),
        M,
    ),
    rule(
        "prod by division: nan at a zero",
        "prod",
        rules(
            "prod",
            vjp_rules=lambda g, out, a, axis, dtype, keepdims: (
                expand(g, a, axis, keepdims) * (expand(out, a, axis, keepdims) / a)
            ),
        ),
        lambda x: np.prod(x + 1.0) * 1.5,
        np.array([0.5, -1.0, 2.0]),
    ),
    rule(
        "max gives its gradient to every element",
        "max",
        edit("ops.reduce:_shares", "mask = a == top", "mask = a <= top"),
        lambda x: np.tanh(x.max(axis=1)).sum(),
        M,
    ),
    rule(
        "max gives all to each of those that tie",
        "max",
        edit(
            "ops.reduce:_shares",
            "mask / _add(mask, axis=axis, dtype=a.dtype, keepdims=True)",
            "mask.astype(a.dtype)",
        ),
        lambda x: ag.stack([x, x * 1.0]).max(axis=0).sum(),
        M,
    ),
    rule(
        "max among other numbers than its own axis'",
        "max",
        edit("ops.reduce:_shares", "expand(out, a, axis, keepdims)", "out.max()"),
        lambda x: np.tanh(x.max(axis=1)).sum(),
        M,
    ),
    rule(
        "var divided by n where it is n - ddof, at n = 1000",
        "var",
        edit("ops.reduce:_centred", "1.0 / (n - lost)", "1.0 / n"),
        lambda x: np.tanh(ag.var(x, ddof=1)),
        LONG,
    ),
    rule(
        "var about 0",
        "var",
        edit("ops.reduce:_centred", "a - mean_of(a, axis, None, True)", "a"),
        lambda x: np.tanh(ag.var(x, axis=1)).sum(),
        M,
    ),
    rule(
        "std without its 1 / y",
        "std",
        edit("ops.reduce:_std_weights", "scale / out, a, axis", "scale + 0 * out, a, axis"),
        lambda x: np.tanh(ag.std(x, axis=1)).sum(),
        M,
    ),
    rule(
        "logsumexp hands its gradient to all",
        "logsumexp",
        edit(
            "ops.reduce:_exp_weights",
            "return exp(a - expand(out, a, axis, keepdims))",
            "return np.ones_like(plain(a))",
        ),
        lambda x: np.tanh(ag.logsumexp(x, axis=1)).sum(),
        M,
    ),
    rule(
        "softmax without the sum term",
        "softmax",
        edit("ops.reduce:_softmax_rule", "ty - y * (", "ty - 0.0 * y * ("),
        lambda x: (ag.softmax(x) * W).sum(),
        M,
    ),
    rule(
        "softmax's sum along the wrong axis",
        "softmax",
        edit("ops.reduce:_softmax_rule", "_add(ty, axis=axis,", "_add(ty, axis=0,"),
        lambda x: (ag.softmax(x, axis=1) * W).sum(),
        M,
    ),
    rule(
        "log softmax without exp",
        "log_softmax",
        rules(
            "log_softmax",
            vjp_rules=lambda g, out, a, axis: g - out * g.sum(axis=axis, keepdims=True),
        ),
        lambda x: (ag.log_softmax(x) * W).sum(),
        M,
    ),
    rule(
        "norm without its division",
        "root_of_sum",
        edit("ops.norms:_root_of_sum_vjp", "(g / safe) * x", "g * x"),
        lambda x: np.tanh(np.linalg.norm(x)),
        M,
    ),
    rule(
        "cumsum not reversed",
        "cumsum",
        edit(
            "ops.scan:_cumsum_transpose",
            "flip(cumsum(flip(g, axis), axis), axis)",
            "cumsum(g, axis)",
        ),
        lambda x: np.tanh(x.cumsum(axis=1)).sum(),
        M,
    ),
    rule(
        "cumprod's factor starts one too late",
        "cumprod",
        edit("ops.scan:_cumprod_vjp", "shift(a, -1, axis)", "a"),
        lambda x: np.tanh(ag.cumprod(x, axis=1)).sum(),
        M,
    ),
    rule(
        "diff's two ends swapped",
        "difference",
        edit(
            "ops.scan:_difference_transpose",
            "scatter(g, upper, a.shape) - scatter(g, lower, a.shape)",
            "scatter(g, lower, a.shape) - scatter(g, upper, a.shape)",
        ),
        lambda x: np.tanh(np.diff(x, axis=1)).sum(),
        M,
    ),
]

# Moving elements ------------------------------------------------------------------------------

MOVING = [
    rule(
        "sort's order not undone",
        "reorder",
        edit("ops.sorting:_inverse", "return inverse", "return order"),
        lambda x: (np.sort(x, axis=1) * W).sum(),
        np.array([[2.0, 0.5, 1.0], [1.0, 2.0, 0.5]]),
    ),
    rule(
        "transpose not undone",
        "transpose",
        edit("ops.shape:_inverse", "return tuple(np.argsort", "return tuple(np.asarray"),
        lambda x: (np.transpose(x, (1, 2, 0)) * np.cos(STACK[0])[:2, :2, None]).sum(),
        np.arange(1.0, 9.0).reshape(2, 2, 2),
    ),
    rule(
        "reshape in order F undone in order C",
        "reshape",
        rules("reshape", transpose=lambda g, a, shape, order: g.reshape(a.shape)),
        lambda x: (np.reshape(x, (3, 2), order="F") * M.reshape(3, 2)).sum(),
        M,
    ),
    rule(
        "flip along all axes for one",
        "flip",
        rules("flip", transpose=lambda g, m, axis: ag.flip(g)),
        lambda x: (np.flip(x, 1) * M).sum(),
        M,
    ),
    rule(
        "roll's shift not turned round",
        "roll",
        edit("ops.shape:_negative", "-shift", "shift"),
        lambda x: (np.roll(x, 1, axis=1) * M).sum(),
        M,
    ),
    rule(
        "repeated indices assigned where they are added",
        "getitem",
        edit("ops.index:_scatter", "np.add.at(out, index, g)", "out[index] = g"),
        lambda x: (x[np.array([0, 1, 0])] * SQUARE).sum(),
        M,
    ),
    rule(
        "an index's negative step taken forwards",
        "getitem",
        rules("getitem", transpose=lambda g, x, index: 1.0 * g),
        lambda x: np.tanh(x[::-1] * W).sum(),
        V,
    ),
    rule(
        "pad off by one",
        "scatter",
        rules(
            "scatter",
            transpose=lambda ct, g, index, shape: np.roll(getitem(plain(ct), index), 1, -1),
        ),
        lambda x: np.tanh(np.pad(x, 1) * np.arange(20.0).reshape(4, 5)).sum(),
        M,
    ),
    rule(
        "concatenate split in the wrong places",
        "concatenate",
        edit("ops.join:_split_back", "start += n", "start += n - 1"),
        lambda x, y: (np.concatenate([x, y]) * np.arange(5.0)).sum(),
        V,
        np.array([0.5, 2.0]),
    ),
    rule(
        "stack's parts in reverse",
        "stack",
        edit(
            "ops.join:_unstack_back",
            "k)] for k in range(len(arrays))",
            "k)] for k in reversed(range(len(arrays)))",
        ),
        lambda x, y: (np.stack([x, y]) * M).sum(),
        V,
        W,
    ),
    rule(
        "setitem keeps the gradient of what is overwritten",
        "setitem",
        edit("ops.index:_setitem_transpose", "setitem(g, np.zeros((), dtype=g.dtype), index)", "g"),
        lambda x, v: _written(x * 1.0, 1, v),
        M,
        W,
    ),
    rule(
        "setitem counts every one of repeated writes",
        "setitem",
        edit("ops.index:_setitem_transpose", "if not is_injective(index):", "if False:"),
        lambda x, v: _written(x * 1.0, np.array([0, 1, 0]), v),
        V,
        W,
    ),
    rule(
        "a write through a view forgets the value",
        "write_view",
        rules(
            "write_view",
            transpose=lambda g, x, v, op, params: (
                ag.ops.index.write_view(g, np.zeros(v.shape), op, params),
                0.0 * op(g, **params),
            ),
        ),
        lambda x, v: _written_through(x * 1.0, v),
        M,
        V[:2],
    ),
    rule(
        "windows that overlap overwrite one another",
        "sliding_window_view",
        edit("ops.shape:_fold", "out[place] +=", "out[place] ="),
        lambda x: np.tanh(np.lib.stride_tricks.sliding_window_view(x, 2)).sum(),
        V,
    ),
    rule(
        "the diagonal's offset lost",
        "diagonal",
        rules(
            "diagonal",
            transpose=lambda g, a, offset, axis1, axis2: _padded_diagonal(g, a.shape),
        ),
        lambda x: np.tanh(ag.diagonal(x, 1)).sum(),
        SQUARE,
    ),
    rule(
        "tril's k lost",
        "tril",
        rules("tril", transpose=lambda g, m, k: ag.tril(g)),
        lambda x: np.tanh(np.tril(x, -1)).sum(),
        SQUARE,
    ),
    rule(
        "a copy's gradient in float64",
        "copy",
        cotangents("copy", lambda ct: ct.astype(np.float64)),
        lambda x: ag.copy(x),
        M.astype(np.float32),
    ),
]


def _written(x: Any, index: Any, v: Any) -> Any:
    x[index] = v
    return np.tanh(x).sum()


def _written_through(x: Any, v: Any) -> Any:
    column = x[:, 1]
    column[...] = v
    return np.tanh(x).sum()


def _padded_diagonal(g: Any, shape: tuple) -> Any:
    out = np.zeros(shape)
    n = len(g)
    out[np.arange(n), np.arange(n)] = plain(g)
    return out


# Linear algebra and networks ------------------------------------------------------------------

PRODUCTS = [
    rule(
        "matmul's operand swapped",
        "matmul",
        edit("ops.linalg_products:_matmul_left", "product(g, y.T)", "product(y.T, g)"),
        lambda x, y: np.tanh(x @ y).sum(),
        SQUARE,
        SPD,
    ),
    rule(
        "matmul's transpose missing",
        "matmul",
        edit("ops.linalg_products:_matmul_right", "product(x.T, g)", "product(x, g)"),
        lambda x, y: np.tanh(0.25 * (x @ y)).sum(),
        SQUARE,
        SPD,
    ),
    rule(
        "matmul wrong for a vector on the left",
        "matmul",
        edit("ops.linalg_products:_matmul_left", "(y @ g.reshape", "(y.mT @ g.reshape"),
        lambda x, y: np.tanh(0.25 * (x @ y)).sum(),
        V,
        SQUARE,
    ),
    rule(
        "matmul wrong for two vectors",
        "matmul",
        edit("ops.linalg_products:_matmul_right", "fit(g * x, y)", "fit(g * y, y)"),
        lambda x, y: np.tanh(0.25 * (x @ y)),
        V,
        W,
    ),
    rule(
        "matmul of stacks: the shared matrix gets the first alone",
        "matmul",
        edit(
            "ops.linalg_products:_matmul_right",
            "return product(x.reshape((rows, x.shape[-1])).T, g.reshape((rows, g.shape[-1])))",
            "return product(x[0].T, g[0])",
        ),
        lambda x, y: np.tanh(0.25 * (x @ y)).sum(),
        STACK,
        SQUARE,
    ),
    rule(
        "tensordot's axes not put back",
        "tensordot",
        edit(
            "ops.linalg_products:_tensordot_left",
            "transpose(ct, tuple(np.argsort(order).tolist()))",
            "ct",
        ),
        lambda x, y: np.tanh(0.25 * np.tensordot(x, y, (0, 0))).sum(),
        SQUARE,
        SPD,
    ),
    rule(
        "dot's second = its first",
        "dot",
        edit("ops.linalg_products:_dot_right", "product(x.T, g)", "product(g, x.T)"),
        lambda x, y: np.tanh(0.25 * np.dot(x, y)).sum(),
        SQUARE,
        SPD,
    ),
    rule(
        "einsum's result letters in the wrong order",
        "_einsum",
        edit("ops.einsum:_rule", "->{found}", "->{found[::-1]}"),
        lambda x, y: np.tanh(0.25 * ag.einsum("ij,jk->ik", x, y)).sum(),
        SQUARE,
        SPD,
    ),
    rule(
        "inv without its minus",
        "inv",
        rules("inv", vjp_rules=lambda g, out, a: out.mT @ g @ out.mT),
        lambda x: np.tanh(np.linalg.inv(x)).sum(),
        SQUARE,
    ),
    rule(
        "inv without its transposes",
        "inv",
        rules("inv", vjp_rules=lambda g, out, a: -(out @ g @ out)),
        lambda x: np.tanh(np.linalg.inv(x)).sum(),
        SQUARE,
    ),
    rule(
        "solve with the matrix for its transpose",
        "solve",
        edit("ops.linalg:_solve_vjp", "h = solve(a.mT, g)\n", "h = solve(a, g)\n"),
        lambda x, y: np.tanh(np.linalg.solve(x, y)).sum(),
        SQUARE,
        SPD,
    ),
    rule(
        "det without its transpose",
        "det",
        rules("det", vjp_rules=lambda g, out, a: g.reshape((1, 1)) * ag.ops.linalg.cofactor(a).mT),
        lambda x: np.tanh(0.1 * np.linalg.det(x)),
        SQUARE / 4,
    ),
    rule(
        "cholesky's diagonal not halved",
        "cholesky",
        edit("ops.decompositions:_cholesky_vjp", "0.5 * np.eye", "0.0 * np.eye"),
        lambda x: np.tanh(np.linalg.cholesky(x @ x.T)).sum(),
        SQUARE,
    ),
    rule(
        "linear's weight transposed",
        "_linear_with_bias",
        edit("ops.network:_linear_weight", "product(rows.T, x)", "product(x.T, rows)"),
        lambda x, w, b: np.tanh(0.25 * ag.linear(x, w, b)).sum(),
        SQUARE,
        SPD,
        V,
    ),
    rule(
        "linear's bias averaged over the batch",
        "_linear_with_bias",
        edit("ops.network:_linear_bias", "dtype), rows)", "dtype), rows) / len(rows)"),
        lambda x, w, b: np.tanh(0.25 * ag.linear(x, w, b)).sum(),
        SQUARE,
        SPD,
        V,
    ),
    rule(
        "embedding counts each row once",
        "embedding",
        edit("ops.index:_scatter", "np.add.at(out, index, g)", "out[index] = g"),
        lambda w: np.tanh(ag.embedding(w, np.array([1, 0, 1])) * SQUARE).sum(),
        M,
    ),
    rule(
        "dropout's scale forgotten on the way back",
        "_dropped",
        partials("_dropped", lambda out, x, mask: plain(mask) > 0, None),
        lambda x: np.tanh(ag.dropout(x, 0.5, rng=7)).sum(),
        SQUARE,
    ),
    rule(
        "layer norm without the term of the mean",
        "standardize",
        edit(
            "ops.network:_standardize_vjp", "- scale * (gy.sum(axis=axis, keepdims=True) / n)", ""
        ),
        lambda x, w: np.tanh(ag.layer_norm(x, w)).sum(),
        M,
        V,
    ),
    rule(
        "layer norm without the term of the variance",
        "standardize",
        edit(
            "ops.network:_standardize_vjp",
            "- scale * ((gy * y).sum(axis=axis, keepdims=True) / n)",
            "",
        ),
        lambda x, w: np.tanh(ag.layer_norm(x, w)).sum(),
        M,
        V,
    ),
    rule(
        "cross-entropy without 1/n",
        "_class_cross_entropy",
        edit("ops.cross_entropy:_weight", 'g / n if reduction == "mean" else g', "g"),
        lambda x: ag.softmax_cross_entropy(x * 1.0, LABELS),
        M,
    ),
    rule(
        "cross-entropy without the minus one at the label",
        "_class_cross_entropy",
        edit("ops.cross_entropy:_kept_rule", "-rest * share", "share"),
        lambda x: ag.softmax_cross_entropy(x * 1.0, LABELS),
        M,
    ),
    rule(
        "binary cross-entropy's sign",
        "_binary_cross_entropy",
        rules(
            "_binary_cross_entropy",
            vjp_rules=(lambda g, out, x, y, reduction: (y - ag.sigmoid(x)) * g, None),
        ),
        lambda x: ag.binary_cross_entropy_with_logits(x * 1.0, INSIDE > 0, reduction="sum"),
        M,
    ),
]

# What a rule does besides ---------------------------------------------------------------------


def _overwrites(right: Any, g: Any, *call: Any) -> list:
    cts = right(g, *call)
    array = plain(g)
    if array.flags.writeable:
        array *= 0.5
    return cts


def _writes_input(right: Any, g: Any, out: Any, args: tuple, params: dict, wanted: Any) -> list:
    array = plain(args[0])
    array -= 0.25
    return right(g, out, args, params, wanted)


def _no_cotangent(right: Any, g: Any, *call: Any) -> list:
    return right(np.ones_like(plain(g)), *call)


def _stale() -> Callable[..., list]:
    earlier: dict[Any, list] = {}

    def rule_of(right: Any, g: Any, out: Any, args: tuple, params: dict, wanted: Any) -> list:
        key = np.shape(plain(out))
        return earlier.setdefault(key, right(g, out, args, params, wanted))

    return rule_of


def _counting() -> Callable[..., list]:
    calls = iter(range(10**9))
    return lambda right, *call: [
        None if ct is None else ct * (1.0 + next(calls)) for ct in right(*call)
    ]


def _lone(right: Any, *call: Any) -> list:
    return [None if ct is None else ct.reshape((1, *ct.shape)) for ct in right(*call)]


def _nan(right: Any, *call: Any) -> list:
    return [
        None if ct is None else ct * np.where(plain(ct) < 0, np.nan, 1.0) for ct in right(*call)
    ]


BEHAVIOUR = [
    rule(
        "the gradient of float32 in float64",
        "sin",
        cotangents("sin", lambda ct: ct.astype(np.float64)),
        np.sin,
        M.astype(np.float32),
    ),
    rule(
        "the cotangent overwritten",
        "sin",
        vjp("sin", _overwrites),
        np.sin,
        M,
    ),
    rule(
        "an input written to",
        "cosh",
        vjp("cosh", _writes_input),
        lambda x: np.cosh(x * 1.0),
        M,
    ),
    rule(
        "the cotangent ignored",
        "exp",
        vjp("exp", _no_cotangent),
        between(np.exp),
        M,
    ),
    rule(
        "the first answer kept",
        "exp",
        vjp("exp", _stale()),
        between(np.exp),
        M,
    ),
    rule(
        "another answer every time",
        "exp",
        vjp("exp", _counting()),
        between(np.exp),
        M,
    ),
    rule(
        "a cotangent of another shape",
        "exp",
        vjp("exp", _lone),
        np.exp,
        M,
    ),
    rule(
        "nan where the function is smooth",
        "exp",
        vjp("exp", _nan),
        lambda x: np.exp(x) * M,
        M,
    ),
]

# Second order, and forward mode ---------------------------------------------------------------

HIGHER = [
    rule(
        "tanh's second derivative lost through plain()",
        "tanh",
        partials("tanh", lambda out, x: 1 - plain(out) ** 2),
        between(lambda x: np.tanh(x) * x),
        M,
        way=second_order,
    ),
    rule(
        "the cotangent's own derivative lost",
        "softmax",
        rules("softmax", vjp_rules=lambda g, out, a, axis: _plain_softmax(g, out, axis)),
        lambda x: np.tanh(ag.softmax(x * 1.0) * W).sum(),
        M,
        way=second_order,
    ),
    rule(
        "sqrt's second derivative lost through NumPy",
        "sqrt",
        partials("sqrt", lambda out, x: 0.5 / np.sqrt(plain(x))),
        lambda x: (np.sqrt(x * 1.0) * x).sum(),
        POSITIVE,
        way=second_order,
    ),
    rule(
        "softmax's forward rule with a wrong sign",
        "softmax",
        rules("softmax", jvp_rule=lambda t, out, a, axis: -t[0] * out),
        lambda x: np.tanh(ag.softmax(x * 1.0) * W).sum(),
        M,
        way=forward,
    ),
    rule(
        "var's forward rule without the 2",
        "var",
        edit("ops.reduce:_var_jvp", "* (2.0 * scale)", "* scale"),
        lambda x: np.tanh(ag.var(x * 1.0, axis=1)).sum(),
        M,
        way=forward,
    ),
    rule(
        "max's forward rule takes the sum",
        "max",
        rules(
            "max",
            jvp_rule=lambda t, out, a, axis, keepdims: t[0].sum(axis=axis, keepdims=keepdims),
        ),
        lambda x: np.tanh((x * 1.0).max(axis=1)).sum(),
        M,
        way=forward,
    ),
    rule(
        "matmul's forward rule drops a term",
        "matmul",
        edit("op:Bilinear.jvp", "return left + right", "return left"),
        lambda x, y: np.tanh(0.25 * (x @ y)).sum(),
        SQUARE,
        SPD,
        way=forward,
    ),
    rule(
        "a forward rule that forgets to broadcast",
        "multiply",
        edit("op:Elementwise.jvp", "total + term", "term"),
        lambda x, y: np.tanh(x * y).sum(),
        M,
        V,
        way=forward,
    ),
    rule(
        "cumprod's forward rule without the products before",
        "cumprod",
        edit("ops.scan:_cumprod_jvp", "products_before(a, out, axis) * t", "t"),
        lambda x: np.tanh(ag.cumprod(x * 1.0, axis=1)).sum(),
        M,
        way=forward,
    ),
]


def _plain_softmax(g: Any, out: Any, axis: Any) -> Any:
    y = plain(out)
    return g * y - y * (g * y).sum(axis=axis, keepdims=True)


# Numbers --------------------------------------------------------------------------------------

SCALARS = [
    rule(
        "tanh' = 1 - y on values",
        "tanh",
        partials("tanh", lambda out, x: 1 - out),
        lambda x: ag.tanh(x * 1.5) * x,
        0.75,
    ),
    rule(
        "divide's second sign on values",
        "divide",
        partials("divide", None, lambda out, x, y: out / y),
        lambda x, y: (x / y) * x,
        0.75,
        -2.0,
    ),
    rule(
        "power's exponent without log on values",
        "power",
        edit("ops.arithmetic:_power_exponent", "out * (math.log(x)", "out * (1.0"),
        lambda x, y: x**y + y,
        3.0,
        -2.0,
    ),
    rule(
        "leaky relu' = 1 on both sides on values",
        "leaky_relu",
        partials("leaky_relu", lambda out, x, negative_slope: 1.0),
        lambda x: ag.leaky_relu(x * 2.0, 0.2),
        -0.75,
    ),
]

RULES = [
    *ELEMENTWISE,
    *BINARY,
    *FOLDING,
    *MOVING,
    *PRODUCTS,
    *BEHAVIOUR,
    *HIGHER,
    *SCALARS,
]
