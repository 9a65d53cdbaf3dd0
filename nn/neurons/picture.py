"""Single neurons as drawings, and their two activations as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..colours import FONT, INK, LINE, MINUS, MUTED, PALE, PLUS

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["INHIBITS", "Wire", "draw_neuron", "draw_unit", "plot_activation"]

INHIBITS = "inhibits"


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
    return draw_unit(name, [*wires, Wire("1", float(bias))], f"Σ  {bend}")


def draw_unit(name: str, wires: Sequence[Wire], inside: str, legend: str = "") -> Drawing:
    """Inputs on the left, the unit in the middle, its output on the right."""
    from autograd.viz import Drawing

    picture = Drawing(name, format="svg")
    picture.attr("graph", rankdir="LR", fontname=FONT, pad="0.2", nodesep="0.2", ranksep="0.8")
    if legend:
        picture.attr("graph", label=legend, fontsize="11", fontcolor=MUTED)
    picture.attr("node", fontname=FONT, fontsize="12", color=MUTED, fontcolor=INK, style="filled")
    picture.attr("edge", fontname=FONT, fontsize="10", arrowsize="0.8", fontcolor=INK)
    picture.node("unit", inside, shape="circle", fillcolor="white", tooltip=name)
    largest = max((abs(w.weight) for w in wires if w.weight is not None), default=0.0) or 1.0
    for i, wire in enumerate(wires):
        picture.node(f"in{i}", wire.name, shape="circle", fillcolor=PALE, width="0.4", margin="0")
        minus = wire.style == INHIBITS or (wire.weight or 0.0) < 0
        look = {"color": MINUS, "style": "dashed"} if minus else {"color": PLUS}
        if wire.weight is not None:
            look["label"] = f"{wire.weight:.4g}"
            look["penwidth"] = f"{0.6 + 2.4 * abs(wire.weight) / largest:.2f}"
        elif wire.style == INHIBITS:
            look["arrowhead"] = "odot"
        picture.edge(f"in{i}", "unit", **look)
    picture.node("out", "out", shape="plaintext", style="")
    picture.edge("unit", "out", color=MUTED)
    return picture


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
