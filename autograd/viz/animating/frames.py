"""The film as an animated GIF: the elements of the SVG, painted by matplotlib, joined by Pillow."""

from __future__ import annotations

import io
import re
import warnings
import xml.etree.ElementTree as ET
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from PIL import Image

from ..svg.metrics import text_width
from ..svg.palette import DARK, LIGHT
from .cues import FLOW_FROM, FLOW_TO, Cue
from .curve import pieces
from .stage import SVG, Stage

__all__ = ["frame_times", "gif"]

SCALE = 2.0
"""Pixels for each unit of the drawing, unless that makes more than:"""
MOST_PIXELS = 2_000
FLOWING = 5
"""Pictures of what travels, in each step."""
COLORS, NEAR = 64, 8
FONT = 0.86
"""Letters of DejaVu Sans, which matplotlib brings, are wider than those that were measured."""
ANCHORS = {"start": "left", "middle": "center", "end": "right"}


def frame_times(made: Stage) -> list[tuple[float, float]]:
    """When pictures are taken, and how long each is shown, in seconds."""
    clock = made.clock
    moments = [0.0]
    for k, step in enumerate(made.steps):
        moments.append(clock.at(k))
        if step.flows:
            parts = np.linspace(FLOW_FROM, FLOW_TO, FLOWING + 1)
            moments += [clock.at(k + float(part)) for part in parts]
    moments.append(clock.end)
    # Each in the middle of its time, so that what changes with it has changed.
    ends = [*moments[1:], clock.length]
    return [((a + b) / 2, b - a) for a, b in zip(moments, ends, strict=True)]


