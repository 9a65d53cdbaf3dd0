"""Convolutions and pooling as ONNX nodes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..layers.conv import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
from ..layers.pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    MaxPool1d,
    MaxPool2d,
)
from .graph import Graph, Value
from .table import register

__all__: list[str] = []

# Ways to pad, and what ONNX calls them.
_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_WRAPS = 19  # the opset that brought the last of them


@register(Conv1d, Conv2d)
def convolution(graph: Graph, module: Conv1d | Conv2d, x: Value) -> str:
    _check(graph, module, x, module.axes)
    before, after = _margins(module)
    name = x.name
    if module.padding_mode != "zeros":
        if module.padding_mode == "circular" and graph.opset < _WRAPS:
            graph.refuse(module, f"circular padding takes export_onnx(..., opset={_WRAPS})")
        name = _pad(graph, name, before, after, _MODES[module.padding_mode])
        before = after = [0] * module.axes
    return graph.node(
        "Conv", name, module.weight, module.bias,
        kernel_shape=module.kernel_size, strides=module.stride, dilations=module.dilation,
        pads=[*before, *after], group=module.groups,
    )  # fmt: skip


@register(ConvTranspose1d, ConvTranspose2d)
def transposed(graph: Graph, module: ConvTranspose1d | ConvTranspose2d, x: Value) -> str:
    _check(graph, module, x, module.axes)
    return graph.node(
        "ConvTranspose", x, module.weight, module.bias,
        kernel_shape=module.kernel_size, strides=module.stride, dilations=module.dilation,
        pads=module.padding * 2, output_padding=module.output_padding, group=module.groups,
    )  # fmt: skip


@register(MaxPool1d, MaxPool2d)
def max_pool(graph: Graph, module: MaxPool1d | MaxPool2d, x: Value) -> str:
    axes = 1 if isinstance(module, MaxPool1d) else 2
    _check(graph, module, x, axes)
    sizes = _Windows(module, x, axes, _each(module.dilation, axes))
    return graph.node(
        "MaxPool", x, kernel_shape=sizes.kernel, strides=sizes.stride, dilations=sizes.dilation,
        pads=[*sizes.before, *sizes.after],
    )  # fmt: skip


@register(AvgPool1d, AvgPool2d)
def average_pool(graph: Graph, module: AvgPool1d | AvgPool2d, x: Value) -> str:
    axes = 1 if isinstance(module, AvgPool1d) else 2
    _check(graph, module, x, axes)
    sizes = _Windows(module, x, axes, (1,) * axes)
    geometry: dict[str, Any] = {"kernel_shape": sizes.kernel, "strides": sizes.stride}
    divisor = getattr(module, "divisor_override", None)
    if divisor is not None:
        # The mean of all places of a window, whatever they hold, gives their sum.
        mean = graph.node(
            "AveragePool", x, pads=[*sizes.before, *sizes.after], count_include_pad=1, **geometry
        )
        return graph.node("Mul", mean, np.array(math.prod(sizes.kernel) / divisor, x.dtype))
    name, before, after = x.name, sizes.before, sizes.after
    if module.count_include_pad and any(before):
        # The padding counts, and what ceil_mode takes in beyond it does not.
        name = _pad(graph, name, before, before, "constant")
        before, after = [0] * axes, [a - b for a, b in zip(after, before)]
    return graph.node("AveragePool", name, pads=[*before, *after], count_include_pad=0, **geometry)


@register(AdaptiveAvgPool1d, AdaptiveAvgPool2d)
def adaptive(graph: Graph, module: AdaptiveAvgPool1d | AdaptiveAvgPool2d, x: Value) -> str:
    axes = 1 if isinstance(module, AdaptiveAvgPool1d) else 2
    _check(graph, module, x, axes)
    lengths = x.shape[2:]
    parts = [n if p is None else p for n, p in zip(lengths, _each(module.output_size, axes))]
    if all(p == 1 for p in parts):
        return graph.node("GlobalAveragePool", x)
    # Parts may overlap and differ in length; a product with a matrix of means along each axis.
    out = graph.node("MatMul", x, graph.constant(_means(lengths[-1], parts[-1], x.dtype), "means"))
    if axes == 2:
        rows = graph.constant(_means(lengths[0], parts[0], x.dtype).T.copy(), "means_of_rows")
        out = graph.node("MatMul", rows, out)
    return out


class _Windows:
    """What pooling layers say of their windows, one number for each axis.

    ``ceil_mode`` becomes padding at the ends: runtimes differ in which incomplete windows they
    take in.
    """

    def __init__(self, module: Any, x: Value, axes: int, dilation: tuple[int, ...]) -> None:
        self.kernel = _each(module.kernel_size, axes)
        self.stride = _each(module.stride, axes)
        self.dilation = dilation
        self.before = list(_each(module.padding, axes))
        # What the last window takes in; without ceil_mode that is the padding at most.
        self.after = [
            max(p, (out - 1) * s + d * (k - 1) + 1 - n - p)
            for p, out, s, d, k, n in zip(
                self.before,
                np.shape(module(x.array))[2:],
                self.stride,
                dilation,
                self.kernel,
                x.shape[2:],
            )
        ]


def _check(graph: Graph, module: Any, x: Value, axes: int) -> None:
    if len(x.shape) != axes + 2:
        graph.refuse(
            module,
            f"one of its inputs has shape {x.shape[1:]}, and in a batch it has {axes + 1} axes, "
            "channels first",
        )


def _each(value: Any, axes: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes


def _margins(module: Conv1d | Conv2d) -> tuple[list[int], list[int]]:
    if not isinstance(module.padding, str):
        return list(module.padding), list(module.padding)
    if module.padding == "valid":
        return [0] * module.axes, [0] * module.axes
    spare = [d * (k - 1) for k, d in zip(module.kernel_size, module.dilation)]
    return [n // 2 for n in spare], [n - n // 2 for n in spare]


def _pad(graph: Graph, x: str, before: list[int], after: list[int], mode: str) -> str:
    pads = np.array([0, 0, *before, 0, 0, *after], np.int64)
    return graph.node("Pad", x, pads, mode=mode)


def _means(n: int, parts: int, dtype: np.dtype) -> np.ndarray:
    """A matrix (n, parts) that takes means over parts of an axis, as PyTorch divides it."""
    matrix = np.zeros((n, parts), dtype)
    for i in range(parts):
        start, end = i * n // parts, -(-(i + 1) * n // parts)
        matrix[start:end, i] = 1.0 / (end - start)
    return matrix
