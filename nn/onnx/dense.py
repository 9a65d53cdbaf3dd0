"""Containers, dense layers, normalisation and look-up tables as ONNX nodes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..activations import Identity
from ..layers import (
    BatchNorm1d,
    BatchNorm2d,
    Dropout,
    Embedding,
    Flatten,
    GroupNorm,
    LayerNorm,
    Linear,
    Residual,
    Sequential,
)
from .graph import Graph, Value
from .table import register

__all__: list[str] = []


@register(Sequential)
def sequential(graph: Graph, module: Sequential, x: Value) -> str:
    for name, layer in module._held.items():
        x = graph.write(layer, x, name)
    return x.name


@register(Residual)
def residual(graph: Graph, module: Residual, x: Value) -> str:
    return graph.node("Add", x, graph.write(module.module, x, "module"))


@register(Identity, Dropout)
def identity(graph: Graph, module: Any, x: Value) -> str:
    return x.name


@register(Linear)
def linear(graph: Graph, module: Linear, x: Value) -> str:
    if len(x.shape) == 2:
        return graph.node("Gemm", x, module.weight, module.bias, transB=1)
    weight = graph.constant(module.weight.numpy().T.copy(), "weight_transposed")
    product = graph.node("MatMul", x, weight)
    return product if module.bias is None else graph.node("Add", product, module.bias)


@register(Flatten)
def flatten(graph: Graph, module: Flatten, x: Value) -> str:
    axes = len(x.shape)
    first, last = (k % axes for k in (module.start_dim, module.end_dim))
    if (first, last) == (1, axes - 1):
        return graph.node("Flatten", x, axis=1)
    return reshape(graph, x.name, (*[0] * first, -1, *x.shape[last + 1 :]))


@register(BatchNorm1d, BatchNorm2d)
def batch_norm(graph: Graph, module: BatchNorm1d | BatchNorm2d, x: Value) -> str:
    if module.running_mean is None:
        graph.refuse(
            module, "without running statistics its output depends on the rest of the batch"
        )
    n = module.num_features
    weight = np.ones(n, x.dtype) if module.weight is None else module.weight
    bias = np.zeros(n, x.dtype) if module.bias is None else module.bias
    return graph.node(
        "BatchNormalization",
        x, weight, bias, module.running_mean, module.running_var,
        epsilon=module.eps,
    )  # fmt: skip


@register(LayerNorm)
def layer_norm(graph: Graph, module: LayerNorm, x: Value) -> str:
    shape = module.normalized_shape
    weight = np.ones(shape, x.dtype) if module.weight is None else module.weight
    return graph.node(
        "LayerNormalization", x, weight, module.bias, axis=-len(shape), epsilon=module.eps
    )


@register(GroupNorm)
def group_norm(graph: Graph, module: GroupNorm, x: Value) -> str:
    inner = math.prod(x.shape[1:]) // module.num_groups
    groups = reshape(graph, x.name, (0, module.num_groups, inner))
    ones = np.ones(inner, x.dtype)
    out = graph.node("LayerNormalization", groups, ones, axis=-1, epsilon=module.eps)
    out = reshape(graph, out, (0, *x.shape[1:]))
    if module.weight is None or module.bias is None:
        return out
    column = (module.num_channels,) + (1,) * (len(x.shape) - 2)
    weight = graph.constant(module.weight.numpy().reshape(column), "weight_column")
    bias = graph.constant(module.bias.numpy().reshape(column), "bias_column")
    return graph.node("Add", graph.node("Mul", out, weight), bias)


@register(Embedding)
def embedding(graph: Graph, module: Embedding, x: Value) -> str:
    return graph.node("Gather", module.weight, x, axis=0)


def reshape(graph: Graph, x: str, shape: tuple[int, ...]) -> str:
    """Reshape; 0 keeps an axis as it is."""
    return graph.node("Reshape", x, np.array(shape, np.int64))
