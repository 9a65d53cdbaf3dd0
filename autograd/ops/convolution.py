"""Convolution in one and two dimensions, and its transpose, with channels first as in PyTorch.

Three ops are each other's derivatives, to every order and in both modes: ``_conv(x, w)``,
``_conv_input(g, w)`` and ``_conv_weight(x, g)`` hold two factors of one trilinear sum (see
``correlate``) and give what the third is multiplied by. What ``conv_transpose`` computes is
``_conv_input``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import FACES, Op, bilinear, composite, primitive
from .correlate import correlate, correlate_input, correlate_weight
from .einsum import einsum
from .pad import pad
from .samples import uniform
from .shape import arrayed, shape_of, sliding_window_view
from .windows import batched, output_size, per_axis, times

__all__ = ["conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d"]


# On plain arrays --------------------------------------------------------------------------------


def _planes(x: Any) -> Any:
    """(n, c, h, w) or (n, c, w) with channels last and both axes."""
    return (x[:, :, None] if x.ndim == 3 else x).transpose(0, 2, 3, 1)


def _back(x: Any, n: int) -> Any:
    """Channels first again, with ``n`` axes: a view, so channels stay last in memory."""
    x = x.transpose(0, 3, 1, 2)
    return x if n == 2 else x[:, :, 0]


def _both(stride: tuple, padding: tuple, dilation: tuple) -> tuple:
    """Stride, padding and dilation of one axis as those of two."""
    if len(stride) == 2:
        return stride, padding, dilation
    return (1, *stride), ((0, 0), *padding), (1, *dilation)


def _lifted(w: Any) -> Any:
    return w[:, :, None] if w.ndim == 3 else w


def _joined(parts: Any, axis: int) -> Any:
    parts = list(parts)
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=axis)


def _split(x: Any, groups: int, axis: int) -> list:
    return [x] if groups == 1 else np.split(x, groups, axis)


def _forward(
    x: Any, weight: Any, bias: Any, stride: tuple, padding: tuple, dilation: tuple, groups: int
) -> Any:
    n = len(stride)
    geometry = _both(stride, padding, dilation)
    pairs = zip(
        _split(_planes(x), groups, -1),
        _split(_lifted(weight), groups, 0),
        (None,) * groups if bias is None else _split(bias, groups, 0),
    )
    return _back(_joined((correlate(a, w, b, *geometry) for a, w, b in pairs), -1), n)


def _input(
    g: Any, weight: Any, size: tuple, stride: tuple, padding: tuple, dilation: tuple, groups: int
) -> Any:
    n = len(stride)
    size = size if n == 2 else (1, *size)
    geometry = _both(stride, padding, dilation)
    pairs = zip(_split(_planes(g), groups, -1), _split(_lifted(weight), groups, 0))
    return _back(_joined((correlate_input(a, w, size, *geometry) for a, w in pairs), -1), n)


def _weight(
    x: Any, g: Any, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple, groups: int
) -> Any:
    n = len(stride)
    kernel = kernel if n == 2 else (1, *kernel)
    geometry = _both(stride, padding, dilation)
    pairs = zip(_split(_planes(x), groups, -1), _split(_planes(g), groups, -1))
    out = _joined((correlate_weight(a, b, kernel, *geometry) for a, b in pairs), 0)
    return out if n == 2 else out[:, :, 0]


# The ops ----------------------------------------------------------------------------------------


def _sample(
    x: tuple[int, ...],
    weight: tuple[int, ...],
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> tuple:
    """Shapes of a sample and the parameters that the ops take."""
    n = len(x) - 2
    pairs = padding if isinstance(padding, tuple) else ((padding, padding),) * n
    each = [(v,) * n if isinstance(v, int) else v for v in (stride, dilation)]
    return x, weight, dict(stride=each[0], padding=pairs, dilation=each[1], groups=groups)


_SAMPLES = (
    _sample((2, 2, 5), (3, 2, 3)),
    _sample((1, 4, 6), (2, 2, 2), stride=2, padding=((1, 0),), dilation=2, groups=2),
    _sample((2, 2, 4, 3), (2, 2, 2, 3), padding=((1, 0), (0, 2))),
    _sample((1, 2, 5, 4), (2, 1, 3, 2), stride=(2, 1), padding=((1, 2), (0, 1)), groups=2),
    _sample((2, 1, 5, 4), (2, 1, 2, 2), stride=(2, 3), dilation=(1, 2), padding=1),
    _sample((0, 2, 3, 3), (1, 2, 2, 2)),
)


def _outputs(x: tuple, weight: tuple, params: dict) -> tuple[int, ...]:
    sizes = zip(x[2:], weight[2:], params["stride"], params["padding"], params["dilation"])
    windows = ((m + sum(p) - d * (k - 1) - 1) // s + 1 for m, k, s, p, d in sizes)
    return (x[0], weight[0], *windows)


def _reference(
    x: Any, weight: Any, stride: tuple, padding: tuple, dilation: tuple, groups: int
) -> Any:
    n = len(stride)
    kernel, axes = tuple(weight.shape[2:]), tuple(range(2, n + 2))
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    windows = sliding_window_view(pad(x, ((0, 0), (0, 0), *padding)), spans, axes)
    every = (slice(None, None, s) for s in (*stride, *dilation))
    windows = windows[(slice(None), slice(None), *every)]
    batch, channels, *size = windows.shape[: n + 2]
    windows = windows.reshape((batch, groups, channels // groups, *size, *kernel))
    weight = weight.reshape((groups, weight.shape[0] // groups, *weight.shape[1:]))
    out, taps = "hw"[:n], "ij"[:n]
    result = einsum(f"ngc{out}{taps},goc{taps}->ngo{out}", windows, weight)
    return result.reshape((batch, weight.shape[0] * weight.shape[1], *size))


_conv: Op = bilinear(
    lambda x, weight, stride=(), padding=(), dilation=(), groups=1: _forward(
        x, weight, None, stride, padding, dilation, groups
    ),
    (
        lambda g, x, weight, **geometry: _conv_input(
            g, weight, size=tuple(x.shape[2:]), **geometry
        ),
        lambda g, x, weight, **geometry: _conv_weight(
            x, g, kernel=tuple(weight.shape[2:]), **geometry
        ),
    ),
    name="_conv",
    label="conv",
    doc="Weighted sums over all windows of ``x``.",
    samples=lambda rng: [((uniform(rng, *x), uniform(rng, *w)), p) for x, w, p in _SAMPLES],
    reference=_reference,
)
_conv_input: Op = bilinear(
    lambda g, weight, size=(), stride=(), padding=(), dilation=(), groups=1: _input(
        g, weight, size, stride, padding, dilation, groups
    ),
    (
        lambda ct, g, weight, size, **geometry: _conv(ct, weight, **geometry),
        lambda ct, g, weight, size, **geometry: _conv_weight(
            ct, g, kernel=tuple(weight.shape[2:]), **geometry
        ),
    ),
    name="_conv_input",
    label="convᵀ",
    doc="Each number of ``g`` laid down as a multiple of the kernel: ``_conv``'s transpose in x.",
    samples=lambda rng: [
        ((uniform(rng, *_outputs(x, w, p)), uniform(rng, *w)), {"size": x[2:], **p})
        for x, w, p in _SAMPLES
    ],
)
_conv_weight: Op = bilinear(
    lambda x, g, kernel=(), stride=(), padding=(), dilation=(), groups=1: _weight(
        x, g, kernel, stride, padding, dilation, groups
    ),
    (
        lambda ct, x, g, kernel, **geometry: _conv_input(
            g, ct, size=tuple(x.shape[2:]), **geometry
        ),
        lambda ct, x, g, kernel, **geometry: _conv(x, ct, **geometry),
    ),
    name="_conv_weight",
    label="conv",
    doc="Windows of ``x`` weighted by ``g`` and added up: ``_conv``'s transpose in the weight.",
    samples=lambda rng: [
        ((uniform(rng, *x), uniform(rng, *_outputs(x, w, p))), {"kernel": w[2:], **p})
        for x, w, p in _SAMPLES
    ],
)


def _bias_vjp(g: Any, out: Any, x: Any, weight: Any, bias: Any, **geometry: Any) -> Any:
    if type(g) not in FACES:
        rows = _planes(g).reshape(-1, g.shape[1])
        # Several times faster than a sum.
        return np.dot(np.ones_like(rows, shape=(len(rows),)), rows)
    return g.sum(axis=(0, *range(2, g.ndim)))


def _column(bias: Any, ndim: int) -> Any:
    """One number for each channel, as it broadcasts against an array with channels first."""
    return bias.reshape((*bias.shape, *(1,) * (ndim - 2)))


def _bias_jvp(tangents: Any, out: Any, x: Any, weight: Any, bias: Any, **geometry: Any) -> Any:
    tx, tw, tb = tangents
    total = None if tx is None else _conv(tx, weight, **geometry)
    if tw is not None:
        term = _conv(x, tw, **geometry)
        total = term if total is None else total + term
    if tb is not None:
        column = _column(tb, out.ndim)
        total = column + (np.zeros(out.shape, out.dtype) if total is None else total)
    return total


_conv_with_bias = primitive(
    lambda x, weight, bias, stride=(), padding=(), dilation=(), groups=1: _forward(
        x, weight, bias, stride, padding, dilation, groups
    ),
    vjp=(
        lambda g, out, x, weight, bias, **geometry: _conv_input(
            g, weight, size=tuple(x.shape[2:]), **geometry
        ),
        lambda g, out, x, weight, bias, **geometry: _conv_weight(
            x, g, kernel=tuple(weight.shape[2:]), **geometry
        ),
        _bias_vjp,
    ),
    jvp=_bias_jvp,
    name="_conv_with_bias",
    label="conv",
    doc="Weighted sums over all windows of ``x``, and a number for each output channel added.",
    samples=lambda rng: [
        ((uniform(rng, *x), uniform(rng, *w), uniform(rng, w[0])), p) for x, w, p in _SAMPLES
    ],
    reference=lambda x, weight, bias, **geometry: (
        _reference(x, weight, **geometry) + _column(bias, x.ndim)
    ),
)


# Reading the call -------------------------------------------------------------------------------


def _margins(
    op: str, padding: Any, kernel: tuple, stride: tuple, dilation: tuple
) -> tuple[tuple[int, int], ...]:
    n = len(kernel)
    if not isinstance(padding, str):
        return tuple((p, p) for p in per_axis(op, "padding", padding, n, least=0))
    if padding == "valid":
        return ((0, 0),) * n
    if padding != "same":
        raise ValueError(f"{op}: padding={padding!r}; in words it is 'same' or 'valid'")
    if max(stride) > 1:
        raise ValueError(
            f"{op}: padding='same' keeps the size of x, and stride={stride} does not; give the "
            "padding in numbers"
        )
    total = tuple(d * (k - 1) for k, d in zip(kernel, dilation))
    return tuple((t // 2, t - t // 2) for t in total)


def _check(
    op: str,
    given: tuple[int, ...],
    weight: Any,
    bias: Any,
    groups: Any,
    n: int,
    transposed: bool = False,
) -> None:
    """Whether the channels of ``x``, of the shape given, ``weight`` and ``bias`` fit the groups."""
    taps = "kernel" if n == 1 else "kernel, kernel"
    order = f"in_channels, out_channels / groups, {taps}"
    if not transposed:
        order = f"out_channels, in_channels / groups, {taps}"
    if weight.ndim != n + 2 or 0 in weight.shape[1:]:
        raise ValueError(f"{op}: weight of shape {tuple(weight.shape)}; it takes ({order})")
    if not isinstance(groups, (int, np.integer)) or groups < 1 or weight.shape[0] % groups:
        raise ValueError(
            f"{op}: groups={groups!r} does not divide the {weight.shape[0]} "
            f"{'in' if transposed else 'out'}put channels of weight of shape {tuple(weight.shape)}"
        )
    takes = weight.shape[0] if transposed else weight.shape[1] * groups
    channels = given[-n - 1]
    if channels != takes:
        cure = f"weight has shape ({order})"
        if given[-1] == takes:
            cure = f"channels come first: np.moveaxis(x, -1, {-n - 1})"
        elif takes == 1 and len(given) == n + 1:
            cure = "x[:, None] adds the axis of the one channel, if the first axis is the batch"
        elif weight.shape[1] == channels and groups > 1 and not transposed:
            cure = "each group has channels of its own: weight takes in_channels / groups"
        raise ValueError(
            f"{op}: x of shape {given} has {channels} channels, weight of shape "
            f"{tuple(weight.shape)} with groups={groups} takes {takes}; {cure}"
        )
    outputs = weight.shape[1] * groups if transposed else weight.shape[0]
    if bias is not None and shape_of(bias) != (outputs,):
        raise ValueError(
            f"{op}: bias of shape {shape_of(bias)} for {outputs} output channels (weight of shape "
            f"{tuple(weight.shape)}); it takes one number for each, shape ({outputs},)"
        )


def _convolve(
    op: str,
    n: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> Any:
    given = shape_of(x)
    x, single = batched(op, x, n)
    weight = arrayed(weight)
    _check(op, given, weight, bias, groups, n)
    kernel = tuple(weight.shape[2:])
    stride = per_axis(op, "stride", stride, n)
    dilation = per_axis(op, "dilation", dilation, n)
    margins = _margins(op, padding, kernel, stride, dilation)
    output_size(op, x, kernel, stride, margins, dilation)
    geometry = {
        "stride": stride,
        "padding": margins,
        "dilation": dilation,
        "groups": int(groups),
    }
    if bias is None:
        out = _conv(x, weight, **geometry)
    else:
        out = _conv_with_bias(x, weight, arrayed(bias), **geometry)
    return out[0] if single else out


def _transposed(
    op: str,
    n: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
) -> Any:
    given = shape_of(x)
    x, single = batched(op, x, n)
    weight = arrayed(weight)
    _check(op, given, weight, bias, groups, n, transposed=True)
    stride = per_axis(op, "stride", stride, n)
    dilation = per_axis(op, "dilation", dilation, n)
    padding = per_axis(op, "padding", padding, n, least=0)
    extra = per_axis(op, "output_padding", output_padding, n, least=0)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise ValueError(
            f"{op}: output_padding={output_padding!r} chooses among the sizes that stride="
            f"{stride} and dilation={dilation} leave open, so it is smaller than one of them"
        )
    sizes = zip(x.shape[2:], weight.shape[2:], stride, padding, extra, dilation)
    size = tuple((m - 1) * s + d * (k - 1) + 1 + e - 2 * p for m, k, s, p, e, d in sizes)
    if min(x.shape[2:]) < 1 or min(size) < 1:
        raise ValueError(
            f"{op}: x of shape {tuple(x.shape)} and weight of shape {tuple(weight.shape)} with "
            f"padding={padding}: the result would be {times(size)}; take less padding"
        )
    out = _conv_input(
        x,
        weight,
        size=size,
        stride=stride,
        padding=tuple((p, p - e) for p, e in zip(padding, extra)),
        dilation=dilation,
        groups=int(groups),
    )
    if bias is not None:
        out = out + _column(arrayed(bias), n + 2)
    return out[0] if single else out


# What users call --------------------------------------------------------------------------------


@composite(
    samples=lambda rng: [
        ((uniform(rng, 2, 2, 5), uniform(rng, 3, 2, 3), uniform(rng, 3)), {"padding": "same"}),
        ((uniform(rng, 2, 6), uniform(rng, 2, 1, 2)), {"stride": 2, "padding": 1, "groups": 2}),
    ],
)
def conv1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Weighted sums over all windows along the last axis, one for each output channel.

    As :func:`conv2d`, for ``x`` of shape (batch, channels, length) and ``weight`` of shape
    (out_channels, in_channels / groups, kernel).

    Examples
    --------
    >>> import autograd as ag
    >>> ag.conv1d([[[1.0, 2.0, 4.0, 8.0]]], [[[-1.0, 1.0]]])
    array([[[1., 2., 4.]]])
    """
    return _convolve("conv1d", 1, x, weight, bias, stride, padding, dilation, groups)


