"""Models of one or two numbers, drawn over all of their inputs."""

from __future__ import annotations

import numpy as np

from ..colours import BLUE, ORANGE
from ..module import Module
from ..predicting import predict
from .facts import Facts, gather
from .page import Section
from .png import data_uri
from .svg import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Frame, Line, charts, figure, legend
from .text import escape, number

__all__ = ["curve", "regions"]

GRID = 120
POINTS = 600
# By day and by night alike; Okabe and Ito's palette.
COLOURS = (BLUE, ORANGE, "#00A57A", "#B45CA0", "#E0A800", "#56B4E9", "#8B6F47", "#777777")
SHAPES = ("circle", "square", "triangle", "diamond")


def regions(model: Module, facts: Facts) -> Section | None:
    """The plane of a model with two inputs, coloured by its answers, with the examples on it."""
    x = facts.x
    if x.ndim != 2 or x.shape[1] != 2 or facts.task not in ("classes", "quantities"):
        return None
    if facts.task == "quantities" and facts.outputs.shape[1] != 1:
        return None
    low, high = x.min(axis=0).astype(float), x.max(axis=0).astype(float)
    pad = 0.08 * np.where(high > low, high - low, 1.0)
    low, high = low - pad, high + pad
    ticks = [np.linspace(low[k], high[k], GRID) for k in (0, 1)]
    plane = np.stack(np.meshgrid(ticks[0], ticks[1][::-1]), axis=-1).reshape(-1, 2)
    if facts.task == "classes":
        truth = np.zeros(len(plane), dtype=np.int64)
        there = gather(model, (plane, truth), task="classes", classes=facts.names)
        image, key = _classes(there), _key(facts.names)
        title, text = (
            "Decision regions",
            (
                "What the model would answer anywhere in the plane; the fainter, the less sure. "
                "Points are held-out examples in the colour of their class, the wrong ones ringed. "
                "Smooth borders generalise; islands around single points are learnt by heart."
            ),
        )
    else:
        values = predict(model, plane).reshape(-1).astype(float)
        least, most = (
            float(v)
            for v in (min(values.min(), facts.truth.min()), max(values.max(), facts.truth.max()))
        )
        image, key = _surface(values, least, most), ""
        title, text = (
            "The surface it learnt",
            (
                f"What the model gives anywhere in the plane, from {number(least)} (orange) to "
                f"{number(most)} (blue); points are held-out examples in the colour of their "
                "truth: the better the fit, the less they stand out."
            ),
        )
    frame = Frame.of((low[0], high[0]), (low[1], high[1]), height=340, x_label="x0", y_label="x1")
    frame.add(
        f'<image x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" '
        f'height="{340 - TOP - BOTTOM}" preserveAspectRatio="none" href="{data_uri(image)}"/>'
    )
    for i in range(0, len(x), -(-len(x) // POINTS)):
        a, b = frame.x(float(x[i, 0])), frame.y(float(x[i, 1]))
        if facts.task == "classes":
            assert facts.said is not None
            k, right = int(facts.truth[i]), bool(facts.right[i])
            told = facts.names[k] + ("" if right else f", taken for {facts.names[facts.said[i]]}")
            frame.add(_point(a, b, k, told, right))
        else:
            share = (float(facts.truth[i, 0]) - least) / ((most - least) or 1.0)
            told = f"{number(facts.truth[i, 0])}, the model says {number(facts.outputs[i, 0])}"
            frame.add(
                f'<circle cx="{a}" cy="{b}" r="3.5" style="fill:{_mixed(share)}" '
                f'stroke="var(--ink)" stroke-width="0.8"><title>{escape(told)}</title></circle>'
            )
    return Section("regions", title, text, [charts([figure("", frame.svg(title), key)])])


def _classes(there: Facts) -> np.ndarray:
    assert there.said is not None
    colours = np.array([_rgb(c) for c in COLOURS])
    image = np.zeros((len(there.said), 4), dtype=np.uint8)
    image[:, :3] = colours[there.said % len(COLOURS)]
    n = len(there.names)
    doubt = (1 - there.sure) / (1 - 1 / n) if n > 1 else 0 * there.sure
    image[:, 3] = (40 + 110 * np.clip(1 - doubt, 0, 1)).astype(np.uint8)
    return image.reshape(GRID, GRID, 4)


def _surface(values: np.ndarray, least: float, most: float) -> np.ndarray:
    share = np.clip((values - least) / ((most - least) or 1.0), 0, 1)
    blue, orange = np.array(_rgb(BLUE)), np.array(_rgb(ORANGE))
    image = np.empty((len(values), 4), dtype=np.uint8)
    image[:, :3] = np.where(share[:, None] > 0.5, blue, orange)
    image[:, 3] = 220 * np.abs(2 * share - 1)  # the middle is the paper
    return image.reshape(GRID, GRID, 4)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _mixed(share: float) -> str:
    """As the surface has it, on the page's paper."""
    share = min(max(share, 0.0), 1.0)
    end = BLUE if share > 0.5 else ORANGE
    return f"color-mix(in srgb,{end} {100 * 220 / 255 * abs(2 * share - 1):.0f}%,var(--card))"


def _point(x: float, y: float, k: int, told: str, right: bool) -> str:
    """A class has a shape as well as a colour."""
    fill = COLOURS[k % len(COLOURS)]
    look = f'fill="{fill}" stroke="#FFFFFF" stroke-width="0.8"'
    title = f"<title>{escape(told)}</title>"
    paths = {
        "circle": f"M{x - 3.2:.1f} {y}a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z",
        "square": f"M{x - 3:.1f} {y - 3:.1f}h6v6h-6z",
        "triangle": f"M{x} {y - 4:.1f}l3.8 6.6h-7.6z",
        "diamond": f"M{x} {y - 4.2:.1f}l4.2 4.2l-4.2 4.2l-4.2 -4.2z",
    }
    ring = "" if right else (
        f'<circle cx="{x}" cy="{y}" r="6.5" fill="none" stroke="var(--ink)" stroke-width="1.6"/>'
    )  # fmt: skip
    return f'{ring}<path d="{paths[SHAPES[k % len(SHAPES)]]}" {look}>{title}</path>'


def _key(names: list[str]) -> str:
    items = "".join(
        f'<span><svg viewBox="0 0 26 10" aria-hidden="true">{_point(13, 5, k, name, True)}</svg>'
        f"{escape(name)}</span>"
        for k, name in enumerate(names)
    )
    return f'<div class="legend">{items}</div>\n'


def curve(model: Module, facts: Facts) -> Section | None:
    """The function that a model of one number has learnt, with the examples around it."""
    x = facts.x.reshape(len(facts.x), -1)
    if x.shape[1] != 1 or facts.task != "quantities" or facts.outputs.shape[1] != 1:
        return None
    low, high = float(x.min()), float(x.max())
    across = np.linspace(low, high, 200)
    given = predict(model, across.reshape(-1, *facts.x.shape[1:])).reshape(-1)
    ys = np.concatenate([given, facts.truth[:, 0]])
    frame = Frame.of((low, high), (float(ys.min()), float(ys.max())), x_label="x0")
    for i in range(0, len(x), -(-len(x) // POINTS)):
        a, b = frame.x(float(x[i, 0])), frame.y(float(facts.truth[i, 0]))
        look = 'fill="var(--orange)" fill-opacity="0.6"'
        frame.add(f'<circle cx="{a}" cy="{b}" r="2.5" {look}/>')
    d = "M" + "L".join(f"{frame.x(float(a))} {frame.y(float(b))}" for a, b in zip(across, given))
    frame.add(f'<path d="{d}" fill="none" stroke="var(--blue)" stroke-width="2.5"/>')
    title = "The function it learnt"
    key = legend([Line("the model", [])])
    dot = '<circle cx="13" cy="5" r="3" fill="var(--orange)"/>'
    key += (
        f'<div class="legend"><span><svg viewBox="0 0 26 10" aria-hidden="true">{dot}</svg>'
        "held-out examples</span></div>\n"
    )
    return Section(
        "curve", title,
        "The model's output over all of its inputs. It should go through the middle of the points, "
        "not from one to the next.",
        [charts([figure("", frame.svg(title), key)])],
    )  # fmt: skip
