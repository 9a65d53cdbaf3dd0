"""Pooling over sequences and pictures: the largest or the mean number of each window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import autograd as ag

from ..module import FeatureError, Module
from .conv import each_axis

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "MaxPool1d",
    "MaxPool2d",
]

Size: TypeAlias = int | tuple[int, ...]


class _Pool(Module):
    """What pooling layers share: no parameters, and errors that name the layer."""

    axes = 2
    _compute: Callable[..., Any]

    def _settings(self) -> dict[str, Any]:
        raise NotImplementedError

    def _check(self, **settings: Any) -> None:
        for what, value in settings.items():
            each_axis(type(self).__name__, what, value, self.axes, least=int(what != "padding"))

    def forward(self, x: Any) -> Any:
        try:
            return type(self)._compute(x, **self._settings())
        except ValueError as error:
            raise FeatureError(f"{self!r} got an input that does not fit: {error}") from error

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self._settings().items())


class _MaxPool(_Pool):
    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode
        self._check(kernel_size=kernel_size, stride=self.stride, padding=padding, dilation=dilation)

    def _settings(self) -> dict[str, Any]:
        return {
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "ceil_mode": self.ceil_mode,
        }


class _AvgPool(_Pool):
    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self._check(kernel_size=kernel_size, stride=self.stride, padding=padding)

    def _settings(self) -> dict[str, Any]:
        return {
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "padding": self.padding,
            "ceil_mode": self.ceil_mode,
            "count_include_pad": self.count_include_pad,
        }

    def extra_repr(self) -> str:
        shown = {"kernel_size": self.kernel_size, "stride": self.stride, "padding": self.padding}
        if self.axes == 1:  # PyTorch writes these as tuples, in this layer alone
            shown = {k: v if isinstance(v, tuple) else (v,) for k, v in shown.items()}
        return ", ".join(f"{name}={value}" for name, value in shown.items())


class _AdaptiveAvgPool(_Pool):
    def __init__(self, output_size: Any) -> None:
        self.output_size = output_size

    def _settings(self) -> dict[str, Any]:
        return {"output_size": self.output_size}


class MaxPool1d(_MaxPool):
    """The largest number of each window along a sequence: :func:`autograd.max_pool1d`.

    Parameters
    ----------
    kernel_size : int
        Length of a window.
    stride : int, optional
        How far it is from one window to the next; ``kernel_size`` unless given.
    padding : int
        Places added at both ends, at most half a window.
    dilation : int
        How far it is from one element of a window to the next.
    ceil_mode : bool
        Take in what a last, incomplete window would hold.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.MaxPool1d(2)(np.ones((5, 3, 9))).shape
    (5, 3, 4)
    """

    axes = 1
    _compute = staticmethod(ag.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest number of each window of a picture: :func:`autograd.max_pool2d`.

    Of equal numbers the first, row by row, has the gradient, as in PyTorch.

    Parameters
    ----------
    kernel_size : int or pair
        Height and width of a window.
    stride : int or pair, optional
        How far it is from one window to the next; ``kernel_size`` unless given.
    padding : int or pair
        Places added on both sides of each axis, at most half a window.
    dilation : int or pair
        How far it is from one element of a window to the next.
    ceil_mode : bool
        Take in what a last, incomplete window would hold.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.MaxPool2d(2)(np.ones((5, 16, 8, 8))).shape
    (5, 16, 4, 4)
    """

    _compute = staticmethod(ag.max_pool2d)


class AvgPool1d(_AvgPool):
    """The mean of each window along a sequence: :func:`autograd.avg_pool1d`.

    Parameters
    ----------
    kernel_size : int
        Length of a window.
    stride : int, optional
        How far it is from one window to the next; ``kernel_size`` unless given.
    padding : int
        Zeros added at both ends, at most half a window.
    ceil_mode : bool
        Take in what a last, incomplete window would hold.
    count_include_pad : bool
        Whether zeros of the padding count as elements.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AvgPool1d(3)(np.ones((5, 3, 9))).shape
    (5, 3, 3)
    """

    axes = 1
    _compute = staticmethod(ag.avg_pool1d)


class AvgPool2d(_AvgPool):
    """The mean of each window of a picture: :func:`autograd.avg_pool2d`.

    Parameters
    ----------
    kernel_size : int or pair
        Height and width of a window.
    stride : int or pair, optional
        How far it is from one window to the next; ``kernel_size`` unless given.
    padding : int or pair
        Zeros added on both sides of each axis, at most half a window.
    ceil_mode : bool
        Take in what a last, incomplete window would hold.
    count_include_pad : bool
        Whether zeros of the padding count as elements.
    divisor_override : int, optional
        What to divide by in place of the number of elements.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AvgPool2d(2)(np.ones((5, 16, 8, 8))).shape
    (5, 16, 4, 4)
    """

    _compute = staticmethod(ag.avg_pool2d)

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def _settings(self) -> dict[str, Any]:
        return {**super()._settings(), "divisor_override": self.divisor_override}


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Means over a given number of parts of a sequence: :func:`autograd.adaptive_avg_pool1d`.

    Parameters
    ----------
    output_size : int
        How many parts; 1 is the mean of each channel.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AdaptiveAvgPool1d(2)(np.ones((5, 3, 9))).shape
    (5, 3, 2)
    """

    axes = 1
    _compute = staticmethod(ag.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Means over a given number of parts of a picture: :func:`autograd.adaptive_avg_pool2d`.

    Parameters
    ----------
    output_size : int or pair
        Height and width of the output, None for the input's; 1 is the mean of each channel.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AdaptiveAvgPool2d(1)(np.ones((5, 16, 8, 8))).shape
    (5, 16, 1, 1)
    """

    _compute = staticmethod(ag.adaptive_avg_pool2d)