def gif(made: Stage, theme: str, loop: bool) -> bytes:
    """All frames as one file."""
    painter = _Painter(made, DARK if theme == "dark" else LIGHT)
    times = frame_times(made)
    pictures = [painter.picture(time) for time, _ in times]
    # One palette for all, of pictures with every color, so that nothing flickers.
    some = pictures[:: max(1, len(pictures) // 8)] + [pictures[-1]]
    sheet = Image.new("RGB", (some[0].width, some[0].height * len(some)))
    for i, picture in enumerate(some):
        sheet.paste(picture, (0, i * picture.height))
    palette = sheet.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    _make_exact(palette, painter.colors["paper"])
    frames = [p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    file = io.BytesIO()
    options: dict[str, Any] = {"loop": 0} if loop else {}
    frames[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[max(20, round(100 * length) * 10) for _, length in times],
        disposal=1,
        optimize=False,
        **options,
    )
    return file.getvalue()


def _make_exact(palette: Image.Image, color: str) -> None:
    """Put a color in place of those near to it: white paper is to be white."""
    table = np.array(palette.getpalette(), dtype=int).reshape(-1, 3)
    own = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    # All of them: Pillow looks for the nearest a little roughly.
    table[np.abs(table - own).max(axis=1) <= NEAR] = own
    palette.putpalette(table.ravel().tolist())


class _Painter:
    """The elements of a stage as artists, which are shown and hidden from frame to frame."""

    def __init__(self, made: Stage, colors: dict[str, str]) -> None:
        self.colors, self.level = colors, 0
        self.scale = min(SCALE, MOST_PIXELS / max(made.width, made.height))
        with matplotlib.rc_context(rc=matplotlib.rcParamsDefault):
            self.figure = Figure(
                figsize=(round(made.width) / 72, round(made.height) / 72),
                dpi=72 * self.scale,
                facecolor=colors["paper"],
            )
            self.canvas = FigureCanvasAgg(self.figure)
            self.axes = self.figure.add_axes((0, 0, 1, 1))
            self.axes.set(xlim=(0, round(made.width)), ylim=(round(made.height), 0))
            self.axes.axis("off")
            self.artists: list[tuple[Any, tuple[Cue, ...], tuple[float, float], float]] = []
            self.cues: dict[ET.Element, list[Cue]] = {}
            for element, cue in made.cues:
                self.cues.setdefault(element, []).append(cue)
            self._walk(made.tree)

    def picture(self, time: float) -> Image.Image:
        """What is to be seen at a time."""
        for artist, cues, (x, y), own in self.artists:
            alpha = own
            for cue in cues:
                alpha *= cue.opacity(time)
                a, b = cue.place(time)
                x, y = x + a, y + b
            artist.set_visible(alpha > 0)
            artist.set_alpha(alpha)
            artist.set_transform(Affine2D().translate(x, y) + self.axes.transData)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            self.canvas.draw()
        return Image.fromarray(np.asarray(self.canvas.buffer_rgba())[..., :3].copy())

    # Elements -------------------------------------------------------------------------------

    def _walk(self, tree: ET.Element) -> None:
        stack: list[tuple[ET.Element, tuple[Cue, ...], tuple[float, float]]] = [(tree, (), (0, 0))]
        while stack:
            element, cues, (x, y) = stack.pop()
            cues = (*cues, *self.cues.get(element, ()))
            shift = re.match(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
            if shift:
                x, y = x + float(shift[1]), y + float(shift[2])
            kind = element.tag.removeprefix(SVG) if isinstance(element.tag, str) else ""
            if kind in ("g", "svg"):
                stack += [(child, cues, (x, y)) for child in reversed(element)]
                continue
            for artist, alpha in getattr(self, f"_{kind}", lambda _: [])(element):
                self.level += 1
                artist.set_zorder(self.level)
                self.artists.append((artist, cues, (x, y), alpha))

    def _color(self, element: ET.Element, what: str) -> str:
        for name in element.get("class", "").split():
            if name.startswith(f"ag-{what[0]}-"):
                return self.colors[name[5:]]
        return element.get(what, "none")

    def _look(self, element: ET.Element) -> dict[str, Any]:
        edge, width = self._color(element, "stroke"), float(element.get("stroke-width", "1"))
        dash = element.get("stroke-dasharray")
        style: Any = "solid"
        if dash:
            style = (0, tuple(float(x) / width for x in dash.split()))  # matplotlib's go by width
        return {
            "facecolor": self._color(element, "fill"),
            "edgecolor": edge,
            "linewidth": width if edge != "none" else 0.0,
            "linestyle": style,
            "capstyle": element.get("stroke-linecap", "butt"),
        }

    def _rect(self, element: ET.Element) -> list[tuple[Any, float]]:
        x, y, w, h, r = (float(element.get(k, "0")) for k in ("x", "y", "width", "height", "rx"))
        look = self._look(element)
        box = FancyBboxPatch(
            (x, y), w, h, boxstyle=f"round,pad=0,rounding_size={min(r, w / 2, h / 2)}", **look
        )
        self.axes.add_patch(box)
        return [(box, float(element.get("fill-opacity", "1")))]

    def _path(self, element: ET.Element) -> list[tuple[Any, float]]:
        patch = PathPatch(_outline(element.get("d", "")), **self._look(element))
        self.axes.add_patch(patch)
        return [(patch, float(element.get("fill-opacity", "1")))]

    def _text(self, element: ET.Element) -> list[tuple[Any, float]]:
        spans = list(element) or [element]
        words = [span.text or "" for span in spans]
        sizes = [float(span.get("font-size", "10")) for span in spans]
        bold = [span.get("font-weight") == "bold" for span in spans]
        widths = [text_width(*word) for word in zip(words, sizes, bold, strict=True)]
        gap = text_width(" ", sizes[-1])
        total = sum(widths) + gap * (len(words) - 1)
        anchor = element.get("text-anchor", "start")
        x, y = (float(element.get(k, "0")) for k in ("x", "y"))
        at = x - {"start": 0.0, "middle": total / 2, "end": total}[anchor]
        made = []
        for word, size, heavy, width, span in zip(words, sizes, bold, widths, spans, strict=True):
            alone = len(words) == 1  # held where it is meant to be, whatever its real width
            artist = self.axes.text(
                x if alone else at,
                y,
                word,
                fontsize=size * FONT,
                color=self._color(span, "fill"),
                weight="bold" if heavy else "normal",
                ha=ANCHORS[anchor] if alone else "left",
                va="baseline",
                family="DejaVu Sans",
                parse_math=False,
            )
            made.append((artist, 1.0))
            at += width + gap
        return made


def _outline(d: str) -> Path:
    """A path of SVG's commands as matplotlib's."""
    points: list[tuple[float, float]] = []
    codes: list[Any] = []
    x = y = 0.0
    start = (0.0, 0.0)
    for letter, numbers in pieces(d):
        low = letter.lower()
        moved = letter.islower()
        if low == "z":
            points.append(start)
            codes.append(Path.CLOSEPOLY)
            x, y = start
            continue
        if low in "hv":
            ends = [
                ((x if moved else 0) + n, y) if low == "h" else (x, (y if moved else 0) + n)
                for n in numbers
            ]
        else:
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            ends = [(a + x, b + y) if moved else (a, b) for a, b in pairs]
        points += ends
        if low == "m":
            start = ends[0]
            codes += [Path.MOVETO] + [Path.LINETO] * (len(ends) - 1)
        else:
            codes += [{"c": Path.CURVE4, "q": Path.CURVE3}.get(low, Path.LINETO)] * len(ends)
        x, y = ends[-1]
    return Path(points, codes)
