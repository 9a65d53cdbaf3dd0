"""Activations as ONNX nodes."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np

from .. import activations as a
from .graph import Graph, Value
from .table import register

__all__: list[str] = []

# One node without attributes.
_PLAIN = {
    a.Arctan: "Atan",
    a.ReLU: "Relu",
    a.SELU: "Selu",
    a.Sigmoid: "Sigmoid",
    a.Softsign: "Softsign",
    a.Tanh: "Tanh",
}

# What stands in nn.activations.Function: ours have a module, NumPy's are one node.
_MODULES = {
    a.arctan: a.Arctan,
    a.celu: a.CELU,
    a.elu: a.ELU,
    a.gelu: a.GELU,
    a.hardtanh: a.Hardtanh,
    a.leaky_relu: a.LeakyReLU,
    a.log_sigmoid: a.LogSigmoid,
    a.log_softmax: a.LogSoftmax,
    a.mish: a.Mish,
    a.relu: a.ReLU,
    a.relu6: a.ReLU6,
    a.selu: a.SELU,
    a.sigmoid: a.Sigmoid,
    a.silu: a.SiLU,
    a.softmax: a.Softmax,
    a.softplus: a.Softplus,
    a.softsign: a.Softsign,
    a.square_nonlinearity: a.SQNL,
    a.tanh: a.Tanh,
}
_UFUNCS = {
    np.abs: "Abs",
    np.arctan: "Atan",
    np.cos: "Cos",
    np.exp: "Exp",
    np.log: "Log",
    np.negative: "Neg",
    np.sin: "Sin",
    np.sqrt: "Sqrt",
    np.tanh: "Tanh",
}


@register(*_PLAIN)
def plain(graph: Graph, module: Any, x: Value) -> str:
    (op,) = (_PLAIN[kind] for kind in type(module).__mro__ if kind in _PLAIN)
    return graph.node(op, x)


@register(a.Function)
def function(graph: Graph, module: a.Function, x: Value) -> str:
    given = module.function if isinstance(module.function, Hashable) else None
    if given in _UFUNCS:
        return graph.node(_UFUNCS[given], x)
    if given in _MODULES:
        return graph.write(_MODULES[given](), x).name
    graph.refuse(
        module, "it is a function of one's own; write it as a module and nn.onnx.register that"
    )


def _clip(graph: Graph, x: Value, low: float, high: float) -> str:
    return graph.node("Clip", x, _number(low, x), _number(high, x))


def _number(value: float, x: Value) -> np.ndarray:
    return np.array(value, x.dtype)


@register(a.ReLU6)
def relu6(graph: Graph, module: a.ReLU6, x: Value) -> str:
    return _clip(graph, x, 0.0, 6.0)


@register(a.Hardtanh)
def hardtanh(graph: Graph, module: a.Hardtanh, x: Value) -> str:
    return _clip(graph, x, module.min_val, module.max_val)


@register(a.LeakyReLU)
def leaky_relu(graph: Graph, module: a.LeakyReLU, x: Value) -> str:
    return graph.node("LeakyRelu", x, alpha=float(module.negative_slope))


@register(a.PReLU)
def prelu(graph: Graph, module: a.PReLU, x: Value) -> str:
    n = module.num_parameters
    column = (n,) + (1,) * (len(x.shape) - 2) if n > 1 else (1,)
    weight = module.weight.numpy().reshape(column)
    return graph.node("PRelu", x, graph.constant(weight, "weight_column"))


@register(a.ELU)
def elu(graph: Graph, module: a.ELU, x: Value) -> str:
    return graph.node("Elu", x, alpha=float(module.alpha))


@register(a.CELU)
def celu(graph: Graph, module: a.CELU, x: Value) -> str:
    alpha = _number(module.alpha, x)
    return graph.node("Mul", graph.node("Elu", graph.node("Div", x, alpha), alpha=1.0), alpha)


@register(a.GELU)
def gelu(graph: Graph, module: a.GELU, x: Value) -> str:
    # x times the normal distribution function, as 1 + erf(x / sqrt(2)) over 2, or its stand-in
    # 1 + tanh(sqrt(2 / pi) (x + 0.044715 x³)) over 2; a node of its own came with opset 20.
    if module.approximate == "tanh":
        square = graph.node("Mul", x, x)
        factor = graph.node("Mul", square, _number(0.044715, x))
        factor = graph.node("Add", factor, _number(1.0, x))
        inner = graph.node("Mul", graph.node("Mul", x, factor), _number(math.sqrt(2 / math.pi), x))
        share = graph.node("Tanh", inner)
    else:
        share = graph.node("Erf", graph.node("Mul", x, _number(math.sqrt(0.5), x)))
    half = graph.node("Mul", x, _number(0.5, x))
    return graph.node("Mul", half, graph.node("Add", share, _number(1.0, x)))


@register(a.SiLU)
def silu(graph: Graph, module: a.SiLU, x: Value) -> str:
    return graph.node("Mul", x, graph.node("Sigmoid", x))


@register(a.Mish)
def mish(graph: Graph, module: a.Mish, x: Value) -> str:
    return graph.node("Mul", x, graph.node("Tanh", graph.node("Softplus", x)))


@register(a.Softplus)
def softplus(graph: Graph, module: a.Softplus, x: Value) -> str:
    beta = _number(module.beta, x)
    scaled = graph.node("Mul", x, beta)
    out = graph.node("Div", graph.node("Softplus", scaled), beta)
    if module.threshold is None:
        return out
    beyond = graph.node("Greater", scaled, _number(module.threshold, x))
    return graph.node("Where", beyond, x, out)


@register(a.LogSigmoid)
def log_sigmoid(graph: Graph, module: a.LogSigmoid, x: Value) -> str:
    return graph.node("Neg", graph.node("Softplus", graph.node("Neg", x)))


@register(a.SQNL)
def square_nonlinearity(graph: Graph, module: a.SQNL, x: Value) -> str:
    inside = _clip(graph, x, -2.0, 2.0)
    bend = graph.node("Mul", inside, graph.node("Abs", inside))
    return graph.node("Sub", inside, graph.node("Mul", bend, _number(0.25, x)))


@register(a.Softmax)
def softmax(graph: Graph, module: a.Softmax, x: Value) -> str:
    return graph.node("Softmax", x, axis=module.dim)


@register(a.LogSoftmax)
def log_softmax(graph: Graph, module: a.LogSoftmax, x: Value) -> str:
    return graph.node("LogSoftmax", x, axis=module.dim)
