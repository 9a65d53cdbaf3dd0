"""Losses of distributions: minus the log-likelihood of the truth, and the divergence of two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd.extend import effect

from .base import Loss, reduced
from .checks import (
    REDUCTIONS,
    arrayed,
    cast,
    check_from_0,
    check_log_probabilities,
    check_reduction,
    check_settings,
    paired,
)
from .names import named

__all__ = [
    "GaussianNLLLoss",
    "KLDivLoss",
    "PoissonNLLLoss",
    "gaussian_nll_loss",
    "kl_div",
    "poisson_nll_loss",
]

_KL_REDUCTIONS = (*REDUCTIONS, "batchmean")


@named("kl", "kl_divergence", "kullback_leibler_divergence")
def kl_div(input: Any, target: Any, *, log_target: bool = False, reduction: str = "mean") -> Any:
    """Kullback-Leibler divergence of ``target`` from ``input``: target (log target - input).

    Where the target is 0 so is the loss, and its gradient. Kullback and Leibler (1951), *On
    information and sufficiency*.

    Parameters
    ----------
    input : Tensor or array (..., classes)
        Log-probabilities of the model, as ``ag.log_softmax`` gives them.
    target : array
        Probabilities, of the same shape; their logarithms with ``log_target``.
    log_target : bool
        Whether the targets are logarithms.
    reduction : {"mean", "batchmean", "sum", "none"}
        "batchmean" is the divergence, summed over the classes and averaged over the first axis;
        "mean" divides by the number of all elements, as in PyTorch.

    Examples
    --------
    >>> import numpy as np, nn
    >>> p, q = np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])
    >>> round(float(nn.losses.kl_div(np.log(q), p, reduction="batchmean")), 4)
    0.6931
    """
    check_reduction(reduction, _KL_REDUCTIONS)
    input, target = paired("kl_div", input, target)
    check_log_probabilities("kl_div", input)
    if log_target:
        losses = ag.exp(target) * (target - input)
    else:
        check_from_0(_say_log_target, target)
        some = target > 0
        p = ag.where(some, target, 1.0)
        losses = ag.where(some, p * (ag.log(p) - ag.where(some, input, 0.0)), 0.0)
    if reduction == "batchmean":
        return losses.sum() / losses.shape[0]
    return reduced(losses, reduction)


def _say_log_target(_: np.ndarray) -> str:
    return (
        "kl_div: targets are probabilities, and some are below 0; for logarithms of "
        "probabilities pass log_target=True"
    )


@named("poisson")
def poisson_nll_loss(
    input: Any,
    target: Any,
    *,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Any:
    """Minus the log-likelihood of counts under a Poisson distribution.

    exp(input) - target input, or input - target log(input + eps) without ``log_input``. The term
    log(target!) is left out, or taken from Stirling's formula for targets above 1 with ``full``.

    Parameters
    ----------
    input : Tensor or array
        The logarithm of the expected count, or the expected count.
    target : array
        Counts, 0 or more, of the same shape.
    log_input : bool
        Whether ``input`` is the logarithm.
    full : bool
        Whether to add Stirling's term, target log(target) - target + log(2π target) / 2.
    eps : float
        Keeps the logarithm of an expected count of 0 finite.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.poisson_nll_loss([0.0, 1.0], [3, 0], reduction="none").round(4)
    array([1.    , 2.7183])
    """
    name = "poisson_nll_loss"
    check_settings(name, eps=eps)
    input, target = paired(name, input, target)
    check_from_0(_say_counts, target)
    if log_input:
        losses = ag.exp(input) - target * input
    else:
        check_from_0(_say_log_input, input)
        losses = input - target * ag.log(input + eps)
    if full:
        above = target > 1
        n = ag.where(above, target, 1.0)
        stirling = n * ag.log(n) - n + 0.5 * ag.log(2 * math.pi * n)
        losses = losses + ag.where(above, stirling, 0.0)
    return reduced(losses, reduction)


def _say_counts(targets: np.ndarray) -> str:
    return f"poisson_nll_loss: targets are counts, and the least is {targets.min()}"


def _say_log_input(outputs: np.ndarray) -> str:
    return (
        "poisson_nll_loss: with log_input=False the outputs are expected counts, and the least is "
        f"{outputs.min()}; give them an exp or softplus, or leave log_input=True"
    )


@named("gaussian")
def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    *,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    """Minus the log-likelihood under a normal distribution whose variance is learnt as well.

    (log var + (input - target)² / var) / 2; Nix and Weigend (1994), *Estimating the mean and
    variance of the target probability distribution*.

    Parameters
    ----------
    input : Tensor or array
        Expected values.
    target : array
        The truth, of the same shape.
    var : Tensor, array or number
        Variances, 0 or more: of that shape, or one for each example: that shape without the last
        axis, or with one of length 1.
    full : bool
        Whether to add the constant log(2π) / 2.
    eps : float
        What variances below are raised to. The gradient does not see that, as in PyTorch, so that
        a variance which became too small can grow again.
    reduction : {"mean", "sum", "none"}
        The mean over all elements (the cost), their sum, or the loss of each.

    Examples
    --------
    >>> import nn
    >>> nn.losses.gaussian_nll_loss([0.0, 2.0], [0.0, 0.0], [1.0, 4.0], reduction="none").round(4)
    array([0.    , 1.1931])

    A model of both, trained by :func:`nn.fit`, splits its outputs:

    >>> def loss(out, y, reduction="mean"):
    ...     mean, spread = out[:, :1], out[:, 1:]
    ...     return nn.losses.gaussian_nll_loss(mean, y, spread.exp(), reduction=reduction)
    """
    name = "gaussian_nll_loss"
    check_settings(name, eps=eps)
    input, target = paired(name, input, target)
    var = _variances(name, input, var)
    dtype = input.dtype if input.dtype.kind == "f" else np.dtype(float)
    var = var + effect(_missing, var, eps, dtype)
    error = input - target
    losses = 0.5 * (ag.log(var) + error * error / var)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduced(losses, reduction)


def _variances(name: str, input: Any, var: Any) -> Any:
    var = arrayed(var)
    shape, due = tuple(var.shape), tuple(input.shape)
    if shape and shape == due[:-1]:
        var = var.reshape((*shape, 1))
    elif shape not in ((), due, (*due[:-1], 1)):
        raise ValueError(
            f"{name}: var has shape {shape} for outputs of shape {due}; it takes that shape, or "
            f"one variance for each example, shape {due[:-1]}"
        )
    check_from_0(_say_variances, var)
    if type(var) is np.ndarray and input.dtype.kind == "f":
        var = cast(var, input.dtype)
    return var


def _say_variances(var: np.ndarray) -> str:
    return (
        f"gaussian_nll_loss: var holds variances, and the least is {var.min()}; give them an exp "
        "or softplus"
    )


def _missing(var: np.ndarray, eps: float, dtype: np.dtype) -> np.ndarray:
    """By how much variances are below ``eps``."""
    return np.asarray(np.maximum(eps - var, 0)).astype(dtype)


class KLDivLoss(Loss, of=kl_div):
    """:func:`kl_div` with its settings."""

    reductions = _KL_REDUCTIONS


class PoissonNLLLoss(Loss, of=poisson_nll_loss):
    """:func:`poisson_nll_loss` with its settings."""


class GaussianNLLLoss(Loss, of=gaussian_nll_loss):
    """:func:`gaussian_nll_loss` with its settings."""
