"""Gradient descent as a picture: on a curve with its tangents, or as a path on a surface."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..transforms import value_and_grad
from .colours import BLUE, INK, LINE, MUTED, ORANGE
from .plotting import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Path", "descend", "descent"]

SIZE = 3.6  # inches, of one plot
GRID = 121  # points along each axis of a surface
FAR = 1e6  # times the first distance: a run that has gone so far has left the picture


@dataclass(frozen=True, repr=False)
class Path:
    """Where gradient descent went: points, losses and slopes, the starting ones first."""

    lr: float
    points: np.ndarray
    losses: np.ndarray
    slopes: np.ndarray

    def __repr__(self) -> str:
        first, last = float(self.losses[0]), float(self.losses[-1])
        return (
            f"<Path: lr={self.lr:g}, {len(self.points):,} points, loss {first:.4g} → {last:.4g}; "
            f"{self.verdict}>"
        )

    @property
    def verdict(self) -> str:
        """What came of it, in a few words."""
        gone = np.max(np.abs(self.points[-1] - self.points[0]))
        if not np.isfinite(self.losses[-1]) or gone > 10 * np.max(np.abs(self.points[0])) + 10:
            return "too large: it runs away"
        if self.losses[-1] > self.losses[0]:
            return "too large: it jumps about"
        done = float(self.losses[0] - self.losses[-1])
        best = float(self.losses[0] - self.losses.min())
        turns = np.sum(np.sum(self.slopes[1:] * self.slopes[:-1], axis=-1) < 0)
        if done < 0.5 * best:
            return "too large: it jumps out again"
        if turns > len(self.slopes) / 3:
            return "large: it swings from side to side"
        left = np.linalg.norm(self.slopes[-1]) / max(float(np.linalg.norm(self.slopes[0])), 1e-300)
        return "small: it is still on its way" if left > 0.05 else "good: it has arrived"


def descend(f: Callable[[Any], Any], start: Any, lr: float, steps: int = 20) -> Path:
    """Follow ``x -= lr * df/dx`` from ``start``.

    Parameters
    ----------
    f : callable
        A loss of one number, or of an array of shape (2,) or any other.
    start : float or array
        The first point.
    lr : float
        The learning rate.
    steps : int
        How many steps to take; a run that is no longer finite ends early.

    Examples
    --------
    >>> from autograd.viz import descend
    >>> path = descend(lambda x: x * x, 1.0, lr=0.25, steps=3)
    >>> path.points.ravel()
    array([1.   , 0.5  , 0.25 , 0.125])
    >>> path.verdict
    'small: it is still on its way'
    """
    if not lr > 0:
        raise ValueError(f"a learning rate is a positive number, got lr={lr!r}")
    if steps < 1:
        raise ValueError(f"steps is 1 or more, got {steps!r}")
    number = np.ndim(start) == 0
    x = float(start) if number else np.asarray(start, dtype=float)
    both = value_and_grad(f)
    points, losses, slopes = [], [], []
    with np.errstate(all="ignore"):
        for k in range(steps + 1):
            loss, slope = both(x)
            points.append(np.array(x, ndmin=1))
            losses.append(float(loss))
            slopes.append(np.array(slope, ndmin=1))
            far = np.max(np.abs(points[-1] - points[0])) > FAR * (1 + np.max(np.abs(points[0])))
            if k == steps or far or not np.isfinite(losses[-1]):
                break
            x = x - lr * slope
    return Path(lr, np.array(points), np.array(losses), np.array(slopes))


def descent(
    f: Callable[[Any], Any],
    start: Any,
    lr: float | Iterable[float] = (0.01, 0.1, 1.0),
    steps: int = 20,
    *,
    low: Any = None,
    high: Any = None,
) -> Figure:
    """Draw gradient descent, one plot for each learning rate.

    A loss of one number is drawn as a curve, with the tangent that each step follows; a loss of
    two as contours with the path across them.

    Parameters
    ----------
    f : callable
        The loss: of a float, or of an array of shape (2,).
    start : float or pair of floats
        The first point.
    lr : float or iterable of float
        Learning rates.
    steps : int
        How many steps to take.
    low, high : float or pair of floats, optional
        The ends of the axes; chosen around the paths that stay near unless given.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        Without matplotlib (``pip install 'blamegraph[viz]'``).
    ValueError
        If ``start`` is neither one number nor two.
    """
    n = np.size(start)
    if n not in (1, 2) or np.ndim(start) > 1:
        raise ValueError(
            f"descent draws a loss of one number or of two, and start has shape {np.shape(start)}; "
            "descend() follows any other"
        )
    one = np.ndim(start) == 0
    if n == 1 and not one:
        raise ValueError("start of shape (1,): for a loss of one number pass the number itself")
    rates = [lr] if isinstance(lr, (int, float)) else list(lr)
    if not rates:
        raise ValueError("no learning rate to draw: pass lr=0.1 or a list of them")
    paths = [descend(f, start, float(rate), steps) for rate in rates]
    ends = _ends(paths, low, high)
    figure = new_figure("descent", SIZE * len(paths), SIZE)
    draw = _curve if one else _surface
    for axes, path in zip(figure.subplots(1, len(paths), squeeze=False)[0], paths):
        draw(axes, f, path, ends)
        axes.set_title(f"lr = {path.lr:g}: {path.verdict}", loc="left", color=INK, fontsize=10)
        axes.tick_params(colors=MUTED, length=0, labelsize=8)
        for spine in axes.spines.values():
            spine.set_color(LINE)
    return figure


def _ends(paths: list[Path], low: Any, high: Any) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the axes: around all that is near, which leaves runaways out."""
    first = paths[0].points[0]
    reach = max(
        [float(np.max(np.abs(p.points - first))) for p in paths if p.losses[-1] <= p.losses[0]]
        or [1.0]
    )
    near = [p.points[np.max(np.abs(p.points - first), axis=1) <= 2 * reach] for p in paths]
    points = np.concatenate(near)
    margin = 0.25 * max(float(np.max(np.ptp(points, axis=0))), 1e-3)
    lows = points.min(axis=0) - margin if low is None else np.broadcast_to(low, first.shape)
    highs = points.max(axis=0) + margin if high is None else np.broadcast_to(high, first.shape)
    if not (lows < highs).all():
        raise ValueError(f"low is below high; got {low!r} and {high!r}")
    return lows, highs


