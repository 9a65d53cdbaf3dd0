"""Convolution and pooling: outputs and all gradients, over strides, paddings, dilations, groups."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np

import autograd as ag
import nn

from .row import Row, apart, to_torch

__all__ = ["ROWS"]

SIZES = {1: (9,), 2: (9, 8)}


def _drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def layers(name: str, inputs: tuple[int, ...], *args: Any, **settings: Any) -> float:
    """Output, state names and gradients of a layer with the same weights."""
    import torch

    given = {"dtype": np.float64, "rng": 0} if name.startswith("Conv") else {}
    ours = getattr(nn, name)(*args, **settings, **given)
    theirs = getattr(torch.nn, name)(*args, **settings).double()
    assert repr(ours) == repr(theirs), f"{ours!r} is not {theirs!r}"
    state = ours.state_dict()
    assert list(state) == list(theirs.state_dict())
    theirs.load_state_dict({key: torch.tensor(value) for key, value in state.items()})
    x = _drawn(1, *inputs)
    mine, other = ag.Tensor(x, requires_grad=True), to_torch(x, grad=True)
    out, expected = ours(mine), theirs(other)
    g = _drawn(2, *expected.shape)
    out.backward(g)
    expected.backward(to_torch(g))
    found = {key: p.grad for key, p in ours.named_parameters()}
    wanted = {key: p.grad for key, p in theirs.named_parameters()}
    return apart(
        [out, mine.grad, found],
        [expected.detach(), other.grad, wanted],
    )


def functions(
    name: str, shapes: tuple[tuple[int, ...], ...], order: int = 1, **settings: Any
) -> float:
    """Outputs and gradients of all arguments; of second order through the gradients' gradients."""
    import torch

    arrays = [_drawn(i, *shape) for i, shape in enumerate(shapes)]
    xs = [ag.Tensor(a, requires_grad=True) for a in arrays]
    ts = [to_torch(a, grad=True) for a in arrays]
    out = getattr(ag, name)(*xs, **settings)
    expected = getattr(torch.nn.functional, name)(*ts, **settings)
    g = _drawn(9, *expected.shape)
    if order == 1:
        out.backward(g)
        expected.backward(to_torch(g))
        return apart([out, *(x.grad for x in xs)], [expected.detach(), *(t.grad for t in ts)])
    v = [_drawn(20 + i, *shape) for i, shape in enumerate(shapes)]

    def slope(*inputs: Any) -> Any:
        grads = ag.grad(
            lambda *z: (getattr(ag, name)(*z, **settings) ** 2 * g).sum(),
            argnums=tuple(range(len(inputs))),
        )(*inputs)
        return sum((a * b).sum() for a, b in zip(grads, v))

    ours = ag.grad(slope, argnums=tuple(range(len(arrays))))(*arrays)
    first = torch.autograd.grad((expected**2 * to_torch(g)).sum(), ts, create_graph=True)
    total = sum((a * to_torch(b)).sum() for a, b in zip(first, v))
    return apart(list(ours), list(torch.autograd.grad(total, ts)))


def _row(name: str, error: Any) -> Row:
    return Row("convolution", name, error)


