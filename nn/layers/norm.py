"""Normalisation: over the batch, over the features, over groups of channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor, batch_norm, layer_norm, no_grad
from autograd.extend import effect

from ..module import FeatureError, Module
from .parameters import parameter, positive

__all__ = ["BatchNorm1d", "BatchNorm2d", "GroupNorm", "LayerNorm"]


class _BatchNorm(Module):
    """What the shapes of batch normalisation have in common."""

    takes: tuple[str, ...] = ()  # the shapes, in words

    weight: Tensor | None
    bias: Tensor | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: DTypeLike = np.float32,
    ) -> None:
        (self.num_features,) = n = positive(type(self).__name__, num_features=num_features)
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.weight = parameter(np.ones(n), dtype, "weight") if affine else None
        self.bias = parameter(np.zeros(n), dtype, "bias") if affine else None
        tracked = track_running_stats
        self.running_mean = Tensor(np.zeros(n), dtype=dtype) if tracked else None
        self.running_var = Tensor(np.ones(n), dtype=dtype) if tracked else None
        self.num_batches_tracked = Tensor(np.zeros((), np.int64)) if tracked else None

    def forward(self, x: Any) -> Any:
        shape = np.shape(x)
        if len(shape) not in [text.count(",") + 1 for text in self.takes]:
            raise FeatureError(
                f"{self!r} got an input of shape {shape}; it takes {' or '.join(self.takes)}"
            )
        if shape[1] != self.num_features:
            raise FeatureError(
                f"{self!r} got an input of shape {shape}: its axis 1 has to have length "
                f"{self.num_features}"
            )
        own = self.training or self.running_mean is None
        if own and math.prod(shape) < 2 * self.num_features:
            n = math.prod(shape) // self.num_features
            raise FeatureError(
                f"{self!r} got an input of shape {shape}{' while training' * self.training}: that "
                f"is {n} value{'s' * (n != 1)} for each feature, and their variance takes 2 or "
                "more. Use larger batches and leave out a last one of a single example; to "
                "predict, switch to model.eval() and keep running statistics"
            )
        if self.training and self.num_batches_tracked is not None:
            effect(self._count)
        return batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=own,
            momentum=self._mean_of_all if self.momentum is None else self.momentum,
            eps=self.eps,
        )

    def _count(self) -> None:
        assert self.num_batches_tracked is not None
        with no_grad():
            self.num_batches_tracked += 1

    def _mean_of_all(self) -> float:
        """How far this batch moves the mean of all batches so far."""
        assert self.num_batches_tracked is not None
        return 1.0 / self.num_batches_tracked.item()

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Standardise each feature over the batch, then scale and shift (Ioffe and Szegedy 2015).

    While training with the batch's own mean and variance, which also move the running ones; in
    evaluation with the running ones. The variance that normalises is the batch's, the one that is
    tracked the unbiased estimate, as in PyTorch.

    Parameters
    ----------
    num_features : int
        Length of axis 1 of the input, which has shape (batch, features) or
        (batch, features, length).
    eps : float
        Added to the variance.
    momentum : float or None
        How far each batch moves the running statistics; None for the mean over all batches.
    affine : bool
        Whether there are a ``weight`` and a ``bias`` to train.
    track_running_stats : bool
        Whether there are running statistics; else every batch is its own, in evaluation too.
    dtype : dtype
        Of parameters and statistics.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.BatchNorm1d(2)
    >>> layer(np.array([[1.0, 10.0], [3.0, 30.0]])).numpy().round(3).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    >>> layer.running_mean.numpy().round(3).tolist(), layer.num_batches_tracked.item()
    ([0.20000000298023224, 2.0], 1)
    """

    takes = ("(batch, features)", "(batch, features, length)")


class BatchNorm2d(_BatchNorm):
    """Standardise each channel over pictures and pixels (Ioffe and Szegedy 2015).

    As :class:`BatchNorm1d`, for inputs of shape (batch, channels, height, width).

    Parameters
    ----------
    num_features : int
        Number of channels, the length of axis 1.
    eps : float
        Added to the variance.
    momentum : float or None
        How far each batch moves the running statistics; None for the mean over all batches.
    affine : bool
        Whether there are a ``weight`` and a ``bias`` to train.
    track_running_stats : bool
        Whether there are running statistics; else every batch is its own, in evaluation too.
    dtype : dtype
        Of parameters and statistics.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.BatchNorm2d(3)(np.ones((2, 3, 8, 8))).shape
    (2, 3, 8, 8)
    """

    takes = ("(batch, channels, height, width)",)