def _inside(path: Path, ends: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    low, high = ends
    return np.all((path.points >= low) & (path.points <= high), axis=1)


def _curve(axes: Any, f: Callable[[Any], Any], path: Path, ends: Any) -> None:
    (low,), (high,) = ends
    xs = np.linspace(low, high, 400)
    with np.errstate(all="ignore"):
        axes.plot(xs, [float(f(float(x))) for x in xs], color=MUTED, lw=1.5, zorder=1)
    bottom, top = axes.get_ylim()
    seen = _inside(path, ends)
    half = 0.06 * (high - low)
    for (x,), y, (slope,) in zip(path.points[seen], path.losses[seen], path.slopes[seen]):
        axes.plot([x - half, x + half], [y - half * slope, y + half * slope],
                  color=BLUE, lw=1.2, alpha=0.8, zorder=2)  # fmt: skip
    axes.plot(path.points[:, 0], path.losses, color=ORANGE, lw=0.8, ls=":", zorder=2)
    axes.scatter(path.points[seen, 0], path.losses[seen], color=ORANGE, s=18, zorder=3)
    axes.set_xlim(low, high)
    axes.set_ylim(bottom, top)
    axes.set_xlabel("x", color=MUTED)
    axes.set_ylabel("loss", color=MUTED)


def _surface(axes: Any, f: Callable[[Any], Any], path: Path, ends: Any) -> None:
    low, high = ends
    xs, ys = (np.linspace(low[i], high[i], GRID) for i in (0, 1))
    with np.errstate(all="ignore"):
        heights = np.array([[float(f(np.array([x, y]))) for x in xs] for y in ys])
    # Levels by rank: a narrow valley keeps its lines where equal steps would leave it blank.
    levels = np.unique(np.quantile(heights[np.isfinite(heights)], np.linspace(0.02, 0.98, 16)))
    if len(levels) > 1:
        axes.contour(xs, ys, heights, levels=levels, colors=MUTED, linewidths=0.7, alpha=0.7)
    axes.plot(path.points[:, 0], path.points[:, 1], color=ORANGE, lw=1.2, zorder=2)
    seen = _inside(path, ends)
    axes.scatter(path.points[seen, 0], path.points[seen, 1], color=ORANGE, s=14, zorder=3)
    axes.plot(*path.points[0], "o", mfc="white", mec=BLUE, ms=7, zorder=4)
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_xlabel("x[0]", color=MUTED)
    axes.set_ylabel("x[1]", color=MUTED)
