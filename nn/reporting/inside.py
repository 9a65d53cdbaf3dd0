"""Gradients, updates and units: how training goes inside the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..module import Module
from ..statistics import Statistics
from ..statistics.figures import of_weights
from .page import Finding, Section
from .svg import BOTTOM, RIGHT, TOP, WIDTH, Axis, charts, figure, finite, line_chart, lined
from .text import bar, escape, number, percent, short

__all__ = ["gradients", "measure_units", "units"]

MANY = 6  # lines in a chart, above which a heat map is clearer
VANISHING = 1e-3  # of the last layer's gradient
FAST, SLOW = 3e-2, 1e-5  # updates against weights
COLUMNS = 60


def gradients(figures: dict[str, Any]) -> Section | None:
    """The norms of each weight's gradient and of its steps, by layer and epoch."""
    norms = {name: of["norm"] for name, of in figures["gradients"].items() if "norm" in of}
    norms = {name: ys for name, ys in of_weights(norms).items() if finite(ys).size}
    ratios = {name: ys for name, ys in of_weights(figures["updates"]).items() if finite(ys).size}
    if not norms:
        return None
    shown = [_chart("Norm of each weight's gradient", norms, None)]
    if ratios:
        level = (1e-3, "1/1000, a rule of thumb")
        shown.append(_chart("Norm of a step / norm of the weights", ratios, level))
    return Section(
        "gradients", "Gradients and steps",
        "How strongly each layer is pulled while it learns: one that sinks far below the rest "
        "hardly learns. And how far a step moves its weights: about a thousandth of their size is "
        "a good sign; far above it they are thrown about, far below it they stand still. Means of "
        "each epoch.",
        [charts(shown)],
        [*_judge_gradients(norms), *_judge_steps(ratios)],
    )  # fmt: skip


def _chart(title: str, series: dict[str, Any], level: tuple[float, str] | None) -> str:
    if len(series) <= MANY:
        return line_chart(f"{title} (log scale)", lined(series), log=True, level=level)
    return heat_map(title, series)


def _typical(series: dict[str, Any]) -> dict[str, float]:
    return {name: float(np.median(finite(ys))) for name, ys in series.items()}


def _judge_gradients(norms: dict[str, Any]) -> list[Finding]:
    found = []
    typical = _typical(norms)
    first, last = next(iter(typical)), list(typical)[-1]
    silent = [name for name, size in typical.items() if size == 0]
    if silent:
        found.append(
            Finding(
                f"No gradient reaches {', '.join(map(repr, silent))}: it does not learn at all."
            )
        )
    starts = finite(norms[first])[0], finite(norms[last])[0]
    for when, (low, high) in (
        ("", (typical[first], typical[last])),
        (" in the first epoch", (float(starts[0]), float(starts[1]))),
    ):
        if not 0 < low < VANISHING * high:
            continue
        found.append(
            Finding(
                f"Vanishing gradients{when}: that of {first!r} is {number(high / low)} times "
                f"smaller than that of {last!r}. Try relu in place of sigmoid or tanh, another "
                "initialisation, normalisation, or residual connections."
            )
        )
        break
    for name, ys in norms.items():
        values = finite(ys)
        if values.size > 2 and typical[name] > 0 and values.max() > 100 * typical[name]:
            found.append(
                Finding(
                    f"The gradient of {name!r} burst: {number(values.max())} where "
                    f"{number(typical[name])} is usual. Clip it (clip_norm=) or lower the learning "
                    "rate."
                )
            )
            break
    return found


