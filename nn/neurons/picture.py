"""Single neurons as drawings, and their two activations as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..colours import INK, LINE, PLUS
from ..look.sketch import SIZE, Disc, Line, Sketch, Words, picture_of

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["INHIBITS", "Wire", "draw_neuron", "draw_unit", "plot_activation"]

INHIBITS = "inhibits"
PITCH, GAP = 39.0, 130.0  # points: rows, columns


@dataclass(frozen=True)
class Wire:
    """An input and what is written on its way into the neuron; ``style`` may be ``INHIBITS``."""

    name: str
    weight: float | None = None
    style: str = ""


def draw_neuron(name: str, weights: np.ndarray | None, bias: float, bend: str) -> Drawing:
    """A neuron with weights on its wires and the bias as the weight of an input of 1."""
    if weights is None:
        raise RuntimeError(f"this {name} has no weights to draw yet: call fit first")
    wires = [Wire(f"x{i}", float(w)) for i, w in enumerate(weights)]
    return draw_unit(name, [*wires, Wire("1", float(bias))], f"Σ\n{bend}")


def draw_unit(name: str, wires: Sequence[Wire], inside: str, legend: str = "") -> Drawing:
    """Inputs on the left, the unit in the middle, its output on the right."""
    sketch = Sketch(name, legend=[legend] if legend else [])
    sketch.add(Disc("unit", GAP, 0.0, inside, name, tone="paper"))
    sketch.words.append(Words("out", GAP + SIZE / 2 + 5, 0.0, "→ out", anchor="start"))
    largest = max((abs(w.weight) for w in wires if w.weight is not None), default=0.0) or 1.0
    for i, wire in enumerate(wires):
        y = PITCH * (i - (len(wires) - 1) / 2)
        source, inhibits = f"in{i}", wire.style == INHIBITS
        hover = f"{wire.name} {'inhibits' if inhibits else 'excites'}"
        if wire.weight is not None:
            hover = f"{wire.name}: weight {wire.weight:.4g}"
            # Above the wire, a third of the way: close to the unit they would meet.
            words = Words(f"weight.{i}", 0.36 * GAP, 0.64 * y - 8, f"{wire.weight:.4g}", halo=True)
            sketch.words.append(words)
        sketch.add(Disc(source, 0.0, y, wire.name, hover))
        minus = inhibits or (wire.weight or 0.0) < 0
        share = 0.3 if wire.weight is None else abs(wire.weight) / largest
        tone = "minus" if minus else "plus"
        line = Line(source, "unit", tone, 1.0, 0.6 + 2.4 * share, minus, hover)
        line.end = "ring" if inhibits else "arrow"
        sketch.lines.append(line)
    return picture_of(sketch)


def plot_activation(
    steepness: Sequence[float] = (1.0, 3.0, 10.0), *, span: float = 4.0, ax: Any = None
) -> Any:
    """The perceptron's step beside the sigmoid neuron's curve.

    The steeper the sigmoid, the closer it comes to the step: sigmoid(k z) is what the weights and
    the bias times k give.

    Parameters
    ----------
    steepness : sequence of float
        Values of k, one curve each.
    span : float
        The plot goes from ``-span`` to ``span``.
    ax : matplotlib Axes, optional
        Where to plot; a new figure unless given.

    Returns
    -------
    matplotlib Axes
        ``ax.figure.savefig("step.png")`` writes a file.

    Examples
    --------
    >>> from nn.neurons import plot_activation
    >>> ax = plot_activation([1, 5])  # doctest: +SKIP
    """
    if ax is None:
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise ImportError(
                "plot_activation needs matplotlib: pip install 'blamegraph[viz]'"
            ) from None
        ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")[1]
    z = np.linspace(-span, span, 801)
    ax.axhline(0.5, color=LINE, linewidth=0.8, zorder=0)
    for k, shade in zip(steepness, np.linspace(0.35, 1.0, len(steepness))):
        # Through tanh, which cannot overflow.
        y = 0.5 + 0.5 * np.tanh(0.5 * k * z)
        of = "z" if k == 1 else f"{k:g} z"
        ax.plot(z, y, color=PLUS, alpha=float(shade), linewidth=2, label=f"sigmoid({of})")
    ax.hlines([0, 1], [-span, 0], [0, span], color=INK, linewidth=2, label="step(z)")
    ax.vlines(0, 0, 1, color=INK, linewidth=1, linestyle="dotted")
    ax.plot([0], [1], "o", color=INK, markersize=6)
    ax.plot([0], [0], "o", color=INK, markerfacecolor="white", markersize=6)
    ax.set_xlabel("z = w · x + b")
    ax.set_ylabel("output")
    ax.set_xlim(-span, span)
    ax.set_ylim(-0.05, 1.05)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="upper left", frameon=False)
    return ax