@composite(
    samples=lambda rng: [
        ((uniform(rng, 2, 2, 4, 3), uniform(rng, 2, 2, 2, 3), uniform(rng, 2)), {"padding": 1}),
        ((uniform(rng, 2, 5, 5), uniform(rng, 1, 2, 3, 2)), {"stride": (2, 1), "dilation": (1, 2)}),
    ],
)
def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Weighted sums over all windows of an image, one for each output channel.

    ``out[n, o, y, x'] = bias[o] + sum over c, i, j of weight[o, c, i, j] *
    x[n, c, stride y + dilation i - padding, stride x' + dilation j - padding]``: what networks call
    a convolution, and mathematics a cross-correlation (Goodfellow, Bengio and Courville 2016,
    equation 9.6); with the names and the sizes of ``torch.nn.functional.conv2d``.

    Parameters
    ----------
    x : array of shape (batch, channels, height, width)
        Or one example without the batch.
    weight : array of shape (out_channels, in_channels / groups, kernel, kernel)
    bias : array of shape (out_channels,), optional
    stride : int or pair
        How far it is from one window to the next.
    padding : int, pair, "same" or "valid"
        Zeros on both sides of each axis; "same" keeps the size of ``x``, "valid" is 0.
    dilation : int or pair
        How far it is from one element of a window to the next.
    groups : int
        Parts into which the channels are split; each output channel sees those of its part.

    Returns
    -------
    array of shape (batch, out_channels, height, width)
        With ``(height + 2 padding - dilation (kernel - 1) - 1) // stride + 1`` rows.

    Examples
    --------
    >>> import numpy as np, autograd as ag
    >>> image = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> ag.conv2d(image, np.ones((1, 1, 2, 2)))
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    return _convolve("conv2d", 2, x, weight, bias, stride, padding, dilation, groups)


@composite(
    samples=lambda rng: [
        ((uniform(rng, 2, 2, 3), uniform(rng, 2, 3, 2), uniform(rng, 3)), {"stride": 2}),
        ((uniform(rng, 2, 3), uniform(rng, 2, 1, 3)), {"groups": 2, "padding": 1, "dilation": 2}),
    ],
)
def conv_transpose1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Each element of ``x`` laid down as a multiple of the kernel, and all added up.

    As :func:`conv_transpose2d`, for ``x`` of shape (batch, channels, length) and ``weight`` of
    shape (in_channels, out_channels / groups, kernel).

    Examples
    --------
    >>> import autograd as ag
    >>> ag.conv_transpose1d([[[1.0, 10.0]]], [[[1.0, 2.0, 3.0]]], stride=2)
    array([[[ 1.,  2., 13., 20., 30.]]])
    """
    return _transposed(
        "conv_transpose1d",
        1,
        x,
        weight,
        bias,
        stride,
        padding,
        output_padding,
        groups,
        dilation,
    )


@composite(
    samples=lambda rng: [
        (
            (uniform(rng, 2, 2, 2, 3), uniform(rng, 2, 2, 3, 2), uniform(rng, 2)),
            {"stride": (2, 1), "padding": (1, 0), "output_padding": (1, 0)},
        ),
        ((uniform(rng, 2, 2, 2), uniform(rng, 2, 1, 2, 2)), {"groups": 2, "dilation": (2, 1)}),
    ],
)
def conv_transpose2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Each element of ``x`` laid down as a multiple of the kernel, and all added up.

    The transpose of :func:`conv2d` in its image: ``<conv2d(x, w), y> = <x, conv_transpose2d(y,
    w)>``, also called a fractionally strided convolution (Dumoulin and Visin 2016, chapter 4);
    with the names, the order and the sizes of ``torch.nn.functional.conv_transpose2d``.

    Parameters
    ----------
    x : array of shape (batch, channels, height, width)
        Or one example without the batch.
    weight : array of shape (in_channels, out_channels / groups, kernel, kernel)
    bias : array of shape (out_channels,), optional
    stride : int or pair
        How far apart neighbours of ``x`` are laid down.
    padding : int or pair
        Rows and columns cut off from each side of the result.
    output_padding : int or pair
        Rows and columns added at the end: with a stride, several sizes have ``x``'s as outputs.
    groups : int
        Parts into which the channels are split.
    dilation : int or pair
        How far it is from one element of the kernel to the next.

    Returns
    -------
    array of shape (batch, out_channels, height, width)
        With ``(height - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1`` rows.

    Examples
    --------
    >>> import numpy as np, autograd as ag
    >>> ag.conv_transpose2d(np.array([[[[1.0, 2.0]]]]), np.ones((1, 1, 2, 2)), stride=2)
    array([[[[1., 1., 2., 2.],
             [1., 1., 2., 2.]]]])
    """
    return _transposed(
        "conv_transpose2d",
        2,
        x,
        weight,
        bias,
        stride,
        padding,
        output_padding,
        groups,
        dilation,
    )
