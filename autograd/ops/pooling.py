"""Pooling: the largest or the mean number of each window, with channels first as in PyTorch.

A window's elements are visited one place at a time ("tap"), for all windows at once: what is at
that place of each window is a strided view of the input, so nothing is copied, and padding is
never made, only left out.

The gradient of a largest number goes to the first of equal ones, in row-major order of the window,
as in PyTorch; a NaN counts as the largest. The choice is the same in both modes and every order.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from ..op import FACES, Op, composite, linear, plain, primitive
from .pad import pad
from .samples import distinct, uniform
from .shape import moveaxis, sliding_window_view
from .windows import batched, output_size, per_axis, times

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "max_pool1d",
    "max_pool2d",
]

Sizes = tuple[int, ...]
_BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


# Taps -------------------------------------------------------------------------------------------


def _taps(
    size: Sizes, count: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes
) -> list[tuple[Any, Any]]:
    """For each place of the window: the windows that have an element there, and those elements."""
    axes = []
    for n, m, k, s, p, d in zip(size, count, kernel, stride, padding, dilation):
        places = []
        for i in range(k):
            shift = i * d - p
            first = max(0, -(shift // s))
            last = min(m, (n - 1 - shift) // s + 1)
            if last > first:
                start = first * s + shift
                places.append(
                    (slice(first, last), slice(start, start + (last - first - 1) * s + 1, s))
                )
        axes.append(places)
    return [
        ((..., *(windows for windows, _ in tap)), (..., *(elements for _, elements in tap)))
        for tap in itertools.product(*axes)
    ]


def _merged(ufunc: Any, start: Any, x: Any, shape: Sizes, taps: list) -> Any:
    """What ``ufunc`` makes of the elements of each window, from ``start`` on."""
    every = tuple(slice(0, m) for m in shape[2:])
    whole = [x[elements] for windows, elements in taps if windows[1:] == every]
    if len(whole) > 1:
        out = ufunc(whole[0], whole[1])
        del whole[:2]
    else:
        out = np.full_like(x, start, shape=shape)
    for part in whole:
        ufunc(out, part, out=out)
    for windows, elements in taps:
        if windows[1:] != every:
            ufunc(out[windows], x[elements], out=out[windows])
    return out


def _kept(x: Any, mask: Any) -> Any:
    """``x`` where ``mask`` holds and 0 elsewhere, also where ``x`` is infinite or NaN."""
    bits = _BITS.get(x.dtype)
    if bits is None:
        return np.where(mask, x, np.zeros((), x.dtype))
    # All bits or none, several times faster than np.where.
    return np.bitwise_and(x.view(bits), np.negative(mask.view(np.int8))).view(x.dtype)


def _is_apart(kernel: Sizes, stride: Sizes, dilation: Sizes) -> bool:
    """Whether no two windows share an element."""
    return all(d * (k - 1) < s for k, s, d in zip(kernel, stride, dilation))


def _in_layout_of(g: Any, out: Any) -> Any:
    """A cotangent in the memory layout of the output, which is that of the input."""
    if type(g) in FACES or type(out) in FACES or g.strides == out.strides:
        return g
    same = np.empty_like(out, dtype=g.dtype)
    same[...] = g
    return same


# The ops ----------------------------------------------------------------------------------------


def _sample(shape: Sizes, kernel: Any, stride: Any, padding: Any = 0, dilation: Any = 1) -> tuple:
    """A shape and the parameters that the ops take."""
    n = len(shape) - 2
    kernel, stride, padding, dilation = (
        (v,) * n if isinstance(v, int) else v for v in (kernel, stride, padding, dilation)
    )
    sizes = zip(shape[2:], kernel, stride, padding, dilation)
    count = tuple((m + 2 * p - d * (k - 1) - 1) // s + 1 for m, k, s, p, d in sizes)
    geometry = {"count": count, "kernel": kernel, "stride": stride, "padding": padding}
    return shape, {**geometry, "dilation": dilation}


_SAMPLES = (
    _sample((2, 2, 5), 2, 2),
    _sample((1, 1, 6), 3, 2, padding=1, dilation=2),
    _sample((1, 2, 4, 5), 2, 2),
    _sample((2, 1, 4, 4), (3, 2), (1, 2), padding=(1, 0)),
    _sample((0, 2, 3, 3), 2, 1),
)


def _pooled(shape: Sizes, count: Sizes) -> Sizes:
    return (*shape[:2], *count)


def _lowest(dtype: Any) -> Any:
    return np.iinfo(dtype).min if dtype.kind in "iu" else False if dtype.kind == "b" else -np.inf


def _largest(
    x: Any,
    kernel: Sizes = (),
    stride: Sizes = (),
    padding: Sizes = (),
    dilation: Sizes = (),
    count: Sizes = (),
) -> Any:
    taps = _taps(x.shape[2:], count, kernel, stride, padding, dilation)
    return _merged(np.maximum, _lowest(x.dtype), x, _pooled(x.shape, count), taps)


def _winners(x: Any, out: Any, count: Sizes, **geometry: Any) -> tuple:
    """For each tap the mask of the windows whose largest element is there and nowhere before."""
    left = np.ones_like(out, dtype=bool)
    # NaN is not equal to itself.
    broken = bool(np.isnan(np.add.reduce(out, axis=None)))
    masks = []
    for windows, elements in _taps(x.shape[2:], count, **geometry):
        part = x[elements]
        mask = part == out[windows]
        if broken:
            mask |= np.isnan(part)
        mask &= left[windows]
        left[windows] ^= mask
        masks.append(mask)
    return tuple(masks)


def _max_vjp(g: Any, out: Any, x: Any, **geometry: Any) -> Any:
    winners = _winners(plain(x), plain(out), **geometry)
    return _send(_in_layout_of(g, out), winners=winners, size=tuple(x.shape[2:]), **geometry)


def _max_jvp(tangents: Any, out: Any, x: Any, **geometry: Any) -> Any:
    winners = _winners(plain(x), plain(out), **geometry)
    return _fetch(tangents[0], winners=winners, **geometry)


def _sent(
    g: Any,
    kernel: Sizes = (),
    stride: Sizes = (),
    padding: Sizes = (),
    dilation: Sizes = (),
    count: Sizes = (),
    winners: tuple = (),
    size: Sizes = (),
) -> Any:
    out = np.zeros_like(g, shape=(*g.shape[:2], *size))
    apart = _is_apart(kernel, stride, dilation)
    taps = _taps(size, count, kernel, stride, padding, dilation)
    for (windows, elements), mask in zip(taps, winners, strict=True):
        share = _kept(g[windows], mask)
        if apart:
            out[elements] = share
        else:
            out[elements] += share
    return out


def _fetched(
    x: Any,
    kernel: Sizes = (),
    stride: Sizes = (),
    padding: Sizes = (),
    dilation: Sizes = (),
    count: Sizes = (),
    winners: tuple = (),
) -> Any:
    out = np.zeros_like(x, shape=_pooled(x.shape, count))
    taps = _taps(x.shape[2:], count, kernel, stride, padding, dilation)
    for (windows, elements), mask in zip(taps, winners, strict=True):
        out[windows] += _kept(x[elements], mask)
    return out


def _max_reference(x: Any, **geometry: Any) -> Any:
    return _reference_windows(x, -np.inf, **geometry).max(axis=-1)


def _reference_windows(
    x: Any, outside: float, count: Any, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> Any:
    """All windows, with their elements along the last axis."""
    n = len(kernel)
    sides = tuple((p, p) for p in padding)
    x = pad(x, ((0, 0), (0, 0), *sides), constant_values=outside)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    windows = sliding_window_view(x, spans, tuple(range(2, n + 2)))
    every = (slice(None, None, step) for step in (*stride, *dilation))
    windows = windows[(slice(None), slice(None), *every)]
    return windows.reshape((*windows.shape[: n + 2], math.prod(kernel)))


def _drawn_winners(rng: np.random.Generator) -> list:
    found = []
    for shape, params in _SAMPLES:
        x = distinct(rng, *shape)
        out = _largest(x, **params)
        found.append((x, out, {"winners": _winners(x, out, **params), **params}))
    return found


_max_pool: Op = primitive(
    _largest,
    vjp=_max_vjp,
    jvp=_max_jvp,
    name="_max_pool",
    label="max_pool",
    doc="The largest number of each window.",
    samples=lambda rng: [((distinct(rng, *shape),), params) for shape, params in _SAMPLES],
    reference=_max_reference,
)
_send: Op = linear(
    _sent,
    lambda ct, g, winners, size, **geometry: _fetch(ct, winners=winners, **geometry),
    name="_send",
    label="max_poolᵀ",
    doc="Each number of ``g`` at the place of its window's largest element.",
    samples=lambda rng: [
        ((uniform(rng, *out.shape),), {"size": x.shape[2:], **params})
        for x, out, params in _drawn_winners(rng)
    ],
)
_fetch: Op = linear(
    _fetched,
    lambda g, x, winners, **geometry: _send(
        g, winners=winners, size=tuple(x.shape[2:]), **geometry
    ),
    name="_fetch",
    label="max_pool",
    doc="From each window the element at a given place: the transpose of ``_send``.",
    samples=lambda rng: [
        ((uniform(rng, *x.shape),), params) for x, out, params in _drawn_winners(rng)
    ],
)


# ``scale`` is what the sum of a window is multiplied by: a number, or one for each window.


def _averaged(
    x: Any,
    kernel: Sizes = (),
    stride: Sizes = (),
    padding: Sizes = (),
    dilation: Sizes = (),
    count: Sizes = (),
    scale: Any = 1.0,
) -> Any:
    taps = _taps(x.shape[2:], count, kernel, stride, padding, dilation)
    out = _merged(np.add, 0, x, _pooled(x.shape, count), taps)
    out *= scale
    return out


def _shared_out(
    g: Any,
    kernel: Sizes = (),
    stride: Sizes = (),
    padding: Sizes = (),
    dilation: Sizes = (),
    count: Sizes = (),
    scale: Any = 1.0,
    size: Sizes = (),
) -> Any:
    out = np.zeros_like(g, shape=(*g.shape[:2], *size))
    share = g * scale
    apart = _is_apart(kernel, stride, dilation)
    for windows, elements in _taps(size, count, kernel, stride, padding, dilation):
        if apart:
            out[elements] = share[windows]
        else:
            out[elements] += share[windows]
    return out


_SCALES = (1 / 2, 0.25, 1 / 4, np.linspace(0.1, 0.7, 8).reshape(4, 2), 1 / 4)


def _avg_samples(rng: np.random.Generator, size: bool = False) -> list:
    found = []
    for (shape, params), scale in zip(_SAMPLES, _SCALES, strict=True):
        drawn = _pooled(shape, params["count"]) if size else shape
        more = {"size": shape[2:]} if size else {}
        found.append(((uniform(rng, *drawn),), {"scale": scale, **more, **params}))
    return found


_avg_pool: Op = linear(
    _averaged,
    lambda g, x, scale, **geometry: _share(g, scale=scale, size=tuple(x.shape[2:]), **geometry),
    name="_avg_pool",
    label="avg_pool",
    doc="The sum of each window, scaled.",
    samples=_avg_samples,
    reference=lambda x, scale, **geometry: (
        _reference_windows(x, 0.0, **geometry).sum(axis=-1) * scale
    ),
)
_share: Op = linear(
    _shared_out,
    lambda ct, g, scale, size, **geometry: _avg_pool(ct, scale=scale, **geometry),
    name="_share",
    label="avg_poolᵀ",
    doc="Each number of ``g``, scaled, at all places of its window: ``_avg_pool``'s transpose.",
    samples=lambda rng: _avg_samples(rng, size=True),
)


# Reading the call -------------------------------------------------------------------------------


def _read(
    op: str,
    n: int,
    x: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> tuple[Any, bool, dict[str, Any]]:
    """The input with its batch axis, whether it came without, and the ops' parameters."""
    x, single = batched(op, x, n)
    kernel = per_axis(op, "kernel_size", kernel_size, n)
    stride = kernel if stride is None else per_axis(op, "stride", stride, n)
    padding = per_axis(op, "padding", padding, n, least=0)
    dilation = per_axis(op, "dilation", dilation, n)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    if any(p > span // 2 for p, span in zip(padding, spans)):
        raise ValueError(
            f"{op}: padding={padding} for windows of {times(spans)}; it is at most half of them, "
            "so that each has an element of x"
        )
    sides = tuple((p, p) for p in padding)
    count = output_size(op, x, kernel, stride, sides, dilation)
    if ceil_mode:
        # A further window that begins inside x, or in the padding before it, is cut off at the end.
        sizes = zip(x.shape[2:], spans, stride, padding, count)
        count = tuple(
            m + ((free + 2 * p - span) % s > 0 and m * s < free + p)
            for free, span, s, p, m in sizes
        )
    geometry = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    return x, single, {"count": count, **geometry}


def _largest_of(
    op: str,
    n: int,
    x: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> Any:
    x, single, params = _read(op, n, x, kernel_size, stride, padding, dilation, ceil_mode)
    out = _max_pool(x, **params)
    return out[0] if single else out


def _mean_of(
    op: str,
    n: int,
    x: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: Any = None,
) -> Any:
    x, single, params = _read(op, n, x, kernel_size, stride, padding, 1, ceil_mode)
    if x.dtype.kind != "f":
        x = x.astype(np.float64)  # as a mean is
    if divisor is not None:
        if divisor == 0:
            raise ValueError(f"{op}: divisor_override=0")
        scale: Any = 1.0 / divisor
    elif ceil_mode or (any(params["padding"]) and not count_include_pad):
        scale = _scales(x, params, count_include_pad)
    else:
        scale = 1.0 / math.prod(params["kernel"])
    out = _avg_pool(x, scale=scale, **params)
    return out[0] if single else out


def _scales(x: Any, params: dict[str, Any], count_include_pad: bool) -> Any:
    """One by the number of elements of each window, with or without those in the padding."""
    geometry = (params[k] for k in ("count", "kernel", "stride", "padding"))
    lengths = []
    for free, m, k, s, p in zip(x.shape[2:], *geometry):
        outside = p if count_include_pad else 0
        first = np.arange(m) * s - p
        lengths.append(np.minimum(first + k, free + outside) - np.maximum(first, -outside))
    total = lengths[0] if len(lengths) == 1 else np.multiply.outer(*lengths)
    return (1.0 / total).astype(x.dtype)


def _adapted(op: str, n: int, x: Any, output_size: Any) -> Any:
    x, single = batched(op, x, n)
    if isinstance(output_size, (tuple, list)) and len(output_size) == n:
        # None keeps an axis as it is.
        output_size = tuple(m if w is None else w for m, w in zip(x.shape[2:], output_size))
    wanted = per_axis(op, "output_size", output_size, n)
    if 0 in x.shape[2:]:
        raise ValueError(f"{op}: x of shape {tuple(x.shape)} has no elements to average")
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    if set(wanted) == {1}:
        out = x.mean(axis=tuple(range(2, n + 2)), keepdims=True)
    else:
        out = x
        for axis, m in enumerate(wanted, start=2):
            weights = _shares(x.shape[axis], m).astype(x.dtype)
            out = moveaxis(moveaxis(out, axis, -1) @ weights, -1, axis)
    return out[0] if single else out


def _shares(n: int, m: int) -> Any:
    """(n, m): the weight of each of ``n`` elements in each of ``m`` means."""
    places = np.arange(m)
    first, last = places * n // m, -((places + 1) * -n // m)
    k = np.arange(n)[:, None]
    return ((first <= k) & (k < last)) / (last - first)


# What users call --------------------------------------------------------------------------------


@composite(
    samples=lambda rng: [
        ((distinct(rng, 2, 2, 5), 2), {}),
        ((distinct(rng, 1, 6), 3), {"stride": 2, "padding": 1, "ceil_mode": True}),
    ],
)
def max_pool1d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:
    """The largest number of each window along the last axis.

    As :func:`max_pool2d`, for ``x`` of shape (batch, channels, length).

    Examples
    --------
    >>> import autograd as ag
    >>> ag.max_pool1d([[[1.0, 3.0, 2.0, 0.0]]], 2)
    array([[[3., 2.]]])
    """
    return _largest_of("max_pool1d", 1, x, kernel_size, stride, padding, dilation, ceil_mode)


@composite(
    samples=lambda rng: [
        ((distinct(rng, 2, 2, 4, 5), 2), {}),
        ((distinct(rng, 2, 5, 5), (3, 2)), {"stride": 2, "padding": (1, 0), "ceil_mode": True}),
    ],
)
def max_pool2d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:
    """The largest number of each window of an image.

    ``out[n, c, y, x'] = max over i, j of x[n, c, stride y + dilation i, stride x' + dilation j]``
    (Goodfellow, Bengio and Courville 2016, section 9.3), with the names and the sizes of
    ``torch.nn.functional.max_pool2d``. Of equal numbers the first, row by row, has the gradient.

    Parameters
    ----------
    x : array of shape (batch, channels, height, width)
        Or one example without the batch.
    kernel_size : int or pair
        Height and width of a window.
    stride : int or pair, optional
        How far it is from one window to the next; ``kernel_size`` unless given.
    padding : int or pair
        Places added on both sides of each axis, which never are the largest; at most half a window.
    dilation : int or pair
        How far it is from one element of a window to the next.
    ceil_mode : bool
        Take in what a last, incomplete window would hold.

    Examples
    --------
    >>> import numpy as np, autograd as ag
    >>> image = ag.tensor(np.arange(16.0).reshape(1, 1, 4, 4), requires_grad=True)
    >>> out = ag.max_pool2d(image, 2)
    >>> out.numpy()
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    >>> out.sum().backward()
    >>> image.grad[0, 0, 1]
    array([0., 1., 0., 1.])
    """
    return _largest_of("max_pool2d", 2, x, kernel_size, stride, padding, dilation, ceil_mode)


@composite(
    samples=lambda rng: [
        ((uniform(rng, 2, 2, 5), 2), {}),
        ((uniform(rng, 1, 6), 3), {"stride": 2, "padding": 1, "count_include_pad": False}),
    ],
)
def avg_pool1d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window along the last axis.

    As :func:`avg_pool2d`, for ``x`` of shape (batch, channels, length).

    Examples
    --------
    >>> import autograd as ag
    >>> ag.avg_pool1d([[[1.0, 3.0, 2.0, 0.0]]], 2)
    array([[[2., 1.]]])
    """
    return _mean_of("avg_pool1d", 1, x, kernel_size, stride, padding, ceil_mode, count_include_pad)


@composite(
    samples=lambda rng: [
        ((uniform(rng, 2, 2, 4, 5), 2), {}),
        ((uniform(rng, 2, 5, 5), (3, 2)), {"stride": 2, "padding": (1, 0), "ceil_mode": True}),
        ((uniform(rng, 1, 1, 3, 3), 2), {"divisor_override": 3}),
    ],
)
def avg_pool2d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of an image.

    The sum of a window by the number of its elements, with the names, the sizes and the counts of
    ``torch.nn.functional.avg_pool2d``.

    Parameters
    ----------
    x : array of shape (batch, channels, height, width)
        Or one example without the batch.
    kernel_size : int or pair
        Height and width of a window.
    stride : int or pair, optional
        How far it is from one window to the next; ``kernel_size`` unless given.
    padding : int or pair
        Zeros on both sides of each axis; at most half a window.
    ceil_mode : bool
        Take in what a last, incomplete window would hold.
    count_include_pad : bool
        Whether zeros of the padding count as elements.
    divisor_override : int, optional
        What to divide by in place of the number of elements.

    Examples
    --------
    >>> import numpy as np, autograd as ag
    >>> ag.avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """
    return _mean_of(
        "avg_pool2d",
        2,
        x,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
    )


@composite(samples=lambda rng: [((uniform(rng, 2, 2, 5), 3), {}), ((uniform(rng, 2, 3), 1), {})])
def adaptive_avg_pool1d(x: Any, output_size: Any) -> Any:
    """Means over as many parts of the last axis as asked for, all of about one length.

    As :func:`adaptive_avg_pool2d`, for ``x`` of shape (batch, channels, length).

    Examples
    --------
    >>> import autograd as ag
    >>> ag.adaptive_avg_pool1d([[[1.0, 3.0, 2.0, 0.0]]], 1)
    array([[[1.5]]])
    """
    return _adapted("adaptive_avg_pool1d", 1, x, output_size)


@composite(
    samples=lambda rng: [
        ((uniform(rng, 2, 2, 3, 4), 1), {}),
        ((uniform(rng, 1, 5, 4), (3, None)), {}),
    ],
)
def adaptive_avg_pool2d(x: Any, output_size: Any) -> Any:
    """Means over as many parts of an image as asked for; 1 is the mean of each channel.

    Part ``i`` of ``m`` along an axis of length ``n`` is from ``floor(i n / m)`` up to
    ``ceil((i + 1) n / m)``, as in ``torch.nn.functional.adaptive_avg_pool2d``.

    Parameters
    ----------
    x : array of shape (batch, channels, height, width)
        Or one example without the batch.
    output_size : int or pair
        Height and width of the result; ``None`` in a pair keeps that of ``x``.

    Examples
    --------
    >>> import numpy as np, autograd as ag
    >>> ag.adaptive_avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 1)
    array([[[[7.5]]]])
    """
    return _adapted("adaptive_avg_pool2d", 2, x, output_size)
