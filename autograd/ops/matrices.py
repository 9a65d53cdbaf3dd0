"""What the matrix functions share: errors that teach, one-triangle gradients, sample stacks."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from ..op import plain

__all__ = ["checked", "of_triangle", "refuse_shape", "stacks"]

LinAlgError = np.linalg.LinAlgError


def stacks(make: Any, *shapes: tuple[int, ...], **params: Any) -> Any:
    return lambda rng: [((make(rng, *shape),), dict(params)) for shape in shapes]


def refuse_shape(name: str, a: Any, error: Exception) -> NoReturn:
    """Raise NumPy's ``LinAlgError`` again, with the op, the shape and what to do."""
    shape = np.shape(a)
    text = str(error)
    if len(shape) < 2:
        cure = "it takes matrices, in the last two axes; reshape the array"
    elif "square" in text:
        cure = "it takes square matrices; for others there are pinv and lstsq"
    elif "Singular" in text:
        cure = (
            "a matrix is singular, so it has no inverse; use pinv or lstsq, or add a small "
            "multiple of the identity"
        )
    elif "positive definite" in text:
        cure = (
            "a matrix is not positive definite; check that it is symmetric, or add a small "
            "multiple of the identity"
        )
    else:
        cure = "check for NaN and inf"
    raise LinAlgError(f"{name}: {text}. Given shape {shape}: {cure}") from None


def checked(name: str, function: Any) -> Any:
    def forward(a: Any) -> Any:
        try:
            return function(a)
        except LinAlgError as error:
            refuse_shape(name, a, error)

    return forward


def of_triangle(ct: Any, a: Any, lower: bool) -> Any:
    """From the gradient for a symmetric matrix to that for an array of which a triangle is read."""
    ct = (ct + ct.mT) * 0.5
    held = plain(a)
    if np.array_equal(held, held.mT):
        return ct
    ones = np.ones_like(held)
    weights = np.tril(ones) + np.tril(ones, -1) if lower else np.triu(ones) + np.triu(ones, 1)
    return ct * weights
