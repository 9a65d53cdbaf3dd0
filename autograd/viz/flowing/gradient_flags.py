"""Gradients that vanish, explode or are no numbers any more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .flag import Flag, inner, median, raised, silent
from .records import Record
from .series import Series
from .unit_flags import DEAD
from .wording import cure, many, short

__all__ = ["exploding", "nonfinite", "vanishing", "what_broke"]

FAINT = 1e-3
"""Of the last layer's gradient norm, in the median over the records. The layers of healthy networks
are within a factor of 10 of one another; at a thousandth a layer stands still while the last one
learns. Both the gradients of the parameters and of the outputs have to be as faint."""
STEEP = 1e3
"""Times the gradient of the last layer's output, going back, or the spread of the first layer's
output, going forward: as far as ``FAINT``, the other way."""
GROWN = 1e3
"""Times the first recorded gradient of all parameters. In healthy runs batches that differ, and a
start that is flat, make gradients up to 30 times as large later on."""


def nonfinite(series: Series) -> Iterator[Flag]:
    for record in series.records:
        broken = what_broke(series, record)
        if broken:
            layer, what = broken[0]
            text = f"{what} is NaN or infinite at step {record.step}, the first such record"
            concerned = list(dict.fromkeys(name for name, _ in broken if name is not None))
            yield raised(series, "non-finite", layer or "", concerned, text)
            return


def what_broke(series: Series, record: Record) -> list[tuple[str | None, str]]:
    """What is not finite in a record, with its layer if it has one; the likely origin first."""
    broken: list[tuple[str | None, str]] = []
    for name, look in record.layers.items():
        if not np.isfinite(look["mean"]):
            broken.append((name, f"the output of {series.title(name)}"))
    # Going back, a gradient breaks in the last layers first.
    for name in reversed(record.layers):
        if not np.isfinite(record.layers[name].get("grad", 0.0)):
            broken.append((name, f"the gradient of the output of {series.title(name)}"))
    for layer, names in series.inside.items():
        for name in names:
            look = record.parameters.get(name, {})
            for what, x in (("value", "value"), ("gradient", "grad")):
                if not np.isfinite(look.get(x, 0.0)):
                    broken.append((layer, f"the {what} of {name}"))
    loss = record.loss
    if not broken and loss is not None and not np.isfinite(loss):
        broken.append((None, "the loss"))
    return broken


def exploding(series: Series) -> Iterator[Flag]:
    layers = series.weighted()
    if not layers:
        return
    norms = {name: series.gradients(name) for name in layers}
    total = np.sqrt(np.sum([np.nan_to_num(y, nan=0.0) ** 2 for y in norms.values()], axis=0))
    first = total[0]
    if np.isfinite(first) and first > 0:
        peaks = {name: float(np.nanmax(np.append(y, 0.0))) for name, y in norms.items()}
        grown = [name for name in layers if peaks[name] > GROWN * first]
        if grown:
            worst = max(grown, key=lambda name: peaks[name])
            when = series.steps[int(np.nanargmax(np.append(norms[worst], 0.0)))]
            text = (
                f"the gradient of {series.title(worst)} grew to a norm of {short(peaks[worst])} at "
                f"step {when}; that of all parameters was {short(first)} at first"
            )
            yield raised(series, "exploding", worst, grown, text)
            return
    outputs = {name: median(series.output(name, "grad")) for name in series.seen}
    last = next((g for g in reversed(outputs.values()) if g > 0), np.nan)
    steep = [name for name, g in outputs.items() if g > STEEP * last]
    if steep:
        worst = max(steep, key=lambda name: outputs[name])
        text = (
            f"going back, the gradient grows {many(outputs[worst] / last)} times, from "
            f"{short(last)} at the last layer to {short(outputs[worst])} at {series.title(worst)}"
        )
        yield raised(series, "exploding", worst, steep, text)
        return
    # The output of a network may be of any size; what is inside should not grow so far.
    spreads = {name: median(series.output(name, "std")) for name in inner(series)}
    start = next(iter(spreads.values()), np.nan)
    wide = [name for name, spread in spreads.items() if spread > STEEP * start > 0]
    if wide:
        worst = max(wide, key=lambda name: spreads[name])
        text = (
            f"going forward, the outputs grow {many(spreads[worst] / start)} times, from a spread "
            f"of {short(start)} to {short(spreads[worst])} at {series.title(worst)}, and the "
            "gradients with them"
        )
        yield raised(series, "exploding", worst, wide, text)


def vanishing(series: Series) -> Iterator[Flag]:
    layers = series.weighted()
    norms = {name: median(series.gradients(name)) for name in layers}
    outputs = {name: median(series.output(name, "grad")) for name in series.seen}
    known = [name for name in layers if np.isfinite(norms[name])]
    if len(known) < 2 or not norms[known[-1]] > 0:
        return
    last = known[-1]
    faint = [
        name
        for name in known[:-1]
        if norms[name] < FAINT * norms[last]
        and not outputs.get(name, np.nan) > FAINT * outputs.get(last, np.nan)
    ]
    if not faint:
        return
    worst = min(faint, key=lambda name: norms[name])
    if norms[worst] == 0:
        text = f"no gradient at all arrives at {series.title(worst)}"
        shares = {name: silent(series, name) for name in series.seen}
        stop = max(shares, key=lambda name: shares[name], default="")
        if shares.get(stop, 0.0) >= DEAD:
            who = series.title(stop)
            some = f"{shares[stop]:.0%} of the units of {who} give"
            text += f", for {f'{who} gives' if shares[stop] == 1 else some} nothing but zeros"
            yield Flag(worst, "vanishing", text, cure("dead", ()), tuple(faint))
            return
    else:
        text = (
            f"the gradient of {series.title(worst)} has a norm of {short(norms[worst])}, "
            f"{many(norms[last] / norms[worst])} times less than that of the last layer "
            f"({series.title(last)}: {short(norms[last])})"
        )
    yield raised(series, "vanishing", worst, faint, text)