def _judge_steps(ratios: dict[str, Any]) -> list[Finding]:
    found = []
    typical = _typical(ratios)
    fast = [name for name, ratio in typical.items() if ratio > FAST]
    slow = [name for name, ratio in typical.items() if ratio < SLOW]
    if fast:
        worst = max(fast, key=lambda name: typical[name])
        found.append(
            Finding(
                f"Large steps: a step moves {worst!r} by {percent(typical[worst])} of its size"
                + (f", and {len(fast) - 1} more by over {percent(FAST)}" if len(fast) > 1 else "")
                + ". Lower the learning rate."
            )
        )
    if slow:
        worst = min(slow, key=lambda name: typical[name])
        found.append(
            Finding(
                f"Tiny steps: a step moves {worst!r} by {number(typical[worst])} of its size"
                + (f", and {len(slow) - 1} more as little" if len(slow) > 1 else "")
                + ". Raise the learning rate, or see why no gradient gets there."
            )
        )
    return found


def heat_map(title: str, rows: dict[str, Sequence[float | None]]) -> str:
    """A row for each series and a column for each epoch, shaded by the logarithm."""
    epochs = max(len(ys) for ys in rows.values())
    step = -(-epochs // COLUMNS)
    table = {
        name: [_middle(ys[k : k + step]) for k in range(0, epochs, step)]
        for name, ys in rows.items()
    }
    positive = [v for ys in table.values() for v in ys if v]
    if not positive:
        return ""
    low, high = np.log10(min(positive)), np.log10(max(positive))
    left, cell = 118, min(24.0, 260 / max(len(rows), 1))
    height = TOP + cell * len(rows) + BOTTOM
    across = Axis(0.5, max(epochs, 1) + 0.5, left, WIDTH - RIGHT, whole=True)
    parts = []
    for i, (name, ys) in enumerate(table.items()):
        y = TOP + i * cell
        parts.append(
            f'<text x="{left - 6}" y="{y + cell / 2 + 4:.1f}" text-anchor="end">'
            f"{escape(_tail(name, 18))}</text>"
        )
        for k, v in enumerate(ys):
            x0, x1 = across(k * step + 0.5), across(min((k + 1) * step, epochs) + 0.5)
            share = 0.0 if not v else 0.08 + 0.92 * (np.log10(v) - low) / max(high - low, 1e-9)
            told = f"{name}, epoch {k * step + 1}: {'nothing' if v is None else number(v)}"
            parts.append(
                f'<rect x="{x0}" y="{y:.1f}" width="{max(x1 - x0, 0.1):.2f}" height="{cell:.1f}" '
                f'fill="var(--blue)" fill-opacity="{share:.2f}"><title>{escape(told)}</title>'
                "</rect>"
            )
    floor = TOP + cell * len(rows)
    for t in across.ticks(6):
        parts.append(
            f'<text x="{across(t)}" y="{floor + 15:.1f}" text-anchor="middle">{number(t)}</text>'
        )
    middle = (left + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{floor + 30:.1f}" text-anchor="middle">epoch</text>')
    scale = f"from {number(min(positive))} (faint) to {number(max(positive))} (full)"
    alt = f"{title}, {scale}"
    svg = (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(alt)}">{"".join(parts)}</svg>\n'
    )
    return figure(title, svg, f'<div class="legend">{escape(scale)}</div>\n')


def _middle(ys: Sequence[float | None]) -> float | None:
    values = finite(ys)
    return float(np.median(values)) if values.size else None


def _tail(name: str, length: int) -> str:
    return name if len(name) <= length else f"…{name[-length + 1 :]}"


# Units ----------------------------------------------------------------------------------------


def measure_units(model: Module, x: np.ndarray, most: int = 4096) -> dict[str, dict[str, Any]]:
    """Each layer's figures on held-out examples: units, dead ones, zeros, saturated, mean, std."""
    from ..training.checks import check_inputs

    probe = Statistics(every=1)
    rows = check_inputs(model, x[:: -(-len(x) // most)], "held-out")
    tallies: dict[str, dict[str, Any]] = {}
    for start in range(0, len(rows), 256):
        tallies = probe.look_at(model, rows[start : start + 256])
    return {name: {"kind": probe.kinds[name], **of} for name, of in tallies.items()}


def units(
    measured: dict[str, dict[str, Any]] | None, figures: dict[str, Any] | None
) -> Section | None:
    """Units that never fire, and saturated ones: at the end, and over the epochs."""
    rows = dict(measured or {})
    where = "on the held-out examples"
    if not rows and figures is not None:
        where = "in the steps of the last epoch that were looked at"
        rows = {
            name: {
                "kind": figures["kinds"].get(name, ""),
                **{k: ys[-1] for k, ys in of.items() if ys},
            }
            for name, of in figures["activations"].items()
        }
    rows = {name: of for name, of in rows.items() if of.get("mean") is not None}
    if not rows:
        return None
    body = []
    findings: list[Finding] = []
    silent: list[tuple[float, float, str]] = []
    for name, of in rows.items():
        title = f"{name or 'the model'} ({of['kind']})"
        dead, n = of.get("dead"), of.get("units")
        saturated = of.get("saturated")
        cells = ["", "", ""]
        if of["zeros"] > 0:
            cells[0] = bar(dead / n, f"{dead:.0f}", bad=dead > 0) if n and dead is not None else ""
            cells[1] = bar(of["zeros"], percent(of["zeros"]))
        if saturated is not None:
            cells[2] = bar(saturated, percent(saturated), bad=saturated > 0.5)
        body.append(
            f"<tr><td>{escape(short(title, 36))}</td><td>{number(n) if n else ''}</td>"
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + f"<td>{number(of['mean'])} ± {number(of['std'])}</td></tr>\n"
        )
        if n and dead and of["kind"] not in ("Softmax", "Sigmoid"):  # zeros there are underflow
            silent.append((dead, n, title))
        if saturated is not None and saturated > 0.5:
            findings.append(
                Finding(
                    f"{percent(saturated)} of the outputs of layer {title} are saturated: there "
                    "the slope is nearly zero, and so is the gradient that gets through. Smaller "
                    "initial weights, normalised inputs or relu help.",
                )
            )
    if silent:
        findings.insert(0, _dead(silent, where))
    titles = ("layer", "units", "dead", "zeros", "saturated", "mean ± std")
    head = f"<tr>{''.join(f'<th>{title}</th>' for title in titles)}</tr>"
    parts = [f'<div class="scroll"><table class="data">{head}\n{"".join(body)}</table></div>\n']
    if figures is not None and len(figures["epochs"]) > 1:
        parts.append(charts(_over_epochs(figures)))
    return Section(
        "units", "Units",
        f"What the layers give {where}. A unit is dead if it gave nothing but zeros; an output is "
        "saturated where the slope of its sigmoid or tanh is below a twentieth of the steepest.",
        parts, findings,
    )  # fmt: skip


def _dead(silent: list[tuple[float, float, str]], where: str) -> Finding:
    parts = [f"{dead:.0f} of {n:.0f} units of layer {title}" for dead, n, title in silent]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    verb = "fires" if len(silent) == 1 and silent[0][0] == 1 else "fire"
    return Finding(
        f"{listed} never {verb} {where}: what gives 0 whatever comes in gets no gradient, and does "
        "not recover by itself. A smaller learning rate, leaky_relu or kaiming initialisation "
        "keeps units alive.",
        headline=any(dead / n >= 0.05 for dead, n, _ in silent),
    )


def _over_epochs(figures: dict[str, Any]) -> list[str]:
    shown = []
    for name, title in (("zeros", "Share of zeros"), ("saturated", "Share of saturated outputs")):
        series = {
            f"{layer} ({figures['kinds'].get(layer, '')})": of[name]
            for layer, of in figures["activations"].items()
            if finite(of.get(name, ())).size and finite(of[name]).max() > 0.001
        }
        if series and len(series) <= MANY:
            shown.append(line_chart(title, lined(series), share=True))
        elif series:
            shown.append(heat_map(f"{title}: the darker, the larger", series))
    return shown