def _convolutions() -> list[Row]:
    rows = []
    for n, stride, padding, dilation, groups in itertools.product(
        (1, 2), (1, 2, 3), (0, 2), (1, 2), (1, 2)
    ):
        settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        kernel = (3, 2)[:n]
        named = ", ".join(f"{key}={value}" for key, value in settings.items())
        shapes = ((2, 4, *SIZES[n]), (6, 4 // groups, *kernel), (6,))
        rows.append(_row(f"conv{n}d({named})", partial(functions, f"conv{n}d", shapes, **settings)))
        extra = 1 if max(stride, dilation) > 1 else 0
        shapes = ((2, 4, *SIZES[n]), (4, 6 // groups, *kernel), (6,))
        more = {**settings, "output_padding": extra}
        function = partial(functions, f"conv_transpose{n}d", shapes, **more)
        rows.append(_row(f"conv_transpose{n}d({named}, output_padding={extra})", function))
    return rows


def _poolings() -> list[Row]:
    rows = []
    for n, kernel, stride, padding, ceil in itertools.product(
        (1, 2), (2, 3), (None, 1, 2), (0, 1), (False, True)
    ):
        settings = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil}
        named = ", ".join(f"{key}={value}" for key, value in settings.items())
        shapes = ((2, 3, *SIZES[n]),)
        for name, more in (
            (f"max_pool{n}d", {"dilation": 2}),
            (f"max_pool{n}d", {}),
            (f"avg_pool{n}d", {}),
            (f"avg_pool{n}d", {"count_include_pad": False}),
        ):
            also = "".join(f", {key}={value}" for key, value in more.items())
            function = partial(functions, name, shapes, **settings, **more)
            rows.append(_row(f"{name}({named}{also})", function))
    return rows


def ties() -> float:
    """Equal numbers, NaN and -inf in the windows of a max pool: where the gradient goes."""
    import torch

    x = np.random.default_rng(0).integers(0, 3, (2, 3, 7, 6)).astype(float)
    x[0, 0, 0, 0] = np.nan
    x[1, 1] = -np.inf
    errors = []
    for settings in ({}, {"stride": 1}, {"padding": 1, "stride": 1}, {"ceil_mode": True}):
        mine, other = ag.Tensor(x, requires_grad=True), to_torch(x, grad=True)
        out = ag.max_pool2d(mine, 2, **settings)
        expected = torch.nn.functional.max_pool2d(other, 2, **settings)
        g = _drawn(2, *expected.shape)
        out.backward(g)
        expected.backward(to_torch(g))
        errors.append(apart([out, mine.grad], [expected.detach(), other.grad]))
    return max(errors)


TWICE = {"stride": 2, "padding": 1, "dilation": (1, 2), "groups": 2}
ROWS = [
    *_convolutions(),
    *_poolings(),
    _row("max_pool2d: ties, NaN, -inf", ties),
    _row("avg_pool2d(divisor_override=3)", partial(
        functions, "avg_pool2d", ((2, 3, 5, 4),), kernel_size=2, divisor_override=3)),
    _row("conv2d(padding='same')", partial(
        functions, "conv2d", ((2, 2, 5, 4), (3, 2, 2, 3), (3,)), padding="same")),
    _row("conv1d of one example", partial(functions, "conv1d", ((2, 5), (3, 2, 3), (3,)))),
    _row("conv2d of one example", partial(functions, "conv2d", ((2, 5, 4), (3, 2, 2, 3), (3,)))),
    _row("conv2d of no examples", partial(functions, "conv2d", ((0, 2, 5, 4), (3, 2, 2, 3), (3,)))),
    *(
        _row(f"adaptive_avg_pool{n}d({size})", partial(
            functions, f"adaptive_avg_pool{n}d", ((2, 3, *SIZES[n]),), output_size=size))
        for n, size in ((1, 1), (1, 4), (2, 1), (2, (4, 3)), (2, (None, 11)))
    ),
    _row("conv2d, second order", partial(
        functions, "conv2d", ((2, 4, 6, 7), (6, 2, 3, 2), (6,)), 2, **TWICE)),
    _row("conv_transpose2d, second order", partial(
        functions, "conv_transpose2d", ((2, 4, 3, 4), (4, 3, 3, 2), (6,)), 2, **TWICE)),
    _row("max_pool2d, second order", partial(
        functions, "max_pool2d", ((2, 3, 5, 6),), 2, kernel_size=3, stride=2, padding=1)),
    _row("avg_pool2d, second order", partial(
        functions, "avg_pool2d", ((2, 3, 5, 6),), 2, kernel_size=3, stride=2, padding=1)),
]  # fmt: skip


def _layer(name: str, inputs: tuple[int, ...], *args: Any, **settings: Any) -> Row:
    words = [*map(repr, args), *(f"{key}={value!r}" for key, value in settings.items())]
    return Row(
        "layer", f"{name}({', '.join(words)})", partial(layers, name, inputs, *args, **settings)
    )


LINE, PLANE = (2, 4, 9), (2, 4, 9, 8)
ROWS += [
    _layer("Conv1d", LINE, 4, 6, 3),
    _layer("Conv1d", LINE, 4, 6, 3, 2, 1, 2, 2, False),
    _layer("Conv1d", LINE, 4, 6, 3, padding="same", padding_mode="circular"),
    _layer("Conv2d", PLANE, 4, 6, 3, padding=1),
    _layer("Conv2d", PLANE, 4, 6, (3, 2), (2, 1), (1, 2), (1, 2), 2, False),
    _layer("Conv2d", PLANE, 4, 4, 3, padding="same", groups=4),
    _layer("Conv2d", PLANE, 4, 6, 3, padding=(2, 1), padding_mode="reflect"),
    _layer("Conv2d", PLANE, 4, 6, 4, padding="same", padding_mode="replicate"),
    _layer("ConvTranspose1d", LINE, 4, 6, 3, 2, 1, 1, 2),
    _layer("ConvTranspose2d", PLANE, 4, 6, 2, 2),
    _layer("ConvTranspose2d", PLANE, 4, 6, (3, 2), 2, 1, (1, 0), 2, False, (1, 3)),
    _layer("MaxPool1d", LINE, 2),
    _layer("MaxPool2d", PLANE, 2),
    _layer("MaxPool2d", PLANE, (3, 2), 2, (1, 0), 1, ceil_mode=True),
    _layer("AvgPool1d", LINE, 2),
    _layer("AvgPool2d", PLANE, 2),
    _layer("AvgPool2d", PLANE, 3, 2, 1, True, False),
    _layer("AdaptiveAvgPool1d", LINE, 2),
    _layer("AdaptiveAvgPool2d", PLANE, 1),
    _layer("AdaptiveAvgPool2d", PLANE, (4, 3)),
]
