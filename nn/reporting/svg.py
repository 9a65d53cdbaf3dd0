"""Charts as SVG that takes its colours from the page: axes, lines, points, heat maps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .style import SERIES
from .text import escape, number, short

__all__ = ["Axis", "Frame", "Line", "charts", "figure", "finite", "legend", "line_chart", "lined"]

WIDTH, HEIGHT = 360, 220  # of the drawing; it is shown at the width there is
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 8, 34
DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 2", "12 4")
MOST = 400  # points of a line; more would not be seen


@dataclass
class Axis:
    """From numbers to places: ``low`` to ``high`` between ``start`` and ``end``."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False
    whole: bool = False
    form: Callable[[float], str] = number

    def __post_init__(self) -> None:
        if self.log:
            self.low = max(self.low, 1e-300)
            self.high = max(self.high, self.low)
        if self.high == self.low:
            pad = abs(self.low) * 0.5 or 0.5
            self.low, self.high = self.low - pad, self.high + pad
            if self.log:
                self.low, self.high = self.low + pad * 0.5, self.high * 2
        self._from, self._to = self._scale(self.low), self._scale(self.high)

    def _scale(self, x: float) -> float:
        return math.log10(max(x, 1e-300)) if self.log else x

    def __call__(self, x: float) -> float:
        share = (self._scale(x) - self._from) / (self._to - self._from)
        return round(self.start + share * (self.end - self.start), 2)

    def ticks(self, about: int = 5) -> list[float]:
        """Round numbers inside the axis."""
        if self.log:
            return _log_ticks(self.low, self.high)
        raw = (self.high - self.low) / max(about, 1)
        size = 10.0 ** math.floor(math.log10(raw))
        step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= raw * 0.999)
        if self.whole:
            step = max(1.0, math.ceil(step))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(k * step, 12) for k in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    decades = math.log10(high / low)
    parts = (1, 2, 5) if decades <= 1.7 else (1, 3) if decades <= 3 else (1,)
    skip = max(1, math.ceil(decades / 6))
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = [m * 10.0**k for k in range(first, last + 1, skip) for m in parts]
    return [t for t in every if low * 0.999 <= t <= high * 1.001]


@dataclass
class Frame:
    """Two axes with their ticks, and whatever is drawn between them."""

    x: Axis
    y: Axis
    x_label: str = ""
    y_label: str = ""
    height: float = HEIGHT
    body: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, xs: tuple[float, float], ys: tuple[float, float], *, height: float = HEIGHT,
        x_label: str = "", y_label: str = "", whole_x: bool = False, log_y: bool = False,
        form_y: Callable[[float], str] = number,
    ) -> Frame:  # fmt: skip
        """A frame for numbers in the ranges ``xs`` and ``ys``."""
        return cls(
            Axis(*xs, LEFT, WIDTH - RIGHT, whole=whole_x),
            Axis(*ys, height - BOTTOM, TOP, log=log_y, form=form_y),
            x_label, y_label, height,
        )  # fmt: skip

    def add(self, *parts: str) -> None:
        """Draw something more."""
        self.body += parts

    def svg(self, alt: str) -> str:
        """The chart; ``alt`` says in words what it shows."""
        floor, right = self.height - BOTTOM, WIDTH - RIGHT
        parts = []
        for t in self.y.ticks():
            y = self.y(t)
            parts.append(
                f'<path d="M{LEFT} {y}H{right}" stroke="var(--line)"/>'
                f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">'
                f"{escape(self.y.form(t))}</text>"
            )
        for t in self.x.ticks(6):
            x = self.x(t)
            parts.append(
                f'<path d="M{x} {floor}v4" stroke="var(--muted)"/>'
                f'<text x="{x}" y="{floor + 16}" text-anchor="middle">'
                f"{escape(self.x.form(t))}</text>"
            )
        parts.append(f'<path d="M{LEFT} {floor}H{right}" stroke="var(--muted)"/>')
        middle = (LEFT + right) / 2
        parts.append(
            f'<text x="{middle}" y="{floor + 31}" text-anchor="middle">'
            f"{escape(self.x_label)}</text>"
        )
        if self.y_label:
            parts.append(
                f'<text transform="translate(9 {floor / 2}) rotate(-90)" text-anchor="middle">'
                f"{escape(self.y_label)}</text>"
            )
        return (
            f'<svg class="chart" viewBox="0 0 {WIDTH} {self.height:g}" role="img" '
            f'aria-label="{escape(alt)}">{"".join(parts)}{"".join(self.body)}</svg>\n'
        )


