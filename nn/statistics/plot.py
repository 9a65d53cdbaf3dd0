"""Statistics of a training run as a figure of matplotlib's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..colours import BLUE, INK, MUTED, SERIES
from ..plotting import dress, new_figure
from .figures import of_weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .callback import Statistics

__all__ = ["plot"]

DASHES = ("-", "--", ":", "-.", (0, (1, 1)), (0, (6, 2)))


def plot(statistics: Statistics) -> Figure:
    """Gradient flow as a heat map, steps against weights, and each layer's outputs as ribbons."""
    if not statistics.epochs:
        raise ValueError("there is nothing to plot before the first epoch has ended")
    layers = {n: of for n, of in statistics.activations.items() if "q50" in of}
    rows = 1 + -(-len(layers) // 3)
    figure = new_figure("Statistics.plot", 12.6, 3.1 * rows)
    grid = figure.add_gridspec(rows, 3)
    _flow(figure, figure.add_subplot(grid[0, 0]), statistics)
    _lines(figure.add_subplot(grid[0, 1]), statistics.epochs, of_weights(statistics.updates))
    _shares(figure.add_subplot(grid[0, 2]), statistics)
    for k, (name, of) in enumerate(layers.items()):
        axes = figure.add_subplot(grid[1 + k // 3, k % 3])
        _ribbons(axes, statistics.epochs, of, f"{name} ({statistics.kinds[name]})")
    return figure


def _numbers(ys: Any) -> np.ndarray:
    return np.array([np.nan if y is None else y for y in ys], dtype=float)


def _flow(figure: Any, axes: Any, statistics: Statistics) -> None:
    norms = of_weights({n: of["norm"] for n, of in statistics.gradients.items() if "norm" in of})
    table = np.array([_numbers(ys) for ys in norms.values()])
    dress(axes, "gradient norm, log10")
    if not table.size:
        return
    with np.errstate(divide="ignore"):
        shown = np.ma.masked_invalid(np.log10(table))
    first, last = statistics.epochs[0] - 0.5, statistics.epochs[-1] + 0.5
    image = axes.imshow(
        shown, aspect="auto", cmap="Blues", extent=(first, last, len(norms) - 0.5, -0.5),
        interpolation="nearest",
    )  # fmt: skip
    axes.set_yticks(range(len(norms)), [n if len(n) < 20 else f"…{n[-18:]}" for n in norms])
    axes.grid(False)
    figure.colorbar(image, ax=axes)


def _lines(axes: Any, epochs: list[int], ratios: dict[str, Any]) -> None:
    dress(axes, "step / weight, norms")
    for k, (name, ys) in enumerate(ratios.items()):
        axes.plot(epochs, _numbers(ys), color=SERIES[k % 6], ls=DASHES[k % 6], label=name)
    if any(y for ys in ratios.values() for y in ys):
        axes.set_yscale("log")
        axes.axhline(1e-3, color=MUTED, lw=0.8)
        axes.annotate(
            "1e-3, a rule of thumb", (0.02, 1e-3), xycoords=("axes fraction", "data"),
            xytext=(0, 3), textcoords="offset points", color=MUTED, fontsize=8,
        )  # fmt: skip
        axes.legend(frameon=False, fontsize=8, labelcolor=INK)


def _shares(axes: Any, statistics: Statistics) -> None:
    dress(axes, "dead units and saturated outputs")
    k = 0
    for name, of in statistics.activations.items():
        dead, units = _numbers(of.get("dead", ())), _numbers(of.get("units", ()))
        for what, ys in (
            ("dead", dead / units if dead.size else dead),
            ("saturated", _numbers(of.get("saturated", ()))),
        ):
            if ys.size and (what == "saturated" or np.nanmax(ys, initial=0) > 0):
                label = f"{name} ({statistics.kinds[name]}): {what}"
                axes.plot(statistics.epochs, ys, color=SERIES[k % 6], ls=DASHES[k % 6], label=label)
                k += 1
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
    axes.set_ylim(0, max(axes.get_ylim()[1], 0.05))
    if k:
        axes.legend(frameon=False, fontsize=8, labelcolor=INK)
    else:
        axes.annotate(
            "none", (0.5, 0.5), xycoords="axes fraction", color=MUTED, ha="center", fontsize=9
        )


def _ribbons(axes: Any, epochs: list[int], of: dict[str, Any], title: str) -> None:
    """The middle half and the middle nine tenths of a layer's outputs, and their median."""
    dress(axes, title)
    q5, q25, q50, q75, q95 = (_numbers(of[f"q{q}"]) for q in (5, 25, 50, 75, 95))
    axes.fill_between(epochs, q5, q95, color=BLUE, alpha=0.15, lw=0)
    axes.fill_between(epochs, q25, q75, color=BLUE, alpha=0.3, lw=0)
    axes.plot(epochs, q50, color=BLUE, marker="o" if len(epochs) == 1 else None)
