"""Losses of quantities: how far the outputs are from the truth."""

from __future__ import annotations

from typing import Any

import autograd as ag

from .base import Loss, reduced
from .checks import check_settings, paired
from .names import named

__all__ = [
    "HalfMSELoss",
    "HuberLoss",
    "L1Loss",
    "MSELoss",
    "SmoothL1Loss",
    "half_mse_loss",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "smooth_l1_loss",
]


@named("squared_error", "squared", "mean_squared_error", "mean_squared", "l2", "quadratic", "sse")
def mse_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Squared error, (input - target)².

    Parameters
    ----------
    input : Tensor or array
        The outputs of a model.
    target : array
        The truth, of the same shape: (n, 1) against (n,) would compare all with all, and is an
        error.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> float(nn.losses.mse_loss([1.0, 2.0], [3.0, 2.0]))
    2.0
    """
    input, target = paired("mse_loss", input, target)
    difference = input - target
    return reduced(difference * difference, reduction)


@named("half_squared_error", "half_squared")
def half_mse_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Half the squared error, (input - target)² / 2, whose derivative is the error.

    The loss of textbooks on backpropagation (Rumelhart, Hinton and Williams 1986, equation 3) and
    of scikit-learn's ``MLPRegressor``.

    Parameters
    ----------
    input : Tensor or array
        The outputs of a model.
    target : array
        The truth, of the same shape.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> float(nn.losses.half_mse_loss([1.0, 2.0], [3.0, 2.0]))
    1.0
    """
    input, target = paired("half_mse_loss", input, target)
    difference = input - target
    return reduced(0.5 * (difference * difference), reduction)


@named("mae", "absolute_error", "absolute", "mean_absolute_error", "mean_absolute", "laplace")
def l1_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Absolute error, \\|input - target\\|; its derivative at 0 is 0.

    Parameters
    ----------
    input : Tensor or array
        The outputs of a model.
    target : array
        The truth, of the same shape.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> float(nn.losses.l1_loss([1.0, 2.0], [3.0, 2.0]))
    1.0
    """
    input, target = paired("l1_loss", input, target)
    return reduced(abs(input - target), reduction)


@named()
def huber_loss(input: Any, target: Any, *, delta: float = 1.0, reduction: str = "mean") -> Any:
    """Half the squared error up to ``delta``, and from there on a line of slope ``delta``.

    So an outlier pulls with a bounded force: Huber (1964), *Robust estimation of a location
    parameter*.

    Parameters
    ----------
    input : Tensor or array
        The outputs of a model.
    target : array
        The truth, of the same shape.
    delta : float
        Where the line begins, above 0.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.huber_loss([1.0, 4.0], [0.0, 0.0], reduction="none").tolist()
    [0.5, 3.5]
    """
    check_settings("huber_loss", delta=delta)
    input, target = paired("huber_loss", input, target)
    return reduced(_huber(input - target, delta), reduction)


@named("smooth_mae")
def smooth_l1_loss(input: Any, target: Any, *, beta: float = 1.0, reduction: str = "mean") -> Any:
    """The absolute error with its corner rounded off: :func:`huber_loss` divided by ``beta``.

    Girshick (2015), *Fast R-CNN*, equation 3.

    Parameters
    ----------
    input : Tensor or array
        The outputs of a model.
    target : array
        The truth, of the same shape.
    beta : float
        Up to which error it is rounded; 0 leaves :func:`l1_loss`.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.smooth_l1_loss([1.0, 4.0], [0.0, 0.0], beta=2.0, reduction="none").tolist()
    [0.25, 3.0]
    """
    check_settings("smooth_l1_loss", beta=beta)
    input, target = paired("smooth_l1_loss", input, target)
    difference = input - target
    return reduced(_huber(difference, beta) / beta if beta else abs(difference), reduction)


def _huber(difference: Any, delta: float) -> Any:
    # One formula for both pieces: no branch not taken that could overflow, and the second
    # derivative at 0 is that of the square, which |x| would lose.
    near = ag.clip(difference, -delta, delta)
    return near * (difference - 0.5 * near)


class MSELoss(Loss, of=mse_loss):
    """:func:`mse_loss` with its settings."""


class HalfMSELoss(Loss, of=half_mse_loss):
    """:func:`half_mse_loss` with its settings."""


class L1Loss(Loss, of=l1_loss):
    """:func:`l1_loss` with its settings."""


class HuberLoss(Loss, of=huber_loss):
    """:func:`huber_loss` with its settings."""


class SmoothL1Loss(Loss, of=smooth_l1_loss):
    """:func:`smooth_l1_loss` with its settings."""
