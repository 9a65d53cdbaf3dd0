"""The derivative of an analytic function from its imaginary part, with no digits lost.

f(x + ih) = f(x) + ih f'(x) + O(h²), and ``h`` may be so small that nothing else is left (Squire and
Trapp, "Using complex variables to estimate derivatives of real functions", 1998). The smallest case
that breaks it: ``abs``, whose imaginary part is gone, so that the derivative comes out as 0 without
a word. So what comes out is held against differences.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..containers import flatten
from ..errors import describe
from ..op import FACES
from .ladder import Derivative
from .line import EPS, Probe

__all__ = ["complex_slope"]

STEP = 2.0**-332  # about 1e-100

NEARBY = (2.0**-26, 0.7 * 2.0**-27)
"""How far, relative to the point, the derivative is looked at around it."""

REFUSED = (
    "{}. The complex step is for functions of NumPy arrays and Python numbers that are analytic "
    "throughout: without abs, max, comparisons, .real, float() or the math module, and without "
    "Value and Tensor, which hold real numbers only. Leave analytic=True out to take differences"
)


def complex_slope(
    probe: Probe, us: Sequence[Any], weights: Any, differences: Derivative
) -> Derivative:
    """The derivative along a direction, flat; ``differences`` must not contradict it.

    Raises
    ------
    ValueError
        If they do, or if the function does not take complex numbers.
    """
    unlike = sorted({str(k) for k in differences.kind} & {"kink", "jump", "edge"})
    if unlike:
        raise ValueError(
            REFUSED.format(f"differences find a point of kind {unlike[0]!r} here, no analytic one")
        )
    value = _projected(_imaginary(probe, us, probe.xs), weights)
    # Neither side of the point is bent away from the middle but by roundings in the function, and
    # by less than those of the result where it is curved.
    spread = np.zeros_like(value)
    for near in NEARBY:
        sides = [
            _projected(
                _imaginary(probe, us, [_moved(x, u, by) for x, u in zip(probe.xs, us)]), weights
            )
            for by in (near, -near)
        ]
        spread = np.maximum(spread, np.abs(sides[0] + sides[1] - 2 * value))
    error = 2 * spread + 4 * EPS * np.abs(value)
    allowed = 4 * (differences.error + error) + 1e-9 * np.abs(value)
    with np.errstate(all="ignore"):
        agrees = np.abs(value - differences.value) <= allowed
    if not agrees.all():
        k = int(np.argmin(agrees))
        raise ValueError(
            REFUSED.format(
                f"the complex step gives {value[k]:.10g}, differences give "
                f"{differences.value[k]:.10g} ± {differences.error[k]:.1g}: the imaginary part is "
                "dropped or changed somewhere"
            )
        )
    return Derivative(value, error, differences.kind, value, value)


def _projected(slopes: np.ndarray, weights: Any) -> np.ndarray:
    return slopes if weights is None else np.add.reduce(weights * slopes, keepdims=True)


def _moved(x: Any, u: Any, by: float) -> Any:
    """A point moved by a part of its own size, so that other roundings are made."""
    if u is None:
        return x
    return x + by * (x or 1.0) if isinstance(x, float) else x + by * np.where(x == 0, 1.0, x)


def _imaginary(probe: Probe, us: Sequence[Any], xs: Sequence[Any]) -> np.ndarray:
    """The outputs' imaginary parts over the step."""
    moved = [
        x if u is None else complex(x, STEP * u) if isinstance(x, float) else x + STEP * 1j * u
        for x, u in zip(xs, us)
    ]
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            leaves = flatten(probe.f(*moved))[0]
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise ValueError(REFUSED.format(f"f fails at complex numbers ({told})")) from error
    for x in leaves:
        if type(x) in FACES:
            raise ValueError(REFUSED.format(f"f returned {describe(x)} at complex numbers"))
    parts = [np.imag(x).reshape(-1) / STEP for x in map(np.asarray, leaves)]
    return np.concatenate(parts)
