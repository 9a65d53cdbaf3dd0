"""Arguments of convolution and pooling: one number or one for each axis, and what fits what."""

from __future__ import annotations

import operator
from typing import Any

from .shape import arrayed

__all__ = ["axes_of", "batched", "output_size", "per_axis", "times"]

_AXES = {1: ("length",), 2: ("height", "width")}


def per_axis(op: str, what: str, value: Any, n: int, least: int = 1) -> tuple[int, ...]:
    """A number, or one for each of ``n`` axes, as a tuple of ints from ``least`` on."""
    try:
        pair = (
            tuple(operator.index(v) for v in value)
            if isinstance(value, (tuple, list))
            else (operator.index(value),) * n
        )
    except TypeError:
        raise TypeError(f"{op}: {what}={value!r}; it takes an int{_or_each(n)}") from None
    if len(pair) == 1:
        pair *= n
    if len(pair) != n or min(pair) < least:
        raise ValueError(f"{op}: {what}={value!r}; it takes an int of {least} or more{_or_each(n)}")
    return pair


def _or_each(n: int) -> str:
    return "" if n == 1 else f", or one for each of {' and '.join(_AXES[n])}"


def axes_of(n: int, batch: bool = True) -> str:
    """The axes of an input in words, as ``(batch, channels, height, width)``."""
    return f"({', '.join(('batch',) * batch + ('channels',) + _AXES[n])})"


def batched(op: str, x: Any, n: int) -> tuple[Any, bool]:
    """An input with its batch axis, and whether it came without."""
    x = arrayed(x)
    if x.ndim == n + 2:
        return x, False
    if x.ndim == n + 1:
        return x.reshape((1, *x.shape)), True
    cure = ""
    if x.ndim == n:
        cure = "; x[None, None] adds the axes of batch and channels"
    raise ValueError(
        f"{op}: x of shape {tuple(x.shape)}; it takes {axes_of(n)}, or {axes_of(n, False)} of one "
        f"example{cure}"
    )


def output_size(
    op: str,
    x: Any,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
) -> tuple[int, ...]:
    """How many windows fit along each axis; an error if none does."""
    sizes = tuple(x.shape[2:])
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    room = tuple(m + sum(p) for m, p in zip(sizes, padding))
    if any(span > free for span, free in zip(spans, room)):
        dilated = f" (dilated to {times(spans)})" if spans != kernel else ""
        padded = f", padded to {times(room)}" if room != sizes else ""
        raise ValueError(
            f"{op}: a kernel of {times(kernel)}{dilated} does not fit x of shape {tuple(x.shape)}, "
            f"whose {' and '.join(_AXES[len(sizes)])} are {times(sizes)}{padded}: take a smaller "
            "kernel, more padding, or fewer layers that shrink x before it"
        )
    return tuple((free - span) // s + 1 for free, span, s in zip(room, spans, stride))


def times(sizes: tuple[int, ...]) -> str:
    """Sizes in words: ``3 x 3``."""
    return " x ".join(map(str, sizes))
