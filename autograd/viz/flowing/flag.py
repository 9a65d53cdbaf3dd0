"""``Flag``, and what is asked of a series to raise one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .series import Series
from .wording import cure, listed

__all__ = ["Flag", "inner", "median", "raised", "recent", "silent"]


@dataclass(frozen=True)
class Flag:
    """Something that is wrong with a run.

    Attributes
    ----------
    layer : str
        The layer where it is worst, by its dotted name.
    kind : str
        ``"non-finite"``, ``"exploding"``, ``"vanishing"``, ``"dead"``, ``"saturated"``,
        ``"too large steps"`` or ``"too small steps"``.
    text : str
        What was seen, with its numbers.
    cure : str
        What to try.
    layers : tuple of str
        All layers that it concerns.
    """

    layer: str
    kind: str
    text: str
    cure: str
    layers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}. Try: {self.cure}"


def raised(series: Series, kind: str, worst: str, layers: list[str], text: str) -> Flag:
    others = [series.title(name) for name in layers if name != worst]
    if others:
        text += f"; also {listed(others)}"
    return Flag(worst, kind, text, cure(kind, series.kinds.values()), tuple(layers))


def median(ys: np.ndarray) -> float:
    ys = ys[np.isfinite(ys)]
    return float(np.median(ys)) if ys.size else np.nan


def inner(series: Series) -> list[str]:
    """The layers before the last one with parameters."""
    weighted = [i for i, name in enumerate(series.layers) if name in series.inside]
    return [name for name in series.layers[: max(weighted, default=0)] if name in series.seen]


def silent(series: Series, layer: str) -> float:
    """The share of a layer's units that gave zeros alone in the last records."""
    zeros, units = series.dead(layer, recent(series))
    return zeros / units if units else 0.0


def recent(series: Series) -> int:
    """The last quarter of the records; of few records, the last four."""
    return max(len(series.records) // 4, 4)
