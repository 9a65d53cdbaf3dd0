"""Gradients kept from growing too large, between ``backward()`` and the optimizer's step."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.extend import effect

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value", "clip_grad_value_"]


def clip_grad_norm(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Any:
    """Scale all gradients by one number so that their norm, taken together, is at most a bound.

    Parameters
    ----------
    parameters : Tensor, iterable of Tensor, or Module
        Whose gradients; those without one are left out. A model will do as well.
    max_norm : float
        The bound (Pascanu et al. 2013).
    norm_type : float
        Which norm: 2, or 1, or ``math.inf`` for the largest absolute value, and so on.
    error_if_nonfinite : bool
        Whether a norm that is NaN or infinite is an error; the gradients stay as they are then.
        Else NaN in one gradient becomes NaN in all.

    Returns
    -------
    float
        The norm before.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([3.0, 4.0], requires_grad=True)
    >>> (p * p).sum().backward()
    >>> nn.optim.clip_grad_norm([p], max_norm=1.0)
    10.0
    >>> p.grad.round(6)
    array([0.6, 0.8])
    """
    if not max_norm > 0:
        raise ValueError(f"clip_grad_norm: max_norm is a positive number, got {max_norm}")
    if not norm_type > 0:
        raise ValueError(f"clip_grad_norm: norm_type is a positive number, got {norm_type}")
    given = _parameters(parameters, "clip_grad_norm")
    total = effect(functools.partial(_clip_norm, given, max_norm, norm_type, error_if_nonfinite))
    # Inside a captured function it is a tensor, for it is another one in each call.
    return total if isinstance(total, Tensor) else float(total)


def _clip_norm(
    parameters: list[Tensor], max_norm: float, norm_type: float, error_if_nonfinite: bool
) -> np.ndarray:
    found = _gradients(parameters)
    total = _norm(np.array([_norm(g, norm_type) for g in found]), norm_type)
    if not math.isfinite(total) and error_if_nonfinite:
        at = next((i for i, g in enumerate(found) if not np.isfinite(g).all()), None)
        raise RuntimeError(
            f"clip_grad_norm: the gradients' norm is {total}"
            + ("" if at is None else f", the first that is not finite is that of parameter {at}")
            + "; lower the learning rate, or find the op with autograd.detect_anomaly()"
        )
    # As PyTorch does: with 1e-6 against division by zero.
    factor = max_norm / (total + 1e-6)
    if not factor >= 1.0:
        for g in found:
            np.multiply(g, factor, out=g)
    return np.array(total)


def clip_grad_value(parameters: Any, clip_value: float) -> None:
    """Bring every element of the gradients between ``-clip_value`` and ``clip_value``.

    Parameters
    ----------
    parameters : Tensor, iterable of Tensor, or Module
        Whose gradients; those without one are left out. A model will do as well.
    clip_value : float
        The bound. NaN stays NaN.

    Examples
    --------
    >>> import nn
    >>> from autograd import tensor
    >>> p = tensor([0.25, -4.0], requires_grad=True)
    >>> (p * p).sum().backward()
    >>> nn.optim.clip_grad_value([p], 1.0)
    >>> p.grad
    array([ 0.5, -1. ])
    """
    if not clip_value > 0:
        raise ValueError(f"clip_grad_value: clip_value is a positive number, got {clip_value}")
    given = _parameters(parameters, "clip_grad_value")
    effect(functools.partial(_clip_value, given, clip_value))


def _clip_value(parameters: list[Tensor], clip_value: float) -> None:
    for g in _gradients(parameters):
        np.clip(g, -clip_value, clip_value, out=g)


# PyTorch's names, which say that the gradients change in place.
clip_grad_norm_ = clip_grad_norm
clip_grad_value_ = clip_grad_value


def _parameters(parameters: Any, owner: str) -> list[Tensor]:
    if hasattr(parameters, "parameters"):
        parameters = parameters.parameters()
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    for p in given:
        if not isinstance(p, Tensor):
            raise TypeError(f"{owner} takes parameters, such as model.parameters(), got {p!r:.80}")
    return given


def _gradients(parameters: list[Tensor]) -> list[np.ndarray]:
    """The very arrays of the gradients that there are."""
    return [g for p in parameters if (g := p.grad) is not None]


def _norm(g: np.ndarray, kind: float) -> float:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        flat = g.ravel("K")  # as it lies, without a copy
        norm = float(np.linalg.norm(flat, kind)) if flat.size else 0.0
        if kind == math.inf or 0.0 < norm < math.inf:
            return norm
        # Squares may have left the range of the dtype where the norm itself does not.
        largest = float(np.abs(flat).max(initial=0.0))
        if not 0.0 < largest < math.inf:
            return largest
        return largest * float(np.linalg.norm(flat / largest, kind))
