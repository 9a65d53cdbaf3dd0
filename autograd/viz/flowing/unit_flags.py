"""Units that are dead or saturated, and steps of the wrong size.

Steps are judged by the rule of thumb that an update should be about a thousandth of the weights it
changes (Karpathy, *CS231n: Neural Networks Part 3*, "Ratio of weights:updates").
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .flag import Flag, inner, median, raised, recent
from .series import Series
from .wording import short

__all__ = ["dead", "saturated", "steps"]

DEAD = 0.5
"""Share of a layer's units. A tenth to a third of ReLUs being silent is common and does no harm (Lu
et al., 2019)."""
FLAT = 0.5
"""Share of a layer's outputs where the slope is below a twentieth of its steepest: most examples
then teach most units next to nothing (Glorot and Bengio, 2010)."""
LARGE, JUMP, SMALL = 0.1, 0.5, 1e-5
"""Steps over weights: in the median, at any record, and at most. The band around 1e-3 is 1e-4 to
1e-2; small networks train well at some 3e-2, and Adam's first steps may be of 0.15. At 0.1 ten
steps replace the weights, at 1e-5 it takes a thousand to change them by a hundredth."""


def dead(series: Series) -> Iterator[Flag]:
    counts = {name: series.dead(name, recent(series)) for name in series.seen}
    dead = [name for name, (silent, units) in counts.items() if units and silent >= DEAD * units]
    if dead:
        worst = max(dead, key=lambda name: counts[name][0] / counts[name][1])
        silent, units = counts[worst]
        text = (
            f"{silent} of {units} units of {series.title(worst)} gave nothing but zeros in the "
            f"last {min(recent(series), len(series.records))} records"
        )
        yield raised(series, "dead", worst, dead, text)


def saturated(series: Series) -> Iterator[Flag]:
    # The outputs of a network are probabilities that may well be certain.
    last = recent(series)
    shares = {name: median(series.output(name, "saturated")[-last:]) for name in inner(series)}
    flat = [name for name, share in shares.items() if share >= FLAT]
    if flat:
        worst = max(flat, key=lambda name: shares[name])
        text = (
            f"{shares[worst]:.0%} of the outputs of {series.title(worst)} are where its slope is "
            "below a twentieth of its steepest"
        )
        yield raised(series, "saturated", worst, flat, text)


def steps(series: Series, still: set[str]) -> Iterator[Flag]:
    ratios = series.ratios()
    owner = {name: layer for layer, names in series.inside.items() for name in names}
    typical = {name: median(y) for name, y in ratios.items()}
    peak = {name: float(np.nanmax(np.append(y[~np.isnan(y)], 0.0))) for name, y in ratios.items()}
    large = [name for name, r in typical.items() if r > LARGE or peak[name] > JUMP]
    if large:
        worst = max(large, key=lambda name: peak[name])
        if typical[worst] > LARGE:
            text = f"a typical step changes {worst} by {short(typical[worst])} of its norm"
        else:
            when = series.steps[int(np.nanargmax(ratios[worst]))]
            text = f"step {when} changes {worst} by {short(peak[worst])} of its norm"
        text += ", where about 0.001 is healthy"
        layers = list(dict.fromkeys(owner[name] for name in large))
        yield raised(series, "too large steps", owner[worst], layers, text)
    # Steps shrink as a network arrives: the largest counts. Without a gradient there is no step.
    small = [
        name
        for name, ratio in peak.items()
        if ratio < SMALL
        and owner[name] not in still
        and np.nanmax(np.append(series.parameter(name, "grad"), 0.0)) > 0
    ]
    if small:
        worst = min(small, key=lambda name: peak[name])
        text = (
            f"no step moves {worst}"
            if peak[worst] == 0
            else f"no step changes {worst} by more than {short(peak[worst])} of its norm, where "
            "about 0.001 is healthy"
        )
        layers = list(dict.fromkeys(owner[name] for name in small))
        yield raised(series, "too small steps", owner[worst], layers, text)
