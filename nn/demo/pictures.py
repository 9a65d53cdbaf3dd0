"""The demo's pictures, each in a light and a dark dress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograd import viz
from nn import scalar

from .job import Data, Run

__all__ = [
    "DARK",
    "LIGHT",
    "draw_confusion",
    "draw_gradients",
    "draw_mistakes",
    "draw_mlp",
    "draw_neuron",
    "draw_samples",
    "draw_training",
]


@dataclass(frozen=True)
class Dress:
    """Colours that belong together; blue and orange stay apart in every colour vision."""

    suffix: str
    paper: str
    ink: str
    muted: str
    line: str
    blue: str
    orange: str
    green: str
    pixels: tuple[str, str]


LIGHT = Dress(
    "", "#FFFFFF", "#1E293B", "#64748B", "#E2E8F0", "#0072B2", "#D55E00", "#00795A",
    ("#F1F5F9", "#0F172A"),
)  # fmt: skip
DARK = Dress(
    "-dark", "#161F30", "#E2E8F0", "#94A3B8", "#2C3A50", "#56B4E9", "#F0944D", "#3DBE95",
    ("#0B1220", "#F8FAFC"),
)  # fmt: skip


@contextmanager
def _figure(
    path: Path, dress: Dress, width: float, height: float, *, pad: float = 0.1, **grid: Any
) -> Iterator[tuple[Any, Any]]:
    """A figure in a dress, written to ``path`` with the dress's suffix."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    settings: Any = {
        "font.family": ["DejaVu Sans"],
        "font.size": 10,
        "text.color": dress.ink,
        "axes.facecolor": dress.paper,
        "axes.edgecolor": dress.line,
        "axes.labelcolor": dress.muted,
        "axes.titlecolor": dress.ink,
        "axes.titlesize": 11,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 12,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": dress.line,
        "grid.linewidth": 0.8,
        "xtick.color": dress.muted,
        "ytick.color": dress.muted,
        "ytick.major.size": 0,
        "xtick.major.size": 3,
        "lines.linewidth": 2.0,
        "lines.solid_capstyle": "round",
        "svg.hashsalt": "blamegraph",
    }
    with matplotlib.rc_context(settings):
        layout = ConstrainedLayoutEngine(w_pad=pad, h_pad=pad, wspace=0.02, hspace=0.02)
        figure = Figure(figsize=(width, height), facecolor=dress.paper, layout=layout)
        FigureCanvasAgg(figure)
        axes = figure.subplots(**grid)
        yield figure, axes
        target = path.with_name(f"{path.stem}{dress.suffix}{path.suffix}")
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(target, dpi=160, facecolor=dress.paper, metadata=metadata)


def _name_at_end(axes: Any, x: float, y: float, text: str, colour: str, dy: float = 0.0) -> None:
    """A line's name at its end, in its colour, in place of a legend."""
    axes.annotate(
        text, (x, y), xytext=(7, dy), textcoords="offset points", va="center",
        color=colour, fontsize=9, fontweight="bold", annotation_clip=False,
    )  # fmt: skip


def _spread(values: list[float], axes: Any, gap: float = 12.0) -> list[float]:
    """Offsets in points that keep names at the ends of lines from covering one another."""
    axes.figure.canvas.draw()
    scale = 72.0 / axes.figure.dpi
    places = [axes.transData.transform((0.0, v))[1] * scale for v in values]
    offsets = [0.0] * len(values)
    order = np.argsort(places)
    below = -np.inf
    for i in order:
        wanted = max(places[i], below + gap)
        offsets[i] = wanted - places[i]
        below = wanted
    return offsets


def _epoch_axis(axes: Any, epochs: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.set_xlim(1 if epochs > 1 else 0.5, epochs if epochs > 1 else 1.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))


def draw_training(path: Path, dress: Dress, run: Run) -> None:
    """Loss and accuracy by epoch, on the data trained on and on the data held out."""
    history = run.history
    epochs = np.arange(1, len(history) + 1)
    marker = "o" if len(epochs) == 1 else None
    with _figure(path, dress, 9.6, 3.5, ncols=2) as (_, panels):
        for axes, measure, title in (
            (panels[0], "loss", "Loss: mean cross-entropy"),
            (panels[1], "accuracy", "Accuracy: share of right answers"),
        ):
            trained, held = history[measure], history[f"val_{measure}"]
            axes.plot(epochs, trained, color=dress.blue, marker=marker)
            axes.plot(epochs, held, color=dress.orange, linestyle=(0, (4, 1.5)), marker=marker)
            axes.set_title(title)
            _epoch_axis(axes, len(epochs))
            if measure == "accuracy":
                axes.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
                low = min(*trained, *held)
                axes.set_ylim(max(0.0, low - 0.1 * (1 - low) - 0.002), 1.0 + 0.04 * (1 - low))
                texts = [f"training {trained[-1]:.1%}", f"held out {held[-1]:.1%}"]
            else:
                axes.set_ylim(0, None)
                texts = [f"training {trained[-1]:.3f}", f"held out {held[-1]:.3f}"]
            ends = [trained[-1], held[-1]]
            for end, text, colour, dy in zip(
                ends, texts, (dress.blue, dress.orange), _spread(ends, axes)
            ):
                _name_at_end(axes, epochs[-1], end, text, colour, dy)