class LayerNorm(Module):
    """Standardise each example over its last axes, then scale and shift (Ba et al. 2016).

    Parameters
    ----------
    normalized_shape : int or sequence of int
        Lengths of the last axes.
    eps : float
        Added to the variance.
    elementwise_affine : bool
        Whether there are a ``weight`` and a ``bias`` to train, one number for each element.
    bias : bool
        Whether there is a ``bias`` beside the ``weight``.
    dtype : dtype
        Of the parameters.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.LayerNorm(2)(np.array([[1.0, 3.0], [10.0, 30.0]])).numpy().round(3).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    weight: Tensor | None
    bias: Tensor | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
    ) -> None:
        single = isinstance(normalized_shape, (int, np.integer))
        sizes = [normalized_shape] if single else list(normalized_shape)  # type: ignore[arg-type]
        if not sizes:
            raise ValueError("LayerNorm needs a normalized_shape of one axis or more, got none")
        shape = tuple(positive("LayerNorm", **{f"normalized_shape[{i}]": n})[0]
                      for i, n in enumerate(sizes))  # fmt: skip
        self.normalized_shape = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight = parameter(np.ones(shape), dtype, "weight") if elementwise_affine else None
        shifted = elementwise_affine and bias
        self.bias = parameter(np.zeros(shape), dtype, "bias") if shifted else None

    def forward(self, x: Any) -> Any:
        given, due = np.shape(x), self.normalized_shape
        if given[-len(due) :] != due:
            raise FeatureError(
                f"{self!r} got an input of shape {given}: its last "
                + ("axis has" if len(due) == 1 else f"{len(due)} axes have")
                + f" to have length {', '.join(map(str, due))}"
            )
        if self.weight is None and len(due) > 1:
            # Without a weight to tell how many, the op normalises one axis.
            flat = x.reshape((*given[: -len(due)], math.prod(due)))
            return layer_norm(flat, eps=self.eps).reshape(given)
        return layer_norm(x, self.weight, self.bias, eps=self.eps)

    def extra_repr(self) -> str:
        bias = ", bias=False" if self.elementwise_affine and self.bias is None else ""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}{bias}"
        )


class GroupNorm(Module):
    """Standardise each example over groups of its channels, then scale and shift each channel.

    Wu and He 2018. One group is layer normalisation over all but the batch, as many groups as
    channels is instance normalisation.

    Parameters
    ----------
    num_groups : int
        Number of groups, which divides the channels.
    num_channels : int
        Length of axis 1 of the input.
    eps : float
        Added to the variance.
    affine : bool
        Whether there are a ``weight`` and a ``bias`` to train.
    dtype : dtype
        Of the parameters.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.GroupNorm(2, 4)(np.ones((5, 4, 8, 8))).shape
    (5, 4, 8, 8)
    """

    weight: Tensor | None
    bias: Tensor | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        dtype: DTypeLike = np.float32,
    ) -> None:
        sizes = positive("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        self.num_groups, self.num_channels = sizes
        if num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: {num_channels} channels do not make {num_groups} groups of one size"
            )
        self.eps = eps
        self.affine = affine
        self.weight = parameter(np.ones(num_channels), dtype, "weight") if affine else None
        self.bias = parameter(np.zeros(num_channels), dtype, "bias") if affine else None

    def forward(self, x: Any) -> Any:
        shape = np.shape(x)
        if len(shape) < 2 or shape[1] != self.num_channels:
            raise FeatureError(
                f"{self!r} got an input of shape {shape}: its axis 1 has to have length "
                f"{self.num_channels}"
            )
        inner = math.prod(shape[1:]) // self.num_groups
        groups = x.reshape((shape[0], self.num_groups, inner))
        out = layer_norm(groups, eps=self.eps).reshape(shape)
        if self.weight is None or self.bias is None:
            return out
        column = (self.num_channels,) + (1,) * (len(shape) - 2)
        return out * self.weight.reshape(column) + self.bias.reshape(column)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"
