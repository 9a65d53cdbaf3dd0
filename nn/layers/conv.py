"""Convolutions over sequences and pictures, channels first, and their transposes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

import autograd as ag
from autograd import Tensor

from ..module import FeatureError, Module
from ..seed import Rng, generator
from .parameters import positive, uniform_parameter

__all__ = ["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"]

Size: TypeAlias = int | tuple[int, ...]

# Ways to pad, and what NumPy calls them.
_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def each_axis(layer: str, what: str, value: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """A number, or one for each axis, as a tuple of ints from ``least`` on.

    Examples
    --------
    >>> from nn.layers.conv import each_axis
    >>> each_axis("Conv2d", "stride", 2, axes=2)
    (2, 2)
    """
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes
    if len(given) != axes or not all(
        isinstance(n, (int, np.integer)) and n >= least for n in given
    ):
        several = "" if axes == 1 else f", or a tuple of {axes}"
        raise ValueError(f"{layer}: {what}={value!r}; it takes an int of {least} or more{several}")
    return tuple(int(n) for n in given)


class _Convolution(Module):
    """What all convolutions share: sizes, the two parameters, and how they start."""

    axes = 2
    _compute: Callable[..., Any]

    weight: Tensor
    bias: Tensor | None
    padding: tuple[int, ...] | str
    output_padding: tuple[int, ...] = (0,)
    padding_mode = "zeros"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size,
        dilation: Size,
        groups: int,
        bias: bool,
        dtype: DTypeLike,
        rng: Rng,
    ) -> None:
        kind = type(self).__name__
        self.in_channels, self.out_channels, self.groups = positive(
            kind, in_channels=in_channels, out_channels=out_channels, groups=groups
        )
        for what, n in (("in_channels", in_channels), ("out_channels", out_channels)):
            if n % groups:
                raise ValueError(f"{kind}: groups={groups} does not divide {what}={n}")
        self.kernel_size = self._each("kernel_size", kernel_size)
        self.stride = self._each("stride", stride)
        self.dilation = self._each("dilation", dilation)
        shape = self._weight_shape()
        # PyTorch's kaiming_uniform(a=sqrt(5)) comes to this bound, which its bias has as well.
        bound = 1.0 / math.sqrt(math.prod(shape[1:]))
        rng = generator(rng)
        self.weight = uniform_parameter(shape, bound, dtype, rng, "weight")
        biases = (self.out_channels,)
        self.bias = uniform_parameter(biases, bound, dtype, rng, "bias") if bias else None

    def _each(self, what: str, value: Any, least: int = 1) -> tuple[int, ...]:
        return each_axis(type(self).__name__, what, value, self.axes, least)

    def _weight_shape(self) -> tuple[int, ...]:
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    def _run(self, x: Any, **geometry: Any) -> Any:
        try:
            return type(self)._compute(
                x,
                self.weight,
                self.bias,
                stride=self.stride,
                dilation=self.dilation,
                groups=self.groups,
                **geometry,
            )
        except ValueError as error:
            raise FeatureError(f"{self!r} got an input that does not fit: {error}") from error

    def extra_repr(self) -> str:
        parts = [f"{self.in_channels}, {self.out_channels}"]
        parts += [f"kernel_size={self.kernel_size}", f"stride={self.stride}"]
        if isinstance(self.padding, str) or any(self.padding):
            parts.append(f"padding={self.padding}")
        if max(self.dilation) > 1:
            parts.append(f"dilation={self.dilation}")
        if any(self.output_padding):
            parts.append(f"output_padding={self.output_padding}")
        if self.groups > 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        if self.padding_mode != "zeros":
            parts.append(f"padding_mode={self.padding_mode}")
        return ", ".join(parts)


class _Conv(_Convolution):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, dilation, groups, bias, dtype, rng
        )
        kind = type(self).__name__
        if padding_mode not in _MODES:
            raise ValueError(
                f"{kind}: padding_mode={padding_mode!r}; there are {', '.join(map(repr, _MODES))}"
            )
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"{kind}: padding={padding!r}; in words it is 'same' or 'valid'")
            if padding == "same" and max(self.stride) > 1:
                raise ValueError(
                    f"{kind}: padding='same' keeps the size, and stride={self.stride} does not"
                )
            self.padding = padding
        else:
            self.padding = self._each("padding", padding, least=0)
        self.padding_mode = padding_mode

    def forward(self, x: Any) -> Any:
        if self.padding_mode == "zeros":
            return self._run(x, padding=self.padding)
        return self._run(self._padded(x))

    def _padded(self, x: Any) -> Any:
        """The input with margins made of its own numbers."""
        sides: list[tuple[int, int]] = [(0, 0)] * (x.ndim - self.axes)
        if isinstance(self.padding, str):
            spare = [d * (k - 1) for k, d in zip(self.kernel_size, self.dilation)]
            sides += [(n // 2, n - n // 2) if self.padding == "same" else (0, 0) for n in spare]
        else:
            sides += [(n, n) for n in self.padding]
        return ag.pad(x, sides, mode=_MODES[self.padding_mode])


class _ConvTranspose(_Convolution):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, dilation, groups, bias, dtype, rng
        )
        self.padding = self._each("padding", padding, least=0)
        self.output_padding = self._each("output_padding", output_padding, least=0)

    def _weight_shape(self) -> tuple[int, ...]:
        return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)

    def forward(self, x: Any) -> Any:
        return self._run(x, padding=self.padding, output_padding=self.output_padding)


class Conv1d(_Conv):
    """Convolution along a sequence: :func:`autograd.conv1d` with a weight and a bias to train.

    As :class:`Conv2d`, for inputs of shape (batch, channels, length).

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of input and output.
    kernel_size : int
        Length of a window.
    stride : int
        How far it is from one window to the next.
    padding : int, "same" or "valid"
        How much is added on both sides; "same" keeps the length.
    dilation : int
        How far it is from one element of a window to the next.
    groups : int
        Parts into which the channels are split.
    bias : bool
        Whether a number is added to each output channel.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What is added.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Conv1d(2, 4, 3, padding=1)(np.ones((5, 2, 9))).shape
    (5, 4, 9)
    """

    axes = 1
    _compute = staticmethod(ag.conv1d)


class Conv2d(_Conv):
    """Convolution of pictures: :func:`autograd.conv2d` with a weight and a bias to train.

    Takes (batch, channels, height, width), or one picture without the batch. ``weight`` has the
    shape (out_channels, in_channels / groups, kernel, kernel), ``bias`` (out_channels,); both start
    as PyTorch's, uniform on ±1/sqrt(fan_in).

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of input and output.
    kernel_size : int or pair
        Height and width of a window.
    stride : int or pair
        How far it is from one window to the next.
    padding : int, pair, "same" or "valid"
        How much is added on both sides of each axis; "same" keeps height and width.
    dilation : int or pair
        How far it is from one element of a window to the next.
    groups : int
        Parts into which the channels are split.
    bias : bool
        Whether a number is added to each output channel.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What is added.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Conv2d(1, 16, 3, padding=1)
    >>> layer
    Conv2d(1, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    >>> layer(np.ones((5, 1, 8, 8))).shape
    (5, 16, 8, 8)
    >>> layer(np.ones((5, 8, 8)))
    Traceback (most recent call last):
        ...
    nn.module.FeatureError: Conv2d(1, 16, kernel_size=(3, 3), ...; x[:, None] adds the axis ...
    """

    axes = 2
    _compute = staticmethod(ag.conv2d)


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution along a sequence: :func:`autograd.conv_transpose1d` to train.

    As :class:`ConvTranspose2d`, for inputs of shape (batch, channels, length).

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of input and output.
    kernel_size : int
        Length of what each element becomes.
    stride : int
        How far apart neighbours are laid down.
    padding : int
        How much is cut off from both ends.
    output_padding : int
        How much is added at the end.
    groups : int
        Parts into which the channels are split.
    bias : bool
        Whether a number is added to each output channel.
    dilation : int
        How far it is from one element of the kernel to the next.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.ConvTranspose1d(2, 4, 2, stride=2)(np.ones((5, 2, 9))).shape
    (5, 4, 18)
    """

    axes = 1
    _compute = staticmethod(ag.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution of pictures: :func:`autograd.conv_transpose2d` to train.

    What makes pictures larger: with ``stride=2`` and ``kernel_size=2`` twice as high and wide.
    ``weight`` has the shape (in_channels, out_channels / groups, kernel, kernel).

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of input and output.
    kernel_size : int or pair
        Height and width of what each pixel becomes.
    stride : int or pair
        How far apart neighbours are laid down.
    padding : int or pair
        Rows and columns cut off from each side.
    output_padding : int or pair
        Rows and columns added at the end.
    groups : int
        Parts into which the channels are split.
    bias : bool
        Whether a number is added to each output channel.
    dilation : int or pair
        How far it is from one element of the kernel to the next.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.ConvTranspose2d(16, 1, 2, stride=2)(np.ones((5, 16, 4, 4))).shape
    (5, 1, 8, 8)
    """

    axes = 2
    _compute = staticmethod(ag.conv_transpose2d)
