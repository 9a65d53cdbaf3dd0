"""The prediction against the loss itself, computed again after small moves of the parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...modes import no_grad
from ...tensor import plain_array
from ...value import Value
from ..figures import number
from .table import text_table
from .walk import norm

__all__ = ["Check", "check"]

ALL = "all together"


@dataclass(frozen=True, repr=False)
class Check:
    """Changes of the loss, predicted and measured, for each parameter alone and for all."""

    predicted: dict[str, float]
    measured: dict[str, float]
    size: float | None
    """The part of the step that was gone; ``None`` for the slope."""

    @property
    def worst(self) -> float:
        """The largest difference, relative to the largest predicted change."""
        scale = max((abs(x) for x in self.predicted.values()), default=0.0)
        differences = [abs(self.measured[n] - x) for n, x in self.predicted.items()]
        worst = float(np.max(differences))
        return worst / scale if scale > 0 else worst

    def __str__(self) -> str:
        rows = [
            (name, number(x), number(self.measured[name]), number(self.measured[name] - x, 2))
            for name, x in self.predicted.items()
        ]
        how = (
            "slope, for a whole step"
            if self.size is None
            else f"after {number(self.size)} of the step"
        )
        return f"change of the loss ({how})\n" + text_table(
            ("name", "predicted", "measured", "difference"), rows, left=(0,)
        )

    __repr__ = __str__


def check(
    closure: Callable[[], Any],
    expected: float,
    nodes: Mapping[str, Any],
    steps: Mapping[str, np.ndarray],
    changes: Mapping[str, float],
    size: float | None,
) -> Check:
    """Compute the loss after each parameter's own move and after that of all."""
    for name, node in nodes.items():
        if any(p is not None for p in node.parents):
            raise ValueError(
                f"check moves parameters, and {name} is computed from others each time the loss "
                "is; blame the leaves it comes from"
            )
    # As good as the coarsest numbers in play.
    eps = max(np.finfo(np.asarray(node.data).dtype).eps for node in nodes.values())

    def loss() -> float:
        with no_grad():
            x = np.asarray(plain_array(closure()), dtype=float)
        if x.size != 1:
            raise ValueError(f"the loss is one number; the function gave shape {x.shape}")
        return float(x.reshape(()))

    now = loss()
    if not abs(now - expected) <= 1000 * eps * max(abs(expected), 1.0):
        raise ValueError(
            f"the function gives a loss of {now:.6g}, and {expected:.6g} was blamed: the "
            "parameters have moved since, it uses another batch, or it draws random numbers "
            "(dropout: call model.eval())"
        )
    parts = {name: (name,) for name in nodes} | {ALL: tuple(nodes)}
    predicted = dict(changes) | {ALL: sum(changes.values())}
    measured = {}
    for what, names in parts.items():
        moves = {nodes[name]: steps[name] for name in names}
        if size is not None:
            with moved(moves, size):
                measured[what] = loss() - now
            predicted[what] *= size
            continue
        t = _small(moves, predicted[what], now, eps)
        with moved(moves, t):
            ahead = loss()
        with moved(moves, -t):
            behind = loss()
        measured[what] = (ahead - behind) / (2 * t)
    return Check(predicted, measured, size)


def _small(moves: Mapping[Any, Any], predicted: float, loss: float, eps: float) -> float:
    """The part of a step that makes curvature and rounding matter equally little.

    For a central difference that is a change of about the cube root of ``eps``, relative; see
    Nocedal and Wright (2006), *Numerical Optimization*, section 8.1.
    """
    small = float(np.cbrt(eps))
    length = norm(moves.values())
    # Parameters that start at zero, such as biases, have no size of their own.
    limits = [small * (norm([node.data for node in moves]) or 1.0) / length] if length else [1.0]
    if predicted and loss:
        limits.append(small * abs(loss / predicted))
    return min(limits)


@contextlib.contextmanager
def moved(moves: Mapping[Any, Any], t: float) -> Iterator[None]:
    """Parameters moved by ``t`` times their steps; as before, to the bit, whatever happens.

    Arrays are written in place, so that views and whoever holds the array see the move as well.
    """
    saved = {node: _copy(node.data) for node in moves}
    try:
        for node, step in moves.items():
            _write(node, saved[node] + t * step)
        yield
    finally:
        for node, data in saved.items():
            _write(node, data)


def _copy(data: Any) -> Any:
    return data.copy() if isinstance(data, np.ndarray) else data


def _write(node: Any, data: Any) -> None:
    if isinstance(node, Value):
        node.data = float(data)
    else:
        node.data[...] = data