def draw_gradients(path: Path, dress: Dress, run: Run) -> None:
    """How long each layer's weight gradient was, by epoch, on a logarithmic scale."""
    names = [name for name in run.norms if name.endswith("weight")]
    epochs = np.arange(1, len(run.norms[names[0]]) + 1)
    styles = ["-", (0, (4, 1.5)), (0, (1, 1.2)), "-.", "-"]
    colours = [dress.blue, dress.orange, dress.green, dress.muted, dress.ink]
    with _figure(path, dress, 9.6, 3.4) as (_, axes):
        ends = []
        for k, name in enumerate(names):
            values = np.maximum(run.norms[name], 1e-12)
            axes.plot(
                epochs, values, color=colours[k % 5], linestyle=styles[k % 5],
                marker="o" if len(epochs) == 1 else None,
            )  # fmt: skip
            ends.append(float(values[-1]))
        axes.set_yscale("log")
        _decimal_ticks(axes)
        axes.set_title("Gradient of each layer's weights: mean norm over the epoch")
        axes.set_ylabel("norm (log scale)")
        _epoch_axis(axes, len(epochs))
        texts = [f"layer {k}" for k in range(1, len(names) + 1)]
        texts[0] += " (first)"
        if len(names) > 1:
            texts[-1] += " (last)"
        for k, (end, text, dy) in enumerate(zip(ends, texts, _spread(ends, axes))):
            _name_at_end(axes, epochs[-1], end, text, colours[k % 5], dy)


def _decimal_ticks(axes: Any) -> None:
    """Plain numbers on a logarithmic axis, at 1, 2 and 5 where it is short."""
    from matplotlib.ticker import LogLocator, NullLocator

    low, high = axes.get_ylim()
    parts = (1.0, 2.0, 3.0, 5.0) if high / low < 100 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=parts))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:g}")


def _pixels(dress: Dress) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("pixels", dress.pixels)


@dataclass(frozen=True)
class _Tile:
    """A picture in a frame, with a word above and a line below it."""

    image: np.ndarray
    frame: str
    width: float
    above: str
    below: str
    ink: str
    bold: bool


