"""Values and derivatives to a hundred digits and more, with mpmath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["exact_derivative", "exact_value", "mpmath"]

DIGITS = (60, 120, 240, 480, 960)
"""Working precisions, tried until two agree: tanh at 300 differs from 1 in its 260th digit."""

AGREE = 1e-25


def mpmath() -> Any:
    """The module, or a word on how to get it."""
    try:
        import mpmath as module
    except ImportError as error:
        raise ImportError(
            "this check compares with numbers of many digits and needs mpmath: "
            "pip install 'blamegraph[test]'"
        ) from error
    return module


def exact_value(f: Callable[..., Any], xs: Sequence[float]) -> Any:
    """``f`` at floats, as a number of mpmath, right to 25 digits at least.

    ``None`` where it has no real, finite value.
    """
    mp = mpmath().mp
    return _settled(lambda: f(*map(mp.mpf, xs)))


def exact_derivative(f: Callable[..., Any], xs: Sequence[float], i: int = 0) -> Any:
    """The derivative of ``f`` in its ``i``-th argument, right to 25 digits at least.

    A central difference whose step is far below anything doubles can hold. ``None`` where it has no
    real, finite value.
    """
    mp = mpmath().mp

    def difference() -> Any:
        x = mp.mpf(xs[i])
        step = (abs(x) if x else mp.mpf(1)) * mp.mpf(10) ** (-mp.dps // 4)
        before, after = (
            [*map(mp.mpf, xs[:i]), x + h, *map(mp.mpf, xs[i + 1 :])] for h in (-step, step)
        )
        return (f(*after) - f(*before)) / (2 * step)

    return _settled(difference)


def _settled(compute: Callable[[], Any]) -> Any:
    """What two working precisions agree on."""
    mp = mpmath().mp
    previous = None
    for digits in DIGITS:
        with mp.workdps(digits):
            try:
                found = compute()
            except (ArithmeticError, ValueError, TypeError):  # a pole, or outside of the domain
                return None
            if not isinstance(found, mp.mpf):
                found = mp.mpmathify(found)
            if isinstance(found, mp.mpc) or not mp.isfinite(found):
                return None
            # A zero may be a difference in digits that are not there yet.
            agreed = previous is not None and abs(found - previous) <= AGREE * abs(found)
            if agreed and (found or digits == DIGITS[-1]):
                return found
            previous = found
    return None