@dataclass
class Line:
    """A series: numbers by epoch (None where there is none), and its name."""

    name: str
    ys: Sequence[float | None]
    style: int = 0

    @property
    def colour(self) -> str:
        return f"var(--{SERIES[self.style % len(SERIES)]})"

    @property
    def dashes(self) -> str:
        return DASHES[self.style % len(DASHES)]


def lined(series: dict[str, Sequence[float | None]]) -> list[Line]:
    """A line for each series, each with a look of its own."""
    return [Line(name, ys, style) for style, (name, ys) in enumerate(series.items())]


def line_chart(
    title: str,
    lines: Sequence[Line],
    *,
    log: bool = False,
    share: bool = False,
    zero: bool = False,
    mark: tuple[int, float, str] | None = None,
    level: tuple[float, str] | None = None,
    x_label: str = "epoch",
) -> str:
    """Series against the epochs.

    Parameters
    ----------
    title : str
        Plain text.
    lines : sequence of Line
        Of the same length.
    log : bool
        Whether the scale is logarithmic; what is not positive is left out.
    share : bool
        Whether the numbers are shares, to be written in percent.
    zero : bool
        Whether the scale starts at 0.
    mark : (epoch, number, text), optional
        A point to mark.
    level : (number, text), optional
        A height to compare with.
    """
    good = [float(y) for line in lines for y in line.ys if y is not None and _drawable(y, log)]
    n = max((len(line.ys) for line in lines), default=0)
    if not good:
        return ""
    if level is not None:
        good.append(level[0])
    low, high = min(good), max(good)
    if log:
        low, high = low * 0.8, high * 1.25
    else:
        pad = 0.06 * (high - low)
        low, high = (0.0 if zero and low >= 0 else low - pad), high + pad
        if share:
            low, high = max(low, 0.0), min(max(high, low + 0.01), 1.0)
    frame = Frame.of(
        (1, n) if n > 1 else (0.5, 1.5), (low, high), x_label=x_label, whole_x=True, log_y=log,
        form_y=_share if share else number,
    )  # fmt: skip
    if level is not None:
        y = frame.y(level[0])
        frame.add(
            f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="var(--green)" stroke-dasharray="2 2"/>'
        )
    for line in lines:
        frame.add(_path(frame, line, log))
    if level is not None:
        frame.add(f'<text class="halo" x="{LEFT + 4}" y="{y - 5}">{escape(level[1])}</text>')
    if mark is not None and _drawable(mark[1], log):
        frame.add(_mark(frame, mark, n))
    if n <= 200:
        frame.add(_hover(frame, lines, n, _share if share else number))
    alt = f"{title}: " + ", ".join(
        f"{line.name} from {_figure(line.ys[0])} to {_figure(line.ys[-1])}" for line in lines
    )
    return figure(title, frame.svg(alt), legend(lines) if len(lines) > 1 else "")


def _drawable(y: Any, log: bool) -> bool:
    return y is not None and math.isfinite(y) and (y > 0 or not log)


def _share(x: float) -> str:
    text = f"{100 * x:.2f}".rstrip("0").rstrip(".")
    return f"{text} %"


def _figure(y: float | None) -> str:
    return "nothing" if y is None else number(y)


