"""What all plots of a run share: plain titles, a quiet frame, steps below."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..colours import BLUE, GREEN, INK, LINE, MUTED, ORANGE, PURPLE

__all__ = [
    "DASHES",
    "SERIES",
    "dress",
    "edges",
    "legend",
    "lone",
    "nothing",
    "plain",
    "shorter",
    "spread",
]

SERIES = (BLUE, ORANGE, GREEN, PURPLE, INK, MUTED)
DASHES = ("-", "--", ":", "-.", (0, (1, 1)), (0, (6, 2)))
NAME = 22
MOST = 6  # lines that one can tell apart


def dress(axes: Any, title: str) -> None:
    """A title in the corner, steps below, and nothing that is not needed."""
    axes.set_title(plain(title), loc="left", color=INK, fontsize=10)
    axes.set_xlabel("step", color=MUTED, fontsize=9)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=LINE)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(which="both", colors=MUTED, length=0, labelsize=8)
    axes.xaxis.get_major_locator().set_params(integer=True, nbins=6)


def plain(text: str) -> str:
    """Text that is no formula to matplotlib, which reads what is between two dollars as one."""
    return text.replace("$", r"\$")


def shorter(text: str) -> str:
    """A name that fits beside a plot; its end tells more than its beginning."""
    return plain(text if len(text) <= NAME else "…" + text[1 - NAME :])


def edges(steps: np.ndarray) -> np.ndarray:
    """Where the cells of records begin and end, halfway between their steps."""
    if len(steps) == 1:
        return np.array([steps[0] - 0.5, steps[0] + 0.5])
    middle = (steps[1:] + steps[:-1]) / 2
    first, last = 2 * steps[0] - middle[0], 2 * steps[-1] - middle[-1]
    return np.concatenate([[first], middle, [last]])


def spread(names: list[str]) -> list[str]:
    """As many of a list as lines can be told apart, evenly from the first to the last."""
    if len(names) <= MOST:
        return names
    return [names[i] for i in np.linspace(0, len(names) - 1, MOST).round().astype(int)]


def lone(axes: Any, steps: np.ndarray, ys: np.ndarray, colour: str) -> None:
    """Dots where a number stands between missing ones: there is no line through it."""
    there = np.concatenate([[False], np.isfinite(ys), [False]])
    alone = there[1:-1] & ~there[:-2] & ~there[2:]
    axes.scatter(steps[alone], ys[alone], color=colour, s=12)


def legend(axes: Any) -> None:
    """Names of lines, below them: there is no corner that no line may pass."""
    longest = max(len(text) for text in axes.get_legend_handles_labels()[1])
    axes.legend(
        frameon=False, fontsize=8, labelcolor=INK, ncol=3 if longest < 13 else 2,
        loc="upper left", borderaxespad=0,
        bbox_to_anchor=(0, -0.2), handlelength=2.2, columnspacing=1.2,
    )  # fmt: skip


def nothing(axes: Any, text: str) -> None:
    """Say why a plot is empty."""
    axes.annotate(
        text, (0.5, 0.5), xycoords="axes fraction", color=MUTED, ha="center", va="center",
        fontsize=9,
    )  # fmt: skip
    axes.set_yticks([])
