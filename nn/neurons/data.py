"""What a learner types, as arrays: lists, tuples, plain numbers, tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import plain

__all__ = ["check_rate", "examples", "features", "starting_weights"]


def numbers(x: Any, who: str) -> np.ndarray:
    """``x`` as an array of finite floats."""
    try:
        array = plain(x)
    except ValueError as error:
        raise ValueError(f"{who} needs examples of equal length: {error}") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{who} takes numbers, got {array.dtype}")
    if array.dtype.kind != "f":
        array = array.astype(float)
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{who} got {array[place]} at {list(place)}; fill or drop it first")
    return array


def features(x: Any, n_inputs: int, who: str) -> np.ndarray:
    """One example (n_inputs,), or several (n, n_inputs)."""
    array = numbers(x, who)
    if array.ndim == 0 and n_inputs == 1:
        return array.reshape(1)
    if array.ndim not in (1, 2) or array.shape[-1] != n_inputs:
        one = n_inputs == 1 and array.ndim == 1
        raise ValueError(
            f"{who} has {n_inputs} input{'s' * (n_inputs > 1)} and got shape {array.shape}; give "
            f"one example ({n_inputs},) or several (n, {n_inputs})"
            + (". Several numbers in a row become several examples by x.reshape(-1, 1)" * one)
        )
    return array


def examples(x: Any, y: Any, n_inputs: int | None, who: str) -> tuple[np.ndarray, np.ndarray]:
    """The data (n, inputs) and one label for each example, to learn from."""
    array = numbers(x, who)
    if array.ndim != 2:
        raise ValueError(
            f"{who} learns from several examples (n, inputs), got shape {array.shape}"
            + (". A single column is x.reshape(-1, 1)" if array.ndim == 1 else "")
        )
    if n_inputs is not None:
        features(array, n_inputs, who)
    labels = plain(y)
    if labels.shape != (len(array),):
        column = labels.shape == (len(array), 1)
        raise ValueError(
            f"{who} got {len(array)} examples and labels of shape {labels.shape} where "
            f"({len(array)},) is due" + ("; drop the last axis: y[:, 0]" if column else "")
        )
    if not array.size:
        raise ValueError(f"{who} got no data (shape {array.shape})")
    return array, labels


def starting_weights(weights: Any, n_inputs: int | None, who: str) -> np.ndarray | None:
    """The given weights, zeros for ``n_inputs`` of them, or nothing yet."""
    if n_inputs is not None and n_inputs < 1:
        raise ValueError(f"{who} needs n_inputs of 1 or more, got {n_inputs}")
    if weights is None:
        return None if n_inputs is None else np.zeros(n_inputs)
    array = numbers(weights, who)
    if array.ndim != 1 or not array.size:
        raise ValueError(
            f"{who} has one weight for each input, a list such as [0.5, -1]; got {weights!r}"
        )
    if n_inputs is not None and len(array) != n_inputs:
        raise ValueError(f"{who} got {len(array)} weights and n_inputs={n_inputs}")
    return array.astype(float)


def check_rate(lr: float, epochs: int, who: str) -> None:
    """Refuse what cannot learn."""
    if not lr > 0 or lr == float("inf"):
        raise ValueError(f"{who} needs a learning rate above 0, got lr={lr!r}")
    if epochs < 1:
        raise ValueError(f"{who} needs epochs of 1 or more, got {epochs!r}")