def _draw_tiles(path: Path, dress: Dress, tiles: list[_Tile], columns: int, inches: float) -> None:
    """Pictures in rows, on one pair of axes: a pair for each would take ten times as long."""
    from matplotlib.patches import Rectangle

    rows = -(-len(tiles) // columns)
    head = 0.26 / inches if any(t.above for t in tiles) else 0.04
    foot = 0.25 / inches
    pitch = head + 1.0 + foot
    height = inches * rows * pitch
    with _figure(path, dress, inches * columns * 1.06, height, pad=0.0) as (_, axes):
        axes.set_axis_off()
        for k, tile in enumerate(tiles):
            left, top = 1.06 * (k % columns) + 0.03, pitch * (k // columns) + head
            extent = (left, left + 1, top + 1, top)
            axes.imshow(tile.image, cmap=_pixels(dress), interpolation="nearest", extent=extent)
            frame = Rectangle((left, top), 1, 1, fill=False, ec=tile.frame, lw=tile.width)
            axes.add_patch(frame)
            weight = "bold" if tile.bold else "normal"
            axes.text(
                left + 0.5,
                top + 1 + 0.45 * foot,
                tile.below,
                ha="center",
                va="center",
                color=tile.ink,
                fontsize=9 if tile.bold else 8,
                fontweight=weight,
            )
            axes.text(
                left + 0.5,
                top - 0.45 * head,
                tile.above,
                ha="center",
                va="center",
                color=tile.frame,
                fontsize=11,
                fontweight="bold",
            )
        axes.set_xlim(0, 1.06 * columns)
        axes.set_ylim(pitch * rows, 0)


def draw_samples(path: Path, dress: Dress, data: Data, run: Run, columns: int = 12) -> None:
    """Held-out pictures with what the network says, in the order in which they come."""
    assert data.images is not None
    tiles = []
    for image, said, label in zip(
        data.images[: 3 * columns], run.logits.argmax(axis=1), data.y_test
    ):
        if said == label:
            colour, frame, width, text = dress.blue, dress.line, 1.0, data.classes[said]
        else:
            colour = frame = dress.orange
            width, text = 2.5, f"{data.classes[said]}, not {data.classes[label]}"
        tiles.append(_Tile(image, frame, width, "", text, colour, bold=True))
    _draw_tiles(path, dress, tiles, min(columns, len(tiles)), 0.78)


def draw_mistakes(path: Path, dress: Dress, data: Data, run: Run, columns: int = 8) -> int:
    """The held-out pictures that the network gets wrong, surest first; how many are drawn."""
    assert data.images is not None
    z = run.logits - run.logits.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    said = p.argmax(axis=1)
    sure = p[np.arange(len(p)), said]
    wrong = np.flatnonzero(said != data.y_test)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")][: 2 * columns]
    if not len(wrong):
        return 0
    tiles = [
        _Tile(
            data.images[i], dress.orange, 2.0, data.classes[said[i]],
            f"is {data.classes[data.y_test[i]]} · {sure[i]:.0%} sure", dress.muted, bold=False,
        )
        for i in wrong
    ]  # fmt: skip
    rows = -(-len(tiles) // columns)
    _draw_tiles(path, dress, tiles, -(-len(tiles) // rows), 1.18)
    return len(tiles)


def draw_confusion(path: Path, dress: Dress, data: Data, run: Run) -> None:
    """How often each class was taken for each; right answers in blue, mistakes in orange."""
    import nn

    table = nn.confusion_matrix(run.logits.argmax(axis=1), data.y_test, len(data.classes))
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    n = len(table)
    side = min(max(3.2, 0.42 * n + 1.0), 9.6)
    with _figure(path, dress, side + 0.5, side) as (_, axes):
        from matplotlib.colors import to_rgb

        paper, blue, orange = (np.array(to_rgb(c)) for c in (dress.paper, dress.blue, dress.orange))
        right = np.eye(n, dtype=bool)
        # Mistakes are rare, and even one is to be seen.
        wrong = np.where(share > 0, 0.25 + 0.75 * np.sqrt(share), 0.0)
        strength = np.where(right, 0.85 * share, wrong)[..., None]
        ends = np.where(right[..., None], blue, orange)
        axes.imshow(paper + strength * (ends - paper))
        for i, j in zip(*np.nonzero(table)):
            bold = "bold" if i != j else "normal"
            ink = dress.paper if strength[i, j, 0] > 0.5 else dress.ink
            if n <= 20:
                axes.text(
                    j,
                    i,
                    str(table[i, j]),
                    ha="center",
                    va="center",
                    color=ink,
                    fontsize=9,
                    fontweight=bold,
                )
        step = -(-n // 20)
        ticks = range(0, n, step)
        names = [name if len(name) <= 12 else name[:11] + "…" for name in data.classes]
        long = max(map(len, names)) > 3
        axes.set_xticks(
            ticks,
            [names[t] for t in ticks],
            rotation=45 if long else 0,
            ha="right" if long else "center",
        )
        axes.set_yticks(ticks, [names[t] for t in ticks])
        axes.set_xticks(np.arange(-0.5, n), minor=True)
        axes.set_yticks(np.arange(-0.5, n), minor=True)
        axes.grid(False)
        axes.grid(which="minor", axis="both", color=dress.line, linewidth=0.8)
        axes.tick_params(which="both", length=0)
        axes.spines[:].set_visible(False)
        axes.set_title("Held-out examples by class")
        axes.set_xlabel("the network says")
        axes.set_ylabel("it is")


def draw_neuron(path: Path) -> None:
    """The graph of one neuron: tanh(w · x + b)."""
    from autograd import Value

    neuron = scalar.Neuron(2, activation="tanh")
    for parameter, number in zip(neuron.parameters(), (0.9, -0.7, 0.2)):
        parameter.data = number
    out = neuron([Value(0.8, label="x0"), Value(0.5, label="x1")])
    out.label = "out"
    out.backward()
    viz.render(out, path)


def draw_mlp(path: Path) -> None:
    """The graph of the loss of a scalar network with two inputs, two hidden neurons, one output."""
    import random

    from autograd import Value

    model = scalar.MLP(2, [2, 1], activation="tanh", rng=random.Random(7))
    inputs = [Value(0.8, label="x0"), Value(-0.5, label="x1")]
    loss = (model(inputs) - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    viz.render(loss, path)
