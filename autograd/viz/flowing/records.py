"""What is kept of one recorded step, and its form in JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Record", "from_json", "to_json"]


@dataclass(slots=True)
class Record:
    """One recorded step.

    Attributes
    ----------
    step : int
        How many steps were made before it.
    loss : float or None
        If it was given.
    layers : dict
        By layer, in the order of the forward pass: ``mean``, ``std``, ``zeros``, ``units``,
        ``dead``, ``saturated`` of its output, ``grad`` (the norm of the loss's gradient with
        respect to the output), and with histograms ``outputs`` and ``grads``, counts between the
        edges of ``measures.OUTPUTS`` and ``measures.GRADIENTS``. ``alive`` has a bit for each unit.
    parameters : dict
        By parameter: ``grad`` and ``value`` (norms), ``ratio`` (norm of the step over that of the
        weights before it), and for small ones ``grads`` and ``values``, the numbers themselves.
    """

    step: int
    loss: float | None = None
    layers: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)


def to_json(x: Any) -> Any:
    """Lists, dicts, strings and finite numbers: ``nan`` and ``inf`` are not JSON, so they are text.

    Examples
    --------
    >>> to_json({"grad": float("inf"), "counts": np.array([1, 2])})
    {'grad': 'inf', 'counts': [1, 2]}
    """
    if isinstance(x, Record):
        return {
            "step": x.step,
            "loss": to_json(x.loss),
            "layers": to_json(x.layers),
            "parameters": to_json(x.parameters),
        }
    if isinstance(x, dict):
        return {k: to_json(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [to_json(v) for v in x]
    if isinstance(x, np.ndarray):
        return to_json(x.tolist())
    if isinstance(x, bytes):
        return x.hex()
    if isinstance(x, float) and not math.isfinite(x):
        return repr(x)
    return x


def from_json(state: dict[str, Any]) -> Record:
    """The record that :func:`to_json` was given."""
    layers = {
        name: {what: _taken(what, x) for what, x in look.items()}
        for name, look in state["layers"].items()
    }
    parameters = {
        name: {
            what: np.array(x, dtype=float) if what in ("grads", "values") else float(x)
            for what, x in look.items()
        }
        for name, look in state["parameters"].items()
    }
    loss = state["loss"]
    return Record(int(state["step"]), None if loss is None else float(loss), layers, parameters)


def _taken(what: str, x: Any) -> Any:
    if what == "alive":
        return bytes.fromhex(x)
    if what in ("outputs", "grads"):
        return np.array(x, dtype=np.uint16)
    return int(x) if what in ("units", "dead") else float(x)