def _path(frame: Frame, line: Line, log: bool) -> str:
    """A polyline that breaks off where there is no number."""
    points = [(k + 1, y) if _drawable(y, log) else None for k, y in enumerate(line.ys)]
    if len(points) > MOST:
        points = _thinned(points)
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append((frame.x(point[0]), frame.y(point[1])))  # type: ignore[arg-type]
    look = f'fill="none" stroke="{line.colour}" stroke-width="2" stroke-linejoin="round"'
    dash = f' stroke-dasharray="{line.dashes}"' if line.dashes else ""
    parts = []
    for run in runs:
        if len(run) == 1:
            parts.append(f'<circle cx="{run[0][0]}" cy="{run[0][1]}" r="3" fill="{line.colour}"/>')
        elif run:
            d = "M" + "L".join(f"{x:g} {y:g}" for x, y in run)
            parts.append(f'<path d="{d}" {look}{dash}/>')
    return "".join(parts)


def _thinned(points: list[Any]) -> list[Any]:
    """The lowest and the highest point of each stretch, so that peaks stay."""
    size = math.ceil(2 * len(points) / MOST)
    kept = []
    for start in range(0, len(points), size):
        stretch = [p for p in points[start : start + size] if p is not None]
        if stretch:
            ends = {min(stretch, key=lambda p: p[1]), max(stretch, key=lambda p: p[1])}
            kept += sorted(ends)
    return kept


def _mark(frame: Frame, mark: tuple[int, float, str], n: int) -> str:
    x, y = frame.x(mark[0]), frame.y(mark[1])
    late = mark[0] > 0.6 * n
    above = y > TOP + 24
    return (
        f'<circle cx="{x}" cy="{y}" r="4.5" fill="var(--card)" stroke="var(--ink)" '
        f'stroke-width="2"/><text class="strong halo" x="{x + (-2 if late else 2)}" '
        f'y="{y - 9 if above else y + 18}" text-anchor="{"end" if late else "start"}">'
        f"{escape(mark[2])}</text>"
    )


def _hover(frame: Frame, lines: Sequence[Line], n: int, form: Callable[[float], str]) -> str:
    """A column for each epoch that tells its numbers when pointed at."""
    width = (WIDTH - LEFT - RIGHT) / max(n - 1, 1)
    columns = []
    for k in range(n):
        told = [
            f"{line.name} {form(y)}" for line in lines
            if k < len(line.ys) and (y := line.ys[k]) is not None and math.isfinite(y)
        ]  # fmt: skip
        columns.append(
            f'<rect x="{frame.x(k + 1) - width / 2:.2f}" y="{TOP}" width="{width:.2f}" '
            f'height="{frame.height - BOTTOM - TOP}" fill="transparent">'
            f"<title>{escape(f'{frame.x_label} {k + 1}: ' + ', '.join(told))}</title></rect>"
        )
    return "".join(columns)


def legend(lines: Sequence[Line]) -> str:
    """The lines' names, each beside a piece of its line."""
    items = "".join(
        f'<span><svg viewBox="0 0 26 10" aria-hidden="true"><path d="M0 5H26" '
        f'stroke="{line.colour}" stroke-width="2.5"'
        + (f' stroke-dasharray="{line.dashes}"' if line.dashes else "")
        + f"/></svg>{escape(short(line.name, 40))}</span>"
        for line in lines
    )
    return f'<div class="legend">{items}</div>\n'


def figure(title: str, *parts: str) -> str:
    """A chart with its title, if it has one, above it."""
    caption = f"<figcaption>{escape(title)}</figcaption>\n" if title else ""
    return f"<figure>\n{caption}{''.join(parts)}</figure>\n"


def charts(figures: Iterable[str]) -> str:
    """Figures side by side where there is room."""
    shown = "".join(figures)
    return f'<div class="charts">\n{shown}</div>\n' if shown else ""


def finite(values: Any) -> np.ndarray:
    """The finite numbers among ``values``, None left out."""
    array = np.array([np.nan if v is None else v for v in values], dtype=float)
    return array[np.isfinite(array)]
