"""Numbers and lists in short words, and what to try against each kind of trouble."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["cure", "listed", "many", "short"]

CURES = {
    "non-finite": "a lower learning rate, clipped gradients (clip_norm=1.0), scaled data; "
    "autograd.detect_anomaly() names the op that broke first",
    "exploding": "a lower learning rate, clipped gradients (clip_norm=1.0), smaller starting "
    "weights (He or Glorot), normalisation",
    "dead": "a lower learning rate, starting biases of 0, leaky_relu in place of relu, scaled data",
    "saturated": "smaller starting weights (Glorot), scaled data, a lower learning rate, relu in "
    "place of sigmoid or tanh",
    "too large steps": "a learning rate that is 10 times lower, a warm-up, clipped gradients",
    "too small steps": "a learning rate that is 10 times higher; check that the parameters were "
    "given to the optimizer",
}


def cure(kind: str, kinds: Iterable[str]) -> str:
    """What to try, for a network of layers of these classes."""
    if kind != "vanishing":
        return CURES[kind]
    bends = set(kinds) & {"Sigmoid", "Tanh"}
    first = (
        f"relu with He initialisation in place of {' and '.join(sorted(bends)).lower()}, "
        if bends
        else "larger starting weights (He), "
    )
    return first + "normalisation (BatchNorm1d, LayerNorm), residual connections, fewer layers"


def short(x: float) -> str:
    """Two digits: ``0.031``, ``4.2e-09``."""
    return f"{x:.2g}"


def many(x: float) -> str:
    """How many times, as one says it.

    Examples
    --------
    >>> many(1234.5), many(2.84e6), many(3.1e8), many(3.1e9), many(5e20)
    ('1,200', '2.8 million', '310 million', '3.1 billion', '5e+20')
    """
    x = float(f"{x:.2g}")
    if x < 1e6:
        return f"{x:,.0f}"
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if size <= x < 1e12:
            return f"{x / size:g} {word}"
    return f"{x:.0e}"


def listed(names: Sequence[str], most: int = 4) -> str:
    """The first few of a list, and how many more there are."""
    if len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return ", ".join(names)
